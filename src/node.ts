// Node: builds one running node from its parts, in order, and stops them in reverse. The only file that knows all parts.
//
//   D1. Nothing is answered before the state is recovered and the programmes are in effect but that the node is starting, and nothing is sent anywhere. What can be
//       prepared before that is: the doors while the threads load their code and open their stores.
//   D2. Stopping: the fronts stop taking requests and finish those in flight, the runtime applies and checkpoints, the log closes.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { CouponWatch, openStartDoor, optOutsIn, rewardStatesIn, type StartDoor } from "./api/mod.ts";
import type { ShareUrlOf } from "./model/share_url.ts";
import { asSetting } from "./base/wrong_setting.ts";
import type { Settings } from "./config/mod.ts";
import { LOG_GROUP_BYTES_MAX } from "./config/limits.ts";
import {
  connectionsMax,
  type Fronts,
  frontThreads,
  openFronts,
  openSecrets,
  providerFiles,
  type Secrets,
} from "./fronts/mod.ts";
import { type Fulfillment, openFulfillment } from "./fulfillment/mod.ts";
import { keyRing } from "./node/key_ring.ts";
import { liveWebhook } from "./management/mod.ts";
import { type EmbeddedLogOptions, type EventLog, type LogNotice, openEmbeddedLog } from "./log/mod.ts";
import { logKeptMs } from "./node/log_kept.ts";
import { openMetrics } from "./node/metrics.ts";
import { type OutgoingSettings, outgoingSettings } from "./node/outgoing_settings.ts";
import { readPrograms } from "./node/program_directory.ts";
import type { ProgramDocument } from "./model/campaign.ts";
import { openProviders, type Providers } from "./providers/mod.ts";
import { type ClusterLink, type Runtime, startRuntime, type StartingRuntime, ThreadGauge } from "./runtime/mod.ts";
import { startWorkers, stopUnopened, threadEntries } from "./threads.ts";

/** Built for browsers, in a folder of its own beside those of this file. */
const pagesFolder = new URL("../src/sdk/", import.meta.url);

/** What is there where nobody says otherwise. */
const demoPrograms = fileURLToPath(new URL("../../config/programs", import.meta.url));

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
  /** Called when the start opens stores. @param letGo closes them, whatever the start is at; asked for by an operator, it also gives up what the node owns */
  readonly onStores?: (letGo: (isAskedFor: boolean) => Promise<void>) => void;
  /** Worker threads that were started ahead; absent: they are started now. */
  readonly workers?: readonly Worker[];
}

export async function startNode(options: NodeOptions): Promise<Node> {
  const { settings, workers = startWorkers(settings) } = options;
  let starting: StartingRuntime | null = null;
  let door: StartDoor | null = null;
  try {
    const programs = asSetting(() => readPrograms(settings.programs ?? demoPrograms));
    const outgoing = outgoingSettings(settings);
    const providers = await openProviders(providerFiles(settings));
    const isNew = !existsSync(join(settings.data, "layout.json"));
    const secrets = openSecrets(settings, (path) => {
      if (!isNew) options.logger.warn({ path }, "secrets_key_made_anew");
    });
    if (secrets === null) options.logger.warn({ setting: "LAUREL_SECRETS_KEY" }, "secrets_cannot_be_kept");
    let reason = (): string => "starting: the log is opened";
    door = await openDoor(options, () => reason());
    const cluster = await joined(options);
    const log = cluster === null ? await openLog(options) : await cluster.openLog();
    try {
      reason = () => "starting: the cluster is joined";
      const link = cluster === null ? null : await cluster.openLink();
      const { runtime } = (starting = openRuntime(options, { log, link, programs, workers }));
      reason = () => runtime.status().reason ?? "starting: the doors are opened";
      options.onStores?.((isAskedFor) => (isAskedFor ? runtime.leave() : runtime.abandon()));
      return await openNode(options, { log, starting, providers, secrets, door, outgoing });
    } catch (error) {
      await log.close();
      throw error;
    }
  } catch (error) {
    door?.close();
    if (starting === null) stopUnopened(workers);
    throw error;
  }
}

/** A port that the system chooses nobody knows yet. */
function openDoor({ settings }: NodeOptions, reason: () => string): Promise<StartDoor | null> {
  const { host, port } = settings;
  return port === 0 ? Promise.resolve(null) : openStartDoor({ host, port, connectionsMax: connectionsMax(), reason });
}

interface OpeningParts {
  readonly log: EventLog;
  readonly starting: StartingRuntime;
  readonly providers: Providers;
  readonly secrets: Secrets | null;
  /** What listens until the fronts do; null: nothing. */
  readonly door: StartDoor | null;
  readonly outgoing: OutgoingSettings;
}

/** D1. */
async function openNode(options: NodeOptions, parts: OpeningParts): Promise<Node> {
  const { log, starting, providers, secrets, door, outgoing } = parts;
  const { runtime, whenReady } = starting;
  const fulfillment = carryOut(options, { runtime, secrets, providers, outgoing });
  try {
    const whenOpen = whenReady.then(() => fulfillment.start());
    // Told again by `whenReady` when the doors cannot be prepared.
    whenOpen.catch(() => undefined);
    const fronts = await openDoors(options, { log, runtime, whenOpen, providers, secrets, fulfillment, door });
    const couponWatch = couponWatchOf(options, { runtime, fulfillment });
    couponWatch?.start();
    return {
      port: fronts.port,
      stop: () => stopAll({ fronts, couponWatch, fulfillment, runtime, log }),
      abandon: async () => void (await Promise.all([fronts.abandon(), runtime.abandon()])),
    };
  } catch (error) {
    // What starts is stopped when it has: a start that is cut off would go on behind the stop.
    await whenReady.catch(() => undefined);
    await fulfillment.stop();
    await runtime.stop();
    throw error;
  }
}

interface RunningParts {
  readonly fronts: Fronts;
  /** Null: no shop is known that coupons come from. */
  readonly couponWatch: CouponWatch | null;
  readonly fulfillment: Fulfillment;
  readonly runtime: Runtime;
  readonly log: EventLog;
}

function carryOut(
  { settings, logger }: NodeOptions,
  {
    runtime,
    secrets,
    providers,
    outgoing,
  }: Omit<OpeningParts, "log" | "starting" | "door"> & { readonly runtime: Runtime },
): Fulfillment {
  const { allowedNetworks, smtpUrl, mailFrom, shareUrlOf, shareLinksOf, payouts, salesforce } = outgoing;
  return openFulfillment({
    source: runtime.jobs,
    settings: {
      threads: settings.fulfillmentThreads,
      inFlightMax: settings.deliveriesInFlightMax,
      perSubscriberMax: settings.subscriberInFlightMax,
      ratePerSecond: settings.subscriberRatePerSecond,
      timeoutMs: settings.deliveryTimeoutMs,
      allowedNetworks,
      smtpUrl,
      mailFrom,
      outboxDirectory: join(settings.data, "outbox"),
    },
    lookUp: providers.lookUp,
    payouts,
    salesforce,
    isOptedOut: optOutsIn(runtime),
    rewardStateOf: rewardStatesIn(runtime),
    optOutUrl: optOutUrls(shareUrlOf, secrets),
    shareLinksOf,
    findCredential: keyRing(runtime.configuration, secrets?.sealer ?? null),
    findWebhook: async (client, id) => liveWebhook(await runtime.configuration.read(client), id),
    threadEntry: threadEntries.fulfillment,
    logger,
  });
}

/** Where share links begin, a mail's reader finds this node. */
function optOutUrls(shareUrlOf: ShareUrlOf, secrets: Secrets | null): (client: string, email: string) => string | null {
  return (client, email) =>
    secrets === null ? null : `${shareUrlOf(client)}/v4/optout/${secrets.optOutLinks.make(client, email)}`;
}

/** What a node of a cluster opens instead of a log of its own; null for a node alone, which starts sooner without the client of NATS. */
async function joined(
  options: NodeOptions,
): Promise<{ readonly openLog: () => Promise<EventLog>; readonly openLink: () => Promise<ClusterLink> } | null> {
  if (options.settings.natsUrl === null) return null;
  const { natsSettings, openLink, openSharedLog } = await import("./node/join.ts");
  const nats = natsSettings(options.settings);
  if (nats === null) return null;
  const onNotice = (notice: LogNotice): void => tell(options.logger, notice);
  return { openLog: () => openSharedLog(nats, { ...options, onNotice }), openLink: () => openLink(nats, options) };
}

function couponWatchOf(
  { settings, logger }: NodeOptions,
  { runtime, fulfillment }: Pick<RunningParts, "runtime" | "fulfillment">,
): CouponWatch | null {
  const { configuration, jobs } = runtime;
  const { couponShop: shop } = fulfillment.offers;
  if (shop === null) return null;
  const isServed = (partition: number): boolean => jobs.isServed(partition);
  const intervalMs = settings.couponRefillIntervalMs;
  return new CouponWatch({ runtime, configuration, shop, isServed, intervalMs, logger });
}

async function stopAll({ fronts, couponWatch, fulfillment, runtime, log }: RunningParts): Promise<void> {
  await fronts.stop();
  await couponWatch?.stop();
  await fulfillment.stop();
  await runtime.stop();
  await log.close();
}

function openLog({ settings, logger, onFailure }: NodeOptions): Promise<EventLog> {
  const keepMs = logKeptMs(settings);
  return openEmbeddedLog({
    directory: join(settings.data, "log"),
    partitions: settings.partitions,
    segmentBytes: settings.segmentBytes,
    groupBytesMax: LOG_GROUP_BYTES_MAX,
    pendingBytesMax: settings.logPendingBytesMax,
    sync: syncMode(settings.sync),
    syncIntervalMs: settings.syncIntervalMs,
    ...(keepMs === null ? {} : { keepMs }),
    onFailure,
    onNotice: (notice) => tell(logger, notice),
  });
}

const quietNotices: readonly LogNotice["name"][] = ["log_opened", "log_stream_opened", "log_resumed"];

function tell(logger: Logger, { name, ...notice }: LogNotice): void {
  logger[quietNotices.includes(name) ? "info" : "warn"](notice, name);
}

function openRuntime(
  { settings, logger, onFailure }: NodeOptions,
  parts: {
    readonly log: EventLog;
    readonly link: ClusterLink | null;
    readonly programs: ProgramDocument[];
    readonly workers: readonly Worker[];
  },
): StartingRuntime {
  const { log, link, programs, workers } = parts;
  return startRuntime({
    log,
    ...(link === null ? {} : { link }),
    dataDirectory: settings.data,
    partitions: settings.partitions,
    threads: workers,
    storeWriterEntry: threadEntries.storeWriter,
    fronts: frontThreads(settings),
    programs,
    settings: {
      checkpointIntervalMs: settings.checkpointIntervalMs,
      snapshotIntervalMs: settings.snapshotIntervalMs,
      checkpointDirtyBytes: settings.checkpointDirtyBytes,
      cacheBytes: settings.cacheBytes,
      inFlightRecordsMax: settings.inFlightRecordsMax,
      inFlightBytesMax: settings.inFlightBytesMax,
      paceMs: settings.paceMs,
      profilesCachedMax: settings.profilesCachedMax,
      replyTimeoutMs: settings.replyTimeoutMs,
      threadSilenceMs: settings.threadSilenceMs,
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
    readonly whenOpen: Promise<void>;
    readonly providers: Providers;
    readonly secrets: Secrets | null;
    readonly fulfillment: Fulfillment;
    readonly door: StartDoor | null;
  },
): Promise<Fronts> {
  const { log, runtime, fulfillment, door, ...own } = parts;
  let fronts: Fronts | null = null;
  const metrics = openMetrics({
    runtime,
    log,
    fulfillment,
    fronts: async () => (await fronts?.measure()) ?? [],
    main: frontThreads(settings) === 0 ? null : new ThreadGauge(),
  });
  fronts = await openFronts({
    ...own,
    settings,
    token,
    pagesFolder,
    threadEntry: threadEntries.front,
    runtime,
    beforeListening: () => door?.close(),
    offers: fulfillment.offers,
    logger,
    onFailure,
    metricsText: () => metrics.text(),
  });
  return fronts;
}

function syncMode(text: string): EmbeddedLogOptions["sync"] {
  return text === "interval" || text === "never" ? text : "always";
}
