// Past: what is known of records that are applied again, so that they lead to what they led to.
//
//   A1. A STEP event gets the id that it had, and ids are counted on from there: what a controller earned has its ids, and later records that name them find it.
//       So does the event of a reward that was moved from elsewhere, by the steps that it caused.
//   A2. What budgets said stands: a reward that is there was granted, whatever its budget has left by now. One that is not was refused, at once or after it had
//       waited, and was counted until then. Nothing says which, but where the person was told of a refusal later; what was decided in between tells.
//   A3. The person's steps say what was decided: whatever leads to others is not what happened (`contradictions`). Steps of a millisecond of these records
//       can be those of somebody else, which the person took over in a merge: missing are only those whose event the records brought.

import { type LogRecord, recordKinds } from "../model/record.ts";
import type { PartitionState } from "../model/state.ts";
import type { Step } from "../model/person.ts";
import type { Claimed } from "./leases.ts";
import { decodeMessage } from "./message.ts";
import { pageKey } from "./steps.ts";

export interface Past {
  /** Undefined: no such step was kept. */
  stepId(of: StepCause): string | undefined;
  /** Of the next event of a reward that was moved then, and not by the person's own event; undefined: it caused no step. */
  movedEventId(rootId: string, atMs: number): string | undefined;
  claimed(rewardId: string, sequence: number): Claimed;
  /** Rewards that waited until this refusal. */
  takeWaiting(): string[];
  /**
   * Steps so far that were not, and those of the records that were and did not come.
   *
   * @param rootIds of the events that the records brought
   */
  contradictions(rootIds: ReadonlySet<string>): number;
}

/** Of which a person has one primary step, and more only where controllers have one name. */
export interface StepCause {
  readonly causeEventId: string;
  readonly campaignId: string;
  readonly name: string;
}

/**
 * @param records all that are applied again
 * @param hasWaited what is supposed of refused rewards (A2)
 */
export function pastOf(
  state: PartitionState,
  personId: string,
  records: readonly LogRecord[],
  hasWaited: boolean,
): Past {
  const steps = primarySteps(state, personId);
  const moved = movedEvents(steps);
  const refusedUntil = hasWaited ? (records.findLast(isRefusal)?.sequence ?? 0) : 0;
  let waiting: string[] = [];
  let unknown = 0;
  return {
    stepId: (of) => {
      const known = steps.get(keyOf(of))?.shift();
      if (known === undefined) unknown++;
      return known?.id;
    },
    movedEventId: (rootId, atMs) => moved.get(placeOf(rootId, atMs))?.shift(),
    claimed: (rewardId, sequence) => {
      if (state.find("reward", rewardId) !== undefined) return "granted";
      if (state.find("heldReward", rewardId) !== undefined) return "waits";
      if (sequence >= refusedUntil) return "refused";
      waiting.push(rewardId);
      return "waits";
    },
    takeWaiting: () => {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    contradictions: (rootIds) => {
      const times = new Set(records.map(({ timeMs }) => timeMs));
      const left = [...steps.values()].flat();
      const missing = left.filter(({ createdMs, rootEventId }) => times.has(createdMs) && rootIds.has(rootEventId));
      return unknown + missing.length;
    },
  };
}

export function hasRefusal(records: readonly LogRecord[]): boolean {
  return records.some(isRefusal);
}

function isRefusal({ kind, payload }: LogRecord): boolean {
  if (kind !== recordKinds.message) return false;
  const { message } = decodeMessage(payload);
  return message.kind === "lease_given" && message.share === null;
}

/** By what caused them, oldest first. */
function primarySteps(state: PartitionState, personId: string): Map<string, Step[]> {
  const steps = new Map<string, Step[]>();
  const person = state.find("person", personId);
  if (person === undefined) return steps;
  const pages = Array.from({ length: person.stepPages }, (_, page) => state.find("stepPage", pageKey(personId, page)));
  for (const step of [...pages.flatMap((page) => page?.steps ?? []), ...state.hotSteps(person)]) {
    if (!step.isPrimary) continue;
    const known = steps.get(keyOf(step));
    if (known === undefined) steps.set(keyOf(step), [step]);
    else known.push(step);
  }
  return steps;
}

/** What caused steps and is itself neither a step nor what came from outside, by place and in order. */
function movedEvents(steps: ReadonlyMap<string, readonly Step[]>): Map<string, string[]> {
  const all = [...steps.values()].flat();
  const stepIds = new Set(all.map(({ id }) => id));
  const moved = new Map<string, string[]>();
  for (const { causeEventId, rootEventId, createdMs } of all) {
    if (causeEventId === rootEventId || stepIds.has(causeEventId)) continue;
    const place = placeOf(rootEventId, createdMs);
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
