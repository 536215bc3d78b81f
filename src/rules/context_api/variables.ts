// Variables of a campaign, as expressions read them, when it is built and when events come.

import { isJsonObject } from "../../model/json.ts";
import { wrap } from "../data_lookup.ts";
import { type Method, onThing } from "./method.ts";
import type { Frame } from "../program.ts";
import { fault, type RuleValue, textOfValue } from "../value.ts";

export const variableShape = { parameters: ["string", "any"], required: 1 } as const;

/** The variable, or its value for a key, or the first that it has for a list of keys. A variable that does not exist is a fault: nobody meant it. */
export function variableOf(frame: Frame, name: RuleValue, key: RuleValue): RuleValue {
  const { build, campaign } = frame.context;
  const variables = build?.variables ?? campaign.variables;
  if (typeof name !== "string" || !Object.hasOwn(variables, name)) {
    return fault("unknown_variable", `there is no variable ${textOfValue(name) ?? ""}`);
  }
  const value = variables[name];
  if (key === null) return wrap(value, frame);
  if (!isJsonObject(value)) return null;
  const keys = typeof key === "object" && key.type === "list" ? key.items : [key];
  const found = keys.map((item) => textOfValue(item) ?? "").find((text) => Object.hasOwn(value, text));
  return found === undefined ? null : wrap(value[found], frame);
}

export const variableMethods: readonly Method[] = [
  onThing("variables", "get", { ...variableShape, result: "any" }, variableOf),
];
