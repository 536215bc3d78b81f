// Looker: finds out where a partition that nobody follows here ends, and whether a batch lies in it. Not on the hot path.

import type { Batch } from "./batch.ts";
import type { Tail } from "./lane_host.ts";
import { holdsBatch, type StoredBatch, type Stream } from "./stream.ts";

export type Found = { readonly isHeld: true } | { readonly isHeld: false; readonly tail: Tail };

export class Looker {
  readonly #partition: number;
  readonly #stream: Stream;

  constructor(partition: number, stream: Stream) {
    this.#partition = partition;
    this.#stream = stream;
  }

  /** @param mayLieBehind all messages behind this one are looked at, one by one; null: the batch was never sent, and the end is enough */
  async look(batch: Batch, mayLieBehind: number | null): Promise<Found> {
    if (mayLieBehind === null) return { isHeld: false, tail: tailOf(await this.#stream.last(this.#partition)) };
    let seen: StoredBatch | null = null;
    for (;;) {
      const next = await this.#stream.next(this.#partition, (seen?.streamSequence ?? mayLieBehind) + 1);
      if (next === null) {
        const last = seen ?? (await this.#stream.last(this.#partition));
        // Otherwise it was appended between the two questions.
        if ((last?.streamSequence ?? 0) <= (seen?.streamSequence ?? mayLieBehind))
          return { isHeld: false, tail: tailOf(last) };
      } else if (holdsBatch(next, batch.id)) return { isHeld: true };
      else seen = next;
    }
  }
}

export function tailOf(last: StoredBatch | null): Tail {
  if (last === null) return { streamSequence: 0, sequence: 0, timeMs: 0 };
  return { streamSequence: last.streamSequence, sequence: last.span.lastSequence, timeMs: last.span.lastTimeMs };
}
