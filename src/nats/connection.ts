// Connection: one socket to the servers, kept up until it is closed.
//
//   N1. It reconnects for ever by itself; every break is said to `onInterrupted`, because an answer that was on its way will not come.
//   N2. Nobody waits for it without a bound.

import type { NatsConnection } from "@nats-io/transport-node";
import { reasonOf } from "../base/caught.ts";

/** Between two attempts to reach a server, with as much again at random, so that nodes do not come back in step. */
const RECONNECT_MS = 200;
/** A server that answers no ping for twice this long is given up: a dead peer closes no socket. */
const PING_MS = 5_000;

export interface NatsSettings {
  /** `host:port` of any servers of the cluster; the client learns the others. */
  readonly servers: readonly string[];
  /** User name; empty: none is sent. */
  readonly user: string;
  readonly password: string;
  /** Instead of user and password; empty: none is sent. */
  readonly token: string;
  /** Files in PEM form; null: no TLS. Certificate and key are for servers that ask for them; empty: none. */
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string } | null;
}

export const defaultNatsSettings: NatsSettings = {
  servers: ["127.0.0.1:4222"],
  user: "",
  password: "",
  token: "",
  tls: null,
};

/** No server could be reached: worth trying again. */
export class ServersAway extends Error {
  override name = "ServersAway";
  constructor(servers: readonly string[], cause: unknown) {
    const reason = reasonOf(cause);
    super(`no NATS server can be reached at ${servers.join(", ")}: ${reason}`, { cause });
  }
}

export class Connection {
  readonly client: NatsConnection;
  #isUp = true;
  readonly #interruptions = new Set<() => void>();
  #whenChanged: (() => void)[] = [];

  private constructor(client: NatsConnection) {
    this.client = client;
    void this.#follow();
  }

  /** Rejects with `ServersAway`. @param name what the servers know it by */
  static async open(settings: NatsSettings, name: string): Promise<Connection> {
    const { servers, user, password, token, tls } = settings;
    // Loaded when it is used: worker threads and nodes alone know the settings, and do without the client library.
    const { connectGuarded } = await import("./transport.ts");
    const client = await connectGuarded({
      servers: [...servers],
      name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      reconnectJitter: RECONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
      // A stack trace a request would cost more than the request.
      noAsyncTraces: true,
      ...(user === "" ? {} : { user, pass: password }),
      ...(token === "" ? {} : { token }),
      ...(tls === null ? {} : { tls: withoutEmpty(tls) }),
    }).catch((error: unknown) => {
      throw new ServersAway(servers, error);
    });
    return new Connection(client);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Until the returned function is called. */
  onInterrupted(listener: () => void): () => void {
    this.#interruptions.add(listener);
    return () => void this.#interruptions.delete(listener);
  }

  /** Resolves when the connection is up, or after `waitMs`. */
  async whenUp(waitMs: number): Promise<void> {
    if (this.#isUp) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#whenChanged.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  async #follow(): Promise<void> {
    for await (const status of this.client.status()) {
      if (status.type === "disconnect") {
        this.#isUp = false;
        for (const listener of this.#interruptions) listener();
      } else if (status.type === "reconnect") {
        this.#isUp = true;
        for (const resolve of this.#whenChanged.splice(0)) resolve();
      }
    }
    this.#isUp = false;
    for (const listener of this.#interruptions) listener();
  }
}

function withoutEmpty(files: { readonly [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(files).filter(([, file]) => file !== ""));
}
