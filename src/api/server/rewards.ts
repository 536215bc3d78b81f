// Operations on rewards. Low rate: plain code.

import { apiError } from "../../model/errors.ts";
import type { RewardFilter } from "../../engine/mod.ts";
import type { Page } from "../../model/filters.ts";
import { FULFILL_FAILED, type Reward, type RewardMove, type RewardState, rewardStates } from "../../model/reward.ts";
import { supplierTypes } from "../../model/supplier.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { REWARDS_SCANNED_MAX } from "../limits.ts";
import { type Directory, mapBounded } from "./directory.ts";
import { rewardParameters, summaryParameters } from "./parameters.ts";
import { placesOfRewards } from "./person_lists.ts";
import { isNewer, RewardScan } from "./reward_scan.ts";
import { calendarFor } from "./periods.ts";
import { summarizeRewards } from "./reward_summary.ts";
import { rewardVerbRoutes } from "./reward_verbs.ts";
import {
  endsSchema,
  fulfillmentsSchema,
  redeemsSchema,
  rewardHistorySchema,
  rewardSchema,
  rewardsSchema,
  sendsSchema,
  summarySchema,
} from "./schemas.ts";
import { readScopes } from "./scopes.ts";
import { parseTimeInterval, type TimeInterval } from "./time_interval.ts";
import { endView, fulfillmentView, redeemView, rewardMoveView, rewardView, sendView, type View } from "./views.ts";

export function rewardRoutes(parts: {
  readonly runtime: RuntimeClient;
  readonly configuration: ConfigurationClient;
  readonly directory: Directory;
}): AnswerRoute[] {
  const { runtime, configuration, directory } = parts;
  const read = { kind: "answer", method: "GET", scopes: readScopes, request: null } as const;
  return [
    {
      ...read,
      operation: "listRewards",
      path: "/v2/rewards",
      summary: "Rewards of the client, newest first",
      query: rewardParameters,
      response: rewardsSchema,
      run: (call) => listRewards(directory, configuration, call),
    },
    {
      ...read,
      operation: "getReward",
      path: "/v2/rewards/{reward_id}",
      summary: "Read a reward",
      query: [],
      response: rewardSchema,
      run: (call) =>
        withReward(directory, call, async (reward) =>
          answerJson(rewardView(reward, await directory.person(reward.client, reward.personId))),
        ),
    },
    {
      ...read,
      operation: "getRewardStateHistory",
      path: "/v2/rewards/{reward_id}/history",
      summary: "All moves of a reward, oldest first",
      query: [],
      response: rewardHistorySchema,
      run: (call) => withReward(directory, call, async (reward) => answerJson(reward.history.map(rewardMoveView))),
    },
    {
      ...read,
      operation: "getRewardStateSummary",
      path: "/v2/rewards/state_summary",
      summary: "How many rewards came into each state, by period",
      query: summaryParameters,
      response: summarySchema,
      run: (call) => summarizeRewards(directory, configuration, call),
    },
    ...moveLists.map(
      ({ state, view, ...route }): AnswerRoute => ({
        ...read,
        ...route,
        query: [],
        run: (call) =>
          withReward(directory, call, async (reward) =>
            answerJson(reward.history.filter((move) => move.state === state).map((move) => view(reward, move))),
          ),
      }),
    ),
    ...rewardVerbRoutes(runtime, directory),
  ];
}

interface MoveList {
  readonly operation: string;
  readonly path: string;
  readonly summary: string;
  readonly response: JsonSchema;
  readonly state: RewardState;
  readonly view: (reward: Reward, move: RewardMove) => View;
}

/** What a reward's history has of one state, in the words of that state. */
const moveLists: readonly MoveList[] = [
  {
    operation: "getRewardCancels",
    path: "/v2/rewards/{reward_id}/cancels",
    summary: "Cancellations of a reward",
    response: endsSchema,
    state: "CANCELED",
    view: endView,
  },
  {
    operation: "getRewardExpirations",
    path: "/v2/rewards/{reward_id}/expirations",
    summary: "Expirations of a reward",
    response: endsSchema,
    state: "EXPIRED",
    view: endView,
  },
  {
    operation: "getRewardFails",
    path: "/v2/rewards/{reward_id}/fails",
    summary: "Failures of a reward",
    response: endsSchema,
    state: "FAILED",
    view: endView,
  },
  {
    operation: "getRewardRevokes",
    path: "/v2/rewards/{reward_id}/revokes",
    summary: "Revocations of a reward",
    response: endsSchema,
    state: "REVOKED",
    view: endView,
  },
  {
    operation: "getRewardFulfillments",
    path: "/v2/rewards/{reward_id}/fulfillments",
    summary: "Fulfilments of a reward, and attempts that failed",
    response: fulfillmentsSchema,
    state: "FULFILLED",
    view: fulfillmentView,
  },
  {
    operation: "getRewardSends",
    path: "/v2/rewards/{reward_id}/sends",
    summary: "Deliveries of a reward, and attempts that failed",
    response: sendsSchema,
    state: "SENT",
    view: sendView,
  },
  {
    operation: "getRewardRedeems",
    path: "/v2/rewards/{reward_id}/redeems",
    summary: "Redemptions of a reward",
    response: redeemsSchema,
    state: "REDEEMED",
    view: redeemView,
  },
];

async function withReward(
  directory: Directory,
  call: Call,
  work: (reward: Reward) => Promise<Answer>,
): Promise<Answer> {
  const reward = await directory.reward(call.grant.client, call.params[0] ?? "");
  return reward === null ? answerError(apiError("reward_not_found")) : work(reward);
}

interface Wanted {
  readonly personIds: readonly string[];
  readonly interval: TimeInterval | null;
  readonly page: Page;
  readonly filter: RewardFilter;
}

async function listRewards(directory: Directory, configuration: ConfigurationClient, call: Call): Promise<Answer> {
  const query = new QueryReader(call.query);
  const interval = await readInterval(configuration, call, query);
  const wanted = { ...readWanted(query), interval };
  if (query.error !== null) return answerError(query.error);
  const { client } = call.grant;
  const rewards =
    wanted.personIds.length > 0
      ? await rewardsOfPersons(directory, client, wanted)
      : await rewardsOfAll(directory, client, wanted);
  if (rewards === "too_many")
    return answerError(apiError("invalid_parameter", { name: "time_interval", limit: REWARDS_SCANNED_MAX }));
  const owners = await directory.ownersOf(client, rewards);
  return answerJson(rewards.map((reward) => rewardView(reward, owners.get(reward.personId) ?? null)));
}

async function readInterval(
  configuration: ConfigurationClient,
  call: Call,
  query: QueryReader,
): Promise<TimeInterval | null> {
  const text = query.text("time_interval");
  if (text === null) return null;
  const calendar = await calendarFor(configuration, call);
  const interval = calendar === null ? null : parseTimeInterval(text, Date.now(), calendar);
  if (calendar === null) query.fail(apiError("invalid_parameter", { name: "Time-Zone" }));
  else if (interval === null) query.fail(apiError("time_interval_invalid"));
  return interval;
}

function readWanted(query: QueryReader): Omit<Wanted, "interval"> {
  const states = query.oneOf("state", [...rewardStates, FULFILL_FAILED], "reward_state_invalid");
  const types = query.oneOf("reward_type", supplierTypes, "reward_type_not_supported");
  const filter = {
    states,
    types,
    suppliers: query.list("reward_supplier_id"),
    partnerSuppliers: query.list("partner_reward_supplier_id"),
    actions: query.list("action_id"),
    roots: query.list("root_event_id"),
    partnerIds: query.list("partner_reward_id"),
    // "Success" hides what failed at the last attempt; asking for the failed ones by name overrides the default.
    hidesFailed: query.flag("success_only") ?? !states.includes(FULFILL_FAILED),
  };
  return { personIds: query.list("person_id"), page: query.page(), filter };
}

async function rewardsOfAll(
  directory: Directory,
  client: string,
  { interval, page, filter }: Wanted,
): Promise<readonly Reward[] | "too_many"> {
  const scan = new RewardScan(directory, { client, interval, filter, skip: page.offset, wanted: page.limit });
  const rewards: Reward[] = [];
  for await (const reward of scan.rewards()) {
    rewards.push(reward);
    if (rewards.length === page.limit) break;
  }
  return scan.isCutShort ? "too_many" : rewards;
}

/** Newest first over all of them. Persons who are unknown, or another client's, have none. */
async function rewardsOfPersons(
  directory: Directory,
  client: string,
  { personIds, interval, page, filter }: Wanted,
): Promise<readonly Reward[]> {
  const within = interval === null ? filter : { ...filter, ...interval };
  const ofEach = await mapBounded([...new Set(personIds)], (id) => placesOfRewards(directory, { client, id }, within));
  // Merged persons have theirs in common.
  const all = new Map(ofEach.flat().map((place) => [place.id, place]));
  const places = [...all.values()].sort((a, b) => (isNewer(a, b) ? -1 : 1));
  const ids = places.slice(page.offset, page.offset + page.limit).map(({ id }) => id);
  return (await directory.rewards(client, ids)).filter((reward) => reward !== null);
}
