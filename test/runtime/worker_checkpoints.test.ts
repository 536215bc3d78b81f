import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newEffects } from "../../src/engine/mod.ts";
import { recordKinds } from "../../src/model/record.ts";
import { PartitionHost } from "../../src/runtime/worker/partition_host.ts";
import { RETRY_MS } from "../../src/runtime/settings.ts";
import { WorkerCheckpoints } from "../../src/runtime/worker/worker_checkpoints.ts";
import {
  type ChangeBatch,
  openMemoryStore,
  openPartitionState,
  type PartitionStore,
  StateWorkspace,
} from "../../src/store/mod.ts";
import { encodeEventPayload } from "../support/event_payload.ts";
import { eventOf } from "./open_node.ts";

const PARTITIONS = 3;
const CACHE_BYTES = 1 << 24;
const ALL = 1_000_000;

interface Worker {
  readonly hosts: PartitionHost[];
  readonly checkpoints: WorkerCheckpoints;
  readonly handedOut: { readonly partition: number; readonly batch: ChangeBatch }[];
  readonly stores: readonly PartitionStore[];
}

let nowMs = 0;
beforeEach(() => {
  nowMs = 1_000;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
});
afterEach(() => vi.restoreAllMocks());

function newWorker(dirtyBytesMax: number): Worker {
  const workspace = new StateWorkspace();
  const effects = newEffects();
  const programs = {
    find(hash: string): never {
      throw new Error(`no record names a program, and yet ${hash} is looked for`);
    },
  };
  const stores = Array.from({ length: PARTITIONS }, (_, partition) => openMemoryStore(partition));
  const hosts = stores.map((store, partition) => {
    const bounds = { cacheBytesMax: CACHE_BYTES, dirtyBytesMax: CACHE_BYTES, workspace };
    const state = openPartitionState(store, bounds);
    return new PartitionHost({ partition, partitions: PARTITIONS, state, programs, effects }, state, store);
  });
  const handedOut: Worker["handedOut"] = [];
  const handOut = (partition: number, batch: ChangeBatch): void => void handedOut.push({ partition, batch });
  const checkpoints = new WorkerCheckpoints({ partitions: hosts, workspace, dirtyBytesMax, handOut });
  return { hosts, checkpoints, handedOut, stores };
}

/** Events of persons that nobody knew before. */
function apply({ hosts }: Worker, partition: number, count: number): void {
  const host = hosts.find((each) => each.partition === partition);
  for (let i = 0; i < count; i++) {
    const sequence = (host?.position ?? 0) + 1;
    host?.apply({
      kind: recordKinds.event,
      flags: 0,
      partition,
      sequence,
      timeMs: 1_700_000_000_000 + sequence,
      idHigh: partition + 1,
      idLow: sequence,
      payload: encodeEventPayload(eventOf("signup", {})),
    });
  }
}

/** What the store writer and the main thread do with what was handed out last. */
function write({ handedOut, stores, checkpoints }: Worker): boolean {
  const newest = handedOut.at(-1);
  if (newest === undefined) throw new Error("nothing was handed out");
  stores[newest.partition]?.writeBatch(newest.batch);
  return checkpoints.end(newest.partition, "written");
}

const partitionsOf = ({ handedOut }: Worker): number[] => handedOut.map(({ partition }) => partition);

describe("checkpoints of a worker", () => {
  it("K1 one is under way at a time, encoded a bit after each slice, and turns go round those that are behind", () => {
    const worker = newWorker(CACHE_BYTES);
    const { checkpoints } = worker;
    expect(checkpoints.beginNext()).toBe(false);
    apply(worker, 0, 200);
    apply(worker, 2, 1);
    expect(checkpoints.beginNext()).toBe(true);
    expect(checkpoints.beginNext()).toBe(false);
    expect(checkpoints.beginFullest()).toBe(false);
    checkpoints.encodeAfter(0);
    expect([checkpoints.isEncoding, worker.handedOut.length]).toEqual([true, 0]);
    checkpoints.encodeAfter(ALL);
    expect([checkpoints.isEncoding, partitionsOf(worker)]).toEqual([false, [0]]);
    // Handed out, and not yet written.
    expect(checkpoints.beginNext()).toBe(false);
    apply(worker, 0, 1);
    expect(write(worker)).toBe(true);
    expect(checkpoints.beginNext()).toBe(true);
    checkpoints.encodeAfter(ALL);
    expect(partitionsOf(worker)).toEqual([0, 2]);
    write(worker);
    checkpoints.beginNext();
    checkpoints.encodeAfter(ALL);
    expect(partitionsOf(worker)).toEqual([0, 2, 0]);
    write(worker);
    expect(checkpoints.beginNext()).toBe(false);
  });

  it("K2 pauses while more is changed than may be, and only for a checkpoint that will end it", () => {
    const worker = newWorker(1);
    const { checkpoints } = worker;
    apply(worker, 1, 5);
    expect(checkpoints.isPaused()).toBe(false);
    expect(checkpoints.beginFullest()).toBe(true);
    // What is frozen counts no longer; what comes on top does.
    expect(checkpoints.isPaused()).toBe(false);
    apply(worker, 1, 1);
    expect(checkpoints.isPaused()).toBe(true);
    checkpoints.encodeAfter(ALL);
    expect(checkpoints.isPaused()).toBe(true);
    write(worker);
    expect(checkpoints.isPaused()).toBe(false);
  });

  it("begins with the fullest as soon as all together hold much of what they may", () => {
    const worker = newWorker(CACHE_BYTES);
    apply(worker, 0, 2);
    apply(worker, 2, 9);
    expect(worker.checkpoints.beginFullest()).toBe(false);
    const hurried = newWorker(1);
    apply(hurried, 0, 2);
    apply(hurried, 2, 9);
    expect(hurried.checkpoints.beginFullest()).toBe(true);
    hurried.checkpoints.encodeAfter(ALL);
    expect(partitionsOf(hurried)).toEqual([2]);
  });

  it("K3 after one that could not be written none is begun for a while, and nothing pauses for it", () => {
    const worker = newWorker(1);
    const { checkpoints } = worker;
    apply(worker, 0, 3);
    checkpoints.beginNext();
    checkpoints.encodeAfter(ALL);
    expect(checkpoints.end(0, "not_written")).toBe(true);
    nowMs += RETRY_MS - 1;
    expect([checkpoints.beginNext(), checkpoints.beginFullest(), checkpoints.isPaused()]).toEqual([
      false,
      false,
      false,
    ]);
    nowMs += 1;
    expect(checkpoints.beginNext()).toBe(true);
    checkpoints.encodeAfter(ALL);
    expect(worker.handedOut.at(-1)?.batch.entries).toBe(worker.handedOut[0]?.batch.entries);
  });

  it("of a partition that was given up nothing is handed out, and what was written of it is not heard of", () => {
    const worker = newWorker(CACHE_BYTES);
    const { checkpoints, hosts } = worker;
    apply(worker, 0, 200);
    apply(worker, 1, 1);
    checkpoints.beginNext();
    checkpoints.encodeAfter(0);
    const [given] = hosts.splice(0, 1);
    if (given !== undefined) checkpoints.giveUp(given);
    expect(checkpoints.isEncoding).toBe(false);
    checkpoints.encodeAfter(ALL);
    expect(worker.handedOut).toEqual([]);
    expect(checkpoints.end(0, "written")).toBe(false);
    expect(checkpoints.beginNext()).toBe(true);
    // Neither is it taken for the end of the one that is under way now, and not handed out.
    expect([checkpoints.end(0, "written"), checkpoints.end(1, "written"), checkpoints.isEncoding]).toEqual([
      false,
      false,
      true,
    ]);
    checkpoints.encodeAfter(ALL);
    const alone = newWorker(CACHE_BYTES);
    apply(alone, 1, 1);
    alone.checkpoints.beginNext();
    alone.checkpoints.encodeAfter(ALL);
    expect(worker.handedOut).toEqual(alone.handedOut);
    write(worker);
    expect(checkpoints.beginNext()).toBe(false);
  });

  it("a stop ends what is under way, then hands out what is behind, one after the other", () => {
    const worker = newWorker(CACHE_BYTES);
    const { checkpoints, hosts } = worker;
    for (let partition = 0; partition < PARTITIONS; partition++) apply(worker, partition, 1);
    checkpoints.beginNext();
    apply(worker, 0, 1);
    expect(checkpoints.finish()).toBe(false);
    expect(partitionsOf(worker)).toEqual([0]);
    for (let handedOut = 1; handedOut < 4; handedOut++) {
      expect(write(worker)).toBe(true);
      expect(checkpoints.finishNext()).toBe(false);
      expect(worker.handedOut).toHaveLength(handedOut + 1);
    }
    write(worker);
    expect(checkpoints.finishNext()).toBe(true);
    expect(hosts.some(({ isBehind }) => isBehind)).toBe(false);
    expect(newWorker(CACHE_BYTES).checkpoints.finish()).toBe(true);
  });
});
