// Patterns: regular expressions of rules. The only file that knows re2js, which takes time in proportion to the text, whatever the pattern.
//
//   N1. A pattern that cannot be matched in linear time (look-around, back-references) is refused when it is compiled.
//   N2. What matching costs is paid for before it begins.

import { RE2JS, RE2JSException } from "re2js";
import { fail, ok, type Result } from "../base/result.ts";
import { PATTERN_GAS, PATTERN_LENGTH_MAX, PATTERN_SIZE_MAX } from "./limits.ts";
import { fault, type RuleError } from "./value.ts";

/** Plain data, so that a program can go to other threads; each compiles it once for itself. */
export interface Pattern {
  readonly source: string;
  /** Of `i`, `m` and `s`. */
  readonly flags: string;
}

interface Matcher {
  readonly expression: RE2JS;
  /** Instructions that a character may pass. */
  readonly size: number;
}

/** As long as the program that holds the pattern; what is made from a pattern depends on nothing but the pattern. */
const matchers = new WeakMap<Pattern, Matcher>();

const flagBits: { readonly [flag: string]: number } = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
  // Patterns are of code points anyway.
  u: 0,
};

/** The reason, if the pattern may not be used. */
export function readPattern(source: string, flags: string): Result<Pattern, string> {
  if (source.length > PATTERN_LENGTH_MAX) return fail(`a pattern may have ${PATTERN_LENGTH_MAX} characters`);
  const unknown = Array.from(flags).find((flag) => !Object.hasOwn(flagBits, flag));
  if (unknown !== undefined) return fail(`the flag ${unknown} of a pattern is not supported`);
  const pattern = { source, flags };
  try {
    const { size } = matcherOf(pattern);
    return size <= PATTERN_SIZE_MAX ? ok(pattern) : fail("the pattern is too large");
  } catch (error) {
    if (error instanceof RE2JSException) return fail(error.message.replace("error parsing regexp: ", ""));
    throw error;
  }
}

export function findPattern(pattern: Pattern, text: string, meter: { gas: number }): boolean | RuleError {
  const matcher = pay(pattern, text, meter);
  return "type" in matcher ? matcher : matcher.expression.matcher(text).find();
}

/** The first match and its groups, null for a group that took no part; null without a match. */
export function matchPattern(
  pattern: Pattern,
  text: string,
  meter: { gas: number },
): (string | null)[] | RuleError | null {
  const matcher = pay(pattern, text, meter);
  if ("type" in matcher) return matcher;
  const match = matcher.expression.matcher(text);
  if (!match.find()) return null;
  return Array.from({ length: match.groupCount() + 1 }, (_, group) => match.group(group));
}

/** N2. */
function pay(pattern: Pattern, text: string, meter: { gas: number }): Matcher | RuleError {
  const matcher = matcherOf(pattern);
  meter.gas -= (text.length + 1) * matcher.size * PATTERN_GAS;
  return meter.gas < 0 ? fault("gas", "matching the pattern took more gas than an evaluation has") : matcher;
}

function matcherOf(pattern: Pattern): Matcher {
  const known = matchers.get(pattern);
  if (known !== undefined) return known;
  const bits = Array.from(pattern.flags).reduce((sum, flag) => sum | (flagBits[flag] ?? 0), 0);
  const expression = RE2JS.compile(RE2JS.translateRegExp(pattern.source), bits);
  const matcher = { expression, size: expression.programSize() };
  matchers.set(pattern, matcher);
  return matcher;
}
