// Bytecode as text, for people. Slow and plain.

import { methods } from "../context_api/context_api.ts";
import { comparisons, loops, type Opcode, type OperandKind, opcodes, roots } from "../opcodes.ts";
import type { Pc, RuleCode } from "../program.ts";

/** The piece of code that is entered at `pc`: one instruction a line, with its place. */
export function disassemble(rules: RuleCode, pc: Pc): string {
  const following = rules.entries.filter((entry) => entry > pc);
  const end = Math.min(rules.code.length, ...following);
  return disassembleRange(rules, pc, end);
}

export function disassembleRange(rules: RuleCode, start: Pc, end: Pc): string {
  const lines: string[] = [];
  for (let pc = start; pc < end; ) {
    const opcode = opcodes[rules.code[pc] ?? 0];
    lines.push(`${String(pc).padStart(5)}  ${instruction(rules, opcode, pc)}`);
    pc += 1 + (opcode?.operands.length ?? 0);
  }
  return lines.join("\n");
}

function instruction(rules: RuleCode, opcode: Opcode | undefined, pc: Pc): string {
  if (opcode === undefined) return `? ${rules.code[pc]}`;
  const operands = opcode.operands.map((kind, at) => operandText(rules, kind, rules.code[pc + 1 + at] ?? 0));
  return [opcode.name, ...operands].join(" ");
}

export function operandText(rules: RuleCode, kind: OperandKind, value: number): string {
  const { constants } = rules;
  switch (kind) {
    case "target":
      return `-> ${value}`;
    case "slot":
    case "count":
      return String(value);
    case "text":
      return JSON.stringify(constants.texts[value]);
    case "number":
      return String(constants.numbers[value]);
    case "value":
      return JSON.stringify(constants.values[value]);
    case "names":
      return JSON.stringify(constants.names[value]);
    case "eventTest":
      return JSON.stringify(constants.eventTests[value]);
    case "rewardTest":
      return JSON.stringify(constants.rewardTests[value]);
    case "stepTotal":
      return JSON.stringify(constants.stepTotals[value]);
    case "check":
      return JSON.stringify(constants.checks[value]);
    case "priorSteps":
      return withoutNulls(constants.priorSteps[value]);
    case "priorRewards":
      return withoutNulls(constants.priorRewards[value]);
    case "method": {
      const method = methods[value];
      return method === undefined ? "?" : `${method.owner}.${method.name}`;
    }
    case "comparison":
      return comparisons[value] ?? "?";
    case "loop":
      return loops[value] ?? "?";
    case "root":
      return roots[value] ?? "?";
  }
}

/** A filter has many members, of which few are given. */
function withoutNulls(filter: object | undefined): string {
  return JSON.stringify(filter, (name, member: unknown) => {
    if (name === "taxYearStartsMs" && member !== null) return "in the tax year";
    return member === null ? undefined : member;
  });
}
