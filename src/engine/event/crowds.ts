// Crowds: persons behind whom many events wait already. Whoever takes events in hears of it in time, so that an event that was acknowledged need not be refused
// afterwards for want of a place.

import type { EventInFlight } from "../../model/in_flight.ts";
import { senderHash } from "../1_route.ts";
import type { Turn } from "../context.ts";
import { CROWDS_MAX, STASH_CROWDED, STASH_CROWDED_STEP } from "../limits.ts";

/** @param waiting events behind the person before this one came */
export function tellOfCrowd({ context }: Turn, { client, event }: EventInFlight, waiting: number): void {
  if (waiting < STASH_CROWDED || waiting % STASH_CROWDED_STEP !== 0) return;
  const { crowds } = context.effects;
  if (event.type !== "INPUT" || crowds.length >= CROWDS_MAX) return;
  const sender = senderHash(client, event.data, event.enrichment?.bearer);
  if (sender !== null) crowds.push({ sender, size: waiting / STASH_CROWDED });
}
