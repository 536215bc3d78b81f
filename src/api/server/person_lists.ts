// What hangs below a person: steps, journeys, relationships, rewards. Newest first.

import type { ApiError } from "../../model/errors.ts";
import { type Journey, type Person, type Relationship, roles, type Step } from "../../model/person.ts";
import { type Reward, rewardStates } from "../../model/reward.ts";
import { supplierTypes } from "../../model/supplier.ts";
import type { QueryReader } from "../http/query.ts";
import type { Directory } from "./directory.ts";
import { entriesOf, hasData, hasKey, isAmong, isNamed, takePage } from "./filters.ts";

/** The page, or what is wrong with the query. */
export type Listed<T> = { readonly items: readonly T[] } | { readonly error: ApiError };

/** Rewards of a person that are read at once: few, as most have few, and as many as a worker finds in a few milliseconds where one looks at all of thousands. */
const REWARDS_AT_ONCE_MIN = 32;
const REWARDS_AT_ONCE_MAX = 256;

const PATTERN = "value_does_not_follow_pattern";

export async function listSteps(directory: Directory, person: Person, query: QueryReader): Promise<Listed<Step>> {
  const names = query.list("names");
  const containers = query.list("containers");
  const campaigns = query.list("campaign_ids");
  const programs = query.list("programs");
  const journeys = query.list("journey_names");
  const keyNames = query.list("journey_key_names");
  const keyValues = query.pairs("journey_key_values", PATTERN);
  const isPrimary = query.flag("is_primary");
  const dataKeys = query.list("data_keys");
  const events = query.list("event_ids");
  const causes = query.list("cause_event_ids");
  const roots = query.list("root_event_ids");
  const page = query.page();
  if (query.error !== null) return { error: query.error };
  const items = await takePage(
    directory.steps(person),
    page,
    (step) =>
      isNamed(names, step.name) &&
      isAmong(containers, step.container) &&
      isAmong(campaigns, step.campaignId) &&
      isNamed(programs, step.program) &&
      isNamed(journeys, step.journeyName) &&
      hasKey(keyNames, keyValues, step.journeyKey) &&
      // A second arrival of a unique business id is kept for the record; the contract's step has no member to tell it apart.
      !step.isDuplicate &&
      (isPrimary === null || step.isPrimary === isPrimary) &&
      hasData(dataKeys, [], step.data) &&
      isAmong(events, step.eventId) &&
      isAmong(causes, step.causeEventId) &&
      isAmong(roots, step.rootEventId),
  );
  return { items };
}

export async function listJourneys(person: Person, query: QueryReader): Promise<Listed<Journey>> {
  const ids = query.list("ids");
  const names = query.list("names");
  const programs = query.list("programs");
  const campaigns = query.list("campaign_ids");
  const containers = query.list("containers");
  const keyNames = query.list("key_names");
  const keyValues = query.pairs("key_values", PATTERN);
  const dataKeys = query.list("data_keys");
  const dataValues = query.pairs("data_values", PATTERN);
  const page = query.page();
  if (query.error !== null) return { error: query.error };
  const items = await takePage(
    [...person.journeys].reverse(),
    page,
    (journey) =>
      isAmong(ids, journey.id) &&
      isNamed(names, journey.name) &&
      isNamed(programs, journey.program) &&
      isAmong(campaigns, journey.campaignId) &&
      isAmong(containers, journey.container) &&
      hasKey(keyNames, keyValues, journey.key) &&
      hasData(dataKeys, dataValues, journey.data),
  );
  return { items };
}

export async function listRelationships(person: Person, query: QueryReader): Promise<Listed<Relationship>> {
  const myRoles = query.oneOf("my_roles", roles, "invalid_parameter");
  const containers = query.list("containers");
  const programs = query.list("programs");
  const campaigns = query.list("campaign_ids");
  const dataKeys = query.list("data_keys");
  const dataValues = query.pairs("data_values", "data_values_invalid");
  const hidesAnonymous = query.flag("exclude_anonymous") ?? false;
  const showsDuplicates = query.flag("include_duplicate_identities") ?? false;
  const showsSelfReferrals = query.flag("include_self_referrals") ?? false;
  const page = query.page();
  if (query.error !== null) return { error: query.error };
  const newestFirst = [...person.relationships].reverse();
  const items = await takePage(
    showsDuplicates ? newestFirst : withoutDuplicates(newestFirst),
    page,
    (relationship) =>
      isAmong(myRoles, relationship.myRole) &&
      isAmong(containers, relationship.container) &&
      isNamed(programs, relationship.program) &&
      isAmong(campaigns, relationship.campaignId) &&
      hasData(dataKeys, dataValues, relationship.data) &&
      (!hidesAnonymous || relationship.otherEmail !== null) &&
      (showsSelfReferrals || !relationship.isSelfReferral),
  );
  return { items };
}

/** Two persons with one identity are one human: per role and campaign, the relationship with the newest of them is shown. */
function withoutDuplicates(newestFirst: readonly Relationship[]): Relationship[] {
  const shown = new Map<string, string>();
  return newestFirst.filter(({ myRole, campaignId, otherEmail, otherPersonId }) => {
    if (otherEmail === null) return true;
    const identity = JSON.stringify([myRole, campaignId, otherEmail]);
    const first = shown.get(identity) ?? otherPersonId;
    shown.set(identity, first);
    return first === otherPersonId;
  });
}

export async function listPersonRewards(
  directory: Directory,
  person: Person,
  query: QueryReader,
): Promise<Listed<Reward>> {
  const programs = query.list("programs");
  const campaigns = query.list("campaign_ids");
  const containers = query.list("containers");
  const journeys = query.list("journey_names");
  const keyNames = query.list("journey_key_names");
  const keyValues = query.pairs("journey_key_values", PATTERN);
  const dataKeys = query.list("data_keys");
  const dataValues = query.pairs("data_values", PATTERN);
  const types = query.oneOf("reward_types", supplierTypes, "reward_type_not_supported");
  const states = query.oneOf("reward_states", rewardStates, "reward_state_invalid");
  const page = query.page();
  if (query.error !== null) return { error: query.error };
  const items = await takePage(
    rewardsOfPerson(directory, person),
    page,
    (reward) =>
      isNamed(programs, reward.program) &&
      isAmong(campaigns, reward.campaignId) &&
      isAmong(containers, reward.container) &&
      isNamed(journeys, reward.journeyName) &&
      hasKey(keyNames, keyValues, reward.journeyKey) &&
      hasData(dataKeys, dataValues, entriesOf(reward.data)) &&
      isAmong(types, reward.supplierType) &&
      isAmong(states, reward.state),
  );
  return { items };
}

/** The whole rewards of a person, newest first, loaded as far as they are read. */
export async function* rewardsOfPerson(directory: Directory, person: Person): AsyncGenerator<Reward> {
  const ids = person.rewards.map(({ id }) => id).reverse();
  for (let from = 0, size = REWARDS_AT_ONCE_MIN; from < ids.length; size = Math.min(REWARDS_AT_ONCE_MAX, size * 2)) {
    const block = ids.slice(from, from + size);
    from += size;
    for (const reward of await directory.rewards(person.client, block)) if (reward !== null) yield reward;
  }
}
