// Bearers: whom consumers' tokens stand for, as far as a partition knows. A token is signed and complete in itself; here is only which were ended before
// their time, and whose device it is.
//
//   B1. A token leads to one partition (`partitionOfBearer`), and every use of it passes there: so does the end of it, and no other place has to hear.
//   B2. What is kept of an ended token goes when it would have run out.
//   B3. Tokens of a person that was erased have ended. A device whose person was erased begins anew.

import type { Bearer } from "../../model/event.ts";
import { headOf, type PersonHead } from "../../model/person.ts";
import type { LogRecord } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import { DEVICE_KEY } from "../1_route.ts";
import { newPerson } from "../2_identity.ts";
import { idOf, reply, type Turn } from "../context.ts";
import { keyEntry, ownerOf } from "./keys.ts";
import { ENDED_TOKENS_DROPPED_AT_ONCE } from "../limits.ts";

/** Answers with the person of a token; one who never did anything is made now. */
export interface OpenBearer {
  readonly kind: "open_bearer";
  readonly client: string;
  readonly bearer: Bearer;
}

export interface EndToken {
  readonly kind: "end_token";
  readonly client: string;
  readonly bearer: Bearer;
  /** When it would have run out, Unix ms. */
  readonly expiresMs: number;
}

/** What is known of whom a token stands for. */
export interface BearerAnswer {
  readonly isEnded: boolean;
  /** Null: the device has done nothing yet, or its person is unknown to the client. */
  readonly person: PersonHead | null;
  /** Where to ask on when the person was merged. */
  readonly forwardedTo: string | null;
}

const EXPIRY_DIGITS = 15;

export function isEnded({ state }: Pick<Turn, "state">, client: string, bearer: Bearer): boolean {
  const { personId } = bearer;
  // B3.
  if (personId !== null && state.find("person", personId) === undefined) return true;
  return state.find("endedToken", tokenKey(client, bearer)) !== undefined;
}

export function bearerOf(state: PartitionState, client: string, bearer: Bearer): BearerAnswer {
  const personId = bearer.personId ?? state.find("key", keyEntry(client, DEVICE_KEY, bearer.device))?.personId;
  const found = personId === undefined ? undefined : state.find("person", personId);
  const person = found?.client === client ? headOf(found) : null;
  return { isEnded: isEnded({ state }, client, bearer), person, forwardedTo: person?.forwardedTo ?? null };
}

export function openBearer(turn: Turn, record: LogRecord, { client, bearer }: OpenBearer): void {
  const { device, personId } = bearer;
  if (isEnded(turn, client, bearer)) {
    return reply(turn, idOf(record), { personId: null, errorCode: "invalid_access_token" });
  }
  const owner = personId ?? ownerOf(turn, client, DEVICE_KEY, device);
  if (owner !== undefined && turn.state.find("person", owner) !== undefined)
    return reply(turn, idOf(record), { personId: owner, errorCode: null });
  const person = newPerson(turn, client, { email: null, partnerUserId: null });
  turn.state.put("key", keyEntry(client, DEVICE_KEY, device), { personId: person.id, sinceMs: turn.nowMs });
  reply(turn, idOf(record), { personId: person.id, errorCode: null });
}

/** Ending it again changes nothing. */
export function endToken(turn: Turn, record: LogRecord, { client, bearer, expiresMs }: EndToken): void {
  dropExpired(turn);
  const key = tokenKey(client, bearer);
  if (expiresMs > turn.nowMs && !isEnded(turn, client, bearer)) {
    turn.state.put("endedToken", key, { expiresMs });
    turn.state.put("endedTokenExpiry", `${expiresMs.toString().padStart(EXPIRY_DIGITS, "0")}/${key}`, { key });
  }
  reply(turn, idOf(record), { personId: null, errorCode: null });
}

function tokenKey(client: string, { device, personId }: Bearer): string {
  return `${client}/${device}/${personId ?? ""}`;
}

/** B2. */
function dropExpired(turn: Turn): void {
  const first = { prefix: "", after: null, limit: ENDED_TOKENS_DROPPED_AT_ONCE, isReverse: false };
  for (const { key, value } of turn.state.list("endedTokenExpiry", first)) {
    if (Number(key.slice(0, EXPIRY_DIGITS)) > turn.nowMs) return;
    turn.state.remove("endedTokenExpiry", key);
    turn.state.remove("endedToken", value.key);
  }
}
