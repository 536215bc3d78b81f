// Nodes that crash: several partitions in one thread, with the log's durability, deliveries, checkpoints, memory, duplicates and power cuts under the
// control of a seed.
//
//   M1. A record is applied only when it is durable; an event is acknowledged only when it is durable.
//   M2. A crash loses every state, and every record that was not durable. Checkpoints and durable records survive. One of a partition alone, whose owner
//       died, loses its state and what it had sent and was on its way.
//   M3. A checkpoint is of a moment, and is written while records go on being applied, when everything that the partition had sent by then is durable (C2
//       of the store); or the store fails.
//   M4. A message may be delivered twice, the second time at any later moment.
//   M5. Messages from one partition to another arrive in their order. On one node all do, as in its log; of a cluster, the logs of two partitions know nothing
//       of each other, so what follows from a later message to one may arrive before an earlier one to the other.
//   M6. Entries that are written may leave memory between two records.

import type { Person } from "../../src/model/person.ts";
import type { EntryKind, EntryKinds } from "../../src/model/state.ts";
import { programRecord } from "../support/program_record.ts";
import { readProgram } from "../support/scenario.ts";
import { idTextOfHalves, newIdCounter, nextId } from "../../src/base/ids.ts";
import type { DecisionObserver } from "../../src/engine/context.ts";
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
import type { Bearer } from "../../src/model/event.ts";
import { type LogRecord, type NewRecord, recordKinds } from "../../src/model/record.ts";
import { compileProgram, type Program } from "../../src/rules/mod.ts";
import {
  contentHash,
  openMemoryStore,
  openPartitionState,
  type PartitionStore,
  StateWorkspace,
  type StoredPartitionState,
} from "../../src/store/mod.ts";
import { encodeOutcomes } from "../../src/engine/outcome.ts";
import type { JobOutcome } from "../../src/model/job.ts";
import { admitted } from "../support/admission.ts";
import { encodeEventPayload } from "../support/event_payload.ts";
import { withAllRewards } from "../support/paged_rewards.ts";
import { tellingAtMost } from "../support/telling.ts";

/** What states may keep in memory: everything, or little more than what one record needs. */
const CACHE_BYTES = [64 << 20, 4_000];

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
  /** By partition. Since the partition began, as are what was sent. */
  lanes: Lane[];
  /** How much must have arrived by lane before the checkpoint at hand is written (M3); null without one. */
  awaited: number[] | null;
  readonly store: PartitionStore;
  /** What the log alone comes to, as far as that was looked at. */
  readonly folded: PartitionStore;
  state: StoredPartitionState;
  context: EngineContext;
}

/** From one partition to another (M5). */
interface Lane {
  readonly underWay: NewRecord[];
  /** How long the log was with each that has arrived. */
  readonly arrivedAt: number[];
}

interface SentEvent {
  readonly eventId: string;
  readonly name: string;
  readonly email: string;
  readonly orderId: string | null;
  readonly messageId: string | null;
  readonly pollingId: string | null;
}

/** The first `count`; only LAUREL_SEED where that is given: a seed that failed is run alone, and "5000-5999" are seeds that nobody has run yet. */
export function seedsOf(count: number): number[] {
  const [first = 0, last = first] = process.env["LAUREL_SEED"]?.split("-").map(Number) ?? [0, count - 1];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

export class Simulation {
  readonly partitions: Partition[];
  /** In effect. */
  program: Program;
  /** Event ids that were acknowledged, in order. */
  readonly acknowledged: SentEvent[] = [];
  /** Of how many rewards a record tells that a budget answers with; null: of as many as budgets say. */
  toldAtOnce: number | null = null;
  crashes = 0;
  duplicates = 0;
  readonly #random: (below: number) => number;
  /** M5. */
  readonly isOneNode: boolean;
  readonly #cacheBytes: number;
  readonly #ids = newIdCounter(1000);
  /** By hash, all that ever were. */
  readonly #programs = new Map<string, Program>();
  /** Of the states that are folded one record each, one after the other: one for each took a third of that. It keeps nothing that a record could find. */
  readonly #folding = new StateWorkspace();
  #versions = 0;
  #nowMs = Date.UTC(2026, 4, 1);
  #unacknowledged: SentEvent[] = [];

  constructor(document: ProgramDocument, partitions: number, random: (below: number) => number) {
    this.program = compiled(document);
    this.#random = random;
    this.isOneNode = random(2) === 0;
    this.#cacheBytes = CACHE_BYTES[random(CACHE_BYTES.length)] ?? 0;
    this.partitions = Array.from({ length: partitions }, (_, partition) => {
      const store = openMemoryStore(partition);
      const folded = openMemoryStore(partition);
      return { log: [], durable: 0, store, folded, ...this.#begun(partition, partitions, store) };
    });
    this.uses(document);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Another program is announced to all partitions. */
  uses(document: ProgramDocument): void {
    this.program = compiled(document);
    this.#programs.set(this.program.hash, this.program);
    const record = programRecord(this.program, ++this.#versions, this.#nowMs);
    this.partitions.forEach((_, partition) => this.#append(partition, record));
  }

  /** The API asks for a change; returns the id of the command. */
  asks(command: Command): string {
    const { partition, payload } = encodeCommand(command, this.partitions.length);
    const { idHigh, idLow } = this.#newId();
    this.#append(partition, { kind: recordKinds.command, flags: 0, timeMs: this.#nowMs, idHigh, idLow, payload });
    return idTextOfHalves(idHigh, idLow);
  }

  /**
   * Throws where the front refuses it.
   *
   * @param bearer whose token it came with; null: it came from a back end
   * @param messageId null: without one
   */
  send(
    name: string,
    data: { [name: string]: string },
    bearer: Bearer | null = null,
    messageId: string | null = null,
  ): void {
    const { idHigh, idLow } = this.#newId();
    const eventId = idTextOfHalves(idHigh, idLow);
    const { client } = this.program;
    const body = Buffer.from(JSON.stringify({ event_name: name, data }));
    const arriving = { client, form: "envelope", name: "", body, data, isDataWhole: true } as const;
    const { data: taken, enrichment } = admitted(this.program, arriving, this.#nowMs);
    const { partition } = routeEvent({
      client,
      data: taken,
      partitions: this.partitions.length,
      names: this.program,
      eventId,
      ...(bearer === null ? {} : { bearer }),
    });
    const ofBearer = bearer === null ? {} : { scopes: ["UPDATE_PROFILE"], bearer };
    const sender = { ...enrichment, ...ofBearer, ...(messageId === null ? {} : { messageId }) };
    const payload = encodeEventPayload({ client, form: "envelope", name: "", body, enrichment: sender });
    this.#append(partition, {
      kind: recordKinds.event,
      flags: 0,
      timeMs: this.#nowMs,
      idHigh,
      idLow,
      payload,
    });
    this.#unacknowledged.push({
      eventId,
      name,
      email: data["email"] ?? "",
      orderId: data["order_id"] ?? null,
      messageId,
      pollingId: data["polling_id"] ?? null,
    });
  }

  /** Attempts at jobs of a partition have ended so. */
  ends(partition: number, outcomes: readonly JobOutcome[]): void {
    const payload = encodeOutcomes(outcomes);
    const record = { kind: recordKinds.outcome, flags: 0, timeMs: ++this.#nowMs, idHigh: 0, idLow: 0, payload };
    this.#append(partition, record);
  }

  /** Time passes in every partition. */
  passes(ms: number): void {
    this.#nowMs += ms;
    const tick = { kind: recordKinds.tick, flags: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(0) };
    this.partitions.forEach((_, partition) => this.#append(partition, { ...tick, timeMs: this.#nowMs }));
  }

  /** One thing happens: a commit, a record applied, messages delivered, a bit of a checkpoint, a repeated message, a crash. */
  disturb(): void {
    const roll = this.#random(100);
    const number = this.#random(this.partitions.length);
    if (roll < 25) this.commit();
    else if (roll < 65) this.#applyOne(number);
    else if (roll < 82) this.#deliver(number, this.#random(this.partitions.length), 1 + this.#random(4));
    else if (roll < 93) this.#checkpoint(number);
    else if (roll < 98) this.#repeatMessage(number);
    else if (roll < 99) this.crash();
    else this.#loseOwner(number);
  }

  /** Group commit: everything appended so far is durable and acknowledged. */
  commit(): void {
    for (const partition of this.partitions) partition.durable = partition.log.length;
    this.acknowledged.push(...this.#unacknowledged);
    this.#unacknowledged = [];
  }

  /** M2. */
  crash(): void {
    this.#unacknowledged = [];
    this.partitions.forEach((partition, number) => {
      partition.log.length = partition.durable;
      this.#loseOwner(number);
    });
    this.crashes++;
  }

  /** M2, of one partition. */
  #loseOwner(number: number): void {
    const partition = this.partitions[number];
    if (partition !== undefined) Object.assign(partition, this.#begun(number, this.partitions.length, partition.store));
  }

  #begun(
    partition: number,
    partitions: number,
    store: PartitionStore,
    workspace = new StateWorkspace(),
  ): Pick<Partition, "applied" | "lanes" | "awaited" | "state" | "context"> {
    const bounds = { cacheBytesMax: this.#cacheBytes, dirtyBytesMax: this.#cacheBytes };
    const state = openPartitionState(store, { ...bounds, workspace });
    const lanes = Array.from({ length: partitions }, () => ({ underWay: [], arrivedAt: [] }));
    const context = this.#contextOf(partition, partitions, state);
    return { applied: store.position(), lanes, awaited: null, state, context };
  }

  /** No more faults: everything is committed and applied until nothing is left to do. */
  heal(): void {
    for (let rounds = 0; rounds < 10_000; rounds++) {
      this.commit();
      let applied = 0;
      this.partitions.forEach(({ lanes }, number) => {
        while (this.#applyOne(number)) applied++;
        lanes.forEach((_, to) => this.#deliver(number, to, Number.POSITIVE_INFINITY));
      });
      if (applied === 0 && this.partitions.every(({ log, durable }) => log.length === durable)) return;
    }
    throw new Error("the node does not come to rest");
  }

  #newId(): { readonly idHigh: number; readonly idLow: number } {
    const id = nextId(this.#ids, ++this.#nowMs);
    return { idHigh: Number(id >> 32n), idLow: Number(id & 0xffff_ffffn) };
  }

  /** Hashes of all states, and of the states that the logs alone fold to where no record finds in memory what one before it left there. */
  hashes(): { readonly live: string[]; readonly replayed: string[] } {
    const live = this.partitions.map((partition) => {
      while (partition.awaited !== null) this.#goOnWriting(partition, partition.awaited);
      partition.state.checkpoint(partition.applied);
      return contentHash(partition.store);
    });
    const replayed = this.partitions.map(({ log, durable, folded }, number) => {
      for (const record of log.slice(folded.position(), durable)) {
        const { state, context } = this.#begun(number, this.partitions.length, folded, this.#folding);
        applyRecord(context, record);
        state.checkpoint(record.sequence);
      }
      return contentHash(folded);
    });
    return { live, replayed };
  }

  /**
   * All records that no crash took, applied once more from nothing while somebody looks on. What the partitions tell each other is in their logs already.
   */
  again(observer: DecisionObserver): { readonly contexts: EngineContext[]; readonly hashes: string[] } {
    const seen = this.partitions.map(({ log, durable }, number) => {
      const store = openMemoryStore(number);
      const state = openPartitionState(store, { cacheBytesMax: 64 << 20, dirtyBytesMax: 64 << 20 });
      const context = this.#contextOf(number, this.partitions.length, state);
      for (const record of log.slice(0, durable)) {
        applyRecord({ ...context, observer }, record);
        context.effects.messages.length = 0;
      }
      state.checkpoint(durable);
      return { context, hash: contentHash(store) };
    });
    return { contexts: seen.map(({ context }) => context), hashes: seen.map(({ hash }) => hash) };
  }

  /** All that partitions told each other and that no crash took. */
  messages(): Message[] {
    const records = this.partitions.flatMap(({ log }) => log);
    return records.flatMap(({ kind, payload }) =>
      kind === recordKinds.message ? [decodeMessage(payload).message] : [],
    );
  }

  #contextOf(partition: number, partitions: number, state: StoredPartitionState): EngineContext {
    return {
      partition,
      partitions,
      state,
      programs: { find: (hash) => this.#programs.get(hash) ?? this.program },
      effects: newEffects(),
    };
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
      partition.lanes[message.toPartition]?.underWay.push(message.record);
    }
    if (this.isOneNode) partition.lanes.forEach((_, to) => this.#deliver(number, to, Number.POSITIVE_INFINITY));
    // M6.
    partition.state.trim();
    return true;
  }

  /** M5. */
  #deliver(from: number, to: number, most: number): void {
    const lane = this.partitions[from]?.lanes[to];
    for (const record of lane?.underWay.splice(0, most) ?? []) lane?.arrivedAt.push(this.#append(to, record));
  }

  /** M3. Begins one, or goes on with the one at hand. */
  #checkpoint(number: number): void {
    const partition = this.partitions[number];
    if (partition === undefined || partition.applied === 0) return;
    if (partition.awaited !== null) return this.#goOnWriting(partition, partition.awaited);
    partition.state.beginCheckpoint(partition.applied);
    partition.awaited = partition.lanes.map(({ underWay, arrivedAt }) => underWay.length + arrivedAt.length);
  }

  #goOnWriting(partition: Partition, awaited: readonly number[]): void {
    const { state, store, lanes } = partition;
    const isEncoded = state.encodeCheckpoint(1 + this.#random(100));
    const isSettled = lanes.every(({ arrivedAt }, to) => {
      const last = awaited[to] ?? 0;
      return last === 0 || (arrivedAt[last - 1] ?? Number.POSITIVE_INFINITY) <= (this.partitions[to]?.durable ?? 0);
    });
    if (!isEncoded || !isSettled) return;
    const batch = state.takeCheckpoint();
    const isWritten = this.#random(8) > 0;
    if (isWritten) store.writeBatch(batch);
    state.endCheckpoint(isWritten ? "written" : "not_written");
    partition.awaited = null;
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

function compiled(document: ProgramDocument): Program {
  const program = compileProgram(document);
  if (!program.ok) throw new Error(JSON.stringify(program.error));
  return program.value;
}

export function demoProgram(): ProgramDocument {
  return readProgram({ title: "", story: "", program: "demo.json", events: [], expect: {} });
}

/** What all partitions have of a kind. */
/** With all their rewards. */
export function personsOf({ partitions }: Simulation): Person[] {
  const everything = { prefix: "", after: null, limit: 100_000, isReverse: false };
  return partitions.flatMap(({ state }) =>
    state.list("person", everything).map(({ value }) => withAllRewards(state, value)),
  );
}

export function entries<K extends EntryKind>(simulation: Simulation, kind: K): EntryKinds[K][] {
  const everything = { prefix: "", after: null, limit: 100_000, isReverse: false };
  return simulation.partitions.flatMap(({ state }) => state.list(kind, everything).map(({ value }) => value));
}
