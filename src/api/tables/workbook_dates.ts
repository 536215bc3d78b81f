// Dates in workbooks: numbers that count days, whose style shows them as dates.

import { attribute, elements } from "./workbook_xml.ts";

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;
/** The first moment whose year has more than four digits. */
const END_MS = Date.UTC(10_000, 0, 1);
/** Formats that every workbook has without describing them. */
const datesBuiltIn: readonly (readonly [from: number, to: number])[] = [
  [14, 22],
  [45, 47],
];

/** Places of the styles that show dates, in the list that cells refer to. */
export function dateStyles(styles: string): ReadonlySet<number> {
  const described = new Map<string, string>();
  for (const { body } of elements(styles, "numFmts") ?? []) {
    for (const { head } of elements(body, "numFmt") ?? [])
      described.set(attribute(head, "numFmtId") ?? "", attribute(head, "formatCode") ?? "");
  }
  const found = new Set<number>();
  const [formats] = elements(styles, "cellXfs") ?? [];
  for (const [at, { head }] of (elements(formats?.body ?? "", "xf") ?? []).entries()) {
    const id = attribute(head, "numFmtId") ?? "";
    const format = described.get(id);
    const isDate =
      format === undefined
        ? datesBuiltIn.some(([from, to]) => Number(id) >= from && Number(id) <= to)
        : showsDate(format);
    if (isDate) found.add(at);
  }
  return found;
}

/** What is in quotes, in brackets or behind a backslash is shown as it is, or is a colour or condition. */
function showsDate(format: string): boolean {
  return /[ymdh]/i.test(format.replaceAll(/"[^"]*"|\[[^\]]*\]|\\./gs, ""));
}

/** ISO 8601, with a time where the day has one; the number itself where it is no day. */
export function dayText(value: string, firstDayMs: number): string {
  const day = Number(value);
  const atMs = Math.round((firstDayMs + day * DAY_MS) / SECOND_MS) * SECOND_MS;
  if (!(day >= 1 && atMs < END_MS)) return value;
  const iso = new Date(atMs).toISOString();
  return atMs % DAY_MS === 0 ? iso.slice(0, 10) : `${iso.slice(0, 19)}Z`;
}
