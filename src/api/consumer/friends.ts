// Who referred whom: friends, advocates, referrals. Of the others only what is public, and what they did in the open.

import type { PersonHead, Relationship, Role, Step } from "../../model/person.ts";
import { type Answer, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { PAGE_SIZE_DEFAULT } from "../limits.ts";
import { type Directory, mapBounded } from "../server/directory.ts";
import { hotStepsOf, relationshipsOf } from "../server/person_history.ts";
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
    run: (call: Call) => listRelated(parts, call, { role, withSteps: false, view: relationshipView }),
  });
  return [
    {
      ...profileRead,
      operation: "getFriends",
      path: "/api/v4/me/friends",
      summary: "Whom one referred, and what they did in the open",
      response: listOf(friendSchema),
      run: (call) => listRelated(parts, call, { role: "ADVOCATE", withSteps: true, view: friendView }),
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

interface Other {
  readonly person: PersonHead | null;
  /** What it did in the open of late. */
  readonly steps: readonly Step[];
}

type RelatedView = (relationship: Relationship, other: Other) => object;

const nobody: Other = { person: null, steps: [] };

/** @param role of the one who asks. The newest, as many as a page has. */
function listRelated(
  parts: SelfParts,
  call: Call,
  { role, withSteps, view }: { readonly role: Role; readonly withSteps: boolean; readonly view: RelatedView },
): Promise<Answer> {
  return withTrustedSelf(parts, call, async ({ person }) => {
    if (person === null) return answerJson([]);
    const filter = { roles: [role], showsDuplicates: true };
    const page = { limit: PAGE_SIZE_DEFAULT, offset: 0 };
    const newest = (await relationshipsOf(parts.directory, person, filter, page)) ?? [];
    const others = await othersOf(parts.directory, person.client, newest, withSteps);
    return answerJson(newest.map((each) => view(each, others.get(each.otherPersonId) ?? nobody)));
  });
}

async function othersOf(
  directory: Directory,
  client: string,
  related: readonly Relationship[],
  withSteps: boolean,
): Promise<ReadonlyMap<string, Other>> {
  const ids = [...new Set(related.map(({ otherPersonId }) => otherPersonId))];
  const others = await mapBounded(ids, async (id): Promise<Other> => {
    const person = await directory.person(client, id);
    if (person === null || !withSteps) return { person, steps: [] };
    return { person, steps: (await hotStepsOf(directory, person, { isPublic: true })) ?? [] };
  });
  return new Map(ids.map((id, i) => [id, others[i] ?? nobody]));
}

function relationshipView(relationship: Relationship, other: Other): object {
  const { container, otherPersonId, reason, data, updatedMs } = relationship;
  const person = publicPersonView(other.person, otherPersonId);
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
function friendView({ campaignId, otherPersonId }: Relationship, other: Other): object {
  const steps = other.steps.filter((step) => step.campaignId === campaignId);
  const { parameters: _, ...person } = { parameters: {}, ...publicPersonView(other.person, otherPersonId) };
  return {
    ...person,
    events: steps.map(({ name, eventMs }) => ({
      campaign_id: campaignId,
      event_date: dateView(eventMs),
      step_name: name,
    })),
  };
}
