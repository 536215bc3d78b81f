// The statements that a function body may have: const, if, return, blocks, and expressions for what they do.

import type * as acorn from "acorn";
import { EXPRESSION_DEPTH_MAX } from "../limits.ts";
import { checkedName, placeOf, Refusal, refuse } from "./refusal.ts";
import type { Expression, Statement } from "./syntax.ts";

type Convert = (node: acorn.Expression, depth: number) => Expression;

export function parseStatements(nodes: readonly acorn.Statement[], depth: number, convert: Convert): Statement[] {
  return nodes.flatMap((node) => parseStatement(node, depth, convert));
}

function parseStatement(node: acorn.Statement, depth: number, convert: Convert): Statement[] {
  if (depth > EXPRESSION_DEPTH_MAX)
    throw new Refusal(`nested more than ${EXPRESSION_DEPTH_MAX} levels deep`, placeOf(node));
  switch (node.type) {
    case "EmptyStatement":
      return [];
    case "VariableDeclaration":
      return parseDeclaration(node, depth, convert);
    case "IfStatement": {
      const then = parseStatement(node.consequent, depth + 1, convert);
      const otherwise = node.alternate ? parseStatement(node.alternate, depth + 1, convert) : [];
      return [{ kind: "if", test: convert(node.test, depth + 1), then, otherwise, place: placeOf(node) }];
    }
    case "BlockStatement":
      // A scope of its own: the compiler gives one to the arms of `if` only.
      return [
        {
          kind: "if",
          test: { kind: "literal", value: true, place: placeOf(node) },
          then: parseStatements(node.body, depth + 1, convert),
          otherwise: [],
          place: placeOf(node),
        },
      ];
    case "ExpressionStatement":
      return [{ kind: "do", value: convert(node.expression, depth + 1), place: placeOf(node) }];
    case "ReturnStatement":
      return [
        { kind: "return", value: node.argument ? convert(node.argument, depth + 1) : null, place: placeOf(node) },
      ];
    default:
      return refuse(node);
  }
}

function parseDeclaration(node: acorn.VariableDeclaration, depth: number, convert: Convert): Statement[] {
  if (node.kind !== "const") return refuse(node, node.kind);
  return node.declarations.map((declaration): Statement => {
    if (declaration.id.type !== "Identifier") return refuse(declaration.id);
    if (!declaration.init) return refuse(declaration, "const without a value");
    const name = checkedName(declaration.id, declaration.id.name);
    return { kind: "const", name, value: convert(declaration.init, depth + 1), place: placeOf(declaration) };
  });
}
