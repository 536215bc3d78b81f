// Assembler: collects code and constants, resolves labels, and keeps count of the stack.
//
//   A1. Where two ways meet, the stack is equally deep; a label that breaks this is a bug of the compiler.
//   A2. Nothing is emitted where nothing can arrive.

import { assert } from "../../base/assert.ts";
import type { Check } from "../run/check.ts";
import { type OpcodeName, opcodeNamed } from "../opcodes.ts";
import { intern, Pool } from "../pool.ts";
import type { PriorRewards, PriorSteps, StepTotalTest } from "../prior.ts";
import type { Constants, EventTest, RewardTest } from "../program.ts";
import type { RuleValue } from "../value.ts";

export interface Label {
  pc: number;
  depth: number;
  /** Places in the code to be filled with `pc`. */
  readonly uses: number[];
}

export class Assembler {
  readonly code: number[] = [];
  readonly eventTests = new Pool<EventTest>();
  readonly rewardTests = new Pool<RewardTest>();
  readonly stepTotals = new Pool<StepTotalTest>();
  readonly checks = new Pool<Check>();
  readonly priorSteps = new Pool<PriorSteps>();
  readonly priorRewards = new Pool<PriorRewards>();
  readonly entries: number[] = [];
  /** Values on the stack at this point. */
  depth = 0;
  /** The most values since the last `begin`. */
  depthMax = 0;
  #isReachable = true;
  readonly #texts = new Map<string, number>();
  readonly #numbers = new Map<number, number>();
  readonly #values = new Map<RuleValue, number>();
  readonly #names = new Pool<readonly string[]>();

  /** Starts a piece of code that is entered from outside, with an empty stack. */
  begin(): number {
    this.depth = 0;
    this.depthMax = 0;
    this.#isReachable = true;
    this.entries.push(this.code.length);
    return this.code.length;
  }

  /** Goes on after a piece that failed to compile, as if it had left `depth` values. */
  recover(depth: number): void {
    this.depth = depth;
    this.#isReachable = true;
  }

  emit(name: OpcodeName, ...operands: number[]): void {
    if (!this.#isReachable) return;
    const opcode = opcodeNamed(name);
    assert(operands.length === opcode.operands.length, `${name} takes ${opcode.operands.length} operands`);
    this.code.push(opcode.number, ...operands);
    this.#move(name, operands);
    if (opcode.ends) this.#isReachable = false;
  }

  /** Emits a jump; the target is the last operand. */
  jump(name: OpcodeName, label: Label, ...before: number[]): void {
    if (!this.#isReachable) return;
    const depthAtTarget = this.depth + opcodeNamed(name).jumpNet;
    assert(label.depth < 0 || label.depth === depthAtTarget, "A1: ways meet with the same stack");
    label.depth = depthAtTarget;
    this.emit(name, ...before, label.pc);
    if (label.pc < 0) label.uses.push(this.code.length - 1);
  }

  newLabel(): Label {
    return { pc: -1, depth: -1, uses: [] };
  }

  place(label: Label): void {
    if (this.#isReachable) {
      assert(label.depth < 0 || label.depth === this.depth, "A1: ways meet with the same stack");
      label.depth = this.depth;
    } else if (label.depth >= 0) {
      this.depth = label.depth;
      this.#isReachable = true;
    }
    label.pc = this.code.length;
    for (const use of label.uses) this.code[use] = label.pc;
    label.uses.length = 0;
  }

  text(text: string): number {
    return intern(this.#texts, quick(text));
  }

  number(number: number): number {
    return intern(this.#numbers, number);
  }

  /** Scalars are shared, everything else is kept as it is. */
  value(value: RuleValue): number {
    return intern(this.#values, value);
  }

  names(list: readonly string[]): number {
    return this.#names.add(list.map(quick));
  }

  constants(): Constants {
    return {
      texts: [...this.#texts.keys()],
      numbers: [...this.#numbers.keys()],
      values: [...this.#values.keys()],
      names: this.#names.items,
      eventTests: this.eventTests.items,
      rewardTests: this.rewardTests.items,
      stepTotals: this.stepTotals.items,
      checks: this.checks.items,
      priorSteps: this.priorSteps.items,
      priorRewards: this.priorRewards.items,
    };
  }

  #move(name: OpcodeName, operands: readonly number[]): void {
    const { pops, pushes } = opcodeNamed(name);
    const last = operands.at(-1) ?? 0;
    const popped =
      typeof pops === "number"
        ? pops
        : pops === "names"
          ? (this.#names.items[last]?.length ?? 0)
          : pops === "count"
            ? last
            : last + 1;
    this.depth += pushes - popped;
    assert(this.depth >= 0, `${name} takes more than there is`);
    this.depthMax = Math.max(this.depthMax, this.depth);
  }
}

/**
 * The same text as a string that V8 keeps once: looking a member up by any other string costs a search for that one
 * first, half of the price of a test of event data (bench/rules.bench.ts).
 */
export function quick(text: string): string {
  return Object.keys({ [text]: 0 })[0] ?? text;
}
