// Start: opens the workers, recovers the state, brings the programs into effect, then opens the doors. Control plane.

import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { WrongSetting } from "../base/wrong_setting.ts";
import { type EventLog, RecordReader } from "../log/mod.ts";
import { importedForm } from "../management/mod.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import { compileParts } from "../rules/mod.ts";
import { OutcomeUnknown, Unavailable } from "./client.ts";
import type { ClusterLink } from "./cluster/link.ts";
import type { ClusterSide } from "./cluster/side.ts";
import { doesNotCompile } from "./configuration/does_not_compile.ts";
import { openLayout, raiseLayout } from "./layout.ts";
import { checkPrograms, isOtherProgram } from "./configuration/program_files.ts";
import { NodeRuntime } from "./node_runtime.ts";
import { newCrowdMarks } from "./fronts/crowd_marks.ts";
import { newPersonMarks } from "./fronts/person_marks.ts";
import type { PartitionDescription, WorkerOptions } from "./protocol.ts";
import { readTailFacts, sayWhatIsMissing, tailLength, tailStarts } from "./recovery.ts";
import { messageIdentity } from "../engine/mod.ts";
import { PROGRESS_MS, StartProgress } from "./start_progress.ts";
import type { Runtime, RuntimeFailure, RuntimeLogger } from "./runtime.ts";
import { caughtUp } from "./flow/caught_up.ts";
import { CATCH_UP_QUIET_MS, defaultRuntimeSettings, type RuntimeSettings } from "./settings.ts";

export interface RuntimeOptions {
  /** Open, and kept open until `stop` has resolved. */
  readonly log: EventLog;
  readonly dataDirectory: string;
  /** Fixed when the data directory is created. */
  readonly partitions: number;
  /** Started and not opened (worker_threads.ts): they are the runtime's from now on. */
  readonly threads: readonly Worker[];
  /** Front threads to come; none: whoever holds the runtime is the only front. */
  readonly fronts?: number;
  /** Everything live, one document a client. */
  readonly programs: readonly ProgramDocument[];
  readonly settings?: Partial<RuntimeSettings>;
  /** Called once. The process should end: nothing is taken in any more. */
  readonly onFailure: (failure: RuntimeFailure) => void;
  readonly logger: RuntimeLogger;
  /** Makes it a node of a cluster, on a log that is shared. */
  readonly link?: ClusterLink;
  /** Compiled entry of store_writer_thread.ts. */
  readonly storeWriterEntry: URL;
}

/** What starts can be told of whoever needs it, which may be prepared meanwhile. */
export interface StartingRuntime {
  readonly runtime: Runtime;
  /** Resolves when the runtime takes events. Rejects with a sentence when log, stores or programs do not allow it: then it has stopped. */
  readonly whenReady: Promise<void>;
}

/** Throws a sentence when the data directory is not this program's. */
export function startRuntime(options: RuntimeOptions): StartingRuntime {
  openLayout(options.dataDirectory, options.partitions);
  const settings = { ...defaultRuntimeSettings, ...options.settings };
  const isAlone = options.link === undefined;
  const marks = { personMarks: isAlone ? newPersonMarks() : null, crowds: newCrowdMarks() };
  const runtime = new NodeRuntime({
    log: options.log,
    dataDirectory: options.dataDirectory,
    partitions: options.partitions,
    threads: options.threads,
    storeWriterEntry: options.storeWriterEntry,
    workers: workerOptions(options, settings, isAlone ? marks : { personMarks: null, crowds: null }),
    ...marks,
    fronts: options.fronts ?? 0,
    settings,
    link: options.link ?? null,
    onFailure: options.onFailure,
    logger: options.logger,
  });
  const whenReady = start(runtime, options);
  // Whoever prepares something first hears of it when that is done.
  whenReady.catch(() => undefined);
  return { runtime, whenReady };
}

async function start(runtime: NodeRuntime, options: RuntimeOptions): Promise<void> {
  const progress = new StartProgress(runtime.readiness, options.logger);
  try {
    progress.begin("programs are compiled");
    // The threads load meanwhile.
    await storePrograms(runtime, options.programs);
    if (runtime.cluster === null) await startAlone(runtime, options, progress);
    else await join(runtime, runtime.cluster, progress);
    runtime.checkAlive();
    progress.begin("programs are brought into effect");
    if (runtime.cluster === null) await renewPrograms(runtime, options);
    await whenAnswered(runtime, options, () => importPrograms(runtime, options));
    await whenAnswered(runtime, options, () => usePrograms(runtime));
    runtime.checkAlive();
  } catch (error) {
    await runtime.stop();
    throw error;
  } finally {
    progress.end();
  }
  runtime.ticks.start();
  runtime.readiness.ready();
}

async function startAlone(runtime: NodeRuntime, options: RuntimeOptions, progress: StartProgress): Promise<void> {
  await recover(runtime, options, progress);
  const partitions = await runtime.pool.describe();
  const lastIdMs = Math.max(...partitions.map((partition) => partition.lastIdMs));
  sayIfBehind(lastIdMs, options.logger);
  runtime.front.ids.continueFrom(lastIdMs);
  for (const { partition, nextDueMs } of partitions) runtime.ticks.set(partition, nextDueMs ?? -1);
}

/** Times in the log never fall: as long as the clock is behind them, all that comes bears the newest of them, and what is due waits as much longer. */
function sayIfBehind(newestMs: number, logger: RuntimeLogger): void {
  const behindSeconds = Math.round((newestMs - Date.now()) / 1000);
  if (behindSeconds >= BEHIND_SECONDS_TOLD) logger.warn({ behindSeconds }, "clock_behind_log");
}

/** Ids run ahead of the clock by what bulk borrows, which is far less. */
const BEHIND_SECONDS_TOLD = 60;

/** Ready when every partition has an owner, and what this node owns is recovered. */
async function join(runtime: NodeRuntime, cluster: ClusterSide, progress: StartProgress): Promise<void> {
  progress.begin("threads are started");
  await runtime.pool.whenOpen();
  runtime.ticks.start();
  cluster.start();
  progress.begin("partitions get their owners", () => cluster.progress());
  while (!cluster.isComplete()) {
    runtime.checkAlive();
    runtime.readiness.checkGoingOn();
    await sleep(JOIN_POLL_MS);
  }
}

/** How often a joining node looks whether the cluster is complete. */
const JOIN_POLL_MS = 20;

const ANSWER_RETRY_MS = 200;

/**
 * In a cluster others come and go while a node starts, and a new owner first applies all that the log has for it: what nobody answers for just now is asked again, for as
 * long as that takes. Nodes that ended over it would leave their own partitions to those that are behind already.
 */
async function whenAnswered(
  runtime: NodeRuntime,
  { logger }: RuntimeOptions,
  work: () => Promise<void>,
): Promise<void> {
  for (let toldMs = performance.now(); ; ) {
    try {
      return await work();
    } catch (error) {
      const isTemporary = error instanceof Unavailable || error instanceof OutcomeUnknown;
      if (!isTemporary || runtime.cluster === null || runtime.readiness.phase !== "recovering") throw error;
      runtime.checkAlive();
      if (performance.now() - toldMs >= PROGRESS_MS) {
        toldMs = performance.now();
        logger.info({ reason: error.message }, "waiting_for_owners");
      }
      await sleep(ANSWER_RETRY_MS);
    }
  }
}

/** From checkpoints to the end of the log. */
async function recover(runtime: NodeRuntime, options: RuntimeOptions, progress: StartProgress): Promise<void> {
  const { log, logger, dataDirectory } = options;
  const startedMs = performance.now();
  progress.begin("stores are opened");
  const partitions = await runtime.pool.whenOpen();
  runtime.opened(partitions);
  const records = tailLength(log.lastSequences(), partitions);
  for (const { partition, outdated } of partitions) {
    if (outdated !== null) logger.warn({ partition, ...outdated }, "store_made_anew");
  }
  const onFoldable = (): void => raiseLayout(dataDirectory, options.partitions);
  if (records > 0) await feedTail(runtime, { log, dataDirectory, partitions, records, progress, onFoldable });
  runtime.goLive();
  await caughtUp(runtime.flow, CATCH_UP_QUIET_MS);
  runtime.checkAlive();
  onFoldable();
  const tookMs = performance.now() - startedMs;
  runtime.tally.recovered(records, tookMs);
  logger.info({ records, tookMs: Math.round(tookMs) }, "recovered");
}

interface Tail {
  readonly log: EventLog;
  readonly dataDirectory: string;
  readonly partitions: readonly PartitionDescription[];
  readonly records: number;
  readonly progress: StartProgress;
  /**
   * Called before the tail is applied, which may write more behind it; not if programs of another version may stand in the way, nor while stores are made anew, until
   * when the version before can go on.
   */
  readonly onFoldable: () => void;
}

async function feedTail(runtime: NodeRuntime, tail: Tail): Promise<void> {
  const { log, dataDirectory, partitions, records, progress, onFoldable } = tail;
  let read = 0;
  progress.begin("the log's tail is looked through", () => ({ records: read, of: records }));
  const onRead = (more: number): void => void (read += more);
  const { marks, programs } = await readTailFacts(log, partitions, onRead).catch((error: unknown) => {
    throw sayWhatIsMissing(error, partitions);
  });
  const isMadeAnew = partitions.some(({ outdated }) => outdated !== null);
  // Before the first store is replaced: decisions of long ago must come out as they did, which they do by the same programs.
  if (isMadeAnew) checkPrograms(dataDirectory, programs);
  const inEffect = partitions.flatMap((each) => each.programs.map(({ hash }) => hash));
  const mayBeRefused = [...programs, ...inEffect].some((hash) => isOtherProgram(dataDirectory, hash));
  if (!isMadeAnew && !mayBeRefused) onFoldable();
  runtime.outbox.filter((toPartition, payload) => marks.holds(toPartition, messageIdentity(payload)));
  let fed = 0;
  progress.begin("the log's tail is applied", () => ({
    records: fed - runtime.flow.readBackRecords(),
    of: records,
    // With what they have sent in turn.
    inFlight: runtime.flow.records(),
  }));
  for await (const batch of log.read(tailStarts(partitions))) {
    runtime.feed(batch);
    fed += recordsIn(batch);
    if (runtime.flow.isReadBackDeep()) await runtime.flow.whenReadBackShallow();
    runtime.checkAlive();
  }
}

function recordsIn(batch: Uint8Array): number {
  const reader = new RecordReader();
  let records = 0;
  for (reader.reset(batch); reader.next(); ) records++;
  return records;
}

/**
 * A file that does not compile stops the start, also where it would not be looked at: whoever wrote it should know. What compiles is stored
 * before the log is applied, so that a data directory that lost its programs gets those of the files back.
 */
async function storePrograms(runtime: NodeRuntime, documents: readonly ProgramDocument[]): Promise<void> {
  for (const document of documents) {
    const imported = importedForm(document);
    const compiled = compileParts(imported, null);
    if (!compiled.ok) throw new WrongSetting(doesNotCompile(document.client, compiled.error));
    await runtime.programs.store(compiled.value, imported);
  }
}

/**
 * What another version of the compiler made is made anew, before anybody decides by it: the switch is a record like any other. By then all that the
 * old programs had to decide is applied, or the start has failed over it. A node alone knows that; one of a cluster may get partitions at any time whose
 * tail the old programs decide, and refuses instead (ProgramSync).
 */
async function renewPrograms(
  { programs, configurations }: NodeRuntime,
  { dataDirectory, logger }: RuntimeOptions,
): Promise<void> {
  const inEffect = new Map((await programs.inEffect()).flatMap((each) => Object.entries(each)));
  for (const [client, { hash }] of inEffect) {
    if (!isOtherProgram(dataDirectory, hash)) continue;
    const renewed = await configurations.renewProgram(client);
    if (renewed.ok) logger.info({ client, before: hash }, "program_compiled_anew");
    else if (renewed.error.kind === "does_not_compile") throw new Error(doesNotCompile(client, renewed.error.errors));
    else throw new Error(`the program of client ${client} was not compiled anew: ${JSON.stringify(renewed.error)}`);
  }
}

async function importPrograms(runtime: NodeRuntime, { programs, logger }: RuntimeOptions): Promise<void> {
  for (const document of programs) {
    const { client } = document;
    const imported = await runtime.configurations.importProgram(document);
    if (imported.ok) logger.info({ client, outcome: imported.value.answer }, "program_file_read");
    else if (imported.error.kind === "does_not_compile")
      throw new WrongSetting(doesNotCompile(client, imported.error.errors));
    else throw new Error(`the program of client ${client} was not imported: ${JSON.stringify(imported.error)}`);
  }
}

async function usePrograms(runtime: NodeRuntime): Promise<void> {
  await runtime.programs.use((await runtime.programs.inEffect()).flatMap((each) => Object.values(each)));
}

function workerOptions(
  options: RuntimeOptions,
  settings: RuntimeSettings,
  marks: Pick<WorkerOptions, "personMarks" | "crowds">,
): WorkerOptions[] {
  const workers = options.threads.length;
  const initial = options.link === undefined ? Array.from({ length: options.partitions }, (_, each) => each) : [];
  return Array.from({ length: workers }, (_, workerIndex) => ({
    workerIndex,
    workers,
    initialPartitions: initial.filter((partition) => partition % workers === workerIndex),
    partitions: options.partitions,
    dataDirectory: options.dataDirectory,
    cacheBytesOfPartition: settings.cacheBytes / options.partitions,
    dirtyBytesMax: settings.checkpointDirtyBytes / workers,
    checkpointIntervalMs: settings.checkpointIntervalMs,
    ...marks,
  }));
}
