// Lone expression: code of an expression that belongs to no program, for what is evaluated once, or seldom.

import { assert } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { Assembler } from "./assembler.ts";
import { NO_BLOCKS } from "../block_lists.ts";
import { compileExpression } from "./expression.ts";
import type { Root } from "../opcodes.ts";
import type { Pc, RuleCode } from "../program.ts";
import type { Expression, SourceError } from "../parse/syntax.ts";
import { verify } from "./verify.ts";

export interface LoneExpression {
  readonly rules: RuleCode;
  readonly pc: Pc;
}

export function compileAlone(expression: Expression, root: Root): Result<LoneExpression, SourceError> {
  const assembler = new Assembler();
  const pc = assembler.begin();
  const compiled = compileExpression(assembler, expression, root);
  if (!compiled.ok) return fail(compiled.error);
  assembler.emit("RETURN");
  const bytecode = { code: Int32Array.from(assembler.code), constants: assembler.constants(), entries: [pc] };
  const verified = verify(bytecode);
  assert(verified.ok, `K2: ${verified.ok ? "" : verified.error}`);
  return ok({ rules: { ...bytecode, marks: [], blocks: NO_BLOCKS, renamedPrograms: [] }, pc });
}
