// Webhooks as operators write them, filters of those for rewards, and who refers to one.

import { fail, ok, type Result } from "../base/result.ts";
import type { Configuration } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { type LiveWebhook, webhookMethods, webhookTypes } from "../model/webhook.ts";
import { builtDocument, isoDate } from "../rules/mod.ts";
import { listCampaigns } from "./campaign_head.ts";
import { listAt, textAt } from "./campaign_parts.ts";
import { type ClientObject, findObject, type ObjectDecision, type ObjectKind } from "./client_objects.ts";
import {
  anything,
  built,
  builtOrAtRuntime,
  componentFields,
  type Fields,
  flag,
  listOf,
  plain,
  required,
  text,
} from "./part_fields.ts";
import { areTags } from "./tags.ts";

const NAME_LENGTH_MAX = 255;
const DESCRIPTION_LENGTH_MAX = 1024;
const URL_LENGTH_MAX = 2048;
/** Seconds, or a duration. */
const delay: JsonObject = { type: ["string", "number"] };
const longText: JsonObject = { type: "string", maxLength: 10_000 };

export const webhookKind: ObjectKind = {
  collection: "webhook",
  fields: {
    name: required("webhook_missing_name", built(text)),
    url: required("webhook_missing_url", built(longText)),
    type: plain({ type: "string" }),
    enabled: built(flag),
    default_method: built({ type: "string" }),
    client_key_id: built(text),
    request: builtOrAtRuntime({ type: "object" }),
    response_handler: builtOrAtRuntime(text),
    response_body_handler: builtOrAtRuntime(anything),
    retry_intervals: built(listOf(delay)),
    tags: plain(listOf(text)),
    description: built(longText),
    ...componentFields,
  },
  defaults: {
    type: "GENERIC",
    enabled: true,
    default_method: "POST",
    tags: [],
    component_ids: [],
    component_references: [],
  },
  notFound: "webhook_not_found",
  buildFailed: "webhook_build_failed",
  wrong: (webhook, others) => wrongWords(webhook, others) ?? wrongTarget(webhook),
  lacking: (configuration, { client_key_id }) => webhookKeyError(configuration, client_key_id),
  needed: (configuration, id) => {
    const use = findAction(configuration, id);
    return use === null ? null : apiError("webhook_associated_with_webhook_controller_action", use);
  },
};

function wrongWords(
  { name, description = "", tags, type }: ClientObject,
  others: readonly ClientObject[],
): ApiError | null {
  if (typeof name !== "string" || name.trim().length === 0 || name.length > NAME_LENGTH_MAX)
    return apiError("webhook_invalid_name", { length_max: NAME_LENGTH_MAX });
  if (others.some((other) => other["name"] === name)) return apiError("webhook_name_duplicate", { name });
  if (typeof description !== "string" || description.length > DESCRIPTION_LENGTH_MAX)
    return apiError("webhook_invalid_description", { length_max: DESCRIPTION_LENGTH_MAX });
  if (!webhookTypes.some((each) => each === type)) return apiError("unknown_webhook_type");
  return areTags(tags) ? null : apiError("webhook_invalid_tag");
}

function wrongTarget({ url, default_method }: ClientObject): ApiError | null {
  if (typeof url !== "string" || url.length > URL_LENGTH_MAX || !isUrl(url))
    return apiError("webhook_malformed_url", { length_max: URL_LENGTH_MAX });
  const isMethod = webhookMethods.some((each) => each === default_method);
  return isMethod ? null : apiError("webhook_invalid_default_method", { methods: webhookMethods.join(",") });
}

/** Names in braces are filled in for each call. Blanks and control characters would be taken out of it or written otherwise. */
function isUrl(url: string): boolean {
  const filled = url.replaceAll(/\{[A-Za-z0-9_.-]{1,100}\}/g, "x");
  return /^https?:\/\/[^\s/?#]+/i.test(url) && !/[\s\p{Cc}]/u.test(url) && URL.canParse(filled);
}

/** Drafts count as well as what is published; what is deleted or archived does not. */
function findAction(configuration: Configuration, id: string): { campaign_id: string; controller_id: string } | null {
  for (const { campaign_id, draft, published, is_deleted, state } of listCampaigns(configuration)) {
    if (is_deleted || state === "ARCHIVED") continue;
    for (const body of published === null ? [draft] : [draft, published]) {
      const step = body.steps.find((each) => listAt(each, "actions").some(({ webhook_id }) => webhook_id === id));
      if (step !== undefined) return { campaign_id, controller_id: textAt(step, "id") };
    }
  }
  return null;
}

/** As built, since expressions may yield all of it; null: it is disabled, archived or gone. */
export function liveWebhook(configuration: Configuration, id: string): LiveWebhook | null {
  const kept = configuration.find("webhook", id);
  if (kept === undefined || kept["is_archived"] === true) return null;
  const { enabled = true, url = "", client_key_id = null, request = null } = kept;
  const built = builtDocument({ enabled, url, client_key_id });
  const now = built.ok ? built.value : { enabled, url, client_key_id };
  if (now["enabled"] === false || now["enabled"] === "false") return null;
  const keyId = now["client_key_id"] ?? null;
  return {
    url: typeof now["url"] === "string" ? now["url"] : "",
    isPlain: request === null,
    keyId: typeof keyId === "string" ? keyId : null,
  };
}

/** The key that signs its calls must be there. */
export function webhookKeyError(configuration: Configuration, keyId: JsonValue | undefined): ApiError | null {
  if (typeof keyId !== "string") return null;
  const key = configuration.find("client_key", keyId);
  return key === undefined || key["is_archived"] === true
    ? apiError("webhook_client_key_not_found", { client_key_id: keyId })
    : null;
}

/** Members of each kind of filter, by the last part of its path. */
export const rewardFilterFields: { readonly [kind: string]: Fields } = {
  state: { states: plain(listOf(text)) },
  supplier: { reward_supplier_id: plain(text) },
  tags: { tags: plain(listOf(text)) },
  expression: { expression: plain(longText) },
};

const filterTypes: { readonly [kind: string]: string } = {
  state: "STATE",
  supplier: "SUPPLIER",
  tags: "TAGS",
  expression: "EXPRESSION",
};

export function rewardFilters({ filters }: ClientObject): JsonObject[] {
  return Array.isArray(filters) ? filters.map((filter) => filter as JsonObject) : [];
}

export interface FilterChange {
  readonly webhookId: string;
  /** Last part of the path; null: whatever it is, to be removed. */
  readonly kind: string | null;
  /** Of the filter that is changed or removed, or a new one's. */
  readonly filterId: string;
  /** Null: removed. */
  readonly members: JsonObject | null;
}

/** Only webhooks for rewards have filters. Answers with the webhook. */
export function changeFilter(
  configuration: Configuration,
  { webhookId, kind, filterId, members }: FilterChange,
  nowMs: number,
): Result<ObjectDecision, ApiError> {
  const found = findObject(configuration, { kind: webhookKind, id: webhookId });
  if (!found.ok) return found;
  if (found.value["type"] !== "REWARD") return fail(apiError("unknown_webhook_type", { type: "REWARD" }));
  const filters = rewardFilters(found.value);
  const before = filters.find(({ id }) => id === filterId);
  const others = filters.filter(({ id }) => id !== filterId);
  if (members === null && before === undefined) return fail(apiError("webhook_not_found", { filter_id: filterId }));
  const error = members === null ? null : wrongFilter(configuration, members);
  if (error !== null) return fail(error);
  const date = isoDate(nowMs);
  const made = { created_at: before?.["created_at"] ?? date, updated_at: date };
  const type = filterTypes[kind ?? ""] ?? "";
  const kept = members === null ? others : [...others, { ...members, id: filterId, type, ...made }];
  const webhook: ClientObject = { ...found.value, filters: kept, updated_date: date };
  return ok({ changes: [{ collection: "webhook", id: webhookId, document: webhook }], answer: webhook });
}

function wrongFilter(configuration: Configuration, { reward_supplier_id }: JsonObject): ApiError | null {
  if (reward_supplier_id === undefined) return null;
  if (typeof reward_supplier_id !== "string" || reward_supplier_id === "")
    return apiError("reward_supplier_webhook_filter_is_missing");
  const supplier = configuration.find("supplier", reward_supplier_id);
  return supplier === undefined ? apiError("reward_supplier_webhook_filter_not_found", { reward_supplier_id }) : null;
}
