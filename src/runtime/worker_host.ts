// WorkerHost: what runs in a worker thread: applies records to its partitions in slices, reports, answers queries, checkpoints.
//
//   H1. One checkpoint at a time is under way: encoded a bit after each slice, handed out, ended when its store was written.
//   H2. Between two slices everything else gets its turn: a query waits for one slice at most, unless it asks for what precedes it. A slice is
//       bounded in records and in time; it is shorter when somebody waits for an answer that it has.
//   H3. After a failure nothing is applied and nothing is handed out.
//   H4. When changed entries pile up faster than they are written, the worker applies nothing until enough of them are.

import { assert } from "../base/assert.ts";
import { newEffects } from "../engine/mod.ts";
import { RecordReader } from "../log/mod.ts";
import type { Reply } from "../model/effect.ts";
import { openPartitionState, openPartitionStore, StateWorkspace, StoreCorrupt } from "../store/mod.ts";
import { PartitionHost } from "./partition_host.ts";
import { type KeptPrograms, openProgramLookup } from "./program_files.ts";
import { moveMark } from "./person_marks.ts";
import type { Answered, FromWorker, Question, ReplyColumns, ToWorker, WorkerOptions } from "./protocol.ts";
import { packMessages } from "./record_bytes.ts";
import { RETRY_MS } from "./settings.ts";

/** Records applied before others get their turn. */
const SLICE_RECORDS_MAX = 256;

/** How long they may take: a publish asks several times, one after the other. A report, which ends a slice, costs as much as one or two records. */
const SLICE_MS_MAX = 5;

/** The same of a slice that has replies: they leave with its report, so whoever is answered waits for all of it. */
const SLICE_MS_WITH_REPLIES_MAX = 2;

/** Records between two looks at the clock. */
const SLICE_RECORDS_UNTIMED = 8;

/** Changed entries that are encoded after a slice, at least: about as much work as some ten records. */
const CHECKPOINT_ENTRIES_PER_SLICE = 64;

/** And for each record of the slice: more than a record usually changes, so that a checkpoint gets done under any load. */
const CHECKPOINT_ENTRIES_PER_RECORD = 3;

/** Of `dirtyBytesMax`: from here on a checkpoint does not wait for its turn, early enough for it to end before the worker has to pause (H4). */
const DIRTY_SHARE_UNHURRIED = 0.75;

const noBytes = new Uint8Array(0);

/** The worker's end of the channel. */
export interface WorkerPort {
  post(message: FromWorker, transfer: readonly ArrayBuffer[]): void;
}

export class WorkerHost {
  readonly #options: WorkerOptions;
  readonly #port: WorkerPort;
  readonly #effects = newEffects();
  /** Of all partitions (H1). */
  readonly #workspace = new StateWorkspace();
  /** By partition number; undefined where another worker owns it. */
  readonly #byPartition: (PartitionHost | undefined)[] = [];
  readonly #partitions: PartitionHost[] = [];
  readonly #programs: KeptPrograms;
  /** Partitions given up whose stores are being closed. */
  readonly #closing = new Map<number, Promise<void>>();
  readonly #reader = new RecordReader();
  /** Batches received and not begun, bounded by the flow control of the main thread; and what is to be done between two of them. */
  readonly #queue: (Uint8Array | (() => void))[] = [];
  /** The batch that `#reader` stands in. */
  #batch: Uint8Array = noBytes;
  #isSliceScheduled = false;
  #state: "running" | "stopping" | "failed" = "running";
  #checkpointTimer: NodeJS.Timeout | null = null;
  #turn = 0;
  /** Whose checkpoint is under way. */
  #checkpointing: PartitionHost | null = null;
  /** All of it is encoded and handed out. */
  #isHandedOut = false;
  /** Partitions that a drained stop has still to look at. */
  #rest: PartitionHost[] = [];
  /** After a checkpoint that failed or was given up none is begun before this time: records are applied meanwhile, pause or not (H4). */
  #retryAtMs = 0;
  /** The record at hand, for the report of a failure. */
  #at: { partition: number; sequence: number } | null = null;

  constructor(options: WorkerOptions, port: WorkerPort) {
    this.#options = options;
    this.#port = port;
    this.#programs = openProgramLookup(options.dataDirectory);
  }

  /** Opens the stores and tells what is in them. A store that cannot be opened is a failure like any other: the rest gets closed. */
  open(): void {
    this.#guard(() => {
      const { workers, partitions, initialPartitions, checkpointIntervalMs } = this.#options;
      for (const partition of initialPartitions) this.#openPartition(partition);
      // One partition a turn, so that the checkpoints of a worker spread over the interval.
      const turnMs = Math.max(1, Math.floor(checkpointIntervalMs / Math.ceil(partitions / workers)));
      this.#checkpointTimer = setInterval(() => this.#guard(() => this.#takeTurn()), turnMs);
      this.#describe();
    });
  }

  #openPartition(partition: number): PartitionHost {
    const programs = this.#programs;
    const { dataDirectory, partitions, cacheBytesOfPartition, personMarks } = this.#options;
    const store = openPartitionStore({ dataDirectory, partition });
    const state = openPartitionState(store, {
      cacheBytesMax: cacheBytesOfPartition,
      dirtyBytesMax: cacheBytesOfPartition,
      workspace: this.#workspace,
      ...(personMarks === null ? {} : { onPersonChange: (personId) => moveMark(personMarks, personId) }),
    });
    const { texts } = this.#workspace;
    const context = { partition, partitions, state, programs, effects: this.#effects, texts };
    const host = new PartitionHost(context, state, store);
    host.renewEntries();
    this.#byPartition[partition] = host;
    this.#partitions.push(host);
    return host;
  }

  async #host(partition: number): Promise<void> {
    await this.#closing.get(partition);
    this.#guard(() => {
      if (this.#state !== "running") return;
      const host = this.#byPartition[partition] ?? this.#openPartition(partition);
      this.#port.post({ kind: "hosted", description: host.describe() }, []);
    });
  }

  /** A checkpoint that is being written may land or not: the store is behind the log either way. */
  #unhost(partition: number): void {
    const host = this.#byPartition[partition];
    if (host === undefined) return;
    this.#byPartition[partition] = undefined;
    this.#partitions.splice(this.#partitions.indexOf(host), 1);
    if (this.#checkpointing === host) {
      this.#workspace.batch.clear();
      this.#checkpointing = null;
      this.#isHandedOut = false;
    }
    const closing = host.close().then(
      () => void this.#closing.delete(partition),
      (error: unknown) => this.#fail(error),
    );
    this.#closing.set(partition, closing);
  }

  receive(message: ToWorker): void {
    if (this.#state === "failed" && message.kind === "stop") this.#close();
    else this.#guard(() => this.#receive(message));
  }

  #receive(message: ToWorker): void {
    switch (message.kind) {
      case "records":
        this.#queue.push(new Uint8Array(message.bytes));
        return this.#scheduleSlice();
      case "questions":
        return this.#takeQuestions(message.questions);
      case "describe":
        return this.#describe();
      case "program":
        return this.#programs.take(message.parts);
      case "host":
        // Behind what was received before it: records from before the partition was given up do not concern the store as it is opened now.
        this.#queue.push(() => void this.#host(message.partition));
        return this.#scheduleSlice();
      case "unhost":
        return this.#unhost(message.partition);
      case "checkpointed":
        return this.#checkpointed(message.partition, message.isWritten);
      case "stop":
        return this.#stop(message.isDrained);
    }
  }

  #scheduleSlice(): void {
    if (this.#isSliceScheduled || this.#state !== "running") return;
    this.#isSliceScheduled = true;
    setImmediate(() => {
      this.#isSliceScheduled = false;
      this.#guard(() => this.#runSlice());
    });
  }

  #runSlice(): void {
    if (this.#state !== "running") return;
    const records = this.#isPaused() ? SLICE_RECORDS_MAX : this.#applySlice();
    this.#encodeCheckpoint(Math.max(CHECKPOINT_ENTRIES_PER_SLICE, records * CHECKPOINT_ENTRIES_PER_RECORD));
    const isEncoding = this.#checkpointing !== null && !this.#isHandedOut;
    const isLeft = this.#reader.end < this.#batch.byteLength || this.#queue.length > 0;
    if (isEncoding || (isLeft && !this.#isPaused())) this.#scheduleSlice();
  }

  /** Returns how many records were applied. */
  #applySlice(): number {
    const startedMs = performance.now();
    let records = 0;
    let bytes = 0;
    while (!this.#isSliceOver(records, startedMs) && this.#nextRecord()) {
      const record = this.#reader.record();
      this.#at = { partition: record.partition, sequence: record.sequence };
      const host = this.#byPartition[record.partition];
      // What is still on its way for a partition that was given up changes nothing.
      host?.apply(record);
      records++;
      bytes += this.#reader.end - this.#reader.offset;
    }
    this.#at = null;
    if (records > 0) this.#report(records, bytes, performance.now() - startedMs);
    this.#checkpointFullest();
    return records;
  }

  #isSliceOver(records: number, startedMs: number): boolean {
    if (records >= SLICE_RECORDS_MAX) return true;
    if (records % SLICE_RECORDS_UNTIMED !== 0) return false;
    const hasReplies = this.#effects.replies.length > 0;
    return performance.now() - startedMs >= (hasReplies ? SLICE_MS_WITH_REPLIES_MAX : SLICE_MS_MAX);
  }

  /** H4. Without a checkpoint under way nothing would end the pause. */
  #isPaused(): boolean {
    return this.#checkpointing !== null && this.#dirtyBytes() > this.#options.dirtyBytesMax;
  }

  #nextRecord(): boolean {
    while (!this.#reader.next()) {
      const next = this.#queue.shift();
      this.#batch = next instanceof Uint8Array ? next : noBytes;
      this.#reader.reset(this.#batch);
      if (next === undefined) return false;
      if (typeof next === "function") next();
    }
    return true;
  }

  #hasRecords(): boolean {
    return this.#reader.end < this.#batch.byteLength || this.#queue.some((next) => next instanceof Uint8Array);
  }

  #report(records: number, bytes: number, busyMs: number): void {
    const effects = this.#effects;
    const messages = effects.messages.length === 0 ? null : packMessages(effects.messages);
    const due: number[] = [];
    const jobsReady: number[] = [];
    let cachedBytes = 0;
    let dirtyBytes = 0;
    for (const host of this.#partitions) {
      const dueMs = host.takeDueMs();
      if (dueMs !== null) due.push(host.partition, dueMs);
      if (host.takeReady()) jobsReady.push(host.partition);
      cachedBytes += host.cachedBytes;
      dirtyBytes += host.dirtyBytes;
    }
    const { eventsApplied, stepsWritten, rewardsEarned, eventsRefused, rulesFailed, alertsRaised } = effects;
    const counts = { eventsApplied, stepsWritten, rewardsEarned, eventsRefused, rulesFailed, alertsRaised };
    const ruleFailures = effects.ruleFailures.splice(0);
    const alerts = effects.alerts.splice(0);
    const switches = effects.switches.length === 0 ? null : effects.switches.splice(0);
    const replies = effects.replies.length === 0 ? null : columnsOf(effects.replies);
    this.#port.post(
      {
        kind: "report",
        records,
        bytes,
        replies,
        messages,
        switches,
        due,
        jobsReady,
        ...counts,
        ruleFailures,
        alerts,
        busyMs,
        cachedBytes,
        dirtyBytes,
      },
      messages === null ? [] : [messages],
    );
    effects.messages.length = 0;
    effects.replies.length = 0;
    effects.eventsApplied = 0;
    effects.stepsWritten = 0;
    effects.rewardsEarned = 0;
    effects.eventsRefused = 0;
    effects.rulesFailed = 0;
    effects.alertsRaised = 0;
  }

  #takeQuestions(questions: readonly Question[]): void {
    const answers: Answered[] = [];
    for (const question of questions) {
      if (question.isInOrder) this.#queue.push(() => this.#answer([this.#answerTo(question)]));
      else answers.push(this.#answerTo(question));
    }
    if (answers.length > 0) this.#answer(answers);
    if (answers.length < questions.length) this.#scheduleSlice();
  }

  #answerTo({ id, partition, query }: Question): Answered {
    const host = this.#byPartition[partition];
    if (host === undefined) return { kind: "failed", id, reason: `partition ${partition} is not here` };
    try {
      return { kind: "answer", id, answer: host.query(query) };
    } catch (error) {
      // A query changes nothing, so its bugs are the asker's to hear of; damage is everybody's.
      if (error instanceof StoreCorrupt) throw error;
      return { kind: "failed", id, reason: String(error) };
    }
  }

  #answer(answers: readonly Answered[]): void {
    this.#port.post({ kind: "answers", answers }, []);
  }

  #describe(): void {
    this.#port.post({ kind: "described", partitions: this.#partitions.map((host) => host.describe()) }, []);
  }

  #takeTurn(): void {
    if (this.#state !== "running" || this.#checkpointing !== null || performance.now() < this.#retryAtMs) return;
    for (let i = 0; i < this.#partitions.length; i++) {
      const host = this.#partitions[this.#turn++ % this.#partitions.length];
      if (host?.isBehind === true) return this.#beginCheckpoint(host);
    }
  }

  #dirtyBytes(): number {
    let dirtyBytes = 0;
    for (const host of this.#partitions) dirtyBytes += host.dirtyBytes;
    return dirtyBytes;
  }

  /**
   * The fullest partition does not wait for its turn when it is full, or all together are. One after the other they fill up to twice their share: the
   * more records a checkpoint covers, the more of them changed the same persons.
   */
  #checkpointFullest(): void {
    if (this.#checkpointing !== null || performance.now() < this.#retryAtMs) return;
    const [first, ...others] = this.#partitions;
    if (first === undefined) return;
    const fullest = others.reduce((most, each) => (each.dirtyBytes > most.dirtyBytes ? each : most), first);
    const isHurried = this.#dirtyBytes() > this.#options.dirtyBytesMax * DIRTY_SHARE_UNHURRIED;
    if (isHurried || fullest.wantsCheckpoint) this.#beginCheckpoint(fullest);
  }

  #beginCheckpoint(host: PartitionHost): void {
    this.#checkpointing = host;
    this.#isHandedOut = false;
    host.beginCheckpoint();
    this.#scheduleSlice();
  }

  #encodeCheckpoint(entries: number): void {
    const host = this.#checkpointing;
    if (host === null || this.#isHandedOut) return;
    const batch = host.encodeCheckpoint(entries);
    if (batch === null) return;
    this.#isHandedOut = true;
    this.#port.post({ kind: "checkpoint", partition: host.partition, batch }, [batch.bytes.buffer]);
  }

  #checkpointed(partition: number, isWritten: boolean): void {
    const host = this.#checkpointing;
    // Of a partition that was given up meanwhile.
    if (host === null || host.partition !== partition || !this.#isHandedOut) return;
    host.endCheckpoint(isWritten);
    this.#checkpointing = null;
    this.#isHandedOut = false;
    if (!isWritten) this.#retryAtMs = performance.now() + RETRY_MS;
    if (this.#state === "stopping") return this.#checkpointNext();
    this.#scheduleSlice();
  }

  #stop(isDrained: boolean): void {
    this.#state = "stopping";
    if (!isDrained) return this.#close();
    assert(!this.#hasRecords(), "drained, and yet there are records that are not applied");
    this.#rest = [...this.#partitions];
    if (this.#checkpointing === null) this.#checkpointNext();
    else this.#encodeCheckpoint(Number.POSITIVE_INFINITY);
  }

  /** Checkpoints what is behind, partition by partition, then closes. What cannot be written now is recovered from the log. */
  #checkpointNext(): void {
    let host = this.#rest.pop();
    while (host?.isBehind === false) host = this.#rest.pop();
    if (host === undefined) return this.#close();
    this.#beginCheckpoint(host);
    this.#encodeCheckpoint(Number.POSITIVE_INFINITY);
  }

  /** Leaves the thread without anything to wait for, so that it ends by itself (D3 of the store). */
  #close(): void {
    if (this.#checkpointTimer !== null) clearInterval(this.#checkpointTimer);
    Promise.all(this.#partitions.map((host) => host.close())).then(
      () => this.#port.post({ kind: "stopped" }, []),
      (error: unknown) => this.#fail(error),
    );
  }

  /** H3. What a failed worker still does is to close its stores. */
  #guard(work: () => void): void {
    if (this.#state === "failed") return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#state = "failed";
    if (this.#checkpointTimer !== null) clearInterval(this.#checkpointTimer);
    const { partition, sequence } = this.#at ?? { partition: null, sequence: null };
    const reported = error instanceof Error ? error : new Error(String(error));
    this.#port.post(
      { kind: "failed", workerIndex: this.#options.workerIndex, partition, sequence, error: reported },
      [],
    );
  }
}

function columnsOf(replies: readonly Reply[]): ReplyColumns {
  const partitions = new Uint16Array(replies.length);
  const ids = new Uint32Array(replies.length * 2);
  const personIds: (string | null)[] = [];
  const errorCodes: (string | null)[] = [];
  const values: unknown[] = [];
  replies.forEach((reply, i) => {
    partitions[i] = reply.partition;
    ids[2 * i] = reply.idHigh;
    ids[2 * i + 1] = reply.idLow;
    personIds.push(reply.personId);
    errorCodes.push(reply.errorCode);
    values.push(reply.value);
  });
  return { partitions, ids, personIds, errorCodes, values };
}
