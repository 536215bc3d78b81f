// Creative: an uploaded archive with one template, whose name says what it makes. Compiled to parts, texts and code in turns, so that a long page is
// not one long text of the machine.
//
//   T1. Paths lead nowhere but into the archive, and texts are UTF-8.
//   T2. In a creative of class JAVASCRIPT what the data say is escaped for the inside of a string of that language, in others for HTML.

import { unfoldZip } from "../../base/zip.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { CreativeClass } from "../../model/action.ts";
import { type CreativeTexts, DEFAULT_LOCALE, localeOf, textsIn } from "../parse/creative_texts.ts";
import type { Compilation } from "../documents/compilation.ts";
import {
  CREATIVE_BYTES_UNFOLDED_MAX,
  CREATIVE_FILES_MAX,
  CREATIVE_PARTS_MAX,
  CREATIVE_PATH_LENGTH_MAX,
  TEMPLATE_LENGTH_MAX,
} from "../limits.ts";
import type { Parameters } from "../documents/parameters.ts";
import type { ValueSource } from "../program.ts";
import { START } from "../parse/refusal.ts";
import { type Expression, HTML_FUNCTION, SCRIPT_FUNCTION, type SourceError } from "../parse/syntax.ts";
import { parseTemplateParts } from "../parse/template_parser.ts";

/** Name of the template -> what it makes. */
const renderers: ReadonlyMap<string, CreativeClass> = new Map([
  ["email.hbs", "EMAIL"],
  ["email.html", "EMAIL"],
  ["javascript.hbs", "JAVASCRIPT"],
  ["javascript.js", "JAVASCRIPT"],
  ["page.hbs", "PAGE"],
  ["page.html", "PAGE"],
]);

/** What can be wrong with the files of a creative. */
export type CreativeFault =
  | "unreadable"
  | "path_invalid"
  | "path_too_long"
  | "file_too_large"
  | "not_utf8"
  | "no_template"
  | "many_templates"
  | "default_locale_missing"
  | "locale_invalid";

export interface CreativeError {
  readonly fault: CreativeFault;
  readonly message: string;
}

interface Creative {
  readonly classification: CreativeClass;
  readonly template: string;
  /** Null: it has none. */
  readonly texts: CreativeTexts | null;
}

interface ParsedCreative {
  readonly classification: CreativeClass;
  readonly parts: readonly Expression[];
}

/** Creatives that were parsed before, oldest first: a program is compiled anew for each change of one of its campaigns. */
const parsedBefore = new Map<string, Result<ParsedCreative, SourceError>>();
/** With their archives of up to 88 KiB as text, and trees of some ten times the template. */
const PARSED_MAX = 64;

function parseCreative(archive: string): Result<ParsedCreative, SourceError> {
  const known = parsedBefore.get(archive);
  if (known !== undefined) return known;
  const parsed = parse(archive);
  const [oldest] = parsedBefore.keys();
  if (parsedBefore.size >= PARSED_MAX && oldest !== undefined) parsedBefore.delete(oldest);
  parsedBefore.set(archive, parsed);
  return parsed;
}

function parse(archive: string): Result<ParsedCreative, SourceError> {
  const creative = creativeIn(archive);
  if (!creative.ok) return fail({ message: creative.error.message, place: START });
  const { classification, template, texts } = creative.value;
  const escape = classification === "JAVASCRIPT" ? SCRIPT_FUNCTION : HTML_FUNCTION;
  const parts = parseTemplateParts(template, escape, texts);
  if (!parts.ok) return parts;
  return parts.value.length > CREATIVE_PARTS_MAX
    ? fail({ message: `a template has up to ${CREATIVE_PARTS_MAX} parts`, place: START })
    : ok({ classification, parts: parts.value });
}

/** @param archive a ZIP archive in base64; what is wrong with it is reported, and null. */
export function compileCreativeArchive(
  archive: string,
  parameters: Parameters,
  compilation: Compilation,
): { readonly classification: CreativeClass; readonly parts: readonly ValueSource[] } | null {
  const parsed = parseCreative(archive);
  if (!parsed.ok) {
    compilation.errors.add(parameters.site, "archive", parsed.error.message, parsed.error.place);
    return null;
  }
  const { classification, parts: expressions } = parsed.value;
  const parts: ValueSource[] = [];
  for (const part of expressions) {
    const source = compilePart(part, parameters, compilation);
    if (source === null) return null;
    parts.push(source);
  }
  return { classification, parts };
}

function compilePart(part: Expression, parameters: Parameters, compilation: Compilation): ValueSource | null {
  if (part.kind === "literal") return { kind: "constant", value: part.value };
  const entry = compilation.entryOf(parameters, "archive", part, "display_context");
  return entry === null ? null : { kind: "code", pc: entry.pc };
}

/** What is wrong with the files of an archive in base64; null when there is nothing. Whether its template compiles is asked when it is published. */
export function creativeError(archive: string): CreativeError | null {
  const creative = creativeIn(archive);
  return creative.ok ? null : creative.error;
}

function creativeIn(archive: string): Result<Creative, CreativeError> {
  const files = unfoldZip(Buffer.from(archive, "base64"), {
    bytesMax: CREATIVE_BYTES_UNFOLDED_MAX,
    filesMax: CREATIVE_FILES_MAX,
  });
  if (files === null) return wrong("unreadable", "the creative is no ZIP archive, or unfolds to too much");
  const found: Omit<Creative, "texts">[] = [];
  const locales = new Map<string, string>();
  for (const [path, bytes] of files) {
    if (path.length > CREATIVE_PATH_LENGTH_MAX)
      return wrong("path_too_long", `the creative has a path of more than ${CREATIVE_PATH_LENGTH_MAX} characters`);
    if (!isInside(path)) return wrong("path_invalid", `the creative has a path that leads out of it: ${path}`);
    const classification = renderers.get(path);
    const locale = localeOf(path);
    if (classification === undefined && locale === null) continue;
    const text = textOf(bytes);
    if (text === null) return wrong("not_utf8", `${path} of the creative is not in UTF-8`);
    if (text.length > TEMPLATE_LENGTH_MAX)
      return wrong("file_too_large", `${path} of the creative has more than ${TEMPLATE_LENGTH_MAX} characters`);
    if (classification !== undefined) found.push({ classification, template: text });
    else if (locale !== null) locales.set(locale, text);
  }
  const [creative] = found;
  if (creative === undefined || found.length > 1) {
    const message = `the creative needs exactly one of the templates ${[...renderers.keys()].join(", ")}`;
    return wrong(creative === undefined ? "no_template" : "many_templates", message);
  }
  const texts = textsIn(locales);
  if (texts.ok) return ok({ ...creative, texts: texts.value });
  return wrong(locales.has(DEFAULT_LOCALE) ? "locale_invalid" : "default_locale_missing", texts.error);
}

function wrong(fault: CreativeFault, message: string): Result<never, CreativeError> {
  return fail({ fault, message });
}

/** T1. */
function isInside(path: string): boolean {
  return !path.startsWith("/") && !path.includes("\\") && !path.split("/").includes("..");
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // What the decoder throws says nothing but that the bytes are none.
    return null;
  }
}
