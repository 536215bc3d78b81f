// Operations on rewards. Low rate: plain code.

import { apiError } from "../../model/errors.ts";
import { type Reward, rewardStates } from "../../model/reward.ts";
import { type Page, QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { REWARDS_SCANNED_MAX } from "../limits.ts";
import { type Directory, mapBounded } from "./directory.ts";
import { isAmong, takePage } from "./filters.ts";
import { FULFILL_FAILED, rewardParameters, rewardTypes } from "./parameters.ts";
import { rewardsOfPerson } from "./person_lists.ts";
import { isNewer, RewardScan } from "./reward_scan.ts";
import { rewardHistorySchema, rewardSchema, rewardsSchema } from "./schemas.ts";
import { readScopes } from "./scopes.ts";
import { parseTimeInterval, type TimeInterval } from "./time_interval.ts";
import { rewardMoveView, rewardView } from "./views.ts";

export function rewardRoutes(directory: Directory): AnswerRoute[] {
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
  ];
}

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
    const scan = new RewardScan(directory, { client, interval, wanted: page.offset + page.limit });
    rewards = await takePage(scan.rewards(), page, passes);
    if (scan.isCutShort) {
      return answerError(apiError("invalid_parameter", { name: "time_interval", limit: REWARDS_SCANNED_MAX }));
    }
  }
  const owners = await directory.personsOf(client, rewards);
  return answerJson(rewards.map((reward) => rewardView(reward, owners.get(reward.personId) ?? null)));
}

function readWanted(query: QueryReader): Wanted {
  const states = query.oneOf("state", [...rewardStates, FULFILL_FAILED], "reward_state_invalid");
  const types = query.oneOf("reward_type", rewardTypes, "reward_type_not_supported");
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
