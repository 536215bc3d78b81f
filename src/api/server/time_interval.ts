// Time intervals of list operations: ISO 8601 `start/end`, `start/duration`, `duration/end`, or a duration that ends now.
//
//   I1. A date alone is the beginning of that day in the calendar of who asks, and so are days and months that are counted from it: they end at a
//       midnight, also where clocks change between. What names a zone is counted in UTC.

import { parseEventTime } from "./event_time.ts";
import type { Calendar } from "./periods.ts";

/** Unix ms; `fromMs` is inside, `toMs` is not. */
export interface TimeInterval {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Duration {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

/** `calendar` null: of UTC. */
interface Moment {
  readonly ms: number;
  readonly calendar: Calendar | null;
}

const DURATION =
  /^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TEXT_LENGTH_MAX = 100;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** Null when `text` is not an interval, or ends before it begins. */
export function parseTimeInterval(text: string, nowMs: number, calendar: Calendar): TimeInterval | null {
  if (text.length > TEXT_LENGTH_MAX) return null;
  const [first = "", second, ...more] = text.split("/");
  if (more.length > 0) return null;
  if (second === undefined) return ending({ ms: nowMs, calendar: null }, parseDuration(first));
  const firstDuration = parseDuration(first);
  if (firstDuration !== null) return ending(parseMoment(second, calendar), firstDuration);
  const from = parseMoment(first, calendar);
  if (from === null) return null;
  const length = parseDuration(second);
  const toMs = length === null ? parseMoment(second, calendar)?.ms : shift(from, length, 1);
  return toMs === undefined || toMs < from.ms ? null : { fromMs: from.ms, toMs };
}

function ending(to: Moment | null, length: Duration | null): TimeInterval | null {
  return to === null || length === null ? null : { fromMs: shift(to, length, -1), toMs: to.ms };
}

/** I1. */
function parseMoment(text: string, calendar: Calendar): Moment | null {
  const isDate = DATE.test(text);
  const ms = parseEventTime(isDate ? `${text}T00:00:00Z` : text);
  if (ms === null) return null;
  return isDate ? { ms: calendar.moment(ms), calendar } : { ms, calendar: null };
}

function parseDuration(text: string): Duration | null {
  const match = DURATION.exec(text);
  if (match === null || text === "P" || text.endsWith("T")) return null;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((digits) => (digits === undefined ? 0 : Number(digits)));
  const ms = hours * HOUR_MS + (minutes * 60 + seconds) * SECOND_MS;
  return { months: years * 12 + months, days: weeks * 7 + days, ms };
}

/** I1. */
function shift({ ms, calendar }: Moment, { months, days, ms: lengthMs }: Duration, direction: 1 | -1): number {
  const onCalendar = shiftMonths(calendar?.local(ms) ?? ms, direction * months) + direction * days * DAY_MS;
  return (calendar?.moment(onCalendar) ?? onCalendar) + direction * lengthMs;
}

/** Months keep the day of the month where the other month has it, and take its last day where not. */
function shiftMonths(ms: number, months: number): number {
  if (months === 0) return ms;
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}
