// What operators do with jobs that have ended: see them, and have them carried out anew.

import type { JobStatus } from "../../model/job.ts";
import type { LogRecord } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import type { RedriveJobs } from "../command.ts";
import { idOf, reply, type Turn } from "../context.ts";
import { beginAnew, endedPrefix } from "./deliveries.ts";
import { JOBS_REDRIVEN_AT_ONCE } from "../limits.ts";

/** What a command that begins jobs anew answers. */
export interface Redriven {
  readonly count: number;
  /** Whether there are more. */
  readonly isMore: boolean;
  /** The last that was dead when the first command came: what dies again meanwhile has had its turn. */
  readonly untilPlace: string | null;
}

export function redriveJobs(turn: Turn, record: LogRecord, command: RedriveJobs): void {
  const { client, subscriber } = command;
  const untilPlace = command.untilPlace ?? lastPlace(turn.state, command);
  const keys = command.jobKey === null ? deadKeys(turn.state, command, untilPlace) : [command.jobKey];
  let count = 0;
  for (const key of keys.slice(0, JOBS_REDRIVEN_AT_ONCE)) {
    const job = turn.state.edit("job", key);
    if (job === undefined || job.client !== client || job.subscriber !== subscriber || job.status === "WAITING")
      continue;
    beginAnew(turn, job);
    count++;
  }
  const value: Redriven = { count, isMore: keys.length > JOBS_REDRIVEN_AT_ONCE, untilPlace };
  reply(turn, idOf(record), { personId: null, errorCode: null, value });
}

function lastPlace(state: PartitionState, { client, subscriber }: RedriveJobs): string | null {
  const prefix = endedPrefix(client, subscriber, "DEAD");
  return state.list("jobEnded", { prefix, after: null, limit: 1, isReverse: true })[0]?.key ?? null;
}

function deadKeys(state: PartitionState, { client, subscriber }: RedriveJobs, untilPlace: string | null): string[] {
  const prefix = endedPrefix(client, subscriber, "DEAD");
  const oldest = state.list("jobEnded", { prefix, after: null, limit: JOBS_REDRIVEN_AT_ONCE + 1, isReverse: false });
  return oldest.flatMap(({ key, value }) => (untilPlace !== null && key <= untilPlace ? [value.jobKey] : []));
}

export interface EndedJobsPage {
  readonly client: string;
  readonly subscriber: string;
  readonly status: JobStatus;
  /** The last key of the page before; null: the first page. */
  readonly beforeKey: string | null;
  readonly limit: number;
}

/** Which job ended when: jobs are long, and most of those that are put in order are not shown. */
export interface EndedJobPlace {
  readonly jobKey: string;
  readonly id: string;
  readonly endedMs: number;
}

/** Newest first. */
export function listEndedJobs(
  state: PartitionState,
  { client, subscriber, status, beforeKey, limit }: EndedJobsPage,
): { readonly ended: readonly EndedJobPlace[]; readonly lastKey: string | null } {
  const prefix = endedPrefix(client, subscriber, status);
  const found = state.list("jobEnded", { prefix, after: beforeKey, limit, isReverse: true });
  const ended = found.flatMap(({ value: { jobKey } }): EndedJobPlace[] => {
    const job = state.find("job", jobKey);
    return job === undefined ? [] : [{ jobKey, id: job.id, endedMs: job.endedMs ?? 0 }];
  });
  return { ended, lastKey: found.length < limit ? null : (found.at(-1)?.key ?? null) };
}
