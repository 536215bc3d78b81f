// Filled: examples in which nothing is left out, and the values that one example stands for.
//
//   X1. `Filled<T>` has every member of T, optional ones too, none of them null; so a member that comes to T is missing in its example until it is given.
//   X2. Where T is one of several forms told apart by `kind`, its example has all of them (`eachKind`); where it is one of several words, all words
//       (`words`); where its forms have no `kind`, as many as there are (`forms`).
//   X3. `valuesOf` of an example gives as many values as it takes for each form and each word to be in one of them.

import type { ProgramDocument } from "../../src/model/campaign.ts";
import type { JsonValue } from "../../src/model/json.ts";

export type Filled<T> = [Exclude<JsonValue, null>] extends [T]
  ? Exclude<JsonValue, null>
  : [T] extends [string]
    ? IsUnion<T> extends true
      ? Words<T>
      : T
    : [T] extends [number | boolean | Uint8Array]
      ? T
      : [T] extends [ProgramDocument]
        ? AsGiven<T>
        : [T] extends [{ readonly kind: string }]
          ? IsUnion<T> extends true
            ? EachKind<T>
            : Members<T>
          : IsUnion<T> extends true
            ? Forms<T>
            : Members<T>;

type Members<T> = { [K in keyof T]-?: Filled<NonNullable<T[K]>> };

/** Of each kind what it has beside its `kind`. */
export interface EachKind<T extends { readonly kind: string }> {
  readonly eachKind: { readonly [K in T["kind"]]: KindMembers<T, K> };
}
type KindMembers<T extends { readonly kind: string }, K extends T["kind"]> = Members<Omit<OfKind<T, K>, "kind">>;
type OfKind<T extends { readonly kind: string }, K extends T["kind"]> = T extends unknown
  ? K extends T["kind"]
    ? T
    : never
  : never;

/** What is written in the contract's words, whose shape is not ours to fill. */
export interface AsGiven<T> {
  readonly asGiven: T;
}

/** Not of fewer words than T has. */
export interface Words<in out T> {
  readonly words: readonly T[];
}

/** As many as T has forms. */
export interface Forms<T> {
  readonly forms: EachAs<ListOf<T>, FilledForm<T>>;
}
type EachAs<L extends readonly unknown[], E> = { readonly [I in keyof L]: E };
type FilledForm<T> = T extends unknown ? Filled<T> : never;

/** The forms of T, in some order. */
type ListOf<T, Last = LastOf<T>> = [T] extends [never] ? [] : [...ListOf<Exclude<T, Last>>, Last];
/** Functions of each form together are overloads, of which the last is inferred. */
type LastOf<T> = (T extends unknown ? (form: () => T) => void : never) extends (form: infer F) => void
  ? F extends () => infer L
    ? L
    : never
  : never;

type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;

export function words<T extends string>(list: readonly T[]): Words<T> {
  return { words: list };
}

/** X3. Throws where an example has nothing in it. */
export function valuesOf(example: unknown): unknown[] {
  return Array.from({ length: countOf(example) }, (_, number) => valueAt(example, number));
}

function countOf(example: unknown): number {
  const choices = choicesOf(example);
  if (choices !== null) return choices.length * Math.max(...choices.map(countOf));
  return Math.max(1, ...partsOf(example).map(countOf));
}

function valueAt(example: unknown, number: number): unknown {
  const choices = choicesOf(example);
  if (choices !== null) return valueAt(choices[number % choices.length], Math.floor(number / choices.length));
  if (example === null || example === undefined || example === "") throw new Error("an example leaves a member out");
  if (typeof example !== "object" || example instanceof Uint8Array) return example;
  if ("asGiven" in example) return example.asGiven;
  if (partsOf(example).length === 0) throw new Error("an example has a list or a map with nothing in it");
  if (isList(example)) return example.map((part) => valueAt(part, number));
  return Object.fromEntries(Object.entries(example).map(([name, part]) => [name, valueAt(part, number)]));
}

/** Null: there is one form of it. */
function choicesOf(example: unknown): readonly unknown[] | null {
  const listed = memberOf(example, "words") ?? memberOf(example, "forms");
  if (isList(listed)) return listed;
  const kinds = memberOf(example, "eachKind");
  if (typeof kinds !== "object" || kinds === null) return null;
  return Object.entries(kinds).map(([kind, members]: [string, object]): object => ({ kind, ...members }));
}

function memberOf(example: unknown, name: string): unknown {
  return typeof example === "object" && example !== null ? Reflect.get(example, name) : undefined;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function partsOf(example: unknown): unknown[] {
  return typeof example !== "object" || example === null || example instanceof Uint8Array || "asGiven" in example
    ? []
    : Object.values(example);
}
