// Trail: which records changed a person, and what the person was before them, so that any of them can be applied again and explained.
//
//   L1. Every record that may change a person is in its trail: nothing in this folder edits a person but through `editPerson`.
//   L2. A page of the trail begins with the person as it was before the page's first record; a person that waits begins no page, so that what
//       it waits for need not be kept.
//   L3. Kept are the newest `TRAIL_PAGES_MAX` pages; what was decided before them can no longer be explained.
//   L4. Who has very many rewards and relationships has longer pages, and fewer of them.
//
// The price: a number an event, and a copy of the person every `TRAIL_TOUCHES` events.

import type { Person } from "../../model/person.ts";
import type { PartitionState, TrailPage } from "../../model/state.ts";
import type { EventTimer } from "../../model/timer.ts";
import type { Turn } from "../context.ts";
import { spillSummaries } from "../rewards/summary_pages.ts";
import { personInText } from "./person_in_text.ts";
import { TRAIL_LIGHT_MEMBERS, TRAIL_LONG_TOUCHES_MAX, TRAIL_TOUCHES } from "../limits.ts";

/** The person to be changed by this record; undefined when there is none. */
export function editPerson(turn: Turn, personId: string): Person | undefined {
  const person = turn.state.edit("person", personId);
  if (person === undefined) return undefined;
  touch(turn, person);
  spillSummaries(turn.state, person);
  return person;
}

/** Remembers that a timer fired for the person: the tick record does not say which. */
export function rememberFired(turn: Turn, timer: EventTimer): void {
  const key = firedKey(timer.personId, turn.sequence);
  const fired = turn.state.edit("firedTimers", key);
  if (fired === undefined) turn.state.put("firedTimers", key, { timers: [timer] });
  else fired.timers.push(timer);
}

export function trailKey(personId: string, page: number): string {
  return `${personId}/${page.toString().padStart(8, "0")}`;
}

export function firedKey(personId: string, sequence: number): string {
  return `${personId}/${sequence.toString().padStart(15, "0")}`;
}

/** The person before the page's first record; null: it began there. */
export function personBefore(state: PartitionState, personId: string, page: number): Person | null {
  const key = trailKey(personId, page);
  const before = state.find("personBefore", key);
  if (before !== undefined) return state.personIn(before.copy);
  const text = state.find("trailPage", key)?.before ?? null;
  return text === null ? null : personInText(text);
}

function touch(turn: Turn, person: Person): void {
  const { trail } = person;
  if (trail.at(-1) === turn.sequence) return;
  if (trail.length >= TRAIL_TOUCHES && trail.length >= pageLength(person) && !person.isWaiting) turnPage(turn, person);
  person.trail.push(turn.sequence);
}

/** L4. Older rewards count, too, which are not copied any more: a trail that an earlier version began goes on as it would have. */
function pageLength({ rewards, olderRewards, relationships }: Person): number {
  const members = rewards.length + (olderRewards?.count ?? 0) + relationships.length;
  if (members <= TRAIL_LIGHT_MEMBERS) return TRAIL_TOUCHES;
  return Math.min(TRAIL_LONG_TOUCHES_MAX, Math.floor((TRAIL_TOUCHES * members) / TRAIL_LIGHT_MEMBERS));
}

function turnPage(turn: Turn, person: Person): void {
  const { state } = turn;
  const ended = trailKey(person.id, person.trailPages);
  const kept = state.find("trailPage", ended);
  const text = kept?.before ?? null;
  if (text !== null) state.put("personBefore", ended, { copy: state.copyOf(personInText(text)) });
  state.put("trailPage", ended, { beforeMs: kept?.beforeMs ?? 0, touches: person.trail });
  const pagesKept = Math.ceil(TRAIL_LONG_TOUCHES_MAX / pageLength(person));
  forgetPages(turn, person.id, person.trailPages - pagesKept);
  person.trail = [];
  person.trailPages++;
  const begun = trailKey(person.id, person.trailPages);
  state.put("trailPage", begun, { beforeMs: person.updatedMs, touches: [] });
  state.put("personBefore", begun, { copy: state.copyOf(person) });
}

/** That page and those before it that are still kept. */
function forgetPages({ state }: Turn, personId: string, newest: number): void {
  for (let page = newest; page >= 0; page--) {
    const key = trailKey(personId, page);
    const forgotten = state.find("trailPage", key);
    if (forgotten === undefined) return;
    forgetFired(state, personId, forgotten);
    state.remove("trailPage", key);
    state.remove("personBefore", key);
  }
}

/** In order of sequence, so those of the oldest page come first. */
function forgetFired(state: PartitionState, personId: string, { touches }: TrailPage): void {
  const last = firedKey(personId, touches.at(-1) ?? 0);
  const first = { prefix: `${personId}/`, after: null, limit: touches.length, isReverse: false };
  for (const { key } of state.list("firedTimers", first)) if (key <= last) state.remove("firedTimers", key);
}
