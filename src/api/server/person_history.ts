// What a person did, asked of its partition page by page: filtered and counted there, so that a page of somebody with ten thousand friends costs what
// another's does. Null: there is no such person. Merged ones lead to where they went.

import type {
  HotStepFilter,
  JourneyFilter,
  MembershipFilter,
  OwnRewardFilter,
  PersonPoints,
  RelationshipFilter,
  ShareFilter,
  StepFilter,
} from "../../engine/mod.ts";
import type { Page } from "../../model/filters.ts";
import type { Review } from "../../model/incentive.ts";
import type { IdentityShift, Journey, Membership, Relationship, Share, Step } from "../../model/person.ts";
import type { Directory } from "./directory.ts";

/** `id` as somebody knows the person; it may have been merged since. */
export interface PersonReference {
  readonly client: string;
  readonly id: string;
}

type Listed<T> = Promise<readonly T[] | null>;

export async function journeysOf(
  from: Directory,
  of: PersonReference,
  filter: JourneyFilter,
  page: Page,
): Listed<Journey> {
  const { client } = of;
  const answer = await from.follow(of.id, (partition, personId) =>
    from.ask(partition, { kind: "journeys", client, personId, filter, page }, "journeys"),
  );
  return answer?.items ?? null;
}

export async function relationshipsOf(
  from: Directory,
  of: PersonReference,
  filter: RelationshipFilter,
  page: Page,
): Listed<Relationship> {
  const { client } = of;
  const answer = await from.follow(of.id, (partition, personId) =>
    from.ask(partition, { kind: "relationships", client, personId, filter, page }, "relationships"),
  );
  return answer?.items ?? null;
}

export async function membershipsOf(
  from: Directory,
  of: PersonReference,
  filter: MembershipFilter,
  page: Page,
): Listed<Membership> {
  const { client } = of;
  const answer = await from.follow(of.id, (partition, personId) =>
    from.ask(partition, { kind: "memberships", client, personId, filter, page }, "memberships"),
  );
  return answer?.items ?? null;
}

export async function sharesOf(from: Directory, of: PersonReference, filter: ShareFilter, page: Page): Listed<Share> {
  const { client } = of;
  const answer = await from.follow(of.id, (partition, personId) =>
    from.ask(partition, { kind: "shares", client, personId, filter, page }, "shares"),
  );
  return answer?.items ?? null;
}

/** Oldest first. */
export async function identityHistoryOf(from: Directory, of: PersonReference): Listed<IdentityShift> {
  const { client } = of;
  const answer = await from.follow(of.id, (partition, personId) =>
    from.ask(partition, { kind: "identity_history", client, personId }, "identity_history"),
  );
  return answer?.items ?? null;
}

/** Oldest first. */
export async function reviewsOf(from: Directory, of: PersonReference): Listed<Review> {
  const { client } = of;
  const answer = await from.follow(of.id, (partition, personId) =>
    from.ask(partition, { kind: "reviews", client, personId }, "reviews"),
  );
  return answer?.items ?? null;
}

export async function pointsOf(from: Directory, of: PersonReference, page: Page): Promise<PersonPoints | null> {
  const { client } = of;
  const answer = await from.follow(of.id, (partition, personId) =>
    from.ask(partition, { kind: "points", client, personId, page }, "points"),
  );
  return answer?.points ?? null;
}

/** The newest ones alone, oldest first. */
export async function hotStepsOf(from: Directory, of: PersonReference, filter: HotStepFilter): Listed<Step> {
  const { client } = of;
  const answer = await from.follow(of.id, (partition, personId) =>
    from.ask(partition, { kind: "hot_steps", client, personId, filter }, "hot_steps"),
  );
  return answer?.items ?? null;
}

/** As many questions as there is to look at for the page: an answer looks at a bounded number of steps. */
export async function stepsOf(
  from: Directory,
  of: PersonReference,
  filter: StepFilter,
  { limit, offset }: Page,
): Listed<Step> {
  const { client } = of;
  const found: Step[] = [];
  let skip = offset;
  let beforePage: number | null = null;
  for (;;) {
    const rest: { readonly skip: number; readonly limit: number; readonly beforePage: number | null } = {
      skip,
      limit: limit - found.length,
      beforePage,
    };
    const answer = await from.follow(of.id, (partition, personId) =>
      from.ask(partition, { kind: "steps", client, personId, filter, ...rest }, "steps"),
    );
    if (answer === null || answer.items === null) return null;
    found.push(...answer.items);
    skip -= answer.skipped;
    beforePage = answer.next;
    if (beforePage === null || found.length >= limit) return found;
  }
}

/** A block of the ids of a person's rewards, newest first; `next` continues behind it. As many questions as for steps. */
export async function rewardIdsOf(
  from: Directory,
  of: PersonReference,
  filter: OwnRewardFilter,
  page: RewardIdsPage,
): Promise<{ readonly items: readonly string[]; readonly next: number | null } | null> {
  const { client } = of;
  const found: string[] = [];
  let { before, skip } = page;
  for (;;) {
    const rest: RewardIdsPage = { before, skip, limit: page.limit - found.length };
    const answer = await from.follow(of.id, (partition, personId) =>
      from.ask(partition, { kind: "reward_ids", client, personId, filter, ...rest }, "reward_ids"),
    );
    if (answer === null || answer.items === null) return null;
    found.push(...answer.items);
    skip -= answer.skipped;
    before = answer.next;
    if (before === null || found.length >= page.limit) return { items: found, next: before };
  }
}

interface RewardIdsPage {
  readonly before: number | null;
  readonly skip: number;
  readonly limit: number;
}
