// Idempotency: one entry a client and key, in a partition of the key's own. Whoever claims a key first may do what the request says.
//
//   D1. A key is claimed before anything is done, and answered before the caller is: however a request is repeated, it is done at most once.
//   D2. What was refused because nothing could be done (busy, away) gives the key back, by the mark of its own claim: the key may be another's by then.

import { partitionOf } from "../../base/hash.ts";
import type { Claim, IdempotentRequest } from "../../model/idempotency.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { LogRecord } from "../../model/record.ts";
import type { AnswerRequest, ClaimRequest } from "../command.ts";
import { idOf, reply, sendBehind, type Turn } from "../context.ts";
import { dueKey, dueMsOf } from "../due.ts";
import { IDEMPOTENCY_ENDED_AT_ONCE, IDEMPOTENCY_KEPT_MS } from "../limits.ts";

export function partitionOfRequest(client: string, key: string, partitions: number): number {
  return partitionOf(client, `request/${key}`, partitions);
}

export function claimRequest(turn: Turn, record: LogRecord, { client, key, requestHash, mark }: ClaimRequest): void {
  endOld(turn);
  const value = claim(turn, `${client}/${key}`, { requestHash, ...(mark === undefined ? {} : { mark }) });
  reply(turn, idOf(record), { personId: null, errorCode: null, value });
}

/** What belongs to no claim (any more), or to another, is dropped. */
export function answerRequest(turn: Turn, record: LogRecord, { client, key, answer, mark }: AnswerRequest): void {
  const entry = turn.state.edit("idempotentRequest", `${client}/${key}`);
  const isOwn = mark === undefined || entry?.mark === undefined || entry.mark === mark;
  if (entry !== undefined && isOwn && answer !== null) entry.answer = answer;
  else if (entry !== undefined && isOwn) forget(turn, `${client}/${key}`, entry.expiresMs);
  reply(turn, idOf(record), { personId: null, errorCode: null });
}

/**
 * Whether no other event has brought the id of a message lately. An id belongs to one sender's one user, hence always comes to the same partition; the
 * event that claimed it is the first however often it is applied again.
 */
export function isFirstMessage(turn: Turn, client: string, messageId: string, eventId: string): boolean {
  // Looking for what has ended costs more the more was claimed since it was looked for: messages, which are many, do it together.
  if (turn.sequence % MESSAGES_BETWEEN_ENDS === 0) endOld(turn, MESSAGES_BETWEEN_ENDS * IDEMPOTENCY_ENDED_AT_ONCE);
  return claim(turn, messageKey(client, messageId), { requestHash: eventId }).kind !== "other";
}

/** Events that others cause have the facts of their cause, but not its id. */
export function messageIdOf({ type, enrichment }: PersonEvent): string | undefined {
  return type === "INPUT" ? enrichment?.messageId : undefined;
}

/** An event that was the first to bring a message id. */
export interface MessageClaim {
  readonly client: string;
  readonly messageId: string;
  readonly eventId: string;
}

/** D2. Of an event that was refused for now: its sender may send the message again. @param claimedIn the partition that has noted its id */
export function giveMessageBack(turn: Turn, claim: MessageClaim, claimedIn: number): void {
  if (claimedIn === turn.context.partition) releaseMessage(turn, claim);
  else sendBehind(turn, claimedIn, { kind: "give_message_back", ...claim });
}

/** What another event claimed meanwhile stands. */
export function releaseMessage(turn: Turn, { client, messageId, eventId }: MessageClaim): void {
  const key = messageKey(client, messageId);
  const entry = turn.state.find("idempotentRequest", key);
  if (entry?.requestHash === eventId) forget(turn, key, entry.expiresMs);
}

/** No key of a request has a space in it. */
function messageKey(client: string, messageId: string): string {
  return `${client}/message ${messageId}`;
}

/** Records of a partition; any of them may be a message. */
const MESSAGES_BETWEEN_ENDS = 64;

function claim(turn: Turn, key: string, claimed: Pick<IdempotentRequest, "requestHash" | "mark">): Claim {
  const known = turn.state.find("idempotentRequest", key);
  if (known !== undefined && known.expiresMs > turn.nowMs) {
    if (known.requestHash !== claimed.requestHash) return { kind: "other" };
    return known.answer === null ? { kind: "begun" } : { kind: "answered", answer: known.answer };
  }
  if (known !== undefined) forget(turn, key, known.expiresMs);
  const expiresMs = turn.nowMs + IDEMPOTENCY_KEPT_MS;
  turn.state.put("idempotentRequest", key, { ...claimed, answer: null, expiresMs });
  turn.state.put("idempotencyExpiry", dueKey(expiresMs, key), { key });
  return { kind: "new" };
}

function forget(turn: Turn, key: string, expiresMs: number): void {
  turn.state.remove("idempotentRequest", key);
  turn.state.remove("idempotencyExpiry", dueKey(expiresMs, key));
}

function endOld(turn: Turn, limit: number = IDEMPOTENCY_ENDED_AT_ONCE): void {
  const first = { prefix: "", after: null, limit, isReverse: false };
  for (const { key, value } of turn.state.list("idempotencyExpiry", first)) {
    const expiresMs = dueMsOf(key);
    if (expiresMs > turn.nowMs) return;
    forget(turn, value.key, expiresMs);
  }
}
