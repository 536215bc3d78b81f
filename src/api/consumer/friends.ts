// Who referred whom: friends, advocates, referrals. Of the others only what is public, and what they did in the open.

import type { Person, Relationship, Role } from "../../model/person.ts";
import { type Answer, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { PAGE_SIZE_DEFAULT } from "../limits.ts";
import { type Directory, mapBounded } from "../server/directory.ts";
import { date, exactly, listOf, open, text } from "../server/schema_words.ts";
import { dateView } from "../server/views.ts";
import { profileRead } from "./profile_read.ts";
import { publicPersonSchema, publicPersonView } from "./public_views.ts";
import { type SelfParts, withTrustedSelf } from "./self.ts";

const relationshipSchema = exactly({
  container: text,
  person: publicPersonSchema,
  reason: text,
  shareable_id: text,
  updated_at: date,
});

const friendSchema = exactly({
  id: text,
  first_name: text,
  image_url: text,
  events: listOf(open({ campaign_id: text, event_date: date, step_name: text })),
});

export function friendRoutes(parts: SelfParts): AnswerRoute[] {
  const referrals = (role: Role) => ({
    ...profileRead,
    response: listOf(relationshipSchema),
    run: (call: Call) => listRelated(parts, call, role, relationshipView),
  });
  return [
    {
      ...profileRead,
      operation: "getFriends",
      path: "/api/v4/me/friends",
      summary: "Whom one referred, and what they did in the open",
      response: listOf(friendSchema),
      run: (call) => listRelated(parts, call, "ADVOCATE", friendView),
    },
    {
      ...referrals("FRIEND"),
      operation: "getAdvocateRelationships",
      path: "/api/v4/me/advocates",
      summary: "Who referred one",
    },
    {
      ...referrals("ADVOCATE"),
      operation: "getReferralsFromMe",
      path: "/api/v4/me/referrals-from-me",
      summary: "Referrals that one made, newest first",
    },
    {
      ...referrals("FRIEND"),
      operation: "getReferralsToMe",
      path: "/api/v4/me/referrals-to-me",
      summary: "Referrals that brought one, newest first",
    },
  ];
}

type RelatedView = (relationship: Relationship, other: Person | null) => object;

/** @param role of the one who asks. The newest, as many as a page has. */
function listRelated(parts: SelfParts, call: Call, role: Role, view: RelatedView): Promise<Answer> {
  return withTrustedSelf(parts, call, async ({ person }) => {
    if (person === null) return answerJson([]);
    const related = person.relationships.filter(({ myRole, isSelfReferral }) => myRole === role && !isSelfReferral);
    const newest = related.toReversed().slice(0, PAGE_SIZE_DEFAULT);
    const others = await othersOf(parts.directory, person.client, newest);
    return answerJson(newest.map((each) => view(each, others.get(each.otherPersonId) ?? null)));
  });
}

async function othersOf(
  directory: Directory,
  client: string,
  related: readonly Relationship[],
): Promise<ReadonlyMap<string, Person | null>> {
  const ids = [...new Set(related.map(({ otherPersonId }) => otherPersonId))];
  const persons = await mapBounded(ids, (id) => directory.person(client, id));
  return new Map(ids.map((id, i) => [id, persons[i] ?? null]));
}

function relationshipView(relationship: Relationship, other: Person | null): object {
  const { container, otherPersonId, reason, data, updatedMs } = relationship;
  const person = publicPersonView(other, otherPersonId);
  // The code of the link that began it; those that something else began have none.
  const shareableId = data.find(({ name }) => name === "shareable_id")?.value;
  return {
    container,
    person,
    reason,
    shareable_id: typeof shareableId === "string" ? shareableId : "",
    updated_at: dateView(updatedMs),
  };
}

/** An address is the friend's to give away: it is left out. */
function friendView({ campaignId, otherPersonId }: Relationship, other: Person | null): object {
  const steps = (other?.steps ?? []).filter((step) => step.scope === "PUBLIC" && step.campaignId === campaignId);
  const { parameters: _, ...person } = { parameters: {}, ...publicPersonView(other, otherPersonId) };
  return {
    ...person,
    events: steps.map(({ name, eventMs }) => ({
      campaign_id: campaignId,
      event_date: dateView(eventMs),
      step_name: name,
    })),
  };
}
