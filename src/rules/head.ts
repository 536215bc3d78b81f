// Head: the plain tests that most phases start with, decoded, one after the other and without the machine. Most verdicts are reached here.
//
//   H1. It yields what the machine would. A test belongs to the head if EXIT_FALSE follows it; the first other instruction ends the head.
//   H2. Plain tests neither fault nor write, and a head has few of them, so that gas cannot run out on the way.
//   H3. Tests of data are written out, a place each: V8 keeps for each place in the source which names and shapes came by, and
//       a look-up at a place where one name comes by is several times cheaper (bench/rules.bench.ts).
//   H4. All that a head needs lies in one object: at thousands of rules an event costs what it must fetch from memory.

import type { JsonValue } from "../model/json.ts";
import { lookUp } from "./data_lookup.ts";
import { eventIs, isOrdered, isTotalWithin } from "./event_tests.ts";
import { opcodeGas, opcodeNamed, opcodeWidth } from "./opcodes.ts";
import type { Pc, Phase, RuleContext, SecondTests, UnitCode } from "./program.ts";
import { numberOfJson } from "./value.ts";

const EXIT_FALSE = opcodeNamed("EXIT_FALSE").number;
const RETURN_TRUE = opcodeNamed("RETURN_TRUE").number;
const EVENT_IS = opcodeNamed("EVENT_IS").number;
const DATA_EQUALS = opcodeNamed("DATA_EQUALS").number;
const DATA_COMPARE = opcodeNamed("DATA_COMPARE").number;
const HAS_IDENTITY = opcodeNamed("HAS_IDENTITY").number;
const STEP_TOTAL = opcodeNamed("STEP_TOTAL").number;

/** The phase whose code starts at `pc`, with its head decoded. */
export function phaseOf(code: UnitCode, pc: Pc): Phase {
  const reader = new HeadReader(code, pc);
  const event = reader.event();
  const equal = reader.equality();
  const equalToo = reader.equality();
  const order = reader.order();
  const orderToo = reader.order();
  const needsIdentity = reader.identity();
  const total = reader.total();
  const { pc: next, gas } = reader;
  const second =
    equalToo === null && orderToo === null ? null : { ...namedEquality(equalToo), ...namedOrder(orderToo) };
  return {
    pc,
    next,
    gas,
    isWhole: code.code[next] === RETURN_TRUE,
    event,
    ...namedEquality(equal),
    ...namedOrder(order),
    needsIdentity,
    total,
    second,
  };
}

function namedEquality(test: Equality | null): Pick<Phase, "equalName" | "equalText"> {
  return { equalName: test?.name ?? null, equalText: test?.text ?? "" };
}

function namedOrder(test: Order | null): Pick<Phase, "orderName" | "order" | "orderNumber"> {
  return { orderName: test?.name ?? null, order: test?.comparison ?? 0, orderNumber: test?.number ?? 0 };
}

/** False: a test of the head did not pass. True: the machine goes on at `next`, unless there is nothing left to test. */
export function passesHead(head: Phase, context: RuleContext): boolean {
  const { event, person } = context;
  const { data } = event;
  if (head.event !== null && !eventIs(head.event, event)) return false;
  if (head.equalName !== null) {
    const found = data[head.equalName];
    if (found !== head.equalText && (isFound(found) || lookUp(data, head.equalName) !== head.equalText)) return false;
  }
  if (head.orderName !== null) {
    const found = data[head.orderName];
    const value = typeof found === "number" ? found : numberOfJson(lookUp(data, head.orderName));
    if (!isOrdered(head.order, value, head.orderNumber)) return false;
  }
  if (head.needsIdentity && person.email === null) return false;
  if (head.total !== null && !isTotalWithin(head.total, person)) return false;
  return head.second === null || passesSecond(head.second, context);
}

/** Their order does not matter (H2). */
function passesSecond(tests: SecondTests, { event: { data } }: RuleContext): boolean {
  if (tests.equalName !== null) {
    const found = data[tests.equalName];
    if (found !== tests.equalText && (isFound(found) || lookUp(data, tests.equalName) !== tests.equalText))
      return false;
  }
  if (tests.orderName === null) return true;
  const found = data[tests.orderName];
  const value = typeof found === "number" ? found : numberOfJson(lookUp(data, tests.orderName));
  return isOrdered(tests.order, value, tests.orderNumber);
}

/** Functions are what plain objects inherit; that `__proto__` is found as well does no harm, as it is no text. */
function isFound(found: JsonValue | undefined): boolean {
  return found !== undefined && typeof found !== "function";
}

interface Equality {
  readonly name: string;
  readonly text: string;
}

interface Order {
  readonly name: string;
  readonly comparison: number;
  readonly number: number;
}

/** Reads the tests of a head, each if it comes next. */
class HeadReader {
  pc: Pc;
  /** What the machine would have taken for what was read. There, too, EXIT_FALSE costs no turn after a plain test. */
  gas = 0;
  readonly #code: UnitCode;

  constructor(code: UnitCode, pc: Pc) {
    this.#code = code;
    this.pc = pc;
  }

  event(): Phase["event"] {
    const operands = this.#test(EVENT_IS);
    return operands === null ? null : (this.#code.constants.eventTests[operands[0] ?? 0] ?? null);
  }

  equality(): Equality | null {
    const operands = this.#test(DATA_EQUALS);
    if (operands === null) return null;
    const { texts } = this.#code.constants;
    return { name: texts[operands[0] ?? 0] ?? "", text: texts[operands[1] ?? 0] ?? "" };
  }

  order(): Order | null {
    const operands = this.#test(DATA_COMPARE);
    if (operands === null) return null;
    const { texts, numbers } = this.#code.constants;
    const name = texts[operands[0] ?? 0] ?? "";
    return { name, comparison: operands[1] ?? 0, number: numbers[operands[2] ?? 0] ?? 0 };
  }

  identity(): boolean {
    return this.#test(HAS_IDENTITY) !== null;
  }

  total(): Phase["total"] {
    const operands = this.#test(STEP_TOTAL);
    return operands === null ? null : (this.#code.constants.stepTotals[operands[0] ?? 0] ?? null);
  }

  /** The operands of the next instruction if it is this one and ends in EXIT_FALSE, and moves behind both; else null. */
  #test(op: number): Int32Array | null {
    const { code } = this.#code;
    const end = this.pc + (opcodeWidth[op] ?? 1);
    if (code[this.pc] !== op || code[end] !== EXIT_FALSE) return null;
    const operands = code.subarray(this.pc + 1, end);
    this.pc = end + 1;
    this.gas += opcodeGas[op] ?? 1;
    return operands;
  }
}
