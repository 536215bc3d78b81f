// Blocks of expressions: `const`, `return` and `if` -> bytecode.
//
//   B1. What a scope declares leaves the stack at its end; a `return` takes it away as well, and jumps to the end of the block.

import { unreachable } from "../../base/assert.ts";
import type { Assembler } from "./assembler.ts";
import type { Locals } from "./locals.ts";
import type { StaticType } from "../context_api/method.ts";
import { Refusal } from "../parse/refusal.ts";
import { join } from "./static_type.ts";
import type { Expression, Statement } from "../parse/syntax.ts";

/** Who compiles the expressions within. */
export interface Emitter {
  readonly assembler: Assembler;
  readonly locals: Locals;
  /** Whether expressions may be there for what they do. */
  readonly mayDo: boolean;
  /** Leaves the expression's value on the stack. */
  emit(node: Expression): StaticType;
}

type EmitReturn = (value: Expression | null) => void;

/** The value of a block is what it returns; null when it ends without. */
export function emitBlock(emitter: Emitter, statements: readonly Statement[]): StaticType {
  const { assembler, locals } = emitter;
  const base = assembler.depth;
  const end = assembler.newLabel();
  const outer = locals.count;
  const types: StaticType[] = [];
  const emitReturn: EmitReturn = (value) => {
    if (value === null) assembler.emit("VALUE", assembler.value(null));
    types.push(value === null ? "null" : emitter.emit(value));
    if (assembler.depth > base + 1) assembler.emit("SLIDE", assembler.depth - base - 1);
    assembler.jump("JUMP", end);
  };
  emitStatements(emitter, statements, emitReturn);
  emitReturn(null);
  if (!endsInReturn(statements)) types.push("null");
  assembler.place(end);
  locals.leave(outer);
  return types.slice(0, -1).reduce(join, endsInReturn(statements) ? (types[0] ?? "null") : "null");
}

function emitStatements(emitter: Emitter, statements: readonly Statement[], emitReturn: EmitReturn): void {
  const { assembler, locals } = emitter;
  for (const statement of statements) {
    switch (statement.kind) {
      case "const": {
        if (statement.name === "context") throw new Refusal("context cannot be declared", statement.place);
        const type = emitter.emit(statement.value);
        locals.declare({ name: statement.name, slot: assembler.depth - 1, type });
        break;
      }
      case "return":
        emitReturn(statement.value);
        break;
      case "do":
        if (!emitter.mayDo)
          throw new Refusal(
            "an expression alone does nothing here; it can be returned or named with const",
            statement.place,
          );
        emitter.emit(statement.value);
        assembler.emit("POP", 1);
        break;
      case "if": {
        const otherwise = assembler.newLabel();
        const end = assembler.newLabel();
        emitter.emit(statement.test);
        assembler.jump("JUMP_FALSE", otherwise);
        emitArm(emitter, statement.then, emitReturn);
        assembler.jump("JUMP", end);
        assembler.place(otherwise);
        emitArm(emitter, statement.otherwise, emitReturn);
        assembler.place(end);
        break;
      }
      default:
        unreachable(statement);
    }
  }
}

function emitArm(emitter: Emitter, statements: readonly Statement[], emitReturn: EmitReturn): void {
  const { assembler, locals } = emitter;
  const outer = locals.count;
  emitStatements(emitter, statements, emitReturn);
  if (locals.count > outer) assembler.emit("POP", locals.count - outer);
  locals.leave(outer);
}

function endsInReturn(statements: readonly Statement[]): boolean {
  return statements.at(-1)?.kind === "return";
}
