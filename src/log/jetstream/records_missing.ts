// Acknowledged records are gone from the stream: nothing that could be waited for.

import type { Tail } from "./lane_host.ts";
import type { StoredBatch } from "./stream.ts";

class RecordsMissing extends Error {
  override name = "RecordsMissing";
}

export function missing(
  partition: number,
  { streamSequence, span }: Pick<StoredBatch, "streamSequence" | "span">,
  tail: Tail,
): Error {
  return new RecordsMissing(
    `partition ${partition}: message ${streamSequence} of the stream begins with sequence ${span.firstSequence}, ` +
      `but the message before it (${tail.streamSequence}) ended with ${tail.sequence}: records between them are missing`,
  );
}

export function lost(partition: number, last: number, known: number): Error {
  return new RecordsMissing(
    `partition ${partition} ends at message ${last} of the stream, but message ${known} was acknowledged: the stream lost records`,
  );
}
