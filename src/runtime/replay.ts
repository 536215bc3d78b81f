// Replay and verify: folds the log from its first record into memory and compares the result with what the live partitions checkpointed.
//
// Proves that the state is a function of the log: whatever was cached, evicted, recovered or written in between must not show.
// Runs on a stopped node, in the calling thread.

import {
  forgetErasure,
  hasErasure,
  hasUnlistedMerged,
  hasUnlistedTimers,
  hasUnpagedRewards,
  type ProgramLookup,
} from "../engine/mod.ts";
import { type EventLog, RecordReader } from "../log/mod.ts";
import { contentHash, openPartitionState, openPartitionStore, type PartitionStore } from "../store/mod.ts";
import { FOLDED_CACHE_BYTES, FoldedPartition } from "./folded_partition.ts";
import { openProgramLookup } from "./configuration/program_files.ts";

export interface ReplayOptions {
  readonly log: EventLog;
  readonly dataDirectory: string;
  readonly partitions: number;
  /** Default: the programs in the data directory. */
  readonly programs?: ProgramLookup;
  readonly onProgress: (records: number) => void;
}

export interface ReplayVerdict {
  readonly partition: number;
  /** Records applied: those that the live checkpoint reflects. */
  readonly records: number;
  readonly equal: boolean;
  readonly liveHash: string;
  readonly replayHash: string;
}

/** Records between two reports of progress. */
const PROGRESS_RECORDS = 100_000;

export async function replayAndVerify(options: ReplayOptions): Promise<ReplayVerdict[]> {
  const live = Array.from({ length: options.partitions }, (_, partition) =>
    openPartitionStore({ dataDirectory: options.dataDirectory, partition }),
  );
  try {
    refuseOutdated(live);
    const programs = options.programs ?? openProgramLookup(options.dataDirectory);
    const replayed = live.map((store) => new Replayed(store, options.partitions, programs));
    await foldLog(options, replayed);
    return replayed.map((each) => each.verdict());
  } finally {
    await Promise.all(live.map((store) => store.close()));
  }
}

/** What this version cannot read it cannot compare either. */
function refuseOutdated(live: readonly PartitionStore[]): void {
  for (const store of live) {
    const outdated = store.outdated();
    if (outdated === null) continue;
    throw new Error(
      `the state of partition ${store.partition} has store format ${outdated.format}: verify it with the version that wrote it, ` +
        "or start this one, which makes it anew from the log",
    );
  }
  const bounds = { cacheBytesMax: FOLDED_CACHE_BYTES, dirtyBytesMax: FOLDED_CACHE_BYTES };
  const earlier = live.find((store) => {
    const state = openPartitionState(store, bounds);
    return hasUnpagedRewards(state) || hasUnlistedMerged(state) || hasUnlistedTimers(state);
  });
  if (earlier !== undefined)
    throw new Error(
      `an earlier version wrote the state of partition ${earlier.partition}: verify it with that version, or start this one once`,
    );
}

async function foldLog({ log, onProgress }: ReplayOptions, replayed: readonly Replayed[]): Promise<void> {
  const reader = new RecordReader();
  let records = 0;
  for await (const batch of log.read(replayed.map(() => 1))) {
    reader.reset(batch);
    while (reader.next()) {
      const target = replayed[reader.partition];
      if (target === undefined || reader.sequence > target.livePosition) continue;
      target.apply(reader);
      if (++records % PROGRESS_RECORDS === 0) onProgress(records);
    }
  }
  onProgress(records);
}

/** One partition, as the log says it should be. */
class Replayed {
  readonly livePosition: number;
  readonly #live: PartitionStore;
  readonly #folded: FoldedPartition;
  #records = 0;

  constructor(live: PartitionStore, partitions: number, programs: ProgramLookup) {
    this.#live = live;
    this.livePosition = live.position();
    this.#folded = new FoldedPartition(live.partition, partitions, programs);
  }

  apply(reader: RecordReader): void {
    // Its messages went out when it was applied live.
    this.#folded.apply(reader.record());
    this.#records++;
  }

  verdict(): ReplayVerdict {
    const bounds = { cacheBytesMax: FOLDED_CACHE_BYTES, dirtyBytesMax: FOLDED_CACHE_BYTES };
    if (!hasErasure(openPartitionState(this.#live, bounds))) forgetErasure(this.#folded.state);
    this.#folded.state.checkpoint(this.livePosition);
    const liveHash = contentHash(this.#live);
    const replayHash = contentHash(this.#folded.store);
    const isComplete = this.#records === this.livePosition;
    return {
      partition: this.#live.partition,
      records: this.#records,
      equal: isComplete && liveHash === replayHash,
      liveHash,
      replayHash,
    };
  }
}
