// CrowdMarks: senders of whom no more events should be taken in for a while, in memory that all threads of the process see. A worker marks them when too many events
// wait behind their person, or the main thread as nodes of a cluster tell each other; fronts look. Hot path: without a mark it costs one look.
//
//   C1. A mark ends by itself. Senders share places, and the last one marked has the place: a mark may be lost, and nobody else is ever taken for its sender
//       but by a hash of 32 bits.
//   C2. A sender is held back for longer the more of its events wait, since each mark lets some through that were on their way.

import type { Crowd } from "../../model/effect.ts";

/** The newest end of all marks; then of each place the end of its mark (Unix ms) and the sender's hash. Can be posted to another thread. */
export type CrowdMarkMemory = Float64Array<SharedArrayBuffer>;

const PLACES = 1_024;
const PLACE_WORDS = 2;
const NEWEST = 0;

/** For each crowd's worth of events that wait, some thousand: about as long as they take where they have to ask. */
const HELD_BACK_MS = 1_000;

/** Whoever is told to come again then has not been forgotten: what waits is applied by then, or its partition is in trouble. */
export const HELD_BACK_MS_MAX = 16 * HELD_BACK_MS;

export function newCrowdMarks(): CrowdMarkMemory {
  const words = 1 + PLACES * PLACE_WORDS;
  return new Float64Array(new SharedArrayBuffer(words * Float64Array.BYTES_PER_ELEMENT));
}

export function markCrowd(
  marks: CrowdMarkMemory,
  { sender, size }: Pick<Crowd, "sender" | "size">,
  nowMs: number,
): void {
  const untilMs = nowMs + Math.min(HELD_BACK_MS * size, HELD_BACK_MS_MAX);
  const at = placeOf(sender);
  marks[at + 1] = sender;
  marks[at] = untilMs;
  if (untilMs > (marks[NEWEST] ?? 0)) marks[NEWEST] = untilMs;
}

export function isAnyCrowded(marks: CrowdMarkMemory, nowMs: number): boolean {
  return (marks[NEWEST] ?? 0) > nowMs;
}

/** For how long the sender is held back; 0: it is not. */
export function heldBackMs(marks: CrowdMarkMemory, sender: number, nowMs: number): number {
  const at = placeOf(sender);
  return marks[at + 1] === sender ? Math.max(0, (marks[at] ?? 0) - nowMs) : 0;
}

function placeOf(sender: number): number {
  return 1 + (sender % PLACES) * PLACE_WORDS;
}
