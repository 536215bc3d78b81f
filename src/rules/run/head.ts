// Head: the plain tests that most phases start with, read from their code. `phase_table.ts` asks them, without the machine.
//
//   H1. It yields what the machine would. A test belongs to the head if EXIT_FALSE follows it; the first other instruction ends the head.
//   H2. Plain tests neither fault nor write, and a head has few of them, so that gas cannot run out on the way.

import { opcodeGas, opcodeNamed, opcodeWidth } from "../opcodes.ts";
import type { StepTotalTest } from "../prior.ts";
import type { EventTest, Pc, UnitCode } from "../program.ts";

const EXIT_FALSE = opcodeNamed("EXIT_FALSE").number;
const RETURN_TRUE = opcodeNamed("RETURN_TRUE").number;
const EVENT_IS = opcodeNamed("EVENT_IS").number;
const DATA_EQUALS = opcodeNamed("DATA_EQUALS").number;
const DATA_COMPARE = opcodeNamed("DATA_COMPARE").number;
const HAS_IDENTITY = opcodeNamed("HAS_IDENTITY").number;
const STEP_TOTAL = opcodeNamed("STEP_TOTAL").number;

/** Null and false: no such test. */
export interface Head {
  readonly event: EventTest | null;
  readonly equal: Equality | null;
  readonly equalToo: Equality | null;
  readonly order: Order | null;
  readonly orderToo: Order | null;
  readonly needsIdentity: boolean;
  readonly total: StepTotalTest | null;
}

/** A member of the event's data is this text. */
export interface Equality {
  readonly name: string;
  readonly text: string;
}

/** A member of the event's data, as a number, against another. */
export interface Order {
  readonly name: string;
  /** A place in `comparisons` of opcodes.ts. */
  readonly comparison: number;
  readonly number: number;
}

/** A phase, and the head that it starts with. */
export interface ReadPhase {
  readonly pc: Pc;
  /** Where the machine goes on behind the head, and the gas that the head took. */
  readonly next: Pc;
  readonly gas: number;
  /** Nothing is left to test there. */
  readonly isWhole: boolean;
  readonly head: Head;
}

/** The phase whose code starts at `pc`. */
export function readPhase(code: UnitCode, pc: Pc): ReadPhase {
  const reader = new HeadReader(code, pc);
  const event = reader.event();
  const equal = reader.equality();
  const equalToo = reader.equality();
  const order = reader.order();
  const orderToo = reader.order();
  const needsIdentity = reader.identity();
  const total = reader.total();
  const { pc: next, gas } = reader;
  const head = { event, equal, equalToo, order, orderToo, needsIdentity, total };
  return { pc, next, gas, isWhole: code.code[next] === RETURN_TRUE, head };
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

  event(): EventTest | null {
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

  total(): StepTotalTest | null {
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
