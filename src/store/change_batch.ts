// ChangeBatch: changed entries behind each other in one buffer, on their way from the thread that owns a partition to the one that
// writes its store.
//
//     u8 kind   count, key in UTF-8   u32 bytes of the value (0: removed)   value, see codec.ts

import { assert } from "../base/assert.ts";
import type { EntryKind, EntryKinds } from "../model/state.ts";
import { ByteReader } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";
import { writeValue } from "./codec.ts";
import { kindNumbers } from "./keys.ts";
import type { StoreChange } from "./partition_store.ts";

/** All that a checkpoint writes. */
export interface ChangeBatch {
  /** The log sequence that the store reflects afterwards. */
  readonly position: number;
  readonly entries: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class ChangeBatchWriter {
  readonly #writer = new ByteWriter();
  #entries = 0;

  /** Returns the bytes of the encoded value; `undefined` removes the entry. */
  add<K extends EntryKind>(kind: K, key: string, value: EntryKinds[K] | undefined): number {
    const writer = this.#writer;
    this.#entries++;
    writer.u8(kindNumbers[kind]);
    writer.text(key);
    const lengthAt = writer.gap(4);
    const length = value === undefined ? 0 : writeValue(writer, kind, value);
    writer.setU32(lengthAt, length);
    return length;
  }

  /** A value as a store has it; null removes the entry. */
  addStored(kind: number, key: string, bytes: Uint8Array | null): void {
    const writer = this.#writer;
    this.#entries++;
    writer.u8(kind);
    writer.text(key);
    writer.setU32(writer.gap(4), bytes?.length ?? 0);
    if (bytes !== null) writer.bytes(bytes);
  }

  /** A value as a store would have it, in memory of its own; adds nothing. */
  copyOf<K extends EntryKind>(kind: K, value: EntryKinds[K]): Uint8Array {
    const writer = this.#writer;
    const from = writer.at;
    writeValue(writer, kind, value);
    const copy = new Uint8Array(writer.since(from));
    writer.at = from;
    return copy;
  }

  /** Forgets what was added since the last `take`. */
  clear(): void {
    this.#writer.at = 0;
    this.#entries = 0;
  }

  take(position: number): ChangeBatch {
    const batch = { position, entries: this.#entries, bytes: this.#writer.take() };
    this.#entries = 0;
    return batch;
  }
}

/** Each change's bytes are a view into the batch. */
export function* changesOf(batch: ChangeBatch): Iterable<StoreChange> {
  const reader = new ByteReader(batch.bytes, 0);
  for (let left = batch.entries; left > 0; left--) {
    const kind = reader.u8();
    const key = reader.text();
    const length = reader.u32();
    yield { kind, key, bytes: length === 0 ? null : reader.bytes(length) };
  }
  assert(reader.isAtEnd, "a batch has as many entries as it says");
}
