// The context API: texts, lists, maps, numbers, and the few global functions. Named and behaving as in JavaScript, except where said.

import { lookUpMember } from "./data_lookup.ts";
import { LIST_LENGTH_MAX } from "./limits.ts";
import { bounded, global, type Method, onList, onMap, onScalar, onText } from "./method.ts";
import type { Frame } from "./program.ts";
import { fault, numberOfValue, type RuleValue, textOfValue } from "./value.ts";

const one = { parameters: ["string"], result: "string" } as const;
const search = { parameters: ["string"], result: "boolean" } as const;

export const textMethods: readonly Method[] = [
  onText("toLowerCase", { result: "string" }, (text) => bounded(text.toLowerCase())),
  onText("toUpperCase", { result: "string" }, (text) => bounded(text.toUpperCase())),
  onText("trim", { result: "string" }, (text) => text.trim()),
  onText("toString", { result: "string" }, (text) => text),
  onText("startsWith", search, (text, part) => text.startsWith(textArgument(part))),
  onText("endsWith", search, (text, part) => text.endsWith(textArgument(part))),
  onText("includes", search, (text, part) => text.includes(textArgument(part))),
  onText("indexOf", { ...one, result: "number" }, (text, part) => text.indexOf(textArgument(part))),
  onText("substring", { parameters: ["number", "number"], required: 1, result: "string" }, (text, from, to) =>
    text.substring(numberOfValue(from), to === null ? text.length : numberOfValue(to)),
  ),
  // Bounded: more parts than a list may have are a fault, never a silent cut.
  onText("split", { ...one, result: { list: "string" } }, (text, separator, _second, frame) => {
    const items: RuleValue[] = text.split(textArgument(separator), LIST_LENGTH_MAX + 1);
    frame.gas -= items.length;
    return items.length > LIST_LENGTH_MAX
      ? fault("list_length", "split yields too many parts")
      : { type: "list", items };
  }),
];

/** Arguments were checked against `parameters` before. */
function textArgument(value: RuleValue): string {
  return typeof value === "string" ? value : "";
}

export const listMethods: readonly Method[] = [
  onList("includes", { parameters: ["any"], result: "boolean" }, ({ items }, wanted, frame) => {
    payForComparing(items, wanted, frame);
    return items.includes(wanted);
  }),
  onList("indexOf", { parameters: ["any"], result: "number" }, ({ items }, wanted, frame) => {
    payForComparing(items, wanted, frame);
    return items.indexOf(wanted);
  }),
];

/** Long texts that differ in the end only take long to tell apart. */
function payForComparing(items: readonly RuleValue[], wanted: RuleValue, frame: Frame): void {
  if (typeof wanted === "string") frame.gas -= Math.ceil((items.length * wanted.length) / 16);
}

export const mapMethods: readonly Method[] = [
  onMap("get", { parameters: ["string"], result: "any" }, (map, name, frame) =>
    lookUpMember(map, textArgument(name), frame),
  ),
];

export const scalarMethods: readonly Method[] = [
  onScalar("number", "toString", "string", (value) => String(value)),
  onScalar("boolean", "toString", "string", (value) => String(value)),
];

const ofNumber = { parameters: ["number"], result: "number" } as const;
const ofNumbers = { parameters: ["number", "number"], result: "number" } as const;

export const globalMethods: readonly Method[] = [
  global("Number", { parameters: ["any"], result: "number" }, numberOfValue),
  global(
    "String",
    { parameters: ["any"], result: "string" },
    (value) => textOfValue(value) ?? fault("wrong_type", "this has no text"),
  ),
  global("parseFloat", { parameters: ["any"], result: "number" }, (value) =>
    Number.parseFloat(textOfValue(value) ?? ""),
  ),
  global("Math.min", ofNumbers, (first, second) => Math.min(numberOfValue(first), numberOfValue(second))),
  global("Math.max", ofNumbers, (first, second) => Math.max(numberOfValue(first), numberOfValue(second))),
  global("Math.floor", ofNumber, (value) => Math.floor(numberOfValue(value))),
  global("Math.ceil", ofNumber, (value) => Math.ceil(numberOfValue(value))),
  global("Math.round", ofNumber, (value) => Math.round(numberOfValue(value))),
  global("Math.abs", ofNumber, (value) => Math.abs(numberOfValue(value))),
];
