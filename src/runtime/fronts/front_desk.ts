// FrontDesk: the main thread's side of one front thread: its records into the log, its calls to the runtime, and what comes of both back to it. Hot path.
//
//   K1. A batch is taken whole or refused whole: there was room for it before its first record was appended (M1 of the log).
//   K2. What a front believed of the runtime when it sent a batch may have changed: it is looked at again here.

import type { MessagePort } from "node:worker_threads";
import { asError } from "../../base/caught.ts";
import { RecordReader } from "../../log/mod.ts";
import { FLAG_WANTS_REPLY } from "../../model/record.ts";
import type { Appender } from "../flow/appender.ts";
import { Unavailable } from "../client.ts";
import type { Readiness } from "../readiness.ts";
import { Mail } from "./mail.ts";
import { type FrontAnswer, type FrontCall, refusalOf, type ToFront, type ToRuntime } from "./protocol.ts";

export interface FrontDeskParts {
  readonly port: MessagePort;
  readonly appender: Pick<Appender, "append" | "makeRoom">;
  readonly readiness: Pick<Readiness, "check">;
  /** Rejects with what the front's caller gets. */
  readonly answer: (call: FrontCall) => Promise<FrontAnswer>;
  /** What the log will never take, or a message that cannot be read: the runtime cannot go on. */
  readonly onFailure: (error: Error) => void;
}

/** A batch in the log, and the commit group of its last record. */
interface Appended {
  readonly batch: number;
  readonly group: number;
}

export class FrontDesk {
  /** Records taken since start. */
  accepted = 0;
  readonly #parts: FrontDeskParts;
  readonly #mail: Mail<ToFront>;
  readonly #reader = new RecordReader();
  /** Not yet acknowledged, oldest first: groups never fall. */
  #appended: Appended[] = [];
  readonly #hearings = new Map<number, () => void>();
  #nextHearing = 0;
  #isOpen = true;

  constructor(parts: FrontDeskParts) {
    this.#parts = parts;
    this.#mail = new Mail(parts.port);
    parts.port.on("message", (messages: readonly ToRuntime[]) => {
      for (const message of messages) this.#take(message);
    });
    parts.port.on("messageerror", parts.onFailure);
    // The front has stopped: nobody is left to hear anything.
    parts.port.on("close", () => {
      this.#isOpen = false;
      for (const heard of this.#hearings.values()) heard();
      this.#hearings.clear();
    });
  }

  say(message: ToFront): void {
    if (this.#isOpen) this.#mail.say(message);
  }

  /** Resolves when the front has taken all that it was told before, or is gone. */
  whenHeard(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    const id = this.#nextHearing++;
    return new Promise((resolve) => {
      this.#hearings.set(id, resolve);
      this.say({ kind: "hear", id });
    });
  }

  /** And all before it: groups become durable in order. */
  onAcknowledged(group: number): void {
    let ended = 0;
    while ((this.#appended[ended]?.group ?? Number.POSITIVE_INFINITY) <= group) ended++;
    const newest = this.#appended[ended - 1];
    if (newest === undefined) return;
    this.#appended.splice(0, ended);
    this.say({ kind: "durable", batch: newest.batch });
  }

  /** That group and all that follow it. */
  onDropped(group: number): void {
    const first = this.#appended.find((each) => each.group >= group);
    const last = this.#appended.at(-1);
    if (first === undefined || last === undefined) return;
    this.#appended = this.#appended.filter((each) => each.group < group);
    this.say({ kind: "dropped", from: first.batch, to: last.batch });
  }

  close(): void {
    this.#parts.port.close();
  }

  #take(message: ToRuntime): void {
    switch (message.kind) {
      case "records":
        return this.#takeRecords(message.batch, new Uint8Array(message.bytes, 0, message.length));
      case "call":
        return void this.#answer(message.id, message.call);
      case "heard":
        this.#hearings.get(message.id)?.();
        return void this.#hearings.delete(message.id);
    }
  }

  #takeRecords(batch: number, bytes: Uint8Array): void {
    try {
      // K2, K1
      this.#parts.readiness.check();
      this.#parts.appender.makeRoom(bytes.length);
      this.#append(batch, bytes);
    } catch (error) {
      if (error instanceof Unavailable) return this.#refuse(batch, bytes, error);
      this.#parts.onFailure(asError(error));
    }
  }

  #append(batch: number, bytes: Uint8Array): void {
    const { appender } = this.#parts;
    const reader = this.#reader;
    let group = -1;
    reader.reset(bytes);
    while (reader.next()) {
      const record = reader.record();
      group = appender.append(record.partition, record);
      this.accepted++;
    }
    this.#appended.push({ batch, group });
  }

  #refuse(batch: number, bytes: Uint8Array, error: Unavailable): void {
    const ids: number[] = [];
    const reader = this.#reader;
    reader.reset(bytes);
    while (reader.next()) if ((reader.flags & FLAG_WANTS_REPLY) !== 0) ids.push(reader.idHigh, reader.idLow);
    this.say({ kind: "refused", batch, ids: Uint32Array.from(ids), refusal: refusalOf(error) });
  }

  async #answer(id: number, call: FrontCall): Promise<void> {
    const answer = await this.#parts.answer(call).catch(failureOf);
    this.say({ kind: "answer", id, answer });
  }
}

function failureOf(error: unknown): FrontAnswer {
  if (error instanceof Unavailable) return { kind: "unavailable", refusal: refusalOf(error) };
  return { kind: "failed", error: asError(error) };
}
