// The actor of a coupon pool alone: one code to each of many requests, in one thread over LMDB, checkpoints included; without log, threads and rewards,
// which `rewards.bench.ts` has. Requests come one by one: codes that partitions are lent take a small part of this.
//
//   C1. No code is handed out twice, and every request gets one; checked, not only timed.

import { partitionOf } from "../src/base/hash.ts";
import { rewardId } from "../src/base/ids.ts";
import { applyRecord, type Command, encodeCommand, type EngineContext, newEffects } from "../src/engine/mod.ts";
import { decodeMessage, encodeMessage } from "../src/engine/message.ts";
import type { ProgramDocument } from "../src/model/campaign.ts";
import { type LogRecord, type RecordKindNumber, recordKinds } from "../src/model/record.ts";
import { compileProgram } from "../src/rules/mod.ts";
import { openPartitionState, openPartitionStore, type StoredPartitionState } from "../src/store/mod.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import { newDirectory, stopAll } from "./server_process.ts";

const sizes: Readonly<Record<BenchMode, { readonly codes: number; readonly requests: number }>> = {
  quick: { codes: 200_000, requests: 10_000 },
  full: { codes: 1_000_000, requests: 50_000 },
};
const ROUNDS = 5;
const PARTITIONS = 16;
const CLIENT = "bench";
const SUPPLIER = "COUPON";
const CODES_PER_COMMAND = 2_000;
/** As slices of a worker. */
const RECORDS_PER_SLICE = 256;
/** What the defaults give one of 16 partitions. */
const STATE_BYTES = { cacheBytesMax: 12 << 20, dirtyBytesMax: 6 << 20 };
const START_MS = Date.UTC(2026, 4, 1);

const document: ProgramDocument = {
  client: CLIENT,
  time_zone: "UTC",
  audiences: [],
  suppliers: [
    {
      id: SUPPLIER,
      name: "Coupon",
      reward_supplier_type: "MANUAL_COUPON",
      face_value_algorithm_type: "FIXED",
      face_value: 10,
      face_value_type: "USD",
    },
  ],
  campaigns: [],
};

export async function run(): Promise<Row[]> {
  const { codes, requests } = sizes[benchMode()];
  const pool = openPool();
  upload(pool, codes);
  const rounds: { readonly perSecond: number; readonly cpuUs: number }[] = [];
  const given = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const records = requestsOf(round * requests, requests);
    const before = process.cpuUsage();
    const startMs = performance.now();
    const answers = pool.apply(records);
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(before);
    rounds.push({ perSecond: requests / seconds, cpuUs: (user + system) / requests });
    for (const code of answers) given.add(code);
    // C1
    if (given.size !== (round + 1) * requests)
      throw new Error(`${given.size} codes for ${(round + 1) * requests} requests`);
  }
  await pool.close();
  stopAll();
  const perSecond = rounds.map((each) => each.perSecond);
  const name = `codes handed out by the actor of a pool of ${codes.toLocaleString("en")}`;
  return [
    { name, value: median(perSecond), unit: "codes/s", target: ">= 20,000", note: roundsNote(perSecond) },
    { name: `${name}: CPU`, value: median(rounds.map(({ cpuUs }) => cpuUs)), unit: "us each" },
  ];
}

/** What is applied to the pool's partition: everything but its position in the log. */
type Arriving = Omit<LogRecord, "partition" | "sequence">;

interface Pool {
  /** Returns the codes that the answers bring, in order. */
  apply(records: readonly Arriving[]): string[];
  /** Returns the value of its reply. */
  command(command: Command): unknown;
  close(): Promise<void>;
}

function openPool(): Pool {
  const partition = partitionOf(CLIENT, `pool/${SUPPLIER}`, PARTITIONS);
  const compiled = compileProgram(document);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const program = compiled.value;
  const store = openPartitionStore({ dataDirectory: newDirectory("coupons"), partition });
  const state: StoredPartitionState = openPartitionState(store, STATE_BYTES);
  const effects = newEffects();
  const context: EngineContext = {
    partition,
    partitions: PARTITIONS,
    state,
    programs: { find: () => program },
    effects,
  };
  let sequence = 0;
  const applyOne = (record: Arriving): void => {
    applyRecord(context, { ...record, partition, sequence: ++sequence });
    if (sequence % RECORDS_PER_SLICE !== 0) return;
    if (state.wantsCheckpoint) state.checkpoint(sequence);
    state.trim();
  };
  const use = { kind: "use_program", client: CLIENT, hash: program.hash, revision: 1 } as const;
  applyOne(recordOf(recordKinds.config, encodeMessage({ source: PARTITIONS, sequence: 1, n: 0 }, use), 1));
  let commands = 0;
  return {
    apply: (records) => {
      effects.messages.length = 0;
      for (const record of records) applyOne(record);
      return effects.messages.map(({ record }) => codeIn(record.payload));
    },
    command: (command) => {
      effects.replies.length = 0;
      applyOne(recordOf(recordKinds.command, encodeCommand(command, PARTITIONS).payload, ++commands));
      const [reply] = effects.replies;
      if (reply === undefined || reply.errorCode !== null) throw new Error(`${command.kind}: ${reply?.errorCode}`);
      return reply.value;
    },
    close: () => store.close(),
  };
}

function upload(pool: Pool, codes: number): void {
  const of = { client: CLIENT, supplierId: SUPPLIER };
  const begun = pool.command({
    kind: "begin_coupon_upload",
    ...of,
    filename: "codes.csv",
    requested: codes,
    isDiscarding: false,
  });
  const operationId = String(begun);
  for (let from = 0; from < codes; from += CODES_PER_COMMAND) {
    const some = Array.from({ length: Math.min(CODES_PER_COMMAND, codes - from) }, (_, n) => `LAUREL-${from + n}`);
    pool.command({ kind: "add_coupons", ...of, operationId, codes: some, expires: null });
  }
  pool.command({ kind: "end_coupon_upload", ...of, operationId, failure: null });
}

function requestsOf(from: number, count: number): Arriving[] {
  return Array.from({ length: count }, (_, n) => {
    const number = from + n;
    const source = number % PARTITIONS;
    const wanted = {
      kind: "allocate_coupon",
      client: CLIENT,
      supplierId: SUPPLIER,
      rewardId: rewardId(source, [String(number)]),
    } as const;
    return recordOf(recordKinds.message, encodeMessage({ source, sequence: number + 2, n: 0 }, wanted), number);
  });
}

function recordOf(kind: RecordKindNumber, payload: Uint8Array, number: number): Arriving {
  return { kind, flags: 0, timeMs: START_MS, idHigh: 1, idLow: number, payload };
}

function codeIn(payload: Uint8Array): string {
  const { message } = decodeMessage(payload);
  if (message.kind !== "coupon_allocated" || message.code === null)
    throw new Error(`answered by ${message.kind} without a code`);
  return message.code;
}
