// Unconfirmed: what a follower of a partition would have sent, kept until it is known that the owner's message has arrived.
//
// Owner and followers apply the same records and arrive at the same messages; only the owner appends them. When it dies between applying
// and appending, its successor has them here.
//
//   U1. A message is dropped only when its receiver has applied it (or a later one of the same source), or when it was handed over by `take`.
//   U2. Messages to one receiver keep their order.

import type { MessageIdentity } from "../../engine/mod.ts";

interface Entry {
  readonly sequence: number;
  readonly n: number;
  readonly bytes: Uint8Array;
}

interface Settling {
  left: number;
  readonly resolve: () => void;
}

export class Unconfirmed {
  /** By receiving partition, oldest first. */
  readonly #entries = new Map<number, (Entry & { readonly settlings: Settling[] })[]>();
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  receivers(): number[] {
    return [...this.#entries.keys()];
  }

  /** @param bytes the whole record, kept */
  add(toPartition: number, { sequence, n }: MessageIdentity, bytes: Uint8Array): void {
    const queue = this.#entries.get(toPartition) ?? [];
    queue.push({ sequence, n, bytes, settlings: [] });
    this.#entries.set(toPartition, queue);
    this.#size++;
  }

  /** U1. @param mark what the receiver has applied last of this source */
  confirm(toPartition: number, mark: readonly [number, number]): void {
    const queue = this.#entries.get(toPartition);
    if (queue === undefined) return;
    const [sequence, n] = mark;
    let done = 0;
    for (const entry of queue) {
      if (entry.sequence > sequence || (entry.sequence === sequence && entry.n > n)) break;
      done++;
    }
    this.#drop(toPartition, queue, done);
  }

  /** Hands everything over to be appended, in order; whoever waits for it is called back after that. */
  take(handOver: (bytes: Uint8Array) => void): void {
    if (this.isEmpty) return;
    handOver(Buffer.concat([...this.#entries.values()].flatMap((queue) => queue.map(({ bytes }) => bytes))));
    for (const [toPartition, queue] of this.#entries) this.#drop(toPartition, queue, queue.length);
  }

  /** Calls back when all that is here now is gone. */
  settle(resolve: () => void): void {
    if (this.isEmpty) return resolve();
    const settling = { left: 0, resolve };
    for (const queue of this.#entries.values()) {
      const last = queue.at(-1);
      if (last === undefined) continue;
      settling.left++;
      last.settlings.push(settling);
    }
  }

  #drop(toPartition: number, queue: (Entry & { readonly settlings: Settling[] })[], count: number): void {
    const dropped = queue.splice(0, count);
    this.#size -= dropped.length;
    if (queue.length === 0) this.#entries.delete(toPartition);
    for (const { settlings } of dropped) {
      for (const settling of settlings) if (--settling.left === 0) settling.resolve();
    }
  }
}
