// Explain: applies a page of a person's trail again, in a sandbox and with an observer, and tells what was decided about one event.
//
//   X1. It is the engine itself that decides again, on the same person, event and program: what it says is what was decided then.
//   X2. Nothing is changed and nothing leaves: the state is a sandbox, and its effects are read and dropped.

import { counterBefore, idTextOfHalves } from "../base/ids.ts";
import { memberOf, setMember } from "../base/members.ts";
import type { Person } from "../model/person.ts";
import { type LogRecord, recordKinds } from "../model/record.ts";
import type { RewardState } from "../model/reward.ts";
import type { PartitionMeta, PartitionState, ProgramChange } from "../model/state.ts";
import { applyRecord, newEffects } from "./apply.ts";
import { programChangeKey } from "./configuration.ts";
import { type EngineContext, META_KEY, startTurn } from "./context.ts";
import { decodeMessage, type Message } from "./message.ts";
import { fire } from "./timers.ts";
import { firedKey, personBefore, trailKey } from "./trail.ts";
import { DecisionRecorder, type ExplainedEvent } from "./decision_recorder.ts";
import { hasRefusal, pastOf } from "./past.ts";
import { SandboxState } from "./sandbox_state.ts";

/** Which records a page of a person's trail consists of. */
export interface TrailOfPage {
  /** Number of the newest page. */
  readonly newest: number;
  /** When the person was last changed before this page; 0 on the first page. */
  readonly beforeMs: number;
  readonly touches: readonly number[];
}

export interface Explanation {
  readonly eventId: string;
  readonly personId: string;
  /** When the event was processed. */
  readonly processedMs: number;
  readonly programHash: string | null;
  readonly configurationRevision: number | null;
  /** False when another person was looked at, who is read as it is now, or where the person's steps say otherwise. */
  readonly isExact: boolean;
  /** The event, then what it caused in this person, in order. */
  readonly events: readonly ExplainedEvent[];
  readonly rewards: readonly ExplainedReward[];
  readonly messages: readonly ExplainedMessage[];
  /** Why the event, or a reward that it would have earned, was refused; empty: nothing was. */
  readonly refusals: readonly string[];
}

/** A reward that the event earned, and what became of it. */
export interface ExplainedReward {
  readonly rewardId: string;
  readonly name: string | null;
  readonly supplierId: string;
  readonly stateNow: RewardState;
}

/** What went to another actor. */
export interface ExplainedMessage {
  readonly kind: Message["kind"];
  readonly personId: string | null;
}

/** @param page null: the newest one. Null when the person or the page is not there (any more). */
export function trailOf(
  state: PartitionState,
  client: string,
  personId: string,
  page: number | null,
): TrailOfPage | null {
  const person = state.find("person", personId);
  if (person === undefined || person.client !== client) return null;
  const newest = person.trailPages;
  const number = page ?? newest;
  const kept = state.find("trailPage", trailKey(personId, number));
  if (kept === undefined && (number !== 0 || newest !== 0)) return null;
  const touches = number === newest ? person.trail : (kept?.touches ?? []);
  return { newest, beforeMs: kept?.beforeMs ?? 0, touches };
}

interface Wanted {
  readonly client: string;
  readonly personId: string;
  readonly eventId: string;
  readonly page: number;
}

/**
 * @param records the page's, as the log has them
 * @returns null when the event is not among what these records led to; `isGone`: it may have been, since they led to something else now
 */
export function explainEvent(
  context: EngineContext,
  of: Wanted,
  records: readonly LogRecord[],
): { readonly explanation: Explanation | null; readonly isGone: boolean } {
  const first = applyPage(context, of, records, false);
  const second = first.contradictions === 0 || !hasRefusal(records) ? first : applyPage(context, of, records, true);
  const { explanation, contradictions } = second.contradictions < first.contradictions ? second : first;
  return { explanation, isGone: explanation === null && contradictions > 0 };
}

/** A3 of `past.ts`: what contradicts the person's steps is not exact. */
function applyPage(
  context: EngineContext,
  of: Wanted,
  records: readonly LogRecord[],
  hasWaited: boolean,
): { readonly explanation: Explanation | null; readonly contradictions: number } {
  const { client, personId, eventId } = of;
  const before = personBefore(context.state, personId, of.page);
  const meta = metaFor(context, personId, before);
  const state = new SandboxState(context.state, personId, before, meta);
  const observer = new DecisionRecorder(eventId);
  const past = pastOf(context.state, personId, records, hasWaited);
  const sandbox: EngineContext = { ...context, state, effects: newEffects(), observer, past };
  const messages: ExplainedMessage[] = [];
  // Who was looked at later had no part in what was decided.
  let isExact = true;
  let processed: { readonly atMs: number; readonly program: ProgramChange | null } | null = null;
  for (const record of records) {
    const program = programAt(context.state, client, record.sequence);
    if (program !== null) setMember(meta.programs, client, { ...program, changes: 0 });
    const wasEmpty = observer.isEmpty;
    state.goTo(record.timeMs);
    observer.begin();
    applyAgain(sandbox, personId, record);
    if (observer.isConcerned) {
      isExact = state.isExact;
      messages.push(...sandbox.effects.messages.map(({ record: sent }) => explainMessage(sent.payload)));
    }
    sandbox.effects.messages.length = 0;
    if (wasEmpty && !observer.isEmpty) processed = { atMs: record.timeMs, program };
  }
  const contradictions = past.contradictions(new Set([...observer.rootIds, ...records.map(idOfRecord)]));
  if (processed === null) return { explanation: null, contradictions };
  const explanation = {
    eventId,
    personId,
    processedMs: processed.atMs,
    programHash: processed.program?.hash ?? null,
    configurationRevision: processed.program?.revision ?? null,
    isExact: isExact && contradictions === 0,
    events: observer.events(),
    rewards: rewardsOf(context.state.find("person", personId), state.find("person", personId), observer),
    messages,
    refusals: refusalsOf(meta, eventId),
  };
  return { explanation, contradictions };
}

export function refusalsOf({ rejected }: PartitionMeta, rootEventId: string): string[] {
  return rejected.filter((row) => row.eventId === rootEventId).map(({ reason }) => reason);
}

/** Of an event from outside, the event's. */
function idOfRecord({ idHigh, idLow }: LogRecord): string {
  return idTextOfHalves(idHigh, idLow);
}

/** A tick is applied for this person only. */
function applyAgain(sandbox: EngineContext, personId: string, record: LogRecord): void {
  if (record.kind !== recordKinds.tick) return applyRecord(sandbox, record);
  const fired = sandbox.state.find("firedTimers", firedKey(personId, record.sequence));
  for (const timer of fired?.timers ?? []) fire(startTurn(sandbox, record), timer);
}

/** Ids go on so that the person, should it begin on this page, gets its own. */
function metaFor(context: EngineContext, personId: string, before: Person | null): PartitionMeta {
  const ids =
    before === null ? counterBefore(personId) : { origin: context.partition, lastMs: before.updatedMs, sequence: 0 };
  return { ids, highWater: {}, programs: {}, rejected: [] };
}

/** The newest change before the record; null when it is no longer known. */
function programAt(state: PartitionState, client: string, sequence: number): ProgramChange | null {
  const current = memberOf(state.find("meta", META_KEY)?.programs, client);
  for (let change = current?.changes ?? -1; change >= 0; change--) {
    const known = state.find("programChange", programChangeKey(client, change));
    if (known === undefined) return null;
    if (known.sequence < sequence) return known;
  }
  return null;
}

export function explainMessage(payload: Uint8Array): ExplainedMessage {
  const { message } = decodeMessage(payload);
  return { kind: message.kind, personId: "personId" in message ? message.personId : null };
}

function rewardsOf(now: Person | undefined, then: Person | undefined, observer: DecisionRecorder): ExplainedReward[] {
  const causes = new Set(observer.events().map(({ id }) => id));
  const earned = then?.rewards.filter(({ causeEventId }) => causes.has(causeEventId)) ?? [];
  return earned.map(({ id, name, supplierId, state }) => ({
    rewardId: id,
    name,
    supplierId,
    stateNow: now?.rewards.find((own) => own.id === id)?.state ?? state,
  }));
}
