// Deliveries of a subscriber, of all partitions together, newest first. They are put in order by when and which they are; the jobs themselves, with what was
// sent, are read for the page alone.
//
//   D1. Order: the end, newest first; of one millisecond by id, descending.

import { assert } from "../../base/assert.ts";
import type { Page } from "../../model/filters.ts";
import type { Job, JobStatus } from "../../model/job.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { DELIVERIES_SCANNED_MAX } from "../limits.ts";
import { mapBounded } from "../server/directory.ts";

type QueryAnswer = Awaited<ReturnType<RuntimeClient["query"]>>;
type EndedJob = Extract<QueryAnswer, { readonly kind: "ended_jobs" }>["ended"][number];

interface Wanted {
  readonly client: string;
  readonly subscriber: string;
  readonly statuses: readonly JobStatus[];
}

/** One partition's deliveries of one status as far as they are read; `lastKey` null: there are no more, or none were asked for. */
interface Run {
  readonly partition: number;
  readonly status: JobStatus;
  ended: readonly EndedJob[];
  at: number;
  lastKey: string | null;
  size: number;
}

interface Placed {
  readonly partition: number;
  readonly job: EndedJob;
}

/** Of one answer. Few are asked for where few are wanted, and more with each answer. */
const RUN_MIN = 4;
const RUN_MAX = 200;
const SHARE_SLACK = 1.25;

export async function listDeliveries(
  runtime: RuntimeClient,
  wanted: Wanted,
  { limit, offset }: Page,
): Promise<readonly Job[] | "too_many"> {
  const placed: Placed[] = [];
  const runs = await openRuns(runtime, wanted, limit + offset);
  for (let passed = 0; placed.length < limit; ) {
    const next = await newestOf(runtime, wanted, runs);
    if (next.length === 0) break;
    for (const each of next) if (passed++ >= offset && placed.length < limit) placed.push(each);
    if (passed > DELIVERIES_SCANNED_MAX) return "too_many";
  }
  return jobsOf(runtime, wanted.client, placed);
}

async function openRuns(runtime: RuntimeClient, wanted: Wanted, count: number): Promise<Run[]> {
  const { statuses } = wanted;
  const share = Math.ceil((count * SHARE_SLACK) / (runtime.partitions * Math.max(1, statuses.length)));
  const size = Math.min(RUN_MAX, Math.max(RUN_MIN, share));
  const runs = statuses.flatMap((status) =>
    Array.from({ length: runtime.partitions }, (_, partition): Run => {
      return { partition, status, ended: [], at: 0, lastKey: null, size };
    }),
  );
  await mapBounded(runs, (run) => read(runtime, wanted, run));
  return runs;
}

/** D1. All of the newest millisecond: a partition tells those in the order in which they ended. */
async function newestOf(runtime: RuntimeClient, wanted: Wanted, runs: readonly Run[]): Promise<Placed[]> {
  const isBehind = (run: Run): boolean => run.at >= run.ended.length && run.lastKey !== null;
  const readOn = async (): Promise<void> => {
    for (let behind = runs.filter(isBehind); behind.length > 0; behind = runs.filter(isBehind))
      await mapBounded(behind, (run) => read(runtime, wanted, run));
  };
  await readOn();
  let newestMs = -1;
  for (const { ended, at } of runs) newestMs = Math.max(newestMs, ended[at]?.endedMs ?? -1);
  const found: Placed[] = [];
  for (let isMore = newestMs >= 0; isMore; ) {
    isMore = false;
    for (const run of runs) {
      for (let job = run.ended[run.at]; job?.endedMs === newestMs; job = run.ended[++run.at])
        found.push({ partition: run.partition, job });
      isMore ||= isBehind(run);
    }
    if (isMore) await readOn();
  }
  return found.sort((a, b) => (a.job.id < b.job.id ? 1 : -1));
}

async function read(runtime: RuntimeClient, { client, subscriber }: Wanted, run: Run): Promise<void> {
  const page = { client, subscriber, status: run.status, beforeKey: run.lastKey, limit: run.size };
  const answer = await runtime.query(run.partition, { kind: "ended_jobs", ...page });
  assert(answer.kind === "ended_jobs", `asked for ended jobs, answered ${answer.kind}`);
  const { ended, lastKey } = answer;
  Object.assign(run, { ended, at: 0, lastKey, size: Math.min(RUN_MAX, run.size * 2) });
}

async function jobsOf(runtime: RuntimeClient, client: string, placed: readonly Placed[]): Promise<Job[]> {
  const questions: { readonly partition: number; readonly jobKeys: string[] }[] = [];
  for (const { partition, job } of placed) {
    const open = questions.findLast((each) => each.partition === partition);
    if (open !== undefined && open.jobKeys.length < RUN_MAX) open.jobKeys.push(job.jobKey);
    else questions.push({ partition, jobKeys: [job.jobKey] });
  }
  const jobs = new Map<string, Job | null>();
  await mapBounded(questions, async ({ partition, jobKeys }) => {
    const answer = await runtime.query(partition, { kind: "jobs_by_key", client, jobKeys });
    assert(answer.kind === "jobs_by_key", `asked for jobs, answered ${answer.kind}`);
    for (const [at, key] of jobKeys.entries()) jobs.set(key, answer.jobs[at] ?? null);
  });
  return placed.flatMap(({ job }) => jobs.get(job.jobKey) ?? []);
}
