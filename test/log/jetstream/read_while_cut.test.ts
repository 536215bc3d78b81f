// A reader of one partition while another partition's beginning is given back.

import { expect, it } from "vitest";
import { recordKinds } from "../../../src/model/record.ts";
import { natsServerOfFile, newStreamName, openLog } from "./jetstream_fixture.ts";

const server = natsServerOfFile();

const RECORDS = 1_500;
/** Together several times what the servers send ahead of a reader. */
const PAYLOAD = Buffer.alloc(12 * 1024, 7);

it("D5 it gets every record", async () => {
  const { log } = await openLog(server(), newStreamName(), {
    pendingBytesMax: 1 << 25,
    readTimeoutMs: 3_000,
    retireBytes: 1,
  });
  const append = async (partition: number, payload: Uint8Array, records: number): Promise<void> => {
    let group = 0;
    for (let i = 0; i < records; i++) {
      group = log.append(partition, { kind: recordKinds.event, flags: 0, timeMs: 1, idHigh: 0, idLow: i, payload });
    }
    await log.whenDurable(group);
  };
  await append(0, PAYLOAD, RECORDS);
  // Behind all that is going to be read, and cut while it is.
  for (let i = 0; i < 5; i++) await append(1, PAYLOAD.subarray(0, 10), 1);
  const from = log.lastSequences().map((_, partition) => (partition === 0 ? 1 : Number.POSITIVE_INFINITY));
  let bytes = 0;
  let isCut = false;
  for await (const batch of log.read(from)) {
    bytes += batch.length;
    if (isCut) continue;
    isCut = true;
    await log.retire(log.lastSequences().map((last, partition) => (partition === 1 ? last + 1 : 1)));
  }
  expect(bytes).toBeGreaterThanOrEqual(RECORDS * PAYLOAD.length);
});
