// Conditions and actions of prehandlers: one row a type, from its members to what the front does. Expressions become the same bytecode as those of campaigns.

import { blockLists } from "../../model/block.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import type { PrehandlerActionType, PrehandlerConditionType, PrehandlerDocument } from "../../model/prehandler.ts";
import { containerOfSandbox } from "../context_api/api_prehandler.ts";
import type { Compilation } from "../documents/compilation.ts";
import { PROGRAM_SITE, type Site } from "../documents/compile_error.ts";
import { findMethod } from "../context_api/context_api.ts";
import { PREHANDLER_PARTS_MAX, PREHANDLERS_MAX } from "../limits.ts";
import { opcodeNamed, opcodeWidth } from "../opcodes.ts";
import { expressionSource, type Parameters, type Source, unsupportedPrefix } from "../documents/parameters.ts";
import type { CompiledPrehandler, PrehandlerAction, PrehandlerCondition } from "../prehandler.ts";
import type { Pc } from "../program.ts";

interface PartKind<T> {
  readonly fields: readonly string[];
  /** Null when it is refused, which is then reported. */
  compile(parameters: Parameters, compilation: Compilation): T | null;
}

type CodeRoot = "prehandler" | "prehandler_action";

export const conditionKinds: { readonly [T in PrehandlerConditionType]: PartKind<PrehandlerCondition> } = {
  BLOCK_MATCH: {
    fields: ["considered_block_list_types"],
    compile: (parameters) => ({
      kind: "listed",
      lists: parameters.someOf("considered_block_list_types", blockLists) ?? [...blockLists],
    }),
  },
  DATA_EXISTS: {
    fields: ["data_keys"],
    compile: (parameters) => ({
      kind: "data",
      names: required(parameters, "data_keys", parameters.texts("data_keys")),
    }),
  },
  EVENT_NAME_MATCH: {
    fields: ["event_names"],
    compile: (parameters) => ({
      kind: "event_names",
      names: required(parameters, "event_names", parameters.names("event_names")),
    }),
  },
  EXPRESSION: {
    fields: ["expression"],
    compile: (parameters, compilation) => codeOf(parameters, compilation, "prehandler"),
  },
  HTTP_HEADER_MATCH: { fields: ["http_headers", "http_header_names"], compile: compileHeaders },
  JAVASCRIPT_V1: {
    fields: ["javascript"],
    compile: (parameters, compilation) => scriptOf(parameters, compilation, "prehandler"),
  },
};

export const actionKinds: { readonly [T in PrehandlerActionType]: PartKind<PrehandlerAction> } = {
  EXPRESSION: {
    fields: ["expression"],
    compile: (parameters, compilation) => codeOf(parameters, compilation, "prehandler_action"),
  },
  JAVASCRIPT_V1: {
    fields: ["javascript"],
    compile: (parameters, compilation) => scriptOf(parameters, compilation, "prehandler_action"),
  },
  MAP_DATA_ATTRIBUTES: { fields: ["data_attribute_mappings"], compile: compileMappings },
  SET_DATA: {
    fields: ["data", "default_data", "delete_data"],
    compile: (parameters) => ({
      kind: "set_data",
      data: values(parameters, "data"),
      defaults: values(parameters, "default_data"),
      removed: parameters.texts("delete_data") ?? [],
    }),
  },
  SET_SANDBOX: {
    fields: ["sandbox_id"],
    compile: (parameters) => {
      const id = parameters.requiredText("sandbox_id");
      const container = containerOfSandbox(id);
      if (container === null)
        parameters.report("sandbox_id", `there is no sandbox ${id}: it is production-test or the like`);
      return container === null ? null : { kind: "set_container", container };
    },
  },
};

/** Those that are enabled, in their order. */
export function compilePrehandlers(
  documents: readonly PrehandlerDocument[],
  compilation: Compilation,
): readonly CompiledPrehandler[] {
  if (documents.length > PREHANDLERS_MAX)
    compilation.errors.add(PROGRAM_SITE, "prehandlers", `a client has up to ${PREHANDLERS_MAX} prehandlers`);
  const compiled = documents.slice(0, PREHANDLERS_MAX).flatMap((document) => {
    const site: Site = { ...PROGRAM_SITE, prehandler: document.id };
    const { name, enabled = false, order = 0 } = document;
    const parameters = compilation.parameters({ name, enabled, order }, site);
    const place = parameters.number("order") ?? 0;
    if (!parameters.boolean("enabled", false)) return [];
    return [{ place, prehandler: compileOne(document, parameters.requiredText("name"), site, compilation) }];
  });
  const byPlace = compiled.sort((a, b) => a.place - b.place || (a.prehandler.id < b.prehandler.id ? -1 : 1));
  return byPlace.map(({ prehandler }) => prehandler);
}

function compileOne(
  { id, conditions = [], actions = [] }: PrehandlerDocument,
  name: string,
  site: Site,
  compilation: Compilation,
): CompiledPrehandler {
  const { assembler } = compilation;
  if (conditions.length > PREHANDLER_PARTS_MAX || actions.length > PREHANDLER_PARTS_MAX)
    compilation.errors.add(site, null, `a prehandler has up to ${PREHANDLER_PARTS_MAX} conditions and as many actions`);
  const start = assembler.code.length;
  const parts = {
    conditions: compileParts(conditions, conditionKinds, { site, compilation, words: "condition" }),
    actions: compileParts(actions, actionKinds, { site, compilation, words: "action" }),
  };
  return { id, name, ...parts, looksAtPerson: looksAtPerson(assembler.code, start) };
}

function compileParts<T>(
  documents: readonly JsonObject[],
  kinds: { readonly [type: string]: PartKind<T> },
  { site, compilation, words }: { readonly site: Site; readonly compilation: Compilation; readonly words: string },
): T[] {
  return documents.slice(0, PREHANDLER_PARTS_MAX).flatMap((document) => {
    const { id: _id, type, ...members } = document;
    const parameters = compilation.parameters(members, site);
    const kind = typeof type === "string" && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (kind === undefined) {
      compilation.errors.add(site, "type", `there is no ${words} of type ${typeof type === "string" ? type : ""}`);
      return [];
    }
    parameters.refuseOthers(kind.fields);
    return kind.compile(parameters, compilation) ?? [];
  });
}

function required(parameters: Parameters, name: string, list: string[] | null): string[] {
  if (list === null) parameters.report(name, `${name} names nothing`);
  return list ?? [];
}

/** A literal true or false is a verdict, too. */
function codeOf(
  parameters: Parameters,
  compilation: Compilation,
  root: CodeRoot,
): { readonly kind: "code"; readonly pc: Pc } | null {
  const value = parameters.value("expression");
  const source = expressionSource(value);
  if (source !== null) return entryOf(parameters, compilation, { name: "expression", source, root });
  parameters.require("expression");
  const verdict = parameters.boolean("expression", false);
  return { kind: "code", pc: constantCode(compilation, verdict) };
}

function constantCode({ assembler }: Compilation, verdict: boolean): Pc {
  const pc = assembler.begin();
  assembler.emit("VALUE", assembler.value(verdict));
  assembler.emit("RETURN");
  return pc;
}

/** Without a prefix: it always is of run time. */
function scriptOf(
  parameters: Parameters,
  compilation: Compilation,
  root: CodeRoot,
): { readonly kind: "code"; readonly pc: Pc } | null {
  const text = parameters.value("javascript");
  if (typeof text !== "string" || text.trim() === "") {
    parameters.report("javascript", "javascript is missing");
    return null;
  }
  const source = expressionSource(text) ?? { language: "script", text };
  return entryOf(parameters, compilation, { name: "javascript", source, root });
}

function entryOf(
  parameters: Parameters,
  compilation: Compilation,
  of: { readonly name: string; readonly source: Source; readonly root: CodeRoot },
): { readonly kind: "code"; readonly pc: Pc } | null {
  const entry = compilation.entry(parameters, of.name, of.source, of.root);
  return entry === null ? null : { kind: "code", pc: entry.pc };
}

function compileHeaders(parameters: Parameters): PrehandlerCondition | null {
  const given = parameters.map("http_headers") ?? {};
  const named = (parameters.texts("http_header_names") ?? []).map((name) => ({ name: name.toLowerCase(), values: [] }));
  const headers = Object.entries(given).map(([name, list]) => ({
    name: name.toLowerCase(),
    values: (Array.isArray(list) ? list : [list]).filter((value) => typeof value === "string"),
  }));
  if (named.length + headers.length > 0) return { kind: "headers", headers: [...headers, ...named] };
  parameters.report(null, "a condition on headers names one in http_headers or http_header_names");
  return null;
}

function compileMappings(parameters: Parameters): PrehandlerAction | null {
  const list = parameters.value("data_attribute_mappings");
  if (!Array.isArray(list) || list.length === 0) {
    parameters.report("data_attribute_mappings", "data_attribute_mappings names no attribute");
    return null;
  }
  const mappings = list.flatMap((item) => {
    const { attribute, source_attribute, default_value } =
      typeof item === "object" && !Array.isArray(item) ? (item ?? {}) : {};
    if (typeof attribute === "string" && attribute !== "" && typeof source_attribute === "string")
      return [{ to: attribute, from: source_attribute, otherwise: default_value ?? undefined }];
    parameters.report("data_attribute_mappings", "a mapping has an attribute and a source_attribute");
    return [];
  });
  return { kind: "map_data", mappings };
}

function values(parameters: Parameters, name: string): (readonly [string, JsonValue])[] {
  const map = parameters.map(name) ?? {};
  const prefix = unsupportedPrefix(map);
  if (prefix !== null)
    parameters.report(
      name,
      `${prefix} is not supported for ${name}: an EXPRESSION action sets what depends on the event`,
    );
  return Object.entries(map);
}

/** Whether any code from `start` on asks for the candidate. */
function looksAtPerson(code: readonly number[], start: Pc): boolean {
  const call = opcodeNamed("CALL").number;
  const numbers = (["prehandler", "prehandler_action"] as const).map((owner) =>
    findMethod(owner, "getCandidatePerson"),
  );
  for (let pc = start; pc < code.length; pc += opcodeWidth[code[pc] ?? 0] ?? 1) {
    if (code[pc] === call && numbers.includes(code[pc + 1])) return true;
  }
  return false;
}
