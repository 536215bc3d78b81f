// Times of events: ISO 8601 with a zone, in the subset that `Date.parse` reads too, which is what the engine uses. Hot path: no regular
// expression, and arithmetic instead of `Date.parse`, which takes 300 ns of an event's 2 us.

const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const DOT = 0x2e;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const FRACTION_DIGITS_MAX = 9;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** `YYYY-MM-DDTHH:MM`; a zone must follow. */
const MINUTES_END = 16;

/** Unix ms of `YYYY-MM-DDTHH:MM[:SS[.fraction]](Z|+HH:MM|+HHMM)`, or null. */
export function parseEventTime(text: string): number | null {
  if (
    text.length <= MINUTES_END ||
    text.charCodeAt(4) !== DASH ||
    text.charCodeAt(7) !== DASH ||
    text.charCodeAt(10) !== LETTER_T ||
    text.charCodeAt(13) !== COLON
  ) {
    return null;
  }
  const year = (twoDigits(text, 0) ?? Number.NaN) * 100 + (twoDigits(text, 2) ?? Number.NaN);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hours = twoDigits(text, 11);
  const minutes = twoDigits(text, 14);
  if (Number.isNaN(year) || month === null || day === null || hours === null || minutes === null) return null;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || hours > 23 || minutes > 59) return null;
  const minuteMs = daysSinceEpoch(year, month, day) * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS;
  if (text.charCodeAt(MINUTES_END) !== COLON) return inZone(text, MINUTES_END, minuteMs);
  const seconds = twoDigits(text, 17);
  if (seconds === null || seconds > 59) return null;
  const secondMs = minuteMs + seconds * 1_000;
  return text.charCodeAt(19) === DOT ? withFraction(text, secondMs) : inZone(text, 19, secondMs);
}

/** Finer than a millisecond is cut off. */
function withFraction(text: string, secondMs: number): number | null {
  let ms = 0;
  let weight = 100;
  let i = 20;
  while (i < text.length && isDigit(text, i)) {
    ms += (text.charCodeAt(i) - 48) * weight;
    weight = Math.floor(weight / 10);
    i++;
  }
  return i === 20 || i - 20 > FRACTION_DIGITS_MAX ? null : inZone(text, i, secondMs + ms);
}

function inZone(text: string, at: number, localMs: number): number | null {
  const sign = text.charCodeAt(at);
  if (sign === LETTER_Z) return text.length === at + 1 ? localMs : null;
  if (sign !== PLUS && sign !== DASH) return null;
  const minutesAt = text.charCodeAt(at + 3) === COLON ? at + 4 : at + 3;
  const hours = twoDigits(text, at + 1);
  const minutes = twoDigits(text, minutesAt);
  if (hours === null || minutes === null || text.length !== minutesAt + 2 || hours > 23 || minutes > 59) return null;
  const offsetMs = hours * HOUR_MS + minutes * MINUTE_MS;
  return sign === PLUS ? localMs - offsetMs : localMs + offsetMs;
}

function twoDigits(text: string, at: number): number | null {
  if (!isDigit(text, at) || !isDigit(text, at + 1)) return null;
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function isDigit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 48 && unit <= 57;
}

/** `Date.parse` would turn the 31st of February into a day of March. */
function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01. Years are counted from March, so that a leap day is the last of its year, in cycles of 400 (146,097 days). */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const cycle = Math.floor(marchYear / 400);
  const yearOfCycle = marchYear - cycle * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfCycle = yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100) + dayOfYear;
  return cycle * 146_097 + dayOfCycle - 719_468;
}
