// Time intervals of list operations: ISO 8601 `start/end`, `start/duration`, `duration/end`, or a duration that ends now.

import { parseEventTime } from "./event_time.ts";

/** Unix ms; `fromMs` is inside, `toMs` is not. */
export interface TimeInterval {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Duration {
  readonly months: number;
  readonly ms: number;
}

const DURATION =
  /^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TEXT_LENGTH_MAX = 100;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** Null when `text` is not an interval, or ends before it begins. */
export function parseTimeInterval(text: string, nowMs: number): TimeInterval | null {
  if (text.length > TEXT_LENGTH_MAX) return null;
  const [first = "", second, ...more] = text.split("/");
  if (more.length > 0) return null;
  if (second === undefined) return ending(nowMs, parseDuration(first));
  const firstDuration = parseDuration(first);
  if (firstDuration !== null) return ending(parseMoment(second), firstDuration);
  const fromMs = parseMoment(first);
  if (fromMs === null) return null;
  const length = parseDuration(second);
  const toMs = length === null ? parseMoment(second) : shift(fromMs, length, 1);
  return toMs === null || toMs < fromMs ? null : { fromMs, toMs };
}

function ending(toMs: number | null, length: Duration | null): TimeInterval | null {
  return toMs === null || length === null ? null : { fromMs: shift(toMs, length, -1), toMs };
}

/** A date alone means its beginning in UTC. */
function parseMoment(text: string): number | null {
  return parseEventTime(DATE.test(text) ? `${text}T00:00:00Z` : text);
}

function parseDuration(text: string): Duration | null {
  const match = DURATION.exec(text);
  if (match === null || text === "P" || text.endsWith("T")) return null;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((digits) => (digits === undefined ? 0 : Number(digits)));
  const ms = (weeks * 7 + days) * DAY_MS + hours * HOUR_MS + (minutes * 60 + seconds) * SECOND_MS;
  return { months: years * 12 + months, ms };
}

/** Months keep the day of the month where the other month has it, and take its last day where not. */
function shift(ms: number, { months, ms: lengthMs }: Duration, direction: 1 | -1): number {
  if (months === 0) return ms + direction * lengthMs;
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + direction * months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime() + direction * lengthMs;
}
