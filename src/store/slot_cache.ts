// SlotCache: the entries of one kind that are in memory. Hot path.
//
// A slot is clean (equal to the store), changed, or removed; changed and removed ones stay until they are checkpointed.
//
//   H1. Only clean slots are dropped, and those not used since the hand last passed go first (second chance).
//   H2. `bytes` and `dirtyBytes` are the sums over the slots.

import type { EntryKind, EntryKinds } from "../model/state.ts";
import { compareKeys } from "./keys.ts";

export interface Slot<K extends EntryKind> {
  readonly key: string;
  /** Undefined: removed, and the store may still hold the old value. */
  value: EntryKinds[K] | undefined;
  /** What the slot counts for in memory, see `slotBytes`. */
  bytes: number;
  isDirty: boolean;
  isReferenced: boolean;
}

/** A decoded value takes about this many bytes of heap for each stored one (measured on persons with four steps: 3.1). */
const HEAP_BYTES_PER_STORED_BYTE = 3;

/** Slot, map entry and key of one entry, beside its value. */
const SLOT_BYTES = 200;

/** Weight of the newest value in the running mean that estimates values not yet encoded. */
const ESTIMATE_WEIGHT = 1 / 64;

/** Before anything of a kind was encoded. */
const FIRST_ESTIMATE_BYTES = 300;

export class SlotCache<K extends EntryKind> {
  readonly kind: K;
  readonly #slots = new Map<string, Slot<K>>();
  readonly #dirty = new Set<Slot<K>>();
  /** Keys of `#dirty` in order, for `list`; null until this kind is listed, since most kinds never are. */
  #dirtyKeys: string[] | null = null;
  /** Dirty keys not yet in `#dirtyKeys`. */
  #dirtyKeysNew: string[] = [];
  #hand: Iterator<Slot<K>> | null = null;
  #meanStoredBytes = FIRST_ESTIMATE_BYTES;
  bytes = 0;
  dirtyBytes = 0;
  /** Counts puts, edits and removals. */
  changes = 0;

  constructor(kind: K) {
    this.kind = kind;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(key: string): Slot<K> | undefined {
    const slot = this.#slots.get(key);
    if (slot !== undefined) slot.isReferenced = true;
    return slot;
  }

  /** Adds what was read from the store. */
  addClean(key: string, value: EntryKinds[K], storedBytes: number): Slot<K> {
    const slot = { key, value, bytes: slotBytes(storedBytes), isDirty: false, isReferenced: true };
    this.#slots.set(key, slot);
    this.bytes += slot.bytes;
    return slot;
  }

  /** Replaces the value, or with undefined removes it. The size is an estimate until the next checkpoint. */
  set(key: string, value: EntryKinds[K] | undefined): void {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { key, value, bytes: 0, isDirty: false, isReferenced: true };
      this.#slots.set(key, slot);
    }
    slot.value = value;
    slot.isReferenced = true;
    this.#resize(slot, value === undefined ? SLOT_BYTES : slotBytes(this.#meanStoredBytes));
    this.markDirty(slot);
  }

  markDirty(slot: Slot<K>): void {
    this.changes++;
    if (slot.isDirty) return;
    slot.isDirty = true;
    this.#dirty.add(slot);
    this.dirtyBytes += slot.bytes;
    if (this.#dirtyKeys !== null) this.#dirtyKeysNew.push(slot.key);
  }

  dirtySlots(): ReadonlySet<Slot<K>> {
    return this.#dirty;
  }

  /** Keys of changed and removed entries in key order. Costs the merge of what changed since the last call. */
  dirtyKeys(): readonly string[] {
    if (this.#dirtyKeys === null) {
      this.#dirtyKeys = [];
      for (const slot of this.#dirty) this.#dirtyKeysNew.push(slot.key);
    }
    if (this.#dirtyKeysNew.length > 0) {
      const added = this.#dirtyKeysNew.sort(compareKeys);
      this.#dirtyKeys = mergeSorted(this.#dirtyKeys, added);
      this.#dirtyKeysNew = [];
    }
    return this.#dirtyKeys;
  }

  /** After a successful checkpoint: `storedBytes` has the encoded length of each dirty slot, in the order of `dirtySlots`. */
  markClean(storedBytes: readonly number[]): void {
    let i = 0;
    for (const slot of this.#dirty) {
      slot.isDirty = false;
      if (slot.value === undefined) {
        this.bytes -= slot.bytes;
        this.#slots.delete(slot.key);
      } else {
        const stored = storedBytes[i] ?? 0;
        this.#meanStoredBytes += (stored - this.#meanStoredBytes) * ESTIMATE_WEIGHT;
        this.bytes += slotBytes(stored) - slot.bytes;
        slot.bytes = slotBytes(stored);
      }
      i++;
    }
    this.#dirty.clear();
    this.dirtyBytes = 0;
    if (this.#dirtyKeys !== null) this.#dirtyKeys = [];
    this.#dirtyKeysNew = [];
  }

  /** Moves the hand over at most `steps` slots, dropping clean ones that nobody used since it passed (H1). Returns the bytes freed. */
  sweep(steps: number, wantedBytes: number): number {
    let freed = 0;
    for (let i = 0; i < steps && freed < wantedBytes; i++) {
      this.#hand ??= this.#slots.values();
      const next = this.#hand.next();
      if (next.done === true) {
        this.#hand = null;
        return freed;
      }
      const slot = next.value;
      if (slot.isReferenced) {
        slot.isReferenced = false;
      } else if (!slot.isDirty) {
        this.#slots.delete(slot.key);
        this.bytes -= slot.bytes;
        freed += slot.bytes;
      }
    }
    return freed;
  }

  #resize(slot: Slot<K>, bytes: number): void {
    this.bytes += bytes - slot.bytes;
    if (slot.isDirty) this.dirtyBytes += bytes - slot.bytes;
    slot.bytes = bytes;
  }
}

function slotBytes(storedBytes: number): number {
  return SLOT_BYTES + storedBytes * HEAP_BYTES_PER_STORED_BYTE;
}

function mergeSorted(a: readonly string[], b: readonly string[]): string[] {
  const merged: string[] = [];
  let i = 0;
  let k = 0;
  while (i < a.length || k < b.length) {
    const left = a[i];
    const right = b[k];
    if (left !== undefined && (right === undefined || compareKeys(left, right) <= 0)) {
      merged.push(left);
      i++;
    } else if (right !== undefined) {
      merged.push(right);
      k++;
    }
  }
  return merged;
}
