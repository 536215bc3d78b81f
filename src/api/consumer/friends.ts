// Who referred whom: friends, advocates, referrals. Of the others only what is public, and what they did in the open.

import type { PersonHead, Relationship, Role, Step } from "../../model/person.ts";
import { type Answer, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "../limits.ts";
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
    run: (call: Call) => listRelated(parts, call, role),
  });
  return [
    {
      ...profileRead,
      operation: "getFriends",
      path: "/api/v4/me/friends",
      summary: "Whom one referred, and what they did in the open",
      response: listOf(friendSchema),
      run: (call) => listFriends(parts, call),
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

/** @param role of the one who asks. The newest, as many as a page has. */
function listRelated(parts: SelfParts, call: Call, role: Role): Promise<Answer> {
  const { directory } = parts;
  return withTrustedSelf(parts, call, async ({ person }) => {
    if (person === null) return answerJson([]);
    const newest = await newestOf(directory, person, role, PAGE_SIZE_DEFAULT);
    const ids = [...new Set(newest.map(({ otherPersonId }) => otherPersonId))];
    const persons = await mapBounded(ids, (id) => directory.person(person.client, id));
    const others = new Map(ids.map((id, i) => [id, persons[i] ?? null]));
    return answerJson(newest.map((each) => relationshipView(each, others.get(each.otherPersonId) ?? null)));
  });
}

/**
 * Each once, however many campaigns and devices they came by. The newest, as many as a page has, among as many relationships as any list gives: who came by
 * hundreds of campaigns takes the place of others there.
 */
function listFriends(parts: SelfParts, call: Call): Promise<Answer> {
  const { directory } = parts;
  return withTrustedSelf(parts, call, async ({ person }) => {
    if (person === null) return answerJson([]);
    const related = await newestOf(directory, person, "ADVOCATE", PAGE_SIZE_MAX);
    const ids = [...new Set(related.map(({ otherPersonId }) => otherPersonId))].slice(0, PAGE_SIZE_DEFAULT);
    const found = await mapBounded(ids, (id) => otherOf(directory, person.client, id));
    const others = new Map(ids.map((id, i) => [id, found[i] ?? nobody]));
    const friends = new Map<string, { readonly other: Other; readonly campaigns: Set<string> }>();
    for (const { otherPersonId, campaignId } of related) {
      const other = others.get(otherPersonId);
      if (other === undefined) continue;
      const id = other.person?.id ?? otherPersonId;
      const known = friends.get(id);
      if (known === undefined) friends.set(id, { other, campaigns: new Set([campaignId]) });
      else known.campaigns.add(campaignId);
    }
    return answerJson([...friends].map(([id, { other, campaigns }]) => friendView(id, other, campaigns)));
  });
}

const nobody: Other = { person: null, steps: [] };

async function newestOf(
  directory: Directory,
  person: PersonHead,
  role: Role,
  limit: number,
): Promise<readonly Relationship[]> {
  return (
    (await relationshipsOf(directory, person, { roles: [role], showsDuplicates: true }, { limit, offset: 0 })) ?? []
  );
}

async function otherOf(directory: Directory, client: string, id: string): Promise<Other> {
  const person = await directory.person(client, id);
  if (person === null) return nobody;
  return { person, steps: (await hotStepsOf(directory, person, { isPublic: true })) ?? [] };
}

function relationshipView(relationship: Relationship, other: PersonHead | null): object {
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

/** An address is the friend's to give away: it is left out. What came twice happened once. */
function friendView(id: string, other: Other, campaigns: ReadonlySet<string>): object {
  const steps = other.steps.filter(({ campaignId, isDuplicate }) => !isDuplicate && campaigns.has(campaignId));
  const { parameters: _, ...person } = { parameters: {}, ...publicPersonView(other.person, id) };
  return {
    ...person,
    events: steps.map(({ name, campaignId, eventMs }) => ({
      campaign_id: campaignId,
      event_date: dateView(eventMs),
      step_name: name,
    })),
  };
}
