// How a list of rewards reads its partitions.

import { expect, test } from "vitest";
import { RewardScan } from "../../src/api/server/reward_scan.ts";
import type { Reward } from "../../src/model/reward.ts";
import { aReward } from "./people.ts";

const PARTITIONS = 4;
const EACH = 2_500;

/** Every partition has rewards of every millisecond; counts what is asked. */
function open(wanted: number) {
  const lists = Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: EACH }, (__, n) => aReward(partition, EACH - n, { createdMs: EACH - n })),
  );
  let questions = 0;
  const directory = {
    partitions: PARTITIONS,
    rewardsByTime(
      partition: number,
      { beforeKey, limit }: { readonly beforeKey: string | null; readonly limit: number },
    ) {
      questions++;
      const from = beforeKey === null ? 0 : Number(beforeKey);
      const rewards: Reward[] = lists[partition]?.slice(from, from + limit) ?? [];
      const isLast = from + limit >= EACH;
      return Promise.resolve({
        kind: "rewards_by_time" as const,
        rewards,
        lastKey: isLast ? null : String(from + limit),
      });
    },
  };
  const scan = new RewardScan(directory, { client: "acme", interval: null, index: null, wanted });
  return { scan, questions: () => questions };
}

test("W1, W3 all of them, newest first, in pages that grow", async () => {
  const { scan, questions } = open(5);
  const seen: number[] = [];
  for await (const reward of scan.rewards()) seen.push(reward.createdMs);
  expect(seen).toHaveLength(PARTITIONS * EACH);
  expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  // 4, 8, 16 ... 128, then 200 at a time.
  expect(questions()).toBe(PARTITIONS * (6 + Math.ceil((EACH - 252) / 200)));
});

test("W3 few that are wanted are few that are read", async () => {
  const { scan, questions } = open(5);
  let seen = 0;
  for await (const reward of scan.rewards()) if (reward.createdMs > 0 && ++seen === 5) break;
  expect(questions()).toBe(PARTITIONS);
});
