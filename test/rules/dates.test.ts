import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isoDate,
  parseDateMs,
  parseDurationMs,
  parseMonthDay,
  parseNewDateMs,
  yearStartsMs,
} from "../../src/rules/dates.ts";
import { TAX_YEAR_FIRST } from "../../src/rules/limits.ts";

test.each([
  ["P1D", 86_400_000],
  ["PT12H", 43_200_000],
  ["P1DT1H1M1.5S", 90_061_500],
  ["PT0S", 0],
])("duration %s", (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each(["P", "PT", "P1DT", "1D", "-P1D", "P1Y", "P1M", "P1W", "PT1S ", ""])("no duration: %j", (text) => {
  expect(parseDurationMs(text)).toBe(null);
});

test.each([
  ["2026-01-31T12:00:00Z", Date.UTC(2026, 0, 31, 12)],
  ["2026-01-31T12:00:00.25+02:00[Europe/Berlin]", Date.UTC(2026, 0, 31, 10, 0, 0, 250)],
])("date %s", (text, ms) => {
  expect(parseDateMs(text)).toBe(ms);
});

test.each(["2026-01-31", "2026-13-01T00:00:00Z", "2026-01-31T12:00:00", "now"])("no date: %s", (text) => {
  expect(parseDateMs(text)).toBe(null);
});

test("of what is written now, days that a month does not have are no dates", () => {
  for (const day of ["2026-02-30", "2026-02-29", "2100-02-29", "2026-04-31", "2026-11-31"])
    expect(parseNewDateMs(`${day}T00:00:00Z`), day).toBe(null);
  for (const day of ["2028-02-29", "2000-02-29", "2026-02-28", "2026-12-31", "2026-04-30"])
    expect(parseNewDateMs(`${day}T23:59:59+02:00`), day).toBe(Date.parse(`${day}T23:59:59+02:00`));
  for (const text of ["", "now", "2026-01-31", "2026-13-01T00:00:00Z"]) expect(parseNewDateMs(text), text).toBe(null);
});

test("days of the year", () => {
  expect(parseMonthDay("--04-06")).toEqual({ month: 4, day: 6 });
  expect(parseMonthDay("--02-29")).toEqual({ month: 2, day: 29 });
  for (const text of ["--02-30", "--13-01", "--00-10", "--04-00", "04-06"]) expect(parseMonthDay(text)).toBe(null);
});

test("year starts, in zones with and without clock changes", () => {
  const startOf = (text: string, zone: string, year: number): string => {
    const monthDay = parseMonthDay(text);
    return monthDay === null ? "" : isoDate(yearStartsMs(monthDay, zone)[year - TAX_YEAR_FIRST] ?? 0);
  };
  expect(startOf("--01-01", "UTC", 2026)).toBe("2026-01-01T00:00:00.000Z");
  expect(startOf("--04-06", "Europe/London", 2026)).toBe("2026-04-05T23:00:00.000Z");
  expect(startOf("--01-01", "America/New_York", 2026)).toBe("2026-01-01T05:00:00.000Z");
  expect(startOf("--07-01", "Australia/Sydney", 2026)).toBe("2026-06-30T14:00:00.000Z");
  expect(startOf("--02-29", "UTC", 2027)).toBe("2027-03-01T00:00:00.000Z");
  // Clocks moved at midnight: the day began at one o'clock.
  expect(startOf("--10-21", "America/Sao_Paulo", 2012)).toBe("2012-10-21T03:00:00.000Z");
  // Clocks change later on the same day.
  expect(startOf("--03-29", "Europe/Berlin", 2026)).toBe("2026-03-28T23:00:00.000Z");
});

test("ISO text is that of JavaScript", () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) }), (ms) => {
      expect(isoDate(ms)).toBe(new Date(ms).toISOString());
    }),
  );
});
