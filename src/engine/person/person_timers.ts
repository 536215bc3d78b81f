// Events that are due for a person, found by whom they are for: timers lie in the order in which they are due, and whoever erases a person looks here.

import type { PartitionState } from "../../model/state.ts";
import type { EventTimer, Timer } from "../../model/timer.ts";
import { META_KEY } from "../context.ts";
import { dueKey } from "../due.ts";

/** Timers looked at between two calls of `onSome`, or in one go. */
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
  const meta = state.find("meta", META_KEY);
  return meta !== undefined && meta.areTimersListed !== true;
}

/**
 * Lists what such a version scheduled: when the partition is opened, once. Whatever stops it, the next call begins again and comes to the same.
 *
 * @param onSome called between timers: the state may be checkpointed
 * @returns whether there was anything to do
 */
export function listTimersBefore(state: PartitionState, onSome: () => void): boolean {
  if (!hasUnlistedTimers(state)) return false;
  for (let after: string | null = null; ; ) {
    const timers: readonly { readonly key: string; readonly value: Timer }[] = state.list("timer", {
      prefix: "",
      after,
      limit: AT_ONCE,
      isReverse: false,
    });
    for (const { key, value } of timers) if ("event" in value) listTimer(state, key, value);
    onSome();
    if (timers.length < AT_ONCE) break;
    after = timers.at(-1)?.key ?? null;
  }
  const meta = state.edit("meta", META_KEY);
  if (meta !== undefined) meta.areTimersListed = true;
  return true;
}

function listTimer(state: PartitionState, timerKey: string, { personId }: EventTimer): void {
  state.put("personTimer", personTimerKey(personId, timerKey), { timerKey });
}

function personTimerKey(personId: string, timerKey: string): string {
  return `${personId}/${timerKey}`;
}
