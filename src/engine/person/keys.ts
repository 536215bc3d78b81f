// Keys: who owns an e-mail, a partner user id or a client's own person key. The entry lives in the partition of the key.

import { partitionOfKey } from "../1_route.ts";
import { send, type Turn } from "../context.ts";

/** Types of keys by which a share leads to who shared. No client's data have such names. */
export const shareKeys = { id: "share:id", partnerId: "share:partner_id" } as const;

export function keyEntry(client: string, keyType: string, value: string): string {
  return `${client}/${keyType}/${value}`;
}

/** The owner of a key of this partition, or undefined. */
export function ownerOf(turn: Pick<Turn, "state">, client: string, keyType: string, value: string): string | undefined {
  return turn.state.find("key", keyEntry(client, keyType, value))?.personId;
}

/** First in the key's log wins: returns the owner after the attempt. */
export function ownKey(turn: Turn, key: { client: string; keyType: string; value: string; personId: string }): string {
  const owner = ownerOf(turn, key.client, key.keyType, key.value);
  if (owner !== undefined) return owner;
  turn.state.put("key", keyEntry(key.client, key.keyType, key.value), { personId: key.personId, sinceMs: turn.nowMs });
  return key.personId;
}

/** Claims a key that nobody waits for (a PARTNER_PROFILE_KEY datum), wherever its partition is. */
export function claimProfileKey(
  turn: Turn,
  key: { client: string; keyType: string; value: string; personId: string },
): void {
  const partition = partitionOfKey(key.client, key.keyType, key.value, turn.context.partitions);
  if (partition === turn.context.partition) ownKey(turn, key);
  else send(turn, partition, { kind: "take_key", ...key });
}

/** Of who was erased: the person has the key no longer, if it had it; whoever asks next is the first. */
export function letGoOfKey(turn: Turn, { client, keyType, value, personId }: OwnedKey): void {
  const partition = partitionOfKey(client, keyType, value, turn.context.partitions);
  if (partition === turn.context.partition) releaseKey(turn, { client, keyType, value, personId });
  else send(turn, partition, { kind: "release_key", client, keyType, value, personId });
}

export function releaseKey(turn: Turn, { client, keyType, value, personId }: OwnedKey): void {
  const key = keyEntry(client, keyType, value);
  if (turn.state.find("key", key)?.personId !== personId) return;
  turn.state.remove("key", key);
  turn.meta.erasedMs = turn.nowMs;
}

export interface OwnedKey {
  readonly client: string;
  readonly keyType: string;
  readonly value: string;
  readonly personId: string;
}

export function takeKey(turn: Turn, key: { client: string; keyType: string; value: string; personId: string }): void {
  ownKey(turn, key);
}
