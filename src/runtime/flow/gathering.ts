// Gathering: records on their way to one worker. While nobody waits for what they do, those of several commit groups cross together. Hot path.
//
//   G1. Records leave in the order in which they were added, and `send` lets none stay.
//   G2. A record stays for `GATHER_MS` at most, and only while there are less than `GATHER_BYTES_MAX` of them.

import { GATHER_BYTES_MAX, GATHER_MS, HASTE_MS } from "../settings.ts";

/**
 * When records go: `now`; at the end of this turn of the event loop, with what else comes in it; or when some more have come (G2).
 * A worker that is woken for each commit group spends a sixth of its time on waking, on its report and on finding its data out of the
 * processor's cache, and two that share the groups more than a fifth (bench/tried.md).
 */
export type Departure = "now" | "turn" | "later";

export class Gathering {
  readonly #post: (records: ArrayBuffer) => void;
  #records: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #isTurnEnding = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(post: (records: ArrayBuffer) => void) {
    this.#post = post;
  }

  /** @param records given away */
  add(records: Uint8Array<ArrayBuffer>, departure: Departure): void {
    this.#records.push(records);
    this.#bytes += records.byteLength;
    if (departure === "now" || (departure === "later" && this.#bytes >= GATHER_BYTES_MAX)) this.send();
    else if (departure === "later") this.#timer ??= setTimeout(() => this.send(), GATHER_MS);
    else this.#sendAfterTurn();
  }

  send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#records.length === 0) return;
    const records = joined(this.#records);
    this.#records = [];
    this.#bytes = 0;
    this.#post(records);
  }

  #sendAfterTurn(): void {
    if (this.#isTurnEnding) return;
    this.#isTurnEnding = true;
    setImmediate(() => {
      this.#isTurnEnding = false;
      this.send();
    });
  }
}

/** Begins with each record that somebody waits for, and lasts about as long as an answer that takes messages between partitions. */
export class Haste {
  #untilMs = Number.NEGATIVE_INFINITY;

  begin(nowMs: number): void {
    this.#untilMs = nowMs + HASTE_MS;
  }

  isOn(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }
}

function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): ArrayBuffer {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only.buffer;
  const whole = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole.buffer;
}
