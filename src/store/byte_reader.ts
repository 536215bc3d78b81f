// ByteReader: what a ByteWriter wrote, in the same order. The bytes were checked by their CRC, so their form is trusted.

import { asBuffer } from "../base/bytes.ts";
import { decodeText, type TextMemo } from "../base/text_memo.ts";
import type { JsonValue } from "../model/json.ts";
import { jsonTags } from "./byte_writer.ts";

const NUMBER_BYTES = 8;

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  /** Null where no text is likely to be met twice. */
  readonly #texts: TextMemo | null;
  at: number;

  constructor(bytes: Uint8Array, at: number, texts: TextMemo | null = null) {
    this.#texts = texts;
    this.#bytes = asBuffer(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  u8(): number {
    return this.#view.getUint8(this.at++);
  }

  u32(): number {
    const value = this.#view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  flag(): boolean {
    return this.u8() === 1;
  }

  count(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  number(): number {
    const value = this.#view.getFloat64(this.at, true);
    this.at += NUMBER_BYTES;
    return value;
  }

  text(): string {
    const length = this.count();
    const start = this.at;
    this.at += length;
    const texts = this.#texts;
    return texts === null ? decodeText(this.#bytes, start, this.at) : texts.textOf(this.#bytes, start, this.at);
  }

  textOrNull(): string | null {
    return this.flag() ? this.text() : null;
  }

  numberOrNull(): number | null {
    return this.flag() ? this.number() : null;
  }

  json(): JsonValue {
    const tag = this.u8();
    switch (tag) {
      case jsonTags.null:
        return null;
      case jsonTags.false:
        return false;
      case jsonTags.true:
        return true;
      case jsonTags.number:
        return this.number();
      case jsonTags.text:
        return this.text();
      case jsonTags.tree:
        return JSON.parse(this.text()) as JsonValue;
      default:
        throw new Error(`no JSON value has tag ${tag}`);
    }
  }

  /** The next bytes, each a character. */
  latin1(length: number): string {
    const start = this.at;
    this.at += length;
    return this.#bytes.toString("latin1", start, this.at);
  }

  /** A view of the next bytes. */
  bytes(length: number): Buffer {
    const start = this.at;
    this.at += length;
    return this.#bytes.subarray(start, this.at);
  }
}
