// What befalls the servers: killed, stopped, cut off. What was acknowledged is there once and in order; nobody waits without a bound.

import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { type EventLog, LogHole, LogUnavailable } from "../../../src/log/mod.ts";
import { Connection, defaultNatsSettings } from "../../../src/nats/mod.ts";
import { isSoak } from "../../support/profile.ts";
import { startNatsCluster, startNatsServer } from "../../support/nats_server.ts";
import { appendDurably, collect, contents, newRecord, PARTITIONS } from "../log_fixture.ts";
import { newStreamName, openLog } from "./jetstream_fixture.ts";

const ROUNDS = 3;
const PAUSE_MS = 20;
/** Between an acknowledgement and a writer's next record. */
const PACE_MS = isSoak ? 0 : 10;
/** Nothing takes as long unless it is broken. */
const PROGRESS_TIMEOUT_MS = 30_000;
/** Servers of a cluster take some seconds to agree who leads, and many on a machine that has other things to do. */
const ELECTION_TIMEOUT_MS = 60_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Appends until told to end. Collects what was acknowledged, and what was refused. */
class Load {
  readonly acknowledged: string[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly delivered: string[][] = Array.from({ length: PARTITIONS }, () => []);
  refused = 0;
  #isOver = false;
  readonly #writers: Promise<void>[];

  constructor(log: EventLog, writers: number) {
    log.onCommit((batch) => collect(batch, this.delivered));
    this.#writers = Array.from({ length: writers }, (_, writer) => this.#write(log, writer));
  }

  /** Resolves when as many more were acknowledged. */
  async more(count: number): Promise<void> {
    const enough = this.#count() + count;
    await expect.poll(() => this.#count(), { timeout: PROGRESS_TIMEOUT_MS }).toBeGreaterThanOrEqual(enough);
  }

  #count(): number {
    return this.acknowledged.reduce((sum, texts) => sum + texts.length, 0);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#writers);
  }

  async #write(log: EventLog, writer: number): Promise<void> {
    const partition = writer % PARTITIONS;
    for (let n = 0; !this.#isOver; n++) {
      const text = `${writer}-${n}`;
      try {
        await log.whenDurable(log.append(partition, newRecord(text)));
        this.acknowledged[partition]?.push(text);
        await sleep(PACE_MS);
      } catch (error) {
        if (!(error instanceof LogUnavailable) || !error.retryable) throw error;
        this.refused++;
        await sleep(PAUSE_MS);
      }
    }
  }
}

/** Read anew when the servers, which have just been through something, break it off. */
async function contentsAgain(log: EventLog): Promise<string[][]> {
  const deadlineMs = Date.now() + PROGRESS_TIMEOUT_MS;
  for (;;) {
    try {
      return await contents(log);
    } catch (error) {
      if (error instanceof LogHole || Date.now() > deadlineMs) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Everything acknowledged is in the log once, sequences have no gap, and the listener saw exactly the log. */
async function judge(log: EventLog, load: Load): Promise<void> {
  const stored = await contentsAgain(log);
  for (const [partition, texts] of stored.entries()) {
    expect(texts.map((text) => Number(text.split(" ")[0]))).toEqual(texts.map((_, i) => i + 1));
    const payloads = texts.map((text) => text.split(" ")[1] ?? "");
    expect(new Set(payloads).size).toBe(payloads.length);
    const held = new Set(payloads);
    expect((load.acknowledged[partition] ?? []).filter((text) => !held.has(text))).toEqual([]);
    expect(load.delivered[partition]).toEqual(texts);
  }
}

test("killed and restarted under load: what was acknowledged is there once, in order", {
  timeout: 60_000,
}, async () => {
  const server = await startNatsServer();
  try {
    const stream = newStreamName();
    const { log, failures } = await openLog(server, stream, { unavailableAfterMs: 10_000 });
    const load = new Load(log, 64);
    for (let round = 0; round < ROUNDS; round++) {
      await load.more(200);
      await server.kill();
      await sleep(200);
      await server.restart();
    }
    await load.more(200);
    await load.end();
    expect(failures).toEqual([]);
    expect(load.refused).toBe(0);
    await judge(log, load);
    await log.close();
    const again = await openLog(server, stream);
    expect(await contents(again.log)).toEqual(load.delivered);
  } finally {
    await server.dispose();
  }
});

test("away for longer than the bound: refused in time, and back by itself", { timeout: 60_000 }, async () => {
  const server = await startNatsServer();
  try {
    const { log, notices, failures } = await openLog(server, newStreamName(), { unavailableAfterMs: 500 });
    const load = new Load(log, 16);
    await load.more(16);
    await server.kill();
    const startedMs = performance.now();
    await expect(appendDurably(log, 0, "while away")).rejects.toMatchObject({ retryable: true });
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    expect(() => log.append(0, newRecord("refused at once"))).toThrow(LogUnavailable);
    await server.restart();
    await backAgain(log);
    await load.more(16);
    await load.end();
    expect(load.refused).toBeGreaterThan(0);
    expect(failures).toEqual([]);
    expect(notices.map(({ name }) => name)).toEqual(["log_stream_opened", "log_paused", "log_resumed"]);
    await judge(log, load);
  } finally {
    await server.dispose();
  }
});

test("a server that hangs: refused in time; what it did take after all is in the log once", {
  timeout: 120_000,
}, async () => {
  const server = await startNatsServer();
  try {
    const { log, failures } = await openLog(server, newStreamName());
    const load = new Load(log, 16);
    for (let round = 0; round < ROUNDS; round++) {
      await load.more(16);
      process.kill(server.pid, "SIGSTOP");
      const refused = load.refused;
      await expect.poll(() => load.refused, { timeout: PROGRESS_TIMEOUT_MS }).toBeGreaterThan(refused);
      expect(() => log.append(0, newRecord("refused"))).toThrow(LogUnavailable);
      process.kill(server.pid, "SIGCONT");
      await backAgain(log);
    }
    await load.end();
    expect(failures).toEqual([]);
    await judge(log, load);
  } finally {
    await server.dispose();
  }
});

test("three servers: losing any one of them loses nothing", { timeout: 300_000 }, async () => {
  const servers = await startNatsCluster();
  try {
    const [first] = servers;
    if (first === undefined) throw new Error("the cluster is empty");
    const addresses = servers.map(({ address }) => address);
    const stream = newStreamName();
    const { log, failures } = await openWhenElected(addresses, stream);
    const load = new Load(log, 16);
    for (const server of servers) {
      await load.more(100);
      await server.kill();
      await load.more(100);
      await server.restart();
      // Of three servers one may be behind or away, never two: then there is no majority, and nothing goes on for as long as it takes to be one again.
      await whenReplicated(addresses, stream);
    }
    await load.end();
    expect(failures).toEqual([]);
    await judge(log, load);
  } finally {
    for (const server of servers) await server.dispose();
  }

  /** A cluster takes a few seconds to elect whom to ask. */
  async function openWhenElected(addresses: readonly string[], stream: string): ReturnType<typeof openLog> {
    const deadlineMs = Date.now() + 45_000;
    for (;;) {
      try {
        const [first] = servers;
        if (first === undefined) throw new Error("the cluster is empty");
        return await openLog(first, stream, {
          servers: addresses,
          replicas: 3,
          unavailableAfterMs: 20_000,
          publishTimeoutMs: 1_000,
        });
      } catch (error) {
        if (Date.now() > deadlineMs) throw error;
        await sleep(250);
      }
    }
  }
});

/** Resolves when every server has of the stream what its leader has. */
async function whenReplicated(addresses: readonly string[], stream: string): Promise<void> {
  const connection = await Connection.open({ ...defaultNatsSettings, servers: addresses }, "test");
  const isReplicated = async (): Promise<boolean> => {
    try {
      const manager = await jetstreamManager(connection.client);
      const { cluster } = await manager.streams.info(stream);
      const replicas = cluster?.replicas ?? [];
      return replicas.length === addresses.length - 1 && replicas.every(({ current, offline }) => current && !offline);
    } catch {
      // No leader yet.
      return false;
    }
  };
  try {
    await expect.poll(isReplicated, { timeout: ELECTION_TIMEOUT_MS, interval: 250 }).toBe(true);
  } finally {
    await connection.close();
  }
}

/** Appends until one is taken. */
async function backAgain(log: EventLog): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  for (;;) {
    try {
      return await appendDurably(log, 1, `back-${performance.now()}`);
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
