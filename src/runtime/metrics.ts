// Metrics of the runtime: sums since start and levels now. Read when somebody asks, added up once a report.

import type { ThreadMeasures } from "./worker/thread_gauge.ts";
import type { CheckpointReport, SliceReport } from "./protocol.ts";

export interface RuntimeMetrics extends RuntimeLevels {
  readonly appliedRecords: number;
  readonly eventsApplied: number;
  readonly stepsWritten: number;
  readonly rewardsEarned: number;
  readonly eventsRefused: number;
  readonly rulesFailed: number;
  readonly alertsRaised: number;
  readonly checkpoints: number;
  readonly checkpointsFailed: number;
  readonly checkpointEntries: number;
  readonly checkpointBytes: number;
  /** Sum over all checkpoints. */
  readonly checkpointMs: number;
  readonly snapshots: number;
  readonly snapshotsFailed: number;
  /** Records applied again at start, and how long that took. */
  readonly recoveredRecords: number;
  readonly recoveryMs: number;
  readonly workers: readonly WorkerMetrics[];
}

/** What the runtime knows at the moment of asking. */
export interface RuntimeLevels {
  /** Events and commands appended since start. */
  readonly acceptedRecords: number;
  readonly inFlightRecords: number;
  readonly inFlightBytes: number;
  readonly repliesPending: number;
  readonly queriesPending: number;
  /** Records in the log that a start would have to apply again. */
  readonly checkpointLagRecords: number;
}

export interface WorkerMetrics {
  readonly appliedRecords: number;
  /** Time spent applying, since start. */
  readonly busyMs: number;
  readonly cachedBytes: number;
  readonly dirtyBytes: number;
  /** Seconds old at most; null before its first word. */
  readonly thread: ThreadMeasures | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Sums = Omit<RuntimeMetrics, keyof RuntimeLevels | "workers">;

export class MetricsTally {
  readonly #sums: Mutable<Sums> = {
    appliedRecords: 0,
    eventsApplied: 0,
    stepsWritten: 0,
    rewardsEarned: 0,
    eventsRefused: 0,
    rulesFailed: 0,
    alertsRaised: 0,
    checkpoints: 0,
    checkpointsFailed: 0,
    checkpointEntries: 0,
    checkpointBytes: 0,
    checkpointMs: 0,
    snapshots: 0,
    snapshotsFailed: 0,
    recoveredRecords: 0,
    recoveryMs: 0,
  };
  readonly #workers: Mutable<WorkerMetrics>[];

  constructor(workers: number) {
    this.#workers = Array.from({ length: workers }, () => ({
      appliedRecords: 0,
      busyMs: 0,
      cachedBytes: 0,
      dirtyBytes: 0,
      thread: null,
    }));
  }

  report(worker: number, report: SliceReport): void {
    const sums = this.#sums;
    sums.appliedRecords += report.records;
    sums.eventsApplied += report.eventsApplied;
    sums.stepsWritten += report.stepsWritten;
    sums.rewardsEarned += report.rewardsEarned;
    sums.eventsRefused += report.eventsRefused;
    sums.rulesFailed += report.rulesFailed;
    sums.alertsRaised += report.alertsRaised;
    const own = this.#workers[worker];
    if (own === undefined) return;
    own.appliedRecords += report.records;
    own.busyMs += report.busyMs;
    own.cachedBytes = report.cachedBytes;
    own.dirtyBytes = report.dirtyBytes;
  }

  measured(worker: number, measures: ThreadMeasures): void {
    const own = this.#workers[worker];
    if (own !== undefined) own.thread = measures;
  }

  checkpointed(report: CheckpointReport): void {
    const sums = this.#sums;
    sums.checkpoints++;
    sums.checkpointEntries += report.entries;
    sums.checkpointBytes += report.bytes;
    sums.checkpointMs += report.tookMs;
  }

  checkpointFailed(): void {
    this.#sums.checkpointsFailed++;
  }

  snapshotPut(isStored: boolean): void {
    if (isStored) this.#sums.snapshots++;
    else this.#sums.snapshotsFailed++;
  }

  recovered(records: number, tookMs: number): void {
    this.#sums.recoveredRecords = records;
    this.#sums.recoveryMs = tookMs;
  }

  read(levels: RuntimeLevels): RuntimeMetrics {
    return { ...levels, ...this.#sums, workers: this.#workers.map((own) => ({ ...own })) };
  }
}
