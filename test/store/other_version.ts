// A partition's store as another version of the program would have left it. Opened past the store itself, which writes its own format only.

import { type Key, open, type RootDatabase } from "lmdb";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { decodeValue, writePlainValue } from "../../src/store/codec.ts";
import { encodeKey, STORE_KIND } from "../../src/store/keys.ts";
import { storePath } from "../../src/store/mod.ts";

export interface StoreHead {
  readonly format: number;
  readonly partition: number;
  readonly position: number;
}

const headKey = encodeKey(STORE_KIND, "head");

/** No version has written values of this layout. */
const FOREIGN_LAYOUT = 250;

async function withDatabase<T>(
  dataDirectory: string,
  partition: number,
  work: (database: RootDatabase<Buffer>) => T,
): Promise<T> {
  const path = storePath(dataDirectory, partition);
  const database = open<Buffer, Key>({ path, noSubdir: false, encoding: "binary", keyEncoding: "binary" });
  try {
    return work(database);
  } finally {
    // In a later turn than any transaction (lmdb_store.ts, D2).
    await new Promise((resolve) => setImmediate(resolve));
    await database.close();
  }
}

/** Null: nothing was written there yet. */
export function headOf(dataDirectory: string, partition: number): Promise<StoreHead | null> {
  return withDatabase(dataDirectory, partition, (database) => {
    const bytes = database.getBinary(headKey);
    return bytes === undefined ? null : (decodeValue(bytes, partition, "head") as StoreHead);
  });
}

/** Says of what lies there that it has this format. */
export function declareFormat(dataDirectory: string, partition: number, format: number): Promise<void> {
  return withDatabase(dataDirectory, partition, (database) => {
    const bytes = database.getBinary(headKey);
    if (bytes === undefined) return;
    const writer = new ByteWriter();
    writePlainValue(writer, { ...(decodeValue(bytes, partition, "head") as StoreHead), format });
    database.putSync(headKey, writer.since(0));
  });
}

/** Puts every entry into a form that this version cannot read: whoever looks at one fails. Returns how many there are. */
export function makeForeign(dataDirectory: string, partition: number): Promise<number> {
  return withDatabase(dataDirectory, partition, (database) => {
    const entries = [...database.getRange({})].filter(({ key }) => !Buffer.from(key as Uint8Array).equals(headKey));
    database.transactionSync(() => {
      for (const { key, value } of entries) {
        const foreign = Buffer.from(value);
        foreign[0] = FOREIGN_LAYOUT;
        database.putSync(key, foreign);
      }
    });
    return entries.length;
  });
}
