// Event times against Date.parse, which is what the engine reads them with, and time intervals as a table.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEventTime } from "../../src/api/server/event_time.ts";
import { Calendar, calendarOf } from "../../src/api/server/periods.ts";
import { parseTimeInterval } from "../../src/api/server/time_interval.ts";
import { dateView, NEVER, NEVER_MS } from "../../src/api/server/views.ts";

describe("event times", () => {
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");

  test("whatever is accepted means the same to Date.parse", () => {
    const parts = fc.record({
      year: fc.integer({ min: 0, max: 9999 }),
      month: fc.integer({ min: 0, max: 13 }),
      day: fc.integer({ min: 0, max: 32 }),
      hours: fc.integer({ min: 0, max: 25 }),
      minutes: fc.integer({ min: 0, max: 61 }),
      seconds: fc.option(fc.integer({ min: 0, max: 61 })),
      fraction: fc.option(fc.stringMatching(/^\d{1,9}$/)),
      zone: fc.oneof(fc.constant("Z"), fc.stringMatching(/^[+-][0-2]\d:?[0-6]\d$/)),
    });
    let accepted = 0;
    fc.assert(
      fc.property(parts, ({ year, month, day, hours, minutes, seconds, fraction, zone }) => {
        const tail = seconds === null ? "" : `:${pad(seconds)}${fraction === null ? "" : `.${fraction}`}`;
        const text = `${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(hours)}:${pad(minutes)}${tail}${zone}`;
        const ms = parseEventTime(text);
        if (ms === null) return;
        accepted++;
        expect([text, ms]).toEqual([text, Date.parse(text)]);
      }),
      { numRuns: 5_000 },
    );
    expect(accepted).toBeGreaterThan(1_000);
  });

  test("what Date writes is accepted", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
        (date) => {
          expect(parseEventTime(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });

  test.each([
    "",
    "2026",
    "2026-05-01",
    "2026-05-01T10:00",
    "2026-05-01T10:00:00",
    "2026-05-01 10:00:00Z",
    "2026-05-01t10:00:00z",
    "2026-02-29T10:00:00Z",
    "2026-04-31T10:00:00Z",
    "2026-00-01T10:00:00Z",
    "2026-05-01T24:00:00Z",
    "2026-05-01T10:00:60Z",
    "2026-05-01T10:00:00+02:00[Europe/Berlin]",
    "2026-05-01T10:00:00+02",
    "2026-05-01T10:00:00.Z",
    "2026-05-01T10:00:00.1234567890Z",
    "2026-05-01T10:00:00Z ",
    " 2026-05-01T10:00:00Z",
    "+02026-05-01T10:00:00Z",
    "2026-05-01T10:00:00Z2026",
    "٢026-05-01T10:00:00Z",
  ])("%j is refused", (text) => {
    expect(parseEventTime(text)).toBeNull();
  });
});

describe("intervals", () => {
  const now = Date.parse("2026-03-31T12:00:00Z");
  const cases: readonly (readonly [text: string, from: string, to: string])[] = [
    ["2026-01-01T00:00:00Z/2026-02-01T00:00:00+01:00", "2026-01-01T00:00:00.000Z", "2026-01-31T23:00:00.000Z"],
    ["2026-01-01/2026-02-01", "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"],
    ["2026-01-01/2026-01-01", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"],
    ["P30D", "2026-03-01T12:00:00.000Z", "2026-03-31T12:00:00.000Z"],
    ["P1W", "2026-03-24T12:00:00.000Z", "2026-03-31T12:00:00.000Z"],
    ["PT36H", "2026-03-30T00:00:00.000Z", "2026-03-31T12:00:00.000Z"],
    ["P1M", "2026-02-28T12:00:00.000Z", "2026-03-31T12:00:00.000Z"],
    ["P1Y2M3DT4H5M6S", "2025-01-28T07:54:54.000Z", "2026-03-31T12:00:00.000Z"],
    ["2024-01-31/P1M", "2024-01-31T00:00:00.000Z", "2024-02-29T00:00:00.000Z"],
    ["P1D/2026-01-01", "2025-12-31T00:00:00.000Z", "2026-01-01T00:00:00.000Z"],
  ];
  const rangeOf = (text: string, zone: string): unknown => {
    const interval = parseTimeInterval(text, now, new Calendar(zone));
    return interval && [new Date(interval.fromMs).toISOString(), new Date(interval.toMs).toISOString()];
  };

  test.each(cases)("%s", (text, from, to) => {
    expect(rangeOf(text, "UTC")).toEqual([from, to]);
  });

  test.each([
    ["2026-01-01/2026-02-01", "America/New_York", "2026-01-01T05:00:00.000Z", "2026-02-01T05:00:00.000Z"],
    ["2026-03-01/P1M", "America/New_York", "2026-03-01T05:00:00.000Z", "2026-04-01T04:00:00.000Z"],
    ["2026-03-08/P1D", "America/New_York", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
    ["P1W/2026-03-30", "Europe/Berlin", "2026-03-22T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
    ["2026-03-08/PT24H", "America/New_York", "2026-03-08T05:00:00.000Z", "2026-03-09T05:00:00.000Z"],
    ["2026-03-08/2026-03-08T12:00:00Z", "America/Havana", "2026-03-08T05:00:00.000Z", "2026-03-08T12:00:00.000Z"],
    ["2026-05-01/P1D", "Asia/Kathmandu", "2026-04-30T18:15:00.000Z", "2026-05-01T18:15:00.000Z"],
    ["2026-01-01/2026-01-01", "Asia/Tokyo", "2025-12-31T15:00:00.000Z", "2025-12-31T15:00:00.000Z"],
    // What names a zone is not of the calendar.
    ["2026-03-01T00:00:00Z/P1M", "America/New_York", "2026-03-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z"],
    ["P1M", "America/New_York", "2026-02-28T12:00:00.000Z", "2026-03-31T12:00:00.000Z"],
  ])("I1 %s in %s", (text, zone, from, to) => {
    expect(rangeOf(text, zone)).toEqual([from, to]);
  });

  test.each([
    "",
    "P",
    "PT",
    "P1DT",
    "1D",
    "P-1D",
    "P1.5D",
    "2026-01-01",
    "/",
    "a/b",
    "P1D/P1D",
    "2026-02-01/2026-01-01",
    "2026-01-01/2026-02-01/x",
    `P${"1".repeat(200)}D`,
  ])("%j is none", (text) => {
    expect(parseTimeInterval(text, now, new Calendar("UTC"))).toBeNull();
  });
});

describe("days of a calendar", () => {
  const dayOf = (zone: string, endMs: number): readonly string[] => {
    const [day] = calendarOf(zone)?.periods("DAY", 1, endMs) ?? [];
    return day === undefined ? [] : [new Date(day.fromMs).toISOString(), new Date(day.toMs).toISOString()];
  };

  test.each([
    // Clocks skip midnight: the day begins at one o'clock.
    ["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z", "2026-09-07T03:00:00.000Z"],
    ["Atlantic/Azores", "2026-03-29", "2026-03-29T01:00:00.000Z", "2026-03-30T00:00:00.000Z"],
    // Clocks show midnight twice: the day begins with the first.
    ["Asia/Amman", "2021-10-29", "2021-10-28T21:00:00.000Z", "2021-10-29T22:00:00.000Z"],
    // They change later on the same day, or not at all.
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
    ["America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z"],
    ["Asia/Kathmandu", "2026-05-01", "2026-04-30T18:15:00.000Z", "2026-05-01T18:15:00.000Z"],
  ])("%s on %s", (zone, date, from, to) => {
    expect(dayOf(zone, Date.parse(`${date}T12:00:00Z`))).toEqual([from, to]);
  });
});

test("a moment beyond the year 9999 is shown as one that never comes", () => {
  const moments = [null, NEVER_MS, Date.parse("9999-12-31T23:59:59-12:00"), 8.64e15 + 1];
  expect(moments.map(dateView)).toEqual(moments.map(() => NEVER));
});
