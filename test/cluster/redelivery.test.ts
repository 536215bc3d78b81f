// A log that keeps the order within a partition and nothing else: batches arrive twice, old ones again, two as one, and partitions overtake each other.

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { type CommitListener, type EventLog, openJetStreamLog, RecordReader } from "../../src/log/mod.ts";
import { replayAndVerify } from "../../src/runtime/replay.ts";
import { natsServerOfFile, newStreamName, optionsFor } from "../log/jetstream/jetstream_fixture.ts";
import {
  eventOf,
  type Node,
  newDirectory,
  openNode,
  PARTITIONS,
  programOf,
  removeDirectory,
} from "../runtime/open_node.ts";
import { randomOf } from "../simulation/simulation.ts";
import { logOver } from "./log_over.ts";
import { Registry } from "./registry_link.ts";

const server = natsServerOfFile();
const SEED = 7;
const PERSONS = 12;
const EVENTS = 300;
const LATE_MS_MAX = 15;

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Delivers what `log` delivers, each partition in order, as the seed has it: late, twice, after newer ones once more, two at a time. */
class DisorderlyLog {
  redelivered = 0;
  readonly #random: (below: number) => number;
  /** By partition: what was committed, to be delivered again. */
  readonly #committed = new Map<number, Uint8Array[]>();
  readonly #lines = new Map<number, Promise<void>>();

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  over(log: EventLog): EventLog {
    return logOver(log, {
      onCommit: (listener) =>
        log.onCommit((records, origin) => this.#commit(listener, new Uint8Array(records), origin)),
      read: (from) => this.#read(log, from),
      whenHeard: async (partition) => {
        await log.whenHeard(partition);
        await this.#lines.get(partition);
      },
    });
  }

  #commit(listener: CommitListener, records: Uint8Array, origin: Parameters<CommitListener>[1]): void {
    const partition = partitionOf(records);
    const line = this.#lines.get(partition) ?? Promise.resolve();
    const deliver = (): void => {
      const former = this.#committed.get(partition) ?? [];
      this.#committed.set(partition, former);
      for (const each of this.#disorder(former, records)) listener(each, origin);
    };
    this.#lines.set(partition, line.then(() => sleep(this.#random(LATE_MS_MAX))).then(deliver));
  }

  async *#read(log: EventLog, from: readonly number[]): AsyncIterable<Uint8Array> {
    // What is read and what is committed meanwhile are in order each by itself: a batch of one is no predecessor of one of the other.
    const former = new Map<number, Uint8Array[]>();
    for await (const batch of log.read(from)) {
      const partition = partitionOf(batch);
      const own = former.get(partition) ?? [];
      former.set(partition, own);
      yield* this.#disorder(own, batch);
    }
  }

  /** The batch, somewhere among others that were there before. @param former takes it */
  #disorder(former: Uint8Array[], batch: Uint8Array): Uint8Array[] {
    const again = former[this.#random(former.length + 1)];
    const last = former.at(-1);
    former.push(batch);
    const found: Uint8Array[] = [];
    if (again !== undefined) found.push(again);
    if (last !== undefined && this.#random(4) === 0) found.push(Buffer.concat([last, batch]));
    else found.push(batch);
    if (this.#random(4) === 0) found.push(batch);
    if (again !== undefined && this.#random(4) === 0) found.push(again);
    this.redelivered += found.length - 1;
    return found;
  }
}

function partitionOf(records: Uint8Array): number {
  const reader = new RecordReader();
  reader.reset(records);
  reader.next();
  return reader.partition;
}

it(`the state is that of the log read once in order: seed ${SEED}`, { timeout: 60_000 }, async () => {
  const registry = new Registry();
  const stream = newStreamName();
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const open = async (half: number): Promise<{ node: Node; directory: string; disorder: DisorderlyLog }> => {
    const link = registry.link();
    link.follows = all;
    link.owns = all.filter((partition) => partition % 2 === half);
    const disorder = new DisorderlyLog(SEED + half);
    const log = await openJetStreamLog(
      optionsFor(server(), stream, { partitions: PARTITIONS, streamBytesMax: 1 << 28, isPartial: true }),
    );
    const directory = newDirectory();
    const settings = { stopTimeoutMs: 10_000, checkpointIntervalMs: 200, snapshotIntervalMs: 1e9 };
    const node = await openNode(directory, { log: disorder.over(log), link, settings, programs: [programOf("UTC")] });
    cleanups.push(
      () => removeDirectory(directory),
      () => node.stop().catch(() => null),
    );
    return { node, directory, disorder };
  };
  const [a, b] = await Promise.all([open(0), open(1)]);
  const applied = Array.from({ length: EVENTS }, async (_, i) => {
    const email = `p${i % PERSONS}@example.com`;
    // Every third one names a key that another partition has to give out first.
    const key: { partner_user_id?: string } = i % 3 === 0 ? { partner_user_id: `u${i % PERSONS}` } : {};
    await sleep(i * 3);
    const { runtime } = i % 2 === 0 ? a.node : b.node;
    return runtime.acceptAndApply(eventOf("converted", { email, ...key }));
  });
  const ended = await Promise.allSettled(applied);
  // First what happened, then what it led to: a node that failed refuses whatever comes after.
  expect([...a.node.failures, ...b.node.failures]).toEqual([]);
  for (const each of ended) expect(each).toMatchObject({ status: "fulfilled", value: { errorCode: null } });
  await Promise.all([a.node.stop(), b.node.stop()]);
  expect(Math.min(a.disorder.redelivered, b.disorder.redelivered)).toBeGreaterThan(0);

  const log = await openJetStreamLog(optionsFor(server(), stream, { partitions: PARTITIONS, streamBytesMax: 1 << 28 }));
  cleanups.push(() => log.close());
  const ends = log.lastSequences();
  for (const { directory } of [a, b]) {
    const verdicts = await replayAndVerify({
      log,
      dataDirectory: directory,
      partitions: PARTITIONS,
      onProgress: () => {},
    });
    expect(verdicts.filter(({ equal }) => !equal)).toEqual([]);
    expect(verdicts.some(({ partition, records }) => records > 0 && records === ends[partition])).toBe(true);
  }
});
