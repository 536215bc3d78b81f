// Phase table: the phases of a program, a row each: where its code is, and its head (`head.ts`). Most verdicts are reached here.
//
//   T1. A row is one line of cache with all that deciding by the head takes, and texts and tests that rows share are kept
//       once: at thousands of rules an event costs what it must fetch from memory (bench/rules.bench.ts).
//   T2. Tests of data are written out, a place each: V8 keeps for each place in the source which names and shapes came by, and
//       a look-up at a place where one name comes by is several times cheaper.

import type { PersonEvent } from "../model/event.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Person } from "../model/person.ts";
import { lookUp } from "./data_lookup.ts";
import { eventIs, isOrdered, isTotalWithin } from "./event_tests.ts";
import type { Equality, Order, ReadPhase } from "./head.ts";
import { intern, Pool } from "./pool.ts";
import type { StepTotalTest } from "./prior.ts";
import type { EventTest, Pc, Phase, PhaseTable } from "./program.ts";
import { numberOfJson } from "./value.ts";

/** Instead of the place of a text or test: no such test. */
const NONE = -1;

/** A row: where what stands in `words`. A number takes two of them and is counted in pairs. */
const WORDS = 16;
const FLAGS = 0;
const EVENT = 1;
/** The name's place, and the text's. */
const EQUAL = 2;
/** The name's place. */
const ORDER = 4;
const ORDER_NUMBER = 6 / 2;
const TOTAL = 8;
const NEXT = 9;
const GAS = 10;
const PC = 11;
/** Of tests of data that come after the first of their kind. */
const SECOND_EQUAL = 12;
const SECOND_ORDER = 5;
const SECOND_NUMBER = 14 / 2;

const IDENTITY = 1;
const WHOLE = 2;
/** There is a second test of data of either kind. */
const SECOND = 4;
/** A place in `comparisons` of opcodes.ts, two bits each. */
const COMPARISON_SHIFT = 3;
const SECOND_COMPARISON_SHIFT = 5;
const COMPARISON_MASK = 3;

/** Of a test that the caller knows to pass: bits of `known`. */
export const KNOWN_EVENT = 1;
export const KNOWN_EQUAL = 2;

/**
 * False: a test of the head does not pass. True: the machine goes on at `restOf`, unless the phase is whole.
 *
 * @param known which tests need not be asked, since the way to the row has answered them
 */
export function passesHead(
  table: PhaseTable,
  phase: Phase,
  known: number,
  { event, person }: { readonly event: PersonEvent; readonly person: Person },
): boolean {
  const { words, texts } = table;
  const { data } = event;
  const at = phase * WORDS;
  const flags = words[at + FLAGS] ?? 0;
  const test = words[at + EVENT] ?? NONE;
  if (test !== NONE && (known & KNOWN_EVENT) === 0 && !eventIs(table.events[test], event)) return false;
  const equalName = words[at + EQUAL] ?? NONE;
  if (equalName !== NONE && (known & KNOWN_EQUAL) === 0) {
    const name = texts[equalName] ?? "";
    const text = texts[words[at + EQUAL + 1] ?? 0];
    const found = data[name];
    if (found !== text && (isFound(found) || lookUp(data, name) !== text)) return false;
  }
  const orderName = words[at + ORDER] ?? NONE;
  if (orderName !== NONE) {
    const name = texts[orderName] ?? "";
    const found = data[name];
    const value = typeof found === "number" ? found : numberOfJson(lookUp(data, name));
    const comparison = (flags >> COMPARISON_SHIFT) & COMPARISON_MASK;
    if (!isOrdered(comparison, value, table.numbers[at / 2 + ORDER_NUMBER] ?? 0)) return false;
  }
  if ((flags & IDENTITY) !== 0 && person.email === null) return false;
  const total = words[at + TOTAL] ?? NONE;
  if (total !== NONE && !isTotalWithin(table.totals[total], person)) return false;
  return (flags & SECOND) === 0 || passesSecond(table, at, data);
}

/** Their order does not matter (H2). */
function passesSecond({ words, texts, numbers }: PhaseTable, at: number, data: JsonObject): boolean {
  const equalName = words[at + SECOND_EQUAL] ?? NONE;
  if (equalName !== NONE) {
    const name = texts[equalName] ?? "";
    const text = texts[words[at + SECOND_EQUAL + 1] ?? 0];
    const found = data[name];
    if (found !== text && (isFound(found) || lookUp(data, name) !== text)) return false;
  }
  const orderName = words[at + SECOND_ORDER] ?? NONE;
  if (orderName === NONE) return true;
  const name = texts[orderName] ?? "";
  const found = data[name];
  const value = typeof found === "number" ? found : numberOfJson(lookUp(data, name));
  const comparison = ((words[at + FLAGS] ?? 0) >> SECOND_COMPARISON_SHIFT) & COMPARISON_MASK;
  return isOrdered(comparison, value, numbers[at / 2 + SECOND_NUMBER] ?? 0);
}

/** Functions are what plain objects inherit; that `__proto__` is found as well does no harm, as it is no text. */
function isFound(found: JsonValue | undefined): boolean {
  return found !== undefined && typeof found !== "function";
}

/** Nothing is left to test behind the head. */
export function isWhole({ words }: PhaseTable, phase: Phase): boolean {
  return ((words[phase * WORDS + FLAGS] ?? 0) & WHOLE) !== 0;
}

/** Where the machine goes on behind the head, and the gas that the head took. */
export function restOf({ words }: PhaseTable, phase: Phase): { readonly next: Pc; readonly gas: number } {
  return { next: words[phase * WORDS + NEXT] ?? 0, gas: words[phase * WORDS + GAS] ?? 0 };
}

/** Where the phase's code starts, head included. */
export function startOf({ words }: PhaseTable, phase: Phase): Pc {
  return words[phase * WORDS + PC] ?? 0;
}

/** A row for each phase. */
export function tableOf(phases: readonly ReadPhase[]): PhaseTable {
  const memory = new ArrayBuffer(phases.length * WORDS * Int32Array.BYTES_PER_ELEMENT);
  const writer = new RowWriter(new Int32Array(memory), new Float64Array(memory));
  for (const [row, phase] of phases.entries()) writer.write(row * WORDS, phase);
  return writer.table();
}

class RowWriter {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #texts = new Map<string, number>();
  readonly #events = new Pool<EventTest>();
  readonly #totals = new Pool<StepTotalTest>();

  constructor(words: Int32Array, numbers: Float64Array) {
    this.#words = words;
    this.#numbers = numbers;
  }

  write(at: number, { pc, next, gas, isWhole: isAll, head }: ReadPhase): void {
    const { event, equal, equalToo, order, orderToo, needsIdentity, total } = head;
    const words = this.#words;
    const hasSecond = equalToo !== null || orderToo !== null;
    words[at + FLAGS] =
      (needsIdentity ? IDENTITY : 0) |
      (isAll ? WHOLE : 0) |
      (hasSecond ? SECOND : 0) |
      ((order?.comparison ?? 0) << COMPARISON_SHIFT) |
      ((orderToo?.comparison ?? 0) << SECOND_COMPARISON_SHIFT);
    words[at + EVENT] = event === null ? NONE : this.#events.add(event);
    words[at + TOTAL] = total === null ? NONE : this.#totals.add(total);
    words[at + NEXT] = next;
    words[at + GAS] = gas;
    words[at + PC] = pc;
    this.#equality(at + EQUAL, equal);
    this.#equality(at + SECOND_EQUAL, equalToo);
    this.#order(at + ORDER, at / 2 + ORDER_NUMBER, order);
    this.#order(at + SECOND_ORDER, at / 2 + SECOND_NUMBER, orderToo);
  }

  table(): PhaseTable {
    const { items: events } = this.#events;
    const { items: totals } = this.#totals;
    return { words: this.#words, numbers: this.#numbers, texts: [...this.#texts.keys()], events, totals };
  }

  #equality(at: number, test: Equality | null): void {
    this.#words[at] = test === null ? NONE : intern(this.#texts, test.name);
    this.#words[at + 1] = test === null ? NONE : intern(this.#texts, test.text);
  }

  #order(at: number, number: number, test: Order | null): void {
    this.#words[at] = test === null ? NONE : intern(this.#texts, test.name);
    this.#numbers[number] = test?.number ?? 0;
  }
}
