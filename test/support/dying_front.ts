// Loaded into a server process, with all its threads: the front that a file names dies by itself, in the manner that the file says.

import { readFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { ThreadData } from "../../src/fronts/protocol.ts";

export const manners = ["throws", "rejects", "stands still"] as const;
export type Manner = (typeof manners)[number];

const file = process.env["DYING_FRONT_FILE"] ?? "";
const LOOK_MS = 5;

const front = frontOf(workerData as Partial<ThreadData> | null);
if (front !== null) {
  setInterval(() => {
    for (const manner of manners) if (readFileSync(file, "utf8") === `${front} ${manner}`) die(manner);
  }, LOOK_MS).unref();
}

/** Null: this thread is no front. */
function frontOf(data: Partial<ThreadData> | null): number | null {
  return data?.birth?.share.index ?? null;
}

function die(manner: Manner): void {
  switch (manner) {
    case "throws":
      throw new Error("the front has a bug");
    case "rejects":
      return void Promise.reject(new Error("the front has a bug"));
    case "stands still":
      return void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}
