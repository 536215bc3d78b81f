// A state that an erasure passed through is the log's, also where a version before store format 12 wrote it, which did not keep when that was.

import { expect, onTestFinished, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { replayAndVerify } from "../../src/runtime/replay.ts";
import { openPartitionState, openPartitionStore } from "../../src/store/mod.ts";
import { CLIENT, eventOf, newDirectory, openLog, openNode, PARTITIONS, removeDirectory } from "./open_node.ts";

const bounds = { cacheBytesMax: 1 << 20, dirtyBytesMax: 1 << 20 };

async function differing(directory: string): Promise<number[]> {
  const log = await openLog(directory);
  const verdicts = await replayAndVerify({
    log,
    dataDirectory: directory,
    partitions: PARTITIONS,
    onProgress: () => undefined,
  });
  await log.close();
  return verdicts.filter(({ equal }) => !equal).map(({ partition }) => partition);
}

/** @param erasedMs as the partition says; null: as before */
async function says(directory: string, partition: number, erasedMs: number | null): Promise<void> {
  const store = openPartitionStore({ dataDirectory: directory, partition });
  const state = openPartitionState(store, bounds);
  const meta = state.edit("meta", "meta");
  expect(meta?.erasedMs).toBeGreaterThan(0);
  if (erasedMs === null) delete meta?.erasedMs;
  else if (meta !== undefined) meta.erasedMs = erasedMs;
  state.checkpoint(store.position());
  await store.close();
}

test("when somebody was erased is part of what is verified, and not where it was not kept", async () => {
  const directory = newDirectory();
  onTestFinished(() => removeDirectory(directory));
  const node = await openNode(directory);
  const { personId } = await node.runtime.acceptAndApply(eventOf("visited", { email: "zoe@x.com" }));
  expect(personId).not.toBeNull();
  await node.runtime.command({ kind: "erase_person", client: CLIENT, personId: personId ?? "" });
  await node.stop();
  const home = originOf(personId ?? "") ?? -1;
  expect(await differing(directory)).toEqual([]);
  await says(directory, home, 1);
  expect(await differing(directory)).toEqual([home]);
  await says(directory, home, null);
  expect(await differing(directory)).toEqual([]);
});
