// NodeRuntime: the runtime of one node: front, log and workers joined. Start and recovery are in start.ts.
//
//     accept -> appender -> log -> (durable) -> hand over -> worker -> report -> replies, outbox -> log
//
//   R4. Everything ends loudly: after a failure nothing is taken in, whoever waits is told, and the owner is told once.

import type { Query, QueryAnswer } from "../engine/mod.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import type { Result } from "../base/result.ts";
import { Appender, busy } from "./appender.ts";
import type {
  Accepted,
  Applied,
  ConfigurationChanged,
  ConfigurationClient,
  ConfigurationRefusal,
  Explained,
  IncomingEvent,
  RuntimeCommand,
  RuntimeStatus,
} from "./client.ts";
import { Configurations, gated } from "./configurations.ts";
import type { ClusterLink } from "./cluster/link.ts";
import { ClusterSide } from "./cluster/side.ts";
import { Snapshots } from "./cluster/snapshots.ts";
import { withDeadline } from "./deadline.ts";
import { drained } from "./drain.ts";
import { Explanations, type WantedExplanation } from "./explanations.ts";
import { Checkpointing } from "./checkpointing.ts";
import { FlowControl } from "./flow_control.ts";
import { type Ask, JobDesk } from "./job_desk.ts";
import { Front } from "./front.ts";
import { FrontIds } from "../base/front_ids.ts";
import type { FrontDesks } from "./fronts/front_desks.ts";
import { openDesks } from "./fronts/open_desks.ts";
import { HandOver } from "./hand_over.ts";
import { LogWatch } from "./log_watch.ts";
import { MetricsTally, type RuntimeMetrics } from "./metrics.ts";
import { Outbox } from "./outbox.ts";
import { Programs } from "./programs.ts";
import { Publisher } from "./publisher.ts";
import type { FromWorker, PartitionDescription, ReplyColumns, SliceReport } from "./protocol.ts";
import { ProfileCache } from "./profile_cache.ts";
import { Questions } from "./questions.ts";
import { Readiness } from "./readiness.ts";
import { type Runtime, type RuntimeFailure, tellLog } from "./runtime.ts";
import type { RuntimeParts } from "./runtime_parts.ts";
import { CLOSE_MS, PACE_MS_MAX } from "./settings.ts";
import { Ticks } from "./ticks.ts";
import { WorkerPool } from "./worker_pool.ts";

export class NodeRuntime implements Runtime {
  readonly partitions: number;
  readonly readiness = new Readiness();
  readonly flow: FlowControl;
  readonly outbox: Outbox;
  readonly pool: WorkerPool;
  /** Of the main thread. */
  readonly front: Front;
  /** Those of other threads. */
  readonly fronts: FrontDesks;
  readonly ticks: Ticks;
  readonly programs: Programs;
  /** For the API: closed while the runtime is not open; `configurations` has no such gate: a start imports before it opens. */
  readonly configuration: ConfigurationClient;
  readonly configurations: Configurations;
  readonly tally: MetricsTally;
  readonly #parts: RuntimeParts;
  readonly #logWatch: LogWatch;
  readonly #handOver: HandOver;
  readonly cluster: ClusterSide | null;
  readonly jobs: JobDesk;
  readonly #explanations: Explanations;
  readonly #questions: Questions;
  readonly #checkpointing: Checkpointing;
  /** Where effects go on a node alone. */
  readonly #alone = {
    sendMessages: (bytes: Uint8Array): void => this.outbox.send(bytes),
    answer: (replies: ReplyColumns): void => this.fronts.answer(replies),
    setDue: (partition: number, dueMs: number): void => this.ticks.set(partition, dueMs),
    jobsReady: (partition: number): void => this.jobs.hint(partition),
  };
  #failure: RuntimeFailure | null = null;
  #stopping: Promise<void> | null = null;
  /** Nobody waits for draining any more: what it waits for is released, and would be at once for ever. */
  #isDrainOver = false;

  constructor(parts: RuntimeParts) {
    const { log, partitions, settings, personMarks } = parts;
    const workers = parts.workers.length;
    this.#parts = parts;
    this.partitions = partitions;
    this.flow = new FlowControl(workers, {
      recordsMax: settings.inFlightRecordsMax,
      bytesMax: settings.inFlightBytesMax,
      paceMs: settings.paceMs,
      paceMsMax: PACE_MS_MAX,
    });
    const { flow, readiness } = this;
    const onFinal = (error: Error): void => this.#fail({ kind: "log", error });
    this.#logWatch = new LogWatch({ readiness, logger: parts.logger, onFinal });
    const appender = new Appender({
      log,
      flow,
      workers,
      isShared: parts.link !== null,
      onProblem: (isFinal, reason) => this.#logWatch.onProblem(appender, isFinal, reason),
    });
    this.#handOver = new HandOver({
      workers,
      flow,
      hand: (worker, records, departure) => this.pool.hand(worker, records, departure),
    });
    this.outbox = new Outbox(appender);
    this.ticks = new Ticks(appender, partitions);
    this.front = new Front({
      sink: appender,
      flow,
      readiness,
      partitions,
      workers,
      replyTimeoutMs: settings.replyTimeoutMs,
      ids: new FrontIds(parts.link?.frontNumber ?? 0, { index: 0, of: parts.fronts + 1 }),
    });
    this.fronts = openDesks(this, parts, appender, onFinal);
    this.#questions = new Questions({
      workers,
      timeoutMs: settings.replyTimeoutMs,
      post: (worker, questions) => this.pool.post(worker, { kind: "questions", questions }),
      profiles: personMarks === null ? null : new ProfileCache(personMarks, settings.profilesCachedMax),
    });
    this.tally = new MetricsTally(workers);
    for (const listener of [this.outbox, this.ticks, this.fronts, this.#logWatch]) appender.listen(listener);
    log.onCommit((records) => (this.cluster ?? this.#handOver).commit(records));
    this.pool = this.#poolOf();
    const ask: Ask = (at, query) => this.#askOwner(at, query);
    this.jobs = this.#deskOf();
    this.programs = this.#programsOf(ask);
    this.#explanations = new Explanations({ log, partitions, ask });
    this.configurations = this.#configurationsOf(ask);
    this.configuration = gated(this.configurations, () => readiness.check());
    const snapshots = parts.link === null ? null : this.#snapshotsOf(parts.link);
    this.#checkpointing = this.#checkpointingWith(snapshots);
    this.cluster = parts.link === null || snapshots === null ? null : this.#joined(parts.link, snapshots);
  }

  #poolOf(): WorkerPool {
    const { threads, workers, settings } = this.#parts;
    return new WorkerPool({
      threads,
      workers,
      silenceMs: settings.threadSilenceMs,
      onMessage: (worker, message) => this.#receive(worker, message),
      onFailure: (failure) => this.#fail({ kind: "worker", ...failure }),
    });
  }

  #deskOf(): JobDesk {
    const isServed = (partition: number): boolean => this.cluster === null || this.cluster.isServed(partition);
    return new JobDesk(this.partitions, this.front, isServed, (at, query) => this.#askWorker(at, query));
  }

  #programsOf(ask: Ask): Programs {
    const { dataDirectory, partitions } = this.#parts;
    return new Programs({
      fronts: this.fronts,
      dataDirectory,
      partitions,
      ask,
      onProgram: (parts) => {
        for (let worker = 0; worker < this.#parts.workers.length; worker++)
          this.pool.post(worker, { kind: "program", parts });
      },
      sync: () => this.cluster?.programs ?? null,
    });
  }

  #configurationsOf(ask: Ask): Configurations {
    const { partitions, settings } = this.#parts;
    return new Configurations({
      partitions,
      publisher: new Publisher({ programs: this.programs, partitions, timeoutMs: settings.replyTimeoutMs }),
      newId: () => this.front.ids.next(Date.now()),
      ask,
      command: (command) => this.front.send(command),
    });
  }

  #snapshotsOf(link: ClusterLink): Snapshots {
    const { log, partitions, settings, logger } = this.#parts;
    return new Snapshots({
      link,
      log,
      partitions,
      intervalMs: settings.snapshotIntervalMs,
      isRetiring: settings.logRetention === "checkpoint",
      logger,
      onPut: (isStored) => this.tally.snapshotPut(isStored),
    });
  }

  #checkpointingWith(snapshots: Snapshots | null): Checkpointing {
    const { log, dataDirectory, partitions, settings, logger, storeWriterEntry, workers, link } = this.#parts;
    return new Checkpointing({
      log,
      partitions,
      isRetiring: link === null && settings.logRetention === "checkpoint",
      dataDirectory,
      storeWriterEntry,
      readiness: this.readiness,
      tally: this.tally,
      logger,
      snapshots,
      post: (partition, message) => this.pool.post(partition % workers.length, message),
      settle: (partition, write, refuse) => {
        if (this.cluster === null) this.outbox.settle(write);
        else this.cluster.settle(partition, write, refuse);
      },
      onFailure: (error) => this.#fail({ kind: "store", error }),
    });
  }

  #joined(link: ClusterLink, snapshots: Snapshots): ClusterSide {
    const { log, dataDirectory, partitions, workers, settings, logger } = this.#parts;
    return new ClusterSide({
      link,
      log,
      flow: this.flow,
      outbox: this.outbox,
      fronts: this.fronts,
      ticks: this.ticks,
      jobs: this.jobs,
      dataDirectory,
      partitions,
      workers: workers.length,
      heldBytesMax: settings.inFlightBytesMax,
      questionTimeoutMs: settings.replyTimeoutMs,
      logger,
      host: (partition) => this.#checkpointing.open(partition),
      unhost: (partition) => this.#checkpointing.close(partition),
      restore: (partition, bytes) => this.#checkpointing.restore(partition, bytes),
      snapshots,
      hand: (worker, records, isAwaited) => this.#handOver.follow(worker, records, isAwaited),
      askHere: (partition, query, isInOrder) => this.#askWorker(partition, query, isInOrder),
      onFailure: (error) => this.#fail({ kind: "log", error }),
    });
  }

  get wantedHeaders(): ReadonlySet<string> {
    return this.front.wantedHeaders;
  }

  accept(event: IncomingEvent): Accepted {
    return this.front.accept(event);
  }

  acceptAndApply(event: IncomingEvent): Promise<Applied> {
    return this.front.acceptAndApply(event);
  }

  command(command: RuntimeCommand): Promise<Applied> {
    return this.front.command(command);
  }

  query(partition: number, query: Query): Promise<QueryAnswer> {
    try {
      this.readiness.checkQueries();
      if (this.#questions.isFull) throw busy;
      if (!(partition >= 0 && partition < this.partitions)) throw new RangeError(`no such partition: ${partition}`);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#askOwner(partition, query);
  }

  #askOwner(partition: number, query: Query): Promise<QueryAnswer> {
    return this.cluster === null ? this.#askWorker(partition, query) : this.cluster.query(partition, query);
  }

  #askWorker(partition: number, query: Query, isInOrder = false): Promise<QueryAnswer> {
    return this.#questions.ask(partition, query, isInOrder);
  }

  queryAll(query: Query): Promise<QueryAnswer[]> {
    return Promise.all(Array.from({ length: this.partitions }, (_, partition) => this.query(partition, query)));
  }

  async explain(wanted: WantedExplanation): Promise<Explained> {
    this.readiness.checkQueries();
    return this.#explanations.explain(wanted);
  }

  isDeep(): boolean {
    return this.readiness.isOpen && this.flow.isAnyDeep();
  }

  whenShallow(): Promise<void> {
    return this.flow.whenShallow();
  }

  status(): RuntimeStatus {
    const { link } = this.#parts;
    if (link !== null && this.readiness.phase === "ready" && !link.isConnected()) {
      return { isReady: false, reason: "this node is cut off from its cluster" };
    }
    return this.readiness.status();
  }

  replaceProgram(document: ProgramDocument): Promise<Result<ConfigurationChanged<null>, ConfigurationRefusal>> {
    this.readiness.check();
    return this.configurations.replaceProgram(document);
  }

  metrics(): RuntimeMetrics {
    return this.tally.read({
      acceptedRecords: this.front.accepted + this.fronts.accepted,
      inFlightRecords: this.flow.records(),
      inFlightBytes: this.flow.bytes(),
      repliesPending: this.front.replies.size,
      queriesPending: this.#questions.size,
      checkpointLagRecords: this.#checkpointing.lag(),
    });
  }

  abandon(): Promise<void> {
    this.readiness.failed("the process ends");
    return this.#stopThreads(false);
  }

  stop(): Promise<void> {
    this.#checkpointing.stopRetiring();
    return (this.#stopping ??= this.#stop());
  }

  /** The workers have opened their stores and told what is in them. */
  opened(partitions: readonly PartitionDescription[]): void {
    this.#checkpointing.opened(partitions);
  }

  /** Throws what made the runtime fail, if anything did. */
  checkAlive(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Hands a batch of the log's tail to the workers. */
  feed(batch: Uint8Array): void {
    this.#handOver.feed(batch);
  }

  /** The tail has been handed out: what was committed meanwhile follows. */
  goLive(): void {
    this.outbox.filter(null);
    this.#handOver.goLive();
  }

  #receive(worker: number, message: FromWorker): void {
    try {
      this.#take(worker, message);
    } catch (error) {
      // Only the log can refuse here what it will never take, such as a message that no segment holds.
      this.#fail({ kind: "log", error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  #take(worker: number, message: FromWorker): void {
    switch (message.kind) {
      case "report":
        return this.#report(worker, message);
      case "answers":
        return this.#questions.take(message.answers);
      case "checkpoint":
        return this.#checkpointing.handedOut(message);
      case "hosted":
        return this.#checkpointing.hosted(message.description);
      case "described":
      case "failed":
      case "pong":
      case "stopped":
        return;
    }
  }

  /** Messages are counted as in flight before the records that sent them no longer are: empty means finished. */
  #report(worker: number, report: SliceReport): void {
    this.tally.report(worker, report);
    tellLog(this.#parts.logger, report);
    const effects = this.cluster ?? this.#alone;
    if (report.messages !== null) effects.sendMessages(new Uint8Array(report.messages));
    if (report.replies !== null) effects.answer(report.replies);
    if (report.switches !== null && this.cluster === null) this.programs.switched(report.switches);
    for (let i = 0; i < report.due.length; i += 2) effects.setDue(report.due[i] ?? 0, report.due[i + 1] ?? -1);
    for (const partition of report.jobsReady) effects.jobsReady(partition);
    this.flow.applied(worker, report.records, report.bytes, report.busyMs);
  }

  /** R4. */
  #fail(failure: RuntimeFailure): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.readiness.failed(`the ${failure.kind} failed: ${failure.error.message}`);
    this.ticks.stop();
    this.outbox.stop();
    this.front.replies.expireAll();
    this.#questions.expireAll();
    this.flow.release();
    this.#parts.onFailure(failure);
  }

  async #stop(): Promise<void> {
    const { stopTimeoutMs } = this.#parts.settings;
    const deadlineMs = performance.now() + stopTimeoutMs;
    const wasReady = this.readiness.phase === "ready";
    this.readiness.stopping();
    this.ticks.stop();
    // A start that was given up has nothing of its own to finish; what it applied is applied again next time.
    await this.cluster?.stop();
    const isWanted = (): boolean => this.#failure === null && !this.#isDrainOver;
    const isDrained = wasReady && (await withDeadline(drained(this.flow, this.outbox, isWanted), deadlineMs, false));
    this.#isDrainOver = true;
    this.outbox.stop();
    this.front.replies.stop();
    this.#questions.stop();
    this.flow.release();
    this.#logWatch.stop();
    this.fronts.stop();
    if (wasReady && !isDrained) {
      const levels = { recordsInFlight: this.flow.records(), isOutboxEmpty: this.outbox.isEmpty() };
      this.#parts.logger.warn(levels, "stopped_before_drained");
    }
    const isEnded = await withDeadline(
      this.#stopThreads(isDrained).then(() => true),
      Math.max(deadlineMs, performance.now() + CLOSE_MS),
      false,
    );
    if (!isEnded) throw new Error(`workers did not end within ${stopTimeoutMs} ms`);
  }

  /** The workers hand out their last checkpoints, so the writer ends after them. */
  async #stopThreads(isDrained: boolean): Promise<void> {
    await this.pool.stop(isDrained);
    await this.#checkpointing.stop();
  }
}
