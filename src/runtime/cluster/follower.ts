// Follower: one partition that this node follows, as owner or standby: brings its records from the log to its worker.
//
//   opening (its store, or a snapshot) -> behind (reads the log) -> live (takes what the log commits) -> ended
//
//   F1. The worker gets the records in order and without gap; those that it has seen already it skips itself.
//   F2. When the worker falls behind, the log is the buffer: the follower drops what it holds and reads it again later.
//   F3. A record that names a programme is handed over after the programme is here.
//   F4. A node that has nothing of the partition, or too little for what the log still holds, begins with a snapshot. What the log still
//       holds it can do without one; a hole in the log that no snapshot covers is a failure.

import { setTimeout as sleep } from "node:timers/promises";
import { assert, AssertionError } from "../../base/assert.ts";
import { asError } from "../../base/caught.ts";
import { programOfRecord } from "../../engine/mod.ts";
import { type EventLog, LogCorrupt, LogHole, LogUnavailable, RecordReader } from "../../log/mod.ts";
import { FLAG_WANTS_REPLY, recordKinds } from "../../model/record.ts";
import type { ProgramVersion } from "../../model/state.ts";
import type { FlowControl } from "../flow/flow_control.ts";
import type { PartitionDescription } from "../protocol.ts";
import { OutdatedWithoutLog } from "../recovery.ts";
import { RETRY_MS } from "../settings.ts";
import type { ProgramSync } from "./program_sync.ts";
import type { RuntimeLogger } from "../runtime.ts";
import { RecentReplies } from "./recent_replies.ts";
import type { Snapshots } from "./snapshots.ts";
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
  /** Replaces the store, which is not hosted. Rejects when nothing was changed. */
  readonly restore: (snapshot: Uint8Array) => Promise<void>;
  readonly snapshots: Snapshots;
  readonly logger: RuntimeLogger;
  /** Copies them. @param isAwaited somebody waits for the reply to one of them */
  readonly hand: (records: Uint8Array, isAwaited: boolean) => void;
  /** It cannot follow: damage, or a hole in the log. */
  readonly onFailure: (error: Error) => void;
}

/** What trying again does not change; all else is a log that is away for now. */
function isFinal(error: unknown): boolean {
  return error instanceof AssertionError || error instanceof LogCorrupt;
}

/** How long the log may take to show this node what a snapshot reflects. */
const LOG_WAIT_MS = 5_000;
const LOG_POLL_MS = 50;

interface Scan {
  readonly records: number;
  readonly lastSequence: number;
  readonly programs: readonly ProgramVersion[];
  readonly isAwaited: boolean;
}

export class Follower {
  readonly partition: number;
  readonly unconfirmed = new Unconfirmed();
  readonly recentReplies = new RecentReplies();
  /** What the partition reported last; -1: no timer. */
  dueMs = -1;
  readonly #parts: FollowerParts;
  readonly #reader = new RecordReader();
  #stage: "opening" | "behind" | "live" | "ended" = "opening";
  #isHosted = false;
  #outdated: PartitionDescription["outdated"] = null;
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

  get isEnded(): boolean {
    return this.#stage === "ended";
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
    const isReady = scan.programs.every(({ hash }) => this.#parts.programs.has(hash));
    if (isReady && !this.#parts.flow.isBusy(this.#parts.worker)) return this.#hand(records, scan);
    this.#stage = "behind";
    this.#guard(this.#follow());
  }

  end(): void {
    if (this.#isHosted) this.#unhost();
    this.stop();
  }

  /** Takes nothing more; what it has handed over stays with its worker. */
  stop(): void {
    this.#stage = "ended";
    this.#held = [];
    this.#wake();
  }

  async #open(): Promise<void> {
    await this.#host();
    if (this.position === 0) await this.#restore();
    else await this.#awaitLog(this.position, "checkpoint");
    await this.#follow();
  }

  async #host(): Promise<void> {
    const { position, programs, nextDueMs, outdated } = await this.#parts.host();
    if (this.#isEnded()) return this.#parts.unhost();
    if (outdated !== null) this.#parts.logger.warn({ partition: this.partition, ...outdated }, "store_made_anew");
    this.#outdated = outdated;
    this.#isHosted = true;
    this.#next = position + 1;
    this.dueMs = nextDueMs ?? -1;
    await this.#parts.programs.fetch(programs);
    this.#parts.programs.use(programs);
  }

  #unhost(): void {
    this.#isHosted = false;
    this.#parts.unhost();
  }

  /** F4. Each turn but the last begins behind the one before: the log was cut again meanwhile. */
  async #follow(): Promise<void> {
    while (!this.#isEnded()) {
      try {
        this.#stage = "behind";
        return await this.#catchUp();
      } catch (error) {
        if (this.#isEnded() || isFinal(error)) throw error;
        if (!(error instanceof LogHole)) {
          this.#parts.logger.warn({ partition: this.partition, reason: String(error) }, "follow_interrupted");
          await sleep(RETRY_MS);
          continue;
        }
        this.#stage = "opening";
        if (!(await this.#restore())) {
          throw this.#outdated === null
            ? new Error(
                `partition ${this.partition} cannot be followed: no usable snapshot covers what the log no longer has`,
                { cause: error },
              )
            : new OutdatedWithoutLog(error, this.#outdated);
        }
      }
    }
  }

  /** Goes on from the snapshot, if there is one that is further. Returns whether it did. */
  async #restore(): Promise<boolean> {
    const { snapshots, logger } = this.#parts;
    const snapshot = await snapshots.fetch(this.partition, this.position);
    if (snapshot === null || this.#isEnded()) return false;
    await this.#awaitLog(snapshot.position, "snapshot");
    if (this.#isEnded()) return false;
    this.#unhost();
    const { position } = snapshot;
    const reason = await this.#parts.restore(snapshot.bytes).then(() => null, String);
    if (reason === null) logger.info({ partition: this.partition, position }, "snapshot_restored");
    else logger.warn({ partition: this.partition, position, reason }, "snapshot_not_restored");
    if (this.#isEnded()) return false;
    await this.#host();
    return reason === null;
  }

  /**
   * A log that ends before what the state reflects is another log, or lost records that were acknowledged. What it gives to new ones are sequences that the state has
   * seen: they would be acknowledged, and pass for applied.
   */
  async #awaitLog(position: number, what: "checkpoint" | "snapshot"): Promise<void> {
    const deadlineMs = performance.now() + LOG_WAIT_MS;
    await this.#joinLog();
    const end = (): number => this.#parts.log.lastSequences()[this.partition] ?? 0;
    while (end() < position && !this.#isEnded()) {
      if (performance.now() > deadlineMs) {
        throw new Error(
          `partition ${this.partition}: log ends at ${end()}, its ${what} reflects ${position}. Acknowledged records are missing ` +
            `from the log, or the ${what}s are those of another log. Nothing was changed.`,
        );
      }
      await sleep(LOG_POLL_MS);
    }
  }

  /** A log that is away comes back by itself. */
  async #joinLog(): Promise<void> {
    while (!this.#isEnded()) {
      try {
        return await this.#parts.log.follow(this.partition);
      } catch (error) {
        if (!(error instanceof LogUnavailable && error.retryable)) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  async #catchUp(): Promise<void> {
    await this.#parts.log.follow(this.partition);
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
    await this.#parts.programs.fetch(scan.programs);
    const { flow, worker } = this.#parts;
    if (flow.isBusy(worker)) await flow.whenRoom(worker);
    if (!this.#isEnded()) this.#hand(batch, scan);
  }

  #hand(records: Uint8Array, { records: count, lastSequence, programs, isAwaited }: Scan): void {
    if (lastSequence < this.#next) return;
    this.#parts.flow.add(this.#parts.worker, count, records.byteLength);
    this.#parts.hand(records, isAwaited);
    this.#parts.programs.use(programs);
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
    const programs: ProgramVersion[] = [];
    let count = 0;
    let lastSequence = 0;
    let isAwaited = false;
    reader.reset(records);
    while (reader.next()) {
      assert(reader.partition === this.partition, "a shared log commits the records of one partition at a time");
      count++;
      lastSequence = reader.sequence;
      if ((reader.flags & FLAG_WANTS_REPLY) !== 0) isAwaited = true;
      if (reader.kind === recordKinds.config) programs.push(programOfRecord(reader.payload));
    }
    return { records: count, lastSequence, programs, isAwaited };
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
      this.#parts.onFailure(asError(error));
    });
  }
}
