// Operations on webhooks: their definitions, filters of those for rewards, and (ours) what was delivered, what was given up, and doing it again.

import { fail, ok, type Result } from "../../base/result.ts";
import { originOf } from "../../base/ids.ts";
import {
  bodySchema,
  builtObject,
  changeFilter,
  type ClientObject,
  componentsOf,
  findObject,
  rewardFilterFields,
  rewardFilters,
  webhookKeyError,
  webhookKind,
} from "../../management/mod.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { endedStatuses, type Job, type JobStatus } from "../../model/job.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import { webhookTypes } from "../../model/webhook.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { QueryReader, wholePages } from "../http/query.ts";
import {
  type Answer,
  type AnswerRoute,
  answerError,
  answerJson,
  type Call,
  type QueryParameter,
} from "../http/route.ts";
import { DELIVERIES_SCANNED_MAX, REDRIVE_ROUNDS_MAX } from "../limits.ts";
import { textOf } from "../server/bodies.ts";
import { flags, oneOf, paging, texts } from "../server/parameters.ts";
import { jobView } from "../server/jobs.ts";
import { objectOf } from "./campaign_answers.ts";
import { changeAndAnswer } from "./change.ts";
import { listDeliveries } from "./delivery_list.ts";
import { objectRoutes, type Preparing } from "./client_objects.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

/** Why no call may go to an address; null: it may. */
export type RefuseTarget = (url: string) => string | null;

interface WebhookParts {
  readonly configuration: ConfigurationClient;
  readonly runtime: RuntimeClient;
  readonly refuseTarget: RefuseTarget;
}

export function webhookRoutes(parts: WebhookParts): AnswerRoute[] {
  const { configuration } = parts;
  return [
    ...objectRoutes(configuration, {
      kind: webhookKind,
      name: "Webhook",
      plural: "Webhooks",
      path: "/v6/webhooks",
      idName: "webhook_id",
      pageRule: wholePages,
      parameters: {
        both: [{ name: "type", schema: oneOf(webhookTypes) }, ...flags("enabled"), ...texts("name")],
        built: [],
      },
      isArchivedByDelete: true,
      prepare: (given, preparing) => prepared(parts, given, preparing),
      filter: (query) => {
        const types = query.oneOf("type", webhookTypes, "unknown_webhook_type");
        const isEnabled = query.flag("enabled");
        const name = query.text("name");
        return (webhook) =>
          (types.length === 0 || types.some((type) => type === webhook["type"])) &&
          (isEnabled === null || isEnabled === (webhook["enabled"] === true)) &&
          (name === null || webhook["name"] === name);
      },
      order: (a, b) => (a.id < b.id ? 1 : -1),
      view: webhookView,
    }),
    ...filterRoutes(parts),
    ...deliveryRoutes(parts),
  ];
}

/** Where it leads and who signs are looked at as built: an expression may yield either. */
function prepared(
  { refuseTarget }: WebhookParts,
  given: JsonObject,
  { configuration, id, before }: Preparing,
): Result<JsonObject, ApiError> {
  if (before !== null && given["type"] !== undefined && given["type"] !== before["type"])
    return fail(apiError("unknown_webhook_type", { description: "the type of a webhook cannot be changed" }));
  const object = { is_archived: false, created_date: "", updated_date: "", ...given, id };
  const built = builtObject(webhookKind, object);
  if (!built.ok) return built;
  const { url, client_key_id } = built.value;
  const keyError = webhookKeyError(configuration, client_key_id);
  if (keyError !== null) return fail(keyError);
  const refusal = typeof url === "string" && /^https?:/i.test(url) && URL.canParse(url) ? refuseTarget(url) : null;
  return refusal === null ? ok(given) : fail(apiError("webhook_local_or_internal_url", { description: refusal }));
}

function webhookView(webhook: ClientObject): object {
  const { id, name = "", type = "GENERIC", url = "", enabled = true, tags = [], description = null } = webhook;
  const { default_method = "POST", client_key_id = null, request = null, response_handler = null } = webhook;
  const { retry_intervals = null, response_body_handler = null } = webhook;
  return {
    id,
    name,
    type,
    url,
    enabled,
    default_method,
    client_key_id,
    request,
    response_handler,
    ...(type === "PARTNER" ? { response_body_handler } : {}),
    ...(type === "REWARD" ? { filters: rewardFilters(webhook) } : {}),
    retry_intervals: Array.isArray(retry_intervals) ? retry_intervals.map(durationView) : retry_intervals,
    tags,
    description,
    ...componentsOf(webhook),
    created_at: webhook.created_date,
    updated_at: webhook.updated_date,
  };
}

/** Seconds as the contract writes durations. */
function durationView(delay: JsonValue): JsonValue {
  return typeof delay === "number" ? `PT${delay}S` : delay;
}

function filterRoutes({ configuration }: WebhookParts): AnswerRoute[] {
  const path = "/v4/webhooks/reward/{webhook_id}/filters";
  const change = (
    call: Call,
    kind: string | null,
    filterId: string | null,
    members: JsonObject | null,
  ): Promise<Answer> =>
    changeAndAnswer(
      configuration,
      call.grant.client,
      (current, { newId, nowMs }) =>
        changeFilter(current, { webhookId: call.params[0] ?? "", kind, filterId: filterId ?? newId(), members }, nowMs),
      (webhook) => (members === null ? webhookView(webhook) : (rewardFilters(webhook).at(-1) ?? {})),
    );
  const list: AnswerRoute = {
    ...read,
    kind: "answer",
    operation: "listRewardWebhookFilters",
    path,
    summary: "List the filters of a webhook for rewards",
    run: async ({ grant, params }) => {
      const found = findObject(await configuration.read(grant.client), { kind: webhookKind, id: params[0] ?? "" });
      return found.ok ? answerJson(rewardFilters(found.value)) : answerError(found.error);
    },
  };
  const remove: AnswerRoute = {
    ...write,
    kind: "answer",
    method: "DELETE",
    operation: "deleteRewardWebhookFilter",
    path: `${path}/{filter_id}`,
    summary: "Remove a filter",
    request: null,
    run: (call) => change(call, null, call.params[1] ?? "", null),
  };
  const kinds = Object.entries(rewardFilterFields).flatMap(([kind, fields]): AnswerRoute[] => {
    const name = `${kind[0]?.toUpperCase() ?? ""}${kind.slice(1)}`;
    const common = { ...write, kind: "answer", request: bodySchema(fields, { isPartial: false }) } as const;
    return [
      {
        ...common,
        method: "POST",
        operation: `createRewardWebhook${name}Filter`,
        path: `${path}/${kind}`,
        summary: `Add a filter of kind ${kind}`,
        run: (call) => change(call, kind, null, objectOf(call.body)),
      },
      {
        ...common,
        method: "PUT",
        operation: `updateRewardWebhook${name}Filter`,
        path: `${path}/${kind}/{filter_id}`,
        summary: `Replace a filter of kind ${kind}`,
        run: (call) => change(call, kind, call.params[1] ?? "", objectOf(call.body)),
      },
    ];
  });
  return [list, remove, ...kinds];
}

function deliveryRoutes(parts: WebhookParts): AnswerRoute[] {
  const path = "/v6/webhooks/{webhook_id}";
  const ofWebhook = (work: (call: Call) => Promise<Answer>) => async (call: Call) => {
    const sought = { kind: webhookKind, id: call.params[0] ?? "" };
    const found = findObject(await parts.configuration.read(call.grant.client), sought);
    return found.ok ? work(call) : answerError(found.error);
  };
  return [
    {
      ...read,
      kind: "answer",
      operation: "listWebhookDeliveries",
      query: deliveryParameters,
      path: `${path}/deliveries`,
      summary: "List calls that were taken or given up, newest first",
      run: ofWebhook((call) => answerDeliveries(parts, call, null)),
    },
    {
      ...read,
      kind: "answer",
      operation: "listWebhookDeadLetters",
      query: paging,
      path: `${path}/dead-letters`,
      summary: "List calls that were given up, newest first",
      run: ofWebhook((call) => answerDeliveries(parts, call, "DEAD")),
    },
    {
      ...write,
      kind: "answer",
      method: "POST",
      operation: "redriveWebhookDeadLetters",
      path: `${path}/dead-letters/redrive`,
      summary: "Make all calls again that were given up",
      request: null,
      run: ofWebhook((call) => redrive(parts, call)),
    },
    {
      ...write,
      kind: "answer",
      method: "POST",
      operation: "redeliverWebhookDelivery",
      path: `${path}/deliveries/{delivery_id}/redeliver`,
      summary: "Make one call again, under its key",
      request: null,
      run: ofWebhook((call) => redeliver(parts, call)),
    },
  ];
}

const deliveryParameters: readonly QueryParameter[] = [{ name: "status", schema: oneOf(endedStatuses) }, ...paging];

async function answerDeliveries(
  { runtime }: WebhookParts,
  { grant, params, query }: Call,
  only: JobStatus | null,
): Promise<Answer> {
  const reader = new QueryReader(query);
  const asked = reader.oneOf("status", endedStatuses, "invalid_parameter");
  const page = reader.page();
  if (reader.error !== null) return answerError(reader.error);
  const given = endedStatuses.filter((status) => asked.length === 0 || asked.includes(status));
  const statuses: readonly JobStatus[] = only === null ? given : [only];
  const wanted = { client: grant.client, subscriber: subscriberOf(params), statuses };
  const jobs = await listDeliveries(runtime, wanted, page);
  return jobs === "too_many"
    ? answerError(apiError("invalid_parameter", { name: "offset", limit: DELIVERIES_SCANNED_MAX }))
    : answerJson(jobs.map(deliveryView));
}

function deliveryView(job: Job): object {
  return { delivery_id: `${job.personId}-${job.id}`, ...jobView(job), request: job.request };
}

function subscriberOf(params: readonly string[]): string {
  return `webhook/${params[0] ?? ""}`;
}

/** Partition after partition, each in rounds that hold up nobody. */
async function redrive({ runtime }: WebhookParts, { grant, params }: Call): Promise<Answer> {
  const command = {
    kind: "redrive_jobs",
    client: grant.client,
    subscriber: subscriberOf(params),
    jobKey: null,
  } as const;
  let count = 0;
  for (let partition = 0; partition < runtime.partitions; partition++) {
    let untilPlace: string | null = null;
    for (let round = 0; round < REDRIVE_ROUNDS_MAX; round++) {
      const { value } = await runtime.command({ ...command, partition, untilPlace });
      const redriven = objectOf(value);
      untilPlace = textOf(redriven, "untilPlace");
      count += Number(redriven["count"] ?? 0);
      if (redriven["isMore"] !== true) break;
    }
  }
  return answerJson({ redriven: count });
}

async function redeliver({ runtime }: WebhookParts, { grant, params }: Call): Promise<Answer> {
  const [personId = "", jobId = ""] = (params[1] ?? "").split("-");
  const partition = originOf(jobId) ?? runtime.partitions;
  if (partition >= runtime.partitions) return answerError(apiError("delivery_not_found"));
  const { value } = await runtime.command({
    kind: "redrive_jobs",
    client: grant.client,
    partition,
    subscriber: subscriberOf(params),
    jobKey: `${personId}/${jobId}`,
  });
  const count = Number(objectOf(value)["count"] ?? 0);
  return count === 0 ? answerError(apiError("delivery_not_found")) : answerJson({ redriven: count });
}
