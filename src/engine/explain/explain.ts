// Explain: applies a page of a person's trail again, in a sandbox and with an observer, and tells what was decided about one event.
//
//   X1. It is the engine itself that decides again, on the same person, event and program: what it says is what was decided then.
//   X2. Nothing is changed and nothing leaves: the state is a sandbox, and its effects are read and dropped.
//   X3. What is not known is supposed in every way that it may have been (`suppositions.ts`). Of the ways that lead to what is known to have happened, all
//       have to say the same, or the explanation is not exact. Where none does, what came before anything was supposed or read as it is now is exact still,
//       unless the event had begun something that went on behind that.
//   X4. Whoever asks says when it takes too long, since a worker does nothing else meanwhile: what was decided by then is told as not exact, and is gone where
//       the event had not come by then.

import { counterBefore, idTextOfHalves } from "../../base/ids.ts";
import { memberOf, setMember } from "../../base/members.ts";
import type { Person } from "../../model/person.ts";
import { type LogRecord, recordKinds } from "../../model/record.ts";
import type { RewardState } from "../../model/reward.ts";
import type { PartitionMeta, PartitionState, ProgramChange } from "../../model/state.ts";
import { applyRecord, newEffects } from "../apply.ts";
import { programChangeKey } from "../configuration.ts";
import { type EngineContext, META_KEY } from "../context.ts";
import { decodeMessage, type Message } from "../message.ts";
import { personBefore, trailKey } from "../person/trail.ts";
import { findOwn, pagesOf, summariesFrom } from "../rewards/summary_pages.ts";
import { DecisionRecorder, type ExplainedEvent } from "./decision_recorder.ts";
import { type BudgetsPast, budgetsPast, mayHaveWaitedBefore } from "../budgets/budgets_past.ts";
import { type Past, pastOf, type PersonPast, personPast } from "./past.ts";
import { fireAgain } from "./past_ticks.ts";
import { EXPLAIN_RECORDS_MAX, EXPLAIN_WAYS_MAX } from "../limits.ts";
import { newSuppositions, type Suppositions } from "./suppositions.ts";
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

/** The person's records from the log. */
export interface PageRecords {
  readonly page: readonly LogRecord[];
  /** All behind the page; null: they were not read. */
  readonly later: readonly LogRecord[] | null;
}

export interface ExplainAnswer {
  /** Null when the event is not among what these records led to. */
  readonly explanation: Explanation | null;
  /** It may have been, since they led to something else now. */
  readonly isGone: boolean;
  /** What comes behind the page may tell more. */
  readonly wantsLater: boolean;
  /** Persons that were merged into this one on the page, one of whom the event may have been of. */
  readonly takenOver: readonly string[];
}

/** X4. */
export type Overdue = () => boolean;

export function explainEvent(
  context: EngineContext,
  of: Wanted,
  records: PageRecords,
  isOverdue: Overdue,
): ExplainAnswer {
  const known = personPast(context.state, of.personId);
  const suppositions = newSuppositions();
  const page = { context, of, records, known, isOverdue };
  let first: Applied | null = null;
  let nearest: { readonly way: readonly number[]; readonly contradictedAt: number } | null = null;
  let isOne = true;
  let wantsLater = false;
  let isMore = true;
  let recordsApplied = 0;
  for (let ways = 0; isMore && isOne && ways < EXPLAIN_WAYS_MAX && recordsApplied < EXPLAIN_RECORDS_MAX; ways++) {
    const applied = applyPage({ ...page, suppositions, isWhole: false });
    if (applied.isCut) return cutShort(first ?? applied);
    const { contradictedAt } = applied;
    recordsApplied += applied.records;
    wantsLater ||= applied.wantsLater;
    if (contradictedAt === null) {
      isOne = first === null || isSame(first, applied);
      first ??= applied;
    } else if (nearest === null || contradictedAt > nearest.contradictedAt) {
      nearest = { way: suppositions.way(), contradictedAt };
    }
    isMore = suppositions.next();
  }
  const isAll = isOne && !isMore;
  first ??= applyPage({ ...page, suppositions: newSuppositions(nearest?.way), isWhole: true });
  if (first.isCut) return cutShort(first);
  const { explanation, contradictedAt, isBeforeSupposed } = first;
  const takenOver = [...first.takenOver];
  if (explanation === null) return { explanation, isGone: contradictedAt !== null || !isAll, wantsLater, takenOver };
  const isExact = explanation.isExact && (isAll || isBeforeSupposed);
  return { explanation: { ...explanation, isExact }, isGone: false, wantsLater, takenOver };
}

/** X4. What comes behind the page is not asked for either. */
function cutShort({ explanation, takenOver }: Applied): ExplainAnswer {
  const told = { wantsLater: false, takenOver: [...takenOver] };
  if (explanation === null) return { explanation, isGone: true, ...told };
  return { explanation: { ...explanation, isExact: false }, isGone: false, ...told };
}

interface Applied {
  readonly takenOver: ReadonlySet<string>;
  /** How many. */
  readonly records: number;
  /** X4. */
  readonly isCut: boolean;
  readonly explanation: Explanation | null;
  readonly contradictedAt: number | null;
  /** All that is told was decided before anything was supposed. */
  readonly isBeforeSupposed: boolean;
  readonly wantsLater: boolean;
}

function isSame(one: Applied, other: Applied): boolean {
  return JSON.stringify(one.explanation) === JSON.stringify(other.explanation);
}

interface PageToApply {
  readonly context: EngineContext;
  readonly of: Wanted;
  readonly records: PageRecords;
  readonly known: PersonPast;
  readonly suppositions: Suppositions;
  /** False: what contradicts what is known is not followed any further. */
  readonly isWhole: boolean;
  readonly isOverdue: Overdue;
}

interface Page extends PageToApply {
  /** How many pages of older rewards the person had; its entry becomes the sandbox's own. */
  readonly pagesBefore: number;
  readonly budgets: BudgetsPast;
  readonly past: Past;
  readonly meta: PartitionMeta;
  readonly state: SandboxState;
  readonly observer: DecisionRecorder;
  readonly messages: ExplainedMessage[];
}

function applyPage(wanted: PageToApply): Applied {
  const { context, of, records, known, suppositions } = wanted;
  const before = personBefore(context.state, of.personId, of.page);
  const budgets = budgetsPast({ ...records, state: context.state, records: records.page, suppositions });
  const meta = metaFor(context, of.personId, before);
  const page: Page = {
    ...wanted,
    pagesBefore: before === null ? 0 : pagesOf(before),
    budgets,
    past: pastOf({
      state: context.state,
      personId: of.personId,
      known,
      records: records.page,
      isToTheEnd: isToTheEnd(context.state, of, records.page),
      budgets,
      suppositions,
    }),
    meta,
    state: new SandboxState(context.state, of.personId, before, meta),
    observer: new DecisionRecorder(of.eventId),
    messages: [],
  };
  const isUncertain = before !== null && isUncertainBefore(page, before);
  const course = applyRecords(page);
  return tell(page, { ...course, isExact: course.isExact && !isUncertain });
}

/** Asked of a state of its own: what is looked at here is not read by what is decided. */
function isUncertainBefore({ context, of, records, meta }: Page, before: Person): boolean {
  const [first] = records.page;
  const state = new SandboxState(context.state, of.personId, null, meta);
  if (first !== undefined) state.goTo(first, []);
  return mayHaveWaitedBefore(state, before, [...records.page, ...(records.later ?? [])]) || !state.isExact;
}

function isToTheEnd(state: PartitionState, { personId, page }: Wanted, records: readonly LogRecord[]): boolean {
  const person = state.find("person", personId);
  return person?.trailPages === page && person.trail.at(-1) === records.at(-1)?.sequence;
}

/** How it went. */
interface Course {
  readonly records: number;
  readonly isCut: boolean;
  /** Of what had to do with the event: who was looked at later had no part in what was decided. */
  readonly isExact: boolean;
  readonly lastConcerned: number;
  /** The first record at which something was read as it is now. */
  readonly readFrom: number | null;
  readonly processed: { readonly atMs: number; readonly program: ProgramChange | null } | null;
}

function applyRecords(page: Page): Course {
  const { context, of, records, past, meta, state, observer, messages } = page;
  const sandbox = { ...context, state, effects: newEffects(), observer, past };
  const rootIds = new Set(records.page.map(idOfRecord));
  const ofMilliseconds = sequencesByTime(records.page);
  let course: Course = { records: 0, isCut: false, isExact: true, lastConcerned: 0, readFrom: null, processed: null };
  for (const record of records.page) {
    if (page.isOverdue()) return { ...course, isCut: true };
    for (const rootId of observer.rootIds) rootIds.add(rootId);
    past.goTo(record, rootIds);
    if (past.contradictedAt() !== null && !page.isWhole) return course;
    const program = programAt(context.state, of.client, record.sequence);
    if (program !== null) setMember(meta.programs, of.client, { ...program, changes: 0 });
    state.goTo(record, ofMilliseconds.get(record.timeMs) ?? []);
    observer.begin();
    applyAgain(sandbox, { personId: of.personId, known: page.known }, record);
    state.noteGivenBack();
    course = { ...course, records: course.records + 1 };
    past.applied(state.find("person", of.personId)?.trail.at(-1) === record.sequence);
    if (!state.isExact && course.readFrom === null) course = { ...course, readFrom: record.sequence };
    if (observer.isConcerned) {
      const { isExact } = state;
      messages.push(...sandbox.effects.messages.map(({ record: sent }) => explainMessage(sent.payload)));
      course = { ...course, isExact, lastConcerned: record.sequence };
    }
    sandbox.effects.messages.length = 0;
    if (!observer.isEmpty && course.processed === null)
      course = { ...course, processed: { atMs: record.timeMs, program } };
  }
  past.end(rootIds);
  return course;
}

function sequencesByTime(records: readonly LogRecord[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { timeMs, sequence } of records) {
    const known = found.get(timeMs);
    if (known === undefined) found.set(timeMs, [sequence]);
    else known.push(sequence);
  }
  return found;
}

const NEVER = Number.POSITIVE_INFINITY;

function tell(page: Page, course: Course): Applied {
  const { of, budgets, past, suppositions, meta, observer, messages } = page;
  const contradictedAt = past.contradictedAt();
  const { isExact, lastConcerned, readFrom, processed } = course;
  const supposedFrom = suppositions.from ?? NEVER;
  // A contradiction comes of the first thing that was not as it was.
  const doubtedFrom = Math.min(supposedFrom, readFrom ?? NEVER);
  const isTouched = contradictedAt !== null && (contradictedAt < doubtedFrom || lastConcerned >= doubtedFrom);
  const events = observer.events();
  const isCutOff = contradictedAt !== null && events.some(goesOn);
  const told = {
    takenOver: past.takenOver,
    records: course.records,
    isCut: course.isCut,
    contradictedAt,
    isBeforeSupposed: lastConcerned < supposedFrom,
    wantsLater: budgets.isOpenEnded,
  };
  if (processed === null) return { ...told, explanation: null };
  const { personId, eventId } = of;
  const explanation: Explanation = {
    eventId,
    personId,
    processedMs: processed.atMs,
    programHash: processed.program?.hash ?? null,
    configurationRevision: processed.program?.revision ?? null,
    isExact: isExact && !isTouched && !isCutOff,
    events,
    rewards: rewardsOf(page),
    messages,
    refusals: refusalsOf(meta, eventId),
  };
  return { ...told, explanation };
}

/** X3. Reviews and schedules end with events of their own, later on. */
function goesOn({ controllers }: ExplainedEvent): boolean {
  return controllers.some(({ actions }) =>
    actions.some(({ actionType, isRun }) => isRun && (actionType === "INCENTIVIZE" || actionType === "SCHEDULE")),
  );
}

export function refusalsOf({ rejected }: PartitionMeta, rootEventId: string): string[] {
  return rejected.filter((row) => row.eventId === rootEventId).map(({ reason }) => reason);
}

/** Of an event from outside, the event's. */
function idOfRecord({ idHigh, idLow }: LogRecord): string {
  return idTextOfHalves(idHigh, idLow);
}

/** A tick is applied for this person only. */
function applyAgain(
  sandbox: EngineContext & { readonly state: SandboxState },
  of: { readonly personId: string; readonly known: PersonPast },
  record: LogRecord,
): void {
  if (record.kind === recordKinds.tick) fireAgain(sandbox, of, record);
  else applyRecord(sandbox, record);
}

/** Ids go on so that the person, should it begin on this page, gets its own. */
function metaFor(context: EngineContext, personId: string, before: Person | null): PartitionMeta {
  const ids =
    before === null ? counterBefore(personId) : { origin: context.partition, lastMs: before.updatedMs, sequence: 0 };
  const { aheadSince } = context.state.find("meta", META_KEY) ?? {};
  return { ids, highWater: {}, programs: {}, rejected: [], ...(aheadSince === undefined ? {} : { aheadSince }) };
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

/** What the person earned on this page lies behind the pages that it had before. */
function rewardsOf({ context, of: { personId }, pagesBefore, state, observer }: Page): ExplainedReward[] {
  const then = state.find("person", personId);
  if (then === undefined) return [];
  const now = context.state.find("person", personId);
  const stateNow = (id: string): RewardState | undefined =>
    now === undefined ? undefined : findOwn(context.state, now, id)?.summary.state;
  const causes = new Set(observer.events().map(({ id }) => id));
  const earned = [...summariesFrom(state, then, pagesBefore)];
  return earned
    .filter(({ causeEventId }) => causes.has(causeEventId))
    .map(({ id, name, supplierId, state: stateThen }) => ({
      rewardId: id,
      name,
      supplierId,
      stateNow: stateNow(id) ?? stateThen,
    }));
}
