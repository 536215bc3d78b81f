// Standard output of a node: its log, and what it says when it listens.
//
//   W1. Writing neither throws nor waits for long. A node serves, and stops when it is told to, also where nobody reads its log any more or the file
//       has no room: what cannot be written is dropped. (The logger's own way is to wait for room in the main thread, for as long as it takes.)
//   W2. What was written in part ends its line before the next text, and a line says how many texts were lost.

import { writeSync } from "node:fs";
import { errorCode } from "../base/caught.ts";

const STANDARD_OUTPUT = 1;
/** A reader of a pipe that somebody made non-blocking may be a moment behind. */
const BUSY_WAIT_MS = 10;
const BUSY_WAITS_MAX = 10;

export class Output {
  readonly #descriptor: number;
  #isCut = false;
  #lost = 0;

  constructor(descriptor: number = STANDARD_OUTPUT) {
    this.#descriptor = descriptor;
  }

  write(text: string): void {
    const bytes = Buffer.from(`${this.#isCut ? "\n" : ""}${this.#lost === 0 ? "" : lostLine(this.#lost)}${text}`);
    const written = this.#writeWhatGoes(bytes);
    const isWhole = written === bytes.length;
    if (written > 0) this.#isCut = !isWhole;
    this.#lost = isWhole ? 0 : this.#lost + 1;
  }

  /** W1. */
  #writeWhatGoes(bytes: Buffer): number {
    let written = 0;
    for (let waits = 0; written < bytes.length; ) {
      try {
        written += writeSync(this.#descriptor, bytes, written);
      } catch (error) {
        if (!isBusy(error) || waits++ === BUSY_WAITS_MAX) break;
        Atomics.wait(asleep, 0, 0, BUSY_WAIT_MS);
      }
    }
    return written;
  }
}

/** As the logger writes a warning. */
function lostLine(lost: number): string {
  return `${JSON.stringify({ level: 40, time: Date.now(), lost, msg: "log_lines_lost" })}\n`;
}

const asleep = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function isBusy(error: unknown): boolean {
  const code = errorCode(error);
  return code === "EAGAIN" || code === "EINTR";
}
