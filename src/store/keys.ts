// Keys of entries as bytes: one byte for the kind, then the key in UTF-8.
//
//   Y1. Different keys have different bytes; bytes decide the order.
//   Y2. No encoded key is longer than `KEY_BYTES_MAX`. A longer one keeps its first bytes, then the byte 0xff (which UTF-8 never
//       contains) and the SHA-256 of the whole; the store keeps the whole key beside the value. Such keys sort by hash among themselves.

import { createHash } from "node:crypto";
import { assert } from "../base/assert.ts";
import type { EntryKind } from "../model/state.ts";

/** Numbers of kinds, in every stored key: never renumber. 0 is the store's own (position, format). */
export const kindNumbers = {
  person: 1,
  key: 2,
  partnerEvent: 3,
  reward: 4,
  rewardByTime: 5,
  stepPage: 6,
  waiting: 7,
  stash: 8,
  timer: 9,
  pool: 10,
  meta: 11,
  configuration: 12,
  document: 13,
  documentChange: 14,
  trailPage: 15,
  personBefore: 46,
  firedTimers: 16,
  programChange: 17,
  job: 18,
  signal: 19,
  signalExpiry: 20,
  rewardCount: 21,
  audienceMember: 22,
  audienceSize: 23,
  audienceOperation: 24,
  idempotentRequest: 25,
  idempotencyExpiry: 26,
  rewardIndex: 27,
  rewardPage: 60,
  rewardList: 61,
  endedToken: 40,
  endedTokenExpiry: 41,
  polledEvent: 42,
  polledEventExpiry: 43,
  asset: 44,
  assetContent: 45,
  personJobs: 28,
  jobEnded: 29,
  readyPage: 30,
  readyQueue: 31,
  readySubscribers: 32,
  couponPage: 50,
  couponBucket: 51,
  couponIssue: 52,
  couponOperation: 53,
  supplierUse: 54,
  budget: 55,
  lease: 56,
  heldReward: 57,
  optOut: 58,
  couponLoan: 59,
  couponWaiter: 62,
  couponWatch: 63,
  summaryPage: 64,
  mergedPerson: 65,
  personTimer: 66,
  fileAsset: 67,
  filePart: 68,
  batch: 69,
  batchRows: 70,
  batchEnds: 71,
} as const satisfies Record<EntryKind, number>;

export const allKindNumbers: readonly number[] = Object.values(kindNumbers);

/** In the order of their numbers. */
export const allKinds: readonly EntryKind[] = Object.keys(kindNumbers)
  .filter(isKind)
  .sort((a, b) => kindNumbers[a] - kindNumbers[b]);

function isKind(name: string): name is EntryKind {
  return name in kindNumbers;
}
export const STORE_KIND = 0;

/** What LMDB takes with its default page size. */
const KEY_BYTES_MAX = 1978;
const LONG_KEY_MARK = 0xff;
const HASH_BYTES = 32;
/** Bytes of a long key that keep their place in the order. */
const HEAD_BYTES = KEY_BYTES_MAX - HASH_BYTES - 1;
/** UTF-8 needs at most this many bytes for one UTF-16 code unit. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

// One a thread: encoded keys are borrowed until the next call.
const scratch = Buffer.allocUnsafeSlow(KEY_BYTES_MAX);

/** The bytes of a key; borrowed until the next call. */
export function encodeKey(kind: number, key: string): Buffer {
  if (isLongKey(key)) return encodeLongKey(kind, key);
  scratch[0] = kind;
  return scratch.subarray(0, 1 + scratch.write(key, 1, "utf8"));
}

/** As `encodeKey`, with bytes of its own. */
export function encodeOwnKey(kind: number, key: string): Buffer {
  if (isLongKey(key)) return encodeLongKey(kind, key);
  const bytes = Buffer.allocUnsafe(1 + Buffer.byteLength(key));
  bytes[0] = kind;
  bytes.write(key, 1, "utf8");
  return bytes;
}

export function isLongKey(key: string): boolean {
  return key.length * UTF8_BYTES_PER_UNIT_MAX >= KEY_BYTES_MAX && Buffer.byteLength(key) >= KEY_BYTES_MAX;
}

function encodeLongKey(kind: number, key: string): Buffer {
  const whole = Buffer.from(key, "utf8");
  const bytes = Buffer.allocUnsafe(KEY_BYTES_MAX);
  bytes[0] = kind;
  whole.copy(bytes, 1, 0, HEAD_BYTES - 1);
  bytes[HEAD_BYTES] = LONG_KEY_MARK;
  createHash("sha256")
    .update(whole)
    .digest()
    .copy(bytes, HEAD_BYTES + 1);
  return bytes;
}

/** The key text, or null for a long key, whose text stands beside its value. */
export function decodeKey(bytes: Buffer): string | null {
  if (bytes.length === KEY_BYTES_MAX && bytes[HEAD_BYTES] === LONG_KEY_MARK) return null;
  return bytes.toString("utf8", 1);
}

export interface KeyBounds {
  /** Inclusive. */
  readonly low: Buffer;
  /** Exclusive. */
  readonly high: Buffer;
}

/** Between which bytes all keys of `kind` with `prefix` lie. A prefix longer than the head of long keys lets others through as well. */
export function prefixBounds(kind: number, prefix: string): KeyBounds {
  const text = Buffer.from(prefix, "utf8");
  const low = Buffer.allocUnsafe(1 + Math.min(text.length, HEAD_BYTES - 1));
  low[0] = kind;
  text.copy(low, 1, 0, low.length - 1);
  const high = Buffer.from(low);
  const last = high.length - 1;
  const lastByte = high[last] ?? 0;
  assert(lastByte < 0xff, "neither kinds nor UTF-8 contain 0xff");
  high[last] = lastByte + 1;
  return { low, high };
}

/** The order of the encoded bytes of two keys of one kind, mostly without encoding them. */
export function compareKeys(a: string, b: string): number {
  if (isLongKey(a) || isLongKey(b)) return Buffer.compare(encodeOwnKey(STORE_KIND, a), encodeOwnKey(STORE_KIND, b));
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return utf8Rank(left) - utf8Rank(right);
  }
  return a.length - b.length;
}

/** UTF-16 sorts surrogates before U+E000; UTF-8 sorts what they stand for behind U+FFFF. */
function utf8Rank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit < 0xe000 ? codeUnit + 0x2000 : codeUnit - 0x800;
}
