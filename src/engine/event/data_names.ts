// Data names: those by which the engine itself reads an event's data, in whatever case the sender wrote them. Hot path.
//
//   D1. A name as it is written here wins over the same name in another case; of several others, the first.
//   D2. Data that use no other case are passed on as they are: one look at each name's length and first letter, some 50 ns an event.

import type { JsonObject, JsonValue } from "../../model/json.ts";

const known = [
  "person_id",
  "email",
  "partner_user_id",
  "container",
  "advocate_code",
  "coupon_code",
  "shareable_id",
  "share_id",
  "partner_share_id",
  "advocate_email",
  "advocate_partner_user_id",
] as const;
export type KnownName = (typeof known)[number];

/** By length: few names of an event share it with a known one. */
const knownOfLength: readonly (readonly string[])[] = Array.from({ length: 32 }, (_, length) =>
  known.filter((name) => name.length === length),
);
const NONE: readonly string[] = [];

/** The data with known names in the case in which they are known (D1). */
export function withKnownNames(data: JsonObject): JsonObject {
  for (const name in data) {
    const canonical = canonicalOf(name);
    if (canonical !== name && !Object.hasOwn(data, canonical)) return rename(data);
  }
  return data;
}

/** The member of that name, else of that name in another case. For names that only some clients' events carry. */
export function memberInAnyCase(data: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(data, name)) return data[name];
  const key = name.toLowerCase();
  for (const own in data) {
    if (own.length === name.length && own.toLowerCase() === key) return data[own];
  }
  return undefined;
}

function canonicalOf(name: string): string {
  for (const canonical of knownOfLength[name.length] ?? NONE) {
    // Letters differ by this bit only from those of the other case.
    if (name === canonical) return name;
    if ((name.charCodeAt(0) | 0x20) === canonical.charCodeAt(0) && name.toLowerCase() === canonical) return canonical;
  }
  return name;
}

function rename(data: JsonObject): JsonObject {
  const taken = new Set(Object.keys(data));
  const entries = Object.entries(data).map(([name, value]): [string, JsonValue] => {
    const canonical = canonicalOf(name);
    if (canonical === name || taken.has(canonical)) return [name, value];
    taken.add(canonical);
    return [canonical, value];
  });
  return Object.fromEntries(entries);
}
