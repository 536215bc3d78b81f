// FrontThreads: the fronts of a node in threads of their own, as the main thread sees them.
//
//   T1. Fronts listen together or not at all: the port is claimed, and known, when all of them are ready for it.
//   T2. A thread that fails, or ends without having been asked, fails the node, once.
//   T3. A thread that answers nothing any more has failed.
//   T4. `stop` resolves when every front has finished what it had in flight: the runtime is still needed until then.

import { MessageChannel, Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { claimPort, type CommonState, defaultLimits, newCommonState } from "../api/mod.ts";
import { asError } from "../base/caught.ts";
import { type Promised, promised } from "../base/promised.ts";
import type { Settings } from "../config/mod.ts";
import type { ProviderOffers } from "../model/provider_offers.ts";
import { type Runtime, ThreadWatch } from "../runtime/mod.ts";
import { frontLimits } from "./front_options.ts";
import type { FrontMeasures } from "./gauge.ts";
import { answerOffer, knownProviders, noAnswer, type OfferQuestion } from "./offer_relay.ts";
import { type FromThread, logLevels, type ThreadData, type ToThread } from "./protocol.ts";

export interface ThreadsOptions {
  readonly settings: Settings;
  readonly token: string;
  readonly pagesFolder: URL;
  readonly beforeListening: () => void;
  /** Compiled entry of the threads (thread.ts). */
  readonly threadEntry: URL;
  readonly runtime: Pick<Runtime, "fronts">;
  readonly metricsText: () => Promise<string>;
  readonly offers: ProviderOffers;
  readonly logger: Logger;
  /** Called once, when a front has ended by itself. */
  readonly onFailure: (error: Error) => void;
}

/** How long a front may take to tell how it is: one that stands still counts as it was last. */
const MEASURE_MS = 3_000;
/** What a thread gets for ending, beyond the time that requests in flight may take. */
const END_MS = 5_000;

interface FrontThread {
  readonly worker: Worker;
  readonly watch: ThreadWatch;
  /** Resolves when its thread has ended. */
  readonly ended: Promise<void>;
  readonly prepared: Promise<void>;
  readonly listening: Promise<void>;
  measures: FrontMeasures | null;
  readonly measuring: Map<number, () => void>;
}

export class FrontThreads {
  readonly #options: ThreadsOptions;
  readonly #threads: readonly FrontThread[];
  #nextMeasure = 0;
  #isStopping = false;
  #hasFailed = false;

  constructor(options: ThreadsOptions) {
    this.#options = options;
    const common = newCommonState({ ...defaultLimits, ...frontLimits(options.settings) });
    this.#threads = Array.from({ length: options.settings.fronts }, (_, index) => this.#begin(index, common));
  }

  /** The port that they listen on. T1 */
  async listen(): Promise<number> {
    const { settings, beforeListening } = this.#options;
    const { host, port } = settings;
    await Promise.all(this.#threads.map(({ prepared }) => prepared));
    beforeListening();
    const claimed = await claimPort(host, port);
    for (const { worker } of this.#threads) post(worker, { kind: "listen", port: claimed });
    await Promise.all(this.#threads.map(({ listening }) => listening));
    return claimed;
  }

  /** Of each front. */
  async measure(): Promise<FrontMeasures[]> {
    const id = this.#nextMeasure++;
    await Promise.all(this.#threads.map((thread) => measured(thread, id)));
    return this.#threads.flatMap(({ measures }) => (measures === null ? [] : [measures]));
  }

  /** T4 */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const { settings, logger } = this.#options;
    for (const { worker } of this.#threads) post(worker, { kind: "stop" });
    const all = Promise.all(this.#threads.map(({ ended }) => ended)).then(() => true);
    const isEnded = await Promise.race([all, late(settings.drainTimeoutMs + END_MS)]);
    if (!isEnded) logger.warn({ fronts: this.#threads.length }, "fronts_did_not_end");
  }

  /** Whoever ends the process does not wait for ever: a thread that stands still does not hear it. */
  async abandon(): Promise<void> {
    this.#isStopping = true;
    for (const { worker } of this.#threads) post(worker, { kind: "abandon" });
    await Promise.all(this.#threads.map(({ ended }) => ended));
  }

  #begin(index: number, common: CommonState): FrontThread {
    const { settings, token, pagesFolder, threadEntry, runtime, logger } = this.#options;
    const { port1, port2 } = new MessageChannel();
    const levels = logLevels.filter((level) => logger.isLevelEnabled(level));
    const workerData: ThreadData = {
      settings,
      token,
      pagesFolder: pagesFolder.href,
      birth: runtime.fronts.open(port1),
      runtimePort: port2,
      common,
      known: knownProviders(this.#options.offers),
      levels,
    };
    const worker = new Worker(threadEntry, {
      workerData,
      transferList: [port2],
      // No flags of the main thread: under a test runner they name loaders that do not concern this one.
      execArgv: [],
      name: `laurel-front-${index + 1}`,
    });
    const prepared = awaitedLater();
    const listening = awaitedLater();
    const ended = awaitedLater();
    const ask = (): void => post(worker, { kind: "ping" });
    const silent = new Error(`front ${index + 1} does not answer any more`);
    const watch = new ThreadWatch(settings.threadSilenceMs, ask, () => this.#fail(silent));
    const thread: FrontThread = {
      worker,
      watch,
      prepared: prepared.promise,
      listening: listening.promise,
      ended: ended.promise,
      measures: null,
      measuring: new Map(),
    };
    const fail = (error: Error): void => {
      prepared.reject(error);
      listening.reject(error);
      this.#fail(error);
    };
    worker.on("message", (message: FromThread) => {
      watch.heard();
      if (message.kind === "prepared") prepared.resolve();
      else if (message.kind === "listening") listening.resolve();
      else if (message.kind === "failed") fail(message.error);
      else this.#take(thread, index + 1, message);
    });
    worker.on("messageerror", fail);
    worker.on("error", fail);
    worker.on("exit", (code) => {
      watch.stop();
      ended.resolve();
      if (!this.#isStopping) fail(new Error(`front ${index + 1} ended with code ${code}`));
    });
    return thread;
  }

  #take(
    thread: FrontThread,
    front: number,
    message: Exclude<FromThread, { readonly kind: "prepared" | "listening" | "failed" }>,
  ): void {
    switch (message.kind) {
      case "measured":
        thread.measures = message.measures;
        thread.measuring.get(message.id)?.();
        return void thread.measuring.delete(message.id);
      case "metrics_wanted":
        return void this.#options.metricsText().then(
          (text) => post(thread.worker, { kind: "metrics", id: message.id, text }),
          (error: unknown) => this.#fail(asError(error)),
        );
      case "offer_wanted":
        return void this.#tellOffer(thread.worker, message.id, message.question);
      case "pong":
        return;
      case "log":
        return this.#options.logger[message.level]({ front, ...message.fields }, message.message);
    }
  }

  async #tellOffer(worker: Worker, id: number, question: OfferQuestion): Promise<void> {
    let answer = noAnswer(question);
    try {
      answer = await answerOffer(this.#options.offers, question);
    } catch (error) {
      this.#options.logger.warn({ offer: question.kind, error: String(error) }, "offer_not_read");
    }
    post(worker, { kind: "offer", id, answer });
  }

  /** T2 */
  #fail(error: Error): void {
    if (this.#hasFailed || this.#isStopping) return;
    this.#hasFailed = true;
    this.#options.onFailure(error);
  }
}

function post(worker: Worker, message: ToThread): void {
  worker.postMessage(message);
}

/** Resolves also when the thread does not answer in time. */
function measured(thread: FrontThread, id: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      thread.measuring.delete(id);
      resolve();
    };
    const timer = setTimeout(end, MEASURE_MS);
    thread.measuring.set(id, end);
    post(thread.worker, { kind: "measure", id });
  });
}

function late(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref();
  });
}

/** Whoever opens the fronts waits for one after the other: until then nobody hears of a rejection. */
function awaitedLater(): Promised {
  const later = promised();
  later.promise.catch(() => undefined);
  return later;
}
