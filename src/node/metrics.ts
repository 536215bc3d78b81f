// Metrics of a node in the text form of Prometheus, read from the parts when somebody asks. Only `observeRequest` runs on the hot path.

import type { HttpServerStats } from "../api/mod.ts";
import type { FrontMeasures } from "../fronts/mod.ts";
import type { Fulfillment } from "../fulfillment/mod.ts";
import { answersText, latencyText } from "../fronts/latency_histogram.ts";
import type { EventLog } from "../log/mod.ts";
import type { Runtime, ThreadGauge } from "../runtime/mod.ts";
import { addProcess, addThreads } from "./process_metrics.ts";
import { type Add, labelled, plain, type Sample } from "./sample.ts";

/** What is measured. There are no fronts while the doors are not open yet. */
export interface MeasuredParts {
  readonly runtime: Runtime;
  readonly log: EventLog;
  readonly fulfillment: Fulfillment;
  readonly fronts: () => Promise<readonly FrontMeasures[]>;
  /** The main thread; null where that is the front, which measures it. */
  readonly main: ThreadGauge | null;
}

export interface Metrics {
  /** What `/metrics` answers. */
  text(): Promise<string>;
}

export function openMetrics(parts: MeasuredParts): Metrics {
  return {
    async text() {
      // Loaded by whoever asks first: no start waits for it.
      const [{ MetricsText }, fronts] = await Promise.all([import("./metrics_text.ts"), parts.fronts()]);
      const told = new MetricsText();
      const add: Add = (name, help, samples) => told.add(name, help, samples);
      addRuntime(add, parts.runtime, fronts);
      addLog(add, parts.log);
      addFulfillment(add, parts.fulfillment);
      addFronts(add, fronts);
      addProcess(add);
      addThreads(add, parts, fronts);
      const counted = fronts.map((front) => front.latencies);
      const latencies = latencyText(
        "laurel_http_request_seconds",
        "Time from the head of a request to its answer or abort, by route",
        counted,
      );
      const answers = answersText(
        "laurel_http_answers_total",
        "Requests that have ended since start, by route and class of status; none: aborted",
        counted,
      );
      return `${await told.text()}\n${latencies}${answers}`;
    },
  };
}

function addRuntime(add: Add, runtime: Runtime, fronts: readonly FrontMeasures[]): void {
  const metrics = runtime.metrics();
  add("laurel_ready", "1 while events are taken, as /readyz says with the reason", [
    plain(runtime.status().isReady ? 1 : 0),
  ]);
  add("laurel_events_total", "Events by result since start", [
    labelled("result", "accepted", metrics.acceptedRecords),
    labelled("result", "applied", metrics.eventsApplied),
    labelled("result", "refused", metrics.eventsRefused),
  ]);
  add("laurel_rules_failed_total", "Evaluations that met a bug of the rule machinery, since start", [
    plain(metrics.rulesFailed),
  ]);
  add("laurel_alerts_total", "Things that an operator should be told of, since start", [plain(metrics.alertsRaised)]);
  add("laurel_records_applied_total", "Records of all kinds applied since start", [plain(metrics.appliedRecords)]);
  add("laurel_steps_written_total", "Steps written since start", [plain(metrics.stepsWritten)]);
  add("laurel_rewards_earned_total", "Rewards earned since start", [plain(metrics.rewardsEarned)]);
  add("laurel_records_in_flight", "Records appended and not yet applied", [plain(metrics.inFlightRecords)]);
  add("laurel_bytes_in_flight", "Bytes appended and not yet applied", [plain(metrics.inFlightBytes)]);
  add("laurel_replies_pending", "Synchronous calls waiting for their outcome", [
    plain(fronts.reduce((sum, { repliesPending }) => sum + repliesPending, metrics.repliesPending)),
  ]);
  add("laurel_queries_pending", "Queries waiting for a partition", [plain(metrics.queriesPending)]);
  add("laurel_checkpoints_total", "Checkpoints by result since start", [
    labelled("result", "written", metrics.checkpoints),
    labelled("result", "failed", metrics.checkpointsFailed),
  ]);
  add("laurel_checkpoint_lag_records", "Records that a start would apply again", [plain(metrics.checkpointLagRecords)]);
  add("laurel_checkpoint_seconds_total", "Time spent writing checkpoints", [plain(metrics.checkpointMs / 1000)]);
  add("laurel_checkpoint_entries_total", "Entries written by checkpoints", [plain(metrics.checkpointEntries)]);
  add("laurel_snapshots_total", "Snapshots of owned partitions by result since start", [
    labelled("result", "stored", metrics.snapshots),
    labelled("result", "failed", metrics.snapshotsFailed),
  ]);
  add("laurel_recovered_records", "Records applied again at the last start", [plain(metrics.recoveredRecords)]);
  add("laurel_recovery_seconds", "How long that took", [plain(metrics.recoveryMs / 1000)]);
  const perWorker = (read: (worker: (typeof metrics.workers)[number]) => number): Sample[] =>
    metrics.workers.map((worker, i) => labelled("worker", String(i), read(worker)));
  add(
    "laurel_worker_busy_seconds_total",
    "Time a worker thread spent applying",
    perWorker((worker) => worker.busyMs / 1000),
  );
  add(
    "laurel_worker_cached_bytes",
    "State in a worker's memory",
    perWorker((worker) => worker.cachedBytes),
  );
  add(
    "laurel_worker_dirty_bytes",
    "Changed state not yet checkpointed",
    perWorker((worker) => worker.dirtyBytes),
  );
}

function addLog(add: Add, log: EventLog): void {
  const stats = log.stats();
  add("laurel_log_pending_bytes", "Bytes waiting for the disk", [plain(stats.pendingBytes)]);
  add("laurel_log_pending_records", "Records waiting for the disk", [plain(stats.pendingRecords)]);
  add("laurel_log_groups_total", "Commit groups written since start", [plain(stats.committedGroups)]);
  add("laurel_log_records_total", "Records written since start", [plain(stats.committedRecords)]);
  add("laurel_log_bytes_total", "Bytes written since start", [plain(stats.committedBytes)]);
  add("laurel_log_segments", "Segment files", [plain(stats.segments)]);
  add("laurel_log_last_sync_seconds", "Duration of the last sync", [plain(stats.lastSyncMs / 1000)]);
}

function addFulfillment(add: Add, fulfillment: Fulfillment): void {
  const { attempts, attemptSeconds, inFlight, subscribersOpen, partitionsWaiting } = fulfillment.stats();
  const samples = [...attempts].map(([name, value]) => {
    const [kind = "", result = ""] = name.split("/");
    return { labels: { kind, result }, value };
  });
  add("laurel_attempts_total", "Attempts at jobs that leave the process, by kind and result, since start", samples);
  add("laurel_attempt_seconds_total", "Time that attempts took", [plain(attemptSeconds)]);
  add("laurel_attempts_in_flight", "Attempts under way", [plain(inFlight)]);
  add("laurel_subscribers_open", "Subscribers that are left alone for a while after failures", [
    plain(subscribersOpen),
  ]);
  add("laurel_partitions_waiting", "Partitions with ready jobs that there was no room for", [plain(partitionsWaiting)]);
}

function addFronts(add: Add, fronts: readonly FrontMeasures[]): void {
  const all = fronts.flatMap(({ stats }) => (stats === null ? [] : [stats]));
  const sum = (read: (stats: HttpServerStats) => number): number => all.reduce((so, stats) => so + read(stats), 0);
  // Bytes held are counted by all fronts together: each tells the same.
  const most = (read: (stats: HttpServerStats) => number): number => Math.max(0, ...all.map(read));
  add("laurel_http_requests_total", "Requests since start, by end", [
    labelled(
      "end",
      "received",
      sum(({ requests }) => requests),
    ),
    labelled(
      "end",
      "refused",
      sum(({ refused }) => refused),
    ),
    labelled(
      "end",
      "failed",
      sum(({ failed }) => failed),
    ),
  ]);
  add("laurel_http_in_flight", "Requests in flight", [plain(sum(({ inFlight }) => inFlight))]);
  add("laurel_http_connections", "Connections open", [plain(most(({ connections }) => connections))]);
  add("laurel_http_connections_refused_total", "Connections closed as they came, since start: there were too many", [
    plain(sum(({ connectionsRefused }) => connectionsRefused)),
  ]);
  add("laurel_http_body_bytes_held", "Bytes of unfinished bodies", [plain(most(({ bodyBytesHeld }) => bodyBytesHeld))]);
  add("laurel_http_answer_bytes_held", "Bytes of answers waiting for slow readers", [
    plain(most(({ answerBytesHeld }) => answerBytesHeld)),
  ]);
  const delays = fronts.flatMap(({ thread }, index) =>
    thread.loopDelays.map(({ quantile, seconds }) => ({
      labels: { ...(fronts.length > 1 ? { front: String(index + 1) } : {}), quantile: String(quantile) },
      value: seconds,
    })),
  );
  add("laurel_front_loop_delay_seconds", "Delay of a front's event loop since start", delays);
}
