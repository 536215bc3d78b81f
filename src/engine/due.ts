// Keys of timers: they sort by when they are due.

export const DUE_DIGITS = 15;

export function dueKey(dueMs: number, id: string): string {
  return `${dueMs.toString().padStart(DUE_DIGITS, "0")}/${id}`;
}
