// Frame cursor
//
// Walks the frames of one segment file: `load` reads a piece, `step` judges frame after frame in it without waiting.
// Used by recovery (one buffer again and again) and by readers (a new buffer each time, because they hand it out).
//
//   X1. Every frame that `step` calls whole has had its CRC verified.

import type { FileHandle } from "node:fs/promises";
import { LogCorrupt } from "./errors.ts";
import { readFully } from "./file_io.ts";
import {
  bodyBytesAt,
  crcAt,
  crcOfFrame,
  FRAME_HEADER_BYTES,
  type FrameVerdict,
  groupAt,
  judgeFrame,
  recordsAt,
  syncedGroupAt,
} from "./frame.ts";
import { viewOf } from "./record_codec.ts";

export interface CursorOptions {
  readonly path: string;
  readonly handle: FileHandle;
  readonly mark: number;
  /** Where the first frame begins. */
  readonly startOffset: number;
  /** One past the last byte that may belong to a frame. */
  readonly endOffset: number;
  /** How much to read at once; more for a frame that is larger. */
  readonly chunkBytes: number;
  readonly isBufferReused: boolean;
}

const NOTHING = Buffer.alloc(0);

export class FrameCursor {
  bytes: Buffer = NOTHING;
  view: DataView = viewOf(NOTHING);
  /** Of the frame that `step` judged last: where it begins in the file, and its body in `bytes`. */
  frameOffset: number;
  bodyStart = 0;
  bodyEnd = 0;
  group = 0;
  syncedGroup = 0;
  records = 0;
  readonly #options: CursorOptions;
  #buffer: Buffer = NOTHING;
  /** Offset in the file of `bytes[0]`. */
  #base: number;
  /** In `bytes`, where the next frame begins. */
  #next = 0;
  #neededBytes = FRAME_HEADER_BYTES;

  constructor(options: CursorOptions) {
    this.#options = options;
    this.#base = options.startOffset;
    this.frameOffset = options.startOffset;
  }

  /** Loads the bytes from the next frame on. */
  async load(): Promise<void> {
    const { handle, endOffset, chunkBytes, isBufferReused } = this.#options;
    this.#base += this.#next;
    this.#next = 0;
    const wantedBytes = Math.min(Math.max(chunkBytes, this.#neededBytes), endOffset - this.#base);
    if (!isBufferReused || this.#buffer.length < wantedBytes) this.#buffer = Buffer.allocUnsafeSlow(wantedBytes);
    this.bytes = this.#buffer.subarray(0, wantedBytes);
    const loadedBytes = await readFully(handle, this.bytes, this.#base);
    if (loadedBytes < wantedBytes) throw this.#shortened(this.#base + loadedBytes);
    this.view = viewOf(this.bytes);
  }

  /** Judges the next frame and, if it is whole, moves behind it. "partial": call `load` and step again. */
  step(): FrameVerdict {
    const offset = this.#next;
    this.frameOffset = this.#base + offset;
    const verdict = judgeFrame(this, {
      offset,
      roomBytes: this.#options.endOffset - this.frameOffset,
      mark: this.#options.mark,
    });
    if (verdict === "whole") {
      this.bodyStart = offset + FRAME_HEADER_BYTES;
      this.bodyEnd = this.bodyStart + bodyBytesAt(this.view, offset);
      this.group = groupAt(this.view, offset);
      this.syncedGroup = syncedGroupAt(this.view, offset);
      this.records = recordsAt(this.view, offset);
      this.#next = this.bodyEnd;
      this.#neededBytes = FRAME_HEADER_BYTES;
    } else if (verdict === "partial" && offset + FRAME_HEADER_BYTES <= this.bytes.length) {
      this.#neededBytes = FRAME_HEADER_BYTES + bodyBytesAt(this.view, offset);
    }
    return verdict;
  }

  #shortened(offset: number): LogCorrupt {
    const reason = `the file ends here, but should have at least ${this.#options.endOffset} bytes`;
    return new LogCorrupt({ file: this.#options.path, offset, reason, expectedCrc: null, foundCrc: null });
  }

  /** The CRCs of the frame that `step` called damaged; null where its length makes no sense. */
  damagedCrcs(): { readonly expectedCrc: number; readonly foundCrc: number | null } {
    const offset = this.#next;
    const isLoaded = offset + FRAME_HEADER_BYTES + bodyBytesAt(this.view, offset) <= this.bytes.length;
    return { expectedCrc: crcAt(this.view, offset), foundCrc: isLoaded ? crcOfFrame(this, offset) : null };
  }
}
