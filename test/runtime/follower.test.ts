// What a follower waits for before it hands records to its worker.

import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { recordKinds } from "../../src/model/record.ts";
import { Follower } from "../../src/runtime/cluster/follower.ts";
import { ProgramSync } from "../../src/runtime/cluster/program_sync.ts";
import { Snapshots } from "../../src/runtime/cluster/snapshots.ts";
import { FlowControl } from "../../src/runtime/flow/flow_control.ts";
import { Registry } from "../cluster/registry_link.ts";
import { until } from "../support/until.ts";
import { MemoryLog } from "./memory_log.ts";

const logger = { info: () => {}, warn: () => {}, error: () => {} };
const described = { partition: 0, position: 0, checkpointPosition: 0, outdated: null, highWater: [], programs: [] };

test("F4 it goes on when its own worker has room, though that is not idle and the others are busy all the time", async () => {
  const flow = new FlowControl(2, { recordsMax: 100, bytesMax: 1 << 20, paceMs: 20, paceMsMax: 1000 });
  const link = new Registry().link();
  const log = new MemoryLog(2);
  const record = { kind: recordKinds.tick, flags: 0, timeMs: 1, idHigh: 0, idLow: 0, payload: new Uint8Array(1) };
  log.append(0, record);
  log.commit();
  flow.add(0, 100, 0);
  flow.add(1, 100, 0);
  let handed = 0;
  const follower = new Follower({
    log,
    flow,
    programs: new ProgramSync(link, "/", () => {}),
    partition: 0,
    partitions: 2,
    worker: 0,
    heldBytesMax: 1 << 20,
    host: () => Promise.resolve({ ...described, nextDueMs: null, lastIdMs: 0 }),
    unhost: () => {},
    restore: () => Promise.reject(new Error("there is nothing to restore")),
    snapshots: new Snapshots({
      link,
      log,
      partitions: 2,
      intervalMs: 1,
      isRetiring: false,
      logger,
      onPut: () => {},
    }),
    logger,
    hand: () => handed++,
    onFailure: (error) => expect.unreachable(error.message),
  });
  for (let turns = 0; turns < 10; turns++) await turn();
  expect(handed).toBe(0);
  flow.subtract(0, 55, 0);
  await until(() => handed === 1);
  await follower.whenLive();
  follower.stop();
});
