// StoreWriter: the thread that writes the partitions' stores, as the main thread sees it.
//
//   W1. A partition has one checkpoint under way at most, so what waits here is bounded by the number of workers.
//   W2. As worker threads, it is never terminated: it has LMDB environments open. It is asked to stop and ends by itself.

import { Worker } from "node:worker_threads";
import type { ChangeBatch } from "../store/mod.ts";
import type { CheckpointReport, FromStoreWriter, ToStoreWriter } from "./protocol.ts";

export interface StoreWriterOptions {
  readonly entry: URL;
  readonly dataDirectory: string;
  readonly onWritten: (report: CheckpointReport) => void;
  /** C3: nothing is lost; its worker tries again. */
  readonly onWriteFailed: (partition: number, reason: string) => void;
  /** The thread ended without having been asked. */
  readonly onFailure: (error: Error) => void;
}

/** `workerData` of the thread. */
export interface StoreWriterData {
  readonly dataDirectory: string;
}

export class StoreWriter {
  readonly #options: StoreWriterOptions;
  /** Null before the first write: a start is quicker without it. */
  #running: { readonly thread: Worker; readonly ended: Promise<void> } | null = null;
  #isStopping = false;

  constructor(options: StoreWriterOptions) {
    this.#options = options;
  }

  write(partition: number, batch: ChangeBatch): void {
    const message: ToStoreWriter = { kind: "write", partition, batch };
    this.#running ??= this.#start();
    this.#running.thread.postMessage(message, [batch.bytes.buffer]);
  }

  /** Writes what it was given before, then ends. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const message: ToStoreWriter = { kind: "stop" };
    this.#running?.thread.postMessage(message);
    await this.#running?.ended;
  }

  #start(): { readonly thread: Worker; readonly ended: Promise<void> } {
    const { entry, dataDirectory, onWritten, onWriteFailed, onFailure } = this.#options;
    const workerData: StoreWriterData = { dataDirectory };
    const thread = new Worker(entry, { workerData, execArgv: [], name: "laurel-store-writer" });
    thread.on("message", (message: FromStoreWriter) => {
      if (message.kind === "written") onWritten(message.report);
      else onWriteFailed(message.partition, message.reason);
    });
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
