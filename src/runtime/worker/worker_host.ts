// WorkerHost: what runs in a worker thread: applies records to its partitions in slices, reports, answers queries, and looks after checkpoints
// (`worker_checkpoints.ts`) after each slice.
//
//   H1. Between two slices everything else gets its turn: a query waits for one slice at most, unless it asks for what precedes it. A slice is
//       bounded in records and in time; it is shorter when somebody waits for an answer that it has.
//   H2. After a failure nothing is applied and nothing is handed out.
//   H3. Questions that come together, such as those of a long list to many partitions, are answered for a few milliseconds at a time, in the order in
//       which they came, and records are applied in between. What was asked before a partition is given up, or all are, is answered first.

import { assert } from "../../base/assert.ts";
import { asError } from "../../base/caught.ts";
import { newEffects } from "../../engine/mod.ts";
import { RecordReader } from "../../log/mod.ts";
import {
  type CheckpointEnd,
  openPartitionState,
  openPartitionStore,
  StateWorkspace,
  StoreCorrupt,
} from "../../store/mod.ts";
import { PartitionHost } from "./partition_host.ts";
import { type KeptPrograms, openProgramLookup } from "../configuration/program_files.ts";
import { markCrowd } from "../fronts/crowd_marks.ts";
import { moveMark } from "../fronts/person_marks.ts";
import type { Answered, FromWorker, Question, ToWorker, WorkerOptions } from "../protocol.ts";
import { takeReport } from "./slice_report.ts";
import { WorkerCheckpoints } from "./worker_checkpoints.ts";

/** Records applied before others get their turn. */
const SLICE_RECORDS_MAX = 256;

/** How long they may take: a publish asks several times, one after the other. A report, which ends a slice, costs as much as one or two records. */
const SLICE_MS_MAX = 5;

/** The same of a slice that has replies: they leave with its report, so whoever is answered waits for all of it. */
const SLICE_MS_WITH_REPLIES_MAX = 2;

/** How long questions may be answered before records get their turn again. */
const ANSWERING_MS_MAX = 2;

/** Records between two looks at the clock. */
const SLICE_RECORDS_UNTIMED = 8;

const noBytes = new Uint8Array(0);

/** The worker's end of the channel. */
export interface WorkerPort {
  post(message: FromWorker, transfer: readonly ArrayBuffer[]): void;
}

export class WorkerHost {
  readonly #options: WorkerOptions;
  readonly #port: WorkerPort;
  readonly #effects = newEffects();
  /** Of all partitions: they are checkpointed one at a time. */
  readonly #workspace = new StateWorkspace();
  /** By partition number; undefined where another worker owns it. */
  readonly #byPartition: (PartitionHost | undefined)[] = [];
  readonly #partitions: PartitionHost[] = [];
  readonly #programs: KeptPrograms;
  readonly #checkpoints: WorkerCheckpoints;
  /** Partitions given up whose stores are being closed. */
  readonly #closing = new Map<number, Promise<void>>();
  readonly #reader = new RecordReader();
  /** Batches received and not begun, bounded by the flow control of the main thread; and what is to be done between two of them. */
  readonly #queue: (Uint8Array | (() => void))[] = [];
  /** Asked and not answered yet (H3). */
  readonly #questions: Question[] = [];
  #isAnsweringScheduled = false;
  /** The batch that `#reader` stands in. */
  #batch: Uint8Array = noBytes;
  #isSliceScheduled = false;
  #state: "running" | "stopping" | "failed" = "running";
  #isClosing = false;
  #checkpointTimer: NodeJS.Timeout | null = null;
  /** The record at hand, for the report of a failure. */
  #at: { partition: number; sequence: number } | null = null;

  constructor(options: WorkerOptions, port: WorkerPort) {
    this.#options = options;
    this.#port = port;
    this.#programs = openProgramLookup(options.dataDirectory);
    this.#checkpoints = new WorkerCheckpoints({
      partitions: this.#partitions,
      workspace: this.#workspace,
      dirtyBytesMax: options.dirtyBytesMax,
      handOut: (partition, batch) => port.post({ kind: "checkpoint", partition, batch }, [batch.bytes.buffer]),
    });
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

  #unhost(partition: number): void {
    const host = this.#byPartition[partition];
    if (host === undefined) return;
    this.#answerSome(Number.POSITIVE_INFINITY);
    this.#byPartition[partition] = undefined;
    this.#partitions.splice(this.#partitions.indexOf(host), 1);
    this.#checkpoints.giveUp(host);
    // Its checkpoint, which nobody will say has ended, may be what the others' records, and partitions to be opened, wait for (K2).
    this.#scheduleSlice();
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
        return this.#checkpointed(message.partition, message.end);
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
    const checkpoints = this.#checkpoints;
    checkpoints.encodeAfter(checkpoints.isPaused() ? SLICE_RECORDS_MAX : this.#applySlice());
    const isLeft = this.#reader.end < this.#batch.byteLength || this.#queue.length > 0;
    if (checkpoints.isEncoding || (isLeft && !checkpoints.isPaused())) this.#scheduleSlice();
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
    if (this.#checkpoints.beginFullest()) this.#scheduleSlice();
    return records;
  }

  #isSliceOver(records: number, startedMs: number): boolean {
    if (records >= SLICE_RECORDS_MAX) return true;
    if (records % SLICE_RECORDS_UNTIMED !== 0) return false;
    const hasReplies = this.#effects.replies.length > 0;
    return performance.now() - startedMs >= (hasReplies ? SLICE_MS_WITH_REPLIES_MAX : SLICE_MS_MAX);
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
    const { crowds } = this.#options;
    // Before others are told that these records are applied, so that fronts hold back what would come next.
    if (crowds !== null) for (const crowd of this.#effects.crowds.splice(0)) markCrowd(crowds, crowd, Date.now());
    const report = takeReport(this.#effects, this.#partitions, { records, bytes, busyMs });
    this.#port.post(report, report.messages === null ? [] : [report.messages]);
  }

  #takeQuestions(questions: readonly Question[]): void {
    for (const question of questions) {
      if (!question.isInOrder) this.#questions.push(question);
      else this.#queue.push(() => this.#answer([this.#answerTo(question)]));
    }
    if (!this.#isAnsweringScheduled) this.#answerSome(ANSWERING_MS_MAX);
    if (questions.some(({ isInOrder }) => isInOrder)) this.#scheduleSlice();
  }

  /** H3. */
  #answerSome(msMax: number): void {
    const startedMs = performance.now();
    const answers: Answered[] = [];
    do {
      const question = this.#questions.shift();
      if (question === undefined) break;
      answers.push(this.#answerTo(question));
    } while (performance.now() - startedMs < msMax);
    if (answers.length > 0) this.#answer(answers);
    if (this.#questions.length === 0) return;
    this.#isAnsweringScheduled = true;
    setImmediate(() => {
      this.#isAnsweringScheduled = false;
      this.#guard(() => this.#answerSome(ANSWERING_MS_MAX));
    });
  }

  #answerTo({ id, partition, query }: Question): Answered {
    const host = this.#byPartition[partition];
    if (host === undefined) return { kind: "absent", id };
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
    if (this.#state === "running" && this.#checkpoints.beginNext()) this.#scheduleSlice();
  }

  /** One that ends when stores are closed already, at a stop that waits for none, is of no use to anybody: the log has what it was of. */
  #checkpointed(partition: number, end: CheckpointEnd): void {
    if (this.#isClosing) return;
    if (!this.#checkpoints.end(partition, end)) return;
    if (this.#state !== "stopping") this.#scheduleSlice();
    else if (this.#checkpoints.finishNext()) this.#close();
  }

  #stop(isDrained: boolean): void {
    this.#answerSome(Number.POSITIVE_INFINITY);
    this.#state = "stopping";
    if (!isDrained) return this.#close();
    assert(!this.#hasRecords(), "drained, and yet there are records that are not applied");
    if (this.#checkpoints.finish()) this.#close();
  }

  /** Leaves the thread without anything to wait for, so that it ends by itself (D3 of the store). */
  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#checkpointTimer !== null) clearInterval(this.#checkpointTimer);
    Promise.all(this.#partitions.map((host) => host.close())).then(
      () => this.#port.post({ kind: "stopped" }, []),
      (error: unknown) => this.#fail(error),
    );
  }

  /** H2. What a failed worker still does is to close its stores. */
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
    const reported = asError(error);
    this.#port.post(
      { kind: "failed", workerIndex: this.#options.workerIndex, partition, sequence, error: reported },
      [],
    );
  }
}
