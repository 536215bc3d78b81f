// Operations on rewards. Low rate: plain code.

import { apiError } from "../../model/errors.ts";
import type { RewardIndex } from "../../engine/mod.ts";
import { type Reward, type RewardMove, type RewardState, rewardStates } from "../../model/reward.ts";
import { supplierTypes } from "../../model/supplier.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { type Page, QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { REWARDS_SCANNED_MAX } from "../limits.ts";
import { type Directory, mapBounded } from "./directory.ts";
import { isAmong, takePage } from "./filters.ts";
import { FULFILL_FAILED, rewardParameters, summaryParameters } from "./parameters.ts";
import { rewardsOfPerson } from "./person_lists.ts";
import { isNewer, RewardScan } from "./reward_scan.ts";
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
      run: (call) => listRewards(directory, call),
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

/** Parameters whose one value leads to an index, the most selective first. */
const indexed: readonly { readonly parameter: string; readonly name: RewardIndex["name"] }[] = [
  { parameter: "partner_reward_id", name: "partner_reward" },
  { parameter: "root_event_id", name: "root_event" },
  { parameter: "action_id", name: "action" },
  { parameter: "reward_supplier_id", name: "supplier" },
  { parameter: "state", name: "state" },
];

/** Several values are alternatives, which no index holds together. */
function indexOf(query: QueryReader): RewardIndex | null {
  for (const { parameter, name } of indexed) {
    const [value, ...others] = query.list(parameter);
    if (value !== undefined && others.length === 0)
      return { name, value: name === "state" ? value.toUpperCase() : value };
  }
  return null;
}

interface Wanted {
  readonly index: RewardIndex | null;
  readonly personIds: readonly string[];
  readonly interval: TimeInterval | null;
  readonly page: Page;
  readonly passes: (reward: Reward) => boolean;
}

async function listRewards(directory: Directory, { grant, query: text }: Call): Promise<Answer> {
  const query = new QueryReader(text);
  const wanted = readWanted(query);
  if (query.error !== null) return answerError(query.error);
  const { page, passes, interval } = wanted;
  const { client } = grant;
  let rewards: Reward[];
  if (wanted.personIds.length > 0) {
    const candidates = await rewardsOfPersons(directory, client, wanted.personIds);
    rewards = await takePage(candidates, page, (reward) => isWithin(interval, reward) && passes(reward));
  } else {
    const scan = new RewardScan(directory, { client, interval, index: wanted.index, wanted: page.offset + page.limit });
    rewards = await takePage(scan.rewards(), page, passes);
    if (scan.isCutShort) {
      return answerError(apiError("invalid_parameter", { name: "time_interval", limit: REWARDS_SCANNED_MAX }));
    }
  }
  const owners = await directory.ownersOf(client, rewards);
  return answerJson(rewards.map((reward) => rewardView(reward, owners.get(reward.personId) ?? null)));
}

function readWanted(query: QueryReader): Wanted {
  const states = query.oneOf("state", [...rewardStates, FULFILL_FAILED], "reward_state_invalid");
  const types = query.oneOf("reward_type", supplierTypes, "reward_type_not_supported");
  const suppliers = query.list("reward_supplier_id");
  const partnerSuppliers = query.list("partner_reward_supplier_id");
  const actions = query.list("action_id");
  const roots = query.list("root_event_id");
  const partnerIds = query.list("partner_reward_id");
  const wantsFailed = states.includes(FULFILL_FAILED);
  // "Success" hides what failed at the last attempt; asking for the failed ones by name overrides the default.
  const successOnly = query.flag("success_only") ?? !wantsFailed;
  const intervalText = query.text("time_interval");
  const interval = intervalText === null ? null : parseTimeInterval(intervalText, Date.now());
  if (intervalText !== null && interval === null) query.fail(apiError("time_interval_invalid"));
  return {
    personIds: query.list("person_id"),
    index: indexOf(query),
    interval,
    page: query.page(),
    passes: (reward) =>
      (states.length === 0 || states.includes(reward.state) || (wantsFailed && reward.isFulfilFailed)) &&
      !(successOnly && reward.isFulfilFailed) &&
      isAmong(types, reward.supplierType) &&
      isAmong(suppliers, reward.supplierId) &&
      isAmong(partnerSuppliers, reward.partnerSupplierId) &&
      isAmong(actions, reward.actionId) &&
      isAmong(roots, reward.rootEventId) &&
      isAmong(partnerIds, reward.partnerRewardId),
  };
}

/** Newest first over all of them. Persons who are unknown, or another client's, have none. */
async function rewardsOfPersons(directory: Directory, client: string, personIds: readonly string[]): Promise<Reward[]> {
  const persons = await mapBounded([...new Set(personIds)], (id) => directory.person(client, id));
  const rewards = new Map<string, Reward>();
  for (const person of persons) {
    if (person === null) continue;
    for await (const reward of rewardsOfPerson(directory, person)) rewards.set(reward.id, reward);
  }
  return [...rewards.values()].sort((a, b) => (isNewer(a, b) ? -1 : 1));
}

function isWithin(interval: TimeInterval | null, { createdMs }: Reward): boolean {
  return interval === null || (createdMs >= interval.fromMs && createdMs < interval.toMs);
}
