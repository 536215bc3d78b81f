// Filters of list operations: alternatives within a parameter, all parameters together. An empty filter lets everything pass.

import type { JsonValue } from "../../model/json.ts";
import type { NamedValue } from "../../model/person.ts";
import type { KeyValue, Page } from "../http/query.ts";
import { valueText } from "./views.ts";

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

/** The page of what passes. Stops reading as soon as the page is full. */
export async function takePage<T>(
  items: AsyncIterable<T> | Iterable<T>,
  page: Page,
  passes: (item: T) => boolean,
): Promise<T[]> {
  const taken: T[] = [];
  let passed = 0;
  for await (const item of items) {
    if (!passes(item) || passed++ < page.offset) continue;
    taken.push(item);
    if (taken.length === page.limit) break;
  }
  return taken;
}
