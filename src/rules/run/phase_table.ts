// Phase table: the phases of a program, a row each: where its code is, and its head (`head.ts`). Most verdicts are reached here.
//
//   T1. At thousands of rules an event costs what it must fetch from memory (bench/rules.bench.ts). So what decides behind the index is hot: eight bytes a
//       row, those of 10,000 rules stay in the cache. Everything else is apart, and texts, numbers and tests that rows share are kept once.
//   T2. Tests of data are written out, a place each: V8 keeps for each place in the source which names and shapes came by, and
//       a look-up at a place where one name comes by is several times cheaper.

import { assert } from "../../base/assert.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import type { Person } from "../../model/person.ts";
import { lookUp } from "../data_lookup.ts";
import { eventIs, isOrdered, isTotalWithin } from "./event_tests.ts";
import type { Equality, Order, ReadPhase } from "./head.ts";
import { intern, Pool } from "../pool.ts";
import type { StepTotalTest } from "../prior.ts";
import type { EventTest, Pc, Phase, PhaseTable } from "../program.ts";
import { numberOfJson } from "../value.ts";

/** Instead of the place of a text or test: no such test. */
const NONE = -1;

/** What stands where in a row of `hot`, or in a copy of it. */
export const HOT_WORDS = 2;
const FLAGS = 0;
const TOTAL = 1;

/** And in a row of `cold`. */
const COLD_WORDS = 9;
const EVENT = 0;
/** The name's place, and the text's behind it. */
const EQUAL = 1;
const NEXT = 3;
const GAS = 4;
const PC = 5;
/** Of tests of data that come after the first of their kind. */
const SECOND_EQUAL = 6;
const SECOND_ORDER = 8;

/** There is such a test: flags, and bits of `known` where the caller knows that it passes. */
export const KNOWN_EVENT = 1;
export const KNOWN_EQUAL = 2;
const IDENTITY = 4;
const WHOLE = 8;
/** There is a second test of data of either kind. */
const SECOND = 16;
/** A place in `comparisons` of opcodes.ts, two bits each. */
const COMPARISON_SHIFT = 5;
const SECOND_COMPARISON_SHIFT = 7;
const COMPARISON_MASK = 3;
/** Above them the place of the order's name and number, from 1 on; 0: there is none. */
const ORDER_SHIFT = 9;
/** What the bits above hold: eight million different comparisons, far more than a configuration has room for. */
const ORDERS_MAX = 2 ** (32 - ORDER_SHIFT) - 1;

/** Whom heads ask about. */
export interface Subject {
  readonly event: PersonEvent;
  readonly person: Person;
}

/**
 * False: a test of the head does not pass. True: the machine goes on at `restOf`, unless the phase is whole.
 *
 * @param known which tests need not be asked, since the way to the row has answered them
 */
export function passesHead(table: PhaseTable, phase: Phase, known: number, subject: Subject): boolean {
  return passesCopy(table, table.hot, phase * HOT_WORDS, phase, known, subject);
}

/** As `passesHead`, by a copy of the row's hot words that lies elsewhere. */
export function passesCopy(
  table: PhaseTable,
  hot: Int32Array,
  at: number,
  phase: Phase,
  known: number,
  subject: Subject,
): boolean {
  const flags = hot[at + FLAGS] ?? 0;
  if ((flags & ~known & (KNOWN_EVENT | KNOWN_EQUAL)) !== 0 && !passesFirst(table, phase, flags & ~known, subject))
    return false;
  const order = (flags >>> ORDER_SHIFT) - 1;
  if (order !== NONE) {
    const { data } = subject.event;
    const name = table.orderNames[order] ?? "";
    const found = data[name];
    const value = typeof found === "number" ? found : numberOfJson(lookUp(data, name));
    const comparison = (flags >> COMPARISON_SHIFT) & COMPARISON_MASK;
    if (!isOrdered(comparison, value, table.orderNumbers[order] ?? 0)) return false;
  }
  if ((flags & IDENTITY) !== 0 && subject.person.email === null) return false;
  const total = hot[at + TOTAL] ?? NONE;
  if (total !== NONE && !isTotalWithin(table.totals[total], subject.person)) return false;
  return (flags & SECOND) === 0 || passesSecond(table, phase, flags, subject.event.data);
}

/** What the index answers, where it has not. */
function passesFirst({ cold, events, texts }: PhaseTable, phase: Phase, asked: number, { event }: Subject): boolean {
  const at = phase * COLD_WORDS;
  if ((asked & KNOWN_EVENT) !== 0 && !eventIs(events[cold[at + EVENT] ?? 0], event)) return false;
  if ((asked & KNOWN_EQUAL) === 0) return true;
  const name = texts[cold[at + EQUAL] ?? 0] ?? "";
  const text = texts[cold[at + EQUAL + 1] ?? 0];
  const found = event.data[name];
  return found === text || (!isFound(found) && lookUp(event.data, name) === text);
}

/** Their order does not matter (H2). */
function passesSecond(table: PhaseTable, phase: Phase, flags: number, data: JsonObject): boolean {
  const { cold, texts } = table;
  const at = phase * COLD_WORDS;
  const equalName = cold[at + SECOND_EQUAL] ?? NONE;
  if (equalName !== NONE) {
    const name = texts[equalName] ?? "";
    const text = texts[cold[at + SECOND_EQUAL + 1] ?? 0];
    const found = data[name];
    if (found !== text && (isFound(found) || lookUp(data, name) !== text)) return false;
  }
  const order = cold[at + SECOND_ORDER] ?? NONE;
  if (order === NONE) return true;
  const name = table.orderNames[order] ?? "";
  const found = data[name];
  const value = typeof found === "number" ? found : numberOfJson(lookUp(data, name));
  const comparison = (flags >> SECOND_COMPARISON_SHIFT) & COMPARISON_MASK;
  return isOrdered(comparison, value, table.orderNumbers[order] ?? 0);
}

/** Functions are what plain objects inherit; that `__proto__` is found as well does no harm, as it is no text. */
function isFound(found: JsonValue | undefined): boolean {
  return found !== undefined && typeof found !== "function";
}

/** Nothing is left to test behind the head. */
export function isWhole({ hot }: PhaseTable, phase: Phase): boolean {
  return ((hot[phase * HOT_WORDS + FLAGS] ?? 0) & WHOLE) !== 0;
}

/** Where the machine goes on behind the head, and the gas that the head took. */
export function restOf({ cold }: PhaseTable, phase: Phase): { readonly next: Pc; readonly gas: number } {
  return { next: cold[phase * COLD_WORDS + NEXT] ?? 0, gas: cold[phase * COLD_WORDS + GAS] ?? 0 };
}

/** Where the phase's code starts, head included. */
export function startOf({ cold }: PhaseTable, phase: Phase): Pc {
  return cold[phase * COLD_WORDS + PC] ?? 0;
}

/** A row for each phase. */
export function tableOf(phases: readonly ReadPhase[]): PhaseTable {
  const writer = new RowWriter(phases.length);
  for (const [row, phase] of phases.entries()) writer.write(row, phase);
  return writer.table();
}

class RowWriter {
  readonly #hot: Int32Array;
  readonly #cold: Int32Array;
  readonly #texts = new Map<string, number>();
  readonly #orders = new Map<string, number>();
  readonly #orderNames: string[] = [];
  readonly #orderNumbers: number[] = [];
  readonly #events = new Pool<EventTest>();
  readonly #totals = new Pool<StepTotalTest>();

  constructor(rows: number) {
    this.#hot = new Int32Array(rows * HOT_WORDS);
    this.#cold = new Int32Array(rows * COLD_WORDS);
  }

  write(row: number, { pc, next, gas, isWhole: isAll, head }: ReadPhase): void {
    const { event, equal, equalToo, order, orderToo, needsIdentity, total } = head;
    const hot = row * HOT_WORDS;
    this.#hot[hot + FLAGS] =
      (event === null ? 0 : KNOWN_EVENT) |
      (equal === null ? 0 : KNOWN_EQUAL) |
      (needsIdentity ? IDENTITY : 0) |
      (isAll ? WHOLE : 0) |
      (equalToo === null && orderToo === null ? 0 : SECOND) |
      ((order?.comparison ?? 0) << COMPARISON_SHIFT) |
      ((orderToo?.comparison ?? 0) << SECOND_COMPARISON_SHIFT) |
      ((this.#order(order) + 1) << ORDER_SHIFT);
    this.#hot[hot + TOTAL] = total === null ? NONE : this.#totals.add(total);
    const cold = row * COLD_WORDS;
    this.#cold[cold + EVENT] = event === null ? NONE : this.#events.add(event);
    this.#cold[cold + NEXT] = next;
    this.#cold[cold + GAS] = gas;
    this.#cold[cold + PC] = pc;
    this.#equality(cold + EQUAL, equal);
    this.#equality(cold + SECOND_EQUAL, equalToo);
    this.#cold[cold + SECOND_ORDER] = this.#order(orderToo);
  }

  table(): PhaseTable {
    const { items: events } = this.#events;
    const { items: totals } = this.#totals;
    const [orderNames, orderNumbers] = [this.#orderNames, this.#orderNumbers];
    const texts = [...this.#texts.keys()];
    return { hot: this.#hot, cold: this.#cold, texts, orderNames, orderNumbers, events, totals };
  }

  #equality(at: number, test: Equality | null): void {
    this.#cold[at] = test === null ? NONE : intern(this.#texts, test.name);
    this.#cold[at + 1] = test === null ? NONE : intern(this.#texts, test.text);
  }

  /** The place of its name and number, however they are compared. */
  #order(test: Order | null): number {
    if (test === null) return NONE;
    const place = intern(this.#orders, `${test.number} ${test.name}`);
    assert(place < ORDERS_MAX, "a program compares with more numbers than its table has places for");
    this.#orderNames[place] = test.name;
    this.#orderNumbers[place] = test.number;
    return place;
  }
}
