// What operators do with jobs that have ended: see them, and have them carried out anew.

import type { Job, JobStatus } from "../model/job.ts";
import type { LogRecord } from "../model/record.ts";
import type { PartitionState } from "../model/state.ts";
import type { RedriveJobs } from "./command.ts";
import { idOf, reply, type Turn } from "./context.ts";
import { beginAnew, endedPrefix } from "./deliveries.ts";
import { JOBS_REDRIVEN_AT_ONCE } from "./limits.ts";

/** What a command that begins jobs anew answers. */
export interface Redriven {
  readonly count: number;
  /** Whether there are more. */
  readonly isMore: boolean;
}

export function redriveJobs(turn: Turn, record: LogRecord, command: RedriveJobs): void {
  const { client, subscriber } = command;
  const keys = command.jobKey === null ? deadKeys(turn.state, command) : [command.jobKey];
  let count = 0;
  for (const key of keys.slice(0, JOBS_REDRIVEN_AT_ONCE)) {
    const job = turn.state.edit("job", key);
    if (job === undefined || job.client !== client || job.subscriber !== subscriber || job.status === "WAITING")
      continue;
    beginAnew(turn, job);
    count++;
  }
  const value: Redriven = { count, isMore: keys.length > JOBS_REDRIVEN_AT_ONCE };
  reply(turn, idOf(record), { personId: null, errorCode: null, value });
}

function deadKeys(state: PartitionState, { client, subscriber }: RedriveJobs): string[] {
  const prefix = endedPrefix(client, subscriber, "DEAD");
  const oldest = state.list("jobEnded", { prefix, after: null, limit: JOBS_REDRIVEN_AT_ONCE + 1, isReverse: false });
  return oldest.map(({ value }) => value.jobKey);
}

export interface EndedJobsPage {
  readonly client: string;
  readonly subscriber: string;
  readonly status: JobStatus;
  /** The last key of the page before; null: the first page. */
  readonly beforeKey: string | null;
  readonly limit: number;
}

/** Newest first. */
export function listEndedJobs(
  state: PartitionState,
  { client, subscriber, status, beforeKey, limit }: EndedJobsPage,
): { readonly jobs: readonly Job[]; readonly lastKey: string | null } {
  const prefix = endedPrefix(client, subscriber, status);
  const found = state.list("jobEnded", { prefix, after: beforeKey, limit, isReverse: true });
  const jobs = found.flatMap(({ value }) => state.find("job", value.jobKey) ?? []);
  return { jobs, lastKey: found.length < limit ? null : (found.at(-1)?.key ?? null) };
}
