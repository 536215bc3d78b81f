// Records as bytes on their way between threads: the form of `model/record.ts`, with nothing of the log's own.

import type { Message } from "../../model/effect.ts";
import { recordBytes, viewOf, writeRecord } from "../../log/mod.ts";

/** All messages behind each other in memory of their own, ready to be transferred. The partition is the receiver's; the log counts sequences. */
export function packMessages(messages: readonly Message[]): ArrayBuffer {
  let length = 0;
  for (const { record } of messages) length += recordBytes(record);
  const buffer = new ArrayBuffer(length);
  const bytes = new Uint8Array(buffer);
  const target = { bytes, view: viewOf(bytes) };
  let offset = 0;
  for (const { toPartition, record } of messages)
    offset = writeRecord(target, offset, toPartition, 0, record.timeMs, record);
  return buffer;
}
