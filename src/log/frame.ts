// Frame
//
// The unit of writing and of damage: one commit group behind a header. Little endian:
//
//     0  u32  mark of the segment       16  f64  group number
//     4  u32  body bytes                24  f64  newest group known to be synced when this frame was written
//     8  u32  CRC32C                    32  body: records in the binary form of `model/record.ts`
//    12  u32  records
//
//   F1. The CRC covers header and body, itself counted as zero.
//   F2. The mark is a random number of each segment, never zero: nobody who sends payloads can plant a frame into a torn tail,
//       and a frame never passes for one of another segment. Zero in its place is the end of the segment.
//   F3. Frame g names a synced group >= f only if f was durable before g was written. So a damaged frame f with such a g behind it
//       was durable: damage, not a torn tail. With `sync: always` every frame names its predecessor; only the last one can be torn.

import { crc32c } from "@node-rs/crc32";
import { RECORD_HEADER_BYTES } from "../model/record.ts";
import type { RecordTarget } from "./record_codec.ts";

export const FRAME_HEADER_BYTES = 32;

export interface FrameHeader {
  readonly mark: number;
  readonly records: number;
  readonly group: number;
  readonly syncedGroup: number;
}

/** Completes a frame whose body lies at `FRAME_HEADER_BYTES` of `target` and ends at `length`. */
export function sealFrame(target: RecordTarget, length: number, header: FrameHeader): void {
  const view = target.view;
  view.setUint32(0, header.mark, true);
  view.setUint32(4, length - FRAME_HEADER_BYTES, true);
  view.setUint32(8, 0, true);
  view.setUint32(12, header.records, true);
  view.setFloat64(16, header.group, true);
  view.setFloat64(24, header.syncedGroup, true);
  view.setUint32(8, crc32c(target.bytes.subarray(0, length)), true);
}

/** What is at a place where a frame may begin. */
export type FrameVerdict = "whole" | "end" | "partial" | "damaged";

export interface FramePlace {
  /** Where in the bytes the frame would begin. */
  readonly offset: number;
  /** How many bytes of the segment follow that place, loaded or not. */
  readonly roomBytes: number;
  readonly mark: number;
}

/** "partial": right so far, but its end is not loaded yet. */
export function judgeFrame(target: RecordTarget, place: FramePlace): FrameVerdict {
  const { offset, roomBytes, mark } = place;
  const { bytes, view } = target;
  if (roomBytes < FRAME_HEADER_BYTES) return "end";
  if (offset + FRAME_HEADER_BYTES > bytes.length) return "partial";
  const found = view.getUint32(offset, true);
  if (found === 0) return "end";
  const bodyBytes = bodyBytesAt(view, offset);
  if (found !== mark || bodyBytes < RECORD_HEADER_BYTES || bodyBytes > roomBytes - FRAME_HEADER_BYTES) return "damaged";
  if (offset + FRAME_HEADER_BYTES + bodyBytes > bytes.length) return "partial";
  return crcOfFrame(target, offset) === crcAt(view, offset) ? "whole" : "damaged";
}

/** The CRC as it should be, of a frame that is loaded to its end. */
export function crcOfFrame(target: RecordTarget, offset: number): number {
  const { bytes, view } = target;
  const stored = view.getUint32(offset + 8, true);
  view.setUint32(offset + 8, 0, true);
  const crc = crc32c(bytes.subarray(offset, offset + FRAME_HEADER_BYTES + bodyBytesAt(view, offset)));
  view.setUint32(offset + 8, stored, true);
  return crc;
}

export function bodyBytesAt(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true);
}

export function crcAt(view: DataView, offset: number): number {
  return view.getUint32(offset + 8, true);
}

export function recordsAt(view: DataView, offset: number): number {
  return view.getUint32(offset + 12, true);
}

export function groupAt(view: DataView, offset: number): number {
  return view.getFloat64(offset + 16, true);
}

export function syncedGroupAt(view: DataView, offset: number): number {
  return view.getFloat64(offset + 24, true);
}
