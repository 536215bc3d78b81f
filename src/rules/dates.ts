// Dates and durations of documents, and dates as text for expressions. No clock: everything is computed from milliseconds.

import { TAX_YEAR_FIRST, TAX_YEAR_LAST } from "./limits.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const durationPattern = /^P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/;

/** Days to seconds, as the contract has it: a month or a year has no fixed length. Null when `text` is none, or negative. */
export function parseDurationMs(text: string): number | null {
  const match = durationPattern.exec(text);
  if (match === null || text.endsWith("P") || text.endsWith("T")) return null;
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = match;
  return (
    Number(days) * DAY_MS +
    Number(hours) * HOUR_MS +
    Number(minutes) * MINUTE_MS +
    Math.round(Number(seconds) * SECOND_MS)
  );
}

const datePattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2}))(?:\[[^\]]{1,64}\])?$/;

/**
 * A date with time and offset; the name of a zone behind it adds nothing and is skipped. Null when `text` is none. 30 February is taken for 2 March:
 * documents that were written before `parseNewDateMs` was asked may say so, and must compile as they did.
 */
export function parseDateMs(text: string): number | null {
  const match = datePattern.exec(text);
  const ms = Date.parse(match?.[1] ?? "");
  return Number.isNaN(ms) ? null : ms;
}

/** As `parseDateMs`, of what somebody writes now: what its month has no such day for is no date. */
export function parseNewDateMs(text: string): number | null {
  const day = text.slice(0, "2026-01-31".length);
  const dayMs = parseDateMs(`${day}T00:00:00Z`);
  return dayMs === null || !isoDate(dayMs).startsWith(day) ? null : parseDateMs(text);
}

const monthDayPattern = /^--(\d{2})-(\d{2})$/;
const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export interface MonthDay {
  readonly month: number;
  readonly day: number;
}

export function parseMonthDay(text: string): MonthDay | null {
  const match = monthDayPattern.exec(text);
  if (match === null) return null;
  const month = Number(match[1]);
  const day = Number(match[2]);
  return day >= 1 && day <= (daysOfMonth[month - 1] ?? 0) ? { month, day } : null;
}

/** Minutes of a wall clock's year in `timeZone`, or null when there is no such zone. */
function zoneFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Zones that there are, as far as somebody asked: making a format takes milliseconds, the first of a process twenty and more. Bounded by the number of zones. */
const knownZones = new Set(["UTC"]);

export function isTimeZone(timeZone: string): boolean {
  if (knownZones.has(timeZone)) return true;
  const isKnown = zoneFormat(timeZone) !== null;
  if (isKnown) knownZones.add(timeZone);
  return isKnown;
}

/** Local time minus UTC at a moment. */
function offsetMs(format: Intl.DateTimeFormat, ms: number): number {
  const field: { [type: string]: number } = {};
  for (const { type, value } of format.formatToParts(ms)) field[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field;
  return Date.UTC(year, month - 1, day, hour, minute, second) - ms;
}

/**
 * First moments of that day in the zone, a year each, ascending. 29 February is 1 March in other years. Where a clock change skips midnight,
 * the day starts when the clock has moved on.
 */
export function yearStartsMs(monthDay: MonthDay, timeZone: string): number[] {
  const format = zoneFormat(timeZone);
  if (format === null) return [];
  const starts: number[] = [];
  for (let year = TAX_YEAR_FIRST; year <= TAX_YEAR_LAST; year++) {
    const local = Date.UTC(year, monthDay.month - 1, monthDay.day);
    const before = offsetMs(format, local - DAY_MS);
    const after = offsetMs(format, local + DAY_MS);
    const early = local - Math.max(before, after);
    starts.push(early + offsetMs(format, early) >= local ? early : local - Math.min(before, after));
  }
  return starts;
}

/** ISO 8601 in UTC with milliseconds. */
export function isoDate(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const { year, month, day } = civilDate(days);
  const rest = ms - days * DAY_MS;
  const time = `${two(rest / HOUR_MS)}:${two((rest % HOUR_MS) / MINUTE_MS)}:${two((rest % MINUTE_MS) / SECOND_MS)}`;
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${time}.${String(Math.floor(rest % SECOND_MS)).padStart(3, "0")}Z`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}

/** The Gregorian date of a day counted from 1970-01-01, by eras of 400 years that start on 1 March. */
function civilDate(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1 };
}
