// Snapshots of a partition: what comes out is what went in, or nothing.

import { afterEach, describe, expect, it } from "vitest";
import {
  allKindNumbers,
  contentHash,
  openMemoryStore,
  type PartitionStore,
  restoreSnapshot,
  takeSnapshot,
} from "../../src/store/mod.ts";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { writeValue } from "../../src/store/codec.ts";
import { kindNumbers } from "../../src/store/keys.ts";
import { implementations, PARTITION } from "./open_stores.ts";
import { rawBatch } from "./raw_batch.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const longKey = "k".repeat(5_000);

/** Entries of every kind, one with a key that the store has to shorten. The content of pages is looked into, so they are pages. */
function fill(store: PartitionStore, position: number): void {
  const changes = allKindNumbers.flatMap((kind) =>
    Array.from({ length: 20 }, (_, i) => {
      const bytes = kind === kindNumbers.rewardPage ? pageOf(`place ${i}`) : Buffer.from(`value ${kind} ${i}`);
      return { kind, key: `${kind}/ü${i}`, bytes };
    }),
  );
  changes.push({ kind: kindNumbers.key, key: longKey, bytes: Buffer.from("long") });
  store.writeBatch(rawBatch(changes, position));
}

function pageOf(place: string): Uint8Array {
  const writer = new ByteWriter();
  writeValue(writer, "rewardPage", { places: [place] });
  return writer.take();
}

const hashOf = (store: PartitionStore): string => contentHash(store);

describe.each(implementations)("snapshot of a store on $name", ({ open }) => {
  function openStore(): PartitionStore {
    const opened = open();
    cleanups.push(opened.remove);
    return opened.store;
  }

  it("N1 an empty store takes it and has the same content, at its position", async () => {
    const source = openStore();
    fill(source, 41);
    const { position, bytes } = await takeSnapshot(source);
    const target = openStore();
    restoreSnapshot(target, bytes);
    expect([position, target.position()]).toEqual([41, 41]);
    expect(hashOf(target)).toBe(hashOf(source));
    expect(Buffer.from(target.get(kindNumbers.key, longKey) ?? "").toString()).toBe("long");
  });

  it("N1 it is of the moment at which it was asked for, whatever is written while it is packed", async () => {
    const source = openStore();
    fill(source, 41);
    const before = hashOf(source);
    const taking = takeSnapshot(source);
    source.writeBatch(rawBatch([{ kind: kindNumbers.person, key: "later", bytes: Buffer.from("x") }], 42));
    const target = openStore();
    restoreSnapshot(target, (await taking).bytes);
    expect([target.position(), hashOf(target)]).toEqual([41, before]);
  });

  it("N3 what the store held before is gone", async () => {
    const source = openStore();
    fill(source, 41);
    const target = openStore();
    const longer = `${longKey}!`;
    target.writeBatch(
      rawBatch(
        [
          { kind: kindNumbers.person, key: "stale", bytes: Buffer.from("stale") },
          { kind: kindNumbers.key, key: longer, bytes: Buffer.from("stale") },
          { kind: kindNumbers.key, key: longKey, bytes: Buffer.from("stale") },
        ],
        7,
      ),
    );
    restoreSnapshot(target, (await takeSnapshot(source)).bytes);
    expect(hashOf(target)).toBe(hashOf(source));
    expect(target.get(kindNumbers.key, longer)).toBeUndefined();
  });

  it("N2 damaged bytes are refused wherever the damage is, and nothing is written", async () => {
    const source = openStore();
    fill(source, 41);
    const { bytes } = await takeSnapshot(source);
    const target = openStore();
    target.writeBatch(rawBatch([{ kind: kindNumbers.person, key: "own", bytes: Buffer.from("own") }], 7));
    const before = hashOf(target);
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(() => restoreSnapshot(target, damaged)).toThrow("SHA-256");
    }
    for (const length of [0, 20, bytes.length - 1]) {
      expect(() => restoreSnapshot(target, bytes.subarray(0, length))).toThrow("cannot be used");
    }
    expect([target.position(), hashOf(target)]).toEqual([7, before]);
  });
});

it("N2 a snapshot of another partition is refused", async () => {
  const source = openMemoryStore(PARTITION);
  fill(source, 41);
  const { bytes } = await takeSnapshot(source);
  expect(() => restoreSnapshot(openMemoryStore(PARTITION + 1), bytes)).toThrow(`it is of partition ${PARTITION}`);
});
