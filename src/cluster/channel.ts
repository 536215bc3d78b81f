// Channel: what nodes say to each other over core NATS, beside the log: replies, questions to a partition's owner, and senders to hold back.
//
//   C1. Nothing here is durable and nothing needs to be: a lost reply is a caller that looks again, a lost question one that asks again, a lost crowd one that is told of
//       again with its next events.
//   C2. Only an owner subscribes to a partition's questions, so nobody answering means that nobody owns it now.

import type { Connection } from "../nats/mod.ts";

export class Channel {
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #frontNumber: number;

  constructor(connection: Connection, prefix: string, frontNumber: number) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#frontNumber = frontNumber;
  }

  sendReplies(frontNumber: number, bytes: Uint8Array): void {
    if (this.#connection.isUp) this.#connection.client.publish(`${this.#prefix}.reply.${frontNumber}`, bytes);
  }

  onReplies(listener: (bytes: Uint8Array) => void): void {
    this.#listen(`reply.${this.#frontNumber}`, listener);
  }

  /** To every node that listens: those of earlier versions do not. */
  tellCrowds(bytes: Uint8Array): void {
    if (this.#connection.isUp) this.#connection.client.publish(`${this.#prefix}.crowds`, bytes);
  }

  onCrowds(listener: (bytes: Uint8Array) => void): void {
    this.#listen("crowds", listener);
  }

  #listen(name: string, listener: (bytes: Uint8Array) => void): void {
    this.#connection.client.subscribe(`${this.#prefix}.${name}`, {
      callback: (error, message) => {
        if (error === null) listener(message.data);
      },
    });
  }

  /** Rejects when nobody answers within `timeoutMs`, and at once when nobody listens. */
  async ask(partition: number, question: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const answer = await this.#connection.client.request(`${this.#prefix}.ask.${partition}`, question, {
      timeout: timeoutMs,
    });
    return answer.data;
  }

  /** Answers questions about a partition until the returned function is called. */
  serve(partition: number, answer: (question: Uint8Array) => Promise<Uint8Array>): () => void {
    const subscription = this.#connection.client.subscribe(`${this.#prefix}.ask.${partition}`, {
      callback: (error, message) => {
        if (error !== null) return;
        answer(message.data).then(
          (bytes) => message.respond(bytes),
          // The asker's deadline tells it.
          () => undefined,
        );
      },
    });
    return () => subscription.unsubscribe();
  }
}
