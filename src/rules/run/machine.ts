// Machine: the mutable part of an evaluation. One a thread, reused; allocated once.
//
// `vm.ts` holds the inner loop, the `cold_*.ts` files everything that is rarer. Slots of verified code never leave the
// stack, and reading beyond what was written yields null.

import type { RewardSummary, Step } from "../../model/person.ts";
import { GAS_MAX, GUARDS_MAX, STACK_SLOTS_MAX } from "../limits.ts";
import type { Frame, Pc, RuleCode, RuleContext } from "../program.ts";
import type { RuleError, RuleValue } from "../value.ts";

/** Instead of a place to go on: `failure` says why. */
export const FAULT = -2;

/** An instruction outside the inner loop: takes `pc`, yields where to go on, or FAULT. */
export type ColdOp = (machine: Machine, rules: RuleCode, pc: Pc) => Pc;

export class Machine implements Frame {
  context: RuleContext;
  step: Step | null = null;
  reward: RewardSummary | null = null;
  gas = GAS_MAX;
  failure: RuleError | null = null;
  /** First slot of the code that runs: not 0 while a filter expression runs. */
  base = 0;
  /** One past the top of the stack. */
  top = 0;
  guards = 0;
  /** A filter expression runs: it cannot start another one. */
  isFiltering = false;
  /** Twice the bound: a filter expression runs on top of the trigger it belongs to. */
  readonly stack: RuleValue[] = Array.from({ length: 2 * STACK_SLOTS_MAX }, () => null);
  readonly guardTargets = new Int32Array(2 * GUARDS_MAX);
  readonly guardTops = new Int32Array(2 * GUARDS_MAX);
  /** Runs code on top of the present stack; set by `vm.ts`. */
  readonly runNested: (machine: Machine, rules: RuleCode, pc: Pc) => RuleValue;

  constructor(context: RuleContext, runNested: Machine["runNested"]) {
    this.context = context;
    this.runNested = runNested;
  }

  push(value: RuleValue): void {
    this.stack[this.top++] = value;
  }

  pop(): RuleValue {
    return this.stack[--this.top] ?? null;
  }

  /** The value `below` the top; 0 is the top itself. */
  peek(below: number): RuleValue {
    return this.stack[this.top - 1 - below] ?? null;
  }

  fail(error: RuleError): Pc {
    this.failure = error;
    return FAULT;
  }
}

/** An operand of the instruction at `pc`; the first is 1. */
export function operand(rules: RuleCode, pc: Pc, at: number): number {
  return rules.code[pc + at] ?? 0;
}
