// NodeRuntime: the runtime of one node: front, log and workers joined. Start and recovery are in start.ts, the end is in shutdown.ts.
//
//     accept -> appender -> log -> (durable) -> hand over -> worker -> report -> replies, outbox -> log

import type { Query, QueryAnswer } from "../engine/mod.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import type { Result } from "../base/result.ts";
import { Appender, busy } from "./flow/appender.ts";
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
import { Configurations, gated } from "./configuration/configurations.ts";
import type { ClusterLink } from "./cluster/link.ts";
import { ClusterSide } from "./cluster/side.ts";
import { Snapshots } from "./cluster/snapshots.ts";
import { Explanations, type WantedExplanation } from "./explanations.ts";
import { Checkpointing } from "./checkpoints/checkpointing.ts";
import { FlowControl } from "./flow/flow_control.ts";
import { type Ask, JobDesk } from "./job_desk.ts";
import { Front } from "./fronts/front.ts";
import { FrontIds } from "../base/front_ids.ts";
import type { FrontDesks } from "./fronts/front_desks.ts";
import { openDesks } from "./fronts/open_desks.ts";
import { HandOver } from "./flow/hand_over.ts";
import { LogWatch } from "./flow/log_watch.ts";
import { MetricsTally, type RuntimeMetrics } from "./metrics.ts";
import { Outbox } from "./flow/outbox.ts";
import { Programs } from "./configuration/programs.ts";
import { Publisher } from "./configuration/publisher.ts";
import type { PartitionDescription } from "./protocol.ts";
import { ProfileCache } from "./fronts/profile_cache.ts";
import { Questions } from "./fronts/questions.ts";
import { Readiness } from "./readiness.ts";
import type { Runtime } from "./runtime.ts";
import type { RuntimeParts } from "./runtime_parts.ts";
import { PACE_MS_MAX } from "./settings.ts";
import { Shutdown } from "./shutdown.ts";
import { Ticks } from "./flow/ticks.ts";
import { WorkerPool } from "./worker/worker_pool.ts";
import { WorkerReports } from "./worker/worker_reports.ts";

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
  readonly #handOver: HandOver;
  readonly cluster: ClusterSide | null;
  readonly jobs: JobDesk;
  readonly #explanations: Explanations;
  readonly #questions: Questions;
  readonly #checkpointing: Checkpointing;
  readonly #reports: WorkerReports;
  readonly #shutdown: Shutdown;

  constructor(parts: RuntimeParts) {
    const { log, partitions, settings, personMarks, crowds } = parts;
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
    const onFinal = (error: Error): void => this.#shutdown.fail({ kind: "log", error });
    const logWatch = new LogWatch({ readiness, logger: parts.logger, onFinal });
    const appender = new Appender({
      log,
      flow,
      workers,
      isShared: parts.link !== null,
      onProblem: (isFinal, reason) => logWatch.onProblem(appender, isFinal, reason),
    });
    this.#handOver = new HandOver({
      workers,
      flow,
      hand: (worker, records, departure) => this.pool.hand(worker, records, departure),
    });
    this.outbox = new Outbox(appender);
    this.ticks = new Ticks(appender, flow, partitions);
    this.front = new Front({
      sink: appender,
      flow,
      readiness,
      partitions,
      workers,
      replyTimeoutMs: settings.replyTimeoutMs,
      ids: new FrontIds(parts.link?.frontNumber ?? 0, { index: 0, of: parts.fronts + 1 }),
      crowds,
    });
    this.fronts = openDesks(this, parts, appender, onFinal);
    this.#questions = new Questions({
      workers,
      timeoutMs: settings.replyTimeoutMs,
      post: (worker, questions) => this.pool.post(worker, { kind: "questions", questions }),
      profiles: personMarks === null ? null : new ProfileCache(personMarks, settings.profilesCachedMax),
    });
    this.tally = new MetricsTally(workers);
    for (const listener of [this.outbox, this.ticks, this.fronts, logWatch]) appender.listen(listener);
    logWatch.start(appender);
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
    this.#reports = this.#reportsOf();
    this.#shutdown = this.#shutdownOf(logWatch);
  }

  #poolOf(): WorkerPool {
    const { threads, workers, settings } = this.#parts;
    return new WorkerPool({
      threads,
      workers,
      silenceMs: settings.threadSilenceMs,
      onMessage: (worker, message) => this.#reports.take(worker, message),
      onFailure: (failure) => this.#shutdown.fail({ kind: "worker", ...failure }),
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
      onFailure: (error) => this.#shutdown.fail({ kind: "store", error }),
    });
  }

  #joined(link: ClusterLink, snapshots: Snapshots): ClusterSide {
    const { log, dataDirectory, partitions, workers, settings, logger, crowds } = this.#parts;
    return new ClusterSide({
      link,
      log,
      isLogAway: () => this.readiness.hasLogProblem,
      flow: this.flow,
      outbox: this.outbox,
      fronts: this.fronts,
      ticks: this.ticks,
      jobs: this.jobs,
      crowds,
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
      onFailure: (error) => this.#shutdown.fail({ kind: "log", error }),
    });
  }

  #reportsOf(): WorkerReports {
    return new WorkerReports({
      tally: this.tally,
      logger: this.#parts.logger,
      flow: this.flow,
      outbox: this.outbox,
      fronts: this.fronts,
      ticks: this.ticks,
      jobs: this.jobs,
      programs: this.programs,
      questions: this.#questions,
      checkpointing: this.#checkpointing,
      cluster: this.cluster,
      onFailure: (error) => this.#shutdown.fail({ kind: "log", error }),
    });
  }

  #shutdownOf(logWatch: LogWatch): Shutdown {
    const { settings, logger, onFailure } = this.#parts;
    return new Shutdown({
      readiness: this.readiness,
      flow: this.flow,
      outbox: this.outbox,
      ticks: this.ticks,
      replies: this.front.replies,
      questions: this.#questions,
      logWatch,
      fronts: this.fronts,
      pool: this.pool,
      checkpointing: this.#checkpointing,
      cluster: this.cluster,
      stopTimeoutMs: settings.stopTimeoutMs,
      logger,
      onFailure,
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

  payloadOf(event: IncomingEvent): Uint8Array {
    return this.front.payloadOf(event);
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
    return this.#shutdown.abandon();
  }

  leave(): Promise<void> {
    return this.#shutdown.leave();
  }

  stop(): Promise<void> {
    return this.#shutdown.stop();
  }

  /** The workers have opened their stores and told what is in them. */
  opened(partitions: readonly PartitionDescription[]): void {
    this.#checkpointing.opened(partitions);
  }

  /** Throws what made the runtime fail, if anything did. */
  checkAlive(): void {
    this.#shutdown.checkAlive();
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
}
