// StoreWriter: the thread that writes the partitions' stores, as the main thread sees it.
//
//   W1. A partition has one checkpoint under way at most, so what waits here is bounded by the number of workers.
//   W2. As worker threads, it is never terminated: it has LMDB environments open. It is asked to stop and ends by itself.
//   W3. A snapshot is of the store as a checkpoint left it: made by the same thread, before it writes anything else.

import { Worker } from "node:worker_threads";
import type { ChangeBatch, Snapshot } from "../../store/mod.ts";
import type { CheckpointReport, FromStoreWriter, ToStoreWriter } from "../protocol.ts";

export interface StoreWriterOptions {
  readonly entry: URL;
  readonly dataDirectory: string;
  readonly onWritten: (report: CheckpointReport) => void;
  /** C3: nothing is lost; its worker tries again, unless that `isFinal`. */
  readonly onWriteFailed: (partition: number, reason: string, isFinal: boolean) => void;
  /** One of the two follows each write that was to make a snapshot (W3). */
  readonly onSnapshot: (partition: number, snapshot: Snapshot) => void;
  readonly onSnapshotFailed: (partition: number, reason: string) => void;
  /** The thread ended without having been asked. */
  readonly onFailure: (error: Error) => void;
}

/** `workerData` of the thread. */
export interface StoreWriterData {
  readonly dataDirectory: string;
}

interface UnderWay {
  writes: number;
  readonly waiting: (() => void)[];
  /** Takes the outcome of the restore that is among the writes. */
  restoring: ((reason: string | null) => void) | null;
}

export class StoreWriter {
  readonly #options: StoreWriterOptions;
  /** Null before the first write: a start is quicker without it. */
  #running: { readonly thread: Worker; readonly ended: Promise<void> } | null = null;
  /** Partitions of which something is being written. */
  readonly #partitions = new Map<number, UnderWay>();
  #isStopping = false;

  constructor(options: StoreWriterOptions) {
    this.#options = options;
  }

  write(partition: number, batch: ChangeBatch, isSnapshotWanted: boolean): void {
    this.#underWay(partition).writes++;
    this.#post({ kind: "write", partition, batch, isSnapshotWanted }, batch.bytes.buffer);
  }

  /** Replaces the store of a partition that no worker has open. Rejects when nothing was changed. @param bytes copied */
  restore(partition: number, bytes: Uint8Array): Promise<void> {
    const own = new Uint8Array(bytes);
    const underWay = this.#underWay(partition);
    underWay.writes++;
    return new Promise((resolve, reject) => {
      underWay.restoring = (reason) => (reason === null ? resolve() : reject(new Error(reason)));
      this.#post({ kind: "restore", partition, bytes: own }, own.buffer);
    });
  }

  /** Resolves when everything that was given of the partition is written, or was refused. */
  whenWritten(partition: number): Promise<void> {
    const underWay = this.#partitions.get(partition);
    if (underWay === undefined) return Promise.resolve();
    return new Promise((resolve) => underWay.waiting.push(resolve));
  }

  /** Writes what it was given before, then ends. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const message: ToStoreWriter = { kind: "stop" };
    this.#running?.thread.postMessage(message);
    for (const { restoring } of this.#partitions.values()) restoring?.("the store writer stops");
    await this.#running?.ended;
  }

  #post(message: ToStoreWriter, bytes: ArrayBuffer): void {
    this.#running ??= this.#start();
    this.#running.thread.postMessage(message, [bytes]);
  }

  #underWay(partition: number): UnderWay {
    const underWay = this.#partitions.get(partition) ?? { writes: 0, waiting: [], restoring: null };
    this.#partitions.set(partition, underWay);
    return underWay;
  }

  #receive(message: FromStoreWriter): void {
    const { onWritten, onWriteFailed, onSnapshot, onSnapshotFailed } = this.#options;
    switch (message.kind) {
      case "written":
        onWritten(message.report);
        return this.#ended(message.report.partition);
      case "write_failed":
        onWriteFailed(message.partition, message.reason, message.isFinal);
        return this.#ended(message.partition);
      case "snapshot":
        return onSnapshot(message.partition, message.snapshot);
      case "snapshot_failed":
        return onSnapshotFailed(message.partition, message.reason);
      case "restored":
        this.#partitions.get(message.partition)?.restoring?.(message.reason);
        return this.#ended(message.partition);
    }
  }

  #ended(partition: number): void {
    const underWay = this.#partitions.get(partition);
    if (underWay === undefined || --underWay.writes > 0) return;
    this.#partitions.delete(partition);
    for (const resolve of underWay.waiting) resolve();
  }

  #start(): { readonly thread: Worker; readonly ended: Promise<void> } {
    const { entry, dataDirectory, onFailure } = this.#options;
    const workerData: StoreWriterData = { dataDirectory };
    const thread = new Worker(entry, { workerData, execArgv: [], name: "laurel-store-writer" });
    thread.on("message", (message: FromStoreWriter) => this.#receive(message));
    thread.on("messageerror", onFailure);
    thread.on("error", onFailure);
    const ended = new Promise<void>((resolve) => {
      thread.on("exit", (code) => {
        resolve();
        if (!this.#isStopping) onFailure(new Error(`the store writer ended with code ${code}`));
      });
    });
    return { thread, ended };
  }
}
