// Tables of the event index. An event of 10,000 rules costs what it must fetch from memory, hence few and dense tables
// instead of an object and a map for each node.

import type { EventType } from "../model/event.ts";
import { quick } from "./assembler.ts";
import type {
  CompiledController,
  EventIndex,
  IndexedController,
  IndexNode,
  IndexPlace,
  MergedKey,
  TypeIndex,
} from "./program.ts";

/** Text and place. */
const ROW_WORDS = 2;
const FREE = -1;

export class IndexTables {
  /** References to controllers that may still be made. */
  growthLeft: number;
  readonly #texts = new Map<string, number>();
  readonly #nodes: IndexNode[] = [];
  readonly #lists: CompiledController[][] = [];
  readonly #branches: number[] = [];

  constructor(growthMax: number) {
    this.growthLeft = growthMax;
  }

  list(members: readonly IndexedController[]): IndexPlace {
    return this.#lists.push(members.map(({ controller }) => controller)) - 1;
  }

  /** A node that looks at `key`. */
  branching(key: string, places: ReadonlyMap<string, IndexPlace>, otherwise: IndexPlace): IndexPlace {
    const start = this.#branches.length;
    // Half of the rows stay free, so that searches are short and always end.
    const bits = 1 + Math.ceil(Math.log2(places.size));
    const node: IndexNode = { key: quick(key), start, bits, otherwise, merged: [] };
    for (let word = 0; word < ROW_WORDS << bits; word++) this.#branches.push(FREE);
    for (const [value, place] of places) {
      const text = this.#texts.get(value) ?? this.#texts.size;
      this.#texts.set(value, text);
      const row = rowOf(this.#branches, node, text);
      this.#branches[row] = text;
      this.#branches[row + 1] = place;
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
      // Made anew in a row: they come to lie side by side in memory.
      lists: this.#lists.map((list) => list.slice()),
    };
  }

  #add(node: IndexNode): IndexPlace {
    return ~(this.#nodes.push(node) - 1);
  }
}

/** Where the node leads for the text. */
export function branchOf(branches: Int32Array, node: IndexNode, text: number): IndexPlace {
  const row = rowOf(branches, node, text);
  return branches[row] === FREE ? node.otherwise : (branches[row + 1] ?? node.otherwise);
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
