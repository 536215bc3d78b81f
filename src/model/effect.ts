// Effect: everything that applying a record can cause outside its partition. The runtime carries effects out; the engine only lists them.

import type { NewRecord } from "./record.ts";

/** The INPUT event `eventId` is complete; `personId` is null when it was refused. */
export interface Reply {
  /** Whose record completed it. */
  readonly partition: number;
  readonly idHigh: number;
  readonly idLow: number;
  readonly personId: string | null;
  /** A code of the error catalogue when the event or command was refused. */
  readonly errorCode: string | null;
  readonly value: unknown;
}

/** A record for another partition (or this one): appended to the log before the next checkpoint of the sender. */
export interface Message {
  readonly toPartition: number;
  readonly record: NewRecord;
}

/** A bug of the machinery of rules, met while an event was decided. */
export interface RuleFailure {
  readonly eventId: string;
  /** With the stack, for the log. */
  readonly error: string;
}

/** What an operator should be told of. */
export interface Alert {
  readonly kind: "coupons_low" | "fulfillment_idle" | "missing_fulfillment" | "paid_unexpectedly";
  readonly client: string;
  /** Id of the supplier or reward. */
  readonly subject: string;
  readonly text: string;
}

/** Behind a person so many events wait that whoever takes events in should take no more of this sender for a while. */
export interface Crowd {
  /** Of the person. */
  readonly partition: number;
  /** When that was so: of the record at hand. */
  readonly timeMs: number;
  /** See `senderHash` of the engine: of the event that came last. */
  readonly sender: number;
  /** At least 1: of how many crowds the events that wait would be enough for. */
  readonly size: number;
}

/** From the record at hand on, a partition decides by this version of the client's program. */
export interface ProgramSwitch {
  readonly partition: number;
  readonly client: string;
  readonly revision: number;
}

/** Filled by the engine, drained by the runtime after each batch. */
export interface Effects {
  replies: Reply[];
  messages: Message[];
  switches: ProgramSwitch[];
  /** Counts since the last drain, for metrics. */
  eventsApplied: number;
  stepsWritten: number;
  rewardsEarned: number;
  eventsRefused: number;
  rulesFailed: number;
  /** The first of them. */
  ruleFailures: RuleFailure[];
  alertsRaised: number;
  /** The first of them. */
  alerts: Alert[];
  /** The first of them. */
  crowds: Crowd[];
}
