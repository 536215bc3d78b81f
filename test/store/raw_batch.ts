import { ByteWriter } from "../../src/store/byte_writer.ts";
import type { ChangeBatch } from "../../src/store/mod.ts";
import type { StoreChange } from "../../src/store/partition_store.ts";

/** A batch of values that are bytes already. */
export function rawBatch(changes: readonly StoreChange[], position: number): ChangeBatch {
  const writer = new ByteWriter();
  for (const { kind, key, bytes } of changes) {
    writer.u8(kind);
    writer.text(key);
    writer.setU32(writer.gap(4), bytes?.length ?? 0);
    if (bytes !== null) writer.bytes(bytes);
  }
  return { position, entries: changes.length, bytes: writer.take() };
}
