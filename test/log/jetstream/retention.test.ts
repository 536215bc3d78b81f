import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { LogHole } from "../../../src/log/mod.ts";
import { appendDurably, contents, newRecord } from "../log_fixture.ts";
import { natsServerOfFile, newStreamName, openLog } from "./jetstream_fixture.ts";

const server = natsServerOfFile();

test("retire gives back what nobody needs, and what is left still reads", async () => {
  const stream = newStreamName();
  const { log } = await openLog(server(), stream);
  for (let i = 1; i <= 40; i++) await appendDurably(log, i % 2, "x".repeat(5000));
  await log.retire([15, 1, 1, 1]);
  await expect(contents(log, [5, 1, 1, 1])).rejects.toThrow(LogHole);
  expect((await contents(log, [15, 1, 1, 1])).map((texts) => texts.length)).toEqual([6, 20, 0, 0]);
});

test("however much is retired, the end of each partition stays known", async () => {
  const stream = newStreamName();
  const { log } = await openLog(server(), stream);
  for (let i = 1; i <= 20; i++) await appendDurably(log, 0, "x".repeat(9000));
  await log.retire([21, 1, 1, 1]);
  await log.close();
  const again = await openLog(server(), stream);
  expect(again.log.lastSequences()).toEqual([20, 0, 0, 0]);
  await appendDurably(again.log, 0, "next");
  expect((await contents(again.log, [21, 1, 1, 1]))[0]).toEqual(["21 next"]);
});

test("what is younger than records are kept stays, also of a log that was opened since", async () => {
  const stream = newStreamName();
  const keepMs = 16 * DAY_MS;
  const first = await openLog(server(), stream, { keepMs });
  for (let ago = 40; ago > 0; ago--)
    for (const partition of [0, 1])
      await first.log.whenDurable(first.log.append(partition, newRecord("x", Date.now() - ago * DAY_MS)));
  await first.log.close();
  const { log } = await openLog(server(), stream, { keepMs });
  const held = (): Promise<number[]> => messagesOf(stream);
  await log.retire([41, 1, 1, 1]);
  expect(await held()).toEqual([15, 40]);
  expect((await contents(log, [26, 1, 1, 1]))[0]?.[0]).toBe("26 x");
  await log.retire([41, 11, 1, 1]);
  expect(await held()).toEqual([15, 30]);
  // Nothing of an eighth of the time can go.
  await log.retire([41, 13, 1, 1]);
  expect(await held()).toEqual([15, 28]);
  await log.retire([41, 41, 1, 1]);
  expect(await held()).toEqual([15, 15]);
});

const DAY_MS = 86_400_000;

/** How many the servers hold, of the first two partitions. */
async function messagesOf(stream: string): Promise<number[]> {
  const client = await connect({ servers: server().address });
  const { streams } = await jetstreamManager(client);
  const { state } = await streams.info(stream, { subjects_filter: ">" });
  await client.close();
  return [0, 1].map((partition) => state.subjects?.[`${stream}.${partition}`] ?? 0);
}

test("a hole is refused: records that are wanted and not there", async () => {
  const stream = newStreamName();
  const { log } = await openLog(server(), stream);
  for (let i = 1; i <= 6; i++) await appendDurably(log, 2, `${i}`);
  await purge(stream, `${stream}.2`, 4);
  await expect(contents(log, [1, 1, 3, 1])).rejects.toMatchObject({
    name: "LogHole",
    partition: 2,
    wantedSequence: 3,
    firstSequence: 4,
  });
  expect((await contents(log, [1, 1, 4, 1]))[2]).toEqual(["4 4", "5 5", "6 6"]);
});

test("a stream that ends before what was acknowledged fails the log for good", async () => {
  const stream = newStreamName();
  const { log, failures } = await openLog(server(), stream);
  await appendDurably(log, 0, "a", "b");
  await purge(stream, `${stream}.0`, 1000);
  await expect(appendDurably(log, 0, "c")).rejects.toMatchObject({ retryable: false });
  expect(failures[0]?.message).toMatch(/the stream lost records/);
});

test("a stream that is gone is missed by asking, and so is another in its place", async () => {
  const stream = newStreamName();
  const { log, failures, notices } = await openLog(server(), stream, { sweepMs: 20, unavailableAfterMs: 100 });
  await appendDurably(log, 0, "a", "b");
  const client = await connect({ servers: server().address });
  const { streams } = await jetstreamManager(client);
  const { config } = await streams.info(stream);
  await streams.delete(stream);
  await expect.poll(() => notices.map(({ name }) => name), { timeout: 20_000 }).toContain("log_paused");
  expect(() => log.makeRoom(0)).toThrow("the log's servers take nothing");
  expect(failures).toEqual([]);
  await streams.add(config);
  await expect.poll(() => failures[0]?.message, { timeout: 20_000 }).toMatch(/the stream lost records/);
  await client.close();
});

test("another stream in the place of one is missed although it answers", async () => {
  const stream = newStreamName();
  const { log, failures } = await openLog(server(), stream, { sweepMs: 20, unavailableAfterMs: 20_000 });
  await appendDurably(log, 0, "a", "b");
  const client = await connect({ servers: server().address });
  const { streams } = await jetstreamManager(client);
  const { config } = await streams.info(stream);
  await streams.delete(stream);
  await streams.add(config);
  await expect.poll(() => failures[0]?.message, { timeout: 15_000 }).toMatch(/the stream lost records/);
  await client.close();
});

async function purge(stream: string, filter: string, seq: number): Promise<void> {
  const client = await connect({ servers: server().address });
  await (await jetstreamManager(client)).streams.purge(stream, { filter, seq });
  await client.close();
}
