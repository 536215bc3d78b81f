// RewardScan: rewards of a client that pass a filter, over all partitions, newest first, read in pages as far as they are wanted. What passes is decided
// in the partitions: what does not is looked at there and sent nowhere.
//
//   W1. Order: creation, newest first; rewards of the same millisecond by id, descending. The same on every request. Places are texts in that order.
//   W2. About `REWARDS_SCANNED_MAX` are looked at; then the scan ends and says so. What partitions are ahead of each other does not count.
//   W3. Of few that are wanted few are read, and who has to look at many asks in pages that double: where a filter passes hardly any (a pool without codes, whose
//       rewards are not shown by default), thousands of small pages one after the other took a minute.
//   W4. One answer looks at `REWARDS_LOOKED_AT_ONCE` at most, so that events get their turn.
//   W5. What lies before the page is counted by its places, without the rewards.

import type { RewardFilter } from "../../engine/mod.ts";
import type { Reward } from "../../model/reward.ts";
import { REWARDS_LOOKED_AT_ONCE, REWARDS_SCANNED_MAX } from "../limits.ts";
import { type Directory, mapBounded } from "./directory.ts";
import type { TimeInterval } from "./time_interval.ts";

/** Per partition and page: small enough that a page of a list does not read much more than it shows. */
const PAGE_MIN = 4;
const PAGE_MAX = REWARDS_LOOKED_AT_ONCE;
/** Rewards lie evenly, but not exactly so: a little more than an even share saves most second pages. */
const SHARE_SLACK = 1.25;
/** A place begins with the time, 15 digits. */
const TIME_DIGITS = 15;

interface Found {
  readonly place: string;
  /** Null: the place alone was asked for. */
  readonly reward: Reward | null;
}

interface Source {
  readonly partition: number;
  /** Newest last, so that taking one is cheap. */
  buffer: Found[];
  /** How far the partition was looked at; null: to its end, or, before anything was, not at all. */
  lastPlace: string | null;
  pageSize: number;
}

interface Walk {
  readonly form: "rewards" | "places";
  /** Null: from the newest on. */
  readonly before: string | null;
  /** Of the first page. */
  readonly pageSize: number;
}

export interface RewardScanOptions {
  readonly client: string;
  readonly interval: TimeInterval | null;
  readonly filter: RewardFilter;
  /** As many of those that pass are not wanted. */
  readonly skip: number;
  /** How many the caller hopes for, to size the pages. */
  readonly wanted: number;
}

type RewardDirectory = Pick<Directory, "partitions" | "rewardsByTime">;

export class RewardScan {
  readonly #directory: RewardDirectory;
  readonly #options: RewardScanOptions;
  #looked = 0;
  /** W2. */
  isCutShort = false;

  constructor(directory: RewardDirectory, options: RewardScanOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  async *rewards(): AsyncGenerator<Reward> {
    const { skip, wanted } = this.#options;
    const before = skip === 0 ? null : await this.#placeOf(skip);
    if (skip > 0 && before === null) return;
    const share = Math.ceil((wanted * SHARE_SLACK) / this.#directory.partitions);
    const pageSize = Math.min(PAGE_MAX, Math.max(PAGE_MIN, share));
    for await (const { reward } of this.#walk({ form: "rewards", before, pageSize })) if (reward !== null) yield reward;
  }

  /** Of the last one that is not wanted; null: there are not so many. */
  async #placeOf(skip: number): Promise<string | null> {
    let skipped = 0;
    for await (const { place } of this.#walk({ form: "places", before: null, pageSize: REWARDS_LOOKED_AT_ONCE })) {
      if (++skipped === skip) return place;
    }
    return null;
  }

  async *#walk(walk: Walk): AsyncGenerator<Found> {
    const fromMs = this.#options.interval?.fromMs ?? 0;
    const sources = Array.from({ length: this.#directory.partitions }, (_, partition): Source => {
      return { partition, buffer: [], lastPlace: walk.before, pageSize: walk.pageSize };
    });
    await mapBounded(sources, (source) => this.#fill(source, walk));
    for (;;) {
      const source = newestOf(sources);
      if (source === null || timeOf(source) < fromMs) return;
      const found = source.buffer.pop();
      if (found !== undefined) {
        yield found;
        continue;
      }
      this.isCutShort = this.#looked > REWARDS_SCANNED_MAX + REWARDS_LOOKED_AT_ONCE * sources.length;
      if (this.isCutShort) return;
      await mapBounded(aheadOf(sources), (each) => this.#fill(each, walk));
    }
  }

  async #fill(source: Source, { form }: Walk): Promise<void> {
    const { client, filter, interval } = this.#options;
    const { rewards, places, looked, lastPlace } = await this.#directory.rewardsByTime(source.partition, {
      client,
      filter,
      beforeMs: interval?.toMs ?? null,
      beforePlace: source.lastPlace,
      limit: source.pageSize,
      lookedMax: REWARDS_LOOKED_AT_ONCE,
      form,
    });
    source.buffer = places.map((place, at) => ({ place, reward: rewards[at] ?? null })).reverse();
    source.lastPlace = lastPlace;
    source.pageSize = Math.min(PAGE_MAX, source.pageSize * 2);
    this.#looked += looked;
  }
}

/** Where the source goes on: its newest one that passes, or how far it was looked at without finding one; null: it is at its end. */
function headOf({ buffer, lastPlace }: Source): string | null {
  return buffer.at(-1)?.place ?? lastPlace;
}

function timeOf(source: Source): number {
  return Number(headOf(source)?.slice(0, TIME_DIGITS) ?? 0);
}

/** W1. A few partitions: looking at all of them is cheaper than a heap. */
function newestOf(sources: readonly Source[]): Source | null {
  let newest: Source | null = null;
  let first: string | null = null;
  for (const source of sources) {
    const head = headOf(source);
    if (head === null || (first !== null && head <= first)) continue;
    newest = source;
    first = head;
  }
  return newest;
}

/** Those that have to be looked at further before the newest one that was found is known to be the next. */
function aheadOf(sources: readonly Source[]): Source[] {
  let found = "";
  for (const { buffer } of sources) {
    const place = buffer.at(-1)?.place ?? "";
    if (place > found) found = place;
  }
  return sources.filter((source) => source.buffer.length === 0 && (headOf(source) ?? "") > found);
}

export function isNewer(a: Pick<Reward, "createdMs" | "id">, b: Pick<Reward, "createdMs" | "id">): boolean {
  return a.createdMs === b.createdMs ? a.id > b.id : a.createdMs > b.createdMs;
}
