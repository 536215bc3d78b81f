// Job: something that is to leave the process: a call, a mail, a look-up. It is state, recorded in the turn that caused it, and stays until it is done.
//
//   J1. A job's id is derived by the engine, so a replay records the same job again and whoever carries it out can tell a repetition.

import type { JsonObject } from "./json.ts";

export type JobOrder =
  | { readonly kind: "WEBHOOK"; readonly webhookId: string }
  | { readonly kind: "EMAIL"; readonly zoneName: string }
  /** A share that goes out by mail. */
  | { readonly kind: "SHARE_EMAIL"; readonly shareId: string; readonly recipient: string }
  | {
      readonly kind: "DATA_INTELLIGENCE";
      readonly provider: "EMAIL_AGE" | "MAXMIND";
      /** Of the event that brings the answer. */
      readonly eventName: string;
      /** An answer that is younger will do; null: none will. */
      readonly updateIntervalMs: number | null;
    };

export interface Job {
  readonly id: string;
  readonly client: string;
  readonly personId: string;
  readonly order: JobOrder;
  readonly data: JsonObject;
  readonly campaignId: string;
  readonly campaignVersion: number;
  readonly actionId: string;
  readonly causeEventId: string;
  readonly rootEventId: string;
  readonly container: string;
  readonly sandbox: string;
  readonly createdMs: number;
}
