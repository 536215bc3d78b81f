// Settings: declared once, with type, default, unit and sentence. `config/default.json`, `config/README.md` and the checks derive from this table.
//
// Read in this order, later wins: the defaults below, the JSON file named by LAUREL_CONFIG, the environment.
//   S1. An unknown or wrong setting stops the start with a sentence that names it.
//   S2. Settings never change while the node runs.

import { Ajv, type ErrorObject } from "ajv";
import { fail, ok, type Result } from "./base/result.ts";

interface SettingKind {
  readonly environment: string;
  readonly type: "integer" | "string";
  readonly default: number | string | null;
  readonly unit: string;
  readonly sentence: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly values?: readonly string[];
}

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export const settingKinds = {
  port: {
    environment: "LAUREL_PORT",
    type: "integer",
    default: 8080,
    unit: "TCP port",
    minimum: 0,
    maximum: 65_535,
    sentence: "Where the HTTP front listens; 0 takes a free one.",
  },
  host: {
    environment: "LAUREL_HOST",
    type: "string",
    default: "127.0.0.1",
    unit: "address",
    sentence: "The address the HTTP front binds to.",
  },
  data: {
    environment: "LAUREL_DATA",
    type: "string",
    default: "./data",
    unit: "directory",
    sentence: "Holds log, checkpoints and published programmes; created when absent.",
  },
  token: {
    environment: "LAUREL_TOKEN",
    type: "string",
    default: null,
    unit: "secret",
    sentence: "Bootstrap server token of client `demo`; random and printed once when not set.",
  },
  shareUrl: {
    environment: "LAUREL_SHARE_URL",
    type: "string",
    default: "http://127.0.0.1:8080",
    unit: "URL",
    sentence: "Where share links begin: the address under which a brand's visitors reach codes.",
  },
  secretsKey: {
    environment: "LAUREL_SECRETS_KEY",
    type: "string",
    default: null,
    unit: "secret",
    sentence:
      "32 bytes as base64 or hex under which clients' secrets are kept, older ones after commas; a file of the data directory when not set, in a cluster none.",
  },
  consumerClient: {
    environment: "LAUREL_CONSUMER_CLIENT",
    type: "string",
    default: "demo",
    unit: "client",
    sentence: "Whose consumers come by hosts that `LAUREL_CONSUMER_HOSTS` does not name.",
  },
  consumerHosts: {
    environment: "LAUREL_CONSUMER_HOSTS",
    type: "string",
    default: null,
    unit: "list",
    sentence: "Which client's consumers come by which host: `share.acme.com=acme,go.rival.com=rival`.",
  },
  consumerOrigins: {
    environment: "LAUREL_CONSUMER_ORIGINS",
    type: "string",
    default: null,
    unit: "list",
    sentence:
      "Origins whose pages may use a consumer's cookies, such as `https://shop.acme.com`; `*`: all. Pages of the host itself always may; with a token in a header, pages of any origin.",
  },
  shareDestination: {
    environment: "LAUREL_SHARE_DESTINATION",
    type: "string",
    default: null,
    unit: "URL",
    sentence: "Where a share link leads whose content names no page; the start of share links when not set.",
  },
  shareHosts: {
    environment: "LAUREL_SHARE_HOSTS",
    type: "string",
    default: null,
    unit: "list",
    sentence: "Hosts to which contents of share links may lead, besides that of the destination.",
  },
  trustedProxies: {
    environment: "LAUREL_TRUSTED_PROXIES",
    type: "integer",
    default: 0,
    unit: "proxies",
    minimum: 0,
    maximum: 16,
    sentence:
      "How many proxies stand before the node: so many entries of `X-Forwarded-For` are believed, from the right.",
  },
  programs: {
    environment: "LAUREL_PROGRAMS",
    type: "string",
    default: null,
    unit: "directory",
    sentence: "Programme documents, one JSON file a client; the package's `config/programs` when not set.",
  },
  geoFile: {
    environment: "LAUREL_GEO_FILE",
    type: "string",
    default: null,
    unit: "file",
    sentence: "MaxMind database (GeoLite2-Country or the like) for the country of addresses; unknown when not set.",
  },
  riskFile: {
    environment: "LAUREL_RISK_FILE",
    type: "string",
    default: null,
    unit: "file",
    sentence: "Risk scores of networks and mailboxes as JSON (`src/providers/README.md`); unknown when not set.",
  },
  globalBlocksFile: {
    environment: "LAUREL_GLOBAL_BLOCKS_FILE",
    type: "string",
    default: null,
    unit: "file",
    sentence: "Senders whom no client trusts, as a JSON list of blocks; unknown when not set.",
  },
  fulfillmentThreads: {
    environment: "LAUREL_FULFILLMENT_THREADS",
    type: "integer",
    default: 1,
    unit: "threads",
    minimum: 1,
    maximum: 16,
    sentence: "Threads that make calls to the outside, apart from those of the partitions.",
  },
  deliveriesInFlightMax: {
    environment: "LAUREL_DELIVERIES_IN_FLIGHT_MAX",
    type: "integer",
    default: 1_024,
    unit: "attempts",
    minimum: 1,
    maximum: 65_536,
    sentence: "Attempts to the outside under way at this node; what is ready beyond them waits.",
  },
  subscriberInFlightMax: {
    environment: "LAUREL_SUBSCRIBER_IN_FLIGHT_MAX",
    type: "integer",
    default: 64,
    unit: "attempts",
    minimum: 1,
    maximum: 65_536,
    sentence: "The same of one subscriber, such as a webhook: what hangs takes no more from the others.",
  },
  subscriberRatePerSecond: {
    environment: "LAUREL_SUBSCRIBER_RATE_PER_SECOND",
    type: "integer",
    default: 0,
    unit: "attempts",
    minimum: 0,
    maximum: 1_000_000,
    sentence: "Attempts that one subscriber gets a second and node; 0: no limit.",
  },
  deliveryTimeoutMs: {
    environment: "LAUREL_DELIVERY_TIMEOUT_MS",
    type: "integer",
    default: 15_000,
    unit: "ms",
    minimum: 100,
    maximum: 120_000,
    sentence: "How long one attempt to the outside may take.",
  },
  outgoingAllow: {
    environment: "LAUREL_OUTGOING_ALLOW",
    type: "string",
    default: null,
    unit: "networks",
    sentence:
      "Private and local networks that calls may go to nevertheless, such as 127.0.0.1,10.1.0.0/16; none when not set.",
  },
  workers: {
    environment: "LAUREL_WORKERS",
    type: "integer",
    default: null,
    unit: "threads",
    minimum: 1,
    maximum: 64,
    sentence: "Worker threads that own partitions; cores - 1, at least 1, when not set.",
  },
  partitions: {
    environment: "LAUREL_PARTITIONS",
    type: "integer",
    default: 16,
    unit: "partitions",
    minimum: 1,
    maximum: 512,
    sentence: "Written into the data directory at creation; another number later is refused.",
  },
  logLevel: {
    environment: "LAUREL_LOG_LEVEL",
    type: "string",
    default: "info",
    unit: "level",
    values: ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
    sentence: "Log lines below this level are not written.",
  },
  sync: {
    environment: "LAUREL_SYNC",
    type: "string",
    default: "always",
    unit: "mode",
    values: ["always", "interval", "never"],
    sentence:
      "always: an acknowledged event survives a power cut. interval: it may be lost for syncIntervalMs. never: until the segment is full.",
  },
  syncIntervalMs: {
    environment: "LAUREL_SYNC_INTERVAL_MS",
    type: "integer",
    default: 100,
    unit: "ms",
    minimum: 1,
    maximum: 60_000,
    sentence: "How often the log is synced when sync is `interval`.",
  },
  segmentBytes: {
    environment: "LAUREL_SEGMENT_BYTES",
    type: "integer",
    default: 64 * MiB,
    unit: "bytes",
    minimum: 1 * MiB,
    maximum: 1 * GiB,
    sentence: "Size of a log segment; one is prepared ahead, so this much disk is taken early.",
  },
  logPendingBytesMax: {
    environment: "LAUREL_LOG_PENDING_BYTES_MAX",
    type: "integer",
    default: 64 * MiB,
    unit: "bytes",
    minimum: 1 * MiB,
    maximum: 1 * GiB,
    sentence: "Bytes that may wait for the disk before events are refused as busy.",
  },
  logRetention: {
    environment: "LAUREL_LOG_RETENTION",
    type: "string",
    default: "all",
    unit: "mode",
    values: ["all", "checkpoint"],
    sentence:
      "all: the log is kept whole, for replay and audits. checkpoint: what every checkpoint, or snapshot in a cluster, covers may go.",
  },
  checkpointIntervalMs: {
    environment: "LAUREL_CHECKPOINT_INTERVAL_MS",
    type: "integer",
    default: 30_000,
    unit: "ms",
    minimum: 100,
    maximum: 3_600_000,
    sentence: "How often a changing partition is checkpointed: what a crash has to replay.",
  },
  snapshotIntervalMs: {
    environment: "LAUREL_SNAPSHOT_INTERVAL_MS",
    type: "integer",
    default: 600_000,
    unit: "ms",
    minimum: 1000,
    maximum: 86_400_000,
    sentence: "In a cluster: how often a changing partition's snapshot is put where other nodes can get it.",
  },
  checkpointDirtyBytes: {
    environment: "LAUREL_CHECKPOINT_DIRTY_BYTES",
    type: "integer",
    default: 96 * MiB,
    unit: "bytes",
    minimum: 1 * MiB,
    maximum: 16 * GiB,
    sentence: "Changed state in memory at which a checkpoint does not wait for its time.",
  },
  cacheBytes: {
    environment: "LAUREL_CACHE_BYTES",
    type: "integer",
    default: 192 * MiB,
    unit: "bytes",
    minimum: 16 * MiB,
    maximum: 64 * GiB,
    sentence: "State kept in memory, all partitions together; the rest is read from disk when needed.",
  },
  inFlightRecordsMax: {
    environment: "LAUREL_IN_FLIGHT_RECORDS_MAX",
    type: "integer",
    default: 16_384,
    unit: "records",
    minimum: 64,
    maximum: 1_000_000,
    sentence: "Records of one worker appended and not yet applied; above it events are refused as busy.",
  },
  inFlightBytesMax: {
    environment: "LAUREL_IN_FLIGHT_BYTES_MAX",
    type: "integer",
    default: 32 * MiB,
    unit: "bytes",
    minimum: 1 * MiB,
    maximum: 4 * GiB,
    sentence: "The same in bytes.",
  },
  replyTimeoutMs: {
    environment: "LAUREL_REPLY_TIMEOUT_MS",
    type: "integer",
    default: 10_000,
    unit: "ms",
    minimum: 100,
    maximum: 120_000,
    sentence: "How long a synchronous call waits for its outcome.",
  },
  rateTokenPerMinute: {
    environment: "LAUREL_RATE_TOKEN_PER_MINUTE",
    type: "integer",
    default: 0,
    unit: "requests",
    minimum: 0,
    maximum: 10_000_000,
    sentence: "Requests of one token a minute and node, asynchronous events not counted; 0: no limit.",
  },
  ratePersonPerSecond: {
    environment: "LAUREL_RATE_PERSON_PER_SECOND",
    type: "integer",
    default: 0,
    unit: "events",
    minimum: 0,
    maximum: 1_000_000,
    sentence: "Synchronous events of one identified person a second and node; 0: no limit.",
  },
  drainTimeoutMs: {
    environment: "LAUREL_DRAIN_TIMEOUT_MS",
    type: "integer",
    default: 8_000,
    unit: "ms",
    minimum: 0,
    maximum: 120_000,
    sentence: "How long a stopping node waits for requests in flight.",
  },
  natsUrl: {
    environment: "LAUREL_NATS_URL",
    type: "string",
    default: null,
    unit: "address",
    sentence:
      "Makes this a node of a cluster whose log is NATS JetStream: nats://user:password@host:4222, more hosts after commas; a node alone when not set.",
  },
  natsReplicas: {
    environment: "LAUREL_NATS_REPLICAS",
    type: "integer",
    default: 1,
    unit: "copies",
    minimum: 1,
    maximum: 5,
    sentence: "Copies of the log among the NATS servers when this node creates it: 1, 3 or 5.",
  },
  cluster: {
    environment: "LAUREL_CLUSTER",
    type: "string",
    default: "laurel",
    unit: "name",
    sentence: "Nodes of one name share a log; names keep clusters on the same NATS servers apart.",
  },
  node: {
    environment: "LAUREL_NODE",
    type: "string",
    default: null,
    unit: "name",
    sentence: "This node's name, unique in its cluster; host name and process number when not set.",
  },
  standbys: {
    environment: "LAUREL_STANDBYS",
    type: "integer",
    default: 1,
    unit: "nodes",
    minimum: 0,
    maximum: 8,
    sentence: "Nodes that follow each partition beside its owner, ready to take over.",
  },
  leaseMs: {
    environment: "LAUREL_LEASE_MS",
    type: "integer",
    default: 2_000,
    unit: "ms",
    minimum: 200,
    maximum: 60_000,
    sentence: "How long a node owns its partitions without being heard of by the others.",
  },
} as const satisfies { readonly [name: string]: SettingKind };

type Kinds = typeof settingKinds;
type ValueOf<K extends SettingKind> = K["default"] extends null
  ? (K["type"] extends "integer" ? number : string) | null
  : K["type"] extends "integer"
    ? number
    : string;
export type Settings = { readonly [Name in keyof Kinds]: ValueOf<Kinds[Name]> };

export type SettingValue = number | string | null;

/** JSON Schema of a settings file: every member optional, nothing else allowed. */
export function settingsSchema(): object {
  const properties: { [name: string]: object } = {};
  for (const [name, kind] of Object.entries<SettingKind>(settingKinds)) {
    const { type, minimum, maximum, values } = kind;
    properties[name] = {
      type: kind.default === null ? [type, "null"] : type,
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
      ...(values === undefined ? {} : { enum: values }),
      // An empty text is a variable that somebody forgot to fill: no token, no directory, no address.
      ...(kind.type === "string" && values === undefined ? { minLength: 1 } : {}),
    };
  }
  return { type: "object", properties, additionalProperties: false };
}

/** Merges defaults, `file` and `environment`. The error is a sentence for the operator. */
export function readSettings(
  file: unknown,
  environment: { readonly [name: string]: string | undefined },
): Result<Settings, string> {
  const fromFile = check(file, "The settings file");
  if (!fromFile.ok) return fromFile;
  const fromEnvironment = readEnvironment(environment);
  if (!fromEnvironment.ok) return fromEnvironment;
  const defaults = Object.fromEntries(
    Object.entries<SettingKind>(settingKinds).map(([name, kind]) => [name, kind.default]),
  );
  const merged = { ...defaults, ...fromFile.value, ...fromEnvironment.value };
  const checked = check(merged, "The settings");
  return checked.ok ? ok(Object.freeze(merged) as Settings) : checked;
}

function readEnvironment(environment: {
  readonly [name: string]: string | undefined;
}): Result<{ [name: string]: SettingValue }, string> {
  const byVariable = new Map(
    Object.entries<SettingKind>(settingKinds).map(([name, kind]) => [kind.environment, { name, kind }]),
  );
  const values: { [name: string]: SettingValue } = {};
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("LAUREL_") || variable === "LAUREL_CONFIG" || text === undefined) continue;
    const found = byVariable.get(variable);
    if (found === undefined) return fail(`The environment variable ${variable} is no setting of Laurel.`);
    const value = found.kind.type === "integer" ? readInteger(text) : text;
    if (value === null)
      return fail(`The environment variable ${variable} must be a whole number, not ${JSON.stringify(text)}.`);
    values[found.name] = value;
  }
  const checked = check(values, "The environment");
  return checked.ok ? ok(values) : checked;
}

function readInteger(text: string): number | null {
  return /^-?[0-9]{1,15}$/.test(text.trim()) ? Number(text) : null;
}

/** The schema is ours and tested: checking it against the meta-schema would take a tenth of a second of every start. */
const isSettings = new Ajv({ allowUnionTypes: true, meta: false, validateSchema: false }).compile<{
  [name: string]: SettingValue;
}>(settingsSchema());

function check(value: unknown, where: string): Result<{ [name: string]: SettingValue }, string> {
  if (isSettings(value)) return ok(value);
  const [error] = isSettings.errors ?? [];
  const name =
    error?.keyword === "additionalProperties"
      ? String(error.params["additionalProperty"])
      : (error?.instancePath.slice(1) ?? "");
  const kind: SettingKind | undefined = Object.entries<SettingKind>(settingKinds).find(([own]) => own === name)?.[1];
  if (kind === undefined)
    return fail(
      name === ""
        ? `${where} must be a JSON object.`
        : `${where} names ${JSON.stringify(name)}, which is no setting of Laurel.`,
    );
  return fail(`${where}: setting ${name} (${kind.environment}) ${wanted(kind, error)}.`);
}

function wanted({ values }: SettingKind, error: ErrorObject | undefined): string {
  if (values !== undefined) return `must be one of ${values.join(", ")}`;
  return error?.keyword === "minLength" ? "must not be empty" : (error?.message ?? "is wrong");
}
