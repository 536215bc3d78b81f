// Prehandlers as operators write them. What their conditions and actions do is in `src/rules/compile/prehandler_kinds.ts`; a test holds the members of both against
// each other.

import { apiError } from "../model/errors.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { blockLists } from "../model/block.ts";
import type { PrehandlerActionType, PrehandlerConditionType } from "../model/prehandler.ts";
import { PREHANDLER_PARTS_MAX } from "../rules/mod.ts";
import type { ClientObject, ObjectKind } from "./client_objects.ts";
import {
  anything,
  built,
  builtOrAtRuntime,
  componentFields,
  type Fields,
  flag,
  integer,
  listOf,
  mapOf,
  oneOf,
  plain,
  required,
  text,
} from "./part_fields.ts";
import { areTags } from "./tags.ts";

const NAME_LENGTH_MAX = 255;
const DESCRIPTION_LENGTH_MAX = 512;
const texts = listOf(text);
const textOrNull: JsonObject = { type: ["string", "null"], maxLength: 5000 };

export const prehandlerConditions: { readonly [T in PrehandlerConditionType]: Fields } = {
  BLOCK_MATCH: { considered_block_list_types: plain(listOf(oneOf(...blockLists))) },
  DATA_EXISTS: { data_keys: plain(texts) },
  EVENT_NAME_MATCH: { event_names: plain(texts) },
  EXPRESSION: { expression: builtOrAtRuntime(flag) },
  HTTP_HEADER_MATCH: { http_header_names: plain(texts), http_headers: plain(mapOf(texts)) },
  JAVASCRIPT_V1: { javascript: plain(text) },
};

const mapping: JsonObject = {
  type: "object",
  properties: { attribute: text, source_attribute: text, default_value: anything },
  additionalProperties: false,
};

export const prehandlerActions: { readonly [T in PrehandlerActionType]: Fields } = {
  EXPRESSION: { expression: builtOrAtRuntime(flag) },
  JAVASCRIPT_V1: { javascript: plain(text) },
  MAP_DATA_ATTRIBUTES: { data_attribute_mappings: plain(listOf(mapping)) },
  SET_DATA: {
    data: plain(mapOf(anything)),
    default_data: plain(mapOf(anything)),
    delete_data: plain(listOf(textOrNull)),
  },
  SET_SANDBOX: { sandbox_id: plain(text) },
};

export const prehandlerKind: ObjectKind = {
  collection: "prehandler",
  fields: {
    name: required("prehandler_name_missing", built(text)),
    description: built(textOrNull),
    enabled: built(flag),
    order: built(integer),
    tags: plain(listOf(text)),
    conditions: plain(partsSchema(prehandlerConditions)),
    actions: plain(partsSchema(prehandlerActions)),
    ...componentFields,
  },
  defaults: {
    description: null,
    enabled: false,
    order: 0,
    tags: [],
    conditions: [],
    actions: [],
    component_ids: [],
    component_references: [],
  },
  notFound: "prehandler_not_found",
  buildFailed: "prehandler_build_failed",
  wrong: ({ name, description = null, tags }, others) => {
    if (typeof name !== "string" || name.length < 1 || name.length > NAME_LENGTH_MAX)
      return apiError("prehandler_name_length_out_of_range", { length_max: NAME_LENGTH_MAX });
    if (!/^[A-Za-z0-9._-]+$/.test(name)) return apiError("prehandler_name_contains_illegal_character", { name });
    if (others.some((other) => other["name"] === name)) return apiError("prehandler_name_duplicated", { name });
    if (description !== null && !isDescription(description))
      return apiError("prehandler_description_length_out_of_range", { length_max: DESCRIPTION_LENGTH_MAX });
    return areTags(tags) ? null : apiError("prehandler_tag_invalid");
  },
  needed: () => null,
};

/** Conditions and actions get ids of their own with each change of the list, as the whole list is replaced. */
export function withPartIds(given: JsonObject, newId: () => string): JsonObject {
  const numbered = (list: JsonValue | undefined): JsonObject[] | null =>
    Array.isArray(list) ? list.map((part) => ({ ...(part as JsonObject), id: newId() })) : null;
  const conditions = numbered(given["conditions"]);
  const actions = numbered(given["actions"]);
  return { ...given, ...(conditions === null ? {} : { conditions }), ...(actions === null ? {} : { actions }) };
}

/** In execution order. */
export function prehandlerOrder(a: ClientObject, b: ClientObject): number {
  return orderOf(a) - orderOf(b) || (a.id < b.id ? -1 : 1);
}

function orderOf({ order = 0 }: ClientObject): number {
  return typeof order === "number" ? order : 0;
}

function partsSchema(kinds: { readonly [type: string]: Fields }): JsonObject {
  const of = ([type, fields]: [string, Fields]): JsonObject => ({
    type: "object",
    properties: {
      type: { const: type },
      id: text,
      ...Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
    },
    required: ["type"],
    additionalProperties: false,
  });
  return { type: "array", items: { anyOf: Object.entries(kinds).map(of) }, maxItems: PREHANDLER_PARTS_MAX };
}

function isDescription(given: JsonValue): boolean {
  return typeof given === "string" && given.length >= 1 && given.length <= DESCRIPTION_LENGTH_MAX;
}
