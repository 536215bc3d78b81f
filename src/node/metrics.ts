// Metrics of a node in the text form of Prometheus, read from the parts when somebody asks. Only `observeRequest` runs on the hot path.

import { readdirSync, readFileSync } from "node:fs";
import type { HttpServerStats } from "../api/mod.ts";
import { errorCode } from "../base/caught.ts";
import type { FrontMeasures } from "../fronts/mod.ts";
import type { Fulfillment } from "../fulfillment/mod.ts";
import { latencyText } from "../fronts/latency_histogram.ts";
import type { EventLog } from "../log/mod.ts";
import type { Sample } from "./metrics_text.ts";
import type { Runtime } from "../runtime/mod.ts";

/** What is measured. There are no fronts while the doors are not open yet. */
export interface MeasuredParts {
  readonly runtime: Runtime;
  readonly log: EventLog;
  readonly fulfillment: Fulfillment;
  readonly fronts: () => Promise<readonly FrontMeasures[]>;
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
      const latencies = latencyText(
        "laurel_http_request_seconds",
        "Time from the head of a request to its answer or abort, by route",
        fronts.map((front) => front.latencies),
      );
      return `${await told.text()}\n${latencies}`;
    },
  };
}

type Add = (name: string, help: string, samples: readonly Sample[]) => void;

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
  add("laurel_http_body_bytes_held", "Bytes of unfinished bodies", [plain(most(({ bodyBytesHeld }) => bodyBytesHeld))]);
  add("laurel_http_answer_bytes_held", "Bytes of answers waiting for slow readers", [
    plain(most(({ answerBytesHeld }) => answerBytesHeld)),
  ]);
  const delays = fronts.flatMap(({ loopDelays }, index) =>
    loopDelays.map(({ quantile, seconds }) => ({
      labels: { ...(fronts.length > 1 ? { front: String(index + 1) } : {}), quantile: String(quantile) },
      value: seconds,
    })),
  );
  add("laurel_front_loop_delay_seconds", "Delay of a front's event loop since start", delays);
}

function addProcess(add: Add): void {
  const { user, system } = process.cpuUsage();
  add("laurel_process_cpu_seconds_total", "CPU of all threads since start", [
    labelled("mode", "user", user / 1e6),
    labelled("mode", "system", system / 1e6),
  ]);
  const threads = threadCpuSeconds();
  if (threads.length > 0)
    add(
      "laurel_thread_cpu_seconds_total",
      "CPU by thread since start; `main` is the log and, where it is the only one, the front",
      threads,
    );
  add("laurel_process_resident_bytes", "Resident set", [plain(process.memoryUsage.rss())]);
}

/** Unit of utime and stime in proc(5): fixed for programs on Linux, whatever the kernel's own tick. */
const CPU_TICK_SECONDS = 0.01;

/** Of the living threads, by kernel thread id. Empty where there is no /proc. */
function threadCpuSeconds(): Sample[] {
  const directory = "/proc/self/task";
  const ids = listIfThere(directory);
  return ids.flatMap((id) => {
    const stat = readIfThere(`${directory}/${id}/stat`);
    if (stat === null) return [];
    // Field 2 is the name in parentheses and may hold blanks; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return [labelled("thread", id === String(process.pid) ? "main" : id, ticks * CPU_TICK_SECONDS)];
  });
}

function listIfThere(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** A thread may end between being listed and being read. */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ESRCH";
}

function plain(value: number): Sample {
  return { labels: {}, value };
}

function labelled(label: string, name: string, value: number): Sample {
  return { labels: { [label]: name }, value };
}
