// What a reader must not depend on: how large the batches are, and that the server stays.

import { expect, test } from "vitest";
import { recordKinds } from "../../../src/model/record.ts";
import type { EventLog } from "../../../src/log/mod.ts";
import { natsServerOfFile, newStreamName, openLog } from "./jetstream_fixture.ts";

const server = natsServerOfFile();

/** Each a batch of its own. */
async function appendEach(log: EventLog, records: number, bytes: number): Promise<void> {
  const payload = Buffer.alloc(bytes, 7);
  for (let i = 0; i < records; i++) {
    await log.whenDurable(
      log.append(0, { kind: recordKinds.event, flags: 0, timeMs: 1, idHigh: 0, idLow: i, payload }),
    );
  }
}

test("D4 batches that are larger than those before them do not stop the servers", { timeout: 20_000 }, async () => {
  const { log } = await openLog(server(), newStreamName());
  await appendEach(log, 130, 10);
  await appendEach(log, 60, 12 * 1024);
  const from = log.lastSequences().map((_, partition) => (partition === 0 ? 1 : Number.POSITIVE_INFINITY));
  let bytes = 0;
  for await (const batch of log.read(from)) bytes += batch.length;
  expect(bytes).toBeGreaterThan(60 * 12 * 1024);
});
