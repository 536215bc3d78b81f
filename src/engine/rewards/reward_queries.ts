// What a partition answers about rewards. Read only.

import type { Reward } from "../../model/reward.ts";
import type { EngineContext } from "../context.ts";
import { type CountFilter, countRewards, type RewardCounts } from "./reward_counts.ts";
import type { RewardFilter } from "./reward_filter.ts";
import { datesOfWanted, type ListedRewards, listRewards, type RewardPage } from "./reward_list.ts";

export type RewardQuery =
  | { readonly kind: "reward"; readonly client: string; readonly rewardId: string }
  | { readonly kind: "rewards"; readonly client: string; readonly rewardIds: readonly string[] }
  /** Which of some rewards pass. */
  | {
      readonly kind: "wanted_rewards";
      readonly client: string;
      readonly rewardIds: readonly string[];
      readonly filter: RewardFilter;
    }
  | ({ readonly kind: "rewards_by_time" } & RewardPage)
  /** Moves of rewards in each of the periods; bounds at quarters of an hour. */
  | {
      readonly kind: "reward_counts";
      readonly client: string;
      readonly periods: readonly { readonly fromMs: number; readonly toMs: number }[];
      readonly filter: CountFilter;
    };

export type RewardAnswer =
  | { readonly kind: "reward"; readonly reward: Reward | null }
  /** In the order asked for; null: unknown to this client. */
  | { readonly kind: "rewards"; readonly rewards: readonly (Reward | null)[] }
  /** In the order asked for: when it was made; null: unknown to this client, or it does not pass. */
  | { readonly kind: "wanted_rewards"; readonly createdMs: readonly (number | null)[] }
  | ({ readonly kind: "rewards_by_time" } & ListedRewards)
  | { readonly kind: "reward_counts"; readonly counts: readonly RewardCounts[] };

export function answerRewardQuery(context: EngineContext, query: RewardQuery): RewardAnswer {
  const { state } = context;
  switch (query.kind) {
    case "reward":
      return { kind: "reward", reward: findReward(context, query.client, query.rewardId) };
    case "rewards":
      return { kind: "rewards", rewards: query.rewardIds.map((id) => findReward(context, query.client, id)) };
    case "wanted_rewards":
      return { kind: "wanted_rewards", createdMs: datesOfWanted(state, query) };
    case "rewards_by_time":
      return { kind: "rewards_by_time", ...listRewards(state, query) };
    case "reward_counts": {
      const { client, periods, filter } = query;
      return { kind: "reward_counts", counts: periods.map((period) => countRewards(state, client, period, filter)) };
    }
  }
}

function findReward({ state }: EngineContext, client: string, rewardId: string): Reward | null {
  const reward = state.find("reward", rewardId);
  return reward?.client === client ? reward : null;
}
