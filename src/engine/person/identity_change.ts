// A person is given another e-mail. The key's partition decides who owns it, first come; the person then lets go of the one it had.
//
//   N1 of 2_identity.ts holds throughout: a key belongs to at most one person, also while it changes hands.

import { originOf } from "../../base/ids.ts";
import type { Person } from "../../model/person.ts";
import { partitionOfKey } from "../1_route.ts";
import { reply, send, type Turn } from "../context.ts";
import { letGoOfKey, ownerOf, ownKey } from "./keys.ts";
import { rememberShift } from "./merge.ts";
import { tellNewEmail } from "./relationships.ts";
import { editPerson } from "./trail.ts";

const KEY_TYPE = "email";

export interface IdentityWish {
  readonly client: string;
  readonly personId: string;
  readonly email: string;
  readonly replyTo: string;
}

/** `wasOwn`: the person had the key already when it was asked for. */
export type IdentityGrant = IdentityWish & { readonly wasOwn?: boolean };

export function wantIdentity(
  turn: Turn,
  { client, id: personId, email: own }: Person,
  email: string,
  replyTo: string,
): void {
  if (own === email) return reply(turn, replyTo, { personId, errorCode: null });
  send(turn, homeOf(turn, client, email), { kind: "identity_wanted", client, personId, email, replyTo });
}

export function decideIdentity(turn: Turn, { client, personId, email, replyTo }: IdentityWish): void {
  const wasOwn = ownerOf(turn, client, KEY_TYPE, email) === personId;
  const owner = ownKey(turn, { client, keyType: KEY_TYPE, value: email, personId });
  if (owner !== personId) {
    return reply(turn, replyTo, { personId: null, errorCode: "identity_key_value_already_taken" });
  }
  const home = originOf(personId) ?? turn.context.partition;
  const granted = { kind: "identity_granted", client, personId, email, replyTo } as const;
  send(turn, home, wasOwn ? { ...granted, wasOwn } : granted);
}

/**
 * Follows no link: who was merged meanwhile keeps the key, and reads by it follow the link. A key that the person had, and has let go of since, was granted
 * before its partition heard that: it is asked for again, behind that word.
 */
export function takeIdentity(turn: Turn, { client, personId, email, replyTo, wasOwn = false }: IdentityGrant): void {
  const person = editPerson(turn, personId);
  if (person === undefined) letGoOfKey(turn, { client, keyType: KEY_TYPE, value: email, personId });
  if (person === undefined || person.client !== client) {
    return reply(turn, replyTo, { personId: null, errorCode: "person_not_found" });
  }
  if (wasOwn && person.email !== email && hasLetGo(person, email)) return wantIdentity(turn, person, email, replyTo);
  if (person.email !== email) takeEmail(turn, person, email);
  reply(turn, replyTo, { personId, errorCode: null });
}

function hasLetGo({ identityHistory }: Person, email: string): boolean {
  return identityHistory.some((entry) => entry.kind === "IDENTITY_SHIFT" && entry.oldKeyValue === email);
}

/**
 * Of this partition, and the person's already, who is about to be told of it. An event that names the e-mail is not behind that word: it would look for its
 * owner, come to the person, and look again.
 */
export function takeOwnEmail(turn: Turn, person: Person, email: string): void {
  const { client, id } = person;
  if (homeOf(turn, client, email) !== turn.context.partition) return;
  if (ownerOf(turn, client, KEY_TYPE, email) === id) takeEmail(turn, person, email);
}

function takeEmail(turn: Turn, person: Person, email: string): void {
  const { client, id: personId, email: old } = person;
  if (old !== null)
    send(turn, homeOf(turn, client, old), { kind: "release_key", client, keyType: KEY_TYPE, value: old, personId });
  person.email = email;
  person.updatedMs = turn.nowMs;
  person.version++;
  rememberShift(turn, person, old === null ? "DEVICE_WITH_KEY" : "IDENTITY_WITH_KEY", old);
  tellNewEmail(turn, person);
}

function homeOf(turn: Turn, client: string, email: string): number {
  return partitionOfKey(client, KEY_TYPE, email, turn.context.partitions);
}
