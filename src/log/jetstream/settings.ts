// Settings of the JetStream log: every bound with its unit and reason. What differs between installations is an option, all else a default.

import { defaultNatsSettings, type NatsSettings } from "../../nats/mod.ts";
import type { LogUnavailable } from "../errors.ts";
import type { LogNotice } from "../log_notice.ts";

export interface JetStreamLogSettings extends NatsSettings {
  /** Name of the stream; created when absent. Two logs on one set of servers need two streams and two prefixes. */
  readonly stream: string;
  /** Partition p is the subject `<prefix>.<p>`. */
  readonly subjectPrefix: string;
  /** Copies of the stream: 1, 3 or 5. Only asked for at creation. What an acknowledgement means with each: `config/nats.conf`. */
  readonly replicas: number;
  /** The stream refuses what would make it larger: it must never take the whole disk, and never drop what was not yet read. */
  readonly streamBytesMax: number;
  /** A batch is closed when it would grow beyond this. Larger records get a batch of their own. */
  readonly batchBytesMax: number;
  /** A batch is closed when it has as many records: bounds what is numbered anew after a lost race. */
  readonly batchRecordsMax: number;
  /** Bytes that may wait for an acknowledgement before `append` throws `LogFull`. */
  readonly pendingBytesMax: number;
  /** Messages without an acknowledgement, all partitions together; a partition has at most one. */
  readonly publishesInFlightMax: number;
  /** Without an answer for this long a publish is repeated; the repetition cannot add it twice. */
  readonly publishTimeoutMs: number;
  /**
   * At least as long lies between two waves of messages, one a partition: what arrives meanwhile shares them. A record that comes
   * after a longer silence does not wait. To a client that waits for its answer it is latency, to the servers a fraction of the messages.
   */
  readonly waveMs: number;
  /**
   * Only partitions that are asked for by `follow` are delivered, and records of partitions that another process leads are handed to it.
   * False: all are delivered, and every process appends by itself.
   */
  readonly isPartial: boolean;
  /** Who leads a partition and does not answer for this long is done without. */
  readonly handTimeoutMs: number;
  /** How often it is looked whether announcements were lost. */
  readonly sweepMs: number;
  /** How long an append waits for servers that do not answer; then it is refused, and so is everything until they do. */
  readonly unavailableAfterMs: number;
  /** How often absent servers are tried again; within the `Retry-After` of one second that clients are told. */
  readonly retryMs: number;
  /** How long the servers know a repeated publish by its id. Saves a look-up; nothing depends on it. */
  readonly duplicateWindowMs: number;
  /** `retire` gives back about this much of a partition at a time. */
  readonly retireBytes: number;
  /** `retire` leaves what is younger than this, and more by an eighth at most; null: nothing. */
  readonly keepMs: number | null;
  /** A reader that gets nothing for this long gives up. */
  readonly readTimeoutMs: number;
}

export const defaultJetStreamLogSettings: JetStreamLogSettings = {
  ...defaultNatsSettings,
  stream: "LAUREL_LOG",
  subjectPrefix: "laurel.log",
  replicas: 1,
  streamBytesMax: 16 * 2 ** 30,
  batchBytesMax: 256 * 1024,
  batchRecordsMax: 4096,
  pendingBytesMax: 64 * 2 ** 20,
  publishesInFlightMax: 64,
  publishTimeoutMs: 2_000,
  waveMs: 3,
  isPartial: false,
  handTimeoutMs: 1_500,
  sweepMs: 2_000,
  unavailableAfterMs: 5_000,
  retryMs: 500,
  duplicateWindowMs: 120_000,
  retireBytes: 16 * 2 ** 20,
  keepMs: null,
  readTimeoutMs: 10_000,
};

export interface JetStreamLogOptions extends JetStreamLogSettings {
  /** Fixed when the stream is created; opening with another number is refused. */
  readonly partitions: number;
  /** Called once, when the log has failed for good: nothing is acknowledged any more and the process should end. */
  readonly onFailure: (error: LogUnavailable) => void;
  readonly onNotice: (notice: LogNotice) => void;
}

/** As many as ids can name (`base/ids.ts`). */
const PARTITIONS_MAX = 512;
/** Below this, the message around a batch costs more than its records. */
const BATCH_BYTES_MIN = 1024;

export function checkJetStreamLogOptions(options: JetStreamLogOptions): void {
  const { partitions, batchBytesMax, pendingBytesMax, subjectPrefix, stream } = options;
  const refuse = (sentence: string): never => {
    throw new RangeError(sentence);
  };
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    refuse(`partitions must be a whole number from 1 to ${PARTITIONS_MAX}, not ${partitions}`);
  }
  if (options.servers.length === 0) refuse("servers must name at least one server");
  if (![1, 3, 5].includes(options.replicas)) refuse(`replicas must be 1, 3 or 5, not ${options.replicas}`);
  if (!/^[A-Za-z0-9_-]+$/.test(stream)) refuse(`stream must consist of letters, digits, _ and -, not ${stream}`);
  if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(subjectPrefix)) {
    refuse(`subjectPrefix must be words of letters, digits, _ and -, with dots between them, not ${subjectPrefix}`);
  }
  if (!(batchBytesMax >= BATCH_BYTES_MIN)) refuse(`batchBytesMax must be at least ${BATCH_BYTES_MIN}`);
  if (pendingBytesMax < batchBytesMax) refuse(`pendingBytesMax must be at least batchBytesMax (${batchBytesMax})`);
  const positive = [
    "batchRecordsMax",
    "publishesInFlightMax",
    "publishTimeoutMs",
    "handTimeoutMs",
    "sweepMs",
    "unavailableAfterMs",
    "retryMs",
  ] as const;
  for (const name of positive) if (!(options[name] >= 1)) refuse(`${name} must be at least 1, not ${options[name]}`);
  if (options.duplicateWindowMs < 100)
    refuse(`duplicateWindowMs must be at least 100, not ${options.duplicateWindowMs}`);
}
