// Stage 1: whose partition does an event go to first?
//
// Runs at the front, before the log. The strongest key decides: person id, e-mail, partner user id, a key of the client's own such as a card
// number, a business id such as an order id, none. An event with a consumer's token goes where the token leads, and from there to whom its keys name.
// Pure: all fronts place the same event on the same partition.

import { emailKey } from "../base/email.ts";
import { partitionOf, partitionOfTyped, placementHash, typedHash } from "../base/hash.ts";
import { originOf } from "../base/ids.ts";
import type { Bearer } from "../model/event.ts";
import type { JsonObject } from "../model/json.ts";
import { type KnownName, memberInAnyCase, withKnownNames } from "./event/data_names.ts";
import { PROGRAM_KEYS_TRIED_MAX } from "./limits.ts";

/** The key by which a person is found whose token nobody has bound to an identity yet. */
export const DEVICE_KEY = "device";

/** Longest partner user id and partner event id that the contract takes. */
export const PARTNER_ID_LENGTH_MAX = 255;

export interface EventRoute {
  readonly partition: number;
}

export interface RouteInput {
  readonly client: string;
  readonly data: JsonObject;
  readonly partitions: number;
  /** Of the client's program. */
  readonly names: KeyNames;
  /** Places what has no key at all. */
  readonly eventId: string;
  /** Whom the sender's token stands for; absent: it has none that stands for a person. */
  readonly bearer?: Bearer;
}

/** Data names of a client's program by which persons are found, in published order. */
export interface KeyNames {
  readonly profileKeyNames: readonly string[];
  readonly partnerEventKeyNames: readonly string[];
}

/** A key by which a client's program finds persons: a person's own, or a business id that an event of the person carried. */
export type ProgramKey =
  | { readonly kind: "key"; readonly keyType: string; readonly value: string }
  | { readonly kind: "partner_event"; readonly name: string; readonly value: string };

/** The keys of an event, normalised; null where absent or unusable. */
export interface EventKeys {
  readonly personId: string | null;
  readonly email: string | null;
  readonly partnerUserId: string | null;
}

export function eventKeys(data: JsonObject): EventKeys {
  const personId = textOf(data["person_id"]);
  const email = textOf(data["email"]);
  return {
    personId: personId !== null && originOf(personId) !== undefined ? personId : null,
    email: email === null ? null : emailKey(email),
    partnerUserId: partnerId(data["partner_user_id"]),
  };
}

export function routeEvent(input: RouteInput): EventRoute {
  if (input.bearer !== undefined) return { partition: partitionOfBearer(input.client, input.bearer, input.partitions) };
  const data = withKnownNames(input.data);
  const partition = partitionOfPerson(input.client, data, input.partitions);
  if (partition !== null) return { partition };
  const [first] = programKeys(data, input.names);
  if (first !== undefined) return { partition: partitionOfProgramKey(input.client, first, input.partitions) };
  return { partition: placementHash(input.eventId) % input.partitions };
}

/** Where the keys of identity lead; null when there is none. Their names are in the case in which they are known. */
export function partitionOfPerson(client: string, data: JsonObject, partitions: number): number | null {
  const keys = eventKeys(data);
  if (keys.personId !== null) {
    const partition = originOf(keys.personId);
    if (partition !== undefined && partition < partitions) return partition;
  }
  if (keys.email !== null) return partitionOfKey(client, "email", keys.email, partitions);
  if (keys.partnerUserId !== null) return partitionOfKey(client, "partner_user_id", keys.partnerUserId, partitions);
  return null;
}

/** Where a consumer's token leads, and where it is known that it was ended. */
export function partitionOfBearer(client: string, { device, personId }: Bearer, partitions: number): number {
  const home = personId === null ? undefined : originOf(personId);
  return home !== undefined && home < partitions ? home : partitionOfKey(client, DEVICE_KEY, device, partitions);
}

/** By whom an event finds its person, as a number that fronts and partitions agree on; null where it says nobody, or only a key of the program's own. */
export function senderHash(client: string, data: JsonObject, bearer: Bearer | undefined): number | null {
  if (bearer !== undefined) {
    const { personId, device } = bearer;
    return personId === null ? typedHash(client, DEVICE_KEY, device) : typedHash(client, "person_id", personId);
  }
  const { personId, email, partnerUserId } = eventKeys(withKnownNames(data));
  if (personId !== null) return typedHash(client, "person_id", personId);
  if (email !== null) return typedHash(client, "email", email);
  return partnerUserId === null ? null : typedHash(client, "partner_user_id", partnerUserId);
}

export function partitionOfKey(client: string, keyType: string, value: string, partitions: number): number {
  return partitionOfTyped(client, keyType, value, partitions);
}

export function partitionOfPartnerEvent(client: string, name: string, value: string, partitions: number): number {
  return partitionOf(client, `event/${name}/${value}`, partitions);
}

export function partitionOfProgramKey(client: string, key: ProgramKey, partitions: number): number {
  return key.kind === "key"
    ? partitionOfKey(client, key.keyType, key.value, partitions)
    : partitionOfPartnerEvent(client, key.name, key.value, partitions);
}

/** What an event without a stronger key is looked up by, one after the other: persons' own keys first, then business ids. */
export function programKeys(data: JsonObject, names: KeyNames): ProgramKey[] {
  const keys: ProgramKey[] = [];
  for (const name of names.profileKeyNames) {
    const value = otherPurpose.has(name.toLowerCase()) ? null : partnerId(memberInAnyCase(data, name));
    if (value !== null) keys.push({ kind: "key", keyType: name, value });
  }
  for (const name of names.partnerEventKeyNames) {
    const value = partnerId(memberInAnyCase(data, name));
    if (value !== null) keys.push({ kind: "partner_event", name, value });
  }
  return keys.length > PROGRAM_KEYS_TRIED_MAX ? keys.slice(0, PROGRAM_KEYS_TRIED_MAX) : keys;
}

/**
 * Names that find nobody here, though a client's program may list them. An advocate's code is the advocate's own key, and in an event it says
 * who referred the person, never who the person is; the others are keys of identity, which were looked at already.
 */
const otherPurpose: ReadonlySet<string> = new Set<KnownName>([
  "advocate_code",
  "coupon_code",
  "shareable_id",
  "advocate_email",
  "advocate_partner_user_id",
  "person_id",
  "email",
  "partner_user_id",
]);

/** Text of a scalar datum as rules compare it: stringified and trimmed; null when blank or not a scalar. */
export function textOf(value: unknown): string | null {
  if (typeof value === "string") {
    const text = value.trim();
    return text.length === 0 ? null : text;
  }
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

function partnerId(value: unknown): string | null {
  const text = textOf(value);
  return text === null || text.length > PARTNER_ID_LENGTH_MAX ? null : text;
}
