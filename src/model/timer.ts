// Timers: what happens by itself at its time. Each but an event's says for which time it was set, and is of no effect when another was set since.

import type { PersonEvent } from "./event.ts";
import type { RewardDue } from "./reward.ts";

export type Timer = EventTimer | RewardTimer | JobTimer | LoanTimer;

/** An event that is due for a person. */
export interface EventTimer {
  personId: string;
  event: PersonEvent;
  client: string;
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

/** Timers of one person that one tick fired. */
export interface FiredTimers {
  timers: EventTimer[];
}
