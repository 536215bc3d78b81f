// Node: builds one running node from its parts, in order, and stops them in reverse. The only file that knows all parts.
//
//   D1. Nothing is answered before the state is recovered and the programmes are in effect.
//   D2. Stopping: the fronts stop taking requests and finish those in flight, the runtime applies and checkpoints, the log closes.

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { optOutsIn } from "./api/mod.ts";
import type { Settings } from "./config.ts";
import { LOG_GROUP_BYTES_MAX } from "./limits.ts";
import {
  allowedNetworks,
  type Fronts,
  frontThreads,
  openFronts,
  openSecrets,
  providerFiles,
  type Secrets,
} from "./fronts/mod.ts";
import { type Fulfillment, type PayoutSettings, type SalesforceSettings, startFulfillment } from "./fulfillment/mod.ts";
import { keyRing } from "./key_ring.ts";
import { type EventLog, type LogNotice, openEmbeddedLog } from "./log/mod.ts";
import { openMetrics } from "./metrics.ts";
import type { ProgramDocument } from "./model/campaign.ts";
import { openProviders, type Providers } from "./providers/mod.ts";
import { type ClusterLink, type Runtime, startRuntime } from "./runtime/mod.ts";

/** Entries of the threads. Named here: built, all that this process loads lies beside this file, whichever folder it was written in. */
const entries = {
  worker: new URL("./runtime/worker.js", import.meta.url),
  storeWriter: new URL("./runtime/store_writer_thread.js", import.meta.url),
  fulfillment: new URL("./fulfillment/thread.js", import.meta.url),
  front: new URL("./fronts/thread.js", import.meta.url),
};

/** Built for browsers, in a folder of its own beside those of this file. */
const pagesFolder = new URL("../src/sdk/", import.meta.url);

export interface Node {
  readonly port: number;
  stop(): Promise<void>;
  /** For a process that must not go on: finishes nothing, resolves when no thread has a store or a socket open. */
  abandon(): Promise<void>;
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
  const providers = await openProviders(providerFiles(options.settings));
  mkdirSync(options.settings.data, { recursive: true });
  const secrets = openSecrets(options.settings);
  if (secrets === null) options.logger.warn({ setting: "LAUREL_SECRETS_KEY" }, "secrets_cannot_be_kept");
  const cluster = await joined(options);
  const log = cluster === null ? await openLog(options) : await cluster.openLog();
  try {
    const link = cluster === null ? null : await cluster.openLink();
    const runtime = await startWorkers(options, { log, link, programs });
    try {
      const fulfillment = openFulfillment(options, { runtime, secrets, providers });
      const fronts = await openDoors(options, { log, runtime, providers, secrets, fulfillment });
      return {
        port: fronts.port,
        stop: () => stopAll({ fronts, fulfillment, runtime, log }),
        abandon: async () => void (await Promise.all([fronts.abandon(), runtime.abandon()])),
      };
    } catch (error) {
      await runtime.stop();
      throw error;
    }
  } catch (error) {
    await log.close();
    throw error;
  }
}

interface RunningParts {
  readonly fronts: Fronts;
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
    salesforce: salesforceOf(settings),
    isOptedOut: optOutsIn(runtime),
    optOutUrl: (client, email) => optOutUrl(settings, secrets, client, email),
    findCredential: keyRing(runtime.configuration, secrets?.sealer ?? null),
    threadEntry: entries.fulfillment,
    logger,
  });
}

/** Where share links begin, a mail's reader finds this node. */
function optOutUrl({ shareUrl }: Settings, secrets: Secrets | null, client: string, email: string): string | null {
  return secrets === null
    ? null
    : `${shareUrl.replace(/\/$/, "")}/v4/optout/${secrets.optOutLinks.make(client, email)}`;
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

function salesforceOf(settings: Settings): SalesforceSettings | null {
  const { salesforceUrl: url, salesforceTokenUrl: tokenUrl, salesforceSite: site } = settings;
  const { salesforceClientId: clientId, salesforceSecret: secret } = settings;
  return url === null || site === null || clientId === null || secret === null
    ? null
    : { url: url.replace(/\/$/, ""), tokenUrl, site, clientId, secret };
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

async function stopAll({ fronts, fulfillment, runtime, log }: RunningParts): Promise<void> {
  await fronts.stop();
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
    fronts: frontThreads(settings),
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

async function openDoors(
  { settings, token, logger, onFailure }: NodeOptions,
  parts: {
    readonly log: EventLog;
    readonly runtime: Runtime;
    readonly providers: Providers;
    readonly secrets: Secrets | null;
    readonly fulfillment: Fulfillment;
  },
): Promise<Fronts> {
  const { log, runtime, fulfillment, ...own } = parts;
  let fronts: Fronts | null = null;
  const metrics = openMetrics({ runtime, log, fulfillment, fronts: async () => (await fronts?.measure()) ?? [] });
  fronts = await openFronts({
    ...own,
    settings,
    token,
    pagesFolder,
    threadEntry: entries.front,
    runtime,
    offers: fulfillment.offers,
    logger,
    onFailure,
    metricsText: () => metrics.text(),
  });
  return fronts;
}

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
