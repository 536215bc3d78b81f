// What each format writes: the bytes of the examples, and the numbers that say so to other versions.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { CLUSTER_FORMAT, describeCluster } from "../../src/cluster/cluster_format.ts";
import { frontKey, memberKey, partitionKey, writeValue as writeBucketValue } from "../../src/cluster/records.ts";
import { encodeEventHead } from "../../src/engine/event/event_payload.ts";
import { encodeMessage, packCommand, type Message } from "../../src/engine/message.ts";
import type { Query, QueryAnswer } from "../../src/engine/mod.ts";
import { encodeOutcomes, OUTCOME_FORMAT } from "../../src/engine/outcome.ts";
import { FRAME_HEADER_BYTES, sealFrame } from "../../src/log/frame.ts";
import { Batch } from "../../src/log/jetstream/batch.ts";
import { BUSY, writeOutcome, writeParcel } from "../../src/log/jetstream/parcel_codec.ts";
import { MESSAGE_ID_HEADER, PARCELS_HEADER, STREAM_FORMAT } from "../../src/log/jetstream/stream.ts";
import { recordBytes, viewOf, writeRecord } from "../../src/log/mod.ts";
import { installSegment, LOG_FORMAT, newSegmentHeader } from "../../src/log/segment.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import type { Reply } from "../../src/model/effect.ts";
import type { Enrichment } from "../../src/model/event.ts";
import type { JobOutcome } from "../../src/model/job.ts";
import { emptyPerson } from "../../src/model/person.ts";
import { type NewRecord, type RecordKind, recordKinds } from "../../src/model/record.ts";
import type { EntryKind, EntryKinds } from "../../src/model/state.ts";
import { encodeTick } from "../../src/model/tick.ts";
import { COMPILER_VERSION } from "../../src/rules/compile/campaign_unit.ts";
import { bytecodeReference, compileProgram } from "../../src/rules/mod.ts";
import { encodeQuery, encodeReplies, encodeSpoken } from "../../src/runtime/cluster/wire.ts";
import { LAYOUT_FORMAT } from "../../src/runtime/layout.ts";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { writeValue } from "../../src/store/codec.ts";
import { allKinds, encodeOwnKey, kindNumbers } from "../../src/store/keys.ts";
import { openMemoryStore, takeSnapshot } from "../../src/store/mod.ts";
import { SNAPSHOT_FORMAT } from "../../src/store/snapshot.ts";
import { STORE_FORMAT } from "../../src/store/store_format.ts";
import { rawBatch } from "../store/raw_batch.ts";
import { entries } from "./examples/entries.ts";
import { enrichment } from "./examples/events.ts";
import { commands, messages } from "./examples/messages.ts";
import { bucketValues, queries, queryAnswers, reply } from "./examples/questions.ts";
import { outcome, plainReward } from "./examples/rewards.ts";
import { valuesOf } from "./filled.ts";

export interface Format {
  /** Constants in the source that other versions are told, and their values. */
  readonly numbers: { readonly [constant: string]: number | string };
  /** By what it is of. */
  readonly written: () => Promise<ReadonlyMap<string, readonly Uint8Array[]>>;
}

type Written = Map<string, readonly Uint8Array[]>;

export const formats: readonly Format[] = [
  { numbers: { STORE_FORMAT }, written: async () => storeEntries() },
  { numbers: { SNAPSHOT_FORMAT }, written: async () => new Map([["snapshot", [await snapshot()]]]) },
  { numbers: { LAYOUT_FORMAT, CLUSTER_FORMAT, OUTCOME_FORMAT }, written: async () => payloads() },
  { numbers: { LOG_FORMAT }, written: logFiles },
  { numbers: { STREAM_FORMAT }, written: async () => streamMessages() },
  { numbers: { CLUSTER_FORMAT }, written: async () => betweenNodes() },
  { numbers: { COMPILER_VERSION }, written: async () => compiledPrograms() },
];

const LONG_KEY = "k".repeat(3_000);

function storeEntries(): Written {
  const written: Written = new Map([["long key", [encodeOwnKey(kindNumbers.person, LONG_KEY)]]]);
  for (const kind of allKinds) {
    const values = valuesOf(entries[kind]) as EntryKinds[EntryKind][];
    written.set(
      `entry ${kind}`,
      values.map((value) => entryBytes(kind, value)),
    );
  }
  written.set("entry person, of nobody", [entryBytes("person", emptyPerson("1", "demo", 1_000))]);
  written.set("entry reward, plain", [entryBytes("reward", plainReward)]);
  return written;
}

function entryBytes<K extends EntryKind>(kind: K, value: EntryKinds[K]): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(encodeOwnKey(kindNumbers[kind], "key"));
  writeValue(writer, kind, value);
  return writer.take();
}

/** Its entries as they are before they are deflated: other versions of zlib may do that otherwise. */
async function snapshot(): Promise<Uint8Array> {
  const store = openMemoryStore(2);
  store.writeBatch(rawBatch([{ kind: kindNumbers.key, key: "key", bytes: Uint8Array.of(1, 2, 3) }], 7));
  const { bytes } = await takeSnapshot(store);
  return Buffer.concat([bytes.subarray(0, HEAD_BYTES), inflateRawSync(bytes.subarray(HEAD_BYTES, -HASH_BYTES))]);
}
const HEAD_BYTES = 28;
const HASH_BYTES = 32;

const identity = { source: 1, sequence: 2, n: 3 };
const body = new TextEncoder().encode('{"event_name":"bought","data":{"cart":12.5}}');

/** Of the records of a log, wherever that lies. */
function payloads(): Written {
  const { use_program, ...between } = messages;
  const ofKinds: { readonly [K in RecordKind]: Written } = {
    event: new Map([
      ["envelope", [Buffer.concat([encodeEventHead({ client: "demo", form: "envelope", name: "" }), body])]],
      ["named", [Buffer.concat([encodeEventHead({ client: "demo", form: "named", name: "bought" }), body])]],
      ["with facts of its sender", facts.map(eventOf)],
      ["with all of its sender", (valuesOf(enrichment) as Enrichment[]).map(eventOf)],
    ]),
    command: eachKind(commands, packCommand),
    message: eachKind(between, (message) => encodeMessage(identity, message as Message)),
    outcome: new Map([["all", [encodeOutcomes(valuesOf(outcome) as JobOutcome[])]]]),
    config: eachKind({ use_program }, (message) => encodeMessage(identity, message as Message)),
    tick: new Map([["of 16 timers", [encodeTick(16)]]]),
  };
  const written: Written = new Map();
  for (const [kind, ofKind] of Object.entries(ofKinds))
    for (const [name, bytes] of ofKind) written.set(`${kind}: ${name}`, bytes);
  return written;
}

const facts: readonly Enrichment[] = [
  ...enrichment.scopes.map((scope) => ({ scopes: [scope] })),
  { scopes: [], isDisposableEmail: false },
  { scopes: [], isDisposableEmail: true },
];

function eventOf(of: Enrichment): Uint8Array {
  return encodeEventHead({ client: "demo", form: "named", name: "bought", enrichment: of });
}

function eachKind(examples: { readonly [kind: string]: object }, encode: (value: unknown) => Uint8Array): Written {
  return new Map(Object.entries(examples).map(([kind, members]) => [kind, valuesOf({ kind, ...members }).map(encode)]));
}

const record: NewRecord = {
  kind: recordKinds.message,
  flags: 1,
  timeMs: 1_000,
  idHigh: 4,
  idLow: 5,
  payloadHead: Uint8Array.of(1),
  payload: Uint8Array.of(2, 3),
};

async function logFiles(): Promise<Written> {
  const kinds = Object.values(recordKinds).map((kind) => recordOf({ ...record, kind }));
  const frame = new Uint8Array(FRAME_HEADER_BYTES + recordBytes(record));
  const target = { bytes: frame, view: viewOf(frame) };
  writeRecord(target, FRAME_HEADER_BYTES, 2, 3, 1_000, record);
  sealFrame(target, frame.length, { mark: 7, records: 1, group: 8, syncedGroup: 6 });
  return new Map([
    ["record", kinds],
    ["frame", [frame]],
    ["head of a segment", [await segmentHead()]],
  ]);
}

function recordOf(of: NewRecord): Uint8Array {
  const bytes = new Uint8Array(recordBytes(of));
  writeRecord({ bytes, view: viewOf(bytes) }, 0, 2, 3, 1_000, of);
  return bytes;
}

async function segmentHead(): Promise<Uint8Array> {
  const directory = mkdtempSync(join(tmpdir(), "laurel-formats."));
  const path = join(directory, "filled");
  const handle = await open(path, "w+");
  const header = newSegmentHeader({
    firstGroup: 9,
    lastGroupBefore: 8,
    segmentBytes: 8_192,
    sequencesBefore: Float64Array.of(1, 2),
    timesBefore: Float64Array.of(3, 4),
  });
  const segment = await installSegment(directory, { handle, path }, { ...header, mark: 7 });
  await handle.close();
  const bytes = readFileSync(segment.path);
  rmSync(directory, { recursive: true });
  return bytes;
}

function streamMessages(): Written {
  const batch = new Batch("w1.1", 1, 5, null);
  batch.add(2, 1_000, record, 1);
  batch.add(2, 1_001, record, 1);
  return new Map([
    ["batch", [batch.content()]],
    ["headers", [textBytes(`${MESSAGE_ID_HEADER}: ${batch.messageId} ${PARCELS_HEADER}`)]],
  ]);
}

/** Beside the payloads of records. */
function betweenNodes(): Written {
  const written: Written = new Map([
    ["replies", [encodeReplies(valuesOf(reply) as Reply[])]],
    ["no answer", [encodeSpoken({ kind: "unavailable" })]],
    ["parcel", [writeParcel("w1.1", recordOf(record), 4)]],
    [
      "outcomes of parcels",
      [
        writeOutcome({ kind: "committed", streamSequence: 5 }),
        writeOutcome({ kind: "bounced", streamSequence: 5 }),
        BUSY,
      ],
    ],
    ["description", [textBytes(describeCluster({ format: 0, partitions: 16 }))]],
    ["keys", [textBytes(`${memberKey("n1")} ${partitionKey(2)} ${frontKey(3)}`)]],
  ]);
  for (const [name, value] of Object.entries(bucketValues)) {
    const values = valuesOf(value) as Parameters<typeof writeBucketValue>[0][];
    written.set(
      `value of a ${name}`,
      values.map((each) => textBytes(writeBucketValue(each))),
    );
  }
  for (const [kind, bytes] of eachKind(queries, (query) => encodeQuery(query as Query)))
    written.set(`question ${kind}`, bytes);
  for (const [kind, bytes] of eachKind(queryAnswers, (answer) =>
    encodeSpoken({ kind: "answer", answer: answer as QueryAnswer }),
  ))
    written.set(`answer ${kind}`, bytes);
  return written;
}

/** What the compiler makes of the programs of all recorded histories, and what the machine takes it for. */
function compiledPrograms(): Written {
  const written: Written = new Map([["instructions", [textBytes(bytecodeReference())]]]);
  const histories = join(import.meta.dirname, "../histories");
  const versions = readdirSync(histories, { withFileTypes: true }).filter((each) => each.isDirectory());
  for (const { name: version } of versions) {
    const directory = join(histories, version, "programs");
    for (const file of readdirSync(directory).sort()) {
      const compiled = compileProgram(JSON.parse(readFileSync(join(directory, file), "utf8")) as ProgramDocument);
      if (!compiled.ok) throw new Error(`${file} does not compile`);
      // A hash says which version compiled it, which is not what is looked for.
      const text = JSON.stringify(compiled.value, (name, value: unknown) =>
        name === "hash" || name === "key" ? "" : plain(value),
      );
      written.set(`program ${version}/${file.slice(0, 8)}`, [textBytes(text)]);
    }
  }
  return written;
}

function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value.entries()];
  return ArrayBuffer.isView(value) ? [...Buffer.from(value.buffer, value.byteOffset, value.byteLength)] : value;
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
