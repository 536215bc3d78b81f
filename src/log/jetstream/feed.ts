// Feed: hears what is appended to the partitions that this process follows, with its content.
//
// The servers announce each message that the stream has stored (`republish`), and who follows a partition listens to its announcements: no
// consumer, no bookkeeping at the servers, nothing read that is not wanted.
//
//   A1. An announcement may be late or lost: it costs time and nothing else. Each names the message before it, so that a gap shows, and the
//       sweep finds what nothing followed. Lanes fetch what they missed.

import type { Msg, Subscription } from "@nats-io/transport-node";
import type { Connection } from "../../nats/mod.ts";
import { spanOf } from "./batch.ts";
import type { Lane } from "./lane.ts";
import { MESSAGE_ID_HEADER, PARCELS_HEADER, type StoredBatch, type Stream, StreamUnreachable } from "./stream.ts";

export interface FeedParts {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly lanes: readonly Lane[];
  readonly sweepMs: number;
  /** For so long the servers may be asked in vain. */
  readonly unavailableAfterMs: number;
  /** Nothing is known of the stream any more, or it ends before what is known of it: the log has to ask about every partition. */
  readonly onDoubt: (reason: string) => void;
  readonly onFailure: (error: unknown) => void;
}

export class Feed {
  readonly #parts: FeedParts;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #sweeper: NodeJS.Timeout;
  /** By partition: the stream held nothing of it that is not known here when its last message was this one. */
  readonly #knownUntil = new Map<number, number>();
  #isSweeping = false;
  /** Since when the servers have not said where the stream ends, although they can be reached; null: they have. */
  #silentSinceMs: number | null = null;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#sweeper = setInterval(() => void this.#sweep(), parts.sweepMs);
  }

  /** Listens from now on: what is asked of the servers after this call is not older than what is heard. */
  open(partition: number): void {
    if (this.#subscriptions.has(partition)) return;
    const { connection, stream } = this.#parts;
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) this.#receive(partition, message);
    };
    this.#subscriptions.set(partition, connection.client.subscribe(stream.announcements(partition), { callback }));
  }

  close(partition: number): void {
    this.#subscriptions.get(partition)?.unsubscribe();
    this.#subscriptions.delete(partition);
  }

  stop(): void {
    clearInterval(this.#sweeper);
    for (const partition of this.#subscriptions.keys()) this.close(partition);
  }

  #receive(partition: number, message: Msg): void {
    try {
      const lane = this.#parts.lanes[partition];
      const streamSequence = Number(message.headers?.get("Nats-Sequence"));
      // Seen before, by a look.
      if (lane === undefined || !(streamSequence > lane.tail.streamSequence)) return;
      lane.offer(storedBatch(message, partition, streamSequence), Number(message.headers?.get("Nats-Last-Sequence")));
    } catch (error) {
      this.#parts.onFailure(error);
    }
  }

  /**
   * Asks for the end of each partition of which nothing was heard although the stream has grown. A process that appends nothing would not learn otherwise that
   * the stream is gone, or another.
   */
  async #sweep(): Promise<void> {
    const { connection, stream, lanes } = this.#parts;
    // A connection that is down is known to be.
    if (!connection.isUp) this.#silentSinceMs = null;
    if (this.#isSweeping || !connection.isUp) return;
    this.#isSweeping = true;
    try {
      const followed = lanes.filter((lane) => lane.isFollowed);
      const tails = followed.map((lane) => lane.tail.streamSequence);
      const end = await stream.lastStreamSequence();
      this.#silentSinceMs = null;
      if (end < Math.max(0, ...tails))
        this.#parts.onDoubt(`the stream ends with message ${end}, which is not its last`);
      for (const [i, lane] of followed.entries()) {
        const known = Math.max(this.#knownUntil.get(lane.partition) ?? 0, tails[i] ?? 0);
        // What moved meanwhile is being heard.
        if (known >= end || lane.tail.streamSequence !== tails[i]) continue;
        const last = await stream.last(lane.partition);
        if (last !== null) lane.notice(last.streamSequence);
        this.#knownUntil.set(lane.partition, end);
      }
    } catch (error) {
      if (error instanceof StreamUnreachable) this.#notAnswered(error.message);
      else this.#parts.onFailure(error);
    } finally {
      this.#isSweeping = false;
    }
  }

  /** The next sweep asks again. */
  #notAnswered(reason: string): void {
    const nowMs = performance.now();
    this.#silentSinceMs ??= nowMs;
    if (nowMs - this.#silentSinceMs >= this.#parts.unavailableAfterMs) this.#parts.onDoubt(reason);
  }
}

function storedBatch(message: Msg, partition: number, streamSequence: number): StoredBatch {
  return {
    streamSequence,
    messageId: message.headers?.get(MESSAGE_ID_HEADER) ?? "",
    parcels: message.headers?.get(PARCELS_HEADER) ?? "",
    bytes: message.data,
    span: spanOf(message.data, partition),
  };
}
