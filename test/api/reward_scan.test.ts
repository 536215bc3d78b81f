// How a list of rewards reads its partitions.

import { expect, test } from "vitest";
import { REWARDS_LOOKED_AT_ONCE } from "../../src/api/limits.ts";
import { RewardScan } from "../../src/api/server/reward_scan.ts";
import type { Directory } from "../../src/api/server/directory.ts";
import { isWanted, type RewardFilter } from "../../src/engine/rewards/reward_filter.ts";
import type { Reward } from "../../src/model/reward.ts";
import { aReward } from "./people.ts";

const PARTITIONS = 4;
const EACH = 2_500;

/** Every partition has rewards of every millisecond; counts what is asked. */
function open(wanted: number, more: { filter?: RewardFilter; skip?: number } = {}) {
  const lists = Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: EACH }, (__, n) => aReward(partition, EACH - n, { createdMs: EACH - n })),
  );
  const forms = new Set<string>();
  let questions = 0;
  const directory = {
    partitions: PARTITIONS,
    rewardsByTime(
      partition: number,
      { beforePlace, limit, filter, lookedMax, form }: Parameters<Directory["rewardsByTime"]>[1],
    ) {
      questions++;
      const list = lists[partition] ?? [];
      const from = list.findIndex((reward) => beforePlace === null || placeOf(reward) < beforePlace);
      const rewards: Reward[] = [];
      let looked = 0;
      for (const reward of from < 0 ? [] : list.slice(from)) {
        if (looked === lookedMax || rewards.length === limit) break;
        looked++;
        if (isWanted(filter, reward)) rewards.push(reward);
      }
      const last = from < 0 ? undefined : list[from + looked - 1];
      const isAtEnd = last === undefined || last === list.at(-1);
      forms.add(form);
      return Promise.resolve({
        kind: "rewards_by_time" as const,
        rewards: form === "rewards" ? rewards : [],
        places: rewards.map(placeOf),
        looked,
        lastPlace: isAtEnd ? null : placeOf(last),
      });
    },
  };
  const scan = new RewardScan(directory, { client: "acme", interval: null, filter: {}, skip: 0, wanted, ...more });
  return { scan, questions: () => questions, all: lists.flat(), forms };
}

function placeOf({ createdMs, id }: Reward): string {
  return `${createdMs.toString().padStart(15, "0")}/${id}`;
}

async function idsOf(scan: RewardScan, count: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of scan.rewards()) {
    ids.push(id);
    if (ids.length === count) break;
  }
  return ids;
}

test("W1, W3 all of them, newest first, in pages that grow", async () => {
  const { scan, questions } = open(5);
  const seen: number[] = [];
  for await (const reward of scan.rewards()) seen.push(reward.createdMs);
  expect(seen).toHaveLength(PARTITIONS * EACH);
  expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  // 4, 8, 16 ... 128, then as many as an answer looks at.
  expect(questions()).toBe(PARTITIONS * (6 + Math.ceil((EACH - 252) / REWARDS_LOOKED_AT_ONCE)));
});

test("W3 few that are wanted are few that are read", async () => {
  const { scan, questions } = open(5);
  let seen = 0;
  for await (const reward of scan.rewards()) if (reward.createdMs > 0 && ++seen === 5) break;
  expect(questions()).toBe(PARTITIONS);
});

test("W1, W5 what lies before the page is counted without the rewards, and the page is the same", async () => {
  for (const skip of [1, 3, 4_000, PARTITIONS * EACH - 2, PARTITIONS * EACH]) {
    const { scan, all, forms } = open(5, { skip });
    const sorted = all.toSorted((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1)).map(({ id }) => id);
    expect(await idsOf(scan, 5)).toEqual(sorted.slice(skip, skip + 5));
    expect([...forms][0]).toBe("places");
  }
});

test("W4 of what does not pass nothing is sent, and it is looked at in large steps", async () => {
  const { scan, questions } = open(5, { filter: { fromMs: 1, toMs: 3 } });
  const seen: number[] = [];
  for await (const reward of scan.rewards()) seen.push(reward.createdMs);
  expect(seen).toEqual([2, 2, 2, 2, 1, 1, 1, 1]);
  expect(questions()).toBe(PARTITIONS * Math.ceil(EACH / REWARDS_LOOKED_AT_ONCE));
});
