// Settings of the runtime, as its owner passes them in; declared for operators in `src/config/mod.ts`.

export interface RuntimeSettings {
  /** Each partition is checkpointed about this often while it changes. */
  readonly checkpointIntervalMs: number;
  /** In a cluster: an owned partition's snapshot is made anew at the first checkpoint after this time. */
  readonly snapshotIntervalMs: number;
  /** Changed entries of all partitions together; a partition whose share of it is used up is checkpointed at once. */
  readonly checkpointDirtyBytes: number;
  /** Entries in memory, all partitions together. */
  readonly cacheBytes: number;
  /** Records of one worker that are appended and not yet applied; from there on events are refused as busy. */
  readonly inFlightRecordsMax: number;
  /** The same in bytes. */
  readonly inFlightBytesMax: number;
  /** Work of one worker before an asynchronous event, at most, when it is answered; while there is more, the answer waits. */
  readonly paceMs: number;
  /** Profiles of persons that a node alone keeps ready to answer; 0: none. */
  readonly profilesCachedMax: number;
  /** How long `acceptAndApply`, `command` and queries wait for an answer. */
  readonly replyTimeoutMs: number;
  /** How long `stop` waits for queues to drain and for workers to write their last checkpoint. */
  readonly stopTimeoutMs: number;
  /** How long a thread may answer nothing before the node gives up. */
  readonly threadSilenceMs: number;
  /** "all": the log is kept whole, which `replay --verify` and explanations need; "checkpoint": what every checkpoint covers (in a
   * cluster: every snapshot) may go. */
  readonly logRetention: "all" | "checkpoint";
}

export const defaultRuntimeSettings: RuntimeSettings = {
  checkpointIntervalMs: 10_000,
  snapshotIntervalMs: 600_000,
  checkpointDirtyBytes: 128 << 20,
  cacheBytes: 512 << 20,
  inFlightRecordsMax: 16_384,
  inFlightBytesMax: 32 << 20,
  paceMs: 20,
  profilesCachedMax: 16_384,
  replyTimeoutMs: 10_000,
  stopTimeoutMs: 30_000,
  threadSilenceMs: 60_000,
  logRetention: "all",
};

/** How long an answer waits for the pace, at most: a worker that stands still, since its disk does, lets it go then. */
export const PACE_MS_MAX = 1_000;

/** Callers waiting for a reply at once: a thousand requests for each of the sockets that one front serves well. */
export const REPLIES_PENDING_MAX = 65_536;

/** Queries waiting for a partition at once; a query holds a whole person, so this is memory. */
export const QUERIES_PENDING_MAX = 4_096;

/** How long a start that is cut off tries to give up what it owns: less than the process has to end. */
export const LEAVE_MS = 3_000;

/** How often deadlines are looked at; a caller may wait this much longer than its timeout. */
export const SWEEP_INTERVAL_MS = 250;

/** How long the runtime waits before it tries the log or the store again after a failure that may pass (a full disk). */
export const RETRY_MS = 1_000;

/** How long messages wait when the log takes no more for now: a few commits. */
export const APPEND_RETRY_MS = 20;

/** How long records that nobody waits for may wait for more to cross to their worker with. */
export const GATHER_MS = 10;

/** Of a worker: as many bytes are not gathered any longer, they fill a slice. */
export const GATHER_BYTES_MAX = 128 * 1024;

/** How long after a record that somebody waits for none is gathered: about what an answer takes that several partitions work on. */
export const HASTE_MS = 100;

/**
 * Room for new objects in a worker's heap. At V8's own 48 MiB every collection finds the records and changes of a moment ago still in use and
 * copies them twice: an event in bulk took 15 % more CPU; at 192 MiB it took no less.
 */
export const WORKER_YOUNG_HEAP_MIB = 96;

/** The longest delay that Node's timers take. */
export const TIMER_DELAY_MS_MAX = 2 ** 31 - 1;

/** The longest rest of a partition between two ticks of a backlog: on a machine that is busy with other things, timers still get on. */
export const TICK_REST_MS_MAX = 1_000;

/** Documents of one change, as text: a record must fit a message of the log, and NATS takes 1 MiB unless told otherwise. */
export const CONFIGURATION_CHANGE_BYTES_MAX = 768 * 1024;

/** How often a change is decided anew because another node's came first, before its author is told to try later. */
export const CONFIGURATION_TRIES_MAX = 16;

/** Changes of this node that wait for their turn. */
export const CONFIGURATION_WAITING_MAX = 1_024;

/** Changes of a client that are made as one. */
export const CONFIGURATION_GROUP_MAX = 64;

/** Pages of one refresh of a configuration; at 256 documents a page, far more than one client has. */
export const CONFIGURATION_PAGES_MAX = 4_096;

/** Explanations worked on at once: each reads and applies up to a page of records, which nobody should feel. */
export const EXPLANATIONS_AT_ONCE_MAX = 4;

/** Pages of a trail looked through for one event, beginning with the one that its time points at. */
export const EXPLAIN_PAGES_MAX = 3;

/**
 * How long a worker applies a page again, with its other partitions waiting: 256 records of most persons take 5 ms, 2,000 of an advocate of ten thousand friends some seconds. What
 * takes longer than this is told as far as it came.
 */
export const EXPLAIN_MS_MAX = 2_000;

/** Persons merged into one whose events are looked for by that one's id, and merges that are followed back. */
export const EXPLAIN_MERGED_MAX = 4;
export const EXPLAIN_MERGES_MAX = 2;

/** Of the log, read on in the hope of the next record before it is looked up: less than the half of a segment. */
export const EXPLAIN_SCAN_BYTES_MAX = 16 << 20;

/** What workers always get for closing their stores, even when draining has used up the time. */
export const CLOSE_MS = 5_000;

/** How long a start waits, once the log's tail is applied, for all that follows from it to be over: messages between partitions take milliseconds. */
export const CATCH_UP_QUIET_MS = 1_000;
