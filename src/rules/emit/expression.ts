// Expressions: syntax tree -> bytecode, checking types on the way.
//
//   X1. Every method and member is known at compile time, or its receiver is plain data ("any") and is checked when it runs.
//   X2. `const` names are slots of the stack; their places are known here, so that there are no frames and no calls.

import { assert, unreachable } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Assembler } from "./assembler.ts";
import {
  findGetter,
  findMethod,
  isMethodName,
  methodNames,
  methods,
  reasonOfAbsence,
} from "../context_api/context_api.ts";
import { eventDataName, fusedComparison, fusedEquality } from "./fusion.ts";
import { STACK_SLOTS_MAX } from "../limits.ts";
import { Locals } from "./locals.ts";
import type { StaticType } from "../context_api/method.ts";
import { comparisons, loops, type OpcodeName, type Root, roots } from "../opcodes.ts";
import { Refusal } from "../parse/refusal.ts";
import { emitBlock, type Emitter } from "./statements.ts";
import { indexable, join, nameOf, ordered, textual } from "./static_type.ts";
import type { Expression, Place, SourceError } from "../parse/syntax.ts";
import { type TypeName, typeOf } from "../value.ts";

/** Emits the code that leaves the expression's value on the stack. */
export function compileExpression(
  assembler: Assembler,
  expression: Expression,
  root: Root,
): Result<StaticType, SourceError> {
  const depth = assembler.depth;
  try {
    const type = new ExpressionCompiler(assembler, root).emit(expression);
    if (assembler.depthMax > STACK_SLOTS_MAX)
      throw new Refusal("the expression needs too much of the stack", expression.place);
    return ok(type);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    assembler.recover(depth + 1);
    return fail({ message: error.message, place: error.place });
  }
}

const arithmeticOpcodes = {
  "+": "ADD",
  "-": "SUBTRACT",
  "*": "MULTIPLY",
  "/": "DIVIDE",
  "%": "REMAINDER",
} as const satisfies Record<string, OpcodeName>;
const logicalOpcodes = { "&&": "KEEP_FALSE", "||": "KEEP_TRUE", "??": "KEEP_VALUE" } as const satisfies Record<
  string,
  OpcodeName
>;

class ExpressionCompiler implements Emitter {
  readonly assembler: Assembler;
  readonly locals = new Locals();
  readonly mayDo: boolean;
  readonly #root: Root;

  constructor(assembler: Assembler, root: Root) {
    this.assembler = assembler;
    this.#root = root;
    this.mayDo = root === "command_context" || root === "prehandler_action" || root === "webhook_response";
  }

  emit(node: Expression): StaticType {
    const assembler = this.assembler;
    switch (node.kind) {
      case "literal":
        assembler.emit("VALUE", assembler.value(node.value));
        return typeOf(node.value);
      case "pattern":
        assembler.emit("VALUE", assembler.value({ type: "pattern", pattern: node.pattern }));
        return "pattern";
      case "name":
        return this.#emitName(node);
      case "path":
        return this.#emitPath(node);
      case "member":
        return this.#emitMember(node);
      case "index":
        return this.#emitIndex(node);
      case "call":
        return this.#emitCall(node);
      case "function_call":
        return this.#emitFunction(node);
      case "loop":
        return this.#emitLoop(node);
      case "not":
        this.emit(node.operand);
        assembler.emit("NOT");
        return "boolean";
      case "negate":
        this.#check(this.emit(node.operand), ordered, "- takes a number", node.place);
        assembler.emit("NEGATE");
        return "number";
      case "equal":
        return this.#emitEqual(node);
      case "compare":
        return this.#emitCompare(node);
      case "arithmetic":
        return this.#emitArithmetic(node);
      case "logical":
        return this.#emitLogical(node);
      case "conditional":
        return this.#emitConditional(node);
      case "list":
        for (const item of node.items) this.emit(item);
        assembler.emit("LIST", node.items.length);
        return "list";
      case "map":
        for (const value of node.values) this.emit(value);
        assembler.emit("MAP", assembler.names(node.names));
        return "map";
      case "template":
        for (const part of node.parts)
          this.#check(this.emit(part), textual, "a template takes texts, numbers and booleans", part.place);
        assembler.emit("TEMPLATE", node.parts.length);
        return "string";
      case "block":
        return emitBlock(this, node.statements);
      default:
        return unreachable(node);
    }
  }

  #emitName(node: Extract<Expression, { kind: "name" }>): StaticType {
    const local = this.locals.find(node.name);
    if (local !== undefined) {
      this.assembler.emit("LOCAL", local.slot);
      return local.type;
    }
    if (node.name !== "context")
      throw new Refusal(`${node.name} is not defined; there is context, and what const names`, node.place);
    this.assembler.emit("ROOT", roots.indexOf(this.#root));
    return this.#root;
  }

  #emitMember(node: Extract<Expression, { kind: "member" }>): StaticType {
    const assembler = this.assembler;
    const dataName = this.#eventDataName(node);
    if (dataName !== null) {
      assembler.emit("DATA", assembler.text(dataName));
      return "any";
    }
    const owner = nameOf(this.emit(node.object));
    const isLength = (owner === "list" || owner === "string") && node.name === "length";
    if (owner !== "map" && owner !== "any" && !isLength) {
      const known =
        owner === "list" || owner === "string" ? "length" : `its methods are ${methodNames(owner).join(", ")}`;
      throw new Refusal(`${owner} has no member ${node.name}: ${known}`, node.place);
    }
    assembler.emit("MEMBER", assembler.text(node.name));
    return isLength ? "number" : "any";
  }

  /** Null where the object is null. A getter is called, a member of data looked up. */
  #emitPath(node: Extract<Expression, { kind: "path" }>): StaticType {
    const assembler = this.assembler;
    const type = this.emit(node.object);
    const owner = nameOf(type);
    const there = assembler.newLabel();
    const end = assembler.newLabel();
    assembler.emit("LOCAL", assembler.depth - 1);
    assembler.jump("KEEP_VALUE", there);
    assembler.jump("JUMP", end);
    assembler.place(there);
    assembler.emit("POP", 1);
    const result = this.#emitGetter(node, owner) ?? this.#emitStep(node, type);
    assembler.place(end);
    return result;
  }

  #emitGetter({ name }: Extract<Expression, { kind: "path" }>, owner: TypeName): StaticType | null {
    const number = findGetter(owner, name);
    if (number === undefined) return null;
    this.assembler.emit("CALL", number, 0);
    return methods[number]?.result ?? "any";
  }

  /** A member of a map, an item or the length of a list, a variable. */
  #emitStep(node: Extract<Expression, { kind: "path" }>, type: StaticType): StaticType {
    const assembler = this.assembler;
    const owner = nameOf(type);
    if (owner === "list" && /^\d{1,9}$/.test(node.name)) {
      assembler.emit("VALUE", assembler.value(Number(node.name)));
      assembler.emit("INDEX");
      return typeof type === "object" ? type.list : "any";
    }
    if (owner === "build" || owner === "variables") {
      const number = findMethod(owner, owner === "build" ? "getVariable" : "get");
      assert(number !== undefined, "variables have values");
      assembler.emit("VALUE", assembler.value(node.name));
      assembler.emit("CALL", number, 1);
      return "any";
    }
    if (owner !== "map" && owner !== "any" && !(owner === "list" && node.name === "length"))
      throw unknownMethod(owner, node.name, node.place);
    assembler.emit("MEMBER", assembler.text(node.name));
    return owner === "list" ? "number" : "any";
  }

  #emitIndex(node: Extract<Expression, { kind: "index" }>): StaticType {
    const type = this.emit(node.object);
    this.#check(type, indexable, "only lists, texts and maps have an index", node.place);
    this.#check(this.emit(node.index), ["number", "string", "any"], "an index is a number or a text", node.index.place);
    this.assembler.emit("INDEX");
    if (typeof type === "object") return type.list;
    return type === "string" ? "string" : "any";
  }

  #emitCall(node: Extract<Expression, { kind: "call" }>): StaticType {
    const assembler = this.assembler;
    const dataName = this.#eventDataName(node);
    if (dataName !== null) {
      assembler.emit("DATA", assembler.text(dataName));
      return "any";
    }
    const owner = nameOf(this.emit(node.object));
    if (owner === "any") {
      if (!isMethodName(node.name)) throw unknownMethod("string", node.name, node.place);
      if (node.arguments.length > 2) throw new Refusal(`${node.name} takes at most 2 arguments`, node.place);
      for (const argument of node.arguments) this.emit(argument);
      assembler.emit("CALL_NAMED", assembler.text(node.name), node.arguments.length);
      return "any";
    }
    const number = findMethod(owner, node.name);
    if (number === undefined) throw unknownMethod(owner, node.name, node.place);
    return this.#emitArguments(number, node.arguments, node.place);
  }

  #emitArguments(number: number, given: readonly Expression[], place: Place): StaticType {
    const method = methods[number];
    assert(method !== undefined, "a method that was found exists");
    if (given.length < method.required || given.length > method.parameters.length) {
      throw new Refusal(`${method.name} takes ${method.parameters.length} arguments, not ${given.length}`, place);
    }
    given.forEach((argument, at) => {
      const wanted = method.parameters[at] ?? "any";
      this.#check(
        this.emit(argument),
        wanted === "any" ? null : [wanted, "any"],
        `${method.name} takes a ${wanted}`,
        argument.place,
      );
    });
    this.assembler.emit("CALL", number, given.length);
    return method.result;
  }

  /** Globals have null for a receiver; `Math.min` and `Math.max` of many are calls of two in a row. */
  #emitFunction(node: Extract<Expression, { kind: "function_call" }>): StaticType {
    const assembler = this.assembler;
    const number = findMethod("global", node.name);
    if (number === undefined)
      throw new Refusal(`${node.name} is no function; there are ${methodNames("global").join(", ")}`, node.place);
    const isFold = node.name === "Math.min" || node.name === "Math.max";
    const calls = isFold ? Math.max(1, node.arguments.length - 1) : 1;
    for (let call = 0; call < calls; call++) assembler.emit("VALUE", assembler.value(null));
    if (!isFold) return this.#emitArguments(number, node.arguments, node.place);
    const type = this.#emitArguments(number, node.arguments.slice(0, 2), node.place);
    for (const argument of node.arguments.slice(2)) {
      this.#check(this.emit(argument), ["number", "any"], `${node.name} takes a number`, argument.place);
      assembler.emit("CALL", number, 2);
    }
    return type;
  }

  #emitLoop(node: Extract<Expression, { kind: "loop" }>): StaticType {
    const assembler = this.assembler;
    const type = this.emit(node.list);
    this.#check(type, ["list", "any"], `${node.loop} is a method of lists`, node.place);
    const item = typeof type === "object" ? type.list : "any";
    const start = assembler.newLabel();
    const end = assembler.newLabel();
    const loop = loops.indexOf(node.loop);
    assembler.emit("LOOP_BEGIN", loop);
    assembler.place(start);
    assembler.jump("LOOP_NEXT", end);
    this.locals.declare({ name: node.parameter, slot: assembler.depth - 1, type: item });
    const verdict = this.emit(node.body);
    this.locals.leave(this.locals.count - 1);
    assembler.jump("LOOP_TAKE", end, loop);
    assembler.jump("JUMP", start);
    assembler.place(end);
    assembler.emit("LOOP_END");
    switch (node.loop) {
      case "find":
        return item;
      case "filter":
        return { list: item };
      case "map":
        return { list: verdict };
      default:
        return "boolean";
    }
  }

  #emitEqual(node: Extract<Expression, { kind: "equal" }>): StaticType {
    const assembler = this.assembler;
    const fused = this.locals.isContextHidden() ? null : fusedEquality(node);
    if (fused === null) {
      this.emit(node.left);
      this.emit(node.right);
      assembler.emit("EQUAL");
    } else {
      assembler.emit("DATA_EQUALS", assembler.text(fused.name), assembler.text(fused.text));
    }
    if (node.isNegated) assembler.emit("NOT");
    return "boolean";
  }

  #emitCompare(node: Extract<Expression, { kind: "compare" }>): StaticType {
    const assembler = this.assembler;
    const fused = this.locals.isContextHidden() ? null : fusedComparison(node);
    if (fused !== null) {
      assembler.emit(
        "DATA_COMPARE",
        assembler.text(fused.name),
        comparisons.indexOf(fused.comparison),
        assembler.number(fused.number),
      );
      return "boolean";
    }
    this.#check(this.emit(node.left), ordered, `${node.comparison} compares numbers or texts`, node.left.place);
    this.#check(this.emit(node.right), ordered, `${node.comparison} compares numbers or texts`, node.right.place);
    assembler.emit("COMPARE", comparisons.indexOf(node.comparison));
    return "boolean";
  }

  #emitArithmetic(node: Extract<Expression, { kind: "arithmetic" }>): StaticType {
    const operands = node.operator === "+" ? textual : ordered;
    const left = this.emit(node.left);
    this.#check(left, operands, `${node.operator} does not take this`, node.left.place);
    const right = this.emit(node.right);
    this.#check(right, operands, `${node.operator} does not take this`, node.right.place);
    this.assembler.emit(arithmeticOpcodes[node.operator]);
    if (node.operator !== "+") return "number";
    return left === "string" || right === "string"
      ? "string"
      : left === "number" && right === "number"
        ? "number"
        : "any";
  }

  #emitLogical(node: Extract<Expression, { kind: "logical" }>): StaticType {
    const end = this.assembler.newLabel();
    const left = this.emit(node.left);
    this.assembler.jump(logicalOpcodes[node.operator], end);
    const right = this.emit(node.right);
    this.assembler.place(end);
    return join(left, right);
  }

  #emitConditional(node: Extract<Expression, { kind: "conditional" }>): StaticType {
    const assembler = this.assembler;
    const otherwise = assembler.newLabel();
    const end = assembler.newLabel();
    this.emit(node.test);
    assembler.jump("JUMP_FALSE", otherwise);
    const then = this.emit(node.then);
    assembler.jump("JUMP", end);
    assembler.place(otherwise);
    const other = this.emit(node.otherwise);
    assembler.place(end);
    return join(then, other);
  }

  #eventDataName(node: Expression): string | null {
    return this.locals.isContextHidden() ? null : eventDataName(node);
  }

  #check(type: StaticType, allowed: readonly TypeName[] | null, message: string, place: Place): void {
    if (allowed !== null && !allowed.includes(nameOf(type)))
      throw new Refusal(`${message}, not a ${nameOf(type)}`, place);
  }
}

function unknownMethod(owner: TypeName, name: string, place: Place): Refusal {
  const reason = reasonOfAbsence(owner, name);
  if (reason !== null) return new Refusal(`${name} of ${owner} is not available: ${reason}`, place);
  return new Refusal(`${owner} has no method ${name}; it has ${methodNames(owner).join(", ")}`, place);
}
