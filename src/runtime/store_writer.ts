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
  readonly #thread: Worker;
  readonly #ended: Promise<void>;
  #isStopping = false;

  constructor(options: StoreWriterOptions) {
    const workerData: StoreWriterData = { dataDirectory: options.dataDirectory };
    this.#thread = new Worker(options.entry, { workerData, execArgv: [], name: "laurel-store-writer" });
    this.#thread.on("message", (message: FromStoreWriter) => {
      if (message.kind === "written") options.onWritten(message.report);
      else options.onWriteFailed(message.partition, message.reason);
    });
    this.#thread.on("messageerror", options.onFailure);
    this.#thread.on("error", options.onFailure);
    this.#ended = new Promise((resolve) => {
      this.#thread.on("exit", (code) => {
        resolve();
        if (!this.#isStopping) options.onFailure(new Error(`the store writer ended with code ${code}`));
      });
    });
  }

  write(partition: number, batch: ChangeBatch): void {
    this.#post({ kind: "write", partition, batch }, [batch.bytes.buffer]);
  }

  /** Writes what it was given before, then ends. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#post({ kind: "stop" }, []);
    await this.#ended;
  }

  #post(message: ToStoreWriter, transfer: readonly ArrayBuffer[]): void {
    this.#thread.postMessage(message, transfer);
  }
}
