// ByteWriter: values behind each other in one growing buffer. Hot path of checkpoints.
//
// Counts are LEB128, numbers little endian doubles, texts their length in UTF-8 bytes and the bytes.

import type { JsonValue } from "../model/json.ts";
import type { WrittenLists } from "./long_list.ts";

/** Tags of JSON values: written to disk, never renumber. */
export const jsonTags = { null: 0, false: 1, true: 2, number: 3, text: 4, tree: 5 } as const;

/** Texts up to this length are copied character by character, which costs less than a call into native code. */
const SHORT_TEXT_LENGTH = 64;
const FIRST_BYTES = 1 << 16;
const COUNT_BYTES_MAX = 5;
const NUMBER_BYTES = 8;

export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  at = 0;
  /** Of `writeLongList`. */
  readonly writtenLists: WrittenLists = new WeakMap();

  /** What was written from `from` on; borrowed until the next write. */
  since(from: number): Buffer {
    return this.#bytes.subarray(from, this.at);
  }

  /** Gives away all that was written, in memory of its own, and starts empty. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.at);
    taken.set(this.#bytes.subarray(0, this.at));
    this.at = 0;
    return taken;
  }

  /** Leaves room for a number that is known later. */
  gap(bytes: number): number {
    this.#reserve(bytes);
    const from = this.at;
    this.at += bytes;
    return from;
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.at++] = value;
  }

  flag(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  /** A whole number below 2^31. */
  count(value: number): void {
    this.#reserve(COUNT_BYTES_MAX);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.at++] = rest;
  }

  number(value: number): void {
    this.#reserve(NUMBER_BYTES);
    this.#view.setFloat64(this.at, value, true);
    this.at += NUMBER_BYTES;
  }

  text(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT_LENGTH) return this.#longText(value);
    this.#reserve(1 + length);
    const bytes = this.#bytes;
    const start = this.at;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return this.#longText(value);
      bytes[start + 1 + i] = code;
    }
    bytes[start] = length;
    this.at = start + 1 + length;
  }

  textOrNull(value: string | null): void {
    this.flag(value !== null);
    if (value !== null) this.text(value);
  }

  numberOrNull(value: number | null): void {
    this.flag(value !== null);
    if (value !== null) this.number(value);
  }

  json(value: JsonValue): void {
    switch (typeof value) {
      case "string":
        this.u8(jsonTags.text);
        return this.text(value);
      case "number":
        this.u8(jsonTags.number);
        return this.number(value);
      case "boolean":
        return this.u8(value ? jsonTags.true : jsonTags.false);
      default:
        if (value === null) return this.u8(jsonTags.null);
        this.u8(jsonTags.tree);
        return this.text(JSON.stringify(value));
    }
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Bytes of which each is a character. */
  latin1(value: string): void {
    this.#reserve(value.length);
    this.#bytes.write(value, this.at, "latin1");
    this.at += value.length;
  }

  /** What was written from `from` on, a byte a character. */
  latin1Since(from: number): string {
    return this.#bytes.toString("latin1", from, this.at);
  }

  #longText(value: string): void {
    const length = Buffer.byteLength(value);
    this.count(length);
    this.#reserve(length);
    this.#bytes.write(value, this.at, length, "utf8");
    this.at += length;
  }

  /** Small, so that it is compiled into its callers: every value passes here. */
  #reserve(bytes: number): void {
    if (this.at + bytes > this.#bytes.length) this.#grow(this.at + bytes);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.at);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
