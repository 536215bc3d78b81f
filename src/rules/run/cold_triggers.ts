// Instructions of triggers that are not in the inner loop.

import { runCheck } from "./check.ts";
import { eventHasData, rewardIs } from "./event_tests.ts";
import { LIST_LENGTH_MAX } from "../limits.ts";
import { type ColdOp, type Machine, operand } from "./machine.ts";
import { type DynamicList, type PriorSteps } from "../prior.ts";
import { hasPriorRewards, type RewardFilter } from "./prior_rewards.ts";
import { hasPriorSteps, type StepFilter } from "./prior_steps.ts";
import { labelsOfPrograms } from "../program_labels.ts";
import type { Pc, RuleCode } from "../program.ts";
import { fault, isRuleError, type RuleError, type RuleValue, typeOf } from "../value.ts";

export const triggerOps = {
  EVENT_HAS_DATA: (machine, rules, pc) => {
    machine.push(eventHasData(rules.constants.names[operand(rules, pc, 1)] ?? [], machine.context.event));
    return pc + 2;
  },
  REWARD_IS: (machine, rules, pc) => {
    const test = rules.constants.rewardTests[operand(rules, pc, 1)];
    machine.push(test !== undefined && rewardIs(test, machine.context.event));
    return pc + 2;
  },
  CHECK: (machine, rules, pc) => {
    const check = rules.constants.checks[operand(rules, pc, 1)];
    if (check === undefined) return machine.fail(fault("bytecode", "no such check"));
    return finish(machine, runCheck(check, machine, rules.blocks), pc + 2);
  },
  IN_AUDIENCE: (machine, rules, pc) => {
    const wanted = rules.constants.names[operand(rules, pc, 1)] ?? [];
    const { memberships } = machine.context.person;
    machine.gas -= memberships.length;
    machine.push(memberships.some((membership) => wanted.includes(membership.audienceId)));
    return pc + 2;
  },
  REQUIRE_SELF: (machine, _rules, pc) => {
    const id = machine.pop();
    if (id === null || id === machine.context.person.id) return pc + 1;
    return machine.fail(fault("other_person", "only the event's own person can be looked at"));
  },
  PRIOR_STEPS: (machine, rules, pc) => {
    const filter = rules.constants.priorSteps[operand(rules, pc, 1)];
    const count = operand(rules, pc, 2);
    if (filter === undefined || filter.dynamic.length !== count)
      return machine.fail(fault("bytecode", "no such filter"));
    const filled = fill(machine, filter);
    if ("type" in filled) return machine.fail(filled);
    const verdict = hasPriorSteps(ofWholePrograms(filled, rules), machine, stepFilter(machine, rules));
    return finish(machine, verdict, pc + 3);
  },
  PRIOR_REWARDS: (machine, rules, pc) => {
    const filter = rules.constants.priorRewards[operand(rules, pc, 1)];
    if (filter === undefined) return machine.fail(fault("bytecode", "no such filter"));
    return finish(machine, hasPriorRewards(filter, machine, rewardFilter(machine, rules)), pc + 2);
  },
} as const satisfies Record<string, ColdOp>;

function finish(machine: Machine, verdict: boolean | RuleError, next: Pc): Pc {
  if (typeof verdict !== "boolean") return machine.fail(verdict);
  machine.push(verdict);
  return next;
}

/** The filter with the lists that expressions left on the stack. */
function fill(machine: Machine, filter: PriorSteps): PriorSteps | RuleError {
  if (filter.dynamic.length === 0) return filter;
  const lists: { [name in DynamicList]?: readonly string[] } = {};
  machine.top -= filter.dynamic.length;
  for (let i = 0; i < filter.dynamic.length; i++) {
    const name = filter.dynamic[i];
    const list = textsOf(machine.stack[machine.top + i] ?? null);
    if (name === undefined || list === null) return fault("wrong_type", `${name} must be a list of texts`);
    lists[name] = name === "havingAllNames" ? list.map((text) => text.trim().toLowerCase()) : list;
  }
  return { ...filter, ...lists, dynamic: [] };
}

/** Steps bear the label of their day. */
export function ofWholePrograms(filter: PriorSteps, { renamedPrograms }: RuleCode): PriorSteps {
  const { programLabels } = filter;
  if (programLabels === null || renamedPrograms.length === 0) return filter;
  return { ...filter, programLabels: labelsOfPrograms(programLabels, renamedPrograms) };
}

function textsOf(value: RuleValue): string[] | null {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value?.type !== "list" || value.items.length > LIST_LENGTH_MAX) return null;
  const texts = value.items.filter((item) => typeof item === "string");
  return texts.length === value.items.length ? texts : null;
}

export function stepFilter(machine: Machine, rules: RuleCode): StepFilter {
  return (pc, step) => {
    machine.step = step;
    const verdict = runFilter(machine, rules, pc);
    machine.step = null;
    return verdict;
  };
}

export function rewardFilter(machine: Machine, rules: RuleCode): RewardFilter {
  return (pc, reward) => {
    machine.reward = reward;
    const verdict = runFilter(machine, rules, pc);
    machine.reward = null;
    return verdict;
  };
}

/** On top of the stack of the trigger, which is left as it was. */
function runFilter(machine: Machine, rules: RuleCode, pc: Pc): RuleValue {
  if (machine.isFiltering) return fault("bytecode", "a filter expression cannot start another one");
  const { base, top, guards } = machine;
  machine.base = top;
  machine.isFiltering = true;
  const verdict = machine.runNested(machine, rules, pc);
  machine.isFiltering = false;
  machine.base = base;
  machine.top = top;
  machine.guards = guards;
  return isRuleError(verdict) || typeof verdict === "boolean"
    ? verdict
    : fault("wrong_type", `a filter yields true or false, not ${typeOf(verdict)}`);
}
