// Evaluates the parameters of actions and step data. A parameter that cannot be evaluated counts as absent: a faulty rule never stops an event.

import { setMember } from "../base/members.ts";
import type { JsonValue } from "../model/json.ts";
import {
  evaluate,
  isRuleError,
  parseDateMs,
  type Program,
  type RuleContext,
  toJson,
  type ValueSource,
} from "../rules/mod.ts";
import { textOf } from "./1_route.ts";

/** The value, or null when it is absent or its expression failed. */
export function sourceValue(program: Program, source: ValueSource, context: RuleContext): JsonValue | null {
  if (source.kind === "constant") return source.value;
  const value = evaluate(program, source.pc, context);
  return isRuleError(value) ? null : toJson(value);
}

/** As text, trimmed; null when blank, absent or not a scalar. */
export function sourceText(program: Program, source: ValueSource | null, context: RuleContext): string | null {
  return source === null ? null : textOf(sourceValue(program, source, context));
}

/** As a moment, Unix ms; null when it is not one. */
export function sourceMs(program: Program, source: ValueSource | null, context: RuleContext): number | null {
  const text = sourceText(program, source, context);
  return text === null ? null : parseDateMs(text);
}

/** Each member evaluated; absent ones left out. */
export function sourceData(
  program: Program,
  sources: { readonly [name: string]: ValueSource },
  context: RuleContext,
): { [name: string]: JsonValue } {
  const data: { [name: string]: JsonValue } = {};
  for (const [name, source] of Object.entries(sources)) {
    const value = sourceValue(program, source, context);
    if (value !== null) setMember(data, name, value);
  }
  return data;
}

/** The data of an action: its named members, then those of its `extra_data` object, which win. */
export function actionData(
  program: Program,
  action: { readonly data: { readonly [name: string]: ValueSource }; readonly extraData: ValueSource | null },
  context: RuleContext,
): { [name: string]: JsonValue } {
  const data = sourceData(program, action.data, context);
  const extra = action.extraData === null ? null : sourceValue(program, action.extraData, context);
  return extra !== null && typeof extra === "object" && !Array.isArray(extra) ? { ...data, ...extra } : data;
}
