// StoredPartitionState: the state of one partition as the engine sees it, kept in memory as far as it fits and checkpointed to a store.
//
// The engine reads and changes it while a record is applied; the partition's host checkpoints and trims it between records.
//
// A checkpoint is begun, encoded a bit at a time, handed out to be written (by another thread: a sync of the disk takes longer than a
// thousand records), and ended when the store has it or could not take it. Records go on being applied meanwhile.
//
//   C1. Position and entries are never visible apart: same transaction.
//   C2. Position never passes a record whose outgoing messages are not yet durable. (The runtime writes a batch only then.)
//   C3. After a failed write all that was to be written is dirty again; the next checkpoint covers it.
//   C4. Entries are dropped from memory by `trim` and `endCheckpoint` alone, which are called between records: a value found twice within one
//       record is one object.

import { assert } from "../base/assert.ts";
import { TextMemo } from "../base/text_memo.ts";
import type { Person, Step } from "../model/person.ts";
import type { EntryKind, EntryKinds, ListedEntry, ListOptions, PartitionState } from "../model/state.ts";
import { type ChangeBatch, ChangeBatchWriter } from "./change_batch.ts";
import { ChangedKeys } from "./changed_keys.ts";
import { CleanSlots } from "./clean_slots.ts";
import { decodeValue } from "./codec.ts";
import { kindNumbers } from "./keys.ts";
import type { PartitionStore } from "./partition_store.ts";
import type { CacheTally, SlotCache } from "./slot_cache.ts";
import { type Caches, newCaches } from "./slot_caches.ts";
import { unpackSteps } from "./step_codec.ts";

export interface PartitionStateOptions {
  /** What entries in memory may count for. Only dirty entries, the entries of one record and a few large ones may exceed it. */
  readonly cacheBytesMax: number;
  /** `wantsCheckpoint` from this many dirty bytes on. */
  readonly dirtyBytesMax: number;
  /** What states of one thread have in common; absent: this one has its own. */
  readonly workspace?: StateWorkspace;
  /** Called before each change of a person. */
  readonly onPersonChange?: (personId: string) => void;
}

/** Buffers that states share of which one at a time is checkpointed. */
export class StateWorkspace {
  /** Where the checkpoint at hand is encoded. Stays as large as the largest one. */
  readonly batch = new ChangeBatchWriter();
  readonly texts = new TextMemo();
}

export interface StateStats {
  readonly cachedEntries: number;
  readonly cachedBytes: number;
  readonly dirtyEntries: number;
  readonly dirtyBytes: number;
}

/** Whether the store has it. */
export type CheckpointEnd = "written" | "not_written";

export interface StoredPartitionState extends PartitionState {
  /** Begins a checkpoint of the state as it is now, which reflects the log up to `position`. One at a time. */
  beginCheckpoint(position: number): void;
  /** Encodes up to `entries` of it. True when all is encoded. */
  encodeCheckpoint(entries: number): boolean;
  /** What is to be written; called once, when all is encoded. */
  takeCheckpoint(): ChangeBatch;
  /** Ends the checkpoint at hand (C3). */
  endCheckpoint(end: CheckpointEnd): void;
  /** All of the above at once, in this thread. Throws when the store failed (C3). */
  checkpoint(position: number): void;
  /** True from `beginCheckpoint` to `endCheckpoint`. */
  readonly isCheckpointing: boolean;
  /** What is in memory counts for this much of it. */
  readonly cachedBytes: number;
  /** What changed since the last checkpoint began counts for this much memory. */
  readonly dirtyBytes: number;
  /** True when dirty entries take so much memory that a checkpoint should not wait for its time. */
  readonly wantsCheckpoint: boolean;
  /** Drops clean entries beyond the bound. Called between records. */
  trim(): void;
  /** Grows with every change to an entry of `kind`. */
  changesOf(kind: EntryKind): number;
  stats(): StateStats;
}

/** Dirty entries may take at most this share of the cache: the rest must stay for reading. Those of other partitions take less meanwhile. */
const DIRTY_SHARE_MAX = 0.75;

/** One entry counts for at most this share of the cache (H5 of `slot_cache.ts`): of persons that are larger, so many at a time may exceed the bound. */
const ENTRY_SHARE_MAX = 0.25;

/** Slots that one `trim` may look at: many times what one record adds, so that the bound holds. */
const TRIM_STEPS_MAX = 512;

export function openPartitionState(store: PartitionStore, options: PartitionStateOptions): StoredPartitionState {
  return new CachedState(store, options);
}

class CachedState implements StoredPartitionState {
  readonly #store: PartitionStore;
  readonly #cacheBytesMax: number;
  readonly #dirtyBytesMax: number;
  readonly #caches: Caches;
  readonly #allCaches: readonly SlotCache<EntryKind>[];
  readonly #workspace: StateWorkspace;
  readonly #tally: CacheTally = { bytes: 0, dirtyBytes: 0 };
  readonly #clean = new CleanSlots();
  /** What the checkpoint at hand reflects; null without one. */
  #checkpointing: number | null = null;
  /** Which of `#allCaches` is being encoded. */
  #encodeAt = 0;

  constructor(store: PartitionStore, options: PartitionStateOptions) {
    this.#store = store;
    this.#workspace = options.workspace ?? new StateWorkspace();
    this.#caches = newCaches(
      {
        batch: this.#workspace.batch,
        tally: this.#tally,
        clean: this.#clean,
        slotBytesMax: options.cacheBytesMax * ENTRY_SHARE_MAX,
      },
      options.onPersonChange ?? null,
    );
    this.#allCaches = Object.values<SlotCache<EntryKind>>(this.#caches);
    this.#cacheBytesMax = options.cacheBytesMax;
    this.#dirtyBytesMax = Math.min(options.dirtyBytesMax, options.cacheBytesMax * DIRTY_SHARE_MAX);
  }

  find<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined {
    const slot = this.#caches[kind].get(key);
    return slot === undefined ? this.#load(kind, key)?.value : slot.value;
  }

  edit<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined {
    const cache: SlotCache<K> = this.#caches[kind];
    const slot = cache.get(key) ?? this.#load(kind, key);
    if (slot?.value === undefined) return undefined;
    cache.markDirty(slot);
    return slot.value;
  }

  put<K extends EntryKind>(kind: K, key: string, value: EntryKinds[K]): void {
    this.#caches[kind].set(key, value);
  }

  remove(kind: EntryKind, key: string): void {
    this.#caches[kind].set(key, undefined);
  }

  list<K extends EntryKind>(kind: K, options: ListOptions): ListedEntry<K>[] {
    const { front } = this.#caches[kind];
    const { prefix, after, isReverse } = options;
    if (isReverse || after !== null) return this.#walk(kind, options).listed;
    const { listed, passed } = this.#walk(kind, { ...options, after: front.endOf(prefix) });
    if (passed !== null) front.passed(prefix, passed);
    return listed;
  }

  /**
   * S2: walks the unwritten keys and the store's keys side by side; where both have a key, the unwritten entry counts. `passed` is the last key before the
   * first entry.
   */
  #walk<K extends EntryKind>(kind: K, options: ListOptions): { listed: ListedEntry<K>[]; passed: string | null } {
    const cache: SlotCache<K> = this.#caches[kind];
    const listed: ListedEntry<K>[] = [];
    let passed: string | null = null;
    const take = (key: string, value: EntryKinds[K] | undefined): void => {
      if (value !== undefined) listed.push({ key, value });
      else if (listed.length === 0) passed = key;
    };
    const changed = new ChangedKeys(cache.unwrittenKeys(), options);
    const takeChanged = (before: string | null): void => {
      for (let { key } = changed; key !== null && listed.length < options.limit; { key } = changed) {
        if (before !== null && !changed.isBefore(before)) return;
        take(key, cache.get(key)?.value);
        changed.step();
      }
    };
    for (const stored of this.#store.range(kindNumbers[kind], options)) {
      takeChanged(stored.key);
      if (listed.length >= options.limit) return { listed, passed };
      if (changed.key === stored.key) changed.step();
      const slot = cache.get(stored.key) ?? this.#addLoaded(kind, stored.key, stored.bytes);
      take(stored.key, slot.value);
    }
    takeChanged(null);
    return { listed, passed };
  }

  hotSteps(person: Person): readonly Step[] {
    unpackSteps(person, this.#workspace.texts);
    return person.steps;
  }

  copyOf(person: Person): Uint8Array {
    return this.#workspace.batch.copyOf("person", person);
  }

  personIn(copy: Uint8Array): Person {
    // Made by `copyOf`, and the checksum says that it is the same.
    return decodeValue(copy, this.#store.partition, "a copy of a person", this.#workspace.texts) as Person;
  }

  beginCheckpoint(position: number): void {
    assert(this.#checkpointing === null, "one checkpoint at a time");
    this.#checkpointing = position;
    this.#encodeAt = 0;
    for (const cache of this.#allCaches) cache.freeze();
  }

  encodeCheckpoint(entries: number): boolean {
    let left = entries;
    for (; this.#encodeAt < this.#allCaches.length; this.#encodeAt++) {
      left = this.#allCaches[this.#encodeAt]?.encodeFrozen(left) ?? left;
      if (left === 0) return false;
    }
    return true;
  }

  takeCheckpoint(): ChangeBatch {
    assert(this.#checkpointing !== null, "a checkpoint is taken after it was begun");
    assert(this.#encodeAt === this.#allCaches.length, "a checkpoint is taken when all of it is encoded");
    return this.#workspace.batch.take(this.#checkpointing);
  }

  endCheckpoint(end: CheckpointEnd): void {
    const isWritten = end === "written";
    assert(this.#checkpointing !== null, "a checkpoint is ended after it was begun");
    if (isWritten) this.#store.refresh();
    for (const cache of this.#allCaches) {
      if (isWritten) cache.written();
      else cache.unwritten();
    }
    assert(
      !isWritten || this.#store.position() === this.#checkpointing,
      `partition ${this.#store.partition}: the store is at ${this.#store.position()}, written was ${this.#checkpointing}`,
    );
    this.#checkpointing = null;
  }

  checkpoint(position: number): void {
    this.beginCheckpoint(position);
    this.encodeCheckpoint(Number.POSITIVE_INFINITY);
    const batch = this.takeCheckpoint();
    try {
      this.#store.writeBatch(batch);
    } catch (error) {
      this.endCheckpoint("not_written");
      throw error;
    }
    this.endCheckpoint("written");
  }

  get isCheckpointing(): boolean {
    return this.#checkpointing !== null;
  }

  get cachedBytes(): number {
    return this.#tally.bytes;
  }

  get dirtyBytes(): number {
    return this.#tally.dirtyBytes;
  }

  get wantsCheckpoint(): boolean {
    return this.#tally.dirtyBytes > this.#dirtyBytesMax;
  }

  trim(): void {
    const excess = this.#tally.bytes - this.#cacheBytesMax;
    if (excess > 0) this.#clean.drop(excess, TRIM_STEPS_MAX);
  }

  changesOf(kind: EntryKind): number {
    return this.#caches[kind].changes;
  }

  stats(): StateStats {
    const { bytes: cachedBytes, dirtyBytes } = this.#tally;
    let cachedEntries = 0;
    let dirtyEntries = 0;
    for (const cache of this.#allCaches) {
      cachedEntries += cache.size;
      dirtyEntries += cache.dirtySize;
    }
    return { cachedEntries, cachedBytes, dirtyEntries, dirtyBytes };
  }

  #load<K extends EntryKind>(kind: K, key: string) {
    const bytes = this.#store.get(kindNumbers[kind], key);
    return bytes === undefined ? undefined : this.#addLoaded(kind, key, bytes);
  }

  #addLoaded<K extends EntryKind>(kind: K, key: string, bytes: Uint8Array) {
    const cache: SlotCache<K> = this.#caches[kind];
    // What is stored under a kind was put under that kind, and the checksum says that it is the same.
    const value = decodeValue(bytes, this.#store.partition, key, this.#workspace.texts) as EntryKinds[K];
    return cache.addClean(key, value, bytes.length);
  }
}
