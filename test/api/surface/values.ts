// Values that follow a schema, or almost: valid mostly, of few words, so that what calls make meets again.

import type { Operation, Schema } from "./operations.ts";
import type { Places } from "./places.ts";

/** A number from 0 to below. */
export type Random = (below: number) => number;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface Means {
  readonly random: Random;
  readonly places: Places;
}

export const emails = ["ann@example.com", "bob@example.com", "Cyd@Example.com", "dan+x@example.com", "eve@example.com"];
export const eventNames = ["registered", "converted", "shared", "thanked", "welcome"];
const words = ["refer", "gold", "credit", "ADVOCATE", "FRIEND", "main", "a", "USD", "1", "POINTS", "points"];
const rareWords = [
  "",
  " ",
  "ü ä 😀",
  "e\u0301\u200d",
  "a/b",
  "a,b;c",
  "<b>",
  "%00",
  "__proto__",
  "null",
  "-0",
  "1e400",
  "'; --",
  "\u202e",
];
const dates = ["2026-11-30T00:00:00Z", "2020-01-01T00:00:00.000Z", "2099-12-31T23:59:59+14:00", "2027-02-29T00:00:00Z"];
const durations = ["P1D", "PT1S", "P1Y", "-PT1S", "PT0S", "P99999D"];
const expressions = [
  "true",
  "'ADVOCATE'",
  "1 + 1",
  "null",
  "[1, 'a', null]",
  "({ a: { b: 1 } })",
  "null.a",
  "(() => { throw 'up'; })()",
  "context.getPerson().getId()",
  "context.getEvent().getData()['a'].b.c",
  "context.getCauseEvent().getData()['order_id']",
  "'x'.repeat(100000)",
  "(",
  "while (true) {}",
];
const numbers = [0, 1, 2, 5, 10, 0.5, -1, 100, 1e9, 2 ** 31, 2 ** 53, 1e21, 0.001, -0.01];

export function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[random(values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

export function chance(random: Random, percent: number): boolean {
  return random(100) < percent;
}

/** A body of an operation. */
export function bodyOf(means: Means, { request }: Operation): Json {
  const value = valueOf(means, request ?? {}, "", 0);
  return chance(means.random, 15) ? spoiled(means, value) : value;
}

function valueOf(means: Means, schema: Schema, name: string, depth: number): Json {
  const { random } = means;
  if (schema.oneOf !== undefined) return valueOf(means, pick(random, schema.oneOf), name, depth);
  if (schema.anyOf !== undefined) {
    // The first is what is meant; what follows are expressions and null.
    return valueOf(means, chance(random, 80) ? (schema.anyOf[0] ?? {}) : pick(random, schema.anyOf), name, depth);
  }
  if ("const" in schema) return schema.const as Json;
  if (schema.enum !== undefined) return pick(random, schema.enum) as Json;
  const types = schema.type === undefined ? [] : typeof schema.type === "string" ? [schema.type] : schema.type;
  const type = chance(random, 80) ? types[0] : types[random(Math.max(types.length, 1))];
  switch (type) {
    case "object":
      return objectOf(means, schema, depth);
    case "array":
      return listOf(means, schema.items ?? {}, name, depth);
    case "boolean":
      return chance(random, 50);
    case "integer":
      return Math.trunc(pick(random, numbers));
    case "number":
      return pick(random, numbers);
    case "null":
      return null;
    case "string":
      return textOf(means, schema, name);
    default:
      return anyValue(means, depth);
  }
}

function objectOf(means: Means, schema: Schema, depth: number): Json {
  const { random } = means;
  const properties = Object.entries(schema.properties ?? {});
  const share = depth > 4 ? 5 : pick(random, [15, 30, 60]);
  const chosen = properties.filter(([name]) => schema.required?.includes(name) === true || chance(random, share));
  const own = chosen.map(([name, below]): [string, Json] => [name, valueOf(means, below, name, depth + 1)]);
  const isOpen = properties.length === 0 && schema.additionalProperties !== false;
  if (!isOpen) return Object.fromEntries(own);
  const below = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  const names = ["email", "partner_user_id", "order_id", "cart_value", "label", "advocate_code", "target", "code"];
  const free = names
    .filter(() => chance(random, 30))
    .map((name): [string, Json] => [
      name,
      valueOf(means, "type" in below ? below : { type: "string" }, name, depth + 1),
    ]);
  return Object.fromEntries([...own, ...free]);
}

function listOf(means: Means, items: Schema, name: string, depth: number): Json {
  const length = depth > 4 ? 0 : pick(means.random, [0, 1, 1, 2, 3]);
  return Array.from({ length }, () => valueOf(means, items, name.replace(/s$/, ""), depth + 1));
}

function anyValue(means: Means, depth: number): Json {
  if (depth > 5) return null;
  const type = pick(means.random, ["string", "string", "number", "boolean", "null", "array", "object"]);
  if (type === "array") return [anyValue(means, depth + 1)];
  if (type === "object") return { a: anyValue(means, depth + 1), b: 1 };
  return valueOf(means, { type }, "", depth);
}

function textOf(means: Means, { pattern }: Schema, name: string): string {
  const { random, places } = means;
  if (pattern !== undefined) {
    const phase = pattern.includes("runtime") && chance(random, 70) ? "runtime" : "buildtime";
    return chance(random, 85)
      ? `javascript@${phase}:${pick(random, expressions)}`
      : `handlebars@${phase}:${pick(random, ["{{a.b}}", "{{#each x}}", "x", "{{person.email}}"])}`;
  }
  if (chance(random, 4)) return pick(random, rareWords);
  if (chance(random, 2)) return "long".repeat(pick(random, [64, 700, 3_000]));
  if (/email|identity_key_value/.test(name)) return pick(random, emails);
  if (/event_name|step_name|zone_name/.test(name)) return pick(random, eventNames);
  if (/_date$|_at$|_time$/.test(name)) return pick(random, dates);
  if (/age|delay|interval|period|expiry/.test(name)) return pick(random, durations);
  if (name.endsWith("url"))
    return pick(random, ["https://shop.example.com/a?b=c", "http://127.0.0.1/", "x:y", "https://ü.example/"]);
  if (name.endsWith("code")) return chance(random, 70) ? `code${random(8)}` : places.id("code", random);
  if (name.endsWith("_id")) return idOf(means, name);
  if (name.includes("name")) return `${pick(random, words)} ${random(6)}`;
  return pick(random, words);
}

function idOf({ random, places }: Means, name: string): string {
  if (chance(random, 5)) return "7000000000000000007";
  const kind = name === "forward_to_profile_id" ? "person_id" : name === "client_key_id" ? "key_id" : name;
  const known = places.id(kind, random);
  return known === "" || chance(random, 5) ? pick(random, [places.id("person_id", random), "1", "x"]) : known;
}

const wrongValues: readonly Json[] = [null, 1, -1, true, [], {}, [null], { a: null }, "x".repeat(11_000), ""];

/** One thing wrong with it, somewhere. */
function spoiled(means: Means, value: Json): Json {
  const { random } = means;
  if (value === null || typeof value !== "object" || chance(random, 10)) return pick<Json>(random, [null, [], "x", 1]);
  if (Array.isArray(value)) return value.map((item: Json) => spoiled(means, item));
  const entries: [string, Json][] = Object.entries(value);
  if (entries.length === 0 || chance(random, 20)) return Object.fromEntries([...entries, ["no_such_member", 1]]);
  const at = random(entries.length);
  return Object.fromEntries(
    entries.flatMap(([name, own], index): [string, Json][] => {
      if (index !== at) return [[name, own]];
      if (typeof own === "object" && own !== null && chance(random, 50)) return [[name, spoiled(means, own)]];
      if (chance(random, 10)) return [];
      return [[name, chance(random, 10) ? pick(random, rareWords) : pick(random, wrongValues)]];
    }),
  );
}
