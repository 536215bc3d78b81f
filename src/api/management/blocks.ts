// Operations on block lists: the client's own, and the platform's, which are read only.

import { createBlock, deleteBlock, findBlock, listBlocks, testBlock } from "../../management/mod.ts";
import {
  type BlockDocument,
  type BlockFilter,
  blockFilters,
  type BlockListType,
  blockLists,
  type KeptBlock,
} from "../../model/block.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import { paging, texts } from "../server/parameters.ts";
import type { JsonSchema } from "../http/schema.ts";
import { textOf } from "./campaign_answers.ts";
import { changeAndAnswer } from "./change.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

const value: JsonSchema = { type: "string", maxLength: 2000 };
const newBlock: JsonSchema = {
  type: "object",
  properties: { filter_type: { enum: [...blockFilters] }, list_type: { enum: [...blockLists] }, value },
  required: ["filter_type", "list_type", "value"],
  additionalProperties: false,
};
const testedValue: JsonSchema = {
  type: "object",
  properties: { list_type: { enum: [...blockLists] }, value },
  required: ["list_type", "value"],
  additionalProperties: false,
};

/** @param global entries of the platform, that hold for every client */
export function blockRoutes(configuration: ConfigurationClient, global: readonly KeptBlock[]): AnswerRoute[] {
  return [...readRoutes(configuration, global), ...changeRoutes(configuration)];
}

function readRoutes(configuration: ConfigurationClient, global: readonly KeptBlock[]): AnswerRoute[] {
  return [
    {
      ...read,
      kind: "answer",
      operation: "listBlocks",
      query: [...texts("search_query"), ...paging],
      path: "/v2/blocks",
      summary: "List the client's blocks",
      run: async ({ grant, query }) =>
        listed(listBlocks(await configuration.read(grant.client)), query, (block) => clientBlock(grant.client, block)),
    },
    {
      ...read,
      kind: "answer",
      operation: "listGlobalBlocks",
      query: [...texts("search_query"), ...paging],
      path: "/v2/blocks/global",
      summary: "List the platform's blocks",
      run: async ({ query }) => listed(global, query, globalBlock),
    },
    {
      ...write,
      kind: "answer",
      operation: "testBlock",
      method: "POST",
      path: "/v2/blocks/test",
      summary: "Say whether a value is on a list",
      request: testedValue,
      run: async ({ grant, body }) => tested([...listBlocks(await configuration.read(grant.client)), ...global], body),
    },
    {
      ...read,
      kind: "answer",
      operation: "getBlock",
      path: "/v2/blocks/{block_id}",
      summary: "Read a block",
      run: async ({ grant, params }) => {
        const found = findBlock(await configuration.read(grant.client), params[0] ?? "");
        return found.ok ? answerJson(clientBlock(grant.client, found.value)) : answerError(found.error);
      },
    },
  ];
}

function changeRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  return [
    {
      ...write,
      kind: "answer",
      operation: "createBlock",
      method: "POST",
      path: "/v2/blocks",
      summary: "Put a value on a block list",
      request: newBlock,
      run: ({ grant, body }) =>
        changeAndAnswer(
          configuration,
          grant.client,
          (current, { newId, nowMs }) => createBlock(current, blockOf(body), { id: newId(), nowMs }),
          (block) => clientBlock(grant.client, block),
        ),
    },
    {
      ...write,
      kind: "answer",
      operation: "deleteBlock",
      method: "DELETE",
      path: "/v2/blocks/{block_id}",
      summary: "Take a value off its list",
      request: null,
      run: ({ grant, params }) =>
        changeAndAnswer(
          configuration,
          grant.client,
          (current) => deleteBlock(current, params[0] ?? ""),
          (block) => clientBlock(grant.client, block),
        ),
    },
  ];
}

/** Newest first. */
function listed(blocks: readonly KeptBlock[], query: string, view: (block: KeptBlock) => object): Answer {
  const reader = new QueryReader(query);
  const search = reader.text("search_query")?.toLowerCase() ?? "";
  const { limit, offset } = reader.page();
  if (reader.error !== null) return answerError(reader.error);
  const found = blocks.filter((block) => block.value.toLowerCase().includes(search)).toReversed();
  return answerJson(found.slice(offset, offset + limit).map(view));
}

const results = { BLACK: "BLACKLISTED", WHITE: "WHITELISTED" } as const;

function tested(blocks: readonly BlockDocument[], body: unknown): Answer {
  const { list, value: text } = blockOf(body);
  const listing = testBlock(blocks, list, text);
  if (!listing.ok) return answerError(listing.error);
  const found = listing.value;
  return answerJson({
    result: found === null ? "NOT_LISTED" : results[found.filter],
    block_Id: found?.blockId ?? null,
  });
}

/** Checked against the schemas above. */
function blockOf(body: unknown): { filter: BlockFilter; list: BlockListType; value: string } {
  return {
    filter: textOf(body, "filter_type") === "WHITE" ? "WHITE" : "BLACK",
    list: blockLists.find((list) => list === textOf(body, "list_type")) ?? "CIDR",
    value: textOf(body, "value") ?? "",
  };
}

function clientBlock(client: string, { id, filter_type, list_type, value: own, created_date }: KeptBlock): object {
  const common = { block_id: id, filter_type, list_type, value: own, created_date };
  return { ...common, client_id: client, user_id: null, source: "CLIENT" };
}

function globalBlock({ id, filter_type, list_type, value: own, created_date }: KeptBlock): object {
  const common = { block_id: id, filter_type, list_type, value: own, created_date };
  return { ...common, client_id: null, user_id: null, source: "GLOBAL" };
}
