// Reads the parameters of one trigger, action or step from a document. What is missing or wrong is reported, and read as absent.

import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import type { CompileErrors, Site } from "./compile_error.ts";
import { parseDateMs, parseDurationMs } from "../dates.ts";
import { PARAMETER_ITEMS_MAX } from "../limits.ts";

const prefixPattern = /^(?:javascript|handlebars|spel)@[a-z]+:/;

/** Text after its prefix, and the language that it is in. */
export interface Source {
  /** A script may be statements; the others are one expression. */
  readonly language: "javascript" | "handlebars" | "script";
  readonly text: string;
}

/** The source of an expression that runs in that phase, or null for any other value. */
export function expressionSource(
  value: JsonValue | undefined,
  phase: "runtime" | "buildtime" = "runtime",
): Source | null {
  if (typeof value !== "string") return null;
  for (const language of ["javascript", "handlebars"] as const) {
    const prefix = `${language}@${phase}:`;
    if (value.startsWith(prefix)) return { language, text: value.slice(prefix.length) };
  }
  return null;
}

/** A prefix that this release cannot evaluate, anywhere in `value`; or an expression where only literals may be. */
export function unsupportedPrefix(value: JsonValue | undefined): string | null {
  if (typeof value === "string") return prefixPattern.exec(value)?.[0].slice(0, -1) ?? null;
  if (typeof value !== "object" || value === null) return null;
  for (const member of Object.values(value)) {
    const found = unsupportedPrefix(member);
    if (found !== null) return found;
  }
  return null;
}

export class Parameters {
  readonly site: Site;
  readonly errors: CompileErrors;
  readonly #document: JsonObject;

  constructor(document: JsonObject, site: Site, errors: CompileErrors) {
    this.#document = document;
    this.site = site;
    this.errors = errors;
  }

  report(parameter: string | null, message: string): void {
    this.errors.add(this.site, parameter, message);
  }

  /** Absent and null are the same. */
  value(name: string): JsonValue | undefined {
    const value = Object.hasOwn(this.#document, name) ? this.#document[name] : undefined;
    return value === null ? undefined : value;
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  /** Names of what is given. */
  memberNames(): string[] {
    return Object.keys(this.#document).filter((name) => this.has(name));
  }

  /** A misspelt parameter would silently widen a rule; so it is refused. */
  refuseOthers(allowed: readonly string[]): void {
    for (const name of this.memberNames()) {
      if (!allowed.includes(name)) this.report(name, `unknown parameter ${name}`);
    }
  }

  require(name: string): void {
    // What failed at build time is absent for a reason that was reported.
    if (!this.has(name) && !this.errors.has(this.site, name)) this.report(name, `${name} is missing`);
  }

  text(name: string): string | null {
    const value = this.#literal(name);
    if (value === undefined) return null;
    if (typeof value === "string" && value.trim().length > 0) return value;
    return this.#wrong(name, "a text that is not blank");
  }

  requiredText(name: string): string {
    this.require(name);
    return this.text(name) ?? "";
  }

  boolean(name: string, absent: boolean): boolean {
    const value = this.#literal(name);
    if (value === undefined) return absent;
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    this.#wrong(name, "true or false");
    return absent;
  }

  number(name: string): number | null {
    const value = this.#literal(name);
    if (value === undefined) return null;
    return typeof value === "number" && Number.isFinite(value) ? value : this.#wrong(name, "a number");
  }

  count(name: string): number | null {
    const value = this.number(name);
    return value === null || (Number.isSafeInteger(value) && value >= 0)
      ? value
      : this.#wrong(name, "a whole number from 0");
  }

  counts(name: string): number[] | null {
    const value = this.#literal(name);
    if (value === undefined) return null;
    if (!Array.isArray(value) || value.length > PARAMETER_ITEMS_MAX)
      return this.#wrong(name, "a list of whole numbers from 0");
    const counts = value.filter((item) => typeof item === "number" && Number.isSafeInteger(item) && item >= 0);
    if (counts.length < value.length) return this.#wrong(name, "a list of whole numbers from 0");
    return counts.length === 0 ? null : counts.filter((count) => typeof count === "number");
  }

  /** Without repetitions; null when absent or empty. */
  texts(name: string): string[] | null {
    const value = this.#literal(name);
    if (value === undefined) return null;
    const list = typeof value === "string" ? [value] : value;
    if (!Array.isArray(list) || list.length > PARAMETER_ITEMS_MAX) return this.#wrong(name, "a list of texts");
    const texts = list.filter((item) => typeof item === "string" && item.trim().length > 0);
    if (texts.length < list.length) return this.#wrong(name, "a list of texts that are not blank");
    return texts.length === 0 ? null : [...new Set(texts.filter((text) => typeof text === "string"))];
  }

  /** Names of events, steps and rewards: trimmed, in lower case. */
  names(name: string): string[] | null {
    const texts = this.texts(name);
    return texts === null ? null : [...new Set(texts.map((text) => text.trim().toLowerCase()))];
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    const value = this.#literal(name);
    if (value === undefined) return null;
    return allowed.find((candidate) => candidate === value) ?? this.#wrong(name, `one of ${allowed.join(", ")}`);
  }

  someOf<T extends string>(name: string, allowed: readonly T[]): T[] | null {
    const texts = this.texts(name);
    if (texts === null) return null;
    const found = allowed.filter((candidate) => texts.includes(candidate));
    return found.length === texts.length ? found : this.#wrong(name, `some of ${allowed.join(", ")}`);
  }

  durationMs(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    return parseDurationMs(text) ?? this.#wrong(name, "a duration such as P1D or PT12H, not negative");
  }

  dateMs(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    return parseDateMs(text) ?? this.#wrong(name, "a date with time and offset such as 2026-01-31T12:00:00Z");
  }

  map(name: string): JsonObject | null {
    const value = this.value(name);
    if (value === undefined) return null;
    if (isJsonObject(value)) return value;
    return this.#wrong(name, "a map");
  }

  /** The parameters within a parameter. */
  within(name: string): Parameters | null {
    const map = this.map(name);
    return map === null ? null : new Parameters(map, this.site, this.errors);
  }

  /** Both bounds are inclusive, so they may be equal. */
  checkOrder(lower: string, low: number | null, upper: string, high: number | null): void {
    if (low !== null && high !== null && low > high) this.report(lower, `${lower} is above ${upper}`);
  }

  #literal(name: string): JsonValue | undefined {
    const value = this.value(name);
    const prefix = unsupportedPrefix(value);
    if (prefix === null) return value;
    this.report(name, `${prefix} is not supported for ${name} in this release`);
    return undefined;
  }

  #wrong(name: string, wanted: string): null {
    this.report(name, `${name} must be ${wanted}`);
    return null;
  }
}
