import { expect, test } from "vitest";
import { LogFull, LogMismatch, RecordTooLarge } from "../../../src/log/mod.ts";
import { eventLogContract } from "../event_log_contract.ts";
import { appendDurably, contents, KIBI, newRecord } from "../log_fixture.ts";
import { natsServerOfFile, newStreamName, openLog } from "./jetstream_fixture.ts";

const server = natsServerOfFile();

eventLogContract("the JetStream log", async () => {
  const stream = newStreamName();
  let { log } = await openLog(server(), stream);
  return {
    log,
    reopen: async () => {
      await log.close();
      ({ log } = await openLog(server(), stream));
      return log;
    },
    dispose: () => log.close(),
  };
});

test("what arrives together travels together: one batch a partition", async () => {
  const { log } = await openLog(server(), newStreamName());
  const waits: Promise<void>[] = [];
  for (let i = 0; i < 300; i++) waits.push(log.whenDurable(log.append(i % 4, newRecord("x"))));
  await Promise.all(waits);
  expect(log.stats()).toMatchObject({ committedRecords: 300, committedGroups: 4 });
});

test("a batch is closed before it outgrows its bounds; a larger record gets one of its own", async () => {
  const { log } = await openLog(server(), newStreamName(), { batchBytesMax: 4 * KIBI, batchRecordsMax: 5 });
  const sizes: number[] = [];
  log.onCommit((batch) => sizes.push(batch.length));
  for (let i = 0; i < 4; i++) log.append(0, newRecord("x".repeat(1000)));
  log.append(0, newRecord("y".repeat(20_000)));
  for (let i = 0; i < 6; i++) log.append(0, newRecord("z"));
  await log.whenDurable(log.append(0, newRecord("z")));
  expect(sizes).toEqual([3096, 1032, 20_032, 165, 66]);
});

test("groups end in the order of their numbers", async () => {
  const { log } = await openLog(server(), newStreamName(), { publishesInFlightMax: 2 });
  const ended: number[] = [];
  const waits: Promise<void>[] = [];
  for (let i = 0; i < 200; i++) {
    const group = log.append((i * 7) % 4, newRecord("x"));
    waits.push(
      log.whenDurable(group).then(() => {
        ended.push(group);
      }),
    );
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await Promise.all(waits);
  expect(ended).toEqual([...ended].sort((a, b) => a - b));
  expect(new Set(ended).size).toBeGreaterThan(3);
});

test("back-pressure: what would pass pendingBytesMax is refused, retryable, and fits again later", async () => {
  const { log } = await openLog(server(), newStreamName(), { pendingBytesMax: 20 * KIBI });
  let group = 0;
  for (let i = 0; i < 19; i++) group = log.append(0, newRecord("x".repeat(1000)));
  expect(() => log.append(0, newRecord("x".repeat(1000)))).toThrow(LogFull);
  await log.whenDurable(group);
  await appendDurably(log, 0, "again");
  expect(log.lastSequences()[0]).toBe(20);
});

test("a record that never fits says so and takes no sequence", async () => {
  const { log } = await openLog(server(), newStreamName(), { pendingBytesMax: 8 * 1024 * KIBI });
  expect(() => log.append(0, newRecord("x".repeat(1024 * KIBI)))).toThrow(RecordTooLarge);
  await appendDurably(log, 0, "a");
  expect((await contents(log))[0]).toEqual(["1 a"]);
});

test("recovery finds its place among many messages, in every partition", async () => {
  const stream = newStreamName();
  const { log } = await openLog(server(), stream);
  for (let i = 1; i <= 120; i++) await appendDurably(log, i % 3, `${i}`, `${i}+`);
  await log.close();
  const again = await openLog(server(), stream);
  for (const from of [1, 2, 39, 40, 41, 79, 80]) {
    const found = await contents(again.log, [from, 81, 5, 1]);
    expect(found.map((texts) => texts.length)).toEqual([81 - from, 0, 76, 0]);
    expect(found[0]?.[0]?.split(" ")[0]).toBe(`${from}`);
  }
});

test("another number of partitions, or a stream that forgets, is refused", async () => {
  const stream = newStreamName();
  await openLog(server(), stream);
  await expect(openLog(server(), stream, { partitions: 8 })).rejects.toThrow(LogMismatch);
  await expect(openLog(server(), stream, { subjectPrefix: "other" })).rejects.toThrow(LogMismatch);
});

test("settings that cannot work are refused with a sentence", async () => {
  const stream = newStreamName();
  await expect(openLog(server(), stream, { partitions: 0 })).rejects.toThrow(/partitions must be a whole number/);
  await expect(openLog(server(), stream, { batchBytesMax: 2 ** 20, pendingBytesMax: 2 ** 21 })).rejects.toThrow(
    /below the servers' max_payload/,
  );
  await expect(openLog(server(), stream, { replicas: 2 })).rejects.toThrow(/replicas must be 1, 3 or 5/);
});
