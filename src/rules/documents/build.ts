// Build time: expressions that are evaluated once, when a campaign is compiled, by the same compiler and machine as those of run time.
//
//   B1. The result depends on the campaign alone: there is no event and no person to see.
//   B2. What fails is reported where it stands, and read as absent.

import { fail, ok, type Result } from "../../base/result.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import { type CompileError, CompileErrors, PROGRAM_SITE, type Site } from "./compile_error.ts";
import { DOCUMENT_DEPTH_MAX } from "../limits.ts";
import { compileAlone } from "../emit/lone_expression.ts";
import { nobody } from "./nobody.ts";
import { expressionSource, type Source } from "./parameters.ts";
import { parseExpression, parseScript } from "../parse/parser.ts";
import type { BuildContext } from "../program.ts";
import { START } from "../parse/refusal.ts";
import type { Expression, SourceError } from "../parse/syntax.ts";
import { parseTemplate } from "../parse/template_parser.ts";
import { isRuleError, toJson } from "../value.ts";
import { evaluate } from "../run/vm.ts";

/**
 * Sources that were parsed before, oldest first: a program is compiled anew for each change of one of its campaigns. Trees are never changed, and depend on
 * nothing but the source.
 */
const parsedBefore = new Map<string, Result<Expression, SourceError>>();
/** Expressions of some hundred campaigns; a tree takes some ten times the text. */
const PARSED_MAX = 4096;

export function parseSource(source: Source): Result<Expression, SourceError> {
  const key = `${source.language}:${source.text}`;
  const known = parsedBefore.get(key);
  if (known !== undefined) return known;
  const parsed = parse(source);
  const [oldest] = parsedBefore.keys();
  if (parsedBefore.size >= PARSED_MAX && oldest !== undefined) parsedBefore.delete(oldest);
  parsedBefore.set(key, parsed);
  return parsed;
}

function parse({ language, text }: Source): Result<Expression, SourceError> {
  switch (language) {
    case "javascript":
      return parseExpression(text);
    case "script":
      return parseScript(text);
    case "handlebars":
      return parseTemplate(text);
  }
}

/** What is wrong with the syntax of an expression; null of anything that is none. */
export function sourceError(value: string): SourceError | null {
  const source = expressionSource(value) ?? expressionSource(value, "buildtime");
  if (source === null) return null;
  const parsed = parseSource(source);
  return parsed.ok ? null : parsed.error;
}

/** The document with what its expressions of build time yield; itself if it has none. */
export function buildDocument(
  document: JsonObject,
  build: BuildContext,
  site: Site,
  errors: CompileErrors,
): JsonObject {
  let built: { [name: string]: JsonValue } | null = null;
  for (const [name, value] of Object.entries(document)) {
    const made = buildMember(value, build, {
      name,
      depth: 0,
      report: (error) => errors.add(site, name, error.message, error.place),
    });
    if (made === value) continue;
    built ??= { ...document };
    built[name] = made;
  }
  return built ?? document;
}

/** An object of a client that belongs to no campaign, as built; or the first thing that is wrong with it. */
export function builtDocument(document: JsonObject): Result<JsonObject, CompileError> {
  const errors = new CompileErrors();
  const built = buildDocument(document, NOTHING_BUILT, PROGRAM_SITE, errors);
  const [first] = errors.list;
  return first === undefined ? ok(built) : fail(first);
}

/** A part of a campaign as built, where it stands; or the first thing that is wrong with it. */
export function builtPart(
  part: JsonObject,
  build: BuildContext,
  at: { readonly campaign: string; readonly controller: string | null },
): Result<JsonObject, CompileError> {
  const errors = new CompileErrors();
  const built = buildDocument(part, build, { ...PROGRAM_SITE, ...at }, errors);
  const [first] = errors.list;
  return first === undefined ? ok(built) : fail(first);
}

/** What is built outside of any campaign. */
export const NOTHING_BUILT: BuildContext = {
  campaignId: "",
  campaignName: "",
  campaignType: "",
  programLabel: "",
  controllerName: null,
  variables: {},
};

interface Building {
  readonly name: string;
  readonly depth: number;
  readonly report: (error: SourceError) => void;
}

function buildMember(value: JsonValue, build: BuildContext, at: Building): JsonValue {
  if (typeof value === "string") return value.includes("@buildtime:") ? buildText(value, build, at) : value;
  if (typeof value !== "object" || value === null) return value;
  if (at.depth > DOCUMENT_DEPTH_MAX) {
    at.report({ message: `${at.name} is nested too deeply`, place: START });
    return null;
  }
  const below = { ...at, depth: at.depth + 1 };
  if (Array.isArray(value)) {
    const items = value.map((item) => buildMember(item, build, below));
    return items.every((item, place) => item === value[place]) ? value : items;
  }
  const members = Object.entries(value).map(([name, member]) => [name, buildMember(member, build, below)] as const);
  return members.every(([name, member]) => member === value[name]) ? value : Object.fromEntries(members);
}

function buildText(value: string, build: BuildContext, { report }: Building): JsonValue {
  const source = expressionSource(value, "buildtime");
  if (source === null) return value;
  const result = evaluateBuild(source, build);
  if (result.ok) return result.value;
  report(result.error);
  return null;
}

function evaluateBuild(source: Source, build: BuildContext): Result<JsonValue, SourceError> {
  const parsed = parseSource(source);
  if (!parsed.ok) return parsed;
  const compiled = compileAlone(parsed.value, "build");
  if (!compiled.ok) return compiled;
  const value = evaluate(compiled.value.rules, compiled.value.pc, { ...nobody, build });
  return isRuleError(value) ? fail({ message: `evaluated now: ${value.message}`, place: START }) : ok(toJson(value));
}
