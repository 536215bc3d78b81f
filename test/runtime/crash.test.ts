import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { partitionOf } from "../../src/base/hash.ts";
import type { Runtime } from "../../src/runtime/mod.ts";
import { replayAndVerify } from "../../src/runtime/replay.ts";
import { isSoak } from "../support/profile.ts";
import { builtFile, CLIENT, newDirectory, openLog, openNode, PARTITIONS, removeDirectory } from "./open_node.ts";

const ROUNDS = isSoak ? 50 : 2;

const directory = newDirectory();
afterEach(() => removeDirectory(directory));

async function startChild(round: number, ackFile: string): Promise<ChildProcess> {
  const entry = fileURLToPath(builtFile("test/runtime/crash_child.js"));
  const child = spawn(process.execPath, [entry, directory, String(round), ackFile], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout ?? child, "data")) as [Buffer];
  expect(said.toString()).toBe("ready\n");
  return child;
}

/** The person behind an event that was acknowledged, found by its partner user id. */
async function personBehind(runtime: Runtime, name: string) {
  const partition = partitionOf(CLIENT, `partner_user_id/${name}`, PARTITIONS);
  const owner = await runtime.query(partition, {
    kind: "owner_of_key",
    client: CLIENT,
    keyType: "partner_user_id",
    value: name,
  });
  if (owner.kind !== "owner" || owner.personId === null) return null;
  const answer = await runtime.query(originOf(owner.personId) ?? 0, {
    kind: "person",
    client: CLIENT,
    personId: owner.personId,
  });
  return answer.kind === "person" ? answer.person : null;
}

it("kill -9 under load: every acknowledged event is applied once, messages included, and the state is the log's", {
  timeout: 300_000,
}, async () => {
  const ackFile = join(directory, "acknowledged");
  let recoveredRecords = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const child = await startChild(round, ackFile);
    await sleep(150 + ((round * 97) % 400));
    child.kill("SIGKILL");
    await once(child, "exit");

    const node = await openNode(directory);
    recoveredRecords += node.runtime.metrics().recoveredRecords;
    const acknowledged = existsSync(ackFile)
      ? readFileSync(ackFile, "utf8")
          .split("\n")
          .filter((name) => name.startsWith(`r${round}-`))
      : [];
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const name of acknowledged.slice(-300)) {
      expect(await personBehind(node.runtime, name)).toMatchObject({
        email: `${name}@example.com`,
        partnerUserId: name,
        isWaiting: false,
      });
    }
    await node.stop();
    expect(node.failures).toEqual([]);
  }
  // Otherwise no round has tested recovery.
  expect(recoveredRecords).toBeGreaterThan(0);
  const log = await openLog(directory);
  const verdicts = await replayAndVerify({
    log,
    dataDirectory: directory,
    partitions: PARTITIONS,
    onProgress: () => {},
  });
  await log.close();
  expect(verdicts.filter(({ equal }) => !equal)).toEqual([]);
});
