// EngineContext is what one partition's engine is given; Turn is what one record adds to it.

import { idHalvesOf, idTextOfHalves, nextIdText } from "../base/ids.ts";
import { memberOf } from "../base/members.ts";
import type { TextMemo } from "../base/text_memo.ts";
import type { Effects } from "../model/effect.ts";
import type { PersonEvent } from "../model/event.ts";
import type { JsonObject } from "../model/json.ts";
import { FLAG_WANTS_REPLY, type LogRecord, type RecordKindNumber, recordKinds } from "../model/record.ts";
import type { PartitionMeta, PartitionState } from "../model/state.ts";
import type { RenderedZone } from "../model/zone.ts";
import type { Program } from "../rules/mod.ts";
import { type EventKeys, eventKeys } from "./1_route.ts";
import type { Firing } from "./4_campaigns.ts";
import type { Frame } from "./campaign/frame.ts";
import { encodeMessage, type Input, type Message, type ProgramMessage } from "./message.ts";
import { REJECTED_MAX } from "./limits.ts";
import type { Past } from "./explain/past.ts";

/** Compiled programs by content hash. `find` is synchronous, and fails with `ProgramGone` alone for a hash that a `config` record named. */
export interface ProgramLookup {
  find(hash: string): Program;
}

/** What decided then is not to be had: another version compiled it, to something else than this one does. */
export class ProgramGone extends Error {
  override name = "ProgramGone";
}

/** What the engine needs of its surroundings. */
export interface EngineContext {
  readonly partition: number;
  readonly partitions: number;
  readonly state: PartitionState;
  readonly programs: ProgramLookup;
  readonly effects: Effects;
  /** Of records, and names of members; absent where few records are applied. */
  readonly texts?: TextMemo;
  /** Only where somebody wants to know why. */
  readonly observer?: DecisionObserver;
  /** Only where records are applied again. */
  readonly past?: Past;
  /** The first record that may ask ahead, where a log is folded that earlier versions wrote; absent: all may. */
  readonly aheadFrom?: number;
}

/** Is told what is decided, before anything of it is written. */
export interface DecisionObserver {
  /** An event is going to be processed. */
  arrived(event: PersonEvent): void;
  /** `frame` points at the controller. */
  decided(frame: Frame, outcome: Outcome): void;
  /** What the event is shown. */
  showed(event: PersonEvent, rendered: RenderedZone): void;
}

/** What a controller makes of an event. */
export type Outcome =
  | { readonly kind: "closed" }
  | { readonly kind: "refuses" }
  | { readonly kind: "enters" }
  /** A journey entry that matches, where another campaign comes first. */
  | { readonly kind: "outranked" }
  /** None of its selectors chooses its campaign; whether it matches is in its triggers. */
  | { readonly kind: "not_selected" }
  | { readonly kind: "fires"; readonly firing: Firing };

/** One record being applied. */
export interface Turn {
  readonly context: EngineContext;
  readonly state: PartitionState;
  readonly meta: PartitionMeta;
  /** The record's time: the only clock there is. */
  readonly nowMs: number;
  readonly sequence: number;
  /** Messages sent so far by this record. */
  sent: number;
  /** The event from outside that this record brought, with what it was made of. */
  input: { readonly event: PersonEvent; readonly madeOf: Input } | null;
  /** The keys of the data that were asked for last: one stage after the other asks for those of its event. */
  keys: { readonly data: JsonObject; readonly keys: EventKeys } | null;
  /** Sent behind all other messages of the record, so that an earlier version's records, applied again, number theirs as they did; null: none. */
  behind: { readonly toPartition: number; readonly message: Message }[] | null;
}

export const META_KEY = "meta";

export function startTurn(context: EngineContext, record: LogRecord): Turn {
  const { state } = context;
  let meta = state.edit("meta", META_KEY);
  if (meta === undefined) {
    const ids = { origin: context.partition, lastMs: 0, sequence: 0 };
    meta = { ids, highWater: {}, programs: {}, rejected: [], isMergedListed: true, areTimersListed: true };
    state.put("meta", META_KEY, meta);
  }
  return {
    context,
    state,
    meta,
    nowMs: record.timeMs,
    sequence: record.sequence,
    sent: 0,
    input: null,
    keys: null,
    behind: null,
  };
}

/** A new 19-digit id that carries this partition. */
export function newId(turn: Turn): string {
  return nextIdText(turn.meta.ids, turn.nowMs);
}

export function send(turn: Turn, toPartition: number, message: Message): void {
  sendAs(turn, recordKinds.message, toPartition, message);
}

/** As `send`, behind all other messages of the record. */
export function sendBehind(turn: Turn, toPartition: number, message: Message): void {
  (turn.behind ??= []).push({ toPartition, message });
}

/** As a kind of its own: whoever carries records must see, without reading them all, which program they need. */
export function sendProgram(turn: Turn, toPartition: number, message: ProgramMessage): void {
  sendAs(turn, recordKinds.config, toPartition, message);
}

function sendAs(turn: Turn, kind: RecordKindNumber, toPartition: number, message: Message): void {
  const identity = { source: turn.context.partition, sequence: turn.sequence, n: turn.sent++ };
  turn.context.effects.messages.push({
    toPartition,
    record: {
      kind,
      flags: 0,
      timeMs: turn.nowMs,
      idHigh: 0,
      idLow: 0,
      payload: encodeMessage(identity, message),
    },
  });
}

/** The keys of an event of this turn, worked out once. */
export function keysOf(turn: Turn, { data }: PersonEvent): EventKeys {
  if (turn.keys?.data !== data) turn.keys = { data, keys: eventKeys(data) };
  return turn.keys.keys;
}

/** The program in effect for `client`, or undefined when it has none. */
export function programOf(turn: Turn, client: string): Program | undefined {
  return programBy(turn.context, turn.meta, client);
}

/** The same, for who only asks. */
export function programInEffect(context: EngineContext, client: string): Program | undefined {
  return programBy(context, context.state.find("meta", META_KEY), client);
}

function programBy(
  { programs }: EngineContext,
  meta: Pick<PartitionMeta, "programs"> | undefined,
  client: string,
): Program | undefined {
  const inEffect = memberOf(meta?.programs, client);
  return inEffect === undefined ? undefined : programs.find(inEffect.hash);
}

/** Tells whoever waits for INPUT event (or command) `id` how it ended. */
export function reply(
  turn: Turn,
  id: string,
  end: { personId: string | null; errorCode: string | null; value?: unknown },
): void {
  const { high, low } = idHalvesOf(id);
  turn.context.effects.replies.push({
    partition: turn.context.partition,
    idHigh: high,
    idLow: low,
    personId: end.personId,
    errorCode: end.errorCode,
    value: end.value ?? null,
  });
}

/** Keeps the reason why an event had no effect, and counts it. */
export function reject(turn: Turn, eventId: string, reason: string): void {
  turn.context.effects.eventsRefused++;
  turn.meta.rejected.push({ sequence: turn.sequence, eventId, reason, atMs: turn.nowMs });
  if (turn.meta.rejected.length > REJECTED_MAX) turn.meta.rejected.shift();
}

export function wantsReply(record: LogRecord): boolean {
  return (record.flags & FLAG_WANTS_REPLY) !== 0;
}

export function idOf(record: LogRecord): string {
  return idTextOfHalves(record.idHigh, record.idLow);
}
