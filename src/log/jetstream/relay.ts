// Relay: carries batches to the process that leads their partition, which appends them together with its own.
//
// Core NATS, neither stored nor counted on: who gets no answer looks into the stream and appends by itself (appender.ts K2, lane.ts K5).
//
//   R1. A parcel reaches one process at most, whoever believes to lead: leaders of one partition share a queue group. So what its receiver
//       says about it is all there is to say.
//   R2. Who stops leading answers for all that reached it before.

import { setTimeout as sleep } from "node:timers/promises";
import type { Msg, Subscription } from "@nats-io/transport-node";
import type { Connection } from "../../nats/mod.ts";
import { Answers } from "./answers.ts";
import { type Batch, type Parcel, type ParcelOutcome, spanOf } from "./batch.ts";
import { BUSY, readOutcome, readParcel, type SaidOutcome, writeOutcome, writeParcel } from "./parcel_codec.ts";

export type HandOutcome =
  | SaidOutcome
  /** Nobody leads the partition: it reached nobody. */
  | { readonly kind: "nobody" };

export interface RelayParts {
  readonly connection: Connection;
  readonly subjectPrefix: string;
  readonly inbox: string;
  readonly timeoutMs: number;
  /** A parcel for a partition that this process leads. False: there is no room. @param after its sender knows of all up to this message */
  readonly onParcel: (partition: number, parcel: Parcel, after: number) => boolean;
  /** Another process has appended this message to a partition that this process leads. */
  readonly onWritten: (partition: number, streamSequence: number) => void;
  readonly onFailure: (error: unknown) => void;
}

const QUEUE_GROUP = "leader";
/** For what was on its way to this process; a round trip to the servers, if they are there. */
const DRAIN_MS = 500;

export class Relay {
  readonly #parts: RelayParts;
  readonly #answers: Answers<HandOutcome>;
  /** By partition that is led here. */
  readonly #led = new Map<number, readonly Subscription[]>();
  readonly #draining = new Set<Promise<void>>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
    const { connection, inbox, timeoutMs } = parts;
    const unknown = (reason: string): HandOutcome => ({ kind: "unknown", reason });
    this.#answers = new Answers({ connection, inbox, timeoutMs, read: readAnswer, unknown });
  }

  /** @param after what the parcel will lie behind, if it is appended */
  hand(partition: number, batch: Batch, after: number): Promise<HandOutcome> {
    const { client } = this.#parts.connection;
    return this.#answers.ask((reply) =>
      client.publish(this.#subject("hand", partition), writeParcel(batch.id, batch.content(), after), { reply }),
    );
  }

  /** Tells whoever leads the partition. */
  tell(partition: number, streamSequence: number): void {
    const { connection } = this.#parts;
    if (connection.isUp) connection.client.publish(this.#subject("written", partition), `${streamSequence}`);
  }

  lead(partition: number): void {
    if (this.#led.has(partition)) return;
    const { connection, onWritten } = this.#parts;
    const parcels = connection.client.subscribe(this.#subject("hand", partition), {
      queue: QUEUE_GROUP,
      callback: (error, message) => {
        if (error === null) this.#receive(partition, message);
      },
    });
    const written = connection.client.subscribe(this.#subject("written", partition), {
      callback: (error, message) => {
        if (error === null) onWritten(partition, Number(message.string()));
      },
    });
    this.#led.set(partition, [parcels, written]);
  }

  /** R2. Resolves when nothing more can arrive. */
  async leave(partition: number): Promise<void> {
    const subscriptions = this.#led.get(partition);
    if (subscriptions === undefined) return;
    this.#led.delete(partition);
    const drained = Promise.race([sleep(DRAIN_MS), Promise.all(subscriptions.map((each) => each.drain()))]).then(
      () => undefined,
      // Without servers there is nothing on its way.
      () => undefined,
    );
    this.#draining.add(drained);
    await drained;
    this.#draining.delete(drained);
  }

  async leaveAll(): Promise<void> {
    await Promise.all([...this.#led.keys()].map((partition) => this.leave(partition)));
    await Promise.all(this.#draining);
  }

  stop(): void {
    this.#answers.stop();
  }

  #subject(what: "hand" | "written", partition: number): string {
    // One word more than the subjects of the stream, which therefore does not store it.
    return `${this.#parts.subjectPrefix}.${what}.${partition}`;
  }

  #receive(partition: number, message: Msg): void {
    const settle = (outcome: ParcelOutcome): void => void message.respond(writeOutcome(outcome));
    try {
      const { id, bytes, after } = readParcel(message.data);
      const { records } = spanOf(bytes, partition);
      if (!this.#parts.onParcel(partition, { id, bytes, records, settle }, after)) message.respond(BUSY);
    } catch (error) {
      this.#parts.onFailure(error);
    }
  }
}

const NO_RESPONDERS = 503;

function readAnswer({ headers, data }: Msg): HandOutcome {
  return headers?.code === NO_RESPONDERS ? { kind: "nobody" } : readOutcome(data);
}
