// Stage 1: whose partition does an event go to first?
//
// Runs at the front, before the log. The strongest key decides: person id, e-mail, partner user id, a business id such as an order id, none.
// Pure: all fronts place the same event on the same partition.

import { emailKey } from "../base/email.ts";
import { partitionOf, placementHash } from "../base/hash.ts";
import { originOf } from "../base/ids.ts";
import type { JsonObject } from "../model/json.ts";

/** Longest partner user id and partner event id that the contract takes. */
export const PARTNER_ID_LENGTH_MAX = 255;

export interface EventRoute {
  readonly partition: number;
}

export interface RouteInput {
  readonly client: string;
  readonly data: JsonObject;
  readonly partitions: number;
  /** Data names that hold business ids in the client's program. */
  readonly partnerEventKeyNames: readonly string[];
  /** Places what has no key at all. */
  readonly eventId: string;
}

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
  const keys = eventKeys(input.data);
  if (keys.personId !== null) {
    const partition = originOf(keys.personId);
    if (partition !== undefined && partition < input.partitions) return { partition };
  }
  if (keys.email !== null) return { partition: partitionOfKey(input.client, "email", keys.email, input.partitions) };
  if (keys.partnerUserId !== null) {
    return { partition: partitionOfKey(input.client, "partner_user_id", keys.partnerUserId, input.partitions) };
  }
  const business = firstPartnerEvent(input.data, input.partnerEventKeyNames);
  if (business !== null)
    return { partition: partitionOfPartnerEvent(input.client, business.name, business.value, input.partitions) };
  return { partition: placementHash(input.eventId) % input.partitions };
}

export function partitionOfKey(client: string, keyType: string, value: string, partitions: number): number {
  return partitionOf(client, `${keyType}/${value}`, partitions);
}

export function partitionOfPartnerEvent(client: string, name: string, value: string, partitions: number): number {
  return partitionOf(client, `event/${name}/${value}`, partitions);
}

/** The first business id of an event, in the program's order of names. */
export function firstPartnerEvent(data: JsonObject, names: readonly string[]): { name: string; value: string } | null {
  for (const name of names) {
    const value = partnerId(data[name]);
    if (value !== null) return { name, value };
  }
  return null;
}

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
