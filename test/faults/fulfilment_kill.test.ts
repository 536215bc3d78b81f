// kill -9 at random moments while webhooks go out, against a receiver that records every call and fails, hangs up and dawdles itself.
//
// Nothing is lost: every reward of every acknowledged event is told, and taken. Nothing is told under two keys: whatever is repeated is the same call.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { isSoak } from "../support/profile.ts";
import { startReceiver } from "../support/receiver.ts";
import { startHere } from "../support/node_here.ts";
import { startServer } from "../support/server_process.ts";
import { CATCH_UP_MS, expectAllTold, moody, programsWith, sends, type Told } from "../support/told.ts";
import { expectSameReplayed } from "../support/verdict.ts";

const rounds = isSoak ? 100 : 2;
const EVENTS_AT_ONCE = 8;

test(`${rounds} kills while webhooks go out lose nothing and tell nothing under two keys`, {
  timeout: rounds * 20_000 + CATCH_UP_MS,
}, async () => {
  const told = new Map<string, Told>();
  const receiver = await startReceiver(moody(told));
  const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-fulfilment-"));
  onTestFinished(async () => {
    await receiver.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  });
  const environment = {
    LAUREL_PROGRAMS: programsWith(receiver.url),
    LAUREL_OUTGOING_ALLOW: "127.0.0.1",
    LAUREL_CHECKPOINT_INTERVAL_MS: "150",
    LAUREL_PARTITIONS: "4",
    LAUREL_DELIVERY_TIMEOUT_MS: "2000",
  };
  const acknowledged = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const server = await startServer({ dataDirectory, environment });
    const senders = Array.from({ length: EVENTS_AT_ONCE }, (_, n) => sends(server.url, acknowledged, `r${round}-${n}`));
    await pause(100 + Math.random() * 500);
    await server.kill();
    await Promise.all(senders);
  }
  const server = await startHere({ dataDirectory, environment });
  await expectAllTold(told, acknowledged);
  expect(acknowledged.size).toBeGreaterThan(rounds * 2);
  await server.stop();
  expectSameReplayed(dataDirectory);
});
