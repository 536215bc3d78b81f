// Words for the rules that parts of campaigns follow beyond their schemas: each rule is a function from a part to the code of the error, or null.
// Rules look at literals: what an expression yields is checked when the campaign is built.

import type { CampaignBody } from "./campaign_head.ts";
import type { Configuration } from "../model/configuration.ts";
import type { ErrorCode } from "../model/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { parseNewDateMs, parseDurationMs, sourceError } from "../rules/mod.ts";

/** What a part may refer to. */
export interface Surroundings {
  readonly configuration: Configuration;
  readonly body: CampaignBody;
  readonly nowMs: number;
}

/** What follows `P` in codes that begin with it. */
export type CodeBehind<P extends string> = ErrorCode extends infer C ? (C extends `${P}${infer S}` ? S : never) : never;

export type Check = (part: JsonObject, surroundings: Surroundings) => ErrorCode | null;

const EXPRESSION = /^(?:javascript|handlebars|spel)@(?:buildtime|runtime|installtime):/;
/** Many scripts write letters with marks. */
const NAME = /^[\p{L}\p{M}\p{N} _.,:/$%()-]+$/u;

export function isExpression(value: JsonValue | undefined): boolean {
  return typeof value === "string" && EXPRESSION.test(value);
}

/** Undefined where nothing is given, or an expression. */
export function literal(part: JsonObject, member: string): JsonValue | undefined {
  const value = part[member];
  return value === null || isExpression(value) ? undefined : value;
}

/** There is something, and not only blanks. */
export function present(member: string, code: ErrorCode): Check {
  return (part) => {
    const value = part[member];
    if (value === undefined || value === null) return code;
    if (typeof value === "string") return value.trim() === "" ? code : null;
    return Array.isArray(value) && value.length === 0 ? code : null;
  };
}

/** Every literal text of the member, which is one or a list of them. */
export function texts(member: string, code: ErrorCode, isFine: (text: string) => boolean): Check {
  return (part) => {
    const value = literal(part, member);
    const list = Array.isArray(value) ? value : [value];
    return list.some((text) => typeof text === "string" && !isExpression(text) && !isFine(text)) ? code : null;
  };
}

export function length(member: string, code: ErrorCode, max: number, min = 0): Check {
  return texts(member, code, (text) => text.length >= min && text.length <= max);
}

/** Also of expressions. */
export function sourceLength(member: string, code: ErrorCode, max: number): Check {
  return (part) => {
    const value = part[member];
    return typeof value === "string" && value.length > max ? code : null;
  };
}

/** There is something behind the prefix of an expression. */
export function notHollow(members: readonly string[], code: ErrorCode): Check {
  return (part) => (members.some((member) => isHollow(part[member])) ? code : null);
}

function isHollow(value: JsonValue | undefined): boolean {
  return typeof value === "string" && value.replace(EXPRESSION, "").trim() === "" && isExpression(value);
}

/** Letters, digits and the few signs that names have. */
export function legalName(member: string, code: ErrorCode): Check {
  return texts(member, code, (text) => text.trim() === "" || isLegalName(text));
}

export function isLegalName(text: string): boolean {
  return NAME.test(text);
}

export function notBlank(member: string, code: ErrorCode): Check {
  return texts(member, code, (text) => text.trim() !== "");
}

/** Texts of a list, one after the other, are no longer than that. */
export function togetherWithin(member: string, code: ErrorCode, max: number): Check {
  return (part) => {
    const value = literal(part, member);
    const list = Array.isArray(value) ? value : [];
    const sum = list.reduce<number>((total, text) => total + (typeof text === "string" ? text.length : 0), 0);
    return sum > max ? code : null;
  };
}

export function number(member: string, code: ErrorCode, isFine: (value: number) => boolean): Check {
  return (part) => {
    const value = literal(part, member);
    const list = Array.isArray(value) ? value : [value];
    return list.some((each) => typeof each === "number" && !isFine(each)) ? code : null;
  };
}

/** Both bounds are inclusive, so they may be equal. */
export function ordered(
  low: string,
  high: string,
  code: ErrorCode,
  measure: (value: JsonValue | undefined) => number | null = numeric,
): Check {
  return (part) => {
    const from = measure(literal(part, low));
    const to = measure(literal(part, high));
    return from !== null && to !== null && from > to ? code : null;
  };
}

export function numeric(value: JsonValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

export function age(value: JsonValue | undefined): number | null {
  return typeof value === "string" ? parseDurationMs(value) : null;
}

export function date(value: JsonValue | undefined): number | null {
  return typeof value === "string" ? parseNewDateMs(value) : null;
}

/** The names of a map of data, and how long its values may be. */
export function dataNames(
  code: { readonly blank: ErrorCode; readonly long: ErrorCode },
  max: number,
  member = "data",
): Check {
  return (part) => {
    const names = Object.keys(mapAt(part, member));
    if (names.some((name) => name.trim() === "")) return code.blank;
    return names.some((name) => name.length > max) ? code.long : null;
  };
}

export function dataValues(
  code: { readonly blank: ErrorCode; readonly long: ErrorCode },
  max: number,
  member = "data",
): Check {
  return (part) => {
    const values = Object.values(mapAt(part, member)).filter((value) => typeof value === "string");
    if (values.some((value) => value.trim() === "")) return code.blank;
    return values.some((value) => value.length > max) ? code.long : null;
  };
}

/** The expression is one that can be compiled, as far as its syntax says. */
export function syntax(member: string, code: ErrorCode): Check {
  return (part) => {
    const value = part[member];
    const list = Array.isArray(value) ? value : [value];
    return list.some((each) => typeof each === "string" && sourceError(each) !== null) ? code : null;
  };
}

/** The member names a document that is there, and not archived. */
export function refersTo(member: string, collection: "audience" | "supplier" | "webhook", code: ErrorCode): Check {
  return (part, { configuration }) => {
    const value = literal(part, member);
    const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
    const isThere = (id: unknown): boolean => {
      const found = configuration.find(collection, String(id));
      return found !== undefined && found["is_archived"] !== true;
    };
    return list.every(isThere) ? null : code;
  };
}

export function mapAt(part: JsonObject, member: string): JsonObject {
  const value = part[member];
  return isJsonObject(value) ? value : {};
}

/** The first rule that the part breaks. */
export function firstError(checks: readonly Check[], part: JsonObject, surroundings: Surroundings): ErrorCode | null {
  for (const check of checks) {
    const code = check(part, surroundings);
    if (code !== null) return code;
  }
  return null;
}
