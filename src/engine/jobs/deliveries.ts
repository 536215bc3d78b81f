// The life of a job: ready, under way (which nobody here knows of), due again later, ended.
//
//   D1. A job stands among the ready (`ready_jobs.ts`) exactly while an attempt may be made now. Whoever carries jobs out reads there, and tells outcomes.
//   D2. An outcome counts for the attempt that it names, once: a repetition, or the second of two that made the same attempt, changes nothing.
//   D3. Of one person and subscriber at most one job is ready or due; the next becomes ready when it has ended (J3 of the model).
//   D4. What happens to a job costs the same however many there are: nothing here looks through them.

import {
  type AttemptResult,
  type EndedStatus,
  type Job,
  jobKey,
  type JobOutcome,
  type JobStatus,
  type JobTry,
  type OrderedJob,
} from "../../model/job.ts";
import { placementHash } from "../../base/hash.ts";
import type { PersonJobs } from "../../model/job_queue.ts";
import type { PartitionState } from "../../model/state.ts";
import type { JobTimer } from "../../model/timer.ts";
import { reject, type Turn } from "../context.ts";
import { dueKey } from "../due.ts";
import { concludeJob, judgeAttempt, type Verdict } from "./job_kinds.ts";
import {
  DEAD_JOBS_KEPT_MS,
  DONE_JOBS_KEPT_MS,
  ENDED_JOBS_DROPPED_AT_ONCE,
  ENDED_JOBS_PER_DROP,
  ENDED_JOBS_PER_PERSON_MAX,
  JOB_DETAIL_LENGTH_MAX,
  JOB_TRIES_KEPT,
  JOBS_PER_PERSON_MAX,
} from "../limits.ts";
import { addReady, removeReady } from "./ready_jobs.ts";
import { retryAtMs } from "./retries.ts";

const SEQUENCE_DIGITS = 15;

/** Those that wait, oldest first, then those that are done, then those that are dead. */
export function jobsOf(state: PartitionState, personId: string): Job[] {
  const { waiting, done, dead } = state.find("personJobs", personId) ?? newPersonJobs();
  const ids = [...waiting.map(({ id }) => id), ...done, ...dead];
  return ids.flatMap((id) => state.find("job", jobKey({ personId, id })) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function newPersonJobs(): PersonJobs {
  return { waiting: [], done: [], dead: [] };
}

function personJobs({ state }: Turn, personId: string): PersonJobs {
  const known = state.edit("personJobs", personId);
  if (known !== undefined) return known;
  const made = newPersonJobs();
  state.put("personJobs", personId, made);
  return made;
}

export function beginJob(turn: Turn, ordered: OrderedJob): void {
  const { waiting } = personJobs(turn, ordered.personId);
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
  const isBehind = waiting.some(({ subscriber }) => subscriber === job.subscriber);
  waiting.push({ id: job.id, subscriber: job.subscriber });
  if (!isBehind) makeReady(turn, job);
}

/** A job that has ended begins anew; behind those of its subscriber and person that wait already. */
export function beginAnew(turn: Turn, job: Job): void {
  if (job.status === "WAITING") return;
  const { id, subscriber } = job;
  if (job.place !== null) turn.state.remove("jobEnded", job.place);
  const own = personJobs(turn, job.personId);
  const ended = job.status === "DONE" ? own.done : own.dead;
  if (ended.includes(id)) ended.splice(ended.indexOf(id), 1);
  const isBehind = own.waiting.some((other) => other.subscriber === subscriber);
  own.waiting.push({ id, subscriber });
  Object.assign(job, { status: "WAITING", attemptsBefore: job.attempts, place: null, endedMs: null });
  if (!isBehind) makeReady(turn, job);
}

function makeReady(turn: Turn, job: Job): void {
  job.dueMs = null;
  addReady(turn, job);
}

export function endedPrefix(client: string, subscriber: string, status: JobStatus): string {
  return `${client}/${subscriber}/${status}/`;
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
  removeReady(turn, job);
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
  if (job.order.kind === "PAYOUT" && turn.state.find("person", job.personId) === undefined) forget(turn, jobKey(job));
}

function wait(turn: Turn, job: Job, dueMs: number): void {
  job.dueMs = dueMs;
  turn.state.put("timer", dueKey(dueMs, job.id), { client: job.client, jobKey: jobKey(job), dueMs });
}

function end(turn: Turn, job: Job, status: EndedStatus): void {
  const { id, client, subscriber, personId } = job;
  job.status = status;
  job.endedMs = turn.nowMs;
  const sequence = turn.sequence.toString().padStart(SEQUENCE_DIGITS, "0");
  job.place = `${endedPrefix(client, subscriber, status)}${sequence}/${id}`;
  turn.state.put("jobEnded", job.place, { jobKey: jobKey(job) });
  const own = personJobs(turn, personId);
  own.waiting = own.waiting.filter((other) => other.id !== id);
  const ended = status === "DONE" ? own.done : own.dead;
  ended.push(id);
  if (ended.length > ENDED_JOBS_PER_PERSON_MAX) forget(turn, jobKey({ personId, id: ended[0] ?? "" }));
  if (placementHash(id) % ENDED_JOBS_PER_DROP === 0) dropOld(turn, job, status);
  const next = own.waiting.find((other) => other.subscriber === subscriber);
  const nextJob = next === undefined ? undefined : turn.state.edit("job", jobKey({ personId, id: next.id }));
  if (nextJob !== undefined) makeReady(turn, nextJob);
}

/** Of one subscriber those that are past their time. */
function dropOld(turn: Turn, { client, subscriber }: Job, status: EndedStatus): void {
  const keptMs = status === "DONE" ? DONE_JOBS_KEPT_MS : DEAD_JOBS_KEPT_MS;
  const prefix = endedPrefix(client, subscriber, status);
  const options = { prefix, after: null, limit: ENDED_JOBS_DROPPED_AT_ONCE, isReverse: false };
  for (const { key, value } of turn.state.list("jobEnded", options)) {
    const job = turn.state.find("job", value.jobKey);
    if (job === undefined) turn.state.remove("jobEnded", key);
    else if ((job.endedMs ?? 0) + keptMs >= turn.nowMs) return;
    else forget(turn, value.jobKey);
  }
}

function forget(turn: Turn, key: string): void {
  const job = turn.state.find("job", key);
  if (job === undefined) return;
  if (job.place !== null) turn.state.remove("jobEnded", job.place);
  turn.state.remove("job", key);
  const own = personJobs(turn, job.personId);
  own.done = own.done.filter((id) => id !== job.id);
  own.dead = own.dead.filter((id) => id !== job.id);
}

/** None of the person's is carried out any more, except for a payment that may be on its way: whom it went to is forgotten when it has ended. */
export function withdrawJobs(turn: Turn, personId: string): void {
  for (const job of jobsOf(turn.state, personId)) {
    if (isPayment(job)) continue;
    if (job.status !== "WAITING") forget(turn, jobKey(job));
    else withdraw(turn, job);
  }
  const { waiting } = turn.state.find("personJobs", personId) ?? newPersonJobs();
  if (waiting.length === 0) turn.state.remove("personJobs", personId);
}

function withdraw(turn: Turn, job: Job): void {
  if (job.place !== null) removeReady(turn, job);
  turn.state.remove("job", jobKey(job));
  const own = personJobs(turn, job.personId);
  own.waiting = own.waiting.filter(({ id }) => id !== job.id);
}

function isPayment({ order, status }: Job): boolean {
  return order.kind === "PAYOUT" && status === "WAITING";
}

function noteTry(job: Job, attempt: JobTry): void {
  job.tries.push(attempt);
  if (job.tries.length > JOB_TRIES_KEPT) job.tries.shift();
}

function tryOf({ nowMs }: Turn, { tookMs, result }: JobOutcome, verdict: Verdict): JobTry {
  const failure = result.kind === "unknown" ? "UNKNOWN" : "FAILED";
  const detail = verdict.detail ?? detailOf(result);
  return {
    atMs: nowMs,
    tookMs,
    outcome: verdict.kind === "done" ? "OK" : failure,
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
