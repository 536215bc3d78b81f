import { expect, test } from "vitest";
import { LogFull, RecordTooLarge } from "../../src/log/mod.ts";
import { eventLogContract } from "./event_log_contract.ts";
import { appendDurably, contents, KIBI, newDirectory, newRecord, openLog, segmentFiles } from "./log_fixture.ts";

for (const sync of ["always", "interval", "never"] as const) {
  eventLogContract(`the embedded log with sync ${sync}`, async () => {
    const directory = await newDirectory();
    let { log } = await openLog(directory, { sync });
    return {
      log,
      reopen: async () => {
        await log.close();
        ({ log } = await openLog(directory, { sync }));
        return log;
      },
      dispose: () => log.close(),
    };
  });
}

test("many appends share few groups", async () => {
  const { log } = await openLog(await newDirectory());
  const waits: Promise<void>[] = [];
  for (let i = 0; i < 300; i++) waits.push(log.whenDurable(log.append(i % 4, newRecord("x"))));
  await Promise.all(waits);
  expect(log.stats().committedRecords).toBe(300);
  expect(log.stats().committedGroups).toBe(1);
});

test("what arrives while a group is written goes into the next one, together", async () => {
  const { log } = await openLog(await newDirectory());
  const first = log.append(0, newRecord("a"));
  await new Promise((resolve) => setImmediate(resolve));
  const second = log.append(0, newRecord("b"));
  const third = log.append(0, newRecord("c"));
  expect(second).toBe(first + 1);
  expect(third).toBe(second);
  expect(log.whenDurable(second)).toBe(log.whenDurable(third));
  await log.whenDurable(third);
  expect(log.stats().committedGroups).toBe(2);
});

test("what callers append on hearing that a group is durable shares the next one with what waits already", async () => {
  const { log } = await openLog(await newDirectory());
  const first = log.append(0, newRecord("a"));
  await new Promise((resolve) => setImmediate(resolve));
  const waiting = log.append(0, newRecord("b"));
  expect(waiting).toBe(first + 1);
  await log.whenDurable(first);
  expect(log.append(1, newRecord("c"))).toBe(waiting);
  await log.whenDurable(waiting);
  expect(log.stats()).toMatchObject({ committedGroups: 2, committedRecords: 3, pendingRecords: 0 });
  const alone = log.append(0, newRecord("d"));
  expect(alone).toBe(waiting + 1);
  await log.whenDurable(alone);
});

test("a group is sealed before it outgrows groupBytesMax; a larger record gets one of its own", async () => {
  const { log } = await openLog(await newDirectory(), { groupBytesMax: 4 * KIBI });
  const sizes: number[] = [];
  log.onCommit((batch) => sizes.push(batch.length));
  for (let i = 0; i < 10; i++) log.append(0, newRecord("x".repeat(1000)));
  log.append(1, newRecord("y".repeat(20_000)));
  await log.whenDurable(log.append(0, newRecord("z")));
  expect(sizes).toEqual([3096, 3096, 3096, 1032, 20_032, 33]);
  expect((await contents(log))[1]?.[0]?.length).toBe(20_002);
});

test("M1 what room was made for goes into one group together, whatever the open one holds", async () => {
  const { log } = await openLog(await newDirectory(), { groupBytesMax: 4 * KIBI });
  const record = newRecord("x".repeat(1000));
  const first = log.append(0, record);
  log.makeRoom(3 * 1032);
  const together = [0, 1, 2].map((partition) => log.append(partition, record));
  expect(together).toEqual([first + 1, first + 1, first + 1]);
  // More than a group holds takes what there is.
  log.makeRoom(8 * KIBI);
  await log.whenDurable(log.append(0, record));
  expect(log.stats().committedRecords).toBe(5);
});

test("there is no room beyond pendingBytesMax, nor in a log that is closed", async () => {
  const { log } = await openLog(await newDirectory(), { pendingBytesMax: 20 * KIBI });
  const group = log.append(0, newRecord("x".repeat(1000)));
  log.makeRoom(18 * KIBI);
  expect(thrownBy(() => log.makeRoom(20 * KIBI))).toBeInstanceOf(LogFull);
  await log.whenDurable(group);
  log.makeRoom(20 * KIBI);
  await log.close();
  expect(thrownBy(() => log.makeRoom(1))).toMatchObject({ retryable: false });
});

test("segments roll, and nothing is lost at the seam", async () => {
  const directory = await newDirectory();
  const { log } = await openLog(directory);
  for (let i = 1; i <= 60; i++) await appendDurably(log, 0, `${i} ${"x".repeat(6000)}`);
  expect(log.stats().segments).toBeGreaterThan(5);
  expect((await segmentFiles(directory)).length).toBe(log.stats().segments);
  const expected = Array.from({ length: 60 }, (_, i) => `${i + 1} ${i + 1}`);
  expect((await contents(log))[0]?.map((text) => text.split(" x")[0])).toEqual(expected);
  await log.close();
  const again = await openLog(directory);
  expect((await contents(again.log))[0]?.map((text) => text.split(" x")[0])).toEqual(expected);
  expect(again.notices.map((notice) => notice.name)).toEqual(["log_opened"]);
});

test("back-pressure: what would pass pendingBytesMax is refused, retryable, and fits again later", async () => {
  const { log } = await openLog(await newDirectory(), { pendingBytesMax: 20 * KIBI });
  let group = 0;
  for (let i = 0; i < 19; i++) group = log.append(0, newRecord("x".repeat(1000)));
  const refused = thrownBy(() => log.append(0, newRecord("x".repeat(1000))));
  expect(refused).toBeInstanceOf(LogFull);
  expect(refused).toMatchObject({ retryable: true });
  await log.whenDurable(group);
  await appendDurably(log, 0, "again");
  expect(log.lastSequences()[0]).toBe(20);
});

test("a record that never fits says so and takes no sequence", async () => {
  const { log } = await openLog(await newDirectory());
  expect(thrownBy(() => log.append(0, newRecord("x".repeat(70_000))))).toBeInstanceOf(RecordTooLarge);
  await appendDurably(log, 0, "a");
  expect((await contents(log))[0]).toEqual(["1 a"]);
});

test("a partition that does not exist is a bug of the caller", async () => {
  const { log } = await openLog(await newDirectory());
  expect(() => log.append(4, newRecord("a"))).toThrow("no such partition: 4");
});

test("reduced durability is said at start", async () => {
  const { notices } = await openLog(await newDirectory(), { sync: "interval", syncIntervalMs: 50 });
  expect(notices[0]).toEqual({ name: "log_durability_reduced", sync: "interval", syncIntervalMs: 50 });
});

test("settings that cannot work are refused with a sentence", async () => {
  const directory = await newDirectory();
  await expect(openLog(directory, { partitions: 0 })).rejects.toThrow(
    /partitions must be a whole number from 1 to 512/,
  );
  await expect(openLog(directory, { groupBytesMax: 64 * KIBI })).rejects.toThrow(
    /groupBytesMax must be from 1024 to 61440/,
  );
  await expect(openLog(directory, { pendingBytesMax: 1 })).rejects.toThrow(/pendingBytesMax must be at least/);
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
