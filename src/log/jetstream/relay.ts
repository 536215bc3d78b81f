// Relay: carries batches to the process that leads their partition, which appends them together with its own.
//
// Core NATS, neither stored nor counted on: who gets no answer looks into the stream and appends by itself (appender.ts K2, lane.ts K5).
//
//   R1. A parcel reaches one process at most, whoever believes to lead: leaders of one partition share a queue group. So what its receiver
//       says about it is all there is to say.
//   R2. Who stops leading answers for all that reached it before.

import { setTimeout as sleep } from "node:timers/promises";
import type { Msg, Subscription } from "@nats-io/transport-node";
import { assert } from "../../base/assert.ts";
import { asBuffer } from "../../base/bytes.ts";
import type { Connection } from "../../nats/mod.ts";
import { viewOf } from "../record_codec.ts";
import { Answers } from "./answers.ts";
import { type Batch, type Parcel, type ParcelOutcome, spanOf } from "./batch.ts";

export type HandOutcome =
  | ParcelOutcome
  /** Who leads has no room for it now. */
  | { readonly kind: "busy" }
  /** Nobody leads the partition: it reached nobody. */
  | { readonly kind: "nobody" }
  | { readonly kind: "unknown"; readonly reason: string };

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
    this.#answers = new Answers({ connection, inbox, timeoutMs, read: readOutcome, unknown });
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

/** after, length of the id, id, records. */
const AFTER_BYTES = 8;

function writeParcel(id: string, records: Uint8Array, after: number): Uint8Array {
  const head = AFTER_BYTES + 1 + id.length;
  const bytes = Buffer.allocUnsafe(head + records.length);
  bytes.writeDoubleLE(after, 0);
  bytes.writeUInt8(id.length, AFTER_BYTES);
  bytes.write(id, AFTER_BYTES + 1, "latin1");
  bytes.set(records, head);
  return bytes;
}

function readParcel(bytes: Uint8Array): { readonly id: string; readonly bytes: Uint8Array; readonly after: number } {
  assert(bytes.length > AFTER_BYTES, "a parcel ends inside its head");
  const buffer = asBuffer(bytes);
  const head = AFTER_BYTES + 1 + buffer.readUInt8(AFTER_BYTES);
  return {
    id: buffer.toString("latin1", AFTER_BYTES + 1, head),
    bytes: buffer.subarray(head),
    after: buffer.readDoubleLE(0),
  };
}

const outcomeNumbers = { committed: 1, bounced: 2 } as const;
const BUSY_NUMBER = 3;
const BUSY = Buffer.of(BUSY_NUMBER);
const OUTCOME_BYTES = 9;
const NO_RESPONDERS = 503;

function writeOutcome({ kind, streamSequence }: ParcelOutcome): Uint8Array {
  const bytes = Buffer.allocUnsafe(OUTCOME_BYTES);
  bytes.writeUInt8(outcomeNumbers[kind], 0);
  bytes.writeDoubleLE(streamSequence, 1);
  return bytes;
}

function readOutcome(answer: Msg): HandOutcome {
  if (answer.headers?.code === NO_RESPONDERS) return { kind: "nobody" };
  const [number] = answer.data;
  if (number === BUSY_NUMBER) return { kind: "busy" };
  if (answer.data.length !== OUTCOME_BYTES) return { kind: "unknown", reason: "the answer is not one of ours" };
  const streamSequence = viewOf(answer.data).getFloat64(1, true);
  if (number === outcomeNumbers.committed) return { kind: "committed", streamSequence };
  if (number === outcomeNumbers.bounced) return { kind: "bounced", streamSequence };
  return { kind: "unknown", reason: "the answer is not one of ours" };
}
