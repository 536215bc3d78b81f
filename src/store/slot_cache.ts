// SlotCache: the entries of one kind that are in memory. Hot path.
//
// A slot is clean (equal to the store) or unwritten: changed or removed since. A checkpoint freezes all that is dirty, encodes it bit by
// bit, and hands it to be written; meanwhile slots go on changing and are then dirty again.
//
//   H1. Only clean slots are dropped (see `clean_slots.ts`).
//   H2. The tally holds the sums over the slots of all kinds.
//   H3. A frozen slot is encoded before it changes: what a checkpoint writes is the state at the moment of freezing.
//   H4. History is dropped as soon as it is written: it is large, and hardly ever looked at again.
//   H5. One entry counts for at most `slotBytesMax`, however large it is: a person that counts for more than the whole cache would be dropped after every
//       record and decoded again for the next, and a checkpoint would be due whenever it changed.

import type { EntryKind, EntryKinds } from "../model/state.ts";
import type { ChangeBatchWriter } from "./change_batch.ts";
import type { CleanSlot, CleanSlots } from "./clean_slots.ts";
import { EmptyFront } from "./empty_front.ts";
import { compareKeys } from "./keys.ts";
import { withKeys } from "./sorted_keys.ts";

export interface Slot<K extends EntryKind> extends CleanSlot {
  readonly cache: SlotCache<K>;
  readonly key: string;
  /** Undefined: removed, and the store may still hold the old value; or, of a slot that is in no cache any more, dropped. */
  value: EntryKinds[K] | undefined;
  /** What the slot counts for in memory, see `slotBytes`. */
  bytes: number;
  /** Changed since the last freeze. */
  isDirty: boolean;
  /** Belongs to the checkpoint at hand and is not encoded yet. */
  isFrozen: boolean;
  /** Belongs to the checkpoint at hand: the store does not have it yet. */
  isPinned: boolean;
}

/** What the caches of a partition count for together: kept as it changes, since it is looked at after every record. */
export interface CacheTally {
  bytes: number;
  dirtyBytes: number;
}

/** Of one partition: its caches share them. */
export interface CacheParts {
  /** Of the checkpoint at hand. */
  readonly batch: ChangeBatchWriter;
  readonly tally: CacheTally;
  readonly clean: CleanSlots;
  /** H5. */
  readonly slotBytesMax: number;
}

/**
 * What a decoded value counts for, in bytes of heap for each stored one. It takes some 2.6 after millions of events of the reference workload, where persons
 * are most of it. Counted at 3, 130 MiB more were resident, and an event was not cheaper for it (bench/tried.md).
 */
const HEAP_BYTES_PER_STORED_BYTE = 4;

/** Slot, map entry and key of one entry, beside its value. */
const SLOT_BYTES = 200;

/** Weight of the newest value in the running mean that estimates values not yet encoded. */
const ESTIMATE_WEIGHT = 1 / 64;

/** Before anything of a kind was encoded. */
const FIRST_ESTIMATE_BYTES = 300;

/** Called before each change of an entry. */
export type OnChange = (key: string) => void;

export class SlotCache<K extends EntryKind> {
  readonly kind: K;
  /** H4. */
  readonly #isHistory: boolean;
  /** Null: nobody wants to know. */
  readonly #onChange: OnChange | null;
  readonly #slots = new Map<string, Slot<K>>();
  /** Of the checkpoint at hand; one for all kinds. */
  readonly #batch: ChangeBatchWriter;
  #dirty: Slot<K>[] = [];
  /** The slots of the checkpoint at hand, encoded up to `#encoded`. */
  #pinned: Slot<K>[] = [];
  #encoded = 0;
  /** Keys of unwritten slots in order, for `list`; null until this kind is listed, since most kinds never are. */
  #unwrittenKeys: string[] | null = null;
  /** Unwritten keys not yet in `#unwrittenKeys`. */
  #unwrittenKeysNew: string[] = [];
  #meanStoredBytes = FIRST_ESTIMATE_BYTES;
  readonly #tally: CacheTally;
  readonly #clean: CleanSlots;
  readonly #slotBytesMax: number;
  /** Counts puts, edits and removals. */
  changes = 0;
  /** Of lists. */
  readonly front = new EmptyFront();

  constructor(kind: K, shared: CacheParts, isHistory: boolean, onChange: OnChange | null = null) {
    this.kind = kind;
    this.#onChange = onChange;
    this.#isHistory = isHistory;
    this.#batch = shared.batch;
    this.#tally = shared.tally;
    this.#clean = shared.clean;
    this.#slotBytesMax = shared.slotBytesMax;
  }

  get size(): number {
    return this.#slots.size;
  }

  get dirtySize(): number {
    return this.#dirty.length;
  }

  get(key: string): Slot<K> | undefined {
    const slot = this.#slots.get(key);
    if (slot !== undefined) slot.isReferenced = true;
    return slot;
  }

  /** Adds what was read from the store. */
  addClean(key: string, value: EntryKinds[K], storedBytes: number): Slot<K> {
    const slot = newSlot(this, key, value, this.#slotBytes(storedBytes));
    this.#slots.set(key, slot);
    this.#tally.bytes += slot.bytes;
    this.#clean.add(slot);
    return slot;
  }

  /** Replaces the value, or with undefined removes it. The size is an estimate until the next checkpoint. */
  set(key: string, value: EntryKinds[K] | undefined): void {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = newSlot(this, key, value, 0);
      this.#slots.set(key, slot);
    }
    if (value !== undefined) this.front.put(key, () => this.unwrittenKeys());
    this.markDirty(slot);
    slot.value = value;
    slot.isReferenced = true;
    this.#resize(slot, value === undefined ? SLOT_BYTES : this.#slotBytes(this.#meanStoredBytes));
  }

  /** Called before the value changes (H3). */
  markDirty(slot: Slot<K>): void {
    this.changes++;
    if (this.#onChange !== null) this.#onChange(slot.key);
    if (slot.isDirty) return;
    if (slot.isFrozen) this.#encodeSlot(slot);
    slot.isDirty = true;
    this.#dirty.push(slot);
    this.#tally.dirtyBytes += slot.bytes;
    if (this.#unwrittenKeys !== null && !slot.isPinned) this.#unwrittenKeysNew.push(slot.key);
  }

  /** Keys of unwritten entries in key order. Costs the merge of what changed since the last call. */
  unwrittenKeys(): readonly string[] {
    if (this.#unwrittenKeys === null) {
      this.#unwrittenKeys = [];
      for (const slot of this.#pinned) this.#unwrittenKeysNew.push(slot.key);
      for (const slot of this.#dirty) if (!slot.isPinned) this.#unwrittenKeysNew.push(slot.key);
    }
    if (this.#unwrittenKeysNew.length > 0) {
      const added = this.#unwrittenKeysNew.sort(compareKeys);
      this.#unwrittenKeys = withKeys(this.#unwrittenKeys, added);
      this.#unwrittenKeysNew = [];
    }
    return this.#unwrittenKeys;
  }

  /** Begins a checkpoint: what is dirty now belongs to it. */
  freeze(): void {
    this.#pinned = this.#dirty;
    this.#encoded = 0;
    this.#dirty = [];
    for (const slot of this.#pinned) {
      this.#tally.dirtyBytes -= slot.bytes;
      slot.isDirty = false;
      slot.isFrozen = true;
      slot.isPinned = true;
    }
  }

  /** Looks at up to `slots` frozen slots and encodes those that did not change meanwhile; returns how many of `slots` are left over. */
  encodeFrozen(slots: number): number {
    const end = Math.min(this.#pinned.length, this.#encoded + slots);
    const left = slots - (end - this.#encoded);
    for (; this.#encoded < end; this.#encoded++) {
      const slot = this.#pinned[this.#encoded];
      if (slot?.isFrozen === true) this.#encodeSlot(slot);
    }
    return left;
  }

  /** The store has what was frozen. */
  written(): void {
    for (const slot of this.#pinned) {
      slot.isPinned = false;
      if (slot.isDirty) continue;
      if (slot.value === undefined || this.#isHistory) this.drop(slot);
      else this.#clean.add(slot);
    }
    this.#forgetCheckpoint();
  }

  /** The store does not have what was frozen: all of it is dirty again. */
  unwritten(): void {
    for (const slot of this.#pinned) {
      slot.isPinned = false;
      slot.isFrozen = false;
      if (slot.isDirty) continue;
      slot.isDirty = true;
      this.#dirty.push(slot);
      this.#tally.dirtyBytes += slot.bytes;
    }
    this.#forgetCheckpoint();
  }

  #forgetCheckpoint(): void {
    this.#pinned = [];
    this.#encoded = 0;
    this.#unwrittenKeys = null;
    this.#unwrittenKeysNew = [];
  }

  #encodeSlot(slot: Slot<K>): void {
    slot.isFrozen = false;
    const stored = this.#batch.add(this.kind, slot.key, slot.value);
    if (slot.value === undefined) return;
    this.#meanStoredBytes += (stored - this.#meanStoredBytes) * ESTIMATE_WEIGHT;
    this.#resize(slot, this.#slotBytes(stored));
  }

  /** Forgets a slot that the store knows as well. */
  drop(slot: Slot<K>): void {
    this.#slots.delete(slot.key);
    this.#tally.bytes -= slot.bytes;
    slot.value = undefined;
    if (slot.isQueued) this.#clean.countDropped();
  }

  /** A whole number, so that sums come out even. */
  #slotBytes(storedBytes: number): number {
    return SLOT_BYTES + Math.round(Math.min(storedBytes * HEAP_BYTES_PER_STORED_BYTE, this.#slotBytesMax));
  }

  #resize(slot: Slot<K>, bytes: number): void {
    this.#tally.bytes += bytes - slot.bytes;
    if (slot.isDirty) this.#tally.dirtyBytes += bytes - slot.bytes;
    slot.bytes = bytes;
  }
}

function newSlot<K extends EntryKind>(
  cache: SlotCache<K>,
  key: string,
  value: EntryKinds[K] | undefined,
  bytes: number,
): Slot<K> {
  return {
    cache,
    key,
    value,
    bytes,
    isDirty: false,
    isFrozen: false,
    isPinned: false,
    isReferenced: true,
    isQueued: false,
  };
}
