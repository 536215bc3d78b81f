// A node that crashes: several partitions in one thread, with the log's durability, checkpoints, duplicates and power cuts under the control of a seed.
//
//   M1. A record is applied only when it is durable; an event is acknowledged only when it is durable.
//   M2. A crash loses every state, and every record that was not durable. Checkpoints and durable records survive.
//   M3. A checkpoint is taken only when everything the partition sent is durable (C2 of the store).
//   M4. A message may be delivered twice, the second time at any later moment.

import type { EntryKind, EntryKinds } from "../../src/model/state.ts";
import { programRecord } from "../support/program_record.ts";
import { readProgram } from "../support/scenario.ts";
import { idTextOfHalves, newIdCounter, nextId } from "../../src/base/ids.ts";
import { decodeMessage, type Message } from "../../src/engine/message.ts";
import {
  applyRecord,
  type Command,
  encodeCommand,
  type EngineContext,
  newEffects,
  routeEvent,
} from "../../src/engine/mod.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { type LogRecord, type NewRecord, recordKinds } from "../../src/model/record.ts";
import { compileProgram, type Program } from "../../src/rules/mod.ts";
import {
  contentHash,
  openMemoryStore,
  openPartitionState,
  type PartitionStore,
  type StoredPartitionState,
} from "../../src/store/mod.ts";
import { encodeEventPayload } from "../support/event_payload.ts";
import { tellingAtMost } from "../support/telling.ts";

const CACHE_BYTES = 64 << 20;

/** Numbers from a seed: mulberry32. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

interface Partition {
  readonly log: LogRecord[];
  /** Records that a crash cannot take. */
  durable: number;
  applied: number;
  /** Lengths that other logs must be durable to before a checkpoint (M3), by partition. */
  sentTo: number[];
  readonly store: PartitionStore;
  state: StoredPartitionState;
  context: EngineContext;
}

/** The first `count`; only LAUREL_SEED where that is given: a seed that failed is run alone. */
export function seedsOf(count: number): number[] {
  const only = process.env["LAUREL_SEED"];
  return only === undefined ? Array.from({ length: count }, (_, seed) => seed) : [Number(only)];
}

export class Simulation {
  readonly partitions: Partition[];
  readonly program: Program;
  /** Event ids that were acknowledged, in order. */
  readonly acknowledged: { readonly eventId: string; readonly email: string; readonly orderId: string | null }[] = [];
  /** Of how many rewards a record tells that a budget answers with; null: of as many as budgets say. */
  toldAtOnce: number | null = null;
  crashes = 0;
  duplicates = 0;
  readonly #random: (below: number) => number;
  readonly #ids = newIdCounter(1000);
  #nowMs = Date.UTC(2026, 4, 1);
  #unacknowledged: { eventId: string; email: string; orderId: string | null; partition: number; sequence: number }[] =
    [];

  constructor(document: ProgramDocument, partitions: number, random: (below: number) => number) {
    const compiled = compileProgram(document);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    this.program = compiled.value;
    this.#random = random;
    this.partitions = Array.from({ length: partitions }, (_, partition) => {
      const store = openMemoryStore(partition);
      const state = openPartitionState(store, { cacheBytesMax: CACHE_BYTES, dirtyBytesMax: CACHE_BYTES });
      return {
        log: [],
        durable: 0,
        applied: 0,
        sentTo: Array.from({ length: partitions }, () => 0),
        store,
        state,
        context: this.#contextOf(partition, partitions, state),
      };
    });
    const record = programRecord(this.program, 1, this.#nowMs);
    this.partitions.forEach((_, partition) => this.#append(partition, record));
  }

  /** The API asks for a change; returns the id of the command. */
  asks(command: Command): string {
    const { partition, payload } = encodeCommand(command, this.partitions.length);
    const { idHigh, idLow } = this.#newId();
    this.#append(partition, { kind: recordKinds.command, flags: 0, timeMs: this.#nowMs, idHigh, idLow, payload });
    return idTextOfHalves(idHigh, idLow);
  }

  send(name: string, data: { [name: string]: string }): void {
    const { idHigh, idLow } = this.#newId();
    const eventId = idTextOfHalves(idHigh, idLow);
    const { client } = this.program;
    const { partition } = routeEvent({
      client,
      data,
      partitions: this.partitions.length,
      names: this.program,
      eventId,
    });
    const payload = encodeEventPayload({
      client,
      form: "envelope",
      name: "",
      body: Buffer.from(JSON.stringify({ event_name: name, data })),
    });
    const sequence = this.#append(partition, {
      kind: recordKinds.event,
      flags: 0,
      timeMs: this.#nowMs,
      idHigh,
      idLow,
      payload,
    });
    this.#unacknowledged.push({
      eventId,
      email: data["email"] ?? "",
      orderId: data["order_id"] ?? null,
      partition,
      sequence,
    });
  }

  /** Time passes in every partition. */
  passes(ms: number): void {
    this.#nowMs += ms;
    const tick = { kind: recordKinds.tick, flags: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(0) };
    this.partitions.forEach((_, partition) => this.#append(partition, { ...tick, timeMs: this.#nowMs }));
  }

  /** One thing happens: a commit, a record applied, a checkpoint, a repeated message, a crash. */
  disturb(): void {
    const roll = this.#random(100);
    if (roll < 30) this.commit();
    else if (roll < 85) this.#applyOne(this.#random(this.partitions.length));
    else if (roll < 93) this.#checkpoint(this.#random(this.partitions.length));
    else if (roll < 98) this.#repeatMessage(this.#random(this.partitions.length));
    else this.crash();
  }

  /** Group commit: everything appended so far is durable and acknowledged. */
  commit(): void {
    for (const partition of this.partitions) partition.durable = partition.log.length;
    this.acknowledged.push(...this.#unacknowledged);
    this.#unacknowledged = [];
  }

  /** M2. */
  crash(): void {
    this.crashes++;
    this.#unacknowledged = [];
    this.partitions.forEach((partition, number) => {
      partition.log.length = partition.durable;
      partition.applied = partition.store.position();
      partition.sentTo = partition.sentTo.map(() => 0);
      partition.state = openPartitionState(partition.store, { cacheBytesMax: CACHE_BYTES, dirtyBytesMax: CACHE_BYTES });
      partition.context = this.#contextOf(number, this.partitions.length, partition.state);
    });
  }

  /** No more faults: everything is committed and applied until nothing is left to do. */
  heal(): void {
    for (let rounds = 0; rounds < 10_000; rounds++) {
      this.commit();
      let applied = 0;
      this.partitions.forEach((_, number) => {
        while (this.#applyOne(number)) applied++;
      });
      if (applied === 0 && this.partitions.every(({ log, durable }) => log.length === durable)) return;
    }
    throw new Error("the node does not come to rest");
  }

  #newId(): { readonly idHigh: number; readonly idLow: number } {
    const id = nextId(this.#ids, ++this.#nowMs);
    return { idHigh: Number(id >> 32n), idLow: Number(id & 0xffff_ffffn) };
  }

  /** Hashes of all states, and of the states that the logs alone fold to. */
  hashes(): { readonly live: string[]; readonly replayed: string[] } {
    const live = this.partitions.map(({ state, store, applied }) => {
      state.checkpoint(applied);
      return contentHash(store);
    });
    const replayed = this.partitions.map(({ log }, number) => {
      const store = openMemoryStore(number);
      const state = openPartitionState(store, { cacheBytesMax: CACHE_BYTES, dirtyBytesMax: CACHE_BYTES });
      const context = this.#contextOf(number, this.partitions.length, state);
      for (const record of log) applyRecord(context, record);
      state.checkpoint(log.length);
      return contentHash(store);
    });
    return { live, replayed };
  }

  /** All that partitions told each other and that no crash took. */
  messages(): Message[] {
    const records = this.partitions.flatMap(({ log }) => log);
    return records.flatMap(({ kind, payload }) =>
      kind === recordKinds.message ? [decodeMessage(payload).message] : [],
    );
  }

  #contextOf(partition: number, partitions: number, state: StoredPartitionState): EngineContext {
    return { partition, partitions, state, programs: { find: () => this.program }, effects: newEffects() };
  }

  #append(partition: number, record: NewRecord): number {
    const log = this.partitions[partition]?.log;
    if (log === undefined) throw new Error(`no partition ${partition}`);
    log.push({
      ...tellingAtMost(record, this.toldAtOnce),
      timeMs: Math.max(record.timeMs, log.at(-1)?.timeMs ?? 0),
      partition,
      sequence: log.length + 1,
    });
    return log.length;
  }

  /** M1. */
  #applyOne(number: number): boolean {
    const partition = this.partitions[number];
    const record = partition?.log[partition.applied];
    if (partition === undefined || record === undefined || partition.applied >= partition.durable) return false;
    applyRecord(partition.context, record);
    partition.applied++;
    for (const message of partition.context.effects.messages.splice(0)) {
      partition.sentTo[message.toPartition] = this.#append(message.toPartition, message.record);
    }
    return true;
  }

  /** M3. */
  #checkpoint(number: number): void {
    const partition = this.partitions[number];
    if (partition === undefined || partition.applied === 0) return;
    const isSettled = partition.sentTo.every((length, to) => (this.partitions[to]?.durable ?? 0) >= length);
    if (isSettled) partition.state.checkpoint(partition.applied);
  }

  /** M4. */
  #repeatMessage(number: number): void {
    const log = this.partitions[number]?.log ?? [];
    const messages = log.filter((record) => record.kind === recordKinds.message);
    const message = messages[this.#random(Math.max(1, messages.length))];
    if (message === undefined) return;
    this.duplicates++;
    this.#append(number, message);
  }
}

export function demoProgram(): ProgramDocument {
  return readProgram({ title: "", story: "", program: "demo.json", events: [], expect: {} });
}

/** What all partitions have of a kind. */
export function entries<K extends EntryKind>(simulation: Simulation, kind: K): EntryKinds[K][] {
  const everything = { prefix: "", after: null, limit: 100_000, isReverse: false };
  return simulation.partitions.flatMap(({ state }) => state.list(kind, everything).map(({ value }) => value));
}
