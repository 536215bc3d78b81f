// Node: builds one running node from its parts, in order, and stops them in reverse. The only file that knows all parts.
//
//   D1. Nothing is answered before the state is recovered and the programmes are in effect.
//   D2. Stopping: the front stops taking requests and finishes those in flight, the runtime applies and checkpoints, the log closes.

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { bootstrapTokens, consumerSettings, type ConsumerSettings, type Front, startFront } from "./api/mod.ts";
import type { Settings } from "./config.ts";
import { LOG_GROUP_BYTES_MAX } from "./limits.ts";
import { type Fulfillment, type PayoutSettings, startFulfillment, TargetGuard } from "./fulfillment/mod.ts";
import { keyRing } from "./key_ring.ts";
import { type EventLog, type LogNotice, openEmbeddedLog } from "./log/mod.ts";
import { openMetrics } from "./metrics.ts";
import type { ProgramDocument } from "./model/campaign.ts";
import type { Sealer } from "./model/client_key.ts";
import { openProviders, type ProviderFiles, type Providers } from "./providers/mod.ts";
import { type ClusterLink, type Runtime, startRuntime } from "./runtime/mod.ts";
import { AesSealer, openMasterKeys, tokenKeysOf } from "./secrets/mod.ts";

/** Entries of the threads. Named here: built, all that this process loads lies beside this file, whichever folder it was written in. */
const entries = {
  worker: new URL("./runtime/worker.js", import.meta.url),
  storeWriter: new URL("./runtime/store_writer_thread.js", import.meta.url),
  fulfillment: new URL("./fulfillment/thread.js", import.meta.url),
};

/** Client and scopes of the bootstrap token. */
export const BOOTSTRAP_CLIENT = "demo";

export interface Node {
  readonly port: number;
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly settings: Settings;
  /** The bootstrap server token. */
  readonly token: string;
  readonly logger: Logger;
  /** Called once when the node cannot go on; the process should end. */
  readonly onFailure: (error: Error) => void;
}

export async function startNode(options: NodeOptions): Promise<Node> {
  const programs = readPrograms(options.settings);
  const providers = await openProviders(filesOf(options.settings));
  mkdirSync(options.settings.data, { recursive: true });
  const secrets = openSecrets(options);
  const cluster = await joined(options);
  const log = cluster === null ? await openLog(options) : await cluster.openLog();
  try {
    const link = cluster === null ? null : await cluster.openLink();
    const runtime = await startWorkers(options, { log, link, programs });
    try {
      const fulfillment = openFulfillment(options, { runtime, secrets, providers });
      const front = await openDoors(options, { log, runtime, providers, secrets, fulfillment });
      return { port: front.port, stop: () => stopAll({ front, fulfillment, runtime, log }) };
    } catch (error) {
      await runtime.stop();
      throw error;
    }
  } catch (error) {
    await log.close();
    throw error;
  }
}

interface Secrets {
  readonly sealer: Sealer;
  readonly tokenKeys: readonly [Buffer, ...Buffer[]];
}

interface RunningParts {
  readonly front: Front;
  readonly fulfillment: Fulfillment;
  readonly runtime: Runtime;
  readonly log: EventLog;
}

/** Nothing leaves the process before the state is recovered: what is ready is told by the runtime. */
function openFulfillment(
  { settings, logger }: NodeOptions,
  {
    runtime,
    secrets,
    providers,
  }: { readonly runtime: Runtime; readonly secrets: Secrets | null; readonly providers: Providers },
): Fulfillment {
  return startFulfillment({
    source: runtime.jobs,
    settings: {
      threads: settings.fulfillmentThreads,
      inFlightMax: settings.deliveriesInFlightMax,
      perSubscriberMax: settings.subscriberInFlightMax,
      ratePerSecond: settings.subscriberRatePerSecond,
      timeoutMs: settings.deliveryTimeoutMs,
      allowedNetworks: allowedNetworks(settings),
      smtpUrl: settings.smtpUrl,
      mailFrom: settings.mailFrom,
      outboxDirectory: join(settings.data, "outbox"),
    },
    lookUp: providers.lookUp,
    payouts: payoutsOf(settings),
    findCredential: keyRing(runtime.configuration, secrets?.sealer ?? null),
    threadEntry: entries.fulfillment,
    logger,
  });
}

/** A provider is known when all is said that it asks for. */
function payoutsOf(settings: Settings): PayoutSettings {
  const { tangoUrl, tangoPlatform, tangoKey, tangoCustomer, paypalUrl, paypalClientId, paypalSecret } = settings;
  return {
    tango:
      tangoPlatform === null || tangoKey === null || tangoCustomer === null
        ? null
        : { url: tangoUrl, platform: tangoPlatform, key: tangoKey, customer: tangoCustomer },
    paypal:
      paypalClientId === null || paypalSecret === null
        ? null
        : { url: paypalUrl, clientId: paypalClientId, secret: paypalSecret },
  };
}

function targetRefusal(settings: Settings): (url: string) => string | null {
  const guard = new TargetGuard(allowedNetworks(settings));
  return (url) => guard.refusalOfUrl(new URL(url));
}

function allowedNetworks({ outgoingAllow }: Settings): string[] {
  return outgoingAllow === null ? [] : outgoingAllow.split(",");
}

/** Null in a cluster whose operator gave no key: it runs, keeps no secrets and answers no browsers and apps. */
function openSecrets({ settings, logger }: NodeOptions): Secrets | null {
  const { secretsKey, data, natsUrl } = settings;
  const keys = openMasterKeys({ setting: secretsKey, dataDirectory: data, isShared: natsUrl !== null });
  if (keys === null) logger.warn({ setting: "LAUREL_SECRETS_KEY" }, "secrets_cannot_be_kept");
  return keys === null ? null : { sealer: new AesSealer(keys), tokenKeys: tokenKeysOf(keys) };
}

/** What a node of a cluster opens instead of a log of its own; null for a node alone, which starts sooner without the client of NATS. */
async function joined(
  options: NodeOptions,
): Promise<{ readonly openLog: () => Promise<EventLog>; readonly openLink: () => Promise<ClusterLink> } | null> {
  if (options.settings.natsUrl === null) return null;
  const { natsSettings, openLink, openSharedLog } = await import("./join.ts");
  const nats = natsSettings(options.settings);
  if (nats === null) return null;
  const onNotice = (notice: LogNotice): void => tell(options.logger, notice);
  return { openLog: () => openSharedLog(nats, { ...options, onNotice }), openLink: () => openLink(nats, options) };
}

async function stopAll({ front, fulfillment, runtime, log }: RunningParts): Promise<void> {
  await front.stop();
  await fulfillment.stop();
  await runtime.stop();
  await log.close();
}

function openLog({ settings, logger, onFailure }: NodeOptions): Promise<EventLog> {
  return openEmbeddedLog({
    directory: join(settings.data, "log"),
    partitions: settings.partitions,
    segmentBytes: settings.segmentBytes,
    groupBytesMax: LOG_GROUP_BYTES_MAX,
    pendingBytesMax: settings.logPendingBytesMax,
    sync: syncMode(settings.sync),
    syncIntervalMs: settings.syncIntervalMs,
    onFailure,
    onNotice: (notice) => tell(logger, notice),
  });
}

const quietNotices: readonly LogNotice["name"][] = ["log_opened", "log_stream_opened", "log_resumed"];

function tell(logger: Logger, { name, ...notice }: LogNotice): void {
  logger[quietNotices.includes(name) ? "info" : "warn"](notice, name);
}

function startWorkers(
  { settings, logger, onFailure }: NodeOptions,
  parts: { readonly log: EventLog; readonly link: ClusterLink | null; readonly programs: ProgramDocument[] },
): Promise<Runtime> {
  const { log, link, programs } = parts;
  return startRuntime({
    log,
    ...(link === null ? {} : { link }),
    dataDirectory: settings.data,
    partitions: settings.partitions,
    workerEntry: entries.worker,
    storeWriterEntry: entries.storeWriter,
    ...(settings.workers === null ? {} : { workers: settings.workers }),
    programs,
    settings: {
      checkpointIntervalMs: settings.checkpointIntervalMs,
      snapshotIntervalMs: settings.snapshotIntervalMs,
      checkpointDirtyBytes: settings.checkpointDirtyBytes,
      cacheBytes: settings.cacheBytes,
      inFlightRecordsMax: settings.inFlightRecordsMax,
      inFlightBytesMax: settings.inFlightBytesMax,
      replyTimeoutMs: settings.replyTimeoutMs,
      logRetention: settings.logRetention === "checkpoint" ? "checkpoint" : "all",
    },
    onFailure: ({ error }) => onFailure(error),
    logger,
  });
}

function filesOf({ geoFile, riskFile, globalBlocksFile }: Settings): ProviderFiles {
  return { geo: geoFile, risk: riskFile, globalBlocks: globalBlocksFile };
}

async function openDoors(
  { settings, token, logger }: NodeOptions,
  parts: {
    readonly log: EventLog;
    readonly runtime: Runtime;
    readonly providers: Providers;
    readonly secrets: Secrets | null;
    readonly fulfillment: Fulfillment;
  },
): Promise<Front> {
  const { log, runtime, providers, secrets, fulfillment } = parts;
  let front: Front | null = null;
  const metrics = openMetrics({ runtime, log, fulfillment, front: () => front });
  front = await startFront({
    host: settings.host,
    port: settings.port,
    runtime,
    configuration: runtime.configuration,
    lookUpSender: providers.lookUp,
    globalBlocks: providers.globalBlocks,
    tokens: bootstrapTokens({ token, client: BOOTSTRAP_CLIENT }),
    refuseTarget: targetRefusal(settings),
    shareUrl: settings.shareUrl,
    sealer: secrets?.sealer ?? null,
    consumers: secrets === null ? null : consumersOf(settings, secrets),
    limits: {
      drainTimeoutMs: settings.drainTimeoutMs,
      tokenRequestsPerMinuteMax: settings.rateTokenPerMinute,
      personEventsPerSecondMax: settings.ratePersonPerSecond,
    },
    metricsText: () => metrics.text(),
    observeRequest: (routePath, seconds) => metrics.observeRequest(routePath, seconds),
    logger,
  });
  return front;
}

function consumersOf(settings: Settings, { tokenKeys }: Secrets): ConsumerSettings {
  const { consumerClient, consumerHosts, consumerOrigins, shareDestination, shareHosts, shareUrl } = settings;
  return consumerSettings({
    tokenKeys,
    client: consumerClient,
    hosts: consumerHosts,
    origins: consumerOrigins,
    shareDestination: shareDestination ?? `${shareUrl.replace(/\/$/, "")}/demo`,
    shareHosts,
    trustedProxies: settings.trustedProxies,
    pages: servedPages.map(({ file, ...page }) => ({
      ...page,
      text: readFileSync(new URL(`../src/sdk/${file}`, import.meta.url), "utf8"),
    })),
  });
}

/** Built for browsers, in a folder of its own beside those of this file. */
const servedPages = [
  {
    path: "/core.js",
    file: "core.js",
    contentType: "text/javascript; charset=utf-8",
    summary: "The script for pages",
  },
  { path: "/demo", file: "demo.html", contentType: "text/html; charset=utf-8", summary: "A shop that shows it" },
] as const;

function syncMode(text: string): "always" | "interval" | "never" {
  return text === "interval" || text === "never" ? text : "always";
}

/** The programme documents of a directory, in order of file name. Compiling checks them; here they only have to be JSON. */
function readPrograms(settings: Settings): ProgramDocument[] {
  const directory = settings.programs ?? fileURLToPath(new URL("../../config/programs", import.meta.url));
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .toSorted();
  return files.map((file) => {
    const path = join(directory, file);
    try {
      return JSON.parse(readFileSync(path, "utf8")) as ProgramDocument;
    } catch (error) {
      throw new Error(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}
