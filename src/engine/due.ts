// Keys of timers: they sort by when they are due.
//
//   T1. Whatever a date or a duration of somebody outside comes to has a key of its place in time: what lies before 1970 is due at once, what no key could
//       hold at the last moment of all.

const DUE_DIGITS = 15;
const DUE_MS_MAX = 10 ** DUE_DIGITS - 1;

export function dueKey(dueMs: number, id: string): string {
  const keptMs = Math.min(Math.max(0, Math.ceil(dueMs)), DUE_MS_MAX);
  return `${keptMs.toString().padStart(DUE_DIGITS, "0")}/${id}`;
}

/** Unix ms. Earlier versions wrote times before 1970 as they were, which is less than nothing or no number; those sort first, too. */
export function dueMsOf(key: string): number {
  const dueMs = Number(key.slice(0, DUE_DIGITS));
  return dueMs >= 0 ? dueMs : 0;
}
