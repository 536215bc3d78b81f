// What the compiler knows of the types of values, and what operators take.

import type { StaticType } from "../context_api/method.ts";
import type { TypeName } from "../value.ts";

export const ordered: readonly TypeName[] = ["number", "string", "any"];
export const textual: readonly TypeName[] = ["number", "string", "boolean", "any", "null"];
export const indexable: readonly TypeName[] = ["list", "string", "map", "any"];

export function nameOf(type: StaticType): TypeName {
  return typeof type === "object" ? "list" : type;
}

/** What is known of a value that is one or the other. Null adds nothing: every type may be null. */
export function join(left: StaticType, right: StaticType): StaticType {
  if (left === "null") return right;
  if (right === "null" || left === right) return left;
  if (typeof left === "object" && typeof right === "object") return { list: join(left.list, right.list) };
  return "any";
}
