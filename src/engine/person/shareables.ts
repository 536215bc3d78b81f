// Shareables: codes that lead friends to a person. A code is a key like any other: its partition decides who has it.
//
//   S1. A code belongs to one person of a client, whether it came as a shareable or as the datum `advocate_code` of an event, or to a link of the brand's own.
//   S2. Label and key together are unique within a person.
//   S3. Of several codes the first that is free is taken; each is asked for only when the one before it was not.

import { originOf } from "../../base/ids.ts";
import type { Person, Shareable } from "../../model/person.ts";
import type { NewShareable, PersonChange } from "../../model/person_change.ts";
import { partitionOfKey } from "../1_route.ts";
import type { LogRecord } from "../../model/record.ts";
import { idOf, reply, send, type Turn } from "../context.ts";
import { letGoOfKey, ownKey } from "./keys.ts";
import { editPerson } from "./trail.ts";

/** How events name a code: what they carry under it finds the advocate. */
export const CODE_KEY = "advocate_code";

export interface CodeWish {
  readonly client: string;
  readonly personId: string;
  readonly shareable: NewShareable;
  /** Which of its codes is asked for. */
  readonly at: number;
  readonly replyTo: string;
}

export function createShareable(turn: Turn, person: Person, shareable: NewShareable, replyTo: string): void {
  if (person.email === null) return reply(turn, replyTo, { personId: null, errorCode: "person_not_rewardable" });
  const { key } = shareable;
  if (key !== null && isKeyTaken(person, shareable.label, key, null)) {
    return reply(turn, replyTo, { personId: null, errorCode: "shareable_key_taken" });
  }
  const { label, content, data, codes } = shareable;
  const wanted = { label, key, content, data, codes };
  askForCode(turn, { client: person.client, personId: person.id, shareable: wanted, at: 0, replyTo });
}

function askForCode(turn: Turn, wish: CodeWish): void {
  const code = wish.shareable.codes[wish.at];
  if (code === undefined) return reply(turn, wish.replyTo, { personId: null, errorCode: "code_taken" });
  send(turn, partitionOfKey(wish.client, CODE_KEY, code, turn.context.partitions), { ...wish, kind: "code_wanted" });
}

export function decideCode(turn: Turn, wish: CodeWish): void {
  const { client, personId, shareable, at, replyTo } = wish;
  const value = shareable.codes[at] ?? "";
  const owner = ownKey(turn, { client, keyType: CODE_KEY, value, personId });
  const isLast = at + 1 >= shareable.codes.length;
  if (owner === PROMOTION && isLast)
    return reply(turn, replyTo, { personId: null, errorCode: "code_taken_by_promotion" });
  if (owner !== personId) return askForCode(turn, { ...wish, at: at + 1 });
  send(turn, originOf(personId) ?? turn.context.partition, { ...wish, kind: "code_granted" });
}

/** Has the codes of the brand's own links: no id of a person is like it, so they lead to nobody. */
const PROMOTION = "promotion";

/** A code for a link of the brand's own; once more for the same changes nothing. */
export interface ClaimCode {
  readonly kind: "claim_code";
  readonly client: string;
  /** The code. */
  readonly value: string;
}

export function claimCode(turn: Turn, record: LogRecord, { client, value }: ClaimCode): void {
  const owner = ownKey(turn, { client, keyType: CODE_KEY, value, personId: PROMOTION });
  reply(turn, idOf(record), { personId: null, errorCode: owner === PROMOTION ? null : "code_taken" });
}

export function partitionOfCode({ client, value }: ClaimCode, partitions: number): number {
  return partitionOfKey(client, CODE_KEY, value, partitions);
}

/** The person has the code; a shareable of it, if it has none yet. */
export function takeCode(turn: Turn, wish: CodeWish): void {
  const { client, personId, shareable, at, replyTo } = wish;
  const person = editPerson(turn, personId);
  if (person === undefined) letGoOfKey(turn, { client, keyType: CODE_KEY, value: shareable.codes[at] ?? "", personId });
  if (person === undefined || person.client !== client) {
    return reply(turn, replyTo, { personId: null, errorCode: "person_not_found" });
  }
  if (person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { ...wish, kind: "code_granted", personId: person.forwardedTo });
  }
  const code = shareable.codes[at] ?? "";
  if (person.shareables.some((own) => own.code === code)) return askForCode(turn, { ...wish, at: at + 1 });
  const key = shareable.key ?? code;
  if (isKeyTaken(person, shareable.label, key, null)) {
    return reply(turn, replyTo, { personId: null, errorCode: "shareable_key_taken" });
  }
  const { label, content, data } = shareable;
  const { nowMs } = turn;
  person.shareables.push({ code, label, key, content, data: { ...data }, createdMs: nowMs, updatedMs: nowMs });
  person.updatedMs = nowMs;
  person.version++;
  reply(turn, replyTo, { personId: person.id, errorCode: null, value: code });
}

type ShareableChange = Extract<PersonChange, { readonly kind: "update_shareable" }>;

/** Null when done. */
export function updateShareable(turn: Turn, person: Person, change: ShareableChange): string | null {
  const own = person.shareables.find(({ code }) => code === change.code);
  if (own === undefined) return "shareable_not_found";
  const label = change.label ?? own.label;
  const key = change.key ?? own.key;
  if (isKeyTaken(person, label, key, own)) return "shareable_key_taken";
  own.label = label;
  own.key = key;
  own.content = change.content ?? own.content;
  own.data = change.data === null ? own.data : { ...change.data };
  own.updatedMs = turn.nowMs;
  return null;
}

/** S2. */
function isKeyTaken(person: Person, label: string, key: string, except: Shareable | null): boolean {
  return person.shareables.some((own) => own !== except && own.label === label && own.key === key);
}
