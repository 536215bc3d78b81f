// Where jobs stand: those of a person, those of a subscriber of which an attempt may be made now, and those that have ended.

import type { Job } from "./job.ts";

/** Ids of jobs, oldest first. */
export interface PersonJobs {
  waiting: { id: string; subscriber: string }[];
  done: string[];
  dead: string[];
}

export interface ReadyPage {
  jobs: { place: string; jobKey: string }[];
}

export interface ReadyQueue {
  first: number;
  last: number;
  /** Jobs that were ever added. */
  added: number;
}

export interface ReadySubscribers {
  keys: string[];
}

/** What is wanted of the jobs that are ready. */
export interface ReadyJobsPage {
  /** Only subscribers behind this one. */
  readonly afterSubscriber: string | null;
  /** Subscribers of which no job is wanted. */
  readonly skipped: readonly string[];
  /** Of these, only jobs behind a place. */
  readonly cursors: readonly (readonly [subscriber: string, place: string])[];
  readonly perSubscriber: number;
  readonly limit: number;
}

export interface ReadyJobs {
  readonly jobs: readonly Job[];
  /** Subscribers of which there may be more than `perSubscriber`. */
  readonly more: readonly string[];
  /** To go on behind; null: there are no other subscribers. */
  readonly lastSubscriber: string | null;
}

export interface EndedJob {
  jobKey: string;
}
