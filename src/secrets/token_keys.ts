// Keys that sign consumers' tokens and what else nodes sign: made of the master keys, so that every node of a cluster has the same and there is nothing
// more to keep.

import { hkdfSync } from "node:crypto";

const KEY_BYTES = 32;
const PURPOSE = "consumer tokens";

/** @param masterKeys the first signs, all verify: tokens live on when a new master key is put in front */
export function tokenKeysOf(masterKeys: readonly [Buffer, ...Buffer[]]): [Buffer, ...Buffer[]] {
  return keysFor(PURPOSE, masterKeys);
}

/** Of keys made for one purpose: what they sign is nothing elsewhere. */
export function keysFor(purpose: string, masterKeys: readonly [Buffer, ...Buffer[]]): [Buffer, ...Buffer[]] {
  const [first, ...others] = masterKeys;
  const derived = (masterKey: Buffer): Buffer =>
    Buffer.from(hkdfSync("sha256", masterKey, Buffer.alloc(0), purpose, KEY_BYTES));
  return [derived(first), ...others.map(derived)];
}
