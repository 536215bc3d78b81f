// Events that somebody will ask about: those with a polling id in their data are found by it for a day, with the person whom they were about in the end.

import type { PersonEvent } from "../../model/event.ts";
import type { Person } from "../../model/person.ts";
import type { PartitionState, PolledEvent } from "../../model/state.ts";
import type { Turn } from "../context.ts";
import { POLLED_EVENT_KEPT_MS, POLLED_EVENTS_DROPPED_AT_ONCE, POLLING_ID_LENGTH_MAX } from "../limits.ts";

const EXPIRY_DIGITS = 15;

/** Of several events with one id the last one counts. Hot path: most events have none. */
export function rememberPolled(turn: Turn, person: Person, event: PersonEvent): void {
  const pollingId = event.data["polling_id"];
  if (typeof pollingId !== "string" || pollingId === "" || pollingId.length > POLLING_ID_LENGTH_MAX) return;
  dropOld(turn);
  const key = `${person.id}/${pollingId}`;
  const expiresMs = turn.nowMs + POLLED_EVENT_KEPT_MS;
  turn.state.put("polledEvent", key, { eventId: event.id, expiresMs });
  turn.state.put("polledEventExpiry", `${expiresMs.toString().padStart(EXPIRY_DIGITS, "0")}/${key}`, { key });
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
