// Evaluates the parameters of actions and step data. A parameter that cannot be evaluated counts as absent: a faulty rule never stops an event.

import { setMember } from "../base/members.ts";
import type { JsonValue } from "../model/json.ts";
import {
  evaluate,
  isRuleError,
  parseDateMs,
  type RuleCode,
  type RuleContext,
  toJson,
  type ValueSource,
} from "../rules/mod.ts";
import { textOf } from "./1_route.ts";

/** The value of a source of the context's campaign, or null when it is absent or its expression failed. */
export function sourceValue(source: ValueSource, context: RuleContext): JsonValue | null {
  return sourceValueBy(context.campaign.rules, source, context);
}

/** As `sourceValue`, of a source whose code is not the campaign's. */
export function sourceValueBy(rules: RuleCode, source: ValueSource, context: RuleContext): JsonValue | null {
  if (source.kind === "constant") return source.value;
  const value = evaluate(rules, source.pc, context);
  return isRuleError(value) ? null : toJson(value);
}

/** As text, trimmed; null when blank, absent or not a scalar. */
export function sourceText(source: ValueSource | null, context: RuleContext): string | null {
  return source === null ? null : textOf(sourceValue(source, context));
}

/** As a moment, Unix ms; null when it is not one. */
export function sourceMs(source: ValueSource | null, context: RuleContext): number | null {
  const text = sourceText(source, context);
  return text === null ? null : parseDateMs(text);
}

/** Each member evaluated; absent ones left out. */
export function sourceData(
  sources: { readonly [name: string]: ValueSource },
  context: RuleContext,
): { [name: string]: JsonValue } {
  const data: { [name: string]: JsonValue } = {};
  for (const [name, source] of Object.entries(sources)) {
    const value = sourceValue(source, context);
    if (value !== null) setMember(data, name, value);
  }
  return data;
}

/** The data of an action: its named members, then those of its `extra_data` object, which win. */
export function actionData(
  action: { readonly data: { readonly [name: string]: ValueSource }; readonly extraData: ValueSource | null },
  context: RuleContext,
): { [name: string]: JsonValue } {
  const data = sourceData(action.data, context);
  const extra = action.extraData === null ? null : sourceValue(action.extraData, context);
  return extra !== null && typeof extra === "object" && !Array.isArray(extra) ? { ...data, ...extra } : data;
}
