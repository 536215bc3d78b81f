// Texts of a creative, by locale: `locales/default.json` and, beside it, one file a language or region. In the template, `{{text.title}}` is the title in
// the locale that the event says, else the person's; where that has none, in its language; else the default one.

import { fail, ok, type Result } from "../../base/result.ts";
import { isJsonObject } from "../../model/json.ts";
import { CREATIVE_TEXTS_MAX } from "../limits.ts";
import { type Expression, LOCALE_FUNCTION, type Place } from "./syntax.ts";

/** Key -> locale in lower case, or "default" -> text. */
export type CreativeTexts = ReadonlyMap<string, ReadonlyMap<string, string>>;

export const DEFAULT_LOCALE = "default";
const LOCALE_FILE = /^locales\/([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}|default)\.json$/;
const KEY = /^[\w-]{1,100}(?:\.[\w-]{1,100}){0,4}$/;

/** Null: the file is none of these. */
export function localeOf(path: string): string | null {
  const name = LOCALE_FILE.exec(path)?.[1];
  return name === undefined ? null : plainLocale(name);
}

export function plainLocale(locale: string): string {
  return locale.trim().replaceAll("_", "-").toLowerCase();
}

/** @param files JSON by locale; null: there are none */
export function textsIn(files: ReadonlyMap<string, string>): Result<CreativeTexts | null, string> {
  if (files.size === 0) return ok(null);
  const texts = new Map<string, Map<string, string>>();
  for (const [locale, json] of [...files].toSorted(
    ([a], [b]) => Number(b === DEFAULT_LOCALE) - Number(a === DEFAULT_LOCALE),
  )) {
    const parsed = parse(json);
    if (parsed === null) return fail(`locales/${locale}.json of the creative must be a JSON object of texts`);
    for (const [key, text] of parsed) {
      if (!KEY.test(key)) return fail(`locales/${locale}.json: ${key} is no key`);
      const known = texts.get(key);
      if (known === undefined && locale !== DEFAULT_LOCALE)
        return fail(`locales/${locale}.json: the default locale has no ${key}`);
      (known ?? texts.set(key, new Map()).get(key))?.set(locale, text);
      if (texts.size > CREATIVE_TEXTS_MAX) return fail(`a creative has up to ${CREATIVE_TEXTS_MAX} texts`);
    }
  }
  return files.has(DEFAULT_LOCALE) ? ok(texts) : fail("the creative has no locales/default.json");
}

/** Null when it is something else. */
function parse(json: string): [string, string][] | null {
  try {
    const value: unknown = JSON.parse(json);
    if (!isJsonObject(value)) return null;
    const entries = Object.entries(value);
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return texts.length === entries.length ? texts : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The text of a key in the locale that is wanted when it is shown. */
export function localizedText(byLocale: ReadonlyMap<string, string>, place: Place): Expression {
  const context: Expression = { kind: "name", name: "context", place };
  const call = (object: Expression, name: string): Expression => ({ kind: "call", object, name, arguments: [], place });
  const said: Expression = {
    kind: "member",
    object: call(call(context, "getCauseEvent"), "getData"),
    name: "locale",
    place,
  };
  const own = call(call(context, "getPerson"), "getPreferredLocale");
  const wanted: Expression = { kind: "logical", operator: "??", left: said, right: own, place };
  const values = [...byLocale.values()].map((value): Expression => ({ kind: "literal", value, place }));
  const table: Expression = { kind: "map", names: [...byLocale.keys()], values, place };
  return { kind: "function_call", name: LOCALE_FUNCTION, arguments: [table, wanted], place };
}
