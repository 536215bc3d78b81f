// Values of entries as bytes:
//
//     0  u8 layout    1  u32 CRC32C of the value, begun with the layout, little endian    5  the value
//
//   V1. Equal values have equal bytes: members in their order, nothing remembered between values.
//   V2. What is read is what was written, or `StoreCorrupt`: LMDB itself has no checksums.
//
// Values are JSON-like. One thing that JSON text may hold does not survive, lone surrogates; the door refuses them.

import { crc32c } from "@node-rs/crc32";
import { pack, unpack } from "../base/msgpack.ts";
import type { TextMemo } from "../base/text_memo.ts";
import type { EntryKind, EntryKinds, KeyEntry } from "../model/state.ts";
import { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { StoreCorrupt } from "./partition_store.ts";
import {
  readPerson,
  readUndatedPerson,
  readUnpackedPerson,
  readUnpagedPerson,
  readUnpointedPerson,
  readUnreviewedPerson,
  readWidePerson,
  writePerson,
} from "./person_codec.ts";
import { readReward, readRewardPlace, writeReward, writeRewardPlace } from "./reward_codec.ts";
import { readStepPage, readWideStepPage, writeStepPage } from "./step_codec.ts";
import { readSummaryPage, writeSummaryPage } from "./summary_codec.ts";
import { readPersonBefore, readTrailPage, writePersonBefore, writeTrailPage } from "./trail_codec.ts";

/** How a value lies in its bytes. Written to disk: a changed layout takes the next number, and the reader of the old one stays. */
const layouts = {
  msgpack: 1,
  undatedPerson: 2,
  wideStepPage: 3,
  unreviewedPerson: 4,
  unpointedPerson: 5,
  widePerson: 6,
  reward: 7,
  rewardPlace: 8,
  personBefore: 9,
  unpackedPerson: 10,
  stepPage: 11,
  trailPage: 12,
  key: 13,
  unpagedPerson: 14,
  person: 15,
  summaryPage: 16,
} as const;
const VALUE_HEADER_BYTES = 5;

interface Codec<V> {
  readonly layout: number;
  readonly write: (writer: ByteWriter, value: V) => void;
}

const msgpack: Codec<unknown> = {
  layout: layouts.msgpack,
  write: (writer, value) => writer.bytes(pack(value)),
};

/** What is written often and large has a layout of its own. */
const codecs: { readonly [K in EntryKind]: Codec<EntryKinds[K]> } = {
  person: { layout: layouts.person, write: writePerson },
  key: { layout: layouts.key, write: writeKeyEntry },
  mergedPerson: msgpack,
  partnerEvent: msgpack,
  reward: { layout: layouts.reward, write: writeReward },
  rewardByTime: { layout: layouts.rewardPlace, write: writeRewardPlace },
  rewardIndex: { layout: layouts.rewardPlace, write: writeRewardPlace },
  rewardPage: msgpack,
  rewardList: msgpack,
  rewardCount: msgpack,
  stepPage: { layout: layouts.stepPage, write: writeStepPage },
  summaryPage: { layout: layouts.summaryPage, write: writeSummaryPage },
  waiting: msgpack,
  stash: msgpack,
  timer: msgpack,
  personTimer: msgpack,
  pool: msgpack,
  couponPage: msgpack,
  couponBucket: msgpack,
  couponIssue: msgpack,
  couponOperation: msgpack,
  couponLoan: msgpack,
  couponWaiter: msgpack,
  couponWatch: msgpack,
  supplierUse: msgpack,
  budget: msgpack,
  lease: msgpack,
  heldReward: msgpack,
  optOut: msgpack,
  configuration: msgpack,
  document: msgpack,
  documentChange: msgpack,
  trailPage: { layout: layouts.trailPage, write: writeTrailPage },
  personBefore: { layout: layouts.personBefore, write: writePersonBefore },
  firedTimers: msgpack,
  programChange: msgpack,
  job: msgpack,
  personJobs: msgpack,
  readyPage: msgpack,
  readyQueue: msgpack,
  readySubscribers: msgpack,
  jobEnded: msgpack,
  signal: msgpack,
  signalExpiry: msgpack,
  endedToken: msgpack,
  endedTokenExpiry: msgpack,
  polledEvent: msgpack,
  polledEventExpiry: msgpack,
  asset: msgpack,
  assetContent: msgpack,
  idempotentRequest: msgpack,
  idempotencyExpiry: msgpack,
  audienceMember: msgpack,
  audienceSize: msgpack,
  audienceOperation: msgpack,
  fileAsset: msgpack,
  filePart: msgpack,
  batch: msgpack,
  batchRows: msgpack,
  batchEnds: msgpack,
  meta: msgpack,
};

/** Returns the number of bytes written. */
export function writeValue<K extends EntryKind>(writer: ByteWriter, kind: K, value: EntryKinds[K]): number {
  return writeWith(writer, codecs[kind], value);
}

/** For values that are no entries. */
export function writePlainValue(writer: ByteWriter, value: unknown): number {
  return writeWith(writer, msgpack, value);
}

function writeWith<V>(writer: ByteWriter, codec: Codec<V>, value: V): number {
  const from = writer.at;
  writer.u8(codec.layout);
  const crcAt = writer.gap(VALUE_HEADER_BYTES - 1);
  codec.write(writer, value);
  writer.setU32(crcAt, crc32c(writer.since(from + VALUE_HEADER_BYTES), codec.layout));
  return writer.at - from;
}

/**
 * @param partition and key name the place when the bytes are damaged.
 * @param texts worth while where many values are read
 */
export function decodeValue(bytes: Uint8Array, partition: number, key: string, texts: TextMemo | null = null): unknown {
  if (bytes.length <= VALUE_HEADER_BYTES) throw new StoreCorrupt(partition, key, `value of ${bytes.length} bytes`);
  const body = bytes.subarray(VALUE_HEADER_BYTES);
  const wanted = ((bytes[1] ?? 0) | ((bytes[2] ?? 0) << 8) | ((bytes[3] ?? 0) << 16) | ((bytes[4] ?? 0) << 24)) >>> 0;
  const found = crc32c(body, bytes[0]);
  if (found !== wanted) throw new StoreCorrupt(partition, key, `CRC32C is ${hex(found)}, written was ${hex(wanted)}`);
  switch (bytes[0]) {
    case layouts.msgpack:
      return unpack(body);
    case layouts.person:
      return readPerson(new ByteReader(body, 0, texts));
    case layouts.unpagedPerson:
      return readUnpagedPerson(new ByteReader(body, 0, texts));
    case layouts.unpackedPerson:
      return readUnpackedPerson(new ByteReader(body, 0, texts));
    case layouts.widePerson:
      return readWidePerson(new ByteReader(body, 0, texts));
    case layouts.unpointedPerson:
      return readUnpointedPerson(new ByteReader(body, 0, texts));
    case layouts.unreviewedPerson:
      return readUnreviewedPerson(new ByteReader(body, 0, texts));
    case layouts.undatedPerson:
      return readUndatedPerson(new ByteReader(body, 0, texts));
    case layouts.stepPage:
      return readStepPage(new ByteReader(body, 0, texts));
    case layouts.summaryPage:
      return readSummaryPage(new ByteReader(body, 0, texts));
    case layouts.wideStepPage:
      return readWideStepPage(new ByteReader(body, 0, texts));
    case layouts.reward:
      return readReward(new ByteReader(body, 0, texts));
    case layouts.rewardPlace:
      return readRewardPlace(new ByteReader(body, 0));
    case layouts.key:
      return readKeyEntry(new ByteReader(body, 0, texts));
    case layouts.personBefore:
      return readPersonBefore(body);
    case layouts.trailPage:
      return readTrailPage(new ByteReader(body, 0));
    default:
      throw new StoreCorrupt(partition, key, `layout ${bytes[0]} is unknown to this version`);
  }
}

const earlierLayouts: { readonly [K in EntryKind]?: readonly number[] } = {
  person: [
    layouts.undatedPerson,
    layouts.unreviewedPerson,
    layouts.unpointedPerson,
    layouts.widePerson,
    layouts.unpackedPerson,
    layouts.unpagedPerson,
  ],
  stepPage: [layouts.wideStepPage],
  trailPage: [layouts.msgpack],
  key: [layouts.msgpack],
  reward: [layouts.msgpack],
  rewardByTime: [layouts.msgpack],
  rewardIndex: [layouts.msgpack],
};

/** The value as it would be written now, for comparing what different versions wrote. Borrowed until the next write. */
export function inCurrentLayout<K extends EntryKind>(
  writer: ByteWriter,
  { kind, key, bytes }: { readonly kind: K; readonly key: string; readonly bytes: Uint8Array },
  partition: number,
): Uint8Array {
  if (earlierLayouts[kind]?.includes(bytes[0] ?? 0) !== true) return bytes;
  writer.at = 0;
  writeValue(writer, kind, decodeValue(bytes, partition, key) as EntryKinds[K]);
  return writer.since(0);
}

/** Whose a key is: looked up for every event, and as many as persons. */
function writeKeyEntry(writer: ByteWriter, { personId, sinceMs }: KeyEntry): void {
  writer.text(personId);
  writer.number(sinceMs);
}

function readKeyEntry(reader: ByteReader): KeyEntry {
  return { personId: reader.text(), sinceMs: reader.number() };
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
