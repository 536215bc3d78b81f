// Several processes that append to the same partitions, here as several logs on one stream.

import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import type { EventLog, RecordOrigin } from "../../../src/log/mod.ts";
import { until } from "../../support/until.ts";
import { appendDurably, collect, contents, newRecord, PARTITIONS } from "../log_fixture.ts";
import { natsServerOfFile, newStreamName, openLog } from "./jetstream_fixture.ts";

const server = natsServerOfFile();

const newLists = (): string[][] => Array.from({ length: PARTITIONS }, () => []);

test("two writers of one partition: nothing lost, nothing doubled, both see the same order", async () => {
  const stream = newStreamName();
  const logs = await Promise.all([openLog(server(), stream), openLog(server(), stream)]);
  const seen = logs.map(({ log }) => {
    const lists = newLists();
    log.onCommit((batch) => collect(batch, lists));
    return lists;
  });
  const write = async (log: EventLog, name: string): Promise<void> => {
    for (let round = 0; round < 100; round++) {
      await appendDurably(log, 0, `${name}${round}a`, `${name}${round}b`);
    }
  };
  await Promise.all(logs.map(({ log }, i) => write(log, `${i}-`)));
  await until(() => seen.every((lists) => lists[0]?.length === 400));
  const [first, second] = logs;
  const stored = (await contents(first?.log ?? expect.fail()))[0] ?? [];
  expect(stored.map((text) => Number(text.split(" ")[0]))).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
  for (const name of ["0-", "1-"]) {
    const own = stored.map((text) => text.split(" ")[1] ?? "").filter((text) => text.startsWith(name));
    expect(own).toEqual(Array.from({ length: 100 }, (_, i) => [`${name}${i}a`, `${name}${i}b`]).flat());
  }
  expect(seen[0]?.[0]).toEqual(stored);
  expect(seen[1]?.[0]).toEqual(stored);
  expect(second?.failures).toEqual([]);
});

test("a writer that never stops lets the others have their turn", async () => {
  const stream = newStreamName();
  const greedy = await openLog(server(), stream);
  const modest = await openLog(server(), stream);
  let isOver = false;
  const flood = (async () => {
    while (!isOver) await appendDurably(greedy.log, 0, "flood");
  })();
  const startedMs = performance.now();
  for (let i = 0; i < 20; i++) await appendDurably(modest.log, 0, `${i}`);
  const tookMs = performance.now() - startedMs;
  isOver = true;
  await flood;
  expect(tookMs).toBeLessThan(15_000);
  expect(modest.notices.map(({ name }) => name)).toEqual(["log_stream_opened"]);
});

test("record times never fall, whoever writes", async () => {
  const stream = newStreamName();
  const ahead = await openLog(server(), stream);
  const behind = await openLog(server(), stream);
  await ahead.log.whenDurable(ahead.log.append(0, newRecord("a", 9000)));
  await behind.log.whenDurable(behind.log.append(0, newRecord("b", 5000)));
  const again = await openLog(server(), stream);
  await again.log.whenDurable(again.log.append(0, newRecord("c", 9001)));
  expect((await contents(again.log))[0]).toEqual(["1 a", "2 b", "3 c"]);
});

test("a listener is told whose records it gets", async () => {
  const stream = newStreamName();
  const one = await openLog(server(), stream);
  const two = await openLog(server(), stream);
  const origins: (RecordOrigin | undefined)[] = [];
  one.log.onCommit((_, origin) => origins.push(origin));
  await appendDurably(one.log, 3, "mine");
  await appendDurably(two.log, 3, "theirs");
  await until(() => origins.length === 2);
  expect(origins).toEqual(["own", "other"]);
});

test("a stale publish, and the same publish twice, add nothing", async () => {
  const stream = newStreamName();
  const { log } = await openLog(server(), stream);
  await appendDurably(log, 1, "a");
  await appendDurably(log, 1, "b");
  const client = await connect({ servers: server().address });
  const subject = `${stream}.1`;
  const publisher = jetstream(client);
  await expect(
    publisher.publish(subject, "late", { msgID: "late", expect: { lastSubjectSequence: 1 } }),
  ).rejects.toMatchObject({ code: 10071 });
  const stored = await (await publisher.jetstreamManager()).streams.getMessage(stream, { seq: 2 });
  const again = await publisher.publish(subject, stored?.data ?? "", {
    msgID: stored?.header.get("Nats-Msg-Id") ?? "",
    expect: { lastSubjectSequence: 1 },
    headers: headers(),
  });
  expect(again.duplicate).toBe(true);
  await client.close();
  await appendDurably(log, 1, "c");
  expect((await contents(log))[1]).toEqual(["1 a", "2 b", "3 c"]);
});
