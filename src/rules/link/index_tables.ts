// Tables of the event index. An event of 10,000 rules costs what it must fetch from memory, hence few and dense tables
// instead of an object and a map for each node.

import type { EventType } from "../../model/event.ts";
import { quick } from "../emit/assembler.ts";
import type { Head } from "../run/head.ts";
import { HOT_WORDS, KNOWN_EQUAL, KNOWN_EVENT } from "../run/phase_table.ts";
import { intern } from "../pool.ts";
import type {
  CompiledController,
  EventIndex,
  EventTest,
  IndexNode,
  IndexPlace,
  MergedKey,
  Phase,
  TypeIndex,
} from "../program.ts";
import type { Facts } from "../triggers/trigger.ts";

/** Text, place and, where that is somebody alone, the hot words of the phase: one line of cache less to fetch. Four rows fill a line. */
const ROW_WORDS = 4;
const PLACE = 1;
export const ROW_HOT = 2;
const FREE = -1;
/** An entry of a list: the controller's place in the program, and below it what of its head the way to the list has answered. */
const KNOWN_BITS = 2;
const KNOWN_MASK = (1 << KNOWN_BITS) - 1;
/** A list without entries. */
export const EMPTY: IndexPlace = 0;
/** From here on, a place is that of somebody alone: what is above is the entry itself, so that nothing else need be fetched. */
export const ALONE: IndexPlace = 1 << 29;
/** From here on, a place is that of a row of `branches` which leads to somebody alone. */
export const AT_ROW: IndexPlace = 1 << 30;

/** A controller, what is known of the events that it takes, and the head of its MATCHING phase. */
export interface IndexedController {
  readonly controller: CompiledController;
  readonly facts: Facts;
  readonly head: Head;
}

/** The controller's place in the program. */
export function controllerOf(entry: number): number {
  return entry >> KNOWN_BITS;
}

/** For `passesHead`. */
export function knownOf(entry: number): number {
  return entry & KNOWN_MASK;
}

export class IndexTables {
  /** References to controllers that may still be made. */
  growthLeft: number;
  readonly #hot: Int32Array;
  readonly #texts = new Map<string, number>();
  readonly #nodes: IndexNode[] = [];
  readonly #lists: number[] = [0];
  readonly #branches: number[] = [];

  /** @param hot of the program's phase table */
  constructor(growthMax: number, hot: Int32Array) {
    this.growthLeft = growthMax;
    this.#hot = hot;
  }

  /** @param used the keys whose values have been looked at on the way to the list */
  list(members: readonly IndexedController[], used: readonly string[]): IndexPlace {
    const [first, ...more] = members.map((member) => (member.controller.index << KNOWN_BITS) | known(member, used));
    if (first === undefined) return EMPTY;
    if (more.length === 0) return ALONE + first;
    const place = this.#lists.push(members.length) - 1;
    this.#lists.push(first, ...more);
    return place;
  }

  /** A node that looks at `key`. */
  branching(key: string, places: ReadonlyMap<string, IndexPlace>, otherwise: IndexPlace): IndexPlace {
    const start = this.#branches.length;
    // Half of the rows stay free, so that searches are short and always end.
    const bits = 1 + Math.ceil(Math.log2(places.size));
    const node: IndexNode = { key: quick(key), start, bits, otherwise, merged: [] };
    for (let word = 0; word < ROW_WORDS << bits; word++) this.#branches.push(FREE);
    for (const [value, place] of places) {
      const text = intern(this.#texts, value);
      const row = rowOf(this.#branches, node, text);
      this.#branches[row] = text;
      this.#branches[row + PLACE] = place;
      if (place >= ALONE) this.#copyHot(controllerOf(place - ALONE), row + ROW_HOT);
    }
    return this.#add(node);
  }

  /** A node that merges the lists of its keys. */
  merging(merged: readonly MergedKey[], otherwise: IndexPlace): IndexPlace {
    return this.#add({ key: null, start: 0, bits: 0, otherwise, merged });
  }

  finish(byType: ReadonlyMap<EventType, TypeIndex>): EventIndex {
    return {
      byType,
      texts: this.#texts,
      nodes: this.#nodes,
      branches: Int32Array.from(this.#branches),
      lists: Int32Array.from(this.#lists),
    };
  }

  #copyHot(phase: Phase, at: number): void {
    for (let word = 0; word < HOT_WORDS; word++) this.#branches[at + word] = this.#hot[phase * HOT_WORDS + word] ?? 0;
  }

  #add(node: IndexNode): IndexPlace {
    return ~(this.#nodes.push(node) - 1);
  }
}

/**
 * What events that come to a list under these keys have passed. An event test that is all that the controller listens to has been answered by type and name, but
 * for steps, which have several names. With a value of a key go only those who require it or do not look at it.
 */
function known({ facts, head }: IndexedController, used: readonly string[]): number {
  const [test, ...more] = facts.reach ?? [];
  const isEventKnown =
    test !== undefined && more.length === 0 && test.type !== "STEP" && head.event !== null && isSame(test, head.event);
  const { equal } = head;
  const isEqualKnown = equal !== null && used.includes(equal.name) && requiredText(facts, equal.name) === equal.text;
  return (isEventKnown ? KNOWN_EVENT : 0) | (isEqualKnown ? KNOWN_EQUAL : 0);
}

function isSame(left: EventTest, right: EventTest): boolean {
  return (
    left.type === right.type &&
    left.names.length === right.names.length &&
    left.names.every((name, at) => name === right.names[at])
  );
}

/** With two different texts for one key a controller takes no event at all; either may stand in the index. */
export function requiredText({ equalities }: Facts, key: string): string | null {
  const equality = equalities.find(({ name }) => name === key);
  return equality === undefined ? null : equality.text;
}

/** Where the node leads for the text. */
export function branchOf(branches: Int32Array, node: IndexNode, text: number): IndexPlace {
  const row = rowOf(branches, node, text);
  if (branches[row] === FREE) return node.otherwise;
  const place = branches[row + PLACE] ?? node.otherwise;
  return place >= ALONE ? AT_ROW + row : place;
}

/** Who is alone at the place. */
export function entryOf(branches: Int32Array, place: IndexPlace): number {
  return (place >= AT_ROW ? (branches[place - AT_ROW + PLACE] ?? 0) : place) - ALONE;
}

/** The row of the text, or the free one where it belongs. */
function rowOf(branches: ArrayLike<number>, { start, bits }: IndexNode, text: number): number {
  const mask = (1 << bits) - 1;
  // Fibonacci hashing: spreads texts that are numbered in any regular pattern.
  for (let at = Math.imul(text, 0x9e3779b1) >>> (32 - bits); ; at++) {
    const row = start + (at & mask) * ROW_WORDS;
    if (branches[row] === text || branches[row] === FREE) return row;
  }
}
