// Instructions on lists, maps and the context API, and the loops of list methods.

import type { JsonValue } from "../../model/json.ts";
import { findMethod, methods } from "../context_api/context_api.ts";
import { isRefusedName, lookUpMember } from "../data_lookup.ts";
import { JSON_SIZE_MAX, LIST_LENGTH_MAX } from "../limits.ts";
import { type ColdOp, type Machine, operand } from "./machine.ts";
import { ARGUMENTS_MAX, type Method, wrongReceiver } from "../context_api/method.ts";
import { type Loop, loops } from "../opcodes.ts";
import type { Pc } from "../program.ts";
import { fault, isRuleError, isTruthy, jsonWithin, type RuleList, type RuleValue, typeOf } from "../value.ts";

/** Slots of a running loop below the item: list, position, result so far. */
const LIST = 2;
const POSITION = 1;
const RESULT = 0;

const BROKEN_LOOP = fault("bytecode", "the stack holds no loop");

export const callOps = {
  LIST: (machine, rules, pc) => {
    const count = operand(rules, pc, 1);
    machine.top -= count;
    machine.push({ type: "list", items: machine.stack.slice(machine.top, machine.top + count) });
    return pc + 2;
  },
  MAP: (machine, rules, pc) => {
    const names = rules.constants.names[operand(rules, pc, 1)] ?? [];
    machine.top -= names.length;
    const members: { [name: string]: JsonValue } = {};
    const budget = { left: Math.min(JSON_SIZE_MAX, machine.gas) };
    const given = budget.left;
    for (let i = 0; i < names.length; i++) {
      const member = jsonWithin(machine.stack[machine.top + i] ?? null, budget);
      if (member === undefined) return machine.fail(fault("map_size", "the map is too large"));
      members[names[i] ?? ""] = member;
    }
    machine.gas -= given - budget.left;
    machine.push({ type: "map", form: "json", members });
    return pc + 2;
  },
  MEMBER: (machine, rules, pc) => {
    const name = rules.constants.texts[operand(rules, pc, 1)] ?? "";
    return pushResult(machine, memberOf(machine, machine.pop(), name), pc + 2);
  },
  INDEX: (machine, _rules, pc) => {
    const index = machine.pop();
    return pushResult(machine, itemOf(machine, machine.pop(), index), pc + 1);
  },
  CALL: (machine, rules, pc) => {
    const method = methods[operand(rules, pc, 1)];
    const count = operand(rules, pc, 2);
    return method === undefined
      ? machine.fail(fault("bytecode", "no such method"))
      : call(machine, method, count, pc + 3);
  },
  CALL_NAMED: (machine, rules, pc) => {
    const name = rules.constants.texts[operand(rules, pc, 1)] ?? "";
    const count = operand(rules, pc, 2);
    const receiver = machine.peek(count);
    const number = findMethod(typeOf(receiver), name);
    const method = number === undefined ? undefined : methods[number];
    if (method !== undefined) return call(machine, method, count, pc + 3);
    const failure = wrongReceiver(receiver, name);
    return pushResult(machine, failure, pc + 3);
  },
  LOOP_BEGIN: (machine, rules, pc) => {
    const loop = loops[operand(rules, pc, 1)];
    const list = machine.peek(0);
    if (!isList(list)) return pushResult(machine, wrongReceiver(list, loop ?? "loop"), pc + 2);
    if (list.items.length > LIST_LENGTH_MAX) return machine.fail(fault("list_length", "the list is too long"));
    machine.push(0);
    machine.push(initial(loop));
    return pc + 2;
  },
  LOOP_NEXT: (machine, rules, pc) => {
    const list = machine.peek(LIST);
    const position = machine.peek(POSITION);
    if (!isList(list) || typeof position !== "number") return machine.fail(BROKEN_LOOP);
    if (!(position < list.items.length)) return operand(rules, pc, 1);
    machine.stack[machine.top - 1 - POSITION] = position + 1;
    machine.push(list.items[position] ?? null);
    return pc + 2;
  },
  LOOP_TAKE: (machine, rules, pc) => {
    const verdict = machine.pop();
    const item = machine.pop();
    const isFinal = take(machine, loops[operand(rules, pc, 1)], item, verdict);
    return isFinal ? operand(rules, pc, 2) : pc + 3;
  },
  LOOP_END: (machine, _rules, pc) => {
    const result = machine.pop();
    machine.top -= 2;
    machine.push(result);
    return pc + 1;
  },
} as const satisfies Record<string, ColdOp>;

function isList(value: RuleValue): value is RuleList {
  return typeof value === "object" && value !== null && value.type === "list";
}

function pushResult(machine: Machine, value: RuleValue, next: Pc): Pc {
  if (isRuleError(value)) return machine.fail(value);
  machine.push(value);
  return next;
}

/** Arguments are checked here, the receiver by the method. */
function call(machine: Machine, method: Method, count: number, next: Pc): Pc {
  if (count > ARGUMENTS_MAX) return machine.fail(fault("bytecode", "too many arguments"));
  if (count < method.required || count > method.parameters.length) {
    return machine.fail(fault("wrong_type", `${method.name} takes ${method.parameters.length} arguments`));
  }
  const second = count > 1 ? machine.pop() : null;
  const first = count > 0 ? machine.pop() : null;
  const receiver = machine.pop();
  if ((count > 0 && !fits(first, method, 0)) || (count > 1 && !fits(second, method, 1))) {
    return machine.fail(fault("wrong_type", `${method.name} takes ${method.parameters.join(", ")}`));
  }
  return pushResult(machine, method.run(machine, receiver, first, second), next);
}

function fits(value: RuleValue, method: Method, at: number): boolean {
  const type = method.parameters[at] ?? "any";
  return type === "any" || typeOf(value) === type;
}

function memberOf(machine: Machine, value: RuleValue, name: string): RuleValue {
  if (typeof value === "string" && name === "length") return value.length;
  if (typeof value !== "object" || value === null) return wrongReceiver(value, name);
  if (value.type === "list" && name === "length") return value.items.length;
  return value.type === "map" ? lookUpMember(value, name, machine) : wrongReceiver(value, name);
}

function itemOf(machine: Machine, value: RuleValue, index: RuleValue): RuleValue {
  if (typeof index === "number") {
    if (typeof value === "string") return value[index] ?? null;
    if (isList(value)) return value.items[index] ?? null;
  }
  if (typeof index === "string" && typeof value === "object" && value?.type === "map") {
    return isRefusedName(index)
      ? fault("refused_name", `the name ${index} is refused`)
      : lookUpMember(value, index, machine);
  }
  return value === null
    ? wrongReceiver(value, "an index")
    : fault("wrong_type", `${typeOf(value)} has no index of type ${typeOf(index)}`);
}

function initial(loop: Loop | undefined): RuleValue {
  switch (loop) {
    case "filter":
    case "map":
      return { type: "list", items: [] };
    case "every":
      return true;
    case "some":
      return false;
    default:
      return null;
  }
}

/** Takes an item's verdict into the result; true when the rest does not matter. */
function take(machine: Machine, loop: Loop | undefined, item: RuleValue, verdict: RuleValue): boolean {
  const result = machine.peek(RESULT);
  const isWanted = isTruthy(verdict);
  switch (loop) {
    case "filter":
    case "map":
      if (isList(result) && (loop === "map" || isWanted)) {
        result.items.push(loop === "map" ? verdict : item);
      }
      return false;
    case "every":
    case "some":
      if (isWanted === (loop === "every")) return false;
      machine.stack[machine.top - 1] = loop === "some";
      return true;
    default:
      if (isWanted) machine.stack[machine.top - 1] = item;
      return isWanted;
  }
}
