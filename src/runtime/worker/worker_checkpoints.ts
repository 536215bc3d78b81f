// WorkerCheckpoints: which of a worker's partitions is checkpointed, and how far that has come. Looked at between slices (`worker_host.ts`).
//
//   K1. One checkpoint at a time is under way: encoded a bit after each slice, handed out, ended when its store was written.
//   K2. When changed entries pile up faster than they are written, the worker applies nothing until enough of them are.
//   K3. After one that could not be written, none is begun for a while; records are applied meanwhile (K2 needs one that is under way).

import type { ChangeBatch, CheckpointEnd, StateWorkspace } from "../../store/mod.ts";
import type { PartitionHost } from "./partition_host.ts";
import { RETRY_MS } from "../settings.ts";

/** Changed entries that are encoded after a slice, at least: about as much work as some ten records. */
const ENTRIES_PER_SLICE = 64;

/** And for each record of the slice: more than a record usually changes, so that a checkpoint gets done under any load. */
const ENTRIES_PER_RECORD = 3;

/** Of `dirtyBytesMax`: from here on a checkpoint does not wait for its turn, early enough for it to end before the worker has to pause (K2). */
const DIRTY_SHARE_UNHURRIED = 0.75;

export interface WorkerCheckpointsParts {
  /** Those that the worker has: its own list, which changes as they come and go. */
  readonly partitions: readonly PartitionHost[];
  /** Of all of them (K1). */
  readonly workspace: StateWorkspace;
  /** Of all of them together. */
  readonly dirtyBytesMax: number;
  readonly handOut: (partition: number, batch: ChangeBatch) => void;
}

export class WorkerCheckpoints {
  readonly #parts: WorkerCheckpointsParts;
  #turn = 0;
  /** Whose checkpoint is under way. */
  #underWay: PartitionHost | null = null;
  /** All of it is encoded and handed out. */
  #isHandedOut = false;
  /** Partitions that a drained stop has still to look at. */
  #rest: PartitionHost[] = [];
  /** K3. */
  #retryAtMs = 0;

  constructor(parts: WorkerCheckpointsParts) {
    this.#parts = parts;
  }

  /** There is more of the one under way to encode. */
  get isEncoding(): boolean {
    return this.#underWay !== null && !this.#isHandedOut;
  }

  /** K2. Without a checkpoint under way nothing would end the pause. */
  isPaused(): boolean {
    return this.#underWay !== null && this.#dirtyBytes() > this.#parts.dirtyBytesMax;
  }

  /** Begins that of the partition whose turn it is, of those that are ahead of their stores. True when one was begun. */
  beginNext(): boolean {
    if (this.#underWay !== null || performance.now() < this.#retryAtMs) return false;
    const { partitions } = this.#parts;
    for (let i = 0; i < partitions.length; i++) {
      const host = partitions[this.#turn++ % partitions.length];
      if (host?.isBehind !== true) continue;
      this.#begin(host);
      return true;
    }
    return false;
  }

  /**
   * The fullest partition does not wait for its turn when it is full, or all together are. One after the other they fill up to twice their share: the
   * more records a checkpoint covers, the more of them changed the same persons. True when one was begun.
   */
  beginFullest(): boolean {
    if (this.#underWay !== null || performance.now() < this.#retryAtMs) return false;
    const [first, ...others] = this.#parts.partitions;
    if (first === undefined) return false;
    const fullest = others.reduce((most, each) => (each.dirtyBytes > most.dirtyBytes ? each : most), first);
    const isHurried = this.#dirtyBytes() > this.#parts.dirtyBytesMax * DIRTY_SHARE_UNHURRIED;
    if (!isHurried && !fullest.wantsCheckpoint) return false;
    this.#begin(fullest);
    return true;
  }

  /** After a slice of so many records. */
  encodeAfter(records: number): void {
    this.#encode(Math.max(ENTRIES_PER_SLICE, records * ENTRIES_PER_RECORD));
  }

  /** False: what was handed out was of a partition given up meanwhile. */
  end(partition: number, end: CheckpointEnd): boolean {
    const host = this.#underWay;
    if (host === null || host.partition !== partition || !this.#isHandedOut) return false;
    host.endCheckpoint(end);
    this.#forget();
    if (end === "not_written") this.#retryAtMs = performance.now() + RETRY_MS;
    return true;
  }

  /** Of a partition that the worker has no more: what is being written may land or not, the store is behind the log either way. */
  giveUp(host: PartitionHost): void {
    if (this.#underWay !== host) return;
    this.#parts.workspace.batch.clear();
    this.#forget();
  }

  /** Nothing is applied any more: hands out what is behind, partition by partition, the next with `finishNext`. True when nothing is. */
  finish(): boolean {
    this.#rest = [...this.#parts.partitions];
    if (this.#underWay === null) return this.finishNext();
    this.#encode(Number.POSITIVE_INFINITY);
    return false;
  }

  /** Called when the one before has ended, written or not: what cannot be written now is recovered from the log. */
  finishNext(): boolean {
    let host = this.#rest.pop();
    while (host?.isBehind === false) host = this.#rest.pop();
    if (host === undefined) return true;
    this.#begin(host);
    this.#encode(Number.POSITIVE_INFINITY);
    return false;
  }

  #begin(host: PartitionHost): void {
    this.#underWay = host;
    this.#isHandedOut = false;
    host.beginCheckpoint();
  }

  #encode(entries: number): void {
    const host = this.#underWay;
    if (host === null || this.#isHandedOut) return;
    const batch = host.encodeCheckpoint(entries);
    if (batch === null) return;
    this.#isHandedOut = true;
    this.#parts.handOut(host.partition, batch);
  }

  #forget(): void {
    this.#underWay = null;
    this.#isHandedOut = false;
  }

  #dirtyBytes(): number {
    let dirtyBytes = 0;
    for (const host of this.#parts.partitions) dirtyBytes += host.dirtyBytes;
    return dirtyBytes;
  }
}
