// Turns: how writers that meet at one partition take turns.
//
// A hint over plain NATS, neither stored nor counted on: who lost a race says so, and whoever writes to that partition at the moment holds back
// once. Without it the winner, who knows the new tail first, would win until it has nothing more to say.

import type { Subscription } from "@nats-io/transport-node";
import type { Connection } from "../../nats/mod.ts";

export class Turns {
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #writer: string;
  readonly #subscription: Subscription;

  /** @param onAsked another writer wants to be next in a partition */
  constructor(parts: {
    readonly connection: Connection;
    readonly subjectPrefix: string;
    readonly writer: string;
    readonly onAsked: (partition: number) => void;
  }) {
    this.#connection = parts.connection;
    this.#writer = parts.writer;
    // One word longer than the subjects of the stream, which therefore does not store it.
    this.#prefix = `${parts.subjectPrefix}.turn.`;
    this.#subscription = parts.connection.client.subscribe(`${this.#prefix}*`, {
      callback: (error, message) => {
        if (error !== null || message.string() === this.#writer) return;
        parts.onAsked(Number(message.subject.slice(this.#prefix.length)));
      },
    });
  }

  ask(partition: number): void {
    if (this.#connection.isUp) this.#connection.client.publish(this.#prefix + partition, this.#writer);
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }
}
