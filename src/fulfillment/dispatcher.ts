// Dispatcher: pulls ready jobs of the partitions that this node serves, hands them to whoever carries them out, and brings back what came of them.
//
//   D1. A bounded number is under way, of all and of each subscriber. What is not taken stays where it is: ready, in the state of its partition.
//   D2. A job is under way from when it is taken until its outcome is applied; until then it is not taken again.
//   D3. A carrier that fails leaves outcomes that nobody knows.

import { type Job, jobKey, type JobKind, type JobOutcome } from "../model/job.ts";
import type { ReadyJobs } from "../model/job_queue.ts";
import type { FulfillmentLogger, JobSource } from "./job_source.ts";
import { MailsUnderWay } from "./mails_under_way.ts";
import { OutcomeDesk } from "./outcome_desk.ts";
import {
  type FulfillmentSettings,
  PAGE_JOBS_MAX,
  PER_SUBSCRIBER_PAGE,
  STOP_MS,
  SUBSCRIBERS_REMEMBERED_MAX,
  SWEEP_MS,
  SWEEPS_PER_ROUND,
} from "./settings.ts";
import { isFailure, Subscriber } from "./subscriber.ts";
import type { Attempted } from "./thread.ts";

/** Carries out jobs of one kind and one subscriber; answers in their order. */
export type Carrier = (jobs: readonly Job[]) => Promise<readonly Attempted[]>;

export interface DispatcherParts {
  readonly source: JobSource;
  readonly carriers: { readonly [K in JobKind]: Carrier };
  readonly settings: FulfillmentSettings;
  readonly logger: FulfillmentLogger;
}

export interface DispatcherStats {
  readonly inFlight: number;
  readonly subscribersOpen: number;
  readonly partitionsWaiting: number;
  /** Attempts that have ended since start, by kind of job and result. */
  readonly attempts: ReadonlyMap<string, number>;
  readonly attemptSeconds: number;
}

interface PartitionTurn {
  isWanted: boolean;
  isPulling: boolean;
}

export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #desk: OutcomeDesk;
  readonly #turns: PartitionTurn[];
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #mails = new MailsUnderWay();
  readonly #attempts = new Map<string, number>();
  #attemptMs = 0;
  #inFlight = 0;
  #sweeps = 0;
  #isRunning = false;
  #sweep: NodeJS.Timeout | null = null;
  #onIdle: (() => void) | null = null;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#desk = new OutcomeDesk(parts.source, parts.logger);
    this.#turns = Array.from({ length: parts.source.partitions }, () => ({ isWanted: false, isPulling: false }));
  }

  start(): void {
    this.#isRunning = true;
    this.#sweep = setInterval(() => this.#sweepAll(), SWEEP_MS);
    this.#parts.source.listen({
      onReady: (partition) => this.#want(partition),
      onLost: (partition) => this.#lose(partition),
      onHold: (partition) => this.#mails.whenNone(partition),
    });
  }

  /** Takes nothing more, and waits a while for what is under way. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#parts.source.listen(null);
    if (this.#inFlight > 0) {
      const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_MS)));
      await Promise.race([idle, patience]);
      clearTimeout(timer);
    }
    if (this.#inFlight > 0) this.#parts.logger.warn({ attempts: this.#inFlight }, "attempts_cut_off");
    this.#desk.stop();
  }

  stats(): DispatcherStats {
    const subscribers = [...this.#subscribers.values()];
    return {
      inFlight: this.#inFlight,
      subscribersOpen: subscribers.filter(({ isOpen }) => isOpen).length,
      partitionsWaiting: this.#turns.filter(({ isWanted }) => isWanted).length,
      attempts: this.#attempts,
      attemptSeconds: this.#attemptMs / 1000,
    };
  }

  #want(partition: number): void {
    const turn = this.#turns[partition];
    if (turn === undefined) return;
    turn.isWanted = true;
    this.#pull(partition, turn);
  }

  #lose(partition: number): void {
    const turn = this.#turns[partition];
    if (turn !== undefined) turn.isWanted = false;
    for (const subscriber of this.#subscribers.values()) subscriber.waiting.delete(partition);
  }

  #pull(partition: number, turn: PartitionTurn): void {
    if (!this.#isRunning || turn.isPulling || !turn.isWanted || this.#isFull) return;
    turn.isPulling = true;
    turn.isWanted = false;
    this.#pullPages(partition).then(
      (isDone) => this.#pulled(partition, turn, isDone),
      (error: unknown) => {
        // Served elsewhere by now, or too busy to say: the sweep asks again.
        this.#parts.logger.debug({ partition, reason: String(error) }, "jobs_not_pulled");
        turn.isPulling = false;
        turn.isWanted = true;
      },
    );
  }

  #pulled(partition: number, turn: PartitionTurn, isDone: boolean): void {
    turn.isPulling = false;
    if (!isDone) turn.isWanted = true;
    this.#pull(partition, turn);
  }

  get #isFull(): boolean {
    return this.#inFlight >= this.#parts.settings.inFlightMax;
  }

  /** True when everything was seen; false when there was no room for more. */
  async #pullPages(partition: number): Promise<boolean> {
    let afterSubscriber: string | null = null;
    do {
      const nowMs = Date.now();
      const busy = [...this.#subscribers.values()];
      const skipped = busy.filter((subscriber) => subscriber.room(nowMs) <= 0);
      for (const subscriber of skipped) subscriber.waiting.add(partition);
      const cursors = busy.flatMap((subscriber) => {
        const place = subscriber.cursor(partition);
        return place === null ? [] : [[subscriber.key, place] as const];
      });
      const page: ReadyJobs = await this.#parts.source.pull(partition, {
        afterSubscriber,
        skipped: skipped.map(({ key }) => key),
        cursors,
        perSubscriber: PER_SUBSCRIBER_PAGE,
        limit: PAGE_JOBS_MAX,
      });
      if (!this.#isRunning) return true;
      this.#take(partition, page);
      afterSubscriber = page.lastSubscriber;
    } while (afterSubscriber !== null && !this.#isFull);
    return afterSubscriber === null;
  }

  #take(partition: number, { jobs, more }: ReadyJobs): void {
    for (const [key, own] of bySubscriber(jobs)) {
      const subscriber = this.#subscriber(key);
      const room = Math.min(subscriber.room(Date.now()), own.length);
      if (room < own.length || more.includes(key)) subscriber.waiting.add(partition);
      const taken = own.slice(0, Math.max(0, room));
      for (const job of taken) {
        subscriber.begin(partition, job.place ?? "");
        this.#mails.begin(partition, job);
      }
      this.#inFlight += taken.length;
      if (taken.length > 0) void this.#carry(partition, subscriber, taken);
      else this.#wakeLater(subscriber);
    }
  }

  async #carry(partition: number, subscriber: Subscriber, jobs: readonly Job[]): Promise<void> {
    const attempted = await this.#attempt(jobs);
    jobs.forEach((job, i) => {
      const { result, tookMs } = attempted[i] ?? lost("the carrier said nothing");
      subscriber.observe(result, Date.now());
      this.#count(job, subscriber, { result, tookMs });
      const outcome: JobOutcome = { jobKey: jobKey(job), attempt: job.attempts, tookMs, result };
      this.#desk.tell(partition, outcome, () => {
        this.#mails.end(partition, job);
        this.#ended(partition, subscriber);
      });
    });
  }

  /** D3. */
  async #attempt(jobs: readonly Job[]): Promise<readonly Attempted[]> {
    try {
      return await this.#parts.carriers[jobs[0]?.order.kind ?? "WEBHOOK"](jobs);
    } catch (error) {
      this.#parts.logger.error({ error: String(error), attempts: jobs.length }, "carrier_failed");
      return jobs.map(() => lost(String(error)));
    }
  }

  #ended(partition: number, subscriber: Subscriber): void {
    const wasFull = this.#isFull;
    this.#inFlight--;
    subscriber.end(partition);
    if (this.#inFlight === 0) this.#onIdle?.();
    if (!this.#isRunning) return;
    this.#wake(subscriber);
    if (subscriber.isForgettable) this.#subscribers.delete(subscriber.key);
    else if (subscriber.inFlight === 0) this.#forgetSome();
    if (wasFull) this.#turns.forEach((turn, each) => this.#pull(each, turn));
  }

  /** With room for a good part of a page, so that not each end of an attempt asks a partition. */
  #wake(subscriber: Subscriber): void {
    if (subscriber.waiting.size === 0) return;
    const room = subscriber.room(Date.now());
    if (room <= 0) return this.#wakeLater(subscriber);
    if (subscriber.inFlight > 0 && room < Math.min(PER_SUBSCRIBER_PAGE, this.#parts.settings.perSubscriberMax) / 2)
      return;
    const partitions = [...subscriber.waiting];
    subscriber.waiting.clear();
    for (const partition of partitions) this.#want(partition);
  }

  #wakeLater(subscriber: Subscriber): void {
    const atMs = subscriber.roomAtMs(Date.now());
    if (atMs === null || subscriber.inFlight > 0) return;
    // The sweep looks at it; what is due sooner gets a timer of its own.
    const delayMs = Math.max(1, atMs - Date.now());
    if (delayMs < SWEEP_MS) setTimeout(() => this.#isRunning && this.#wake(subscriber), delayMs).unref();
  }

  #sweepAll(): void {
    this.#sweeps++;
    const isRound = this.#sweeps % SWEEPS_PER_ROUND === 0;
    for (const subscriber of this.#subscribers.values()) if (subscriber.inFlight === 0) this.#wake(subscriber);
    this.#turns.forEach((turn, partition) => {
      if (isRound && this.#parts.source.isServed(partition)) turn.isWanted = true;
      this.#pull(partition, turn);
    });
  }

  #subscriber(key: string): Subscriber {
    const known = this.#subscribers.get(key);
    if (known !== undefined) return known;
    const made = new Subscriber(key, this.#parts.settings, Date.now());
    this.#subscribers.set(key, made);
    return made;
  }

  /** What is idle goes, the oldest first, once there are many. */
  #forgetSome(): void {
    if (this.#subscribers.size <= SUBSCRIBERS_REMEMBERED_MAX) return;
    for (const [key, { inFlight, isOpen, waiting }] of this.#subscribers) {
      if (inFlight > 0 || isOpen || waiting.size > 0) continue;
      this.#subscribers.delete(key);
      return;
    }
  }

  #count(job: Job, subscriber: Subscriber, { result, tookMs }: Attempted): void {
    const { kind } = job.order;
    const outcome = result.kind === "unknown" ? "unknown" : isRefused(result) ? "failed" : "ok";
    const label = `${kind}/${outcome}`;
    this.#attempts.set(label, (this.#attempts.get(label) ?? 0) + 1);
    this.#attemptMs += tookMs;
    if (outcome === "ok") return;
    const untold = subscriber.tell(Date.now());
    if (untold === null) return;
    const { client, id: jobId, attempts } = job;
    const why =
      result.kind === "answered" ? { status: result.status } : "reason" in result ? { reason: result.reason } : {};
    const before = untold === 0 ? {} : { untold };
    this.#parts.logger.info(
      { client, subscriber: job.subscriber, jobId, attempt: attempts + 1, outcome, ...why, tookMs, ...before },
      "attempt_failed",
    );
  }
}

function isRefused(result: Attempted["result"]): boolean {
  return isFailure(result) || result.kind === "not_sent" || (result.kind === "answered" && result.status >= 300);
}

function lost(reason: string): Attempted {
  return { result: { kind: "unknown", reason }, tookMs: 0 };
}

function bySubscriber(jobs: readonly Job[]): Map<string, Job[]> {
  const found = new Map<string, Job[]>();
  for (const job of jobs) {
    const key = `${job.client}/${job.subscriber}`;
    const own = found.get(key) ?? [];
    own.push(job);
    found.set(key, own);
  }
  return found;
}
