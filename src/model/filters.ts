// Filters of lists, as data and as what they mean: alternatives within one, all of a list together. An empty one lets everything pass.

import type { JsonValue } from "./json.ts";
import type { NamedValue } from "./person.ts";

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** Ids and states: exact. */
export function isAmong(wanted: readonly string[], value: string | null): boolean {
  return wanted.length === 0 || (value !== null && wanted.includes(value));
}

/** Names are compared without regard to case, as events and steps are matched. */
export function isNamed(wanted: readonly string[], name: string | null): boolean {
  if (wanted.length === 0) return true;
  if (name === null) return false;
  const lower = name.toLowerCase();
  return wanted.some((each) => each.toLowerCase() === lower);
}

export function hasKey(names: readonly string[], pairs: readonly KeyValue[], key: NamedValue | null): boolean {
  if (!isNamed(names, key?.name ?? null)) return false;
  return pairs.length === 0 || (key !== null && pairs.some((pair) => isSame(pair, key.name, key.value)));
}

export function hasData(
  names: readonly string[],
  pairs: readonly KeyValue[],
  data: readonly { readonly name: string; readonly value: JsonValue }[],
): boolean {
  if (names.length > 0 && !data.some(({ name }) => isNamed(names, name))) return false;
  return pairs.length === 0 || data.some(({ name, value }) => pairs.some((pair) => isSame(pair, name, value)));
}

export function entriesOf(data: { readonly [name: string]: JsonValue }): { name: string; value: JsonValue }[] {
  return Object.entries(data).map(([name, value]) => ({ name, value }));
}

function isSame(pair: KeyValue, name: string, value: JsonValue): boolean {
  return pair.key.toLowerCase() === name.toLowerCase() && pair.value === valueText(value).trim();
}

/** A value as filters compare it and as text-only members show it. */
export function valueText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The page of what passes. Stops as soon as the page is full. */
export function pageOf<T>(items: Iterable<T>, page: Page, passes: (item: T) => boolean): T[] {
  const taken: T[] = [];
  let passed = 0;
  for (const item of items) {
    if (!passes(item) || passed++ < page.offset) continue;
    taken.push(item);
    if (taken.length === page.limit) break;
  }
  return taken;
}

/** From the last to the first, without a copy. */
export function* newestFirst<T>(items: readonly T[]): Generator<T> {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at];
    if (item !== undefined) yield item;
  }
}
