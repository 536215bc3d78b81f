// Prehandlers: what a client does to events before anybody looks at them. Documents in the shape of the contract, and what is noted of their work.

import type { JsonObject, JsonValue } from "./json.ts";

const prehandlerConditionTypes = [
  "BLOCK_MATCH",
  "DATA_EXISTS",
  "EVENT_NAME_MATCH",
  "EXPRESSION",
  "HTTP_HEADER_MATCH",
  "JAVASCRIPT_V1",
] as const;
export type PrehandlerConditionType = (typeof prehandlerConditionTypes)[number];

const prehandlerActionTypes = [
  "EXPRESSION",
  "JAVASCRIPT_V1",
  "MAP_DATA_ATTRIBUTES",
  "SET_DATA",
  "SET_SANDBOX",
] as const;
export type PrehandlerActionType = (typeof prehandlerActionTypes)[number];

/** Members of a condition or action depend on its `type`; the tables in `src/rules/compile/prehandler_kinds.ts` check them. */
export interface PrehandlerDocument {
  id: string;
  name: JsonValue;
  enabled?: JsonValue;
  /** Ascending; those of one order by their ids. */
  order?: JsonValue;
  conditions?: JsonObject[];
  actions?: JsonObject[];
}

/**
 * What prehandlers made of an event, as its record keeps it beside the event as it was received. Absent where none had a say.
 * The event as processed is the one received with these differences.
 */
export interface Prehandling {
  /** The version of the configuration that decided. */
  readonly revision: number;
  readonly hash: string;
  /** In their order. */
  readonly applied: readonly PrehandlerReference[];
  /** Those had no effect. */
  readonly failed: readonly PrehandlerFailure[];
  readonly messages: readonly string[];
  /** Where they differ from what was received. */
  readonly name?: string;
  /** ISO 8601. */
  readonly eventTime?: string;
  readonly set?: JsonObject;
  readonly removed?: readonly string[];
  /** Names, in lower case, of data that prehandlers say are verified. */
  readonly verified?: readonly string[];
}

export interface PrehandlerReference {
  readonly id: string;
  readonly name: string;
}

/** Of which a prehandler consists. */
export const prehandlerParts = ["condition", "action"] as const;

export interface PrehandlerFailure extends PrehandlerReference {
  readonly what: (typeof prehandlerParts)[number];
  readonly message: string;
}
