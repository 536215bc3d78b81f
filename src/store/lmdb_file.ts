// The file of an LMDB environment, looked at before LMDB does: it trusts what it maps, and a file that is no environment, or has lost its end, ends the
// process with a signal and without a word.
//
//   I1. What is refused here LMDB could not read either: both meta pages must be what it writes, and what they lead to must be in the file.
//   I2. A file may rightly be shorter than its last page says (pages at its end that are free were never written). Only then is the tree walked, and
//       only its inner pages: a start reads two pages of a file that has all.
//   I3. Looking changes nothing. An empty file is a new environment, to LMDB as well.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { errorCode } from "../base/caught.ts";

/** What is in the file cannot be read as entries. The state follows from the log, so the file can be done without where the log is whole. */
class StoreFileDamaged extends Error {
  override name = "StoreFileDamaged";
  constructor(path: string, reason: string) {
    super(
      `${path} is damaged: ${reason}. Nothing was changed. Restore the data directory from a copy; or, where the log is kept whole ` +
        "(LAUREL_LOG_RETENTION=all), move this file away: the next start makes the state anew from the log.",
    );
  }
}

const META_PAGES = 2;
const META_BYTES = 168;
const PAGE_HEADER_BYTES = 24;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** As deep as LMDB's cursors go. */
const DEPTH_MAX = 32;
const META_FLAG = 0x08;
const BRANCH_FLAG = 0x01;
const PAGE_BYTES_MIN = 512;
const PAGE_BYTES_MAX = 65_536;
/** The root of a tree without entries. */
const NO_PAGE = 2n ** 64n - 1n;

/** Where LMDB keeps what, little endian, from the start of a page. */
const at = {
  flags: 18,
  lower: 20,
  magic: 24,
  version: 28,
  pageBytes: 48,
  /** Of the tree of free pages, and of that of entries. */
  trees: [
    { depth: 54, root: 88 },
    { depth: 102, root: 136 },
  ],
  lastPage: 144,
  transaction: 152,
} as const;

interface Tree {
  readonly root: bigint;
  /** 1: the root is a leaf. */
  readonly depth: number;
}

interface Meta {
  readonly pageBytes: number;
  readonly trees: readonly Tree[];
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

interface File {
  readonly path: string;
  readonly descriptor: number;
  readonly bytes: number;
}

/** Throws `StoreFileDamaged`. A file that is not there is fine, and so is one that is empty. */
export function checkStoreFile(path: string): void {
  const descriptor = openIfThere(path);
  if (descriptor === null) return;
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw new StoreFileDamaged(path, "it is no file");
    if (found.size > 0) check({ path, descriptor, bytes: found.size });
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function check(file: File): void {
  const first = readMeta(file, 0);
  const second = readMeta(file, first.pageBytes);
  if (second.pageBytes !== first.pageBytes)
    throw new StoreFileDamaged(file.path, "its two meta pages contradict each other");
  const { trees, lastPage, pageBytes } = second.transaction > first.transaction ? second : first;
  if (BigInt(file.bytes) >= (lastPage + 1n) * BigInt(pageBytes)) return;
  for (const tree of trees) if (tree.root !== NO_PAGE) checkTree(file, pageBytes, tree);
}

function readMeta(file: File, offset: number): Meta {
  const page = read(file, offset, META_BYTES);
  const pageBytes = page.readUInt32LE(at.pageBytes);
  const isMeta =
    (page.readUInt16LE(at.flags) & META_FLAG) !== 0 &&
    page.readUInt32LE(at.magic) === MAGIC &&
    (page.readUInt32LE(at.version) & 0xffff) === DATA_VERSION &&
    pageBytes >= PAGE_BYTES_MIN &&
    pageBytes <= PAGE_BYTES_MAX;
  if (!isMeta) throw new StoreFileDamaged(file.path, `at byte ${offset} is no meta page of a store`);
  const trees = at.trees.map(({ root, depth }) => ({
    root: page.readBigUInt64LE(root),
    depth: page.readUInt16LE(depth),
  }));
  const meta = {
    pageBytes,
    trees,
    lastPage: page.readBigUInt64LE(at.lastPage),
    transaction: page.readBigUInt64LE(at.transaction),
  };
  const isWithin =
    meta.lastPage >= META_PAGES - 1 &&
    trees.every(({ root, depth }) => root === NO_PAGE || (root <= meta.lastPage && depth <= DEPTH_MAX));
  if (!isWithin) throw new StoreFileDamaged(file.path, `its meta page at byte ${offset} leads to no page`);
  return meta;
}

/** I2. Level by level, each page once: damage may lead in circles. */
function checkTree(file: File, pageBytes: number, { root, depth }: Tree): void {
  let pages = new Set([root]);
  for (let level = depth; pages.size > 0; level--) {
    const below = new Set<bigint>();
    for (const number of pages) {
      const offset = Number(number) * pageBytes;
      if (offset + pageBytes > file.bytes) throw endsTooSoon(file);
      if (level <= 1) continue;
      for (const child of childrenOf(read(file, offset, pageBytes))) below.add(child);
    }
    pages = below;
  }
}

function childrenOf(page: Buffer): bigint[] {
  const children: bigint[] = [];
  if ((page.readUInt16LE(at.flags) & BRANCH_FLAG) === 0) return children;
  const end = PAGE_HEADER_BYTES + page.readUInt16LE(at.lower);
  for (let pointer = PAGE_HEADER_BYTES; pointer < end && pointer + 2 <= page.length; pointer += 2) {
    const node = PAGE_HEADER_BYTES + page.readUInt16LE(pointer);
    // A page number has 48 bits. What points past its page is damage of another kind, which LMDB finds itself.
    if (node + 6 <= page.length) children.push(BigInt(page.readUIntLE(node, 6)));
  }
  return children;
}

function read(file: File, offset: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  if (readSync(file.descriptor, buffer, 0, length, offset) < length) throw endsTooSoon(file);
  return buffer;
}

function endsTooSoon({ path, bytes }: File): StoreFileDamaged {
  return new StoreFileDamaged(path, `it ends at byte ${bytes}, and more belongs to it`);
}
