// Source text of an expression -> syntax tree. The only file that knows acorn.
//
//   P1. Accepted is what the switches below name; every other kind of node is refused by its name and place. Nothing is skipped.
//   P2. Names that reach behind data (`__proto__`, `constructor`, `prototype`) are refused wherever a name may stand.
//   P3. Length and nesting are bounded before acorn sees the text: its own recursion has no bound.

import * as acorn from "acorn";
import { fail, ok, type Result } from "../../base/result.ts";
import { EXPRESSION_DEPTH_MAX, EXPRESSION_LENGTH_MAX } from "../limits.ts";
import { parseStatements } from "./parse_statements.ts";
import { type Loop, loops } from "../opcodes.ts";
import { readPattern } from "../pattern.ts";
import { checkedName, placeOf, Refusal, refuse, START } from "./refusal.ts";
import type { Expression, Place, SourceError } from "./syntax.ts";

const ECMA_VERSION = 2022;

export function parseExpression(source: string): Result<Expression, SourceError> {
  return parseWith(source, () => convertRoot(parseWithAcorn(source)));
}

/** Statements, of which one that is an expression alone is its value; or whatever `parseExpression` takes. */
export function parseScript(source: string): Result<Expression, SourceError> {
  const script = parseWith(source, () => convertScript(source));
  if (script.ok) return script;
  const expression = parseExpression(source);
  return expression.ok ? expression : script;
}

function parseWith(source: string, parse: () => Expression): Result<Expression, SourceError> {
  if (source.length > EXPRESSION_LENGTH_MAX) {
    return fail({
      message: `an expression may have ${EXPRESSION_LENGTH_MAX} characters, this has ${source.length}`,
      place: START,
    });
  }
  const tooDeep = findTooDeep(source);
  if (tooDeep !== null)
    return fail({ message: `nested more than ${EXPRESSION_DEPTH_MAX} levels deep`, place: tooDeep });
  try {
    return ok(parse());
  } catch (error) {
    if (error instanceof Refusal) return fail({ message: error.message, place: error.place });
    throw error;
  }
}

/** P3. Counts brackets in texts and comments, too; nobody writes 200 of them there. */
function findTooDeep(source: string): Place | null {
  let depth = 0;
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < source.length; i++) {
    const letter = source[i];
    if (letter === "\n") {
      line++;
      lineStart = i + 1;
    } else if (letter === "(" || letter === "[" || letter === "{") {
      if (++depth > EXPRESSION_DEPTH_MAX) return { line, column: i - lineStart + 1 };
    } else if (letter === ")" || letter === "]" || letter === "}") {
      depth--;
    }
  }
  return null;
}

const acornOptions = { ecmaVersion: ECMA_VERSION, sourceType: "script", locations: true } as const;

function convertScript(source: string): Expression {
  const { body } = guarded(() => acorn.parse(source, { ...acornOptions, allowReturnOutsideFunction: true }));
  const statements = body.filter(isStatement);
  const [first] = statements;
  if (statements.length === 1 && first?.type === "ExpressionStatement") return convertRoot(first.expression);
  return { kind: "block", statements: parseStatements(statements, 1, convert), place: START };
}

/** Scripts have neither imports nor exports. */
function isStatement(node: acorn.Statement | acorn.ModuleDeclaration): node is acorn.Statement {
  return node.type !== "EmptyStatement" && !node.type.startsWith("Import") && !node.type.startsWith("Export");
}

function parseWithAcorn(source: string): acorn.Expression {
  return guarded(() => {
    const node = acorn.parseExpressionAt(source, 0, acornOptions);
    const rest = source
      .slice(node.end)
      .replace(/^[\s)]*;?/, "")
      .trim();
    if (rest.length > 0) throw new Refusal(`unexpected text after the expression: ${rest.slice(0, 20)}`, endOf(node));
    return node;
  });
}

/** @throws Refusal for what acorn throws */
function guarded<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // Deep nesting without brackets, such as a long row of "!", exhausts acorn's recursion.
    if (error instanceof RangeError) throw new Refusal("nested too deeply", START);
    if (error instanceof SyntaxError)
      throw new Refusal(error.message.replace(/ \(\d+:\d+\)$/, ""), placeOfSyntaxError(error));
    throw error;
  }
}

function endOf(node: acorn.Node): Place {
  return node.loc ? { line: node.loc.end.line, column: node.loc.end.column + 1 } : START;
}

function placeOfSyntaxError(error: SyntaxError): Place {
  const at: unknown = Reflect.get(error, "loc");
  if (typeof at !== "object" || at === null || !("line" in at) || !("column" in at)) return START;
  return typeof at.line === "number" && typeof at.column === "number"
    ? { line: at.line, column: at.column + 1 }
    : START;
}

/** A function at the root, called or not, is its body. */
function convertRoot(node: acorn.Expression): Expression {
  const isCall = node.type === "CallExpression" && node.arguments.length === 0;
  const callee = isCall && node.callee.type !== "Super" ? node.callee : node;
  if (callee.type !== "FunctionExpression" && callee.type !== "ArrowFunctionExpression") return convert(node, 1);
  const [parameter] = callee.params;
  const isPlain =
    callee.params.length === 0 ||
    (callee.params.length === 1 && parameter?.type === "Identifier" && parameter.name === "context");
  if (!isPlain) refuse(callee, "a root function with parameters other than context");
  return convertFunctionBody(callee, 1);
}

function convertFunctionBody(
  node: acorn.FunctionExpression | acorn.ArrowFunctionExpression,
  depth: number,
): Expression {
  if (node.async) refuse(node, "async function");
  if (node.generator) refuse(node, "generator function");
  if (node.body.type !== "BlockStatement") return convert(node.body, depth + 1);
  return { kind: "block", statements: parseStatements(node.body.body, depth + 1, convert), place: placeOf(node) };
}

function convert(node: acorn.Expression, depth: number): Expression {
  if (depth > EXPRESSION_DEPTH_MAX)
    throw new Refusal(`nested more than ${EXPRESSION_DEPTH_MAX} levels deep`, placeOf(node));
  const place = placeOf(node);
  switch (node.type) {
    case "Literal":
      return convertLiteral(node);
    case "Identifier":
      if (node.name === "undefined") return { kind: "literal", value: null, place };
      return { kind: "name", name: checkedName(node, node.name), place };
    case "ParenthesizedExpression":
      return convert(node.expression, depth + 1);
    case "MemberExpression":
      return convertMember(node, depth);
    case "CallExpression":
      return convertCall(node, depth);
    case "UnaryExpression":
      if (node.operator !== "!" && node.operator !== "-") return refuse(node, `operator ${node.operator}`);
      return { kind: node.operator === "!" ? "not" : "negate", operand: convert(node.argument, depth + 1), place };
    case "BinaryExpression":
      return convertBinary(node, depth);
    case "LogicalExpression":
      return {
        kind: "logical",
        operator: node.operator,
        left: convert(node.left, depth + 1),
        right: convert(node.right, depth + 1),
        place,
      };
    case "ConditionalExpression": {
      const { test, consequent, alternate } = node;
      return {
        kind: "conditional",
        test: convert(test, depth + 1),
        then: convert(consequent, depth + 1),
        otherwise: convert(alternate, depth + 1),
        place,
      };
    }
    case "ArrayExpression":
      return { kind: "list", items: node.elements.map((item) => convertItem(item, node, depth + 1)), place };
    case "ObjectExpression":
      return convertObject(node, depth);
    case "TemplateLiteral":
      return convertTemplate(node, depth);
    default:
      return refuse(node);
  }
}

function convertLiteral(node: acorn.Literal): Expression {
  const { value } = node;
  if (node.regex !== undefined) {
    const pattern = readPattern(node.regex.pattern, node.regex.flags);
    if (!pattern.ok) throw new Refusal(pattern.error, placeOf(node));
    return { kind: "pattern", pattern: pattern.value, place: placeOf(node) };
  }
  if (typeof value === "bigint" || (typeof value === "object" && value !== null)) return refuse(node);
  return { kind: "literal", value: value ?? null, place: placeOf(node) };
}

function convertItem(
  node: acorn.Expression | acorn.SpreadElement | null,
  parent: acorn.Node,
  depth: number,
): Expression {
  if (node === null) return refuse(parent, "a hole in a list");
  return node.type === "SpreadElement" ? refuse(node) : convert(node, depth);
}

function convertMember(node: acorn.MemberExpression, depth: number): Expression {
  const place = placeOf(node);
  if (node.optional) refuse(node, "optional chaining");
  if (node.object.type === "Super") return refuse(node.object);
  if (node.property.type === "PrivateIdentifier") return refuse(node.property);
  const object = convert(node.object, depth + 1);
  if (!node.computed) {
    if (node.property.type !== "Identifier") return refuse(node.property);
    return { kind: "member", object, name: checkedName(node.property, node.property.name), place };
  }
  const index = convert(node.property, depth + 1);
  if (index.kind === "literal" && typeof index.value === "string") {
    return { kind: "member", object, name: checkedName(node.property, index.value), place };
  }
  return { kind: "index", object, index, place };
}

function convertCall(node: acorn.CallExpression, depth: number): Expression {
  const { callee } = node;
  const place = placeOf(node);
  if (node.optional) refuse(node, "optional chaining");
  if (callee.type === "Identifier") {
    return {
      kind: "function_call",
      name: checkedName(callee, callee.name),
      arguments: convertArguments(node, depth),
      place,
    };
  }
  if (callee.type !== "MemberExpression") return refuse(callee, `a call of ${callee.type}`);
  if (callee.computed || callee.property.type !== "Identifier") return refuse(callee, "a call of a computed member");
  if (callee.optional) refuse(callee, "optional chaining");
  if (callee.object.type === "Super") return refuse(callee.object);
  const name = checkedName(callee.property, callee.property.name);
  if (callee.object.type === "Identifier" && (callee.object.name === "Math" || callee.object.name === "Java")) {
    return {
      kind: "function_call",
      name: `${callee.object.name}.${name}`,
      arguments: convertArguments(node, depth),
      place,
    };
  }
  const object = convert(callee.object, depth + 1);
  const loop = loops.find((candidate) => candidate === name);
  if (loop !== undefined) return convertLoop(node, loop, object, depth);
  return { kind: "call", object, name, arguments: convertArguments(node, depth), place: placeOf(callee.property) };
}

function convertArguments(node: acorn.CallExpression, depth: number): Expression[] {
  return node.arguments.map((argument) => convertItem(argument, node, depth + 1));
}

function convertLoop(node: acorn.CallExpression, loop: Loop, list: Expression, depth: number): Expression {
  const [callback] = node.arguments;
  if (node.arguments.length !== 1 || callback?.type !== "ArrowFunctionExpression")
    return refuse(node, `${loop} without one arrow function`);
  const [parameter] = callback.params;
  if (callback.params.length !== 1 || parameter?.type !== "Identifier")
    return refuse(callback, "a callback without exactly one plain parameter");
  const name = checkedName(parameter, parameter.name);
  return {
    kind: "loop",
    loop,
    list,
    parameter: name,
    body: convertFunctionBody(callback, depth + 1),
    place: placeOf(node),
  };
}

function convertBinary(node: acorn.BinaryExpression, depth: number): Expression {
  const place = placeOf(node);
  if (node.left.type === "PrivateIdentifier") return refuse(node.left);
  const left = convert(node.left, depth + 1);
  const right = convert(node.right, depth + 1);
  switch (node.operator) {
    case "==":
    case "!=":
      if (!isNull(left) && !isNull(right)) return refuse(node, `${node.operator} with anything but null`);
      return { kind: "equal", isNegated: node.operator === "!=", left, right, place };
    case "===":
    case "!==":
      return { kind: "equal", isNegated: node.operator === "!==", left, right, place };
    case "<":
    case "<=":
    case ">":
    case ">=":
      return { kind: "compare", comparison: node.operator, left, right, place };
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return { kind: "arithmetic", operator: node.operator, left, right, place };
    default:
      return refuse(node, `operator ${node.operator}`);
  }
}

function isNull(expression: Expression): boolean {
  return expression.kind === "literal" && expression.value === null;
}

function convertObject(node: acorn.ObjectExpression, depth: number): Expression {
  const names: string[] = [];
  const values: Expression[] = [];
  for (const property of node.properties) {
    if (property.type !== "Property") return refuse(property);
    if (property.computed || property.method || property.kind !== "init")
      return refuse(property, "a computed or accessor property");
    names.push(checkedName(property.key, keyOf(property.key)));
    values.push(convert(property.value, depth + 1));
  }
  return { kind: "map", names, values, place: placeOf(node) };
}

function keyOf(key: acorn.Expression): string {
  if (key.type === "Identifier") return key.name;
  return key.type === "Literal" && typeof key.value === "string"
    ? key.value
    : refuse(key, "a key that is neither a name nor a text");
}

function convertTemplate(node: acorn.TemplateLiteral, depth: number): Expression {
  const parts: Expression[] = [];
  node.quasis.forEach((quasi, at) => {
    const text = quasi.value.cooked ?? "";
    if (text.length > 0) parts.push({ kind: "literal", value: text, place: placeOf(quasi) });
    const expression = node.expressions[at];
    if (expression !== undefined) parts.push(convert(expression, depth + 1));
  });
  return { kind: "template", parts, place: placeOf(node) };
}
