// Events that somebody will ask about: those with a polling id in their data are found by it for a day, with the person whom they were about in the end.
// Whoever is folded into another hands them over: who asks is that other by then.

import type { PersonEvent } from "../../model/event.ts";
import type { HandedPolledEvent } from "../../model/in_flight.ts";
import type { Person } from "../../model/person.ts";
import type { PartitionState, PolledEvent } from "../../model/state.ts";
import type { Turn } from "../context.ts";
import {
  POLLED_EVENT_KEPT_MS,
  POLLED_EVENTS_DROPPED_AT_ONCE,
  POLLED_EVENTS_HANDED_MAX,
  POLLING_ID_LENGTH_MAX,
} from "../limits.ts";

const EXPIRY_DIGITS = 15;

/** Of several events with one id the last one counts. Hot path: most events have none. */
export function rememberPolled(turn: Turn, person: Person, event: PersonEvent): void {
  const pollingId = event.data["polling_id"];
  if (typeof pollingId !== "string" || pollingId === "" || pollingId.length > POLLING_ID_LENGTH_MAX) return;
  dropOld(turn);
  keep(turn, `${person.id}/${pollingId}`, { eventId: event.id, expiresMs: turn.nowMs + POLLED_EVENT_KEPT_MS });
}

function keep(turn: Turn, key: string, polled: PolledEvent): void {
  turn.state.put("polledEvent", key, polled);
  turn.state.put("polledEventExpiry", `${polled.expiresMs.toString().padStart(EXPIRY_DIGITS, "0")}/${key}`, { key });
}

export function polledEventsOf(turn: Turn, personId: string): HandedPolledEvent[] {
  const prefix = `${personId}/`;
  const own = { prefix, after: null, limit: POLLED_EVENTS_HANDED_MAX, isReverse: false };
  return turn.state.list("polledEvent", own).flatMap(({ key, value: { eventId, expiresMs } }) => {
    return expiresMs > turn.nowMs ? [{ pollingId: key.slice(prefix.length), eventId, expiresMs }] : [];
  });
}

export function absorbPolled(turn: Turn, person: Person, handed: readonly HandedPolledEvent[]): void {
  for (const { pollingId, eventId, expiresMs } of handed) {
    const key = `${person.id}/${pollingId}`;
    const known = turn.state.find("polledEvent", key);
    if (known === undefined || known.expiresMs < expiresMs) keep(turn, key, { eventId, expiresMs });
  }
}

export function polledEvent(state: PartitionState, personId: string, pollingId: string): PolledEvent | null {
  return state.find("polledEvent", `${personId}/${pollingId}`) ?? null;
}

/** An entry that was written again has two times of expiry: it goes by the later one. */
function dropOld(turn: Turn): void {
  const first = { prefix: "", after: null, limit: POLLED_EVENTS_DROPPED_AT_ONCE, isReverse: false };
  for (const { key, value } of turn.state.list("polledEventExpiry", first)) {
    if (Number(key.slice(0, EXPIRY_DIGITS)) > turn.nowMs) return;
    turn.state.remove("polledEventExpiry", key);
    const known = turn.state.find("polledEvent", value.key);
    if (known !== undefined && known.expiresMs <= turn.nowMs) turn.state.remove("polledEvent", value.key);
  }
}
