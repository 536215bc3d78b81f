// Head: the plain tests that most phases start with, one after the other and without the machine. Most verdicts are reached here.
//
//   H1. It yields what the machine would. A test belongs to the head if EXIT_FALSE follows it; the first other instruction ends the head.
//   H2. Plain tests neither fault nor write, and a head has few of them, so that gas cannot run out on the way.
//   H3. Tests of data are written out, a place each: V8 keeps for each place in the source which names and shapes came by, and
//       a look-up at a place where one name comes by is several times cheaper (bench/rules.bench.ts).

import type { JsonValue } from "../model/json.ts";
import { lookUp } from "./data_lookup.ts";
import { eventIs, isOrdered, isTotalWithin } from "./event_tests.ts";
import { opcodeGas, opcodeNamed, opcodeWidth } from "./opcodes.ts";
import type { Pc, RuleCode, RuleContext } from "./program.ts";
import { numberOfJson } from "./value.ts";

/** Instead of a place to go on: a test did not pass. */
export const NOT_PASSED = -1;

const EXIT_FALSE = opcodeNamed("EXIT_FALSE").number;
const EVENT_IS = opcodeNamed("EVENT_IS").number;
const DATA_EQUALS = opcodeNamed("DATA_EQUALS").number;
const DATA_COMPARE = opcodeNamed("DATA_COMPARE").number;
const HAS_IDENTITY = opcodeNamed("HAS_IDENTITY").number;
const STEP_TOTAL = opcodeNamed("STEP_TOTAL").number;

/** Where the machine goes on, which is `pc` itself if the code has no head; or NOT_PASSED. */
export function runHead(rules: RuleCode, pc: Pc, context: RuleContext): Pc {
  const { code, constants } = rules;
  const { texts, numbers } = constants;
  const { event, person } = context;
  const { data } = event;
  if (code[pc] === EVENT_IS && code[pc + 2] === EXIT_FALSE) {
    if (!eventIs(constants.eventTests[code[pc + 1] ?? 0], event)) return NOT_PASSED;
    pc += 3;
  }
  if (code[pc] === DATA_EQUALS && code[pc + 3] === EXIT_FALSE) {
    const name = texts[code[pc + 1] ?? 0] ?? "";
    const text = texts[code[pc + 2] ?? 0];
    const found = data[name];
    if (found !== text && (isFound(found) || lookUp(data, name) !== text)) return NOT_PASSED;
    pc += 4;
  }
  if (code[pc] === DATA_EQUALS && code[pc + 3] === EXIT_FALSE) {
    const name = texts[code[pc + 1] ?? 0] ?? "";
    const text = texts[code[pc + 2] ?? 0];
    const found = data[name];
    if (found !== text && (isFound(found) || lookUp(data, name) !== text)) return NOT_PASSED;
    pc += 4;
  }
  if (code[pc] === DATA_COMPARE && code[pc + 4] === EXIT_FALSE) {
    const name = texts[code[pc + 1] ?? 0] ?? "";
    const found = data[name];
    const value = typeof found === "number" ? found : numberOfJson(lookUp(data, name));
    if (!isOrdered(code[pc + 2] ?? 0, value, numbers[code[pc + 3] ?? 0] ?? 0)) return NOT_PASSED;
    pc += 5;
  }
  if (code[pc] === DATA_COMPARE && code[pc + 4] === EXIT_FALSE) {
    const name = texts[code[pc + 1] ?? 0] ?? "";
    const found = data[name];
    const value = typeof found === "number" ? found : numberOfJson(lookUp(data, name));
    if (!isOrdered(code[pc + 2] ?? 0, value, numbers[code[pc + 3] ?? 0] ?? 0)) return NOT_PASSED;
    pc += 5;
  }
  if (code[pc] === HAS_IDENTITY && code[pc + 1] === EXIT_FALSE) {
    if (person.email === null) return NOT_PASSED;
    pc += 2;
  }
  if (code[pc] === STEP_TOTAL && code[pc + 2] === EXIT_FALSE) {
    if (!isTotalWithin(constants.stepTotals[code[pc + 1] ?? 0], person)) return NOT_PASSED;
    pc += 3;
  }
  return pc;
}

/** Functions are what plain objects inherit; that `__proto__` is found as well does no harm, as it is no text. */
function isFound(found: JsonValue | undefined): boolean {
  return found !== undefined && typeof found !== "function";
}

/** What the machine would have taken for the instructions of a head. There, too, EXIT_FALSE costs no turn after a plain test. */
export function gasOfHead({ code }: RuleCode, start: Pc, end: Pc): number {
  let gas = 0;
  for (let pc = start; pc < end; ) {
    const op = code[pc] ?? 0;
    if (op !== EXIT_FALSE) gas += opcodeGas[op] ?? 1;
    pc += opcodeWidth[op] ?? 1;
  }
  return gas;
}
