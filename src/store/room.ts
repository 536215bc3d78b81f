// Room: whether a store may have been refused a write only for want of room. That passes by itself; no other failure of a disk does.
//
//   M1. LMDB calls a write that a full disk cut short an input/output error, as it calls one that a broken disk refused. What is free then tells
//       them apart; in doubt it is want of room, which is waited for.

import { statfsSync } from "node:fs";
import { constants } from "node:os";
import type { ChangeBatch } from "./change_batch.ts";

/** LMDB's codes are the system's numbers, Node's are their names. */
const noRoomCodes: readonly unknown[] = ["ENOSPC", "EDQUOT", constants.errno.ENOSPC, constants.errno.EDQUOT];

/** An entry may take a new leaf, and the page above it. */
const ENTRY_BYTES_MAX = 2 * 4096;

/** What others that write to the same disk may have given back since: most of all a log that has no room for its next segment. */
const GIVEN_BACK_BYTES = 64 << 20;

/**
 * @param error what `writeBatch` or opening the store threw
 * @param directory on the disk of the store
 */
export function isWantOfRoom(
  error: unknown,
  directory: string,
  batch: Pick<ChangeBatch, "bytes" | "entries">,
): boolean {
  const code: unknown = error instanceof Error && "code" in error ? error.code : null;
  if (noRoomCodes.includes(code)) return true;
  if (code !== constants.errno.EIO) return false;
  const wanted = batch.bytes.byteLength + batch.entries * ENTRY_BYTES_MAX + GIVEN_BACK_BYTES;
  const free = freeBytes(directory);
  return free !== null && free < wanted;
}

/** Null when the disk does not even tell. */
function freeBytes(directory: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}
