// What nodes say to each other besides the log: replies for whoever holds the request, questions to a partition's owner, senders to hold back.

import { pack, unpack } from "../../base/msgpack.ts";
import type { Query, QueryAnswer } from "../../engine/mod.ts";
import type { Crowd, Reply } from "../../model/effect.ts";
import type { ReplyColumns } from "../protocol.ts";

/** What an owner says to a question: its answer, or that it cannot answer now. */
export type Spoken = { readonly kind: "answer"; readonly answer: QueryAnswer } | { readonly kind: "unavailable" };

export function encodeReplies(replies: readonly Reply[]): Uint8Array {
  return pack(replies);
}

export function decodeReplies(bytes: Uint8Array): Reply[] {
  return unpack(bytes) as Reply[];
}

export function encodeQuery(query: Query): Uint8Array {
  return pack(query);
}

export function decodeQuery(bytes: Uint8Array): Query {
  return unpack(bytes) as Query;
}

export function encodeSpoken(spoken: Spoken): Uint8Array {
  return pack(spoken);
}

export function decodeSpoken(bytes: Uint8Array): Spoken {
  return unpack(bytes) as Spoken;
}

/** What a front needs of a crowd. */
export type ToldCrowd = Pick<Crowd, "sender" | "size">;

export function encodeCrowds(crowds: readonly ToldCrowd[]): Uint8Array {
  return pack(crowds);
}

export function decodeCrowds(bytes: Uint8Array): ToldCrowd[] {
  return unpack(bytes) as ToldCrowd[];
}

export function repliesOf(columns: ReplyColumns): Reply[] {
  return columns.personIds.map((personId, i) => ({
    partition: columns.partitions[i] ?? 0,
    idHigh: columns.ids[2 * i] ?? 0,
    idLow: columns.ids[2 * i + 1] ?? 0,
    personId,
    errorCode: columns.errorCodes[i] ?? null,
    value: columns.values[i] ?? null,
  }));
}

export function columnsOf(replies: readonly Reply[]): ReplyColumns {
  const ids = new Uint32Array(replies.length * 2);
  replies.forEach(({ idHigh, idLow }, i) => {
    ids[2 * i] = idHigh;
    ids[2 * i + 1] = idLow;
  });
  return {
    partitions: Uint16Array.from(replies, ({ partition }) => partition),
    ids,
    personIds: replies.map(({ personId }) => personId),
    errorCodes: replies.map(({ errorCode }) => errorCode),
    values: replies.map(({ value }) => value),
  };
}
