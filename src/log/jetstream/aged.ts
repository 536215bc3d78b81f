// Aged: where a partition can be cut of which records are kept for a time. The servers are asked, since what was seen pass by is forgotten with each start:
// once for each call, and some twenty times where an eighth of the time and more can go.

import type { BatchSpan } from "./batch.ts";
import type { StoredBatch, Stream } from "./stream.ts";

export interface Kept {
  /** Records from this one on are needed, however old they are. */
  readonly fromSequence: number;
  /** Records of this time and later are kept. */
  readonly fromMs: number;
  /** Nothing is cut before the oldest record is older than kept by this much. */
  readonly slackMs: number;
}

/** The message before which nothing is kept; null where nothing, or too little, can go. */
export async function cutOfAged(
  stream: Pick<Stream, "next" | "last">,
  partition: number,
  kept: Kept,
): Promise<number | null> {
  const first = await stream.next(partition, 1);
  const { fromMs, slackMs } = kept;
  if (first === null || isKept(first.span, { ...kept, fromMs: fromMs - slackMs })) return null;
  return firstKept(stream, partition, first, kept);
}

/** Times never fall within a partition. */
async function firstKept(
  stream: Pick<Stream, "next" | "last">,
  partition: number,
  first: StoredBatch,
  kept: Kept,
): Promise<number> {
  let low = first.streamSequence + 1;
  // The last one stays in any case: it says how far the partition has got.
  let high = (await stream.last(partition))?.streamSequence ?? low;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const probe = await stream.next(partition, middle);
    if (probe === null || isKept(probe.span, kept)) high = middle;
    else low = probe.streamSequence + 1;
  }
  return low;
}

function isKept({ lastSequence, lastTimeMs }: BatchSpan, { fromSequence, fromMs }: Kept): boolean {
  return lastSequence >= fromSequence || lastTimeMs >= fromMs;
}
