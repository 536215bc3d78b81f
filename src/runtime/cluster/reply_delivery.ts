// Reply delivery: brings replies to the fronts that hold the requests, which their ids name: of this node, or of another.

import { FRONT_ORIGIN_FIRST, originOfLow } from "../../base/ids.ts";
import type { Reply } from "../../model/effect.ts";
import type { ReplyColumns } from "../protocol.ts";
import type { ClusterLink } from "./link.ts";
import { columnsOf, encodeReplies } from "./wire.ts";

export interface ReplyDeliveryParts {
  readonly link: Pick<ClusterLink, "frontNumber" | "sendReplies">;
  /** All of this node. */
  readonly fronts: { answer(replies: ReplyColumns): void };
}

/** Half of what NATS takes in one message unless it is configured otherwise; a single reply is smaller than the whole. */
export const REPLIES_BYTES_MAX = 512 * 1024;

export function deliverReplies({ link, fronts }: ReplyDeliveryParts, replies: readonly Reply[]): void {
  const byFront = new Map<number, Reply[]>();
  for (const reply of replies) {
    const number = originOfLow(reply.idLow) - FRONT_ORIGIN_FIRST;
    const own = byFront.get(number) ?? [];
    own.push(reply);
    byFront.set(number, own);
  }
  for (const [number, own] of byFront) {
    if (number === link.frontNumber) fronts.answer(columnsOf(own));
    else send(link, number, own);
  }
}

/** In messages that NATS takes: what a zone shows can be large. */
function send(link: ReplyDeliveryParts["link"], number: number, replies: readonly Reply[]): void {
  const bytes = encodeReplies(replies);
  if (bytes.length <= REPLIES_BYTES_MAX || replies.length === 1) return link.sendReplies(number, bytes);
  const half = replies.length >> 1;
  send(link, number, replies.slice(0, half));
  send(link, number, replies.slice(half));
}
