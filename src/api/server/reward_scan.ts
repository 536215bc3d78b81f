// RewardScan: the rewards of a client over all partitions, newest first, read in pages as far as they are wanted.
//
//   W1. Order: creation, newest first; rewards of the same millisecond by id, descending. The same on every request.
//   W2. At most `REWARDS_SCANNED_MAX` are read; then the scan ends and says so.
//   W3. Of few that are wanted few are read, and who has to look at many asks in pages that double: where a filter passes hardly any (a pool without codes, whose
//       rewards are not shown by default), thousands of small pages one after the other took a minute.

import type { Reward } from "../../model/reward.ts";
import { REWARDS_SCANNED_MAX } from "../limits.ts";
import { type Directory, mapBounded } from "./directory.ts";
import type { RewardIndex } from "../../engine/mod.ts";
import type { TimeInterval } from "./time_interval.ts";

/** Per partition and page: small enough that a page of a list does not read much more than it shows. */
const PAGE_MIN = 4;
const PAGE_MAX = 200;
/** Rewards lie evenly, but not exactly so: a little more than an even share saves most second pages. */
const SHARE_SLACK = 1.25;

interface Source {
  readonly partition: number;
  /** Newest last, so that taking one is cheap. */
  buffer: Reward[];
  /** Null: nothing follows the buffer. */
  nextKey: string | null;
  pageSize: number;
}

export interface RewardScanOptions {
  readonly client: string;
  readonly interval: TimeInterval | null;
  /** Where the wanted rewards stand together; null: among all. */
  readonly index: RewardIndex | null;
  /** How many the caller hopes for, to size the pages. */
  readonly wanted: number;
}

export class RewardScan {
  readonly #directory: Pick<Directory, "partitions" | "rewardsByTime">;
  readonly #options: RewardScanOptions;
  /** Of the first page. */
  readonly #pageSize: number;
  #scanned = 0;
  /** W2. */
  isCutShort = false;

  constructor(directory: Pick<Directory, "partitions" | "rewardsByTime">, options: RewardScanOptions) {
    this.#directory = directory;
    this.#options = options;
    const share = Math.ceil((options.wanted * SHARE_SLACK) / directory.partitions);
    this.#pageSize = Math.min(PAGE_MAX, Math.max(PAGE_MIN, share));
  }

  async *rewards(): AsyncGenerator<Reward> {
    const partitions = Array.from({ length: this.#directory.partitions }, (_, partition) => partition);
    const sources = await mapBounded(partitions, async (partition): Promise<Source> => {
      const source: Source = { partition, buffer: [], nextKey: null, pageSize: this.#pageSize };
      await this.#fill(source, null);
      return source;
    });
    for (;;) {
      const source = newestOf(sources);
      const reward = source?.buffer.pop();
      if (source === null || reward === undefined) return;
      if (reward.createdMs < (this.#options.interval?.fromMs ?? 0)) return;
      if (++this.#scanned > REWARDS_SCANNED_MAX) {
        this.isCutShort = true;
        return;
      }
      yield reward;
      if (source.buffer.length === 0 && source.nextKey !== null) await this.#fill(source, source.nextKey);
    }
  }

  async #fill(source: Source, beforeKey: string | null): Promise<void> {
    const { client, index, interval } = this.#options;
    const page = { client, index, beforeMs: interval?.toMs ?? null, beforeKey, limit: source.pageSize };
    const { rewards, lastKey } = await this.#directory.rewardsByTime(source.partition, page);
    source.buffer = [...rewards].reverse();
    source.nextKey = lastKey;
    source.pageSize = Math.min(PAGE_MAX, source.pageSize * 2);
  }
}

/** W1. A few partitions: looking at all of them is cheaper than a heap. */
function newestOf(sources: readonly Source[]): Source | null {
  let newest: Source | null = null;
  let first: Reward | undefined;
  for (const source of sources) {
    const candidate = source.buffer.at(-1);
    if (candidate === undefined || (first !== undefined && !isNewer(candidate, first))) continue;
    newest = source;
    first = candidate;
  }
  return newest;
}

export function isNewer(a: Reward, b: Reward): boolean {
  return a.createdMs === b.createdMs ? a.id > b.id : a.createdMs > b.createdMs;
}
