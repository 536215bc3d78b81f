// Crowds: persons behind whom many events wait already. Whoever takes events in hears of it in time, so that an event that was acknowledged need not be refused
// afterwards for want of a place.

import type { EventInFlight } from "../../model/in_flight.ts";
import { senderHash } from "../1_route.ts";
import type { Turn } from "../context.ts";
import { CROWDS_MAX, STASH_CROWDED, STASH_CROWDED_STEP } from "../limits.ts";

/** @param waiting events behind the person before this one came */
export function tellOfCrowd(turn: Turn, inFlight: EventInFlight, waiting: number): void {
  if (waiting % STASH_CROWDED_STEP === 0) tell(turn, inFlight, waiting);
}

/**
 * Who is held back comes again when that is over, with as much as finds its way until the next telling: so a sender is held back until few are left, however long they take.
 *
 * @param inFlight what the person waits with now
 * @param before events that waited behind it a moment ago
 * @param waiting those that are left
 */
export function tellOfRest(turn: Turn, inFlight: EventInFlight, before: number, waiting: number): void {
  const step = (events: number): number => Math.floor(events / STASH_CROWDED_STEP);
  if (step(waiting) < step(before)) tell(turn, inFlight, waiting);
}

function tell({ context, nowMs }: Turn, { client, event }: EventInFlight, waiting: number): void {
  if (waiting < STASH_CROWDED) return;
  const { crowds } = context.effects;
  if (event.type !== "INPUT" || crowds.length >= CROWDS_MAX) return;
  const sender = senderHash(client, event.data, event.enrichment?.bearer);
  if (sender !== null)
    crowds.push({ partition: context.partition, timeMs: nowMs, sender, size: waiting / STASH_CROWDED });
}
