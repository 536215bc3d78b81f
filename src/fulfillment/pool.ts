// The pool: threads apart from those of the partitions, and the carriers that use them.

import type { Piscina } from "piscina";
import type { AttemptResult, Job } from "../model/job.ts";
import type { Carrier } from "./dispatcher.ts";
import type { HttpCall } from "./http_call.ts";
import type { Mail } from "./mail.ts";
import { type OAuthGrant, OAuthTokens } from "./oauth.ts";
import type { FulfillmentSettings } from "./settings.ts";
import { shareMail, type ShareLinks } from "./share_mail.ts";
import type { Credential } from "./signing.ts";
import type { Attempted, Task, ThreadSettings } from "./thread.ts";

/** Heap of a thread: bodies of what is under way, and little else. */
const THREAD_HEAP_MIB = 256;

/** The credential of a client's key, what gets one, or why there is none that signs a call. */
export type FindCredential = (
  client: string,
  keyId: string,
) => Promise<Credential | OAuthGrant | { readonly missing: string }>;

/** Where whoever has the address opts out of the client's mails; null: nowhere. */
export type OptOutUrl = (client: string, email: string) => string | null;

export interface PoolOptions {
  readonly settings: FulfillmentSettings;
  readonly findCredential: FindCredential;
  readonly optOutUrl: OptOutUrl;
  /** Null: mails that share have no link of ours. */
  readonly shareLinksOf: (client: string) => ShareLinks | null;
  /** Compiled entry of the threads. */
  readonly threadEntry: URL;
}

export class Pool {
  readonly #options: PoolOptions;
  /** Made with the first call, and loaded then: most nodes start without any. */
  #threads: Promise<Piscina> | null = null;
  readonly #tokens = new OAuthTokens((call) => this.send(call));

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Carries out calls. */
  readonly call: Carrier = async (jobs) => {
    const prepared = await Promise.all(jobs.map((job) => this.#prepare(job)));
    const calls = prepared.map(({ call }) => call);
    const attempted = await this.#run(calls, (ready) => ({ kind: "calls", calls: ready }));
    attempted.forEach(({ result }, i) => {
      const isRefused = result.kind === "answered" && result.status === UNAUTHORIZED;
      if (isRefused) this.#forget(prepared[i]);
    });
    return attempted;
  };

  #forget(prepared: Prepared | undefined): void {
    if (prepared === undefined || prepared.grant === null || "result" in prepared.call) return;
    const { credential } = prepared.call;
    if (credential?.kind === "bearer") this.#tokens.forget(prepared.grant, credential.token);
  }

  /** Sends mails. */
  readonly mail: Carrier = (jobs) => {
    return this.#run(
      jobs.map((job) => mailOf(job, this.#options)),
      (mails) => ({ kind: "mails", mails }),
    );
  };

  /** What can be tried goes to a thread; what cannot has its result already. */
  async #run<T extends object>(
    prepared: readonly (T | Attempted)[],
    taskOf: (ready: readonly T[]) => Task,
  ): Promise<Attempted[]> {
    const ready = prepared.filter((each): each is T => !("result" in each));
    const answers = ready.length === 0 ? [] : await this.#hand(taskOf(ready));
    return prepared.map((each) => ("result" in each ? each : (answers.shift() ?? nothingSaid)));
  }

  /** Makes one call. */
  readonly send = async (call: HttpCall): Promise<AttemptResult> => {
    const [attempted] = await this.#hand({ kind: "calls", calls: [call] });
    return (attempted ?? nothingSaid).result;
  };

  async #prepare({ client, request, idempotencyKey }: Job): Promise<Prepared> {
    if (request === null) return { call: notSent("there is nothing to send"), grant: null };
    if (request.keyId === null) return { call: { request, idempotencyKey, credential: null }, grant: null };
    const found = await this.#options.findCredential(client, request.keyId);
    const grant = "kind" in found && found.kind === "oauth" ? found : null;
    const credential = "kind" in found && found.kind === "oauth" ? await this.#tokens.take(found) : found;
    if ("missing" in credential) return { call: notSent(credential.missing), grant };
    return { call: { request, idempotencyKey, credential }, grant };
  }

  async #hand(task: Task): Promise<Attempted[]> {
    const threads = await (this.#threads ??= this.#make());
    return (await threads.run(task)) as Attempted[];
  }

  async #make(): Promise<Piscina> {
    const { Piscina } = await import("piscina");
    const { settings, threadEntry } = this.#options;
    const { threads, inFlightMax, timeoutMs, allowedNetworks } = settings;
    const { smtpUrl, mailFrom, outboxDirectory } = settings;
    const workerData: ThreadSettings = {
      // Many receivers share a host: one that hangs may have as many calls under way as a subscriber may, and takes no connection from the others.
      calls: { allowedNetworks, timeoutMs, connectionsMax: inFlightMax },
      mails: { smtpUrl, from: mailFrom, outboxDirectory, timeoutMs },
    };
    const threadPool = new Piscina({
      filename: threadEntry.href,
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
    threadPool.on("error", () => undefined);
    return threadPool;
  }

  async stop(): Promise<void> {
    await (await this.#threads)?.destroy();
  }
}

/** A call as its thread gets it, or why there is none; and what got its token. */
interface Prepared {
  readonly call: HttpCall | Attempted;
  readonly grant: OAuthGrant | null;
}

const UNAUTHORIZED = 401;

const nothingSaid: Attempted = { result: { kind: "unknown", reason: "the thread said nothing" }, tookMs: 0 };

/** A key may come back: it was archived or its store is away. */
function notSent(reason: string): Attempted {
  return { result: { kind: "not_sent", reason, isFinal: false }, tookMs: 0 };
}

/** A mail that was not made is not one that may be made later. */
function mailOf({ id, client, order, data }: Job, { optOutUrl, shareLinksOf }: PoolOptions): Mail | Attempted {
  if (order.kind === "SHARE_EMAIL") {
    const mail = shareMail(data, shareLinksOf(client));
    if ("reason" in mail) return neverSent(mail.reason);
    return { id, to: order.recipient, html: null, optOutUrl: optOutUrl(client, order.recipient), ...mail };
  }
  if (order.kind !== "EMAIL") return neverSent("that is no mail");
  if (order.recipient === null) return neverSent("there is no address");
  if (order.mail === null) return neverSent("the campaign has no mail in this zone");
  return { id, to: order.recipient, optOutUrl: optOutUrl(client, order.recipient), ...order.mail };
}

function neverSent(reason: string): Attempted {
  return { result: { kind: "not_sent", reason, isFinal: true }, tookMs: 0 };
}
