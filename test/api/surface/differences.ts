// Where two answers differ, in words.

import { isDeepStrictEqual } from "node:util";

/** So many places are named. */
const PLACES_MAX = 4;
const TEXT_LENGTH_MAX = 300;

/** Empty where they are the same. */
export function differenceOf(a: unknown, b: unknown, at = ""): string {
  if (isDeepStrictEqual(a, b)) return "";
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .map((name) => differenceOf(a[name], b[name], `${at}/${name}`))
      .filter((text) => text !== "")
      .slice(0, PLACES_MAX)
      .join("; ");
  }
  return `${at}: ${shown(a)}, then ${shown(b)}`;
}

/** What of `sent` is otherwise in `kept`; members that were not sent are whoever's keeps it, and null may mean a default. Empty where nothing is. */
export function lossOf(sent: unknown, kept: unknown, at = ""): string {
  const areLists = Array.isArray(sent) && Array.isArray(kept) && sent.length === kept.length;
  const areMembers = !Array.isArray(sent) && !Array.isArray(kept) && isObject(sent) && isObject(kept);
  if (!isObject(sent) || !isObject(kept) || !(areLists || areMembers)) return differenceOf(sent, kept, at);
  return Object.entries(sent)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => lossOf(value, kept[name], `${at}/${name}`))
    .filter((text) => text !== "")
    .slice(0, PLACES_MAX)
    .join("; ");
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, TEXT_LENGTH_MAX) ?? "nothing";
}

/** Lists are objects as well. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
