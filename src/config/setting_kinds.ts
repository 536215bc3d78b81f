// The settings of a node: one row each, with type, default, unit and sentence. What is made of the table is in `mod.ts`.
//
// The order is that of `config/default.json` and `config/README.md`: parts of the table that have files of their own stand where their rows do.

import type { SettingKind } from "./setting_kind.ts";
import { clusterSettingKinds } from "./setting_kinds_cluster.ts";
import { outgoingSettingKinds } from "./setting_kinds_outgoing.ts";
import { providerSettingKinds } from "./setting_kinds_providers.ts";
import { storageSettingKinds } from "./setting_kinds_storage.ts";

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
    // `TOKEN_LENGTH_MAX`: a longer one could not be sent.
    lengthMax: 512,
  },
  clientTokens: {
    environment: "LAUREL_CLIENT_TOKENS",
    type: "string",
    default: null,
    unit: "secret",
    sentence: "Bootstrap server tokens of other clients: `acme=...,rival=...`.",
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
    sentence:
      "Which client's consumers come by which host: `share.acme.com=acme,go.rival.com=rival`. Share links of a client lead to its first, unless the host of `LAUREL_SHARE_URL` is its own.",
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
    sentence: "Where a share link leads whose content names no page; the demo shop when not set.",
  },
  shareDestinations: {
    environment: "LAUREL_SHARE_DESTINATIONS",
    type: "string",
    default: null,
    unit: "list",
    sentence: "The same of clients that have one of their own: `acme=https://shop.acme.com,rival=https://rival.com`.",
  },
  shareHosts: {
    environment: "LAUREL_SHARE_HOSTS",
    type: "string",
    default: null,
    unit: "list",
    sentence: "Hosts to which contents of share links and mails of shares may lead, besides that of the destination.",
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
  ...outgoingSettingKinds,
  ...providerSettingKinds,
  fronts: {
    environment: "LAUREL_FRONTS",
    type: "integer",
    default: 1,
    unit: "threads",
    minimum: 1,
    maximum: 32,
    sentence:
      "Threads that take requests, all on one port; 1: the main thread does, which costs least while it is not the limit.",
  },
  workers: {
    environment: "LAUREL_WORKERS",
    type: "integer",
    default: null,
    unit: "threads",
    minimum: 1,
    maximum: 64,
    sentence: "Worker threads that own partitions; one a core when not set, at most one a partition.",
  },
  threadSilenceMs: {
    environment: "LAUREL_THREAD_SILENCE_MS",
    type: "integer",
    default: 60_000,
    unit: "ms",
    minimum: 1_000,
    maximum: 3_600_000,
    sentence:
      "How long a worker or front thread may answer nothing before the node ends (70, or by SIGKILL when the thread holds on), for its supervisor to start it again.",
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
  ...storageSettingKinds,
  inFlightRecordsMax: {
    environment: "LAUREL_IN_FLIGHT_RECORDS_MAX",
    type: "integer",
    default: 16_384,
    unit: "records",
    minimum: 64,
    maximum: 1_000_000,
    sentence:
      "Records of one worker appended and not yet applied; above it events are refused as busy, and from a quarter of it bulk bodies are read on later.",
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
  paceMs: {
    environment: "LAUREL_PACE_MS",
    type: "integer",
    default: 20,
    unit: "ms",
    minimum: 1,
    maximum: 60_000,
    sentence:
      "Work of one worker before an asynchronous event when it is answered, about; while there is more, the answer waits, so that a firehose keeps to what is applied.",
  },
  profilesCachedMax: {
    environment: "LAUREL_PROFILES_CACHED_MAX",
    type: "integer",
    default: 16_384,
    unit: "profiles",
    minimum: 0,
    maximum: 10_000_000,
    sentence:
      "Profiles of persons that a node alone keeps to answer again as long as they do not change, some 500 bytes each.",
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
  ...clusterSettingKinds,
} as const satisfies { readonly [name: string]: SettingKind };
