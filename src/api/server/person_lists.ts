// What hangs below a person: steps, journeys, relationships, rewards. Newest first. Here the query is read; what passes is decided where the person is.

import type { OwnRewardFilter, RewardFilter } from "../../engine/mod.ts";
import type { Page } from "../../model/filters.ts";
import type { ApiError } from "../../model/errors.ts";
import { type Journey, type Relationship, roles, type Step } from "../../model/person.ts";
import { type Reward, rewardStates } from "../../model/reward.ts";
import { supplierTypes } from "../../model/supplier.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type Call } from "../http/route.ts";
import type { Directory } from "./directory.ts";
import { personNotFound } from "./person_commands.ts";
import { journeysOf, type PersonReference, relationshipsOf, rewardIdsOf, stepsOf } from "./person_history.ts";

/** The page, what is wrong with the query, or that there is no such person. */
export type Listed<T> = { readonly items: readonly T[] | null } | { readonly error: ApiError };

/** Rewards of a person that are looked at together: few, as most have few, and as many as a worker finds in a few milliseconds where one looks at all of thousands. */
const REWARDS_AT_ONCE_MIN = 32;
const REWARDS_AT_ONCE_MAX = 256;

const PATTERN = "value_does_not_follow_pattern";

export async function answerList<T>(
  directory: Directory,
  { grant: { client }, params, query }: Call,
  list: (directory: Directory, of: PersonReference, query: QueryReader) => Promise<Listed<T>>,
  view: (item: T) => unknown,
): Promise<Answer> {
  const of = { client, id: params[0] ?? "" };
  const result = await list(directory, of, new QueryReader(query));
  // Who asks about nobody is told so, whatever else is wrong.
  if ("error" in result)
    return (await directory.profile(client, of.id)) === null ? personNotFound : answerError(result.error);
  return result.items === null ? personNotFound : answerJson(result.items.map(view));
}

export async function listSteps(
  directory: Directory,
  person: PersonReference,
  query: QueryReader,
): Promise<Listed<Step>> {
  const filter = {
    names: query.list("names"),
    containers: query.list("containers"),
    campaigns: query.list("campaign_ids"),
    programs: query.list("programs"),
    journeys: query.list("journey_names"),
    keyNames: query.list("journey_key_names"),
    keyValues: query.pairs("journey_key_values", PATTERN),
    isPrimary: query.flag("is_primary"),
    dataKeys: query.list("data_keys"),
    events: query.list("event_ids"),
    causes: query.list("cause_event_ids"),
    roots: query.list("root_event_ids"),
  };
  const page = query.page();
  return query.error === null ? { items: await stepsOf(directory, person, filter, page) } : { error: query.error };
}

export async function listJourneys(
  directory: Directory,
  person: PersonReference,
  query: QueryReader,
): Promise<Listed<Journey>> {
  const filter = {
    ids: query.list("ids"),
    names: query.list("names"),
    programs: query.list("programs"),
    campaigns: query.list("campaign_ids"),
    containers: query.list("containers"),
    keyNames: query.list("key_names"),
    keyValues: query.pairs("key_values", PATTERN),
    dataKeys: query.list("data_keys"),
    dataValues: query.pairs("data_values", PATTERN),
  };
  const page = query.page();
  return query.error === null ? { items: await journeysOf(directory, person, filter, page) } : { error: query.error };
}

export async function listRelationships(
  directory: Directory,
  person: PersonReference,
  query: QueryReader,
): Promise<Listed<Relationship>> {
  const filter = {
    roles: query.oneOf("my_roles", roles, "invalid_parameter"),
    containers: query.list("containers"),
    programs: query.list("programs"),
    campaigns: query.list("campaign_ids"),
    dataKeys: query.list("data_keys"),
    dataValues: query.pairs("data_values", "data_values_invalid"),
    hidesAnonymous: query.flag("exclude_anonymous") ?? false,
    showsDuplicates: query.flag("include_duplicate_identities") ?? false,
    showsSelfReferrals: query.flag("include_self_referrals") ?? false,
  };
  const page = query.page();
  return query.error === null
    ? { items: await relationshipsOf(directory, person, filter, page) }
    : { error: query.error };
}

export async function listPersonRewards(
  directory: Directory,
  person: PersonReference,
  query: QueryReader,
): Promise<Listed<Reward>> {
  const own = {
    programs: query.list("programs"),
    campaigns: query.list("campaign_ids"),
    journeys: query.list("journey_names"),
  };
  const filter = {
    containers: query.list("containers"),
    keyNames: query.list("journey_key_names"),
    keyValues: query.pairs("journey_key_values", PATTERN),
    dataKeys: query.list("data_keys"),
    dataValues: query.pairs("data_values", PATTERN),
    types: query.oneOf("reward_types", supplierTypes, "reward_type_not_supported"),
    states: query.oneOf("reward_states", rewardStates, "reward_state_invalid"),
  };
  const page = query.page();
  if (query.error !== null) return { error: query.error };
  const isOfSummaries = Object.values(filter).every((values) => values.length === 0);
  const shown = isOfSummaries
    ? (await rewardIdsOf(directory, person, own, { before: null, skip: page.offset, limit: page.limit }))?.items
    : await wantedRewards(directory, person, { own, filter, page });
  if (shown === undefined || shown === null) return { items: null };
  const rewards = await directory.rewards(person.client, shown);
  return { items: rewards.filter((reward) => reward !== null) };
}

/** The page's ids, where whole rewards have to be looked at to tell which ones pass: which they are is asked before any is sent. */
async function wantedRewards(
  directory: Directory,
  person: PersonReference,
  { own, filter, page }: { readonly own: OwnRewardFilter; readonly filter: RewardFilter; readonly page: Page },
): Promise<readonly string[] | null> {
  const shown: string[] = [];
  let passed = 0;
  let before: number | null = null;
  for (let size = REWARDS_AT_ONCE_MIN; shown.length < page.limit; size = Math.min(REWARDS_AT_ONCE_MAX, size * 2)) {
    const block = await rewardIdsOf(directory, person, own, { before, skip: 0, limit: size });
    if (block === null) return null;
    const dates = await directory.datesOfWanted(person.client, block.items, filter);
    const wanted = block.items.filter((_, at) => (dates[at] ?? null) !== null);
    shown.push(...wanted.slice(Math.max(0, page.offset - passed)).slice(0, page.limit - shown.length));
    passed += wanted.length;
    before = block.next;
    if (before === null) break;
  }
  return shown;
}

/** Where each of a person's rewards that pass stands among all: newest first by date, then by id. */
export async function placesOfRewards(
  directory: Directory,
  person: PersonReference,
  filter: RewardFilter,
): Promise<{ readonly createdMs: number; readonly id: string }[]> {
  const places: { readonly createdMs: number; readonly id: string }[] = [];
  let before: number | null = null;
  do {
    const block = await rewardIdsOf(directory, person, {}, { before, skip: 0, limit: REWARDS_AT_ONCE_MAX });
    if (block === null) return [];
    const dates = await directory.datesOfWanted(person.client, block.items, filter);
    for (const [at, id] of block.items.entries()) {
      const createdMs = dates[at] ?? null;
      if (createdMs !== null) places.push({ createdMs, id });
    }
    before = block.next;
  } while (before !== null);
  return places;
}
