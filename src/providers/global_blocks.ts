// Global blocks: senders whom no client trusts, from a file.

import { WrongSetting } from "../base/wrong_setting.ts";
import { type BlockDocument, blockFilters, blockLists, type KeptBlock } from "../model/block.ts";
import type { AskedSender } from "../model/event.ts";
import { blockValue, compileBlocks, findListing, isoDate } from "../rules/mod.ts";
import { readJson } from "./json_file.ts";

/** Null: nothing of the sender is known that could be on a list. */
export type IsGloballyBlocked = (sender: AskedSender) => boolean | null;

export interface GlobalBlocks {
  readonly blocks: readonly KeptBlock[];
  readonly isBlocked: IsGloballyBlocked;
}

/** @throws WrongSetting that names what is wrong with the file */
export function readGlobalBlocks(path: string): GlobalBlocks {
  const file = readJson(path);
  if (!Array.isArray(file)) throw new WrongSetting(`${path}: global blocks are a JSON list`);
  const blocks = file.map((entry: unknown, at): KeptBlock => {
    const document = blockOf(entry, `global-${at + 1}`);
    if (document === null) throw new WrongSetting(`${path}: entry ${at + 1} is no block: ${JSON.stringify(entry)}`);
    return { ...document, created_date: isoDate(0) };
  });
  const lists = compileBlocks(blocks);
  return {
    blocks,
    isBlocked: (sender) => {
      const { ip, email, userAgent } = sender;
      if (ip === null && email === null && userAgent === null) return null;
      return findListing(lists, sender, blockLists)?.filter === "BLACK";
    },
  };
}

function blockOf(entry: unknown, id: string): BlockDocument | null {
  if (typeof entry !== "object" || entry === null) return null;
  const given = new Map<string, unknown>(Object.entries(entry));
  const filter_type = blockFilters.find((filter) => filter === given.get("filter_type"));
  const list_type = blockLists.find((list) => list === given.get("list_type"));
  const text = given.get("value");
  if (filter_type === undefined || list_type === undefined || typeof text !== "string") return null;
  const value = blockValue(list_type, text);
  return value === null ? null : { id, filter_type, list_type, value };
}
