// Job: something that is to leave the process: a call, a mail, a look-up. It is state, recorded in the turn that caused it, and stays until it is done.
//
//   J1. A job's id is derived by the engine, so a replay records the same job again and whoever carries it out can tell a repetition.
//   J2. What is sent is made once, with the job: each attempt sends the same under the same key.
//   J3. Of one subscriber and person, a job waits until the one before it has ended.

import type { IntelligenceProvider } from "./action.ts";
import type { AskedSender } from "./event.ts";
import type { JsonObject } from "./json.ts";
import type { PayoutOrder } from "./payout.ts";
import type { WebhookMethod } from "./webhook.ts";

export type JobOrder =
  | { readonly kind: "WEBHOOK"; readonly webhookId: string }
  /** `mail` null: the campaign had none to send when it was ordered. */
  | {
      readonly kind: "EMAIL";
      readonly zoneName: string;
      /** Null: the person had no address. */
      readonly recipient: string | null;
      readonly mail: OutgoingMail | null;
    }
  /** A share that goes out by mail. */
  | { readonly kind: "SHARE_EMAIL"; readonly shareId: string; readonly recipient: string }
  | {
      readonly kind: "DATA_INTELLIGENCE";
      readonly provider: Exclude<IntelligenceProvider, "NOOP">;
      /** Of the event that brings the answer. */
      readonly eventName: string;
      /** An answer that is younger will do; null: none will. */
      readonly updateIntervalMs: number | null;
      readonly asked: AskedSender;
    }
  | PayoutOrder;
export type JobKind = JobOrder["kind"];

export interface OutgoingMail {
  /** One line. */
  readonly subject: string;
  /** One of the two is there. */
  readonly html: string | null;
  readonly text: string | null;
}

/** A call as it is made at each attempt, except for what a signature adds. */
export interface OutgoingRequest {
  readonly method: WebhookMethod;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
  /** Of the security key that signs it; null: nothing signs it. */
  readonly keyId: string | null;
  /** Somebody looks at what is answered, beyond its status. */
  readonly readsAnswer: boolean;
}

/** What is ordered, and never changes. */
export interface OrderedJob {
  readonly id: string;
  readonly client: string;
  readonly personId: string;
  readonly order: JobOrder;
  /** Who gets it, such as `webhook/7`: what is slow or fails there is slow or fails for nobody else. */
  readonly subscriber: string;
  /** The same at every attempt. */
  readonly idempotencyKey: string;
  /** That it is about; null: about none. */
  readonly rewardId: string | null;
  /** Null where the order says it all. */
  readonly request: OutgoingRequest | null;
  readonly data: JsonObject;
  /** Null, version 0 and null: no action ordered it. */
  readonly campaignId: string | null;
  readonly campaignVersion: number;
  readonly actionId: string | null;
  readonly causeEventId: string;
  readonly rootEventId: string;
  readonly container: string;
  readonly sandbox: string;
  /** Internal events from the INPUT event to this job. */
  readonly depth: number;
  readonly createdMs: number;
}

/** Of jobs that nobody carries out any more. */
export const endedStatuses = ["DONE", "DEAD"] as const;
export type EndedStatus = (typeof endedStatuses)[number];
export const jobStatuses = ["WAITING", ...endedStatuses] as const;
export type JobStatus = (typeof jobStatuses)[number];

export interface Job extends OrderedJob {
  status: JobStatus;
  /** Attempts that have ended, ever. */
  attempts: number;
  /** Of those, the ones before it was begun anew by hand: they do not count for its schedule. */
  attemptsBefore: number;
  /** When the next attempt is due; null: at once, or none is. */
  dueMs: number | null;
  /** Its key among those that are ready, or among those that have ended; null: it waits for its time or for an earlier job. */
  place: string | null;
  /** The newest attempts, newest last. */
  tries: JobTry[];
  endedMs: number | null;
}

/** How an attempt went. */
export interface JobTry {
  readonly atMs: number;
  readonly tookMs: number;
  /** UNKNOWN: it was sent, and nobody knows whether it arrived. */
  readonly outcome: "OK" | "FAILED" | "UNKNOWN";
  readonly httpStatus: number | null;
  readonly detail: string | null;
}

/** What came of an attempt, as whoever made it saw it. */
export type AttemptResult =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** The beginning of the body; null when nobody looks at it. */
      readonly body: string | null;
      /** What the receiver asks to wait. */
      readonly retryAfterMs: number | null;
    }
  /** Done by something that gives no HTTP answer; `value` is what it says. */
  | { readonly kind: "done"; readonly value: JsonObject }
  /** Nothing left the process. @param isFinal: and nothing ever will @param isWithheld: since whom it is for wants none of it */
  | { readonly kind: "not_sent"; readonly reason: string; readonly isFinal: boolean; readonly isWithheld?: true }
  /** Sent, whole or in part, and no answer came. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface JobOutcome {
  /** `${person id}/${job id}`. */
  readonly jobKey: string;
  /** How many attempts had ended before this one: an outcome of another number is of another attempt. */
  readonly attempt: number;
  readonly tookMs: number;
  readonly result: AttemptResult;
}

export function jobKey({ personId, id }: Pick<OrderedJob, "personId" | "id">): string {
  return `${personId}/${id}`;
}
