// Publisher: sends one batch to the stream and says what became of it.
//
//   P1. `committed` is said only on the servers' word. Everything that is not a clear yes or no is `unknown`, and never a reason to drop.

import { headers, type Msg } from "@nats-io/transport-node";
import { Answers } from "./answers.ts";
import type { Batch } from "./batch.ts";
import type { Connection } from "../../nats/mod.ts";
import { MESSAGE_ID_HEADER, PARCELS_HEADER } from "./stream.ts";

export type PublishOutcome =
  /** @property isDuplicate the servers know the id, so this is a claim about an earlier publish: to be verified */
  | { readonly kind: "committed"; readonly streamSequence: number; readonly isDuplicate: boolean }
  /** The subject has moved on since: it ends with the message `lastStreamSequence`, or 0 where the servers do not say. */
  | { readonly kind: "conflict"; readonly lastStreamSequence: number }
  /** Not taken, and repeating at once would not help. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** Wrong last sequence; the second is what newer clusters answer while another publish to the subject is under way. */
const CONFLICT_CODES = [10071, 10164];
/** No room in memory or on disk, account or stream limit reached, message too large (JetStream's own numbers). */
const REFUSED_CODES = [10002, 10023, 10028, 10047, 10054, 10077];
export class Publisher {
  readonly #connection: Connection;
  readonly #answers: Answers<PublishOutcome>;

  constructor(connection: Connection, inbox: string, timeoutMs: number) {
    this.#connection = connection;
    const unknown = (reason: string): PublishOutcome => ({ kind: "unknown", reason });
    this.#answers = new Answers({ connection, inbox, timeoutMs, read: outcomeOf, unknown });
  }

  /** @param expected the stream sequence of the last message of the subject; 0 when there is none */
  publish(subject: string, batch: Batch, expected: number): Promise<PublishOutcome> {
    return this.#answers.ask((reply) => {
      const fields = headers();
      fields.set(MESSAGE_ID_HEADER, batch.messageId);
      fields.set("Nats-Expected-Last-Subject-Sequence", `${expected}`);
      if (batch.parcels.length > 0) fields.set(PARCELS_HEADER, batch.parcels.map(({ parcel }) => parcel.id).join(" "));
      this.#connection.client.publish(subject, batch.content(), { headers: fields, reply });
    });
  }

  stop(): void {
    this.#answers.stop();
  }
}

function outcomeOf(answer: Msg): PublishOutcome {
  if (answer.data.length === 0) return { kind: "unknown", reason: "no server has the stream at the moment" };
  const ack = parse(answer);
  if (typeof ack !== "object" || ack === null)
    return { kind: "unknown", reason: "the answer is not an acknowledgement" };
  if ("error" in ack) return outcomeOfError(ack.error);
  if (!("seq" in ack) || typeof ack.seq !== "number")
    return { kind: "unknown", reason: "the acknowledgement names no sequence" };
  return { kind: "committed", streamSequence: ack.seq, isDuplicate: "duplicate" in ack && ack.duplicate === true };
}

function outcomeOfError(error: unknown): PublishOutcome {
  const code = typeof error === "object" && error !== null && "err_code" in error ? error.err_code : null;
  const reason =
    typeof error === "object" && error !== null && "description" in error ? String(error.description) : "unknown error";
  if (typeof code !== "number") return { kind: "unknown", reason };
  if (CONFLICT_CODES.includes(code)) {
    return { kind: "conflict", lastStreamSequence: Number(/\d+$/.exec(reason)?.[0] ?? 0) };
  }
  return { kind: REFUSED_CODES.includes(code) ? "refused" : "unknown", reason };
}

function parse(answer: Msg): unknown {
  try {
    return JSON.parse(answer.string());
  } catch {
    // P1: what cannot be read is no clear answer.
    return null;
  }
}
