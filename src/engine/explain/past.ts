// Past: what is known of records that are applied again, so that they lead to what they led to.
//
//   A1. A STEP event gets the id that it had, and ids are counted on from there: what a controller earned has its ids, and later records that name them find it.
//       So does the event of a reward that was moved from elsewhere, or by which rules hear of one, by the steps that it caused.
//   A2. What budgets said stands, as far as it is known; the rest is supposed (`budgets_past.ts`).
//   A3. The person's steps and rewards say what was decided, and its trail which records changed it: whatever leads to others, or to other ids, is not what
//       happened (`contradictedAt`). Steps of a millisecond of these records can be those of somebody else, which the person took over in a merge:
//       missing are only those whose event the records brought.

import { counterBefore, nextIdText, timeOf } from "../../base/ids.ts";
import type { HeldReward } from "../../model/reward.ts";
import { type LogRecord, recordKinds } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import type { Step } from "../../model/person.ts";
import { type BudgetsPast, fateOf, type LeaseTelling } from "../budgets/budgets_past.ts";
import type { Turn } from "../context.ts";
import type { Claimed } from "../budgets/leases.ts";
import { pageKey } from "../person/steps.ts";
import { summariesFrom } from "../rewards/summary_pages.ts";
import { lentCodeOf, type PastCode } from "./past_codes.ts";
import type { Suppositions } from "./suppositions.ts";

export interface Past {
  /** The record is applied next. @param rootIds of the events that the records have brought so far */
  goTo(record: LogRecord, rootIds: ReadonlySet<string>): void;
  /** The record has been applied. */
  applied(isTouched: boolean): void;
  /** All have been. */
  end(rootIds: ReadonlySet<string>): void;
  /** Makes the id of the next step, if it was kept, the next one. */
  goToStepId(turn: Turn, of: StepCause): void;
  /** Of the next event of a reward that was moved, or that rules heard of, and not by the person's own event. One that caused no step gets an id that caused none. */
  goToMovedEventId(turn: Turn, rootId: string): void;
  /** An event of a reward has this id. */
  made(eventId: string): void;
  claimed(held: HeldReward, turn: Turn): Claimed;
  /** Rewards that waited until this record, and whether they were granted. */
  told(telling: LeaseTelling, turn: Turn): readonly { readonly rewardId: string; readonly isGranted: boolean }[];
  /** A code that was lent and that the reward took in this turn; null: it took none; undefined: that is not known. */
  lentCode(turn: Turn, rewardId: string): PastCode | null | undefined;
  /** The person takes over what another did. */
  tookOver(fromPersonId: string): void;
  /** From whom. */
  readonly takenOver: ReadonlySet<string>;
  /** The first record that led to something that did not happen; null: none. */
  contradictedAt(): number | null;
}

/** Of which a person has one primary step, and more only where controllers have one name. */
export interface StepCause {
  readonly causeEventId: string;
  readonly campaignId: string;
  readonly name: string;
}

/** What the person has by now. */
export interface PersonPast {
  readonly steps: readonly Step[];
  /** Those that it took over included. */
  readonly rewardIds: ReadonlySet<string>;
  /** Those that are here and have a row of then in their history, which they were not made with. All are read once, when it is first asked. */
  readonly movedAt: (atMs: number) => readonly string[];
}

export function personPast(state: PartitionState, personId: string): PersonPast {
  const person = state.find("person", personId);
  if (person === undefined) return { steps: [], rewardIds: new Set(), movedAt: () => [] };
  const pages = Array.from({ length: person.stepPages }, (_, page) => state.find("stepPage", pageKey(personId, page)));
  const steps = [...pages.flatMap((page) => page?.steps ?? []), ...state.hotSteps(person)];
  const rewardIds = new Set(Array.from(summariesFrom(state, person, 0), ({ id }) => id));
  let moves: ReadonlyMap<number, readonly string[]> | null = null;
  return {
    steps: steps.filter(({ isPrimary }) => isPrimary),
    rewardIds,
    movedAt: (atMs) => (moves ??= movesOf(state, rewardIds)).get(atMs) ?? [],
  };
}

function movesOf(state: PartitionState, rewardIds: ReadonlySet<string>): ReadonlyMap<number, readonly string[]> {
  const moves = new Map<number, string[]>();
  for (const id of rewardIds) {
    const reward = state.find("reward", id);
    for (const { atMs } of reward?.history ?? []) {
      if (atMs === reward?.createdMs) continue;
      const moved = moves.get(atMs);
      if (moved === undefined) moves.set(atMs, [id]);
      else moved.push(id);
    }
  }
  return moves;
}

interface PastParts {
  readonly state: PartitionState;
  readonly personId: string;
  readonly known: PersonPast;
  /** All that are applied again. */
  readonly records: readonly LogRecord[];
  /** Nothing of the person comes behind them. */
  readonly isToTheEnd: boolean;
  readonly budgets: BudgetsPast;
  readonly suppositions: Suppositions;
}

export function pastOf(parts: PastParts): Past {
  const { state, personId, known, records, isToTheEnd, budgets, suppositions } = parts;
  const firstOf = firstOfMilliseconds(records);
  const ticks = new Set(records.filter(({ kind }) => kind === recordKinds.tick).map(({ timeMs }) => timeMs));
  const due = dueOf(known, firstOf, ticks);
  const come = new Set<string>();
  const takenOver = new Set<string>();
  let current: LogRecord | null = null;
  let contradictedAt: number | null = null;

  const contradict = (): void => {
    contradictedAt ??= current?.sequence ?? 0;
  };
  const passMillisecond = (untilMs: number, rootIds: ReadonlySet<string>): void => {
    for (let next = due[0]; next !== undefined && next.createdMs < untilMs; next = due[0]) {
      due.shift();
      const isOfRecords = next.isOfTick || rootIds.has(next.rootEventId);
      if (!come.has(next.id) && isOfRecords) contradictedAt ??= next.sequence;
    }
  };

  return {
    ...idsPast(known, suppositions, { come, contradict }),
    goTo: (record, rootIds) => {
      passMillisecond(record.timeMs, rootIds);
      current = record;
    },
    applied: (isTouched) => {
      if (!isTouched) contradict();
    },
    end: (rootIds) => {
      passMillisecond(Number.POSITIVE_INFINITY, rootIds);
      for (const id of known.rewardIds) {
        // Each is read from the store, and nearly all have come.
        const reward = come.has(id) ? undefined : state.find("reward", id);
        if (reward === undefined || reward.personId !== personId || !rootIds.has(reward.rootEventId)) continue;
        const missedAt = firstOf.get(reward.createdMs);
        if (missedAt !== undefined) contradictedAt = Math.min(contradictedAt ?? missedAt, missedAt);
      }
      if (budgets.isLeftWaiting()) contradict();
    },
    claimed: (held, turn) => {
      const { id } = held.reward;
      come.add(id);
      if (held.wanted.length === 0) {
        if (!known.rewardIds.has(id)) contradict();
        return "granted";
      }
      return budgets.claimed(held, turn.sequence);
    },
    told: (telling, turn) => {
      const told = budgets.told(telling, turn.sequence);
      if (told === null) contradict();
      return (told ?? []).map((rewardId) => ({ rewardId, isGranted: fateOf(state, rewardId) === "granted" }));
    },
    lentCode: (turn, rewardId) => lentCodeOf({ state, records, isToTheEnd }, turn, rewardId),
    takenOver,
    tookOver: (fromPersonId) => {
      takenOver.add(fromPersonId);
    },
    contradictedAt: () => contradictedAt,
  };
}

/** A1. */
function idsPast(
  known: PersonPast,
  suppositions: Suppositions,
  { come, contradict }: { readonly come: Set<string>; readonly contradict: () => void },
): Pick<Past, "goToStepId" | "goToMovedEventId" | "made"> {
  const steps = stepsByCause(known.steps);
  const moved = movedEvents(known.steps);
  const kept = new Set(known.steps.flatMap(({ id, causeEventId }) => [id, causeEventId]));
  const made = new Set<string>();
  /** Of the turn in which ids are known to go on from one another. */
  let countedIn: Turn | null = null;

  /** Null: it caused no step. */
  const movedEventId = (turn: Turn, rootId: string): string | null => {
    const left = (moved.get(placeOf(rootId, turn.nowMs)) ?? []).filter((id) => !made.has(id));
    const counted = nextOf(turn);
    if (countedIn === turn && left.includes(counted)) return counted;
    const [first] = left;
    return first === undefined || suppositions.choose(2, turn.sequence) === 1 ? null : first;
  };

  return {
    goToStepId: (turn, of) => {
      const step = steps.get(keyOf(of))?.shift();
      if (step === undefined) return contradict();
      come.add(step.id);
      if (countedIn === turn && nextOf(turn) !== step.id) contradict();
      turn.meta.ids = counterBefore(step.id);
      countedIn = turn;
    },
    goToMovedEventId: (turn, rootId) => {
      const eventId = movedEventId(turn, rootId);
      countedIn = eventId === null ? null : turn;
      if (eventId !== null) turn.meta.ids = counterBefore(eventId);
      else while (kept.has(nextOf(turn))) nextIdText(turn.meta.ids, turn.nowMs);
    },
    made: (eventId) => {
      made.add(eventId);
    },
  };
}

function nextOf({ meta, nowMs }: Turn): string {
  return nextIdText({ ...meta.ids }, nowMs);
}

/** Oldest first. */
function stepsByCause(all: readonly Step[]): Map<string, Step[]> {
  const steps = new Map<string, Step[]>();
  for (const step of all) {
    const known = steps.get(keyOf(step));
    if (known === undefined) steps.set(keyOf(step), [step]);
    else known.push(step);
  }
  return steps;
}

interface Due {
  readonly id: string;
  readonly rootEventId: string;
  readonly createdMs: number;
  /** Of the first record of its millisecond. */
  readonly sequence: number;
  /** One of them let timers fire: those of somebody who was merged into the person are not known here, nor are their events. */
  readonly isOfTick: boolean;
}

/** Steps of the milliseconds of these records, in their order. */
function dueOf({ steps }: PersonPast, firstOf: ReadonlyMap<number, number>, ticks: ReadonlySet<number>): Due[] {
  const due: Due[] = [];
  for (const { id, rootEventId, createdMs } of steps) {
    const sequence = firstOf.get(createdMs);
    if (sequence !== undefined) due.push({ id, rootEventId, createdMs, sequence, isOfTick: ticks.has(createdMs) });
  }
  return due.sort((a, b) => a.createdMs - b.createdMs);
}

function firstOfMilliseconds(records: readonly LogRecord[]): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (const { timeMs, sequence } of records) if (!first.has(timeMs)) first.set(timeMs, sequence);
  return first;
}

/**
 * What caused steps and is itself neither a step nor what came from outside, by place and in order. An event is at the time of its id: what it caused comes
 * later where the person had to wait, and what a timer fires is of the time at which it was scheduled.
 */
function movedEvents(steps: readonly Step[]): Map<string, string[]> {
  const stepIds = new Set(steps.map(({ id }) => id));
  const moved = new Map<string, string[]>();
  for (const { causeEventId, rootEventId } of steps) {
    if (causeEventId === rootEventId || stepIds.has(causeEventId)) continue;
    const place = placeOf(rootEventId, timeOf(causeEventId));
    const known = moved.get(place);
    if (known === undefined) moved.set(place, [causeEventId]);
    else if (!known.includes(causeEventId)) known.push(causeEventId);
  }
  for (const ids of moved.values()) ids.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return moved;
}

function placeOf(rootEventId: string, atMs: number): string {
  return `${rootEventId}/${atMs}`;
}

function keyOf({ causeEventId, campaignId, name }: StepCause): string {
  return `${causeEventId}/${campaignId}/${name}`;
}
