// The opcode table, the verifier and the machine hold together, also for bytecode that no compiler made.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bytecodeReference,
  disassemble,
  evaluate,
  isRuleError,
  type Program,
  type RuleContext,
} from "../../src/rules/mod.ts";
import { hotOpcodes, opcodeNamed, opcodes } from "../../src/rules/opcodes.ts";
import { verify } from "../../src/rules/emit/verify.ts";
import {
  codeOf,
  context,
  event,
  expressionTrigger,
  match,
  onEvent,
  person,
  programOf,
  reward,
  step,
  trigger,
} from "./fixtures.ts";

test("the machine's literals are the table's numbers", () => {
  const source = readFileSync(new URL("../../src/rules/run/vm.ts", import.meta.url), "utf8");
  const cases = [...source.matchAll(/case (\d+): \/\/ ([A-Z_]+)/g)].map(([, number, name]) => `${number} ${name}`);
  expect(cases).toEqual(hotOpcodes.map((name) => `${opcodeNamed(name).number} ${name}`));
});

test("the reference lists every opcode", () => {
  expect(bytecodeReference().split("\n")).toHaveLength(opcodes.length - 1);
});

/** Many kinds of instructions and constants, for code to be made from. */
function richProgram(): Program {
  const group = trigger("GROUP", { trigger_name: "g", operator: "OR" });
  const member = (of: ReturnType<typeof trigger>): ReturnType<typeof trigger> => ({
    ...of,
    parent_trigger_group_name: "g",
  });
  return programOf([
    onEvent("purchase", "signup"),
    group,
    member(
      expressionTrigger(
        "context.getOtherPerson().getId() === 'x' || context.getCauseEvent().getData().country === 'DE'",
      ),
    ),
    member(
      expressionTrigger(
        "() => { const a = context.getPerson().getSteps(); if (a.length > 1) { return a.find(s => s.getValue() !== null) !== null; } return Math.max(1, 2, 3) > 2; }",
      ),
    ),
    trigger("HAS_PRIOR_STEP", { filter_names: ["converted"], count_max: 9 }),
    trigger("HAS_PRIOR_STEP", {
      filter_expression: "javascript@runtime:context.getStep().getValue() !== null",
      having_all_names: "javascript@runtime:['converted']",
    }),
    trigger("HAS_PRIOR_REWARD", { filter_expression: "javascript@runtime:context.getReward().getName() !== null" }),
    member(trigger("MAXMIND", { default_quality_score: "ERROR" })),
    member(trigger("LEGACY_LABEL_TARGETING")),
    expressionTrigger("/a+/.test('aa') && 'ab'.match(/(a)(b)/).join('') === 'abab'"),
    expressionTrigger("`${1}x`.split('x').map(a => [a, { b: a }])[0][1].b === String(1)"),
  ]);
}

function richContext(program: Program): RuleContext {
  const steps = [step({ eventId: "1", value: 3 }), step({ eventId: "2" })];
  return context(program, {
    event: event({ data: { country: "DE", items: [1, "a", { b: [null] }] } }),
    person: person({ steps, rewards: [reward()] }),
  });
}

describe("verifier", () => {
  test("accepts what the compiler makes, and its disassembly shows each trigger", () => {
    const rules = codeOf(richProgram());
    expect(verify(rules)).toEqual({ ok: true, value: true });
    const text = rules.entries.map((entry) => disassemble(rules, entry)).join("\n");
    for (const word of [
      "EVENT_IS",
      "GUARD",
      "CHECK",
      "OR_MERGE",
      "LOOP_NEXT",
      "STEP_TOTAL",
      "PRIOR_STEPS",
      "PRIOR_REWARDS",
      "CALL person.getSteps 0",
    ])
      expect(text).toContain(word);
  });

  const code = (...words: (string | number)[]): Int32Array =>
    Int32Array.from(
      words.map((word) =>
        typeof word === "number" ? word : (opcodes.find((opcode) => opcode?.name === word)?.number ?? -1),
      ),
    );
  test.each([
    ["an unknown opcode", code(9999)],
    ["the opcode 0", code(0)],
    ["running off the end", code("HAS_IDENTITY")],
    ["an operand that is cut off", code("EVENT_IS")],
    ["an operand out of bounds", code("EVENT_IS", 99, "RETURN")],
    ["a negative operand", code("EVENT_IS", -1, "RETURN")],
    ["taking from an empty stack", code("RETURN")],
    ["a slot that is not there", code("LOCAL", 0, "RETURN")],
    ["a jump into an operand", code("JUMP", 1)],
    ["a jump out of the code", code("JUMP", 99)],
    ["a jump back", code("HAS_IDENTITY", "POP", 1, "JUMP", 0)],
    [
      "ways that meet with different stacks",
      code("HAS_IDENTITY", "KEEP_FALSE", 5, "HAS_IDENTITY", "HAS_IDENTITY", "RETURN"),
    ],
    ["a guard left open", code("GUARD", 4, "HAS_IDENTITY", "RETURN", "RETURN")],
    ["a guard closed twice", code("UNGUARD", "RETURN_TRUE")],
    ["a stack without bound", Int32Array.from(Array.from({ length: 300 }, () => opcodeNamed("HAS_IDENTITY").number))],
  ])("refuses %s", (_case, wrong) => {
    expect(verify({ ...codeOf(richProgram()), code: wrong, entries: [0] }).ok).toBe(false);
  });
});

/** Random instructions with operands that mostly exist: purely random ones would never pass the verifier. */
const instruction = fc.tuple(
  fc.integer({ min: 1, max: opcodes.length - 1 }),
  fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 }),
);

function assemble(instructions: readonly (readonly [number, readonly number[]])[]): Int32Array {
  const words: number[] = [];
  const values = opcodeNamed("VALUE").number;
  // Something to take from, and an end.
  for (let i = 0; i < 6; i++) words.push(values, i % 2);
  for (const [number, operands] of instructions) {
    const kinds = opcodes[number]?.operands ?? [];
    words.push(
      number,
      ...kinds.map((kind, at) =>
        kind === "target" ? words.length + kinds.length + 1 + (operands[at] ?? 0) * 2 : (operands[at] ?? 0),
      ),
    );
  }
  return Int32Array.from([...words, opcodeNamed("RETURN_TRUE").number]);
}

test("verified bytecode that nobody compiled never throws and always ends", { timeout: 60_000 }, () => {
  const program = richProgram();
  const rules = codeOf(program);
  const at = richContext(program);
  let verified = 0;
  const property = fc.property(fc.array(instruction, { minLength: 1, maxLength: 12 }), (instructions) => {
    const made = { ...rules, code: assemble(instructions), entries: [0] };
    // Filter expressions of the constants point into code: here all of them at its start, the worst that can be.
    const constants = {
      ...rules.constants,
      priorSteps: rules.constants.priorSteps.map((filter) => ({
        ...filter,
        expressions: filter.expressions.map(() => 0),
      })),
    };
    if (!verify(made).ok) return;
    verified++;
    const value = evaluate({ ...made, constants }, 0, at);
    if (isRuleError(value)) expect(value.message).not.toBe("");
  });
  fc.assert(property, { numRuns: 20_000 });
  expect(verified).toBeGreaterThan(500);
  expect(match([trigger("HAS_IDENTITY")])).toBe(true);
});

test("damaged programs are refused or run without harm", { timeout: 60_000 }, () => {
  const program = richProgram();
  const rules = codeOf(program);
  const at = richContext(program);
  let verified = 0;
  const property = fc.property(
    fc.integer({ min: 0, max: rules.code.length - 1 }),
    fc.integer({ min: -2, max: 60 }),
    (place, word) => {
      const code = rules.code.slice();
      code[place] = word;
      const damaged = { ...rules, code };
      if (!verify(damaged).ok) return;
      verified++;
      for (const entry of rules.entries) evaluate(damaged, entry, at);
    },
  );
  fc.assert(property, { numRuns: 5000 });
  expect(verified).toBeGreaterThan(100);
});
