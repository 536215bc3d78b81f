// Long lists as bytes. An advocate has thousands of friends, of which one or two changed since it was written last; so what was written of a list is kept, and
// copied as far as its members are the same objects.
//
//   T1. Members are never changed in place: a changed member is another object. Their types say so.

import type { ByteWriter } from "./byte_writer.ts";

/** Shorter ones cost less than they would to remember. */
const LONG_LIST_LENGTH = 16;
const FIRST_BYTES = 8_192;

/** What a list looked like when it was written last. */
interface WrittenList {
  readonly members: unknown[];
  /** Where each member's bytes end. */
  readonly ends: number[];
  bytes: Buffer;
}

/** Forgotten with the lists, which are those of cached persons: as many bytes again as they are stored in, within what the cache counts for them. */
export type WrittenLists = WeakMap<readonly unknown[], WrittenList>;

/** As `writeList` writes it. */
export function writeLongList<T extends object>(
  writer: ByteWriter,
  list: readonly T[],
  write: (writer: ByteWriter, value: T) => void,
): void {
  writer.count(list.length);
  if (list.length < LONG_LIST_LENGTH) {
    for (const value of list) write(writer, value);
    return;
  }
  const written = writtenBefore(writer.writtenLists, list);
  const same = sameMembers(written.members, list);
  const sameBytes = same === 0 ? 0 : (written.ends[same - 1] ?? 0);
  const from = writer.at;
  writer.bytes(written.bytes.subarray(0, sameBytes));
  written.members.length = same;
  written.ends.length = same;
  for (const value of list.slice(same)) {
    write(writer, value);
    written.members.push(value);
    written.ends.push(writer.at - from);
  }
  keep(written, sameBytes, writer.since(from + sameBytes));
}

function writtenBefore(lists: WrittenLists, list: readonly unknown[]): WrittenList {
  const known = lists.get(list);
  if (known !== undefined) return known;
  const written: WrittenList = { members: [], ends: [], bytes: Buffer.alloc(FIRST_BYTES) };
  lists.set(list, written);
  return written;
}

function sameMembers(before: readonly unknown[], now: readonly unknown[]): number {
  const most = Math.min(before.length, now.length);
  let same = 0;
  while (same < most && before[same] === now[same]) same++;
  return same;
}

function keep(written: WrittenList, at: number, more: Uint8Array): void {
  const needed = at + more.length;
  if (needed > written.bytes.length) {
    const grown = Buffer.alloc(needed * 2);
    written.bytes.copy(grown, 0, 0, at);
    written.bytes = grown;
  }
  written.bytes.set(more, at);
}
