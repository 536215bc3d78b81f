// The machine's inner loop.
//
//   M1. A rule never makes it throw and never makes it run on: faults are values, and each instruction costs gas.
//   M2. It runs verified code only, so operands and depths are not checked again; types of values are.
//   M3. The frequent instructions allocate nothing.
//   M4. Running out of gas ends the evaluation; any other fault ends it, too, unless a guard is open.
//
// The numbers of the cases are those of `opcodes.ts` (its first rows, in order).

import { coldOps } from "./cold_ops.ts";
import { rewardFilter, stepFilter } from "./cold_triggers.ts";
import { lookUp, wrap } from "./data_lookup.ts";
import { eventIs, isOrdered } from "./event_tests.ts";
import { GAS_MAX } from "./limits.ts";
import { FAULT, Machine } from "./machine.ts";
import { opcodeGas, opcodeNamed } from "./opcodes.ts";
import type { Tally } from "./prior.ts";
import { tallyRewards } from "./prior_rewards.ts";
import { tallySteps } from "./prior_steps.ts";
import type { Pc, Program, RuleContext } from "./program.ts";
import { fault, isTruthy, numberOfJson, type RuleError, type RuleValue } from "./value.ts";

const NO_STOP = -1;
const PRIOR_STEPS = opcodeNamed("PRIOR_STEPS").number;
const PRIOR_REWARDS = opcodeNamed("PRIOR_REWARDS").number;
const OUT_OF_GAS = fault("gas", "the rule took more gas than an evaluation has");
const NO_OPCODE = fault("bytecode", "not an instruction");

let shared: Machine | null = null;

/** Of the machine, only what an evaluation changes and does not restore is set here: this is half of a short rule. */
function machineFor(context: RuleContext): Machine {
  const machine = shared;
  if (machine === null) {
    shared = new Machine(context, (nested, program, pc) => run(nested, program, pc, NO_STOP));
    return shared;
  }
  machine.context = context;
  machine.gas = GAS_MAX;
  machine.top = 0;
  return machine;
}

/** What the code at `pc` yields; a `RuleError` if the rule faults. */
export function evaluate(program: Program, pc: Pc, context: RuleContext): RuleValue {
  return run(machineFor(context), program, pc, NO_STOP);
}

/** As `evaluate`, up to `stop`, with `depth` values on the stack: the value on top there, or what the code ended with. */
export function evaluateUntil(program: Program, range: { start: Pc; stop: Pc; depth: number }, context: RuleContext): RuleValue {
  const machine = machineFor(context);
  machine.stack.fill(null, 0, range.depth);
  machine.top = range.depth;
  return run(machine, program, range.start, range.stop);
}

/** For tracing: what the counting instruction at `pc` counts, to the end; null when that depends on the stack. */
export function tally(program: Program, pc: Pc, context: RuleContext): Tally | null {
  const machine = machineFor(context);
  const at = program.code[pc + 1] ?? 0;
  const steps = program.code[pc] === PRIOR_STEPS ? program.constants.priorSteps[at] : undefined;
  if (steps !== undefined && steps.dynamic.length === 0) return counted(tallySteps(steps, machine, stepFilter(machine, program)));
  const rewards = program.code[pc] === PRIOR_REWARDS ? program.constants.priorRewards[at] : undefined;
  return rewards === undefined ? null : counted(tallyRewards(rewards, machine, rewardFilter(machine, program)));
}

function counted(tallied: Tally | RuleError): Tally | null {
  return "type" in tallied ? null : tallied;
}

function run(machine: Machine, program: Program, start: Pc, stop: Pc): RuleValue {
  const { code, constants } = program;
  const { stack, context } = machine;
  const { event, person } = context;
  let pc = start;
  let top = machine.top;
  let gas = machine.gas;
  while (pc !== stop) {
    const op = code[pc] ?? 0;
    gas -= opcodeGas[op] ?? 1;
    if (gas < 0) {
      machine.guards = 0;
      return OUT_OF_GAS;
    }
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
        break;
      case 4: // JUMP
        pc = code[pc + 1] ?? 0;
        break;
      case 5: // JUMP_FALSE
        pc = isTruthy(stack[--top] ?? null) ? pc + 2 : (code[pc + 1] ?? 0);
        break;
      case 6: // KEEP_FALSE
        if (isTruthy(stack[top - 1] ?? null)) {
          top--;
          pc += 2;
        } else pc = code[pc + 1] ?? 0;
        break;
      case 7: // KEEP_TRUE
        if (isTruthy(stack[top - 1] ?? null)) pc = code[pc + 1] ?? 0;
        else {
          top--;
          pc += 2;
        }
        break;
      case 8: // NOT
        stack[top - 1] = !isTruthy(stack[top - 1] ?? null);
        pc += 1;
        break;
      case 9: // EVENT_IS
        stack[top++] = eventIs(constants.eventTests[code[pc + 1] ?? 0], event);
        pc += 2;
        break;
      case 10: // DATA
        machine.gas = gas;
        stack[top++] = wrap(lookUp(event.data, constants.texts[code[pc + 1] ?? 0] ?? ""), machine);
        gas = machine.gas;
        pc += 2;
        break;
      case 11: // DATA_EQUALS
        stack[top++] = lookUp(event.data, constants.texts[code[pc + 1] ?? 0] ?? "") === constants.texts[code[pc + 2] ?? 0];
        pc += 3;
        break;
      case 12: { // DATA_COMPARE
        const value = numberOfJson(lookUp(event.data, constants.texts[code[pc + 1] ?? 0] ?? ""));
        stack[top++] = isOrdered(code[pc + 2] ?? 0, value, constants.numbers[code[pc + 3] ?? 0] ?? 0);
        pc += 4;
        break;
      }
      case 13: // HAS_IDENTITY
        stack[top++] = person.email !== null;
        pc += 1;
        break;
      case 14: { // STEP_TOTAL
        const test = constants.stepTotals[code[pc + 1] ?? 0];
        const count = test === undefined ? 0 : (person.stepTotals[test.key]?.count ?? 0);
        stack[top++] = test !== undefined && count >= test.countMin && count <= test.countMax;
        pc += 2;
        break;
      }
      default:
        machine.top = top;
        machine.gas = gas;
        pc = runCold(machine, program, op, pc);
        if (pc === FAULT) return machine.failure;
        top = machine.top;
        gas = machine.gas;
    }
  }
  machine.gas = gas;
  return stack[top - 1] ?? null;
}

/** M4. Where to go on, or FAULT with `failure` set. */
function runCold(machine: Machine, program: Program, op: number, pc: Pc): Pc {
  const run = coldOps[op];
  const next = run === undefined ? machine.fail(NO_OPCODE) : run(machine, program, pc);
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
