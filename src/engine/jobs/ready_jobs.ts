// Jobs that are ready, by subscriber: a queue of pages for each, and the list of those that have any.
//
//   Q1. Adding, removing and reading on cost the same however long a backlog is, and never look at what has left.
//   Q2. Places grow with each job that is added to a queue, so a reader that goes on behind the last one it saw misses nothing.

import { type Job, jobKey } from "../../model/job.ts";
import type { ReadyJobs, ReadyJobsPage, ReadyPage } from "../../model/job_queue.ts";
import type { PartitionState } from "../../model/state.ts";
import type { Turn } from "../context.ts";
import { READY_JOBS_PER_PAGE } from "../limits.ts";

/** Of the one entry that lists subscribers. */
const ALL = "all";
const DIGITS = 10;

function subscriberKey({ client, subscriber }: Pick<Job, "client" | "subscriber">): string {
  return `${client}/${subscriber}`;
}

export function addReady(turn: Turn, job: Job): void {
  const { state } = turn;
  const key = subscriberKey(job);
  let queue = state.edit("readyQueue", key);
  if (queue === undefined) {
    queue = { first: 0, last: 0, added: 0 };
    state.put("readyQueue", key, queue);
  }
  let page = state.edit("readyPage", pageKey(key, queue.last));
  if (page !== undefined && page.jobs.length >= READY_JOBS_PER_PAGE) {
    queue.last++;
    page = undefined;
  }
  job.place = `${digits(queue.last)}/${digits(queue.added++)}`;
  const entry = { place: job.place, jobKey: jobKey(job) };
  if (page === undefined) {
    state.put("readyPage", pageKey(key, queue.last), { jobs: [entry] });
    listSubscriber(state, key);
  } else page.jobs.push(entry);
}

export function removeReady(turn: Turn, job: Job): void {
  const { state } = turn;
  const key = subscriberKey(job);
  const number = Number((job.place ?? "").slice(0, DIGITS));
  const page = state.edit("readyPage", pageKey(key, number));
  const at = page?.jobs.findIndex(({ place }) => place === job.place) ?? -1;
  if (page === undefined || at < 0) return;
  page.jobs.splice(at, 1);
  if (page.jobs.length > 0) return;
  state.remove("readyPage", pageKey(key, number));
  const queue = state.edit("readyQueue", key);
  if (queue === undefined) return;
  while (queue.first <= queue.last && state.find("readyPage", pageKey(key, queue.first)) === undefined) queue.first++;
  if (queue.first <= queue.last) return;
  // Places go on where they were: a reader may still stand in the queue.
  queue.last = queue.first;
  unlistSubscriber(state, key);
}

/** From subscriber to subscriber, so that nobody's backlog hides another's jobs. */
export function listReadyJobs(state: PartitionState, page: ReadyJobsPage): ReadyJobs {
  const cursors = new Map(page.cursors);
  const skipped = new Set(page.skipped);
  const keys = state.find("readySubscribers", ALL)?.keys ?? [];
  const jobs: Job[] = [];
  const more: string[] = [];
  for (let at = firstBehind(keys, page.afterSubscriber); at < keys.length; at++) {
    const key = keys[at] ?? "";
    if (skipped.has(key)) continue;
    const found = jobsOfQueue(state, key, cursors.get(key) ?? "", page.perSubscriber);
    if (found.length === page.perSubscriber) more.push(key);
    jobs.push(...found);
    if (jobs.length >= page.limit) return { jobs, more, lastSubscriber: at + 1 < keys.length ? key : null };
  }
  return { jobs, more, lastSubscriber: null };
}

function jobsOfQueue(state: PartitionState, key: string, after: string, limit: number): Job[] {
  const queue = state.find("readyQueue", key);
  const jobs: Job[] = [];
  if (queue === undefined) return jobs;
  for (let number = Math.max(queue.first, Number(after.slice(0, DIGITS))); number <= queue.last; number++) {
    const page: ReadyPage | undefined = state.find("readyPage", pageKey(key, number));
    for (const entry of page?.jobs ?? []) {
      if (entry.place <= after) continue;
      const job = state.find("job", entry.jobKey);
      if (job !== undefined) jobs.push(job);
      if (jobs.length >= limit) return jobs;
    }
  }
  return jobs;
}

function listSubscriber(state: PartitionState, key: string): void {
  const list = state.edit("readySubscribers", ALL);
  if (list === undefined) return state.put("readySubscribers", ALL, { keys: [key] });
  const at = firstBehind(list.keys, key);
  if (list.keys[at - 1] !== key) list.keys.splice(at, 0, key);
}

function unlistSubscriber(state: PartitionState, key: string): void {
  const list = state.edit("readySubscribers", ALL);
  const at = list === undefined ? -1 : firstBehind(list.keys, key) - 1;
  if (list?.keys[at] === key) list.keys.splice(at, 1);
}

/** Of keys in order, the place of the first that comes behind `key`; null comes before all. */
function firstBehind(keys: readonly string[], key: string | null): number {
  let low = 0;
  let high = keys.length;
  while (key !== null && low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") > key) high = middle;
    else low = middle + 1;
  }
  return low;
}

function pageKey(subscriber: string, page: number): string {
  return `${subscriber}/${digits(page)}`;
}

function digits(number: number): string {
  return number.toString().padStart(DIGITS, "0");
}
