// Appender: the runtime's only way into the log. Keeps count of each commit group, so that what a full disk dropped is taken back. Hot path.
//
//   A1. A record counts as in flight from `append` on. On a log of this node's own it counts until its worker has applied it, or until its
//       group is dropped (F1); on a shared log, where others may apply it, until its group has ended.
//   A2. Groups end in order: when one is dropped, every later group that is not yet durable is dropped as well.

import { type EventLog, LogFull, LogUnavailable, recordBytes } from "../../log/mod.ts";
import type { NewRecord } from "../../model/record.ts";
import { Unavailable } from "../client.ts";
import type { FlowControl } from "./flow_control.ts";
import { RETRY_MS } from "../settings.ts";

/** Who must know how a commit group ended. */
export interface GroupListener {
  onDurable(group: number): void;
  /** Whoever sent its events may hear of it: it is durable, and they are near enough to their turn (`FlowControl.whenNear`). */
  onAcknowledged?(group: number): void;
  /** This group and all that follow it (A2). */
  onDropped(group: number): void;
}

/** Where a front's records go. */
export interface RecordSink {
  /** Returns the group that the record shares its end with. Throws `Unavailable`; then nothing was appended. */
  append(partition: number, record: NewRecord): number;
  /**
   * Resolves when the group is durable and its records are near enough to their turn; rejects with `Unavailable`. Only for groups that `append` returned and that
   * have not ended.
   */
  acknowledged(group: number): Promise<void>;
}

/** The log refused or dropped something. `isFinal`: it will not come back. */
export type OnLogProblem = (isFinal: boolean, reason: string) => void;

interface GroupTally {
  readonly acknowledged: Promise<void>;
  readonly records: number[];
  readonly bytes: number[];
  /** Of the flow control, by worker. */
  readonly marks: number[];
}

/** Made once: under overload the stack trace of a refusal would cost more than the event. */
export const busy = new Unavailable("busy", 1);
export const logUnavailable = new Unavailable("log_unavailable", Math.ceil(RETRY_MS / 1000));

export class Appender implements RecordSink {
  readonly #log: EventLog;
  readonly #flow: FlowControl;
  readonly #workers: number;
  readonly #isShared: boolean;
  readonly #onProblem: OnLogProblem;
  readonly #listeners: GroupListener[] = [];
  /** Groups not yet durable; bounded by what may wait for the disk. */
  readonly #groups = new Map<number, GroupTally>();
  #lastGroup = -1;
  #lastTally: GroupTally | null = null;

  constructor(parts: {
    log: EventLog;
    flow: FlowControl;
    workers: number;
    /** Other processes append to the log, too. */
    isShared: boolean;
    onProblem: OnLogProblem;
  }) {
    this.#log = parts.log;
    this.#flow = parts.flow;
    this.#workers = parts.workers;
    this.#isShared = parts.isShared;
    this.#onProblem = parts.onProblem;
  }

  listen(listener: GroupListener): void {
    this.#listeners.push(listener);
  }

  /** Room for records of so many bytes, which `append` takes in this turn of the event loop (M1 of the log). Throws `Unavailable`. */
  makeRoom(bytes: number): void {
    try {
      this.#log.makeRoom(bytes);
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  append(partition: number, record: NewRecord): number {
    const group = this.#tryAppend(partition, record);
    const tally = group === this.#lastGroup && this.#lastTally !== null ? this.#lastTally : this.#begin(group);
    const worker = partition % this.#workers;
    const bytes = recordBytes(record);
    tally.records[worker] = (tally.records[worker] ?? 0) + 1;
    tally.bytes[worker] = (tally.bytes[worker] ?? 0) + bytes;
    tally.marks[worker] = this.#flow.add(worker, 1, bytes);
    return group;
  }

  acknowledged(group: number): Promise<void> {
    return this.#groups.get(group)?.acknowledged ?? Promise.resolve();
  }

  #tryAppend(partition: number, record: NewRecord): number {
    try {
      return this.#log.append(partition, record);
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  #refusalOf(error: unknown): unknown {
    if (error instanceof LogFull) return busy;
    if (!(error instanceof LogUnavailable)) return error;
    this.#onProblem(!error.retryable, error.message);
    return logUnavailable;
  }

  #begin(group: number): GroupTally {
    const durable = this.#log.whenDurable(group).then(
      () => this.#end(group, null),
      (error: unknown) => this.#end(group, error),
    );
    const zeros = (): number[] => Array.from({ length: this.#workers }, () => 0);
    const marks = zeros();
    const acknowledged = durable.then(() => this.#acknowledge(group, marks));
    // Who waits for it gets the rejection too; without anybody waiting, `onDropped` has said it.
    acknowledged.catch(() => undefined);
    const tally = { acknowledged, records: zeros(), bytes: zeros(), marks };
    this.#groups.set(group, tally);
    this.#lastGroup = group;
    this.#lastTally = tally;
    return tally;
  }

  #end(group: number, error: unknown): void {
    const tally = this.#groups.get(group);
    this.#groups.delete(group);
    if (this.#lastGroup === group) this.#lastTally = null;
    if (error === null) {
      if (this.#isShared) this.#release(tally);
      for (const listener of this.#listeners) listener.onDurable(group);
      return;
    }
    this.#release(tally);
    const isFinal = !(error instanceof LogUnavailable && error.retryable);
    this.#onProblem(isFinal, error instanceof Error ? error.message : "the log failed without saying why");
    for (const listener of this.#listeners) listener.onDropped(group);
    throw logUnavailable;
  }

  async #acknowledge(group: number, marks: readonly number[]): Promise<void> {
    await this.#flow.whenNear(marks);
    for (const listener of this.#listeners) listener.onAcknowledged?.(group);
  }

  #release(tally: GroupTally | undefined): void {
    for (let worker = 0; worker < this.#workers; worker++) {
      this.#flow.subtract(worker, tally?.records[worker] ?? 0, tally?.bytes[worker] ?? 0);
    }
  }
}
