// What HAS_PRIOR_STEP and HAS_PRIOR_REWARD have in common as documents: bounds, windows, filter expressions.

import type { Compilation } from "../documents/compilation.ts";
import type { Root } from "../opcodes.ts";
import { expressionSource, type Parameters, unsupportedPrefix } from "../documents/parameters.ts";
import type { Bounds, Window } from "../prior.ts";
import type { Pc } from "../program.ts";

export const windowFields = ["filter_min_age", "filter_max_age", "filter_min_date", "filter_max_date"] as const;
export const countFields = ["count_min", "count_max", "count_matches"] as const;

export function readWindow(parameters: Parameters): Window {
  const window: Window = {
    ageMinMs: parameters.durationMs("filter_min_age"),
    ageMaxMs: parameters.durationMs("filter_max_age"),
    dateMinMs: parameters.dateMs("filter_min_date"),
    dateMaxMs: parameters.dateMs("filter_max_date"),
  };
  parameters.checkOrder("filter_min_age", window.ageMinMs, "filter_max_age", window.ageMaxMs);
  parameters.checkOrder("filter_min_date", window.dateMinMs, "filter_max_date", window.dateMaxMs);
  return window;
}

/** Without any bound, at least one must be there. */
export function readBounds(parameters: Parameters, sumMinName: string, sumMaxName: string): Bounds {
  const given: Bounds = {
    countMin: parameters.count("count_min"),
    countMax: parameters.count("count_max"),
    countMatches: parameters.counts("count_matches"),
    sumMin: parameters.number(sumMinName),
    sumMax: parameters.number(sumMaxName),
  };
  parameters.checkOrder("count_min", given.countMin, "count_max", given.countMax);
  parameters.checkOrder(sumMinName, given.sumMin, sumMaxName, given.sumMax);
  for (const count of given.countMatches ?? []) {
    if (count < (given.countMin ?? 0) || count > (given.countMax ?? count)) {
      parameters.report("count_matches", `count_matches has ${count}, which count_min and count_max exclude`);
    }
  }
  const isUnbounded = Object.values(given).every((bound) => bound === null);
  return isUnbounded ? { ...given, countMin: 1 } : given;
}

/** Code of `filter_expression` and each of `filter_expressions`, and whether a literal false among them excludes everything. */
export function readFilterExpressions(
  parameters: Parameters,
  compilation: Compilation,
  root: Root,
): { entries: Pc[]; isNever: boolean } {
  const entries: Pc[] = [];
  let isNever = false;
  const one = parameters.value("filter_expression");
  const more = parameters.value("filter_expressions");
  if (more !== undefined && !Array.isArray(more))
    parameters.report("filter_expressions", "filter_expressions must be a list");
  const all = [...(one === undefined ? [] : [one]), ...(Array.isArray(more) ? more : [])];
  all.forEach((value, at) => {
    const name = one !== undefined && at === 0 ? "filter_expression" : "filter_expressions";
    const source = expressionSource(value);
    if (source !== null) {
      const entry = compilation.entry(parameters, name, source, root);
      if (entry !== null) entries.push(entry.pc);
    } else if (value === false || value === "false") isNever = true;
    else if (value !== true && value !== "true") {
      parameters.report(name, `${unsupportedPrefix(value) ?? "this"} is not supported for ${name} in this release`);
    }
  });
  return { entries, isNever };
}
