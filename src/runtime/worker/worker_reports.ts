// WorkerReports: takes what the workers say: effects of their records go on their way, answers and checkpoints to whoever waits for them.
//
//   I1. Messages are counted as in flight before the records that sent them no longer are: a flow that is empty is one that has finished.
//   I2. On a node alone effects go where they belong at once; in a cluster its side decides, since only an owner's have effect.

import { asError } from "../../base/caught.ts";
import type { Checkpointing } from "../checkpoints/checkpointing.ts";
import type { ClusterSide } from "../cluster/side.ts";
import type { FlowControl } from "../flow/flow_control.ts";
import type { JobDesk } from "../job_desk.ts";
import type { MetricsTally } from "../metrics.ts";
import type { Outbox } from "../flow/outbox.ts";
import type { Programs } from "../configuration/programs.ts";
import type { FromWorker, ReplyColumns, SliceReport } from "../protocol.ts";
import type { Questions } from "../fronts/questions.ts";
import { type RuntimeLogger, tellLog } from "../runtime.ts";
import type { Ticks } from "../flow/ticks.ts";

export interface WorkerReportsParts {
  readonly tally: MetricsTally;
  readonly logger: RuntimeLogger;
  readonly flow: FlowControl;
  readonly outbox: Outbox;
  /** All of this node. */
  readonly fronts: { answer(replies: ReplyColumns): void };
  readonly ticks: Ticks;
  readonly jobs: JobDesk;
  readonly programs: Programs;
  readonly questions: Questions;
  readonly checkpointing: Checkpointing;
  /** Null for a node alone. */
  readonly cluster: ClusterSide | null;
  readonly onFailure: (error: Error) => void;
}

type EffectSink = Pick<ClusterSide, "sendMessages" | "answer" | "setDue" | "jobsReady" | "crowded">;

export class WorkerReports {
  readonly #parts: WorkerReportsParts;
  /** I2. */
  readonly #effects: EffectSink;

  constructor(parts: WorkerReportsParts) {
    this.#parts = parts;
    this.#effects = parts.cluster ?? sinkAlone(parts);
  }

  take(worker: number, message: FromWorker): void {
    try {
      this.#take(worker, message);
    } catch (error) {
      // Only the log can refuse here what it will never take, such as a message that no segment holds.
      this.#parts.onFailure(asError(error));
    }
  }

  #take(worker: number, message: FromWorker): void {
    switch (message.kind) {
      case "report":
        return this.#report(worker, message);
      case "answers":
        return this.#parts.questions.take(message.answers);
      case "checkpoint":
        return this.#parts.checkpointing.handedOut(message);
      case "hosted":
        return this.#parts.checkpointing.hosted(message.description);
      case "pong":
        return this.#parts.tally.measured(worker, message.measures);
      case "described":
      case "failed":
      case "stopped":
        return;
    }
  }

  /** I1. */
  #report(worker: number, report: SliceReport): void {
    const { tally, logger, cluster, programs, flow } = this.#parts;
    const effects = this.#effects;
    tally.report(worker, report);
    tellLog(logger, report);
    if (report.messages !== null) effects.sendMessages(new Uint8Array(report.messages));
    if (report.replies !== null) effects.answer(report.replies);
    if (report.switches !== null && cluster === null) programs.switched(report.switches);
    for (let i = 0; i < report.due.length; i += 2) effects.setDue(report.due[i] ?? 0, report.due[i + 1] ?? -1);
    for (const partition of report.jobsReady) effects.jobsReady(partition);
    if (report.crowds !== null) effects.crowded(report.crowds);
    flow.applied(worker, report.records, report.bytes, report.busyMs);
  }
}

/** Of a node alone. */
function sinkAlone({ outbox, fronts, ticks, jobs }: WorkerReportsParts): EffectSink {
  return {
    sendMessages: (bytes) => outbox.send(bytes),
    answer: (replies) => fronts.answer(replies),
    setDue: (partition, dueMs) => ticks.set(partition, dueMs),
    jobsReady: (partition) => jobs.hint(partition),
    // Its workers mark them themselves.
    crowded: () => {},
  };
}
