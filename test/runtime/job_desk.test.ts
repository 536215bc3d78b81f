// What the desk hands out while a partition is given away: a mail that was begun then would be sent again by whoever gets the partition.

import { expect, test } from "vitest";
import type { QueryAnswer } from "../../src/engine/mod.ts";
import type { ReadyJobsPage } from "../../src/model/job_queue.ts";
import { JobDesk, type JobListener } from "../../src/runtime/job_desk.ts";

const page: ReadyJobsPage = { afterSubscriber: null, skipped: [], cursors: [], perSubscriber: 1, limit: 1 };
const nothingReady: QueryAnswer = { kind: "ready_jobs", jobs: [], more: [], lastSubscriber: null };

/** A desk of two partitions whose worker answers when it is told to. */
function openDesk(): { desk: JobDesk; told: string[]; answers: (() => void)[]; served: Set<number> } {
  const [told, answers, served] = [[] as string[], [] as (() => void)[], new Set([0, 1])];
  const append = (): Promise<never> => Promise.reject(new Error("nothing is told here"));
  const ask = (): Promise<QueryAnswer> => new Promise((resolve) => answers.push(() => resolve(nothingReady)));
  const desk = new JobDesk(2, { append }, (partition) => served.has(partition), ask);
  const listener: JobListener = {
    onReady: (partition) => told.push(`ready ${partition}`),
    onLost: (partition) => told.push(`lost ${partition}`),
    onHold: async (partition) => void told.push(`hold ${partition}`),
  };
  desk.listen(listener);
  told.length = 0;
  return { desk, told, answers, served };
}

test("a partition that is being given away hands nothing out, until it is served anew", async () => {
  const { desk, told, answers } = openDesk();
  const asked = desk.pull(0, page);
  await desk.hold(0);
  answers[0]?.();
  await expect(asked).rejects.toThrow("given away");
  await expect(desk.pull(0, page)).rejects.toThrow("given away");
  const other = desk.pull(1, page);
  answers[1]?.();
  await expect(other).resolves.toMatchObject({ jobs: [] });
  desk.served(0);
  const again = desk.pull(0, page);
  answers[2]?.();
  await expect(again).resolves.toMatchObject({ jobs: [] });
  expect(told).toEqual(["hold 0", "ready 0"]);
});

test("what was asked for before the partition was lost is not begun afterwards", async () => {
  const { desk, answers, served } = openDesk();
  const asked = desk.pull(0, page);
  await desk.hold(0);
  served.delete(0);
  desk.lost(0);
  answers[0]?.();
  await expect(asked).rejects.toThrow("not served here");
});
