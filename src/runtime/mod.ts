// The runtime: worker threads, partitions, recovery, flow control, ticks. The door of this folder, beside four that load none of it: `client.ts`
// (words only), `worker_threads.ts` (there before the rest is loaded), and `replay.ts` and `backtest/backtest.ts` (fold the log in the thread that calls
// them).
//
// In: events, commands, queries; records that the log has made durable. Out: replies, answers, messages back into the log, checkpoints.
// The main thread appends and dispatches; a worker thread owns partitions, applies their records and keeps their stores.

export * from "./client.ts";
export type { ClusterLink } from "./cluster/link.ts";
export { PortRuntime } from "./fronts/port_runtime.ts";
export type { FrontBirth } from "./fronts/protocol.ts";
export type { Runtime, RuntimeFailure } from "./runtime.ts";
export { openProgramLookup, programPath } from "./configuration/program_files.ts";
export { ThreadGauge, type ThreadMeasures } from "./worker/thread_gauge.ts";
export { ThreadWatch } from "./worker/thread_watch.ts";
export { type RuntimeOptions, startRuntime, type StartingRuntime } from "./start.ts";
