// What a person did, list by list: filtered and cut to a page here, so that who reads of a busy person gets, and pays for, what is shown. Read only.
//
//   L1. Newest first. The same filters and page on the same person give the same answer.
//   L2. Where there may be thousands of pages of steps or rewards, an answer looks at a bounded number of them and says where to go on.
//   L3. A programme is looked for by any of its labels: what was done bears the label of its day.

import type { RenamedPrograms } from "../../rules/mod.ts";
import { newestFirst, type Page, pageOf } from "../../model/filters.ts";
import type { Review } from "../../model/incentive.ts";
import {
  type IdentityShift,
  type Journey,
  type Membership,
  type Person,
  type Relationship,
  type RewardSummary,
  type Share,
  type Step,
  SUMMARIES_PER_PAGE,
} from "../../model/person.ts";
import type { PointsRow, PointsSums } from "../../model/points.ts";
import { STEP_PAGES_LISTED_MAX, SUMMARY_PAGES_LISTED_MAX } from "../limits.ts";
import { pagesMarked, pagesOf } from "../rewards/summary_pages.ts";
import {
  type HotStepFilter,
  isHotStep,
  isJourney,
  isMembership,
  isOwnReward,
  isRelationship,
  isShare,
  isStep,
  type JourneyFilter,
  type MembershipFilter,
  ofWholePrograms,
  type OwnRewardFilter,
  type RelationshipFilter,
  type ShareFilter,
  type StepFilter,
} from "./person_list_filters.ts";
import { pageKey } from "./steps.ts";

interface Lists {
  readonly journeys: { readonly filter: JourneyFilter; readonly item: Journey };
  readonly relationships: { readonly filter: RelationshipFilter; readonly item: Relationship };
  readonly memberships: { readonly filter: MembershipFilter; readonly item: Membership };
  readonly shares: { readonly filter: ShareFilter; readonly item: Share };
}
type PersonListKind = keyof Lists;

interface OfPerson {
  readonly client: string;
  readonly personId: string;
}

export type PersonListQuery =
  | {
      [K in PersonListKind]: { readonly kind: K; readonly filter: Lists[K]["filter"]; readonly page: Page } & OfPerson;
    }[PersonListKind]
  /** Oldest first, all of them. */
  | ({ readonly kind: "identity_history" | "reviews" } & OfPerson)
  | ({ readonly kind: "points"; readonly page: Page } & OfPerson)
  | ({
      readonly kind: "steps";
      readonly filter: StepFilter;
      /** Number of the page that was looked at last; null: from the newest step on. */
      readonly beforePage: number | null;
      /** As many of those that pass are counted and not answered. */
      readonly skip: number;
      readonly limit: number;
    } & OfPerson)
  | ({
      readonly kind: "reward_ids";
      readonly filter: OwnRewardFilter;
      /** Where the answer before ended; null: from the newest on. */
      readonly before: number | null;
      /** As for steps. */
      readonly skip: number;
      readonly limit: number;
    } & OfPerson)
  /** The newest steps, those of the person's entry alone, oldest first. */
  | ({ readonly kind: "hot_steps"; readonly filter: HotStepFilter } & OfPerson);

export interface PersonPoints {
  readonly personId: string;
  /** By type. Without the rewards behind them, of which there may be thousands. */
  readonly accounts: { readonly [type: string]: PointsSums };
  /** A page of the newest movements. */
  readonly rows: readonly PointsRow[];
}

/** `forwardedTo`: ask there. Items are null when the person is unknown to the client. */
export type PersonListAnswer = { readonly forwardedTo: string | null } & (
  | { [K in PersonListKind]: { readonly kind: K; readonly items: readonly Lists[K]["item"][] | null } }[PersonListKind]
  | { readonly kind: "identity_history"; readonly items: readonly IdentityShift[] | null }
  | { readonly kind: "reviews"; readonly items: readonly Review[] | null }
  | {
      readonly kind: "points";
      readonly points: PersonPoints | null;
    }
  /** `next` continues, null at the end. */
  | {
      readonly kind: "steps";
      readonly items: readonly Step[] | null;
      readonly skipped: number;
      readonly next: number | null;
    }
  | {
      readonly kind: "reward_ids";
      readonly items: readonly string[] | null;
      readonly skipped: number;
      readonly next: number | null;
    }
  | { readonly kind: "hot_steps"; readonly items: readonly Step[] | null }
);

/** Each oldest first. */
export interface PastSource {
  /** All steps of the person's entry. */
  hotSteps(person: Person): readonly Step[];
  /** Of an older page. */
  stepPage(key: string): readonly Step[];
  summaryPage(personId: string, page: number): readonly RewardSummary[];
}

/** @param person null: unknown to the client */
export function answerPersonList(source: PastSource, person: Person | null, query: PersonListQuery): PersonListAnswer {
  const forwardedTo = person?.forwardedTo ?? null;
  switch (query.kind) {
    case "journeys":
    case "relationships":
    case "memberships":
    case "shares":
      return answerPage(person, query);
    case "identity_history":
      return { kind: query.kind, items: person?.identityHistory ?? null, forwardedTo };
    case "reviews":
      return { kind: query.kind, items: person === null ? null : (person.incentives?.reviews ?? []), forwardedTo };
    case "points":
      return { kind: query.kind, points: person === null ? null : pointsOf(person, query.page), forwardedTo };
    case "steps": {
      const none = { items: null, skipped: 0, next: null };
      return { kind: query.kind, ...(person === null ? none : listSteps(source, person, query)), forwardedTo };
    }
    case "reward_ids": {
      const none = { items: null, skipped: 0, next: null };
      return { kind: query.kind, ...(person === null ? none : listRewardIds(source, person, query)), forwardedTo };
    }
    case "hot_steps": {
      const hot = person === null ? null : source.hotSteps(person);
      return { kind: query.kind, items: hot?.filter((step) => isHotStep(query.filter, step)) ?? null, forwardedTo };
    }
  }
}

/** L3. @param renamed worked out where it matters */
export function byWholePrograms(query: PersonListQuery, renamed: () => RenamedPrograms): PersonListQuery {
  switch (query.kind) {
    case "journeys":
      return { ...query, filter: ofWholePrograms(query.filter, renamed) };
    case "relationships":
      return { ...query, filter: ofWholePrograms(query.filter, renamed) };
    case "shares":
      return { ...query, filter: ofWholePrograms(query.filter, renamed) };
    case "steps":
      return { ...query, filter: ofWholePrograms(query.filter, renamed) };
    case "reward_ids":
      return { ...query, filter: ofWholePrograms(query.filter, renamed) };
    default:
      return query;
  }
}

type PageQuery = Extract<PersonListQuery, { readonly kind: PersonListKind }>;
type PageAnswer = Extract<PersonListAnswer, { readonly kind: PersonListKind }>;

function answerPage(person: Person | null, query: PageQuery): PageAnswer {
  const forwardedTo = person?.forwardedTo ?? null;
  const { kind, page } = query;
  if (person === null) return { kind, items: null, forwardedTo };
  switch (kind) {
    case "journeys": {
      const { filter } = query;
      const items = pageOf(newestFirst(person.journeys), page, (each) => isJourney(filter, each));
      return { kind, items, forwardedTo };
    }
    case "relationships": {
      const { filter } = query;
      const newest = newestFirst(person.relationships);
      const shown = filter.showsDuplicates === true ? newest : withoutDuplicates(newest);
      return { kind, items: pageOf(shown, page, (each) => isRelationship(filter, each)), forwardedTo };
    }
    case "memberships": {
      const { filter } = query;
      const items = pageOf(newestFirst(person.memberships), page, (each) => isMembership(filter, each));
      return { kind, items, forwardedTo };
    }
    case "shares": {
      const { filter } = query;
      const items = pageOf(newestFirst(person.shares), page, (each) => isShare(filter, each));
      return { kind, items, forwardedTo };
    }
  }
}

/** Two persons with one identity are one human: per role and campaign, the relationship with the newest of them is shown. */
function* withoutDuplicates(newest: Iterable<Relationship>): Generator<Relationship> {
  const shown = new Map<string, string>();
  for (const relationship of newest) {
    const { myRole, campaignId, otherEmail, otherPersonId } = relationship;
    if (otherEmail !== null) {
      const identity = JSON.stringify([myRole, campaignId, otherEmail]);
      const first = shown.get(identity) ?? otherPersonId;
      shown.set(identity, first);
      if (first !== otherPersonId) continue;
    }
    yield relationship;
  }
}

function pointsOf({ id, points }: Person, { limit, offset }: Page): PersonPoints {
  const accounts = Object.entries(points?.accounts ?? {}).map(([type, { earned, spent, expired, reversed }]) => {
    const sums: PointsSums = { earned, spent, expired, reversed };
    return [type, sums] as const;
  });
  const rows = (points?.rows ?? []).toReversed().slice(offset, offset + limit);
  return { personId: id, accounts: Object.fromEntries(accounts), rows };
}

/** L2. */
function listSteps(
  source: PastSource,
  person: Person,
  { filter, beforePage, skip, limit }: Extract<PersonListQuery, { readonly kind: "steps" }>,
): { readonly items: readonly Step[]; readonly skipped: number; readonly next: number | null } {
  const items: Step[] = [];
  let skipped = 0;
  const take = (steps: readonly Step[]): boolean => {
    for (const step of newestFirst(steps)) {
      if (!isStep(filter, step)) continue;
      if (skipped < skip) skipped++;
      else items.push(step);
      if (items.length >= limit) return true;
    }
    return false;
  };
  // One page is more than is wanted only where the answer ends, so nothing of a page is left over.
  if (beforePage === null && take(source.hotSteps(person))) return { items, skipped, next: null };
  let page = beforePage ?? person.stepPages;
  for (let looked = 0; page > 0 && looked < STEP_PAGES_LISTED_MAX; looked++) {
    page--;
    if (take(source.stepPage(pageKey(person.id, page)))) return { items, skipped, next: null };
  }
  return { items, skipped, next: page > 0 ? page : null };
}

type RewardIdsQuery = Extract<PersonListQuery, { readonly kind: "reward_ids" }>;

/**
 * L2. A reward's place is that in the order in which they came: its page's and within it, and behind all pages that in the entry. So it stays when it goes into
 * a page.
 */
function listRewardIds(
  source: PastSource,
  person: Person,
  { filter, before, skip, limit }: RewardIdsQuery,
): { readonly items: readonly string[]; readonly skipped: number; readonly next: number | null } {
  const items: string[] = [];
  const pages = pagesOf(person);
  const wanted = pagesWanted(person, filter.ids ?? []);
  let skipped = 0;
  let place = before ?? Number.POSITIVE_INFINITY;
  for (let page = Math.min(pages, Math.floor(place / SUMMARIES_PER_PAGE)), looked = 0; page >= 0; page--) {
    const first = page * SUMMARIES_PER_PAGE;
    if (page < pages && !wanted(page)) continue;
    if (page < pages && looked++ === SUMMARY_PAGES_LISTED_MAX)
      return { items, skipped, next: first + SUMMARIES_PER_PAGE };
    const summaries = page === pages ? person.rewards : source.summaryPage(person.id, page);
    for (let at = Math.min(summaries.length, place - first) - 1; at >= 0; at--) {
      const summary = summaries[at];
      if (summary === undefined || !isOwnReward(filter, summary)) continue;
      if (skipped < skip) {
        skipped++;
        continue;
      }
      items.push(summary.id);
      place = first + at;
      if (items.length >= limit) return { items, skipped, next: place > 0 ? place : null };
    }
  }
  return { items, skipped, next: null };
}

/** Of few rewards, the pages that may have one of them. */
function pagesWanted({ olderRewards }: Person, ids: readonly string[]): (page: number) => boolean {
  if (ids.length === 0 || olderRewards === null) return () => true;
  const marked = new Set(ids.flatMap((id) => [...pagesMarked(olderRewards, id)]));
  return (page) => marked.has(page);
}
