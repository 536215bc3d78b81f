// Stage 0: what does the client make of the event before anybody looks at it?
//
// Runs at the front, before routing, since prehandlers may change who an event is about; those from the first that looks at the candidate person on run
// in its partition (`candidate.ts`). Pure: the record keeps the event as received and what was changed, so a replay never asks a prehandler again.
//
//   P1. A prehandler that fails, in a condition or in an action, has no effect; the others go on, and the event is never lost for it.
//   P2. All of them together take a bounded time (gas), and change a bounded part of the event.
//   P3. A datum that is set to what was received has not been changed: it keeps its source. Saying that it is verified is a change of its own.

import { unreachable } from "../base/assert.ts";
import { memberOf, setMember } from "../base/members.ts";
import type { PersonEvent } from "../model/event.ts";
import type { JsonValue } from "../model/json.ts";
import type { Person } from "../model/person.ts";
import type { PartitionState } from "../model/state.ts";
import type { PrehandlerFailure, PrehandlerReference, Prehandling } from "../model/prehandler.ts";
import {
  type CompiledPrehandler,
  type EventChange,
  evaluateWithin,
  isoDate,
  isRuleError,
  nobody,
  parseDateMs,
  type PrehandlerAction,
  type PrehandlerCondition,
  PREHANDLING_GAS_MAX,
  type ProgramFrame,
  type RuleContext,
} from "../rules/mod.ts";
import { memberInAnyCase } from "./event/data_names.ts";
import { PREHANDLER_MESSAGE_LENGTH_MAX, PREHANDLER_MESSAGES_MAX, PREHANDLING_BYTES_MAX } from "./limits.ts";
import { listingOfSender } from "./event/listed_sender.ts";
import { pastFor } from "./person/past_for_rules.ts";

/** "front": those before the first that looks at the person; "person": the others. */
export type PrehandlerPlace = "front" | "person" | "both";

export interface PrehandlerInput {
  /** An INPUT event as it was received, or as it is by now. */
  readonly event: PersonEvent;
  /** The candidate; null: not known, or nobody yet. */
  readonly person: Person | null;
  /** Where the candidate's steps are; null: there is no candidate. */
  readonly state: PartitionState | null;
  readonly revision: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a prehandler came to; for simulations. */
export interface PrehandlerRow extends PrehandlerReference {
  readonly outcome: "applied" | "not_applied" | "failed";
  /** The place of the condition that does not hold, or that failed; from 0. */
  readonly condition: number | null;
  readonly message: string | null;
}

export interface Prehandled {
  /** The event with all changes. */
  readonly event: PersonEvent;
  /** Null: nobody had a say. */
  readonly prehandling: Prehandling | null;
  readonly rows: readonly PrehandlerRow[];
}

export function prehandlersAt(program: ProgramFrame, place: PrehandlerPlace): readonly CompiledPrehandler[] {
  const { prehandlers } = program;
  if (place === "both" || prehandlers.length === 0) return prehandlers;
  const first = prehandlers.findIndex(({ looksAtPerson }) => looksAtPerson);
  const split = first < 0 ? prehandlers.length : first;
  return place === "front" ? prehandlers.slice(0, split) : prehandlers.slice(split);
}

export function prehandle(program: ProgramFrame, place: PrehandlerPlace, input: PrehandlerInput): Prehandled {
  const verified = input.event.enrichment?.prehandled?.verified ?? [];
  const work: Work = { program, input, event: input.event, verified, gas: PREHANDLING_GAS_MAX, messages: [] };
  const applied: PrehandlerReference[] = [];
  const failed: PrehandlerFailure[] = [];
  const rows: PrehandlerRow[] = [];
  for (const prehandler of prehandlersAt(program, place)) {
    const { id, name } = prehandler;
    const row = applyOne(work, prehandler);
    rows.push(row);
    if (row.outcome === "applied") applied.push({ id, name });
    if (row.outcome === "failed" && failed.length < PREHANDLER_MESSAGES_MAX)
      failed.push({ id, name, what: row.condition === null ? "action" : "condition", message: row.message ?? "" });
  }
  const { event } = work;
  if (applied.length === 0 && failed.length === 0) return { event, prehandling: null, rows };
  const { revision } = input;
  const noted = { revision, hash: program.hash, applied, failed, messages: work.messages };
  return { event, prehandling: { ...noted, ...differences(work) }, rows };
}

/** The event as processed, from the one received. */
export function withDifferences<E extends Pick<PersonEvent, "name" | "eventMs" | "data">>(
  event: E,
  { name = event.name, eventTime, set = {}, removed = [] }: Prehandling,
): E {
  const data: { [name: string]: JsonValue } = { ...event.data };
  for (const each of removed) delete data[each];
  for (const [each, value] of Object.entries(set)) setMember(data, each, value);
  const eventMs = eventTime === undefined ? event.eventMs : (parseDateMs(eventTime) ?? event.eventMs);
  return { ...event, name, eventMs, data };
}

/** What one did at the front and the others where the person is, as one. What is verified by now, those say who came last. */
export function joined(first: Prehandling | undefined, then: Prehandling): Prehandling {
  if (first === undefined) return then;
  const removed = [...new Set([...(first.removed ?? []), ...(then.removed ?? [])])];
  const set = { ...first.set, ...then.set };
  const { verified: _, ...before } = first;
  return {
    ...before,
    ...then,
    applied: [...first.applied, ...then.applied],
    failed: [...first.failed, ...then.failed],
    messages: [...first.messages, ...then.messages],
    set: Object.fromEntries(Object.entries(set).filter(([name]) => !then.removed?.includes(name))),
    removed: removed.filter((name) => !Object.hasOwn(then.set ?? {}, name)),
  };
}

interface Work {
  readonly program: ProgramFrame;
  readonly input: PrehandlerInput;
  event: PersonEvent;
  /** Names, in lower case. */
  verified: readonly string[];
  gas: number;
  messages: string[];
}

/** P1: the event is changed at the end or not at all. */
function applyOne(work: Work, { id, name, conditions, actions }: CompiledPrehandler): PrehandlerRow {
  const row = { id, name, condition: null, message: null };
  for (const [at, condition] of conditions.entries()) {
    const verdict = holds(work, condition);
    if (verdict === true) continue;
    if (verdict === false) return { ...row, outcome: "not_applied", condition: at };
    return { ...row, outcome: "failed", condition: at, message: cut(verdict) };
  }
  const before = { event: work.event, verified: work.verified, messages: [...work.messages] };
  const failure = actAll(work, actions) ?? tooLarge(work);
  if (failure === null) return { ...row, outcome: "applied" };
  Object.assign(work, before);
  return { ...row, outcome: "failed", message: cut(failure) };
}

function actAll(work: Work, actions: readonly PrehandlerAction[]): string | null {
  for (const action of actions) {
    const failure = act(work, action);
    if (failure !== null) return failure;
  }
  return null;
}

/** A text says why it cannot be told. */
function holds(work: Work, condition: PrehandlerCondition): boolean | string {
  const { event, program } = work;
  switch (condition.kind) {
    case "event_names":
      return condition.names.includes(event.nameKey);
    case "data":
      return condition.names.every((name) => (memberInAnyCase(event.data, name) ?? null) !== null);
    case "headers":
      return condition.headers.every(({ name, values }) => {
        const value = work.input.headers[name];
        return value !== undefined && (values.length === 0 || values.includes(value));
      });
    case "listed":
      return listingOfSender(program.blocks, event.data, event.enrichment, condition.lists)?.filter === "BLACK";
    case "code": {
      const { value, gasLeft } = evaluateWithin(program.rules, condition.pc, contextOf(work), work.gas);
      work.gas = Math.max(0, gasLeft);
      return isRuleError(value) ? value.message : value === true;
    }
    default:
      return unreachable(condition);
  }
}

/** Null, or why it failed. */
function act(work: Work, action: PrehandlerAction): string | null {
  switch (action.kind) {
    case "set_data":
      for (const [name, value] of action.data) setDatum(work, name, value);
      for (const [name, value] of action.defaults) setDefault(work, name, value);
      for (const name of action.removed) removeDatum(work, name);
      return null;
    case "map_data":
      for (const { to, from, otherwise } of action.mappings) {
        const value = memberInAnyCase(work.event.data, from) ?? otherwise;
        if (value !== undefined) setDatum(work, to, value);
      }
      return null;
    case "set_container":
      setDatum(work, "container", action.container);
      return null;
    case "code": {
      const changes: EventChange[] = [];
      const { value, gasLeft } = evaluateWithin(
        work.program.rules,
        action.pc,
        { ...contextOf(work), changes },
        work.gas,
      );
      work.gas = Math.max(0, gasLeft);
      if (isRuleError(value)) return value.message;
      for (const change of changes) apply(work, change);
      return null;
    }
    default:
      return unreachable(action);
  }
}

function apply(work: Work, change: EventChange): void {
  switch (change.kind) {
    case "name": {
      const name = change.value.trim();
      work.event = { ...work.event, name, nameKey: name.toLowerCase() };
      return;
    }
    case "event_time":
      work.event = { ...work.event, eventMs: parseDateMs(change.value) ?? work.event.eventMs };
      return;
    case "data":
      return setDatum(work, change.name, change.value);
    case "default_data":
      return setDefault(work, change.name, change.value);
    case "verified_data":
      setDatum(work, change.name, change.value);
      work.verified = [...work.verified, change.name.toLowerCase()];
      return;
    case "remove":
      return removeDatum(work, change.name);
    case "message":
      if (work.messages.length < PREHANDLER_MESSAGES_MAX) work.messages.push(cut(change.value));
      return;
    default:
      unreachable(change);
  }
}

/** In place of the member of that name in any case. */
function setDatum(work: Work, name: string, value: JsonValue): void {
  removeDatum(work, name);
  const received = memberOf(work.input.event.data, name);
  const data = { ...work.event.data };
  // P3.
  setMember(data, name, received !== undefined && isSame(received, value) ? received : value);
  work.event = { ...work.event, data };
}

function setDefault(work: Work, name: string, value: JsonValue): void {
  if ((memberInAnyCase(work.event.data, name) ?? null) === null) setDatum(work, name, value);
}

function removeDatum(work: Work, name: string): void {
  const key = name.toLowerCase();
  if (work.verified.includes(key)) work.verified = work.verified.filter((own) => own !== key);
  const entries = Object.entries(work.event.data);
  const kept = entries.filter(([own]) => own.toLowerCase() !== key);
  if (kept.length < entries.length) work.event = { ...work.event, data: Object.fromEntries(kept) };
}

function contextOf({ input, event, verified }: Work): RuleContext {
  const { person, state } = input;
  const base: RuleContext = { ...nobody, nowMs: event.requestMs, event, rawEvent: input.event, verified };
  return person === null || state === null ? base : { ...base, person, ...pastFor(state, person) };
}

/** P2. */
function tooLarge(work: Work): string | null {
  const bytes = Buffer.byteLength(JSON.stringify(differences(work)));
  return bytes <= PREHANDLING_BYTES_MAX ? null : `the event as changed differs by ${bytes} bytes`;
}

function differences({
  input: { event: before },
  event: after,
  verified,
}: Work): Pick<Prehandling, "name" | "eventTime" | "set" | "removed" | "verified"> {
  const set: { [name: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(after.data)) {
    if (!Object.hasOwn(before.data, name) || !isSame(before.data[name], value)) setMember(set, name, value);
  }
  const removed = Object.keys(before.data).filter((name) => !Object.hasOwn(after.data, name));
  return {
    ...(before.name === after.name ? {} : { name: after.name }),
    ...(before.eventMs === after.eventMs ? {} : { eventTime: isoDate(after.eventMs) }),
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...(removed.length === 0 ? {} : { removed }),
    ...(verified.length === 0 ? {} : { verified }),
  };
}

function isSame(a: JsonValue | undefined, b: JsonValue): boolean {
  return a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}

function cut(text: string): string {
  return text.slice(0, PREHANDLER_MESSAGE_LENGTH_MAX);
}
