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

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, TEXT_LENGTH_MAX) ?? "nothing";
}

/** Lists are objects as well. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
