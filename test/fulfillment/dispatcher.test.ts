// The dispatcher against jobs in memory: bounded, in order, fair between subscribers, and without losing or doubling anything.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { promised } from "../../src/base/promised.ts";
import { type Carrier, Dispatcher } from "../../src/fulfillment/dispatcher.ts";
import type { JobSource } from "../../src/fulfillment/job_source.ts";
import {
  BREAKER_FAILURES,
  defaultFulfillmentSettings,
  FAILURES_LOGGED_PER_SECOND,
  type FulfillmentSettings,
} from "../../src/fulfillment/settings.ts";
import type { AttemptResult, Job, JobOutcome } from "../../src/model/job.ts";
import type { ReadyJobs, ReadyJobsPage } from "../../src/model/job_queue.ts";
import { aJob } from "../support/jobs.ts";
import { recordingLogger } from "../api/front_fixture.ts";
import { until } from "../support/until.ts";

const ok: AttemptResult = { kind: "answered", status: 200, body: null, retryAfterMs: null };
const down: AttemptResult = { kind: "answered", status: 500, body: null, retryAfterMs: null };

/** Ready jobs in memory, as a partition keeps them. */
class MemorySource implements JobSource {
  readonly partitions = 2;
  readonly ready: Job[][] = [[], []];
  readonly told: JobOutcome[] = [];
  served = [true, true];
  /** Reports that are refused. */
  refusals = 0;
  #listener: Parameters<JobSource["listen"]>[0] = null;
  #sequence = 0;

  add(partition: number, subscriber: string, count = 1): void {
    for (let n = 0; n < count; n++) this.#put(partition, jobOf(subscriber, ++this.#sequence));
    this.#listener?.onReady(partition);
  }

  addMail(partition: number): void {
    const order = { kind: "EMAIL", zoneName: "thanks", recipient: "ann@x.com", mail: null } as const;
    this.#put(partition, { ...jobOf("email", ++this.#sequence), order });
    this.#listener?.onReady(partition);
  }

  hold(partition: number): Promise<void> {
    return this.#listener?.onHold(partition) ?? Promise.reject(new Error("nobody listens"));
  }

  lose(partition: number): void {
    this.served[partition] = false;
    this.#listener?.onLost(partition);
  }

  listen(listener: Parameters<JobSource["listen"]>[0]): void {
    this.#listener = listener;
    for (let partition = 0; partition < this.partitions; partition++) listener?.onReady(partition);
  }

  isServed(partition: number): boolean {
    return this.served[partition] === true;
  }

  async pull(partition: number, page: ReadyJobsPage): Promise<ReadyJobs> {
    if (!this.isServed(partition)) throw new Error("not here");
    const cursors = new Map(page.cursors);
    const keys = [...new Set((this.ready[partition] ?? []).map(keyOf))].sort();
    const jobs: Job[] = [];
    const more: string[] = [];
    let lastSubscriber: string | null = null;
    for (const key of keys) {
      if ((page.afterSubscriber !== null && key <= page.afterSubscriber) || page.skipped.includes(key)) continue;
      if (jobs.length >= page.limit) return { jobs, more, lastSubscriber };
      lastSubscriber = key;
      const own = (this.ready[partition] ?? []).filter(
        (job) => keyOf(job) === key && (job.place ?? "") > (cursors.get(key) ?? ""),
      );
      if (own.length >= page.perSubscriber) more.push(key);
      jobs.push(...own.slice(0, page.perSubscriber));
    }
    return { jobs: structuredClone(jobs), more, lastSubscriber: null };
  }

  async report(partition: number, outcomes: readonly JobOutcome[]): Promise<void> {
    await sleep(1);
    if (this.refusals-- > 0) throw new Error("busy");
    const ready = this.ready[partition] ?? [];
    for (const outcome of outcomes) {
      this.told.push(outcome);
      const at = ready.findIndex((job) => `${job.personId}/${job.id}` === outcome.jobKey);
      const [job] = at < 0 ? [] : ready.splice(at, 1);
      if (job === undefined) throw new Error("an outcome of what is not ready");
    }
    this.#listener?.onReady(partition);
  }

  #put(partition: number, job: Job): void {
    this.ready[partition]?.push(job);
  }
}

function keyOf({ client, subscriber }: Job): string {
  return `${client}/${subscriber}`;
}

function jobOf(subscriber: string, sequence: number): Job {
  const id = String(sequence).padStart(19, "0");
  const order = { kind: "WEBHOOK", webhookId: subscriber } as const;
  return aJob({ id, order, subscriber, personId: `p${sequence}`, place: `acme/${subscriber}/${id}` });
}

type Logged = Parameters<typeof recordingLogger>[0];

function dispatches(
  source: MemorySource,
  carrier: Carrier,
  settings: Partial<FulfillmentSettings> = {},
  logged: Logged = [],
): Dispatcher {
  const dispatcher = new Dispatcher({
    source,
    carriers: { WEBHOOK: carrier, EMAIL: carrier, SHARE_EMAIL: carrier, DATA_INTELLIGENCE: carrier, PAYOUT: carrier },
    settings: { ...defaultFulfillmentSettings, ...settings },
    logger: recordingLogger(logged),
  });
  dispatcher.start();
  onTestFinished(() => dispatcher.stop());
  return dispatcher;
}

test("everything is carried out once, in both partitions, never more at once than the bounds", async () => {
  const source = new MemorySource();
  let now = 0;
  const most = { all: 0, one: new Map<string, number>() };
  const carrier: Carrier = async (jobs) => {
    const key = jobs[0]?.subscriber ?? "";
    now += jobs.length;
    most.all = Math.max(most.all, now);
    most.one.set(key, Math.max(most.one.get(key) ?? 0, jobs.length));
    await sleep(2);
    now -= jobs.length;
    return jobs.map(() => ({ result: ok, tookMs: 1 }));
  };
  for (const partition of [0, 1]) for (const subscriber of ["a", "b", "c"]) source.add(partition, subscriber, 100);
  dispatches(source, carrier, { inFlightMax: 40, perSubscriberMax: 10 });
  await until(() => source.told.length === 600);
  expect(new Set(source.told.map(({ jobKey }) => jobKey)).size).toBe(600);
  expect(most.all).toBeLessThanOrEqual(40 + 2 * 10);
  for (const count of most.one.values()) expect(count).toBeLessThanOrEqual(10);
});

test("a subscriber that hangs holds up nobody else", async () => {
  const source = new MemorySource();
  source.add(0, "hangs", 500);
  source.add(0, "works", 200);
  const hanging = promised();
  const carrier: Carrier = async (jobs) => {
    if (jobs[0]?.subscriber === "hangs") await hanging.promise;
    return jobs.map(() => ({ result: ok, tookMs: 1 }));
  };
  const dispatcher = dispatches(source, carrier, { perSubscriberMax: 16 });
  await until(() => source.told.length === 200);
  expect(dispatcher.stats().inFlight).toBe(16);
  hanging.resolve();
});

test("after failures in a row a subscriber is left alone, tried once, and goes on when it is well", async () => {
  const source = new MemorySource();
  let isDown = true;
  let calls = 0;
  const carrier: Carrier = async (jobs) => {
    calls += jobs.length;
    return jobs.map(() => ({ result: isDown ? down : ok, tookMs: 1 }));
  };
  source.add(0, "a", 300);
  const dispatcher = dispatches(source, carrier, { perSubscriberMax: BREAKER_FAILURES });
  await until(() => dispatcher.stats().subscribersOpen === 1);
  const atOpening = calls;
  await sleep(300);
  expect(calls).toBe(atOpening);
  isDown = false;
  await until(() => source.told.length === 300);
  expect(dispatcher.stats().subscribersOpen).toBe(0);
});

test("of a backlog that is refused whole a few attempts a second are logged, and how many were not", async () => {
  const source = new MemorySource();
  const refused: AttemptResult = { kind: "answered", status: 404, body: null, retryAfterMs: null };
  const carrier: Carrier = async (jobs) => jobs.map(() => ({ result: refused, tookMs: 1 }));
  const logged: Logged = [];
  source.add(0, "a", 500);
  source.add(1, "b", 1);
  const startedMs = performance.now();
  dispatches(source, carrier, {}, logged);
  await until(() => source.told.length === 501);
  const seconds = (performance.now() - startedMs) / 1000;
  const linesOf = (subscriber: string): object[] =>
    logged.map(({ fields }) => fields).filter((fields) => Reflect.get(fields, "subscriber") === subscriber);
  expect(linesOf("b")).toHaveLength(1);
  expect(linesOf("a").length).toBeLessThanOrEqual(FAILURES_LOGGED_PER_SECOND * (seconds + 1));
  await sleep(1_000);
  source.add(0, "a", 1);
  await until(() => source.told.length === 502);
  const lines = linesOf("a");
  const untold = lines.map((fields) => Number(Reflect.get(fields, "untold") ?? 0));
  expect(lines.length + untold.reduce((sum, each) => sum + each, 0)).toBe(501);
});

test("a rate holds", async () => {
  const source = new MemorySource();
  const carrier: Carrier = async (jobs) => jobs.map(() => ({ result: ok, tookMs: 1 }));
  source.add(0, "a", 100);
  const startedMs = performance.now();
  dispatches(source, carrier, { ratePerSecond: 20 });
  await until(() => source.told.length >= 30);
  // A second's worth at once, then as time goes on, however long the machine took for it.
  const seconds = (performance.now() - startedMs) / 1000;
  expect(source.told.length).toBeLessThanOrEqual(20 + 20 * seconds + 1);
});

test("outcomes are told until they are taken, and given up where the partition is gone", async () => {
  const source = new MemorySource();
  source.refusals = 2;
  source.add(0, "a", 3);
  const carrier: Carrier = async (jobs) => jobs.map(() => ({ result: ok, tookMs: 1 }));
  const dispatcher = dispatches(source, carrier);
  await until(() => source.told.length === 3);
  source.refusals = 1_000;
  source.add(1, "a", 3);
  await until(() => dispatcher.stats().inFlight === 3);
  source.lose(1);
  await until(() => dispatcher.stats().inFlight === 0);
  expect(source.told.length).toBe(3);
});

test("D3 a carrier that fails leaves outcomes that nobody knows", async () => {
  const source = new MemorySource();
  source.add(0, "a", 2);
  dispatches(source, () => Promise.reject(new Error("the thread died")));
  await until(() => source.told.length === 2);
  expect(source.told[0]?.result).toEqual({ kind: "unknown", reason: "Error: the thread died" });
});

test("a stop waits for what is under way", async () => {
  const source = new MemorySource();
  source.add(0, "a", 5);
  const answering = promised();
  const dispatcher = dispatches(source, async (jobs) => {
    await answering.promise;
    return jobs.map(() => ({ result: ok, tookMs: 200 }));
  });
  await until(() => dispatcher.stats().inFlight === 5);
  const stopped = dispatcher.stop();
  answering.resolve();
  await stopped;
  expect(source.told.length).toBe(5);
});

test("a partition that is given away waits for its mails, and for nothing else", async () => {
  const source = new MemorySource();
  const answers: (() => void)[] = [];
  const carrier: Carrier = (jobs) =>
    new Promise((resolve) => answers.push(() => resolve(jobs.map(() => ({ result: ok, tookMs: 1 })))));
  source.addMail(0);
  const dispatcher = dispatches(source, carrier);
  await until(() => dispatcher.stats().inFlight === 1);
  source.add(0, "hangs");
  await until(() => dispatcher.stats().inFlight === 2);
  const held: string[] = [];
  void source.hold(0).then(() => held.push(`0 behind ${source.told.length}`));
  await source.hold(1);
  expect(held).toEqual([]);
  answers[0]?.();
  await until(() => held.length === 1);
  expect(held).toEqual(["0 behind 1"]);
  await source.hold(0);
  answers[1]?.();
});
