// The life of a job: ready, under way (which nobody here knows of), due again later, ended.
//
//   D1. A job stands in `jobReady` exactly while an attempt may be made now. Whoever carries jobs out reads it, and tells outcomes.
//   D2. An outcome counts for the attempt that it names, once: a repetition, or the second of two that made the same attempt, changes nothing.
//   D3. Of one person and subscriber at most one job is ready or due; the next becomes ready when it has ended (J3 of the model).
//   D4. Places among the ready grow with each record, so a reader that goes on behind the last one it saw misses nothing.

import type { AttemptResult, Job, JobOutcome, JobStatus, JobTry, OrderedJob } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import type { JobTimer, PartitionState } from "../model/state.ts";
import { reject, type Turn } from "./context.ts";
import { dueKey } from "./due.ts";
import { concludeJob, judgeAttempt, type Verdict } from "./job_kinds.ts";
import {
  DEAD_JOBS_KEPT_MS,
  DONE_JOBS_KEPT_MS,
  ENDED_JOBS_DROPPED_AT_ONCE,
  ENDED_JOBS_PER_PERSON_MAX,
  JOB_DETAIL_LENGTH_MAX,
  JOB_TRIES_KEPT,
  JOBS_PER_PERSON_MAX,
} from "./limits.ts";
import { retryAtMs } from "./retries.ts";

/** Jobs of a person, whatever their status. */
export const PERSON_JOBS_MAX = JOBS_PER_PERSON_MAX + 2 * ENDED_JOBS_PER_PERSON_MAX;

const SEQUENCE_DIGITS = 15;

/** Oldest first. */
export function jobsOf(state: PartitionState, personId: string): Job[] {
  const all = { prefix: `${personId}/`, after: null, limit: PERSON_JOBS_MAX, isReverse: false };
  return state.list("job", all).map(({ value }) => value);
}

export function beginJob(turn: Turn, ordered: OrderedJob): void {
  const waiting = jobsOf(turn.state, ordered.personId).filter(({ status }) => status === "WAITING");
  if (waiting.length >= JOBS_PER_PERSON_MAX) return reject(turn, ordered.rootEventId, "jobs_per_person_max");
  const job: Job = {
    ...ordered,
    status: "WAITING",
    attempts: 0,
    attemptsBefore: 0,
    dueMs: null,
    place: null,
    tries: [],
    endedMs: null,
  };
  turn.state.put("job", jobKey(job), job);
  if (!waiting.some(({ subscriber }) => subscriber === job.subscriber)) makeReady(turn, job);
}

/** A job that was stopped or has ended begins anew; behind those of its subscriber and person that are under way. */
export function beginAnew(turn: Turn, job: Job): void {
  if (job.status === "WAITING") return;
  if (job.place !== null) turn.state.remove("jobEnded", job.place);
  const others = jobsOf(turn.state, job.personId);
  Object.assign(job, { status: "WAITING", attemptsBefore: job.attempts, place: null, endedMs: null });
  const isBehind = others.some(
    (other) => isActive(other) && other.subscriber === job.subscriber && other.id !== job.id,
  );
  if (!isBehind) makeReady(turn, job);
}

function isActive({ status, place, dueMs }: Job): boolean {
  return status === "WAITING" && (place !== null || dueMs !== null);
}

function makeReady(turn: Turn, job: Job): void {
  job.dueMs = null;
  job.place = `${subscriberKey(job)}/${numbered(turn.sequence)}/${job.id}`;
  turn.state.put("jobReady", job.place, { jobKey: jobKey(job), subscriber: subscriberKey(job) });
}

export function subscriberKey({ client, subscriber }: Pick<Job, "client" | "subscriber">): string {
  return `${client}/${subscriber}`;
}

export function endedPrefix(client: string, subscriber: string, status: JobStatus): string {
  return `${client}/${subscriber}/${status}/`;
}

function numbered(sequence: number): string {
  return sequence.toString().padStart(SEQUENCE_DIGITS, "0");
}

/** The time of an attempt has come. */
export function jobDue(turn: Turn, { jobKey: key, dueMs }: JobTimer): void {
  const job = turn.state.edit("job", key);
  if (job?.status === "WAITING" && job.dueMs === dueMs) makeReady(turn, job);
}

/** D2. */
export function applyOutcome(turn: Turn, outcome: JobOutcome): void {
  const job = turn.state.edit("job", outcome.jobKey);
  if (job?.status !== "WAITING" || job.place === null || job.attempts !== outcome.attempt) return;
  turn.state.remove("jobReady", job.place);
  job.place = null;
  job.attempts++;
  const verdict = judgeAttempt(turn, job, outcome.result);
  noteTry(job, tryOf(turn, outcome, verdict));
  if (verdict.kind === "retry") {
    const dueMs = retryAtMs(job, verdict.delays, turn.nowMs, verdict.askedMs);
    if (dueMs !== null) return wait(turn, job, dueMs);
  }
  end(turn, job, verdict.kind === "done" ? "DONE" : "DEAD");
  concludeJob(turn, job, outcome.result);
}

function wait(turn: Turn, job: Job, dueMs: number): void {
  job.dueMs = dueMs;
  turn.state.put("timer", dueKey(dueMs, job.id), { client: job.client, jobKey: jobKey(job), dueMs });
}

function end(turn: Turn, job: Job, status: "DONE" | "DEAD"): void {
  job.status = status;
  job.endedMs = turn.nowMs;
  job.place = `${endedPrefix(job.client, job.subscriber, status)}${numbered(turn.sequence)}/${job.id}`;
  turn.state.put("jobEnded", job.place, { jobKey: jobKey(job) });
  const all = jobsOf(turn.state, job.personId);
  dropSurplus(turn, all, status);
  dropOld(turn, job, status);
  const next = all.find(
    ({ id, status: of, subscriber }) => of === "WAITING" && subscriber === job.subscriber && id !== job.id,
  );
  if (next === undefined) return;
  const own = turn.state.edit("job", jobKey(next));
  if (own !== undefined) makeReady(turn, own);
}

/** Of one person the newest stay. */
function dropSurplus(turn: Turn, all: readonly Job[], status: JobStatus): void {
  const ended = all.filter((job) => job.status === status);
  for (const job of ended.slice(0, Math.max(0, ended.length - ENDED_JOBS_PER_PERSON_MAX))) forget(turn, job);
}

/** Of one subscriber those that are not too old; each job that ends takes a few of them along. */
function dropOld(turn: Turn, { client, subscriber }: Job, status: "DONE" | "DEAD"): void {
  const keptMs = status === "DONE" ? DONE_JOBS_KEPT_MS : DEAD_JOBS_KEPT_MS;
  const prefix = endedPrefix(client, subscriber, status);
  const oldest = turn.state.list("jobEnded", {
    prefix,
    after: null,
    limit: ENDED_JOBS_DROPPED_AT_ONCE,
    isReverse: false,
  });
  for (const { key, value } of oldest) {
    const job = turn.state.find("job", value.jobKey);
    if (job === undefined) turn.state.remove("jobEnded", key);
    else if ((job.endedMs ?? 0) + keptMs < turn.nowMs) forget(turn, job);
  }
}

function forget(turn: Turn, job: Job): void {
  if (job.place !== null) turn.state.remove("jobEnded", job.place);
  turn.state.remove("job", jobKey(job));
}

function noteTry(job: Job, attempt: JobTry): void {
  job.tries.push(attempt);
  if (job.tries.length > JOB_TRIES_KEPT) job.tries.shift();
}

function tryOf({ nowMs }: Turn, { tookMs, result }: JobOutcome, verdict: Verdict): JobTry {
  const isUnknown = result.kind === "unknown";
  const detail = verdict.detail ?? detailOf(result);
  return {
    atMs: nowMs,
    tookMs,
    outcome: verdict.kind === "done" ? "OK" : isUnknown ? "UNKNOWN" : "FAILED",
    httpStatus: result.kind === "answered" ? result.status : null,
    detail: detail === null ? null : detail.slice(0, JOB_DETAIL_LENGTH_MAX),
  };
}

function detailOf(result: AttemptResult): string | null {
  switch (result.kind) {
    case "answered":
      return result.body;
    case "not_sent":
    case "unknown":
      return result.reason;
    case "done":
      return null;
  }
}
