// Source text of a template -> the syntax tree of expressions. The only file that knows Handlebars, and of it nothing but its parser.
//
//   H1. Accepted is text, `{{path}}`, `{{{path}}}`, comments, and the blocks if, unless and each with else; every other node is refused by its
//       kind and place. Nothing is evaluated by Handlebars, and no helper exists.
//   H2. A path names what has a getter (`person.first_name` is `getPerson().getFirstName()`) or a member of data; what is absent is no text.
//   H3. Names that reach behind data are refused, as in expressions.

// Its compiler and its runtime are not loaded: every thread that has rules would take 25 ms longer to start.
import { parse } from "handlebars/dist/cjs/handlebars/compiler/base.js";
import { fail, ok, type Result } from "../../base/result.ts";
import { type CreativeTexts, localizedText } from "./creative_texts.ts";
import { isRefusedName } from "../data_lookup.ts";
import {
  EXPRESSION_LENGTH_MAX,
  PATH_SEGMENTS_MAX,
  TEMPLATE_BLOCKS_MAX,
  TEMPLATE_DEPTH_MAX,
  TEMPLATE_LENGTH_MAX,
  TEMPLATE_TAGS_MAX,
} from "../limits.ts";
import { Refusal, START } from "./refusal.ts";
import {
  type Expression,
  HTML_FUNCTION,
  type Place,
  type SCRIPT_FUNCTION,
  type SourceError,
  TEXT_FUNCTION,
  TRUTH_FUNCTION,
} from "./syntax.ts";

export function parseTemplate(source: string): Result<Expression, SourceError> {
  return parseWithin(source, EXPRESSION_LENGTH_MAX, (program) => {
    return { kind: "template", parts: convertBody(program, OUTSIDE), place: START };
  });
}

/** The template of a creative, piece by piece. @param escape what is done to values of `{{}}` */
export function parseTemplateParts(
  source: string,
  escape: Escape,
  texts: CreativeTexts | null,
): Result<readonly Expression[], SourceError> {
  return parseWithin(source, TEMPLATE_LENGTH_MAX, (program) => convertBody(program, { ...OUTSIDE, escape, texts }));
}

function parseWithin<T>(
  source: string,
  lengthMax: number,
  convert: (program: hbs.AST.Program) => T,
): Result<T, SourceError> {
  if (source.length > lengthMax) {
    return fail({ message: `a template may have ${lengthMax} characters, this has ${source.length}`, place: START });
  }
  const excess = excessOf(source);
  if (excess !== null) return fail({ message: excess, place: START });
  try {
    return ok(convert(parseWithHandlebars(source)));
  } catch (error) {
    if (error instanceof Refusal) return fail({ message: error.message, place: error.place });
    throw error;
  }
}

/**
 * What would keep the parser of Handlebars busy for long: it takes time by the square of tags and of blocks within blocks. Null: nothing. Looks at no more
 * than how tags begin, so that what stands in comments counts as well.
 */
function excessOf(source: string): string | null {
  const [, ...tags] = source.split("{{");
  if (tags.length > TEMPLATE_TAGS_MAX) return `a template may have ${TEMPLATE_TAGS_MAX} tags, this has ${tags.length}`;
  let depth = 0;
  /** Of each block around: itself, and what "else" added. */
  const blocks: number[] = [];
  for (const tag of tags) {
    const end = tag.indexOf("}}");
    if ((end < 0 ? tag.length : end) > EXPRESSION_LENGTH_MAX && !tag.startsWith("!"))
      return `a tag of a template may have ${EXPRESSION_LENGTH_MAX} characters`;
    const [, begin] = /^~?\s*(#|\/|\^(?=\s*\w)|else\s+\w)/.exec(tag) ?? [];
    if (begin === "#" || begin === "^") blocks.push(1);
    else if (begin === "/") depth -= blocks.pop() ?? 0;
    else if (begin !== undefined && blocks.length > 0) blocks.push((blocks.pop() ?? 0) + 1);
    if (begin !== undefined && begin !== "/") depth++;
    if (depth > TEMPLATE_BLOCKS_MAX) return `a template may have blocks ${TEMPLATE_BLOCKS_MAX} levels deep`;
  }
  return null;
}

function parseWithHandlebars(source: string): hbs.AST.Program {
  try {
    return parse(source);
  } catch (error) {
    // Its errors are plain; the first lines show the place, the last one says what is wrong.
    if (!(error instanceof Error)) throw error;
    const line = Number(/on line (\d+)/.exec(error.message)?.[1] ?? 1);
    const column = /^(-*)\^/m.exec(error.message)?.[1]?.length ?? 0;
    throw new Refusal(error.message.split("\n").at(-1) ?? "", { line, column: column + 1 });
  }
}

export type Escape = typeof HTML_FUNCTION | typeof SCRIPT_FUNCTION;

interface Scopes {
  /** Of the values that paths start from, innermost last. No source can spell those of `each`. */
  readonly names: readonly string[];
  readonly escape: Escape;
  /** What `text.` leads to; null: a member like any other. */
  readonly texts: CreativeTexts | null;
  /** Blocks around. */
  readonly depth: number;
}

const OUTSIDE: Scopes = { names: ["context"], escape: HTML_FUNCTION, texts: null, depth: 0 };

function convertProgram(program: hbs.AST.Program | undefined, scopes: Scopes, place: Place): Expression {
  return { kind: "template", parts: program === undefined ? [] : convertBody(program, scopes), place };
}

function convertBody(program: hbs.AST.Program, scopes: Scopes): Expression[] {
  if ((program.blockParams ?? []).length > 0) refuse(program, "a block with parameters");
  return program.body.flatMap((node) => convertStatement(node, scopes));
}

function convertStatement(node: hbs.AST.Statement, scopes: Scopes): Expression[] {
  const place = placeOf(node);
  if (isContent(node)) return node.value === "" ? [] : [{ kind: "literal", value: node.value, place }];
  if (isMustache(node)) {
    refuseArguments(node);
    const name = node.escaped ? scopes.escape : TEXT_FUNCTION;
    return [{ kind: "function_call", name, arguments: [convertPath(node.path, scopes)], place }];
  }
  if (isBlock(node)) return [convertBlock(node, scopes)];
  return node.type === "CommentStatement" ? [] : refuse(node);
}

function convertBlock(node: hbs.AST.BlockStatement, around: Scopes): Expression {
  const place = placeOf(node);
  const scopes = { ...around, depth: around.depth + 1 };
  if (scopes.depth > TEMPLATE_BLOCKS_MAX) refuse(node, `a block more than ${TEMPLATE_BLOCKS_MAX} levels deep`);
  const name = node.path.original;
  const [subject, ...more] = node.params;
  if (name !== "if" && name !== "unless" && name !== "each") refuse(node, `the block ${name}`);
  if (subject === undefined || more.length > 0 || node.hash !== undefined)
    refuse(node, `${name} without exactly one path`);
  const value = convertPath(subject, scopes);
  const otherwise = convertProgram(node.inverse, scopes, place);
  const test: Expression = { kind: "function_call", name: TRUTH_FUNCTION, arguments: [value], place };
  if (name === "each") {
    const then = convertEach(node, value, scopes);
    return { kind: "conditional", test, then, otherwise, place };
  }
  const then = convertProgram(node.program, scopes, place);
  return name === "if"
    ? { kind: "conditional", test, then, otherwise, place }
    : { kind: "conditional", test, then: otherwise, otherwise: then, place };
}

function convertEach(node: hbs.AST.BlockStatement, list: Expression, scopes: Scopes): Expression {
  const place = placeOf(node);
  if (scopes.names.length > TEMPLATE_DEPTH_MAX) refuse(node, `each more than ${TEMPLATE_DEPTH_MAX} levels deep`);
  const parameter = `this ${scopes.names.length}`;
  const body = convertProgram(node.program, { ...scopes, names: [...scopes.names, parameter] }, place);
  const items: Expression = { kind: "loop", loop: "map", list, parameter, body, place };
  return {
    kind: "call",
    object: items,
    name: "join",
    arguments: [{ kind: "literal", value: "", place }],
    place,
  };
}

function convertPath(node: hbs.AST.Expression, scopes: Scopes): Expression {
  const place = placeOf(node);
  if (isLiteral(node)) return { kind: "literal", value: node.value, place };
  if (!isPath(node)) return refuse(node);
  const [first, ...rest] = node.parts;
  if (node.parts.length > PATH_SEGMENTS_MAX) return refuse(node, `a path of more than ${PATH_SEGMENTS_MAX} names`);
  if (scopes.texts !== null && !node.data && first === "text" && rest.length > 0) {
    const byLocale = scopes.texts.get(rest.join("."));
    return byLocale === undefined
      ? refuse(node, `${node.original}, which no locale has,`)
      : localizedText(byLocale, place);
  }
  if (node.data && first !== "root") return refuse(node, `@${first}`);
  const scope = node.data ? scopes.names[0] : scopes.names[scopes.names.length - 1 - node.depth];
  if (scope === undefined) return refuse(node, `${node.original}, which leads out of the template,`);
  let path: Expression = { kind: "name", name: scope, place };
  for (const name of node.data ? rest : node.parts) {
    // By type a text, but `{{#each (f)}}.x` makes it a call.
    if (typeof name !== "string") return refuse(node, "a path through a call");
    if (isRefusedName(name)) throw new Refusal(`the name ${name} is refused`, place);
    path = { kind: "path", object: path, name, place };
  }
  return path;
}

function refuseArguments(node: hbs.AST.MustacheStatement): void {
  if (node.params.length > 0 || node.hash !== undefined) refuse(node, `the helper ${sourceOf(node.path)}`);
}

function sourceOf(node: hbs.AST.Expression): string {
  return isPath(node) ? node.original : node.type;
}

function isContent(node: hbs.AST.Node): node is hbs.AST.ContentStatement {
  return node.type === "ContentStatement";
}

function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === "MustacheStatement";
}

function isBlock(node: hbs.AST.Node): node is hbs.AST.BlockStatement {
  return node.type === "BlockStatement";
}

function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === "PathExpression";
}

function isLiteral(node: hbs.AST.Node): node is hbs.AST.StringLiteral | hbs.AST.NumberLiteral | hbs.AST.BooleanLiteral {
  return node.type === "StringLiteral" || node.type === "NumberLiteral" || node.type === "BooleanLiteral";
}

function placeOf(node: hbs.AST.Node): Place {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}

function refuse(node: hbs.AST.Node, what: string = node.type): never {
  throw new Refusal(`${what} is not part of the template language`, placeOf(node));
}
