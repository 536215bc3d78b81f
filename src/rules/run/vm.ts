// The machine's inner loop.
//
//   M1. A rule never makes it throw and never makes it run on: faults are values, and each instruction costs gas.
//   M2. It runs verified code only, so operands and depths are not checked again; types of values are.
//   M3. The frequent instructions allocate nothing.
//      A bug of the machinery is a fault, too (software_error.ts).
//   M4. Running out of gas ends the evaluation; any other fault ends it, too, unless a guard is open.
//
// The numbers of the cases are those of `opcodes.ts` (its first rows, in order).

import type { PersonEvent } from "../../model/event.ts";
import { coldOps } from "./cold_ops.ts";
import { ofWholePrograms, rewardFilter, stepFilter } from "./cold_triggers.ts";
import { lookUp } from "../data_lookup.ts";
import { eventIs, isOrdered, isTotalWithin } from "./event_tests.ts";
import { isWhole, passesHead, restOf } from "./phase_table.ts";
import { GAS_MAX } from "../limits.ts";
import { FAULT, Machine } from "./machine.ts";
import { opcodeGas, opcodeNamed } from "../opcodes.ts";
import type { Tally } from "../prior.ts";
import { tallyRewards } from "./prior_rewards.ts";
import { tallySteps } from "./prior_steps.ts";
import type { Pc, Phase, Program, RuleCode, RuleContext } from "../program.ts";
import { softwareError } from "./software_error.ts";
import { fault, isTruthy, numberOfJson, type RuleError, type RuleValue } from "../value.ts";

const RETURN = opcodeNamed("RETURN").number;
const EXIT_FALSE = opcodeNamed("EXIT_FALSE").number;
const PRIOR_STEPS = opcodeNamed("PRIOR_STEPS").number;
const PRIOR_REWARDS = opcodeNamed("PRIOR_REWARDS").number;
const OUT_OF_GAS = fault("gas", "the rule took more gas than an evaluation has");
const NO_OPCODE = fault("bytecode", "not an instruction");

let shared: Machine | null = null;

/** Of the machine, only what an evaluation changes and does not restore is set here: this is half of a short rule. */
function machineFor(context: RuleContext): Machine {
  const machine = shared;
  if (machine === null) {
    shared = new Machine(context, (nested, rules, pc) => run(nested, rules, pc));
    return shared;
  }
  machine.context = context;
  machine.gas = GAS_MAX;
  machine.top = 0;
  return machine;
}

/** What the code at `pc` yields; a `RuleError` if the rule faults. */
export function evaluate(rules: RuleCode, pc: Pc, context: RuleContext): RuleValue {
  try {
    return run(machineFor(context), rules, pc);
  } catch (error) {
    return broken(error, context);
  }
}

/** As `evaluate`, of a phase of the context's campaign: most are decided by their head. */
export function evaluatePhase(program: Program, phase: Phase, context: RuleContext): RuleValue {
  try {
    return passesHead(program.phases, phase, 0, context) && runRest(program, phase, context);
  } catch (error) {
    return broken(error, context);
  }
}

/** As `evaluatePhase`, of a phase whose head has passed: that of whom `shortlist` found. */
export function evaluateRest(program: Program, phase: Phase, context: RuleContext): RuleValue {
  try {
    return runRest(program, phase, context);
  } catch (error) {
    return broken(error, context);
  }
}

function runRest({ phases }: Program, phase: Phase, context: RuleContext): RuleValue {
  if (isWhole(phases, phase)) return true;
  const { next, gas } = restOf(phases, phase);
  const machine = machineFor(context);
  machine.gas -= gas;
  return run(machine, context.campaign.rules, next);
}

/** As `evaluate`, with less gas; says what is left of it. */
export function evaluateWithin(
  rules: RuleCode,
  pc: Pc,
  context: RuleContext,
  gas: number,
): { readonly value: RuleValue; readonly gasLeft: number } {
  try {
    const machine = machineFor(context);
    machine.gas = gas;
    const value = run(machine, rules, pc);
    return { value, gasLeft: machine.gas };
  } catch (error) {
    return { value: broken(error, context), gasLeft: 0 };
  }
}

/** The machine was left in the middle of an instruction: the next evaluation gets another. */
function broken(error: unknown, context: RuleContext): RuleError {
  shared = null;
  return softwareError(error, context);
}

/**
 * For tracing: the code from `start`, with `depth` values on the stack, until it comes to `stop`; the value on top there.
 * Undefined when it comes to `end` first.
 */
export function evaluateUntil(rules: RuleCode, range: TracedRange, context: RuleContext): RuleValue | undefined {
  const code = rules.code.slice();
  code[range.end] = 0;
  code[range.stop] = RETURN;
  const machine = machineFor(context);
  machine.stack.fill(null, 0, range.depth);
  machine.top = range.depth;
  try {
    const value = run(machine, { ...rules, code }, range.start);
    machine.guards = 0;
    return value === NO_OPCODE ? undefined : value;
  } catch (error) {
    return broken(error, context);
  }
}

export interface TracedRange {
  readonly start: Pc;
  readonly stop: Pc;
  readonly end: Pc;
  readonly depth: number;
}

/** For tracing: what the counting instruction at `pc` counts, to the end; null when that depends on the stack. */
export function tally(rules: RuleCode, pc: Pc, context: RuleContext): Tally | null {
  try {
    return tallyAt(rules, pc, context);
  } catch (error) {
    broken(error, context);
    return null;
  }
}

function tallyAt(rules: RuleCode, pc: Pc, context: RuleContext): Tally | null {
  const machine = machineFor(context);
  const at = rules.code[pc + 1] ?? 0;
  const steps = rules.code[pc] === PRIOR_STEPS ? rules.constants.priorSteps[at] : undefined;
  if (steps !== undefined && steps.dynamic.length === 0)
    return counted(tallySteps(ofWholePrograms(steps, rules), machine, stepFilter(machine, rules)));
  const rewards = rules.code[pc] === PRIOR_REWARDS ? rules.constants.priorRewards[at] : undefined;
  return rewards === undefined ? null : counted(tallyRewards(rewards, machine, rewardFilter(machine, rules)));
}

function counted(tallied: Tally | RuleError): Tally | null {
  return "type" in tallied ? null : tallied;
}

/** Tests leave the switch with `break` and share its tail: most are followed by EXIT_FALSE, which then costs no turn. */
function run(machine: Machine, rules: RuleCode, start: Pc): RuleValue {
  const { code, constants } = rules;
  const { stack, context } = machine;
  const { event, person } = context;
  let pc = start;
  let top = machine.top;
  let gas = machine.gas;
  for (;;) {
    const op = code[pc] ?? 0;
    gas -= opcodeGas[op] ?? 1;
    if (gas < 0) return endWithoutGas(machine);
    let passed: boolean;
    switch (op) {
      case 1: // RETURN
        machine.gas = gas;
        return stack[top - 1] ?? null;
      case 2: // RETURN_TRUE
        machine.gas = gas;
        return true;
      case 3: // EXIT_FALSE
        machine.gas = gas;
        if (stack[--top] !== true) return false;
        pc += 1;
        continue;
      case 4: // JUMP
        pc = code[pc + 1] ?? 0;
        continue;
      case 5: // KEEP_FALSE
      case 6: // KEEP_TRUE
        if (isTruthy(stack[top - 1] ?? null) === (op === 5)) {
          top--;
          pc += 2;
        } else pc = code[pc + 1] ?? 0;
        continue;
      case 7: // NOT
        passed = !isTruthy(stack[--top] ?? null);
        pc += 1;
        break;
      case 8: // EVENT_IS
        passed = eventIs(constants.eventTests[code[pc + 1] ?? 0], event);
        pc += 2;
        break;
      case 9: // DATA_EQUALS
        passed = lookUp(event.data, constants.texts[code[pc + 1] ?? 0] ?? "") === constants.texts[code[pc + 2] ?? 0];
        pc += 3;
        break;
      case 10: // DATA_COMPARE
        passed = isDataOrdered(rules, pc, event);
        pc += 4;
        break;
      case 11: // HAS_IDENTITY
        passed = person.email !== null;
        pc += 1;
        break;
      case 12: // STEP_TOTAL
        passed = isTotalWithin(constants.stepTotals[code[pc + 1] ?? 0], person);
        pc += 2;
        break;
      default:
        machine.top = top;
        machine.gas = gas;
        pc = runCold(machine, rules, op, pc);
        if (pc === FAULT) return machine.failure;
        top = machine.top;
        gas = machine.gas;
        continue;
    }
    if (code[pc] !== EXIT_FALSE) stack[top++] = passed;
    else if (passed) pc += 1;
    else {
      machine.gas = gas;
      return false;
    }
  }
}

function isDataOrdered({ code, constants }: RuleCode, pc: Pc, event: PersonEvent): boolean {
  const value = numberOfJson(lookUp(event.data, constants.texts[code[pc + 1] ?? 0] ?? ""));
  return isOrdered(code[pc + 2] ?? 0, value, constants.numbers[code[pc + 3] ?? 0] ?? 0);
}

function endWithoutGas(machine: Machine): RuleValue {
  machine.guards = 0;
  return OUT_OF_GAS;
}

/** M4. Where to go on, or FAULT with `failure` set. */
function runCold(machine: Machine, rules: RuleCode, op: number, pc: Pc): Pc {
  const run = coldOps[op];
  const next = run === undefined ? machine.fail(NO_OPCODE) : run(machine, rules, pc);
  if (machine.gas >= 0 && next !== FAULT) return next;
  if (machine.gas < 0) machine.fail(OUT_OF_GAS);
  if (machine.isFiltering) return FAULT;
  if (machine.guards === 0 || machine.failure?.code === "gas") {
    machine.guards = 0;
    return FAULT;
  }
  const guard = --machine.guards;
  machine.top = machine.guardTops[guard] ?? 0;
  machine.push(machine.failure);
  return machine.guardTargets[guard] ?? FAULT;
}
