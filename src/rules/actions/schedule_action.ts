// SCHEDULE: an event of the same person, later.

import type { Compilation } from "../documents/compilation.ts";
import type { ActionBase, CompiledAction, Times } from "./compiled_action.ts";
import { parseDateMs, parseDurationMs } from "../dates.ts";
import { expressionSource, type Parameters } from "../documents/parameters.ts";

export const scheduleFields = ["schedule_name", "delays", "dates", "force", "data", "extra_data"];

export function compileSchedule(base: ActionBase, parameters: Parameters, compilation: Compilation): CompiledAction {
  if (!parameters.has("delays") && !parameters.has("dates"))
    parameters.report("delays", "delays or dates must be given");
  const name = compilation.requiredSource(parameters, "schedule_name");
  if (
    name.kind === "constant" &&
    (typeof name.value !== "string" || name.value.length < 2 || name.value.length > 100)
  ) {
    parameters.report("schedule_name", "schedule_name must be a text of 2 to 100 characters");
  }
  return {
    ...base,
    type: "SCHEDULE",
    name,
    delays: readTimes("delays", parameters, compilation, { parse: parseDurationMs, wanted: "durations such as P1D" }),
    dates: readTimes("dates", parameters, compilation, {
      parse: parseDateMs,
      wanted: "dates such as 2026-01-31T12:00:00Z",
    }),
    data: compilation.sources(parameters, "data"),
    extraData: compilation.source(parameters, "extra_data"),
    force: parameters.boolean("force", false),
  };
}

function readTimes(
  name: string,
  parameters: Parameters,
  compilation: Compilation,
  form: { readonly parse: (text: string) => number | null; readonly wanted: string },
): Times {
  const value = parameters.value(name);
  if (expressionSource(value) !== null) return { kind: "code", source: compilation.requiredSource(parameters, name) };
  const ms: number[] = [];
  for (const text of parameters.texts(name) ?? []) {
    const parsed = form.parse(text);
    if (parsed === null) parameters.report(name, `${name} must be ${form.wanted}`);
    else ms.push(parsed);
  }
  return { kind: "constant", ms };
}
