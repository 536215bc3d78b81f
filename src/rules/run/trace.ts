// Explains a verdict: the same bytecode, a trigger at a time, with what each instruction saw. Slow and plain; run on demand.

import { disassembleRange, operandText } from "./disassemble.ts";
import { lookUp } from "../data_lookup.ts";
import { type OperandKind, opcodes } from "../opcodes.ts";
import { startOf } from "./phase_table.ts";
import type { Pc, Phase, Program, RuleCode, RuleContext, TriggerMark } from "../program.ts";
import { isRuleError, textOfValue, toJson, type RuleValue } from "../value.ts";
import { evaluateUntil, tally } from "./vm.ts";

export interface TraceRow {
  readonly triggerId: string;
  readonly triggerType: string;
  readonly phase: TriggerMark["phase"];
  /** 0 for top-level triggers, one more within each group. */
  readonly nesting: number;
  /** After negation. Triggers that evaluation never reached have a verdict, too: what it would have been. */
  readonly verdict: boolean;
  /** Why it faulted, or null. A fault is no pass. */
  readonly fault: string | null;
  readonly seen: readonly Sighting[];
  /** What it asks for: with another verdict of these, the trigger's would be another. Empty for a group, whose members say it. */
  readonly wants: readonly string[];
  /** The instructions, for those who want to know exactly. */
  readonly code: string;
}

export interface Sighting {
  /** What was looked at, such as `event name` or `DATA "cart_value"`. */
  readonly what: string;
  readonly value: string;
}

/** A row for each trigger of the phase, which is of the context's campaign, in published order, groups before their members. */
export function trace(program: Program, phase: Phase, context: RuleContext): TraceRow[] {
  const { rules } = context.campaign;
  const pc = startOf(program.phases, phase);
  const end = Math.min(rules.code.length, ...rules.entries.filter((entry) => entry > pc));
  return rules.marks.filter(({ start }) => start >= pc && start < end).map((mark) => rowOf(rules, mark, context));
}

function rowOf(rules: RuleCode, mark: TriggerMark, context: RuleContext): TraceRow {
  const { triggerId, triggerType, phase, nesting, start, end } = mark;
  const value = evaluateUntil(rules, { ...mark, stop: end }, context) ?? null;
  return {
    triggerId,
    triggerType,
    phase,
    nesting,
    verdict: value === true,
    fault: isRuleError(value) ? `${value.code}: ${value.message}` : null,
    seen: triggerType === "GROUP" ? [] : sightings(rules, mark, context),
    wants: triggerType === "GROUP" ? [] : wants(rules, mark),
    code: disassembleRange(rules, start, end),
  };
}

function sightings(rules: RuleCode, mark: TriggerMark, context: RuleContext): Sighting[] {
  const seen: Sighting[] = [];
  for (let pc = mark.start; pc < mark.end; ) {
    const opcode = opcodes[rules.code[pc] ?? 0];
    if (opcode === undefined) break;
    const next = pc + 1 + opcode.operands.length;
    const sighting = sightingAt(rules, mark, { pc, next }, context);
    if (sighting !== null) seen.push(sighting);
    pc = next;
  }
  return seen;
}

/** Operands that are conditions in themselves, as opposed to places and names of what is looked at. */
const conditionKinds: readonly OperandKind[] = [
  "names",
  "comparison",
  "eventTest",
  "rewardTest",
  "stepTotal",
  "priorSteps",
  "priorRewards",
];

/** Conditions whose operands are no conditions by themselves, or lie on the stack. */
const conditionNames: readonly string[] = ["DATA_EQUALS", "HAS_IDENTITY", "EQUAL"];

/** Each test of the trigger in words, with its bounds; a test that is inverted says so. */
function wants(rules: RuleCode, { start, end }: TriggerMark): string[] {
  const found: string[] = [];
  let constant = "";
  for (let pc = start; pc < end; ) {
    const opcode = opcodes[rules.code[pc] ?? 0];
    if (opcode === undefined) break;
    const { name, operands, summary } = opcode;
    const texts = operands.map((kind, at) => operandText(rules, kind, rules.code[pc + 1 + at] ?? 0));
    const isCondition = conditionNames.includes(name) || operands.some((kind) => conditionKinds.includes(kind));
    if (name === "NOT" && found.length > 0) found.push(`not (${found.pop() ?? ""})`);
    else if (isCondition) found.push([`${summary}:`, ...texts, constant].filter((part) => part !== "").join(" "));
    // What is compared with lies on the stack since the instruction before.
    constant = name === "VALUE" ? texts.join() : "";
    pc += 1 + operands.length;
  }
  return found;
}

function sightingAt(
  rules: RuleCode,
  mark: TriggerMark,
  at: { pc: Pc; next: Pc },
  context: RuleContext,
): Sighting | null {
  const opcode = opcodes[rules.code[at.pc] ?? 0];
  const first = rules.code[at.pc + 1] ?? 0;
  const { event, person } = context;
  switch (opcode?.name) {
    case "EVENT_IS":
      return { what: "event", value: `${event.type} ${event.name}` };
    case "REWARD_IS":
      return { what: "event", value: `${event.type} ${event.name} ${JSON.stringify(event.detail)}` };
    case "EVENT_HAS_DATA":
      return { what: "data names", value: Object.keys(event.data).join(", ") };
    case "DATA":
    case "DATA_EQUALS":
    case "DATA_COMPARE": {
      const name = rules.constants.texts[first] ?? "";
      return { what: `data ${name}`, value: JSON.stringify(lookUp(event.data, name) ?? null) };
    }
    case "CHECK":
      return { what: "sender and data", value: JSON.stringify({ sender: event.enrichment, data: event.data }) };
    case "HAS_IDENTITY":
      return { what: "identity key", value: person.email ?? "none" };
    case "IN_AUDIENCE":
      return { what: "audiences", value: person.memberships.map(({ audienceId }) => audienceId).join(", ") };
    case "STEP_TOTAL": {
      const test = rules.constants.stepTotals[first];
      return { what: "step count", value: String(test === undefined ? 0 : (person.stepTotals[test.key]?.count ?? 0)) };
    }
    case "PRIOR_STEPS":
    case "PRIOR_REWARDS":
      return { what: "count and sum", value: tallyText(rules, at.pc, context) };
    case "CALL":
    case "CALL_NAMED":
    case "MEMBER":
    case "INDEX": {
      const value = evaluateUntil(rules, { ...mark, stop: at.next }, context);
      if (value === undefined) return null;
      const what = operandText(rules, opcode.operands[0] ?? "count", first);
      return { what: opcode.name === "INDEX" ? "item" : what, value: valueText(value) };
    }
    default:
      return null;
  }
}

/** Filters with lists from expressions are not counted again here. */
function tallyText(rules: RuleCode, pc: Pc, context: RuleContext): string {
  const counted = tally(rules, pc, context);
  return counted === null ? "not counted" : `${counted.count}, ${counted.sum}`;
}

function valueText(value: RuleValue): string {
  if (isRuleError(value)) return `fault ${value.code}`;
  if (typeof value === "object" && value !== null && value.type !== "map" && value.type !== "list") return value.type;
  return typeof value === "string" ? JSON.stringify(value) : (textOfValue(value) ?? JSON.stringify(toJson(value)));
}
