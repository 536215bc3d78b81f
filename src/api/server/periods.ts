// Days, weeks (from Monday) and months of a time zone's calendar, as stretches of time. Low rate: plain code.

import type { ConfigurationClient } from "../../runtime/client.ts";
import type { Call } from "../http/route.ts";
import type { TimeInterval } from "./time_interval.ts";

export const periodKinds = ["DAY", "WEEK", "MONTH"] as const;
export type PeriodKind = (typeof periodKinds)[number];

const DAY_MS = 24 * 60 * 60_000;

/** By which days are meant in a request: of the zone that it names, else of the client's. Null when there is no such zone. */
export async function calendarFor(configuration: ConfigurationClient, { grant, head }: Call): Promise<Calendar | null> {
  const named = head.timeZone.trim();
  if (named !== "") return calendarOf(named);
  const zone = (await configuration.read(grant.client)).find("client", "client")?.["time_zone"];
  return calendarOf(typeof zone === "string" ? zone : "UTC");
}

/** Null when there is no such zone. */
export function calendarOf(timeZone: string): Calendar | null {
  try {
    return new Calendar(timeZone);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** A date without a zone, as ms of UTC. */
type LocalMs = number;

export class Calendar {
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError when there is no such zone */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** `count` periods, oldest first; the last one is that of `endMs`. */
  periods(kind: PeriodKind, count: number, endMs: number): TimeInterval[] {
    const last = firstDay(kind, this.local(endMs));
    return Array.from({ length: count }, (_, i) => {
      const back = count - 1 - i;
      return { fromMs: this.moment(shifted(kind, last, -back)), toMs: this.moment(shifted(kind, last, 1 - back)) };
    });
  }

  local(ms: number): LocalMs {
    const field: { [type: string]: number } = {};
    for (const { type, value } of this.#format.formatToParts(ms)) field[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  /** The first time that the clock shows it, such as the midnight of a day; where the clock skips it, the first moment after. */
  moment(local: LocalMs): number {
    const before = this.#offsetMs(local - DAY_MS);
    const after = this.#offsetMs(local + DAY_MS);
    const early = local - Math.max(before, after);
    return this.local(early) >= local ? early : local - Math.min(before, after);
  }

  #offsetMs(ms: number): number {
    return this.local(ms) - ms;
  }
}

function firstDay(kind: PeriodKind, local: LocalMs): LocalMs {
  const day = Math.floor(local / DAY_MS) * DAY_MS;
  const date = new Date(day);
  switch (kind) {
    case "DAY":
      return day;
    case "WEEK":
      return day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
    case "MONTH":
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  }
}

function shifted(kind: PeriodKind, first: LocalMs, periods: number): LocalMs {
  switch (kind) {
    case "DAY":
      return first + periods * DAY_MS;
    case "WEEK":
      return first + periods * 7 * DAY_MS;
    case "MONTH": {
      const date = new Date(first);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + periods, 1);
    }
  }
}
