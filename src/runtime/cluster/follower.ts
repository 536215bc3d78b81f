// Follower: one partition that this node follows, as owner or standby: brings its records from the log to its worker.
//
//   opening (its store) -> behind (reads the log) -> live (takes what the log commits) -> ended
//
//   F1. The worker gets the records in order and without gap; those that it has seen already it skips itself.
//   F2. When the worker falls behind, the log is the buffer: the follower drops what it holds and reads it again later.
//   F3. A record that names a programme is handed over after the programme is here.

import { assert } from "../../base/assert.ts";
import { decodeConfig } from "../../engine/mod.ts";
import { type EventLog, RecordReader } from "../../log/mod.ts";
import { recordKinds } from "../../model/record.ts";
import type { FlowControl } from "../flow_control.ts";
import type { PartitionDescription } from "../protocol.ts";
import type { ProgramSync } from "./program_sync.ts";
import { RecentReplies } from "./recent_replies.ts";
import { Unconfirmed } from "./unconfirmed.ts";

export interface FollowerParts {
  readonly log: EventLog;
  readonly flow: FlowControl;
  readonly programs: ProgramSync;
  readonly partition: number;
  readonly partitions: number;
  readonly worker: number;
  /** Held while the log is read; beyond it, what comes is read later (F2). */
  readonly heldBytesMax: number;
  readonly host: () => Promise<PartitionDescription>;
  readonly unhost: () => void;
  readonly hand: (bytes: ArrayBuffer) => void;
  /** It cannot follow: damage, or a hole in the log. */
  readonly onFailure: (error: Error) => void;
}

interface Scan {
  readonly records: number;
  readonly lastSequence: number;
  readonly hashes: readonly string[];
}

export class Follower {
  readonly partition: number;
  readonly unconfirmed = new Unconfirmed();
  readonly recentReplies = new RecentReplies();
  /** Clients that had a programme when the store was opened. */
  clients: readonly string[] = [];
  /** What the partition reported last; -1: no timer. */
  dueMs = -1;
  readonly #parts: FollowerParts;
  readonly #reader = new RecordReader();
  #stage: "opening" | "behind" | "live" | "ended" = "opening";
  #next = 1;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isOverflowed = false;
  #whenLive: (() => void)[] = [];

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.partition = parts.partition;
    this.#guard(this.#open());
  }

  get isLive(): boolean {
    return this.#stage === "live";
  }

  /** The last record handed over. */
  get position(): number {
    return this.#next - 1;
  }

  /** Resolves when it is live or has ended. */
  whenLive(): Promise<void> {
    if (this.isLive || this.#stage === "ended") return Promise.resolve();
    return new Promise((resolve) => this.#whenLive.push(resolve));
  }

  /** What the log committed of this partition; borrowed. */
  commit(records: Uint8Array): void {
    if (this.#stage === "ended") return;
    if (this.#stage !== "live") return this.#hold(records);
    const scan = this.#scan(records);
    const isReady = scan.hashes.every((hash) => this.#parts.programs.has(hash));
    if (isReady && !this.#parts.flow.isBusy(this.#parts.worker)) return this.#hand(records, scan);
    this.#stage = "behind";
    this.#guard(this.#catchUp());
  }

  end(): void {
    if (this.#stage !== "opening") this.#parts.unhost();
    this.stop();
  }

  /** Takes nothing more; what it has handed over stays with its worker. */
  stop(): void {
    this.#stage = "ended";
    this.#held = [];
    this.#wake();
  }

  async #open(): Promise<void> {
    const { position, programs, nextDueMs } = await this.#parts.host();
    if (this.#isEnded()) return this.#parts.unhost();
    this.#next = position + 1;
    this.dueMs = nextDueMs ?? -1;
    this.clients = programs.map(([client]) => client);
    await this.#parts.programs.fetch(programs.map(([, hash]) => hash));
    this.#stage = "behind";
    await this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    do {
      this.#held = [];
      this.#heldBytes = 0;
      this.#isOverflowed = false;
      for await (const batch of this.#parts.log.read(this.#wanted())) {
        await this.#handWhenReady(batch);
        if (this.#isEnded()) return;
      }
      for (let batch = this.#held.shift(); batch !== undefined && !this.#isOverflowed; batch = this.#held.shift()) {
        await this.#handWhenReady(batch);
        if (this.#isEnded()) return;
      }
    } while (this.#isOverflowed);
    this.#stage = "live";
    this.#wake();
  }

  /** This partition from the next record on, the others not at all. */
  #wanted(): number[] {
    const wanted = Array.from({ length: this.#parts.partitions }, () => Number.POSITIVE_INFINITY);
    wanted[this.partition] = this.#next;
    return wanted;
  }

  async #handWhenReady(batch: Uint8Array): Promise<void> {
    const scan = this.#scan(batch);
    await this.#parts.programs.fetch(scan.hashes);
    if (this.#parts.flow.isBusy(this.#parts.worker)) await this.#parts.flow.whenIdle();
    if (!this.#isEnded()) this.#hand(batch, scan);
  }

  #hand(records: Uint8Array, { records: count, lastSequence }: Scan): void {
    if (lastSequence < this.#next) return;
    // Memory of its own: it is going to be transferred.
    const bytes = new ArrayBuffer(records.byteLength);
    new Uint8Array(bytes).set(records);
    this.#parts.flow.add(this.#parts.worker, count, bytes.byteLength);
    this.#parts.hand(bytes);
    this.#next = lastSequence + 1;
  }

  #hold(records: Uint8Array): void {
    if (this.#isOverflowed) return;
    this.#heldBytes += records.length;
    if (this.#heldBytes > this.#parts.heldBytesMax) {
      this.#isOverflowed = true;
      this.#held = [];
      return;
    }
    // Copied: the log uses its buffer again (and the `slice` of a Buffer copies nothing).
    this.#held.push(new Uint8Array(records));
  }

  #scan(records: Uint8Array): Scan {
    const reader = this.#reader;
    const hashes: string[] = [];
    let count = 0;
    let lastSequence = 0;
    reader.reset(records);
    while (reader.next()) {
      assert(reader.partition === this.partition, "a shared log commits the records of one partition at a time");
      count++;
      lastSequence = reader.sequence;
      if (reader.kind === recordKinds.config) hashes.push(decodeConfig(reader.payload).hash);
    }
    return { records: count, lastSequence, hashes };
  }

  #isEnded(): boolean {
    return this.#stage === "ended";
  }

  #wake(): void {
    for (const resolve of this.#whenLive.splice(0)) resolve();
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#isEnded()) return;
      this.#parts.onFailure(error instanceof Error ? error : new Error(String(error)));
    });
  }
}
