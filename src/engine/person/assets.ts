// Assets: files of a person. They lie in the person's partition beside the person and are no part of it, so that whoever reads the person does not read them.
//
//   A1. A person has at most `ASSETS_PER_PERSON_MAX`; what a merge brings comes on top and counts from then on.
//   A2. Who is merged leaves its assets to whom it was merged into, before that one has the history: whoever is told of the merge finds them there.
//       To another partition each travels as a message of its own, ahead of the history; within a partition they change hands at once.

import { originOf } from "../../base/ids.ts";
import type { Asset, AssetContent, NewAsset } from "../../model/asset.ts";
import type { Person } from "../../model/person.ts";
import type { LogRecord } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import { idOf, newId, reply, send, type Turn } from "../context.ts";
import { ASSETS_LISTED_MAX, ASSETS_PER_PERSON_MAX } from "../limits.ts";

/** Answers with the asset. */
export interface AddAsset {
  readonly kind: "add_asset";
  readonly client: string;
  readonly personId: string;
  readonly asset: NewAsset;
  readonly content: AssetContent;
}

/** Answers with what was there. */
export interface DeleteAsset {
  readonly kind: "delete_asset";
  readonly client: string;
  readonly personId: string;
  readonly assetId: string;
}

/** Somebody's asset moves with a merge. */
export interface AssetHandedOver {
  client: string;
  personId: string;
  asset: Asset;
  content: AssetContent;
}

export function addAsset(turn: Turn, record: LogRecord, { client, personId, asset, content }: AddAsset): void {
  const replyTo = idOf(record);
  if (!isHere(turn, client, personId)) return reply(turn, replyTo, { personId: null, errorCode: "person_not_found" });
  if (assetsOf(turn.state, personId).length >= ASSETS_PER_PERSON_MAX) {
    return reply(turn, replyTo, { personId: null, errorCode: "asset_limit_exceeded" });
  }
  const made: Asset = { id: newId(turn), ...asset, createdMs: turn.nowMs };
  keep(turn, personId, made, content);
  reply(turn, replyTo, { personId, errorCode: null, value: made });
}

export function deleteAsset(turn: Turn, record: LogRecord, { client, personId, assetId }: DeleteAsset): void {
  const replyTo = idOf(record);
  const key = assetKey(personId, assetId);
  const asset = isHere(turn, client, personId) ? turn.state.find("asset", key) : undefined;
  if (asset === undefined) return reply(turn, replyTo, { personId: null, errorCode: "asset_not_found" });
  turn.state.remove("asset", key);
  turn.state.remove("assetContent", key);
  reply(turn, replyTo, { personId, errorCode: null, value: asset });
}

/** A2. */
export function handOverAssets(turn: Turn, { client, id }: Person, toPersonId: string): void {
  const partition = originOf(toPersonId) ?? turn.context.partition;
  for (const asset of assetsOf(turn.state, id)) {
    const key = assetKey(id, asset.id);
    const content = turn.state.find("assetContent", key);
    if (content !== undefined) {
      const handed: AssetHandedOver = { client, personId: toPersonId, asset, content };
      if (partition === turn.context.partition) receiveAsset(turn, handed);
      else send(turn, partition, { kind: "asset_handed_over", ...handed });
    }
    turn.state.remove("asset", key);
    turn.state.remove("assetContent", key);
  }
}

export function receiveAsset(turn: Turn, handed: AssetHandedOver): void {
  const person = turn.state.find("person", handed.personId);
  if (person === undefined || person.client !== handed.client) return;
  if (person.forwardedTo === null) return keep(turn, person.id, handed.asset, handed.content);
  const partition = originOf(person.forwardedTo) ?? turn.context.partition;
  send(turn, partition, { kind: "asset_handed_over", ...handed, personId: person.forwardedTo });
}

/** Oldest first. */
export function assetsOf(state: PartitionState, personId: string): Asset[] {
  const all = { prefix: `${personId}/`, after: null, limit: ASSETS_LISTED_MAX, isReverse: false };
  return state.list("asset", all).map(({ value }) => value);
}

export function assetContent(state: PartitionState, personId: string, assetId: string): AssetContent | null {
  return state.find("assetContent", assetKey(personId, assetId)) ?? null;
}

function keep(turn: Turn, personId: string, asset: Asset, content: AssetContent): void {
  turn.state.put("asset", assetKey(personId, asset.id), asset);
  turn.state.put("assetContent", assetKey(personId, asset.id), content);
}

function isHere({ state }: Turn, client: string, personId: string): boolean {
  const person = state.find("person", personId);
  return person !== undefined && person.client === client && person.forwardedTo === null;
}

function assetKey(personId: string, assetId: string): string {
  return `${personId}/${assetId}`;
}
