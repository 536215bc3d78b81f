// ValueTree: a parameter that is data with expressions anywhere in it. What holds none is one constant.

import { setMember } from "../../base/members.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import type { Compilation } from "./compilation.ts";
import { DOCUMENT_DEPTH_MAX } from "../limits.ts";
import type { Root } from "../opcodes.ts";
import type { Parameters } from "./parameters.ts";
import type { ValueSource } from "../program.ts";

export type ValueTree =
  | ValueSource
  | { readonly kind: "map"; readonly members: { readonly [name: string]: ValueTree } }
  | { readonly kind: "list"; readonly items: readonly ValueTree[] };

/** Null when absent. Expressions see the context as `root`. */
export function compileTree(
  parameters: Parameters,
  name: string,
  compilation: Compilation,
  root: Root,
): ValueTree | null {
  const value = parameters.value(name);
  if (value === undefined) return null;
  return treeOf(value, (text) => compilation.sourceOf(parameters, name, text, root), 0);
}

function treeOf(value: JsonValue, compile: (text: string) => ValueSource, depth: number): ValueTree {
  if (typeof value === "string") return compile(value);
  if (typeof value !== "object" || value === null || depth > DOCUMENT_DEPTH_MAX) return { kind: "constant", value };
  if (Array.isArray(value)) {
    const items = value.map((item) => treeOf(item, compile, depth + 1));
    return items.every(({ kind }) => kind === "constant") ? { kind: "constant", value } : { kind: "list", items };
  }
  const members = Object.entries(value).map(([name, member]) => [name, treeOf(member, compile, depth + 1)] as const);
  return members.every(([, { kind }]) => kind === "constant")
    ? { kind: "constant", value }
    : { kind: "map", members: Object.fromEntries(members) };
}

/** @param read yields what a source yields */
export function treeValue(tree: ValueTree, read: (source: ValueSource) => JsonValue): JsonValue {
  switch (tree.kind) {
    case "constant":
    case "code":
      return read(tree);
    case "list":
      return tree.items.map((item) => treeValue(item, read));
    case "map": {
      const members: JsonObject = {};
      for (const [name, member] of Object.entries(tree.members)) setMember(members, name, treeValue(member, read));
      return members;
    }
  }
}
