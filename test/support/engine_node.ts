// A whole node in one thread: the pure engine, states in memory, one log a partition. No clock, no network, no disk.

import { partitionOf } from "../../src/base/hash.ts";
import { idTextOfHalves, newIdCounter, nextId, originOf } from "../../src/base/ids.ts";
import { applyRecord, type EngineContext, newEffects, routeEvent, runQuery } from "../../src/engine/mod.ts";
import { decodeMessage, type Message } from "../../src/engine/message.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { FLAG_WANTS_REPLY, type LogRecord, type NewRecord, recordKinds } from "../../src/model/record.ts";
import type { Person, Step } from "../../src/model/person.ts";
import { compileProgram, type Program } from "../../src/rules/mod.ts";
import { withAllRewards } from "./paged_rewards.ts";
import { programRecord } from "./program_record.ts";
import { openMemoryStore, openPartitionState } from "../../src/store/mod.ts";
import { admitted } from "./admission.ts";
import { encodeEventPayload } from "./event_payload.ts";
import { tellingAtMost } from "./telling.ts";

const CACHE_BYTES = 64 << 20;
const START_MS = Date.UTC(2026, 4, 1);

export class EngineNode {
  readonly partitions: number;
  /** In effect. */
  program: Program;
  readonly contexts: EngineContext[];
  /** Everything that was appended, by partition. */
  readonly logs: LogRecord[][];
  nowMs = START_MS;
  /** Of how many rewards a record tells that a budget answers with; null: of as many as budgets say. */
  toldAtOnce: number | null = null;
  readonly #ids = newIdCounter(1000);
  readonly #applied: number[];
  /** By hash, all that ever were. */
  readonly #programs = new Map<string, Program>();
  #versions = 0;

  constructor(document: ProgramDocument, partitions: number) {
    const program = compiled(document);
    this.program = program;
    this.partitions = partitions;
    const programs = { find: (hash: string) => this.#programs.get(hash) ?? this.program };
    this.contexts = Array.from({ length: partitions }, (_, partition) => ({
      ...newContext(partition, partitions, program),
      programs,
    }));
    this.logs = this.contexts.map(() => []);
    this.#applied = this.contexts.map(() => 0);
    this.uses(document);
    this.settle();
  }

  /** Appends a program to every partition, and leaves it to `settle` or `step` to have it take effect. */
  uses(document: ProgramDocument): void {
    this.program = compiled(document);
    this.#programs.set(this.program.hash, this.program);
    this.#versions++;
    for (let partition = 0; partition < this.partitions; partition++) {
      this.append(partition, programRecord(this.program, this.#versions, this.nowMs));
    }
  }

  /** As the log does it: time never falls within a partition. */
  append(partition: number, record: NewRecord): void {
    const log = this.logs[partition] ?? [];
    const timeMs = Math.max(record.timeMs, log.at(-1)?.timeMs ?? 0);
    log.push({ ...tellingAtMost(record, this.toldAtOnce), timeMs, partition, sequence: log.length + 1 });
  }

  /** Appends an event as the front would; returns its id. Throws where the front refuses it. */
  send(name: string, data: { [name: string]: string }): string {
    const id = nextId(this.#ids, ++this.nowMs);
    const idHigh = Number(id >> 32n);
    const idLow = Number(id & 0xffff_ffffn);
    const eventId = idTextOfHalves(idHigh, idLow);
    const { client } = this.program;
    const body = Buffer.from(JSON.stringify({ event_name: name, data }));
    const arriving = { client, form: "envelope", name: "", body, data, isDataWhole: true } as const;
    const { data: taken, enrichment } = admitted(this.program, arriving, this.nowMs);
    const { partition } = routeEvent({
      client,
      data: taken,
      partitions: this.partitions,
      names: this.program,
      eventId,
    });
    const payload = encodeEventPayload({ client, form: "envelope", name: "", body, enrichment });
    this.append(partition, {
      kind: recordKinds.event,
      flags: FLAG_WANTS_REPLY,
      timeMs: this.nowMs,
      idHigh,
      idLow,
      payload,
    });
    return eventId;
  }

  /** Applies until no record is left. `choose` picks the next partition among those with records. */
  settle(choose: (ready: readonly number[]) => number = (ready) => ready[0] ?? 0): void {
    for (let steps = 0; steps < 1_000_000; steps++) {
      const ready = this.contexts.flatMap((_, partition) => (this.hasNext(partition) ? [partition] : []));
      if (ready.length === 0) return;
      this.step(choose(ready));
    }
    throw new Error("the node does not come to rest");
  }

  /** All that partitions told each other so far. */
  messages(): Message[] {
    return this.logs
      .flat()
      .flatMap(({ kind, payload }) => (kind === recordKinds.message ? [decodeMessage(payload).message] : []));
  }

  hasNext(partition: number): boolean {
    return (this.#applied[partition] ?? 0) < (this.logs[partition]?.length ?? 0);
  }

  step(partition: number): void {
    const at = this.#applied[partition] ?? 0;
    const record = this.logs[partition]?.[at];
    const context = this.contexts[partition];
    if (record === undefined || context === undefined) throw new Error(`partition ${partition} has nothing to apply`);
    this.#applied[partition] = at + 1;
    applyRecord(context, record);
    for (const message of context.effects.messages.splice(0)) this.append(message.toPartition, message.record);
  }

  /** The person behind an e-mail or, with `keyType`, another key; links followed. */
  personBy(value: string, keyType = "email"): Person | null {
    const { client } = this.program;
    const partition = partitionOf(client, `${keyType}/${value}`, this.partitions);
    const owner = this.query(partition, { kind: "owner_of_key", client, keyType, value });
    return owner.kind === "owner" && owner.personId !== null ? this.personById(owner.personId) : null;
  }

  personById(personId: string): Person | null {
    const { client } = this.program;
    const state = this.contexts[originOf(personId) ?? 0]?.state;
    const person = state?.find("person", personId);
    if (state === undefined || person?.client !== client) return null;
    if (person.forwardedTo !== null) return this.personById(person.forwardedTo);
    // As a reader outside gets it: unpacked, with all its rewards.
    state.hotSteps(person);
    return withAllRewards(state, person);
  }

  stepsOf(person: Person): Step[] {
    const { client, id: personId } = person;
    const all = { filter: {}, skip: 0, limit: Number.MAX_SAFE_INTEGER };
    const newestFirst: Step[] = [];
    let beforePage: number | null = null;
    do {
      const answer = this.query(originOf(personId) ?? 0, { kind: "steps", client, personId, ...all, beforePage });
      if (answer.kind !== "steps") throw new Error(answer.kind);
      newestFirst.push(...(answer.items ?? []));
      beforePage = answer.next;
    } while (beforePage !== null);
    return newestFirst.reverse();
  }

  query(
    partition: number,
    query: Parameters<typeof runQuery>[1],
    isOverdue?: Parameters<typeof runQuery>[2],
  ): ReturnType<typeof runQuery> {
    const context = this.contexts[partition];
    if (context === undefined) throw new Error(`no partition ${partition}`);
    return runQuery(context, query, isOverdue);
  }
}

function compiled(document: ProgramDocument): Program {
  const program = compileProgram(document);
  if (!program.ok) throw new Error(JSON.stringify(program.error));
  return program.value;
}

export function newContext(partition: number, partitions: number, program: Program): EngineContext {
  const state = openPartitionState(openMemoryStore(partition), {
    cacheBytesMax: CACHE_BYTES,
    dirtyBytesMax: CACHE_BYTES,
  });
  return { partition, partitions, state, programs: { find: () => program }, effects: newEffects() };
}
