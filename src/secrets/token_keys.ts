// Keys that sign consumers' tokens: made of the master keys, so that every node of a cluster has the same and there is nothing more to keep.

import { hkdfSync } from "node:crypto";

const KEY_BYTES = 32;
const PURPOSE = "consumer tokens";

/** @param masterKeys the first signs, all verify: tokens live on when a new master key is put in front */
export function tokenKeysOf(masterKeys: readonly [Buffer, ...Buffer[]]): [Buffer, ...Buffer[]] {
  const [first, ...others] = masterKeys;
  return [derived(first), ...others.map(derived)];
}

function derived(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", masterKey, Buffer.alloc(0), PURPOSE, KEY_BYTES));
}
