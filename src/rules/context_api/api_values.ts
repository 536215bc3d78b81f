// The context API: texts, lists, maps, numbers, and the few global functions. Named and behaving as in JavaScript, except where said.

import { memberOf } from "../../base/members.ts";
import { DEFAULT_LOCALE, plainLocale } from "../parse/creative_texts.ts";
import { lookUpMember } from "../data_lookup.ts";
import { LIST_LENGTH_MAX, TEXT_LENGTH_MAX } from "../limits.ts";
import { bounded, type Method, method, type MethodShape, outOfGas, type StaticType, wrongReceiver } from "./method.ts";
import { findPattern, matchPattern, type Pattern } from "../pattern.ts";
import type { Frame } from "../program.ts";
import { HTML_FUNCTION, LOCALE_FUNCTION, SCRIPT_FUNCTION, TEXT_FUNCTION, TRUTH_FUNCTION } from "../parse/syntax.ts";
import { fault, isTruthy, numberOfValue, type RuleList, type RuleMap, type RuleValue, textOfValue } from "../value.ts";

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
  onText("match", { parameters: ["pattern"], result: { list: "string" } }, (text, pattern, _second, frame) => {
    if (typeof pattern !== "object" || pattern?.type !== "pattern") return null;
    const found = matchPattern(pattern.pattern, text, frame);
    return Array.isArray(found) ? { type: "list", items: found } : found;
  }),
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
  onList("join", { parameters: ["string"], required: 0, result: "string" }, ({ items }, separator, frame) => {
    const between = typeof separator === "string" ? separator : ",";
    let text = "";
    for (const [at, item] of items.entries()) {
      const part = item === null ? "" : textOfValue(item);
      if (part === null) return fault("wrong_type", "an item of the list has no text");
      if (text.length + between.length + part.length > TEXT_LENGTH_MAX)
        return fault("text_length", "the text is too long");
      text += at === 0 ? part : between + part;
    }
    frame.gas -= text.length;
    return text;
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

/** What is absent matches nothing, rather than "null" as in JavaScript. */
export const patternMethods: readonly Method[] = [
  onPattern("test", { parameters: ["any"], result: "boolean" }, (pattern, value, frame) => {
    const text = value === null ? null : textOfValue(value);
    return text === null ? false : findPattern(pattern, text, frame);
  }),
];

export const mapMethods: readonly Method[] = [
  onMap("get", { parameters: ["string"], result: "any" }, (map, name, frame) =>
    lookUpMember(map, textArgument(name), frame),
  ),
];

export const scalarMethods: readonly Method[] = [
  onScalar("number", "toString", "string", (value) => String(value)),
  onScalar("boolean", "toString", "string", (value) => String(value)),
];

const htmlNames: { readonly [letter: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
  "`": "&#x60;",
  "=": "&#x3D;",
};

function escapedLetter(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function templateText(value: RuleValue): string {
  return value === null ? "" : (textOfValue(value) ?? "");
}

function isEmptyList(value: RuleValue): boolean {
  return typeof value === "object" && value?.type === "list" && value.items.length === 0;
}

const ofNumber = { parameters: ["number"], result: "number" } as const;
const ofNumbers = { parameters: ["number", "number"], result: "number" } as const;

export const globalMethods: readonly Method[] = [
  // Lists of the host are lists already.
  global("Java.from", { parameters: ["any"], result: "any" }, (list) => list),
  // Of templates: what is absent, or has no text, is empty.
  global(TEXT_FUNCTION, { parameters: ["any"], result: "string" }, (value) => templateText(value)),
  global(HTML_FUNCTION, { parameters: ["any"], result: "string" }, (value, _second, frame) => {
    const text = templateText(value);
    frame.gas -= text.length;
    return bounded(text.replace(/[&<>"'`=]/g, (letter) => htmlNames[letter] ?? letter));
  }),
  // The text in the locale that is wanted, in its language, or the default one.
  global(LOCALE_FUNCTION, { parameters: ["any", "any"], result: "string" }, (table, wanted) => {
    const texts =
      table !== null && typeof table === "object" && table.type === "map" && table.form === "json" ? table.members : {};
    const locale = plainLocale(typeof wanted === "string" ? wanted : "");
    const found =
      memberOf(texts, locale) ?? memberOf(texts, locale.split("-")[0] ?? "") ?? memberOf(texts, DEFAULT_LOCALE);
    return typeof found === "string" ? found : "";
  }),
  // For the inside of a string of JavaScript, in a page or not.
  global(SCRIPT_FUNCTION, { parameters: ["any"], result: "string" }, (value, _second, frame) => {
    const text = templateText(value);
    frame.gas -= text.length;
    return bounded(text.replace(/[^\w .,:;!?@()[\]{}*+-]/g, escapedLetter));
  }),
  // Unlike in JavaScript, an empty list is no.
  global(TRUTH_FUNCTION, { parameters: ["any"], result: "boolean" }, (value) => isTruthy(value) && !isEmptyList(value)),
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

function onText(
  name: string,
  shape: MethodShape,
  run: (text: string, first: RuleValue, second: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("string", name, shape, (frame, receiver, first, second) => {
    if (typeof receiver !== "string") return wrongReceiver(receiver, name);
    frame.gas -= receiver.length + (typeof first === "string" ? first.length : 0);
    return frame.gas < 0 ? outOfGas() : run(receiver, first, second, frame);
  });
}

function onList(
  name: string,
  shape: MethodShape,
  run: (list: RuleList, first: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("list", name, shape, (frame, receiver, first) => {
    if (receiver === null || typeof receiver !== "object" || receiver.type !== "list")
      return wrongReceiver(receiver, name);
    frame.gas -= receiver.items.length;
    return frame.gas < 0 ? outOfGas() : run(receiver, first, frame);
  });
}

function onMap(
  name: string,
  shape: MethodShape,
  run: (map: RuleMap, first: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("map", name, shape, (frame, receiver, first) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "map"
      ? run(receiver, first, frame)
      : wrongReceiver(receiver, name),
  );
}

function onPattern(
  name: string,
  shape: MethodShape,
  run: (pattern: Pattern, first: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("pattern", name, shape, (frame, receiver, first) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "pattern"
      ? run(receiver.pattern, first, frame)
      : wrongReceiver(receiver, name),
  );
}

/** For any scalar. */
function onScalar(
  owner: "number" | "boolean",
  name: string,
  result: StaticType,
  run: (value: number | boolean) => RuleValue,
): Method {
  return method(owner, name, { result }, (_frame, receiver) =>
    typeof receiver === "number" || typeof receiver === "boolean" ? run(receiver) : wrongReceiver(receiver, name),
  );
}

/** A function without a receiver. */
function global(
  name: string,
  shape: MethodShape,
  run: (first: RuleValue, second: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("global", name, shape, (frame, _receiver, first, second) => run(first, second, frame));
}
