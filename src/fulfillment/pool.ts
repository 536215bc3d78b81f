// The pool: threads apart from those of the partitions, and the carriers that use them.

import { Piscina } from "piscina";
import type { Job } from "../model/job.ts";
import type { Carrier } from "./dispatcher.ts";
import type { HttpCall, HttpCallSettings } from "./http_call.ts";
import type { FulfillmentSettings } from "./settings.ts";
import type { Credential } from "./signing.ts";
import type { Attempted } from "./thread.ts";

/** Heap of a thread: bodies of what is under way, and little else. */
const THREAD_HEAP_MIB = 256;

/** The credential of a client's key, or why there is none that signs a call. */
export type FindCredential = (client: string, keyId: string) => Promise<Credential | { readonly missing: string }>;

export interface PoolOptions {
  readonly settings: FulfillmentSettings;
  readonly findCredential: FindCredential;
  /** Compiled entry of the threads. */
  readonly threadEntry?: URL;
}

export class Pool {
  readonly #options: PoolOptions;
  /** Made with the first call: most nodes start without any. */
  #threads: Piscina | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Carries out calls. */
  readonly call: Carrier = async (jobs) => {
    const prepared = await Promise.all(jobs.map((job) => this.#prepare(job)));
    const calls = prepared.filter((each) => !("result" in each));
    const answers: Attempted[] = calls.length === 0 ? [] : ((await this.#open().run(calls)) as Attempted[]);
    return prepared.map((each) => ("result" in each ? each : (answers.shift() ?? nothingSaid)));
  };

  async #prepare({ client, request, idempotencyKey }: Job): Promise<HttpCall | Attempted> {
    if (request === null) return notSent("there is nothing to send");
    if (request.keyId === null) return { request, idempotencyKey, credential: null };
    const credential = await this.#options.findCredential(client, request.keyId);
    return "missing" in credential ? notSent(credential.missing) : { request, idempotencyKey, credential };
  }

  #open(): Piscina {
    if (this.#threads !== null) return this.#threads;
    const { settings, threadEntry } = this.#options;
    const { threads, inFlightMax, perSubscriberMax, timeoutMs, allowedNetworks } = settings;
    const workerData: HttpCallSettings = { allowedNetworks, timeoutMs, connectionsMax: perSubscriberMax };
    this.#threads = new Piscina({
      filename: (threadEntry ?? new URL("./thread.js", import.meta.url)).href,
      minThreads: threads,
      maxThreads: threads,
      // Tasks only wait for the network, so a thread takes whatever there is: one that hangs holds up no other.
      concurrentTasksPerWorker: inFlightMax,
      maxQueue: inFlightMax,
      // A thread that blocks while it waits for tasks could not close connections that its receivers have closed.
      atomics: "disabled",
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MIB },
      workerData,
    });
    // A task that fails rejects for whoever waits for it; this is a thread that fails outside of one, and is replaced.
    this.#threads.on("error", () => undefined);
    return this.#threads;
  }

  async stop(): Promise<void> {
    await this.#threads?.destroy();
  }
}

const nothingSaid: Attempted = { result: { kind: "unknown", reason: "the thread said nothing" }, tookMs: 0 };

/** A key may come back: it was archived or its store is away. */
function notSent(reason: string): Attempted {
  return { result: { kind: "not_sent", reason, isFinal: false }, tookMs: 0 };
}
