// Listed sender: on which of its client's block lists an event's sender is. Asked at the front, before the log: what is refused there is not stored.

import { blockLists, type BlockListType } from "../../model/block.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { Enrichment } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import { type BlockLists, findListing, type Listing } from "../../rules/mod.ts";
import { textOf } from "../1_route.ts";
import { memberInAnyCase } from "./data_names.ts";

/** Why the event is not taken; null: it is. */
export function refusalOfSender(blocks: BlockLists, data: JsonObject, enrichment: Enrichment | null): ApiError | null {
  const listing = listingOfSender(blocks, data, enrichment, blockLists);
  if (listing?.filter !== "BLACK") return null;
  return apiError("event_blocked", { list_type: listing.list, block_id: listing.blockId });
}

/** Null: on none. */
export function listingOfSender(
  blocks: BlockLists,
  data: JsonObject,
  enrichment: Enrichment | null,
  considered: readonly BlockListType[],
): Listing | null {
  if (blocks.isEmpty) return null;
  const { ip = null, userAgent = null } = enrichment ?? {};
  return findListing(blocks, { ip, userAgent, email: textOf(memberInAnyCase(data, "email")) }, considered);
}
