// Patterns of expressions that are one instruction each, and that the event index reads.
//
//   F1. A fused form yields what the plain instructions would.

import type { Comparison } from "../opcodes.ts";
import type { Expression } from "../parse/syntax.ts";

/** The name in `context.getCauseEvent().getData().name`, `["name"]` or `.get("name")`; null for any other expression. */
export function eventDataName(node: Expression): string | null {
  if (node.kind === "member") return isEventData(node.object) ? node.name : null;
  if (node.kind !== "call" || node.name !== "get" || node.arguments.length !== 1 || !isEventData(node.object))
    return null;
  const [name] = node.arguments;
  return name?.kind === "literal" && typeof name.value === "string" ? name.value : null;
}

function isEventData(node: Expression): boolean {
  return isPlainCall(node, "getData") && isPlainCall(node.object, "getCauseEvent") && isContext(node.object.object);
}

function isPlainCall(node: Expression, name: string): node is Extract<Expression, { kind: "call" }> {
  return node.kind === "call" && node.name === name && node.arguments.length === 0;
}

function isContext(node: Expression): boolean {
  return node.kind === "name" && node.name === "context";
}

export interface DataEquality {
  readonly name: string;
  readonly text: string;
}

/** A member of the event's data compared with a text literal, on either side. */
export function fusedEquality(node: Extract<Expression, { kind: "equal" }>): DataEquality | null {
  return equalityOf(node.left, node.right) ?? equalityOf(node.right, node.left);
}

function equalityOf(data: Expression, literal: Expression): DataEquality | null {
  const name = eventDataName(data);
  return name !== null && literal.kind === "literal" && typeof literal.value === "string"
    ? { name, text: literal.value }
    : null;
}

/** Equalities that must hold for the expression to be true. */
export function requiredEqualities(node: Expression): DataEquality[] {
  if (node.kind === "logical" && node.operator === "&&")
    return [...requiredEqualities(node.left), ...requiredEqualities(node.right)];
  if (node.kind !== "equal" || node.isNegated) return [];
  const equality = fusedEquality(node);
  return equality === null ? [] : [equality];
}

export interface DataComparison {
  readonly name: string;
  readonly comparison: Comparison;
  readonly number: number;
}

const mirrored: Readonly<Record<Comparison, Comparison>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** `Number(data)` compared with a number literal, on either side. */
export function fusedComparison(node: Extract<Expression, { kind: "compare" }>): DataComparison | null {
  return (
    comparisonOf(node.left, node.right, node.comparison) ??
    comparisonOf(node.right, node.left, mirrored[node.comparison])
  );
}

function comparisonOf(data: Expression, literal: Expression, comparison: Comparison): DataComparison | null {
  if (data.kind !== "function_call" || data.name !== "Number" || data.arguments.length !== 1) return null;
  const [argument] = data.arguments;
  const name = argument === undefined ? null : eventDataName(argument);
  const number = numberLiteral(literal);
  return name === null || number === null ? null : { name, comparison, number };
}

function numberLiteral(node: Expression): number | null {
  if (node.kind === "negate") {
    const number = numberLiteral(node.operand);
    return number === null ? null : -number;
  }
  return node.kind === "literal" && typeof node.value === "number" ? node.value : null;
}
