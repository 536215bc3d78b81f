// Entry of a front thread: the API on an event loop of its own, over the runtime in the main thread. Stopped by message only: it ends when its port is closed and
// its server is.
//
//   E1. It never ends with a socket open, whatever happens: Node would abort the process. So an exception that reached nobody closes the front here, is told to
//       the main thread, which ends the process as it should, and says nothing more to anybody else.

import { parentPort, workerData } from "node:worker_threads";
import { type Front, type FrontLogger, startFront } from "../api/mod.ts";
import { assert } from "../base/assert.ts";
import { asError } from "../base/caught.ts";
import { openProviders } from "../providers/mod.ts";
import { PortRuntime } from "../runtime/mod.ts";
import { openSecrets, providerFiles, setOptions } from "./front_options.ts";
import { FrontGauge } from "./gauge.ts";
import { type OfferAnswer, type OfferQuestion, relayedOffers } from "./offer_relay.ts";
import type { FromThread, LogLevel, ThreadData, ToThread } from "./protocol.ts";

const port = parentPort;
assert(port !== null, "thread.ts is started as a thread");

class FrontThread {
  readonly #data: ThreadData;
  readonly #say: (message: FromThread) => void;
  readonly #gauge = new FrontGauge();
  readonly #metricsWanted = new Map<number, (text: string) => void>();
  #nextMetrics = 0;
  readonly #offersWanted = new Map<number, (answer: OfferAnswer) => void>();
  #nextOffer = 0;
  #runtime: PortRuntime | null = null;
  #front: Front | null = null;
  #listen: (port: number) => void = () => {};

  constructor(data: ThreadData, say: (message: FromThread) => void) {
    this.#data = data;
    this.#say = say;
  }

  async open(): Promise<void> {
    const { settings, token, birth, runtimePort, common } = this.#data;
    const pagesFolder = new URL(this.#data.pagesFolder);
    const providers = await openProviders(providerFiles(settings));
    const runtime = await PortRuntime.open(runtimePort, birth);
    this.#runtime = runtime;
    this.#front = await startFront({
      ...setOptions(settings, { token, providers, secrets: openSecrets(settings), pagesFolder }),
      port: () => this.#whenToListen(),
      share: birth.share,
      common,
      runtime,
      configuration: runtime.configuration,
      metricsText: () => this.#metricsText(),
      offers: relayedOffers(this.#data.known, (question) => this.#askOffer(question)),
      observeRequest: (routePath, status, seconds) => this.#gauge.observeRequest(routePath, status, seconds),
      logger: this.#logger(),
    });
    this.#say({ kind: "listening" });
  }

  /** Resolves when nothing is left that would keep the thread. */
  async receive(message: ToThread): Promise<void> {
    switch (message.kind) {
      case "listen":
        return this.#listen(message.port);
      case "measure": {
        const measures = this.#gauge.measure(this.#front, this.#runtime?.repliesPending ?? 0);
        return this.#say({ kind: "measured", id: message.id, measures });
      }
      case "ping":
        return this.#say({ kind: "pong" });
      case "metrics":
        this.#metricsWanted.get(message.id)?.(message.text);
        return void this.#metricsWanted.delete(message.id);
      case "offer":
        this.#offersWanted.get(message.id)?.(message.answer);
        return void this.#offersWanted.delete(message.id);
      case "stop":
        await this.#front?.stop();
        return this.#end();
      case "abandon":
        this.#front?.abandon();
        return this.#end();
    }
  }

  #end(): void {
    this.#runtime?.stop();
    this.#data.runtimePort.close();
    this.#gauge.stop();
    port?.close();
  }

  #whenToListen(): Promise<number> {
    return new Promise((resolve) => {
      this.#listen = resolve;
      this.#say({ kind: "prepared" });
    });
  }

  #metricsText(): Promise<string> {
    const id = this.#nextMetrics++;
    return new Promise((resolve) => {
      this.#metricsWanted.set(id, resolve);
      this.#say({ kind: "metrics_wanted", id });
    });
  }

  #askOffer(question: OfferQuestion): Promise<OfferAnswer> {
    const id = this.#nextOffer++;
    return new Promise((resolve) => {
      this.#offersWanted.set(id, resolve);
      this.#say({ kind: "offer_wanted", id, question });
    });
  }

  #logger(): FrontLogger {
    const at = (level: LogLevel): FrontLogger[LogLevel] => {
      if (!this.#data.levels.includes(level)) return () => {};
      return (fields, message) => this.#say({ kind: "log", level, fields, message });
    };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }
}

const thread = new FrontThread(workerData as ThreadData, (message) => port.postMessage(message));

port.on("message", (message: ToThread) => void thread.receive(message));

/** E1 */
function fail(error: unknown): void {
  port?.postMessage({
    kind: "failed",
    error: asError(error),
  } satisfies FromThread);
  void thread.receive({ kind: "abandon" });
}

process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
thread.open().catch(fail);
