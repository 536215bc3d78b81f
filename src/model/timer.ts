// Timers: what happens by itself at its time. Each but an event's says for which time it was set, and is of no effect when another was set since.

import type { PersonEvent } from "./event.ts";
import type { RewardDue } from "./reward.ts";

export type Timer = EventTimer | RewardTimer | JobTimer | LoanTimer | LimitTimer | IdleTimer | FileTimer | BatchTimer;

/** An event that is due for a person. */
export interface EventTimer {
  personId: string;
  event: PersonEvent;
  client: string;
}

/** That a person's event is due; key: `${personId}/${key of the timer}`. */
export interface PersonTimer {
  timerKey: string;
}

/** Something becomes of a reward by itself; of no effect when the reward says another time by then. */
export interface RewardTimer {
  client: string;
  rewardId: string;
  due: RewardDue;
  dueMs: number;
}

/** The next attempt at a job; of no effect when the job's is another by then. */
export interface JobTimer {
  client: string;
  jobKey: string;
  dueMs: number;
}

/** A pool is told what was used of a loan; of no effect when the loan says another time by then. */
export interface LoanTimer {
  client: string;
  supplierId: string;
  dueMs: number;
}

/** A supplier's limits let it hand out again; of no effect when its pool says another time by then. */
export interface LimitTimer {
  client: string;
  supplierId: string;
  opensMs: number;
}

/** Rewards wait for codes for long; of no effect when the partition says another time by then. */
export interface IdleTimer {
  client: string;
  supplierId: string;
  idleMs: number;
}

/** A file that did not come whole is forgotten, or one expires; of no effect when the file says another time by then. */
export interface FileTimer {
  client: string;
  fileId: string;
  dueMs: number;
}

/** The rows of a batch did not come, or it goes on, or it expires; of no effect when the batch says another time by then. */
export interface BatchTimer {
  client: string;
  batchId: string;
  dueMs: number;
}

/** Timers of one person that one tick fired. */
export interface FiredTimers {
  timers: EventTimer[];
}
