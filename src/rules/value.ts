// Values that rules compute with.
//
//   V1. Whatever is not a scalar is an object made here, told apart by `type`. Data of events is never mistaken for one: it is always wrapped.
//   V2. There is no `undefined`: what is absent is null.
//   V3. A fault is a value, too, so that the machine never throws for a rule.

import { unreachable } from "../base/assert.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type {
  Journey,
  Membership,
  NamedValue,
  Person,
  PersonCard,
  Relationship,
  RewardSummary,
  Shareable,
  Step,
  StepDatum,
} from "../model/person.ts";
import type { EventDatum } from "./context_api/event_data.ts";
import { JSON_DEPTH_MAX, JSON_SIZE_MAX } from "./limits.ts";
import type { Root } from "./opcodes.ts";
import type { Pattern } from "./pattern.ts";

export type RuleValue = null | boolean | number | string | RuleObject;

export type RuleObject =
  | { readonly type: Root }
  | { readonly type: "person" | "event" | "event_context" | "campaign" | "candidate_step" | "targeting" | "variables" }
  | { readonly type: "reward_service" | "audience_service" }
  | { readonly type: "raw_event" | "processed_event" }
  | { readonly type: "webhook_definition" | "dispatch_result" }
  | { readonly type: "client_credentials" | "token_result" }
  | RuleBuilder
  | { readonly type: "other_person"; readonly card: PersonCard }
  | { readonly type: "journey"; readonly journey: Journey }
  | { readonly type: "step"; readonly step: Step }
  | { readonly type: "reward"; readonly reward: RewardSummary }
  | { readonly type: "referral"; readonly relationship: Relationship }
  | { readonly type: "shareable"; readonly shareable: Shareable }
  | { readonly type: "pattern"; readonly pattern: Pattern }
  | { readonly type: "membership"; readonly membership: Membership }
  | { readonly type: "named_value"; readonly named: NamedValue }
  | { readonly type: "event_data"; readonly datum: EventDatum }
  | RuleMap
  | RuleList
  | RuleError;

export type RuleMap =
  | { readonly type: "map"; readonly form: "json"; readonly members: JsonObject }
  | { readonly type: "map"; readonly form: "person"; readonly members: Person["data"] }
  | { readonly type: "map"; readonly form: "rows"; readonly members: readonly StepDatum[] };

export type BuilderType =
  | "event_builder"
  | "signal_builder"
  | "earn_builder"
  | "fulfill_builder"
  | "redeem_builder"
  | "fail_builder"
  | "request_builder"
  | "token_request_builder"
  | "token_builder"
  | "raw_event_builder"
  | "response_builder";

/** A command in the making. */
export interface RuleBuilder {
  readonly type: BuilderType;
  readonly members: JsonObject;
}

export function isBuilder(value: RuleValue): value is RuleBuilder {
  return typeof value === "object" && value !== null && value.type.endsWith("_builder");
}

export interface RuleList {
  readonly type: "list";
  readonly items: RuleValue[];
}

export type FaultCode =
  | "gas"
  | "null_receiver"
  | "wrong_type"
  | "unknown_method"
  | "refused_name"
  | "text_length"
  | "list_length"
  | "map_size"
  | "other_person"
  | "unknown"
  | "unknown_variable"
  | "bytecode"
  | "software";

export interface RuleError {
  readonly type: "error";
  readonly code: FaultCode;
  readonly message: string;
}

export function fault(code: FaultCode, message: string): RuleError {
  return { type: "error", code, message };
}

export function isRuleError(value: RuleValue): value is RuleError {
  return typeof value === "object" && value !== null && value.type === "error";
}

/** Names of types, as the compiler, the API table and error messages use them. */
export type TypeName = "any" | "null" | "boolean" | "number" | "string" | RuleObject["type"];

export function typeOf(value: RuleValue): TypeName {
  if (value === null) return "null";
  if (typeof value === "object") return value.type;
  if (typeof value === "string") return "string";
  return typeof value === "number" ? "number" : "boolean";
}

/** As JavaScript has it: null, false, 0, NaN and "" are falsy. */
export function isTruthy(value: RuleValue): boolean {
  return typeof value === "object" ? value !== null : Boolean(value);
}

export function fromJson(value: JsonValue | undefined): RuleValue {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return { type: "list", items: value.map(fromJson) };
  return { type: "map", form: "json", members: value };
}

/**
 * What leaves the machine. Things that are no data (a person, a step) become null; so do numbers that JSON has no words
 * for, and a whole value that is too large or too deep: lists that share members can be far larger than what built them.
 * Texts that were cut within a character lose its half: as a key it would be asked for by one text and answered by another.
 */
export function toJson(value: RuleValue): JsonValue {
  return jsonWithin(value, { left: JSON_SIZE_MAX }) ?? null;
}

/** Values and characters that a conversion may still take. */
export interface Budget {
  left: number;
}

/** As `toJson`; undefined when the budget does not suffice. */
export function jsonWithin(value: RuleValue, budget: Budget): JsonValue | undefined {
  const json = convert(value, budget, 0);
  return budget.left < 0 ? undefined : json;
}

function convert(value: RuleValue, budget: Budget, depth: number): JsonValue {
  budget.left -= depth > JSON_DEPTH_MAX ? JSON_SIZE_MAX : 1;
  if (budget.left < 0 || value === null) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string") {
    budget.left -= value.length;
    return value.toWellFormed();
  }
  if (typeof value !== "object") return value;
  switch (value.type) {
    case "list":
      return convertItems(value.items, budget, depth + 1);
    case "map": {
      const members = mapToJson(value);
      for (const member of Object.values(members)) measure(member, budget, depth + 1);
      return members;
    }
    case "response_builder":
      measure(value.members, budget, depth + 1);
      return value.members;
    case "named_value":
      return { name: value.named.name, value: value.named.value };
    default:
      return null;
  }
}

function convertItems(items: readonly RuleValue[], budget: Budget, depth: number): JsonValue[] {
  const converted: JsonValue[] = [];
  for (const item of items) {
    if (budget.left < 0) break;
    converted.push(convert(item, budget, depth));
  }
  return converted;
}

/** Data that rules pass on from event to event could grow deeper each time. */
function measure(value: JsonValue, budget: Budget, depth: number): void {
  budget.left -= depth > JSON_DEPTH_MAX ? JSON_SIZE_MAX : 1;
  if (typeof value === "string") budget.left -= value.length;
  if (budget.left < 0 || typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) measure(member, budget, depth + 1);
}

function mapToJson(map: RuleMap): JsonObject {
  switch (map.form) {
    case "json":
      return map.members;
    case "person":
      return Object.fromEntries(Object.entries(map.members).map(([name, datum]) => [name, datum.value]));
    case "rows":
      return Object.fromEntries(map.members.map((datum) => [datum.name, datum.value]));
    default:
      return unreachable(map);
  }
}

/** As text, for templates and `String`. Null when the value has no text. */
export function textOfValue(value: RuleValue): string | null {
  if (value === null) return "null";
  return typeof value === "object" ? null : String(value);
}

/** A scalar of data as rules compare it: as text, trimmed; null when it is blank or no scalar. */
export function textOfData(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null || typeof value === "object") return null;
  const text = String(value).trim();
  return text.length === 0 ? null : text;
}

/** As `numberOfValue`, of data: lists and maps are no numbers. */
export function numberOfJson(value: JsonValue | undefined): number {
  if (typeof value === "number") return value;
  return typeof value === "string" || typeof value === "boolean" ? Number(value) : Number.NaN;
}

/**
 * As `Number` of JavaScript, but what is absent is no number rather than 0: a missing amount must not pass as a small one.
 */
export function numberOfValue(value: RuleValue): number {
  return value === null || typeof value === "object" ? Number.NaN : Number(value);
}
