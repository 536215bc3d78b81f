// Events that are due for a person, found by whom they are for: timers lie in the order in which they are due, and whoever erases a person looks here.

import type { PartitionState } from "../../model/state.ts";
import type { EventTimer, Timer } from "../../model/timer.ts";
import { dueKey } from "../due.ts";
import { isUnlisted, listBefore } from "./listed_before.ts";

/** Timers removed in one go. */
const AT_ONCE = 1_000;

export function setEventTimer(state: PartitionState, dueMs: number, timer: EventTimer): void {
  const timerKey = dueKey(dueMs, timer.event.id);
  state.put("timer", timerKey, timer);
  listTimer(state, timerKey, timer);
}

/** Of one that is fired. */
export function unlistTimer(state: PartitionState, timerKey: string, { personId }: EventTimer): void {
  state.remove("personTimer", personTimerKey(personId, timerKey));
}

export function removeEventTimers(state: PartitionState, personId: string): void {
  const some = { prefix: `${personId}/`, after: null, limit: AT_ONCE, isReverse: false };
  for (let listed = state.list("personTimer", some); listed.length > 0; listed = state.list("personTimer", some)) {
    for (const { key, value } of listed) {
      state.remove("timer", value.timerKey);
      state.remove("personTimer", key);
    }
  }
}

/** Of a partition as a version before store format 12 left it. */
export function hasUnlistedTimers(state: PartitionState): boolean {
  return isUnlisted(state, "areTimersListed");
}

/** Lists what such a version scheduled. */
export function listTimersBefore(state: PartitionState, onSome: () => void): boolean {
  const list = (key: string, timer: Timer): void => {
    if ("event" in timer) listTimer(state, key, timer);
  };
  return listBefore(state, { mark: "areTimersListed", kind: "timer", list, onSome });
}

function listTimer(state: PartitionState, timerKey: string, { personId }: EventTimer): void {
  state.put("personTimer", personTimerKey(personId, timerKey), { timerKey });
}

function personTimerKey(personId: string, timerKey: string): string {
  return `${personId}/${timerKey}`;
}
