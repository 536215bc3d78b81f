// Verifies bytecode before any of it may run.
//
//   V1. Every instruction that can be reached is whole, known, and its operands exist in the pool or place they index.
//   V2. Jumps lead to the start of an instruction; only a loop's jump back to its LOOP_NEXT leads backwards.
//   V3. Wherever ways meet, the stack is equally deep and as many guards are open; neither leaves its bounds.
//   V4. Code never runs off its end, and no guard is open when it ends.
//
// Types of values are checked when code runs.

import { fail, ok, type Result } from "../../base/result.ts";
import { methods } from "../context_api/context_api.ts";
import { GUARDS_MAX, STACK_SLOTS_MAX } from "../limits.ts";
import { comparisons, loops, type Opcode, type OperandKind, opcodes, roots } from "../opcodes.ts";
import type { Constants, Pc } from "../program.ts";

export interface Bytecode {
  readonly code: Int32Array;
  readonly constants: Constants;
  readonly entries: readonly Pc[];
}

/** The reason, with the place, if the code may not run. */
export function verify(bytecode: Bytecode): Result<true, string> {
  const verification = new Verification(bytecode, instructionStarts(bytecode.code));
  for (const entry of bytecode.entries) {
    const problem = verification.run(entry);
    if (problem !== null) return fail(problem);
  }
  return ok(true);
}

/** 1 where an instruction starts when the code is read from its beginning; data after an unknown opcode has no starts. */
function instructionStarts(code: Int32Array): Uint8Array {
  const starts = new Uint8Array(code.length);
  for (let pc = 0; pc < code.length; ) {
    const opcode = opcodes[code[pc] ?? 0];
    if (opcode === undefined) return starts;
    starts[pc] = 1;
    pc += 1 + opcode.operands.length;
  }
  return starts;
}

const UNSEEN = -1;

/** How many more guards are open after an instruction. */
const guardNets: ReadonlyMap<string, number> = new Map([
  ["GUARD", 1],
  ["UNGUARD", -1],
]);

class Verification {
  readonly #bytecode: Bytecode;
  readonly #starts: Uint8Array;
  readonly #depths: Int32Array;
  readonly #guards: Int32Array;
  readonly #pending: Pc[] = [];
  /** Arrived at from the present entry. */
  readonly #seen: Pc[] = [];

  constructor(bytecode: Bytecode, starts: Uint8Array) {
    this.#bytecode = bytecode;
    this.#starts = starts;
    this.#depths = new Int32Array(bytecode.code.length).fill(UNSEEN);
    this.#guards = new Int32Array(bytecode.code.length);
  }

  /** Each instruction is visited once, so this ends. Costs what is reached from the entry, however long the code is. */
  run(entry: Pc): string | null {
    for (const pc of this.#seen) this.#depths[pc] = UNSEEN;
    this.#seen.length = 0;
    let problem = this.#arrive(entry, 0, 0);
    for (let pc = this.#pending.pop(); pc !== undefined && problem === null; pc = this.#pending.pop()) {
      problem = this.#visit(pc);
    }
    return problem;
  }

  #arrive(pc: Pc, depth: number, guards: number): string | null {
    if (this.#starts[pc] !== 1) return `${pc}: no instruction starts here`;
    if (depth < 0 || depth > STACK_SLOTS_MAX) return `${pc}: ${depth} values on the stack`;
    if (guards < 0 || guards > GUARDS_MAX) return `${pc}: ${guards} guards`;
    if (this.#depths[pc] === UNSEEN) {
      this.#depths[pc] = depth;
      this.#guards[pc] = guards;
      this.#pending.push(pc);
      this.#seen.push(pc);
      return null;
    }
    const isSame = this.#depths[pc] === depth && this.#guards[pc] === guards;
    return isSame ? null : `${pc}: ways meet with different stacks`;
  }

  #visit(pc: Pc): string | null {
    const { code } = this.#bytecode;
    const opcode = opcodes[code[pc] ?? 0];
    if (opcode === undefined) return `${pc}: unknown opcode ${code[pc]}`;
    const next = pc + 1 + opcode.operands.length;
    if (next > code.length) return `${pc}: ${opcode.name} is cut off`;
    const depth = this.#depths[pc] ?? 0;
    for (let at = 0; at < opcode.operands.length; at++) {
      const value = code[pc + 1 + at] ?? 0;
      if (!this.#isOperand(opcode.operands[at], value, depth)) return `${pc}: ${opcode.name} ${value} is out of bounds`;
    }
    return this.#flow(opcode, pc, next, depth);
  }

  #flow(opcode: Opcode, pc: Pc, next: Pc, depth: number): string | null {
    const popped = this.#popped(opcode, pc);
    if (popped > depth) return `${pc}: ${opcode.name} takes ${popped} of ${depth} values`;
    const guards = this.#guards[pc] ?? 0;
    const isExit = opcode.name === "RETURN" || opcode.name === "RETURN_TRUE" || opcode.name === "EXIT_FALSE";
    if (isExit && guards > 0) return `${pc}: ends with ${guards} guards open`;
    const after = guards + (guardNets.get(opcode.name) ?? 0);
    const target = this.#target(opcode, pc);
    let problem: string | null = null;
    if (target !== null) {
      if (target <= pc && opcodes[this.#bytecode.code[target] ?? 0]?.name !== "LOOP_NEXT") return `${pc}: jumps back`;
      // A guard's target is where its fault arrives, after it is closed.
      problem = this.#arrive(target, depth + opcode.jumpNet, opcode.name === "GUARD" ? guards : after);
    }
    if (problem !== null || opcode.ends) return problem;
    return this.#arrive(next, depth - popped + opcode.pushes, after);
  }

  #target(opcode: Opcode, pc: Pc): Pc | null {
    const at = opcode.operands.indexOf("target");
    return at < 0 ? null : (this.#bytecode.code[pc + 1 + at] ?? 0);
  }

  #popped(opcode: Opcode, pc: Pc): number {
    const last = this.#bytecode.code[pc + opcode.operands.length] ?? 0;
    switch (opcode.pops) {
      case "count":
        return last;
      case "count+1":
        return last + 1;
      case "names":
        return this.#bytecode.constants.names[last]?.length ?? 0;
      default:
        return opcode.pops;
    }
  }

  #isOperand(kind: OperandKind | undefined, value: number, depth: number): boolean {
    if (kind === undefined || value < 0) return false;
    return value < operandLimit(kind, this.#bytecode, depth);
  }
}

/** One past the greatest value of an operand. */
function operandLimit(kind: OperandKind, bytecode: Bytecode, depth: number): number {
  const { constants, code } = bytecode;
  switch (kind) {
    case "target":
      return code.length;
    case "text":
      return constants.texts.length;
    case "number":
      return constants.numbers.length;
    case "value":
      return constants.values.length;
    case "names":
      return constants.names.length;
    case "eventTest":
      return constants.eventTests.length;
    case "rewardTest":
      return constants.rewardTests.length;
    case "stepTotal":
      return constants.stepTotals.length;
    case "check":
      return constants.checks.length;
    case "priorSteps":
      return constants.priorSteps.length;
    case "priorRewards":
      return constants.priorRewards.length;
    case "slot":
      return depth;
    case "count":
      return STACK_SLOTS_MAX;
    case "method":
      return methods.length;
    case "comparison":
      return comparisons.length;
    case "loop":
      return loops.length;
    case "root":
      return roots.length;
  }
}
