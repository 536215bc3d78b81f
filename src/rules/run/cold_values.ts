// Instructions on plain values: constants, locals, arithmetic, comparison, texts, faults.

import { lookUp, wrap } from "../data_lookup.ts";
import { isOrdered } from "./event_tests.ts";
import { GUARDS_MAX, TEXT_LENGTH_MAX } from "../limits.ts";
import { type ColdOp, type Machine, operand } from "./machine.ts";
import { roots } from "../opcodes.ts";
import type { Pc } from "../program.ts";
import { fault, isRuleError, isTruthy, numberOfValue, type RuleValue, textOfValue, typeOf } from "../value.ts";

const WRONG_GUARD = fault("bytecode", "guards are not balanced");

export const valueOps = {
  VALUE: (machine, rules, pc) => {
    machine.push(rules.constants.values[operand(rules, pc, 1)] ?? null);
    return pc + 2;
  },
  DATA: (machine, rules, pc) => {
    const name = rules.constants.texts[operand(rules, pc, 1)] ?? "";
    machine.push(wrap(lookUp(machine.context.event.data, name), machine));
    return pc + 2;
  },
  JUMP_FALSE: (machine, rules, pc) => (isTruthy(machine.pop()) ? pc + 2 : operand(rules, pc, 1)),
  LOCAL: (machine, rules, pc) => {
    machine.push(machine.stack[machine.base + operand(rules, pc, 1)] ?? null);
    return pc + 2;
  },
  POP: (machine, rules, pc) => {
    machine.top -= operand(rules, pc, 1);
    return pc + 2;
  },
  SLIDE: (machine, rules, pc) => {
    const value = machine.pop();
    machine.top -= operand(rules, pc, 1);
    machine.push(value);
    return pc + 2;
  },
  ROOT: (machine, rules, pc) => {
    machine.push({ type: roots[operand(rules, pc, 1)] ?? "context" });
    return pc + 2;
  },
  IS_TRUE: (machine, _rules, pc) => {
    machine.push(machine.pop() === true);
    return pc + 1;
  },
  KEEP_VALUE: (machine, rules, pc) => {
    if (machine.peek(0) !== null) return operand(rules, pc, 1);
    machine.top--;
    return pc + 2;
  },
  EQUAL: (machine, _rules, pc) => {
    const right = machine.pop();
    const left = machine.pop();
    if (typeof left === "string" && typeof right === "string") machine.gas -= Math.min(left.length, right.length) >> 4;
    machine.push(left === right);
    return pc + 1;
  },
  COMPARE: (machine, rules, pc) => {
    const right = machine.pop();
    const left = machine.pop();
    if (typeof left === "string" && typeof right === "string") {
      machine.gas -= Math.min(left.length, right.length);
      machine.push(isOrdered(operand(rules, pc, 1), left, right));
      return pc + 2;
    }
    if (!isNumeric(left) || !isNumeric(right)) return wrongOperands(machine, "compare", left, right);
    machine.push(isOrdered(operand(rules, pc, 1), numberOfValue(left), numberOfValue(right)));
    return pc + 2;
  },
  ADD: (machine, _rules, pc) => {
    const right = machine.pop();
    const left = machine.pop();
    if (typeof left === "number" && typeof right === "number") {
      machine.push(left + right);
      return pc + 1;
    }
    if (typeof left !== "string" && typeof right !== "string") return wrongOperands(machine, "add", left, right);
    return pushJoined(machine, [left, right], pc + 1);
  },
  SUBTRACT: (machine, _rules, pc) => arithmetic(machine, pc, (left, right) => left - right),
  MULTIPLY: (machine, _rules, pc) => arithmetic(machine, pc, (left, right) => left * right),
  DIVIDE: (machine, _rules, pc) => arithmetic(machine, pc, (left, right) => left / right),
  REMAINDER: (machine, _rules, pc) => arithmetic(machine, pc, (left, right) => left % right),
  NEGATE: (machine, _rules, pc) => {
    const value = machine.pop();
    if (!isNumeric(value)) return machine.fail(fault("wrong_type", `cannot negate ${typeOf(value)}`));
    machine.push(-numberOfValue(value));
    return pc + 1;
  },
  TEMPLATE: (machine, rules, pc) => {
    const count = operand(rules, pc, 1);
    machine.top -= count;
    return pushJoined(machine, machine.stack.slice(machine.top, machine.top + count), pc + 2);
  },
  GUARD: (machine, rules, pc) => {
    if (machine.guards >= GUARDS_MAX) return machine.fail(WRONG_GUARD);
    machine.guardTargets[machine.guards] = operand(rules, pc, 1);
    machine.guardTops[machine.guards++] = machine.top;
    return pc + 2;
  },
  UNGUARD: (machine, _rules, pc) => {
    if (machine.guards === 0) return machine.fail(WRONG_GUARD);
    machine.guards--;
    return pc + 1;
  },
  OR_MERGE: (machine, rules, pc) => {
    const member = machine.pop();
    const sofar = machine.pop();
    machine.push(member === true || !isRuleError(member) ? (member === true ? true : sofar) : member);
    return member === true ? operand(rules, pc, 1) : pc + 2;
  },
  RAISE: (machine, _rules, pc) => {
    const value = machine.peek(0);
    return isRuleError(value) ? machine.fail(value) : pc + 1;
  },
} as const satisfies Record<string, ColdOp>;

/** Amounts of the contract are texts; they count as numbers where JavaScript would take them for numbers. */
function isNumeric(value: RuleValue): value is number | string {
  return typeof value === "number" || typeof value === "string";
}

function arithmetic(machine: Machine, pc: Pc, compute: (left: number, right: number) => number): Pc {
  const right = machine.pop();
  const left = machine.pop();
  if (!isNumeric(left) || !isNumeric(right)) return wrongOperands(machine, "compute with", left, right);
  machine.push(compute(numberOfValue(left), numberOfValue(right)));
  return pc + 1;
}

function wrongOperands(machine: Machine, verb: string, left: RuleValue, right: RuleValue): Pc {
  return machine.fail(fault("wrong_type", `cannot ${verb} ${typeOf(left)} and ${typeOf(right)}`));
}

function pushJoined(machine: Machine, values: readonly RuleValue[], next: Pc): Pc {
  let text = "";
  for (const value of values) {
    const part = textOfValue(value);
    if (part === null) return machine.fail(fault("wrong_type", `${typeOf(value)} has no text`));
    // Before joining, so that a text that is too long is never built.
    if (text.length + part.length > TEXT_LENGTH_MAX) return machine.fail(fault("text_length", "the text is too long"));
    text += part;
  }
  machine.gas -= text.length;
  machine.push(text);
  return next;
}
