// A node without its HTTP front: real log, real workers, real stores, in a directory of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll } from "vitest";
import {
  type EventLog,
  type JetStreamLogOptions,
  type LogNotice,
  openEmbeddedLog,
  openJetStreamLog,
} from "../../src/log/mod.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import {
  type ClusterLink,
  type IncomingEvent,
  PortRuntime,
  type Runtime,
  type RuntimeFailure,
  type RuntimeOptions,
  startRuntime,
  type StartingRuntime,
} from "../../src/runtime/mod.ts";
import { startWorkerThreads, stopUnopened } from "../../src/runtime/worker/worker_threads.ts";
import { Registry } from "../cluster/registry_link.ts";
import { optionsFor } from "../log/jetstream/jetstream_fixture.ts";
import type { NatsServer } from "../support/nats_server.ts";

export const CLIENT = "demo";
export const PARTITIONS = 8;

/** A file of the compiled tree: threads and child processes cannot run sources. `npm test` builds it first. */
export function builtFile(path: string): URL {
  return new URL(import.meta.url.includes("/dist/") ? `../../${path}` : `../../dist/${path}`, import.meta.url);
}

const builtWorker = builtFile("laurel/runtime/worker/worker.js");
const builtStoreWriter = builtFile("laurel/runtime/checkpoints/store_writer_thread.js");

export function programOf(timeZone: string): ProgramDocument {
  return { client: CLIENT, time_zone: timeZone, suppliers: [], audiences: [], campaigns: [] };
}

export interface Node {
  readonly log: EventLog;
  readonly runtime: Runtime;
  readonly failures: RuntimeFailure[];
  /** Clean stop. */
  stop(): Promise<void>;
  /** Ends it as it is, without its last checkpoint, which takes a third of what a node takes in all: for what is looked at no more. */
  abandon(): Promise<void>;
}

export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), "laurel-runtime."));
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

let nats: (() => NatsServer) | null = null;
/** By directory: who owns the partitions of what lies on the NATS server. */
const registries = new Map<string, Registry>();

/**
 * The logs of this test file lie on a NATS server, and its nodes are nodes of a cluster. Call it before the tests are declared. Test files share
 * this module, and the next one begins with directories again.
 */
export function keepLogsOnNats(server: () => NatsServer): void {
  nats = server;
  afterAll(() => {
    nats = null;
    registries.clear();
  });
}

let isBehindPort = false;

/** Callers of this test file's nodes are front threads, as far as can be: each goes through a port. Call it before the tests are declared. */
export function callThroughPort(): void {
  isBehindPort = true;
  afterAll(() => {
    isBehindPort = false;
  });
}

/** For what no front has a part in. */
export function isCalledThroughPort(): boolean {
  return isBehindPort;
}

/** For what only a log in the node's own directory can go through. */
export function isLogOnNats(): boolean {
  return nats !== null;
}

export function openLog(directory: string, notices: LogNotice[] = []): Promise<EventLog> {
  if (nats === null) return openEmbedded(directory, notices);
  return openJetStreamLog(jetStreamOptions(nats(), directory, notices));
}

function jetStreamOptions(server: NatsServer, directory: string, notices: LogNotice[]): JetStreamLogOptions {
  const onNotice = (notice: LogNotice): void => void notices.push(notice);
  const stream = basename(directory).replaceAll(".", "-");
  return optionsFor(server, stream, {
    partitions: PARTITIONS,
    streamBytesMax: 1 << 28,
    pendingBytesMax: 1 << 24,
    onNotice,
  });
}

/** The node owns everything, as the only one of its cluster. */
async function joinAlone(server: NatsServer, directory: string): Promise<{ log: EventLog; link: ClusterLink }> {
  const registry = registries.get(directory) ?? new Registry();
  registries.set(directory, registry);
  const link = registry.link();
  link.owns = Array.from({ length: PARTITIONS }, (_, each) => each);
  return { link, log: await openJetStreamLog({ ...jetStreamOptions(server, directory, []), isPartial: true }) };
}

function openEmbedded(directory: string, notices: LogNotice[]): Promise<EventLog> {
  return openEmbeddedLog({
    directory: join(directory, "log"),
    partitions: PARTITIONS,
    segmentBytes: 1 << 20,
    groupBytesMax: 1 << 18,
    pendingBytesMax: 1 << 24,
    sync: "always",
    syncIntervalMs: 100,
    onFailure: () => {},
    onNotice: (notice) => notices.push(notice),
  });
}

export interface NodeOptions extends Partial<RuntimeOptions> {
  /** One, as on two cores, when absent: a thread more takes as long to start as all the rest. */
  readonly workers?: number;
  /** Told of the runtime while it starts. */
  readonly onStarting?: (runtime: Runtime) => void;
}

export async function openNode(
  directory: string,
  { workers = 1, onStarting, ...options }: NodeOptions = {},
): Promise<Node> {
  const joined = options.log === undefined && nats !== null ? await joinAlone(nats(), directory) : null;
  const log = options.log ?? joined?.log ?? (await openLog(directory));
  const failures: RuntimeFailure[] = [];
  const threads = startWorkerThreads(builtWorker, workers);
  let starting: StartingRuntime | null = null;
  try {
    starting = startRuntime({
      ...(joined === null ? {} : { link: joined.link }),
      log,
      dataDirectory: directory,
      partitions: PARTITIONS,
      programs: [programOf("UTC")],
      onFailure: (failure) => failures.push(failure),
      logger: { info: () => {}, warn: () => {}, error: () => {} },
      threads,
      storeWriterEntry: builtStoreWriter,
      fronts: isBehindPort ? 1 : 0,
      ...options,
    });
    const { runtime, whenReady } = starting;
    onStarting?.(runtime);
    await whenReady;
    const called = isBehindPort ? await throughPort(runtime) : runtime;
    const stop = async (): Promise<void> => {
      await called.stop();
      await log.close();
    };
    const abandon = async (): Promise<void> => {
      await runtime.abandon();
      await runtime.stop();
      await log.close();
    };
    return { log, runtime: called, failures, stop, abandon };
  } catch (error) {
    if (starting === null) stopUnopened(threads);
    await log.close();
    throw error;
  }
}

/** What the API calls goes through a port; the rest is the runtime's. */
async function throughPort(runtime: Runtime): Promise<Runtime> {
  const { port1, port2 } = new MessageChannel();
  const front = await PortRuntime.open(port2, structuredClone(runtime.fronts.open(port1)));
  return {
    partitions: front.partitions,
    wantedHeaders: front.wantedHeaders,
    configuration: front.configuration,
    accept: (event) => front.accept(event),
    acceptAndApply: (event) => front.acceptAndApply(event),
    payloadOf: (event) => front.payloadOf(event),
    command: (command) => front.command(command),
    query: (partition, query) => front.query(partition, query),
    queryAll: (query) => front.queryAll(query),
    explain: (wanted) => front.explain(wanted),
    isDeep: () => front.isDeep(),
    whenShallow: () => front.whenShallow(),
    status: () => front.status(),
    jobs: runtime.jobs,
    fronts: runtime.fronts,
    replaceProgram: (document) => runtime.replaceProgram(document),
    metrics: () => runtime.metrics(),
    stop: async () => {
      // As a front that drains: what it has taken has been sent.
      await front.whenShallow();
      await runtime.stop();
      front.stop();
    },
    abandon: () => runtime.abandon(),
    leave: () => runtime.leave(),
  };
}

/** An event as the front hands it on. */
export function eventOf(name: string, data: { [name: string]: string }): IncomingEvent {
  const body = Buffer.from(JSON.stringify({ event_name: name, data }));
  return { client: CLIENT, form: "envelope", name, body, data, isDataWhole: true };
}
