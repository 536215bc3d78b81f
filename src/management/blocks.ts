// Block lists of a client: entries are made and removed, never changed.

import { fail, ok, type Result } from "../base/result.ts";
import type { BlockDocument, BlockFilter, BlockListType, KeptBlock } from "../model/block.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import {
  BLOCKED_USER_AGENTS_MAX,
  BLOCKS_MAX,
  blockValue,
  compileBlocks,
  isoDate,
  type Listing,
  listingOf,
} from "../rules/mod.ts";

export interface BlockDecision {
  readonly changes: readonly DocumentChange[];
  readonly answer: KeptBlock;
}

export interface NewBlock {
  readonly filter: BlockFilter;
  readonly list: BlockListType;
  readonly value: string;
}

export function listBlocks(configuration: Configuration): readonly KeptBlock[] {
  return configuration.list("block").map(keptBlock);
}

export function findBlock(configuration: Configuration, id: string): Result<KeptBlock, ApiError> {
  const found = configuration.find("block", id);
  return found === undefined ? fail(apiError("block_not_found", { block_id: id })) : ok(keptBlock(found));
}

/** A value is on one list of a type, the black or the white one. */
export function createBlock(
  configuration: Configuration,
  { filter, list, value: given }: NewBlock,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Result<BlockDecision, ApiError> {
  const value = blockValue(list, given);
  if (value === null) return fail(apiError("block_value_invalid", { list_type: list, value: given.slice(0, 100) }));
  const known = listBlocks(configuration);
  const same = known.find((own) => own.list_type === list && own.value.toLowerCase() === value.toLowerCase());
  if (same !== undefined) return fail(apiError("block_duplicate", { block_id: same.id }));
  const ofList = known.filter((own) => own.list_type === list).length;
  if (known.length >= BLOCKS_MAX) return fail(apiError("block_value_invalid", { limit: BLOCKS_MAX }));
  if (list === "USER_AGENT" && ofList >= BLOCKED_USER_AGENTS_MAX)
    return fail(apiError("block_value_invalid", { limit: BLOCKED_USER_AGENTS_MAX }));
  const block: KeptBlock = { id, filter_type: filter, list_type: list, value, created_date: isoDate(nowMs) };
  return ok({ changes: [{ collection: "block", id, document: { ...block } }], answer: block });
}

export function deleteBlock(configuration: Configuration, id: string): Result<BlockDecision, ApiError> {
  const found = findBlock(configuration, id);
  return found.ok ? ok({ changes: [{ collection: "block", id, document: null }], answer: found.value }) : found;
}

/** Which entry an address, network, domain, mailbox or browser is on; null: none. */
export function testBlock(
  blocks: readonly BlockDocument[],
  list: BlockListType,
  given: string,
): Result<Listing | null, ApiError> {
  const value = blockValue(list, given);
  if (value === null) return fail(apiError("block_value_invalid", { list_type: list, value: given.slice(0, 100) }));
  return ok(listingOf(compileBlocks(blocks), list, value));
}

/** What is kept was checked when it was written. */
function keptBlock(document: JsonObject): KeptBlock {
  return document as object as KeptBlock;
}
