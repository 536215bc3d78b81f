// Watch: hears of every message that anybody appends, without its content.
//
//   A1. It only says where to look. What it says late, twice or not at all costs time and nothing else: lanes look for themselves when a
//       publish shows that they missed something.
//   A2. It goes on for ever: whatever ends the consumer, another begins behind the last message heard of.

import { type ConsumerMessages, DeliverPolicy, jetstream } from "@nats-io/jetstream";
import type { Connection } from "../../nats/mod.ts";
import type { Stream } from "./stream.ts";

/** Asked for ahead: notices are small. */
const NOTICES_AHEAD = 2_000;

/** A consumer whose server died without taking our connection along is missed after two heartbeats. */
const HEARTBEAT_MS = 1_000;
const EXPIRES_MS = 5_000;

export class Watch {
  readonly #connection: Connection;
  readonly #stream: Stream;
  readonly #retryMs: number;
  readonly #onNotice: (partition: number, streamSequence: number) => void;
  #last: number;
  #messages: ConsumerMessages | null = null;
  #isStopped = false;
  #running: Promise<void> | null = null;
  #wake: () => void = () => {};

  constructor(parts: {
    readonly connection: Connection;
    readonly stream: Stream;
    /** The last message that is known without being told. */
    readonly last: number;
    readonly retryMs: number;
    readonly onNotice: (partition: number, streamSequence: number) => void;
  }) {
    this.#connection = parts.connection;
    this.#stream = parts.stream;
    this.#last = parts.last;
    this.#retryMs = parts.retryMs;
    this.#onNotice = parts.onNotice;
    // A consumer may have died with its server; left to itself the library finds out after half a minute.
    parts.connection.onInterrupted(() => this.#messages?.stop());
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#messages?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#follow();
      } catch {
        // A2: servers away, consumer lost, stream not led by anybody. The lanes report what matters.
      }
      if (!this.#isStopped) await this.#pause();
    }
  }

  async #follow(): Promise<void> {
    const consumer = await jetstream(this.#connection.client).consumers.get(this.#stream.name, {
      filter_subjects: this.#stream.allSubjects,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#last + 1,
      headers_only: true,
    });
    const messages = await consumer.consume({
      max_messages: NOTICES_AHEAD,
      expires: EXPIRES_MS,
      idle_heartbeat: HEARTBEAT_MS,
    });
    this.#messages = messages;
    // The iteration below carries it out: to wait for it here would be to wait for ever.
    if (this.#isStopped) messages.stop();
    for await (const message of messages) {
      this.#last = message.seq;
      this.#onNotice(this.#stream.partitionOf(message.subject), message.seq);
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#retryMs);
      this.#wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
