// Standard output of a node: its log, and what it says when it listens.
//
//   W1. Writing neither throws nor waits for long. A node serves, and stops when it is told to, also where nobody reads its log any more or the file
//       has no room: what cannot be written is dropped. (The logger's own way is to wait for room in the main thread, for as long as it takes.)
//   W2. What was written in part ends its line before the next text.

import { writeSync } from "node:fs";

const STANDARD_OUTPUT = 1;
/** A reader of a pipe that somebody made non-blocking may be a moment behind. */
const BUSY_WAIT_MS = 10;
const BUSY_WAITS_MAX = 10;

export class Output {
  readonly #descriptor: number;
  #isCut = false;

  constructor(descriptor: number = STANDARD_OUTPUT) {
    this.#descriptor = descriptor;
  }

  write(text: string): void {
    const bytes = Buffer.from(this.#isCut ? `\n${text}` : text);
    const written = this.#writeWhatGoes(bytes);
    if (written > 0) this.#isCut = written < bytes.length;
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

const asleep = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EAGAIN" || error.code === "EINTR");
}
