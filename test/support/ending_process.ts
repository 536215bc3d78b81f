// A process of its own that ends while its threads write their stores without a pause. Arguments: the manner of its end, a directory.

import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Ending } from "../../src/cli/ending.ts";
import { ChangeBatchWriter } from "../../src/store/change_batch.ts";
import { openPartitionStore } from "../../src/store/mod.ts";

const THREADS = 3;

/** By then the threads are within their transactions. */
const WRITTEN_MS = 200;

if (isMainThread) main(process.argv[2] ?? "", process.argv[3] ?? "");
else writeUntilStopped(workerData as StoreOptions);

interface StoreOptions {
  readonly dataDirectory: string;
  readonly partition: number;
}

function main(manner: string, dataDirectory: string): void {
  const threads = Array.from(
    { length: THREADS },
    (_, partition) => new Worker(new URL(import.meta.url), { workerData: { dataDirectory, partition } }),
  );
  const ending = manner === "holds_on" ? new Ending(200) : new Ending();
  ending.endOnBugs(() => undefined);
  ending.letGoFirst(async () => {
    if (manner === "holds_on") return new Promise(() => undefined);
    const ended = threads.map((thread) => new Promise((resolve) => thread.once("exit", resolve)));
    for (const thread of threads) thread.postMessage("stop");
    await Promise.all(ended);
  });
  const writing = Promise.all(threads.map((thread) => new Promise((resolve) => thread.once("message", resolve))));
  const end = (): void => {
    if (manner === "bug") throw new Error("nobody catches this");
    void ending.end(70);
  };
  void writing.then(() => setTimeout(end, WRITTEN_MS));
}

function writeUntilStopped(options: StoreOptions): void {
  const store = openPartitionStore(options);
  let position = store.position();
  const timer = setInterval(() => {
    const batch = new ChangeBatchWriter();
    for (let i = 0; i < 200; i++) batch.addStored(1, `key${i}`, new Uint8Array(1_000));
    store.writeBatch(batch.take(++position));
  }, 0);
  parentPort?.once("message", () => {
    clearInterval(timer);
    void store.close();
  });
  parentPort?.postMessage("writing");
}
