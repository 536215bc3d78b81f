// Webhook documents -> what the engine needs of them.

import type { JsonObject, JsonValue } from "../../model/json.ts";
import { rewardFilterTypes, type WebhookDocument, webhookMethods, webhookTypes } from "../../model/webhook.ts";
import type { Compilation } from "../documents/compilation.ts";
import { PROGRAM_SITE, type Site } from "../documents/compile_error.ts";
import { parseDurationMs } from "../dates.ts";
import { REWARD_FILTERS_MAX, WEBHOOK_RETRIES_MAX, WEBHOOKS_MAX } from "../limits.ts";
import type { Root } from "../opcodes.ts";
import { expressionSource, type Parameters } from "../documents/parameters.ts";
import type { ValueSource } from "../program.ts";
import type { CompiledWebhook, RewardFilters } from "../webhook.ts";

const NO_FILTERS: RewardFilters = { states: [], supplierIds: [], tags: [], expressions: [] };

/** Also those that are disabled: whether they are may be an expression. */
export function compileWebhooks(documents: readonly WebhookDocument[], compilation: Compilation): CompiledWebhook[] {
  if (documents.length > WEBHOOKS_MAX)
    compilation.errors.add(PROGRAM_SITE, "webhooks", `a client has up to ${WEBHOOKS_MAX} webhooks`);
  return documents.slice(0, WEBHOOKS_MAX).map((document) => compileWebhook(document, compilation));
}

function compileWebhook(document: WebhookDocument, compilation: Compilation): CompiledWebhook {
  const { id, filters = [], ...members } = document;
  const site: Site = { ...PROGRAM_SITE, webhook: id };
  const parameters = compilation.parameters(members, site);
  const type = parameters.oneOf("type", webhookTypes) ?? "GENERIC";
  return {
    id,
    name: parameters.requiredText("name"),
    type,
    isEnabled: parameters.boolean("enabled", true),
    url: parameters.requiredText("url"),
    method: parameters.oneOf("default_method", webhookMethods) ?? "POST",
    clientKeyId: parameters.text("client_key_id"),
    request: sourceWith(compilation, parameters, "request", "webhook"),
    responseHandler:
      sourceWith(compilation, parameters, "response_handler", "webhook_response") ??
      sourceWith(compilation, parameters, "response_body_handler", "webhook_response"),
    retryMs: delaysOf(parameters),
    filters: type === "REWARD" ? compileFilters(filters, site, compilation) : NO_FILTERS,
  };
}

function sourceWith(compilation: Compilation, parameters: Parameters, name: string, root: Root): ValueSource | null {
  const value = parameters.value(name);
  if (value === undefined) return null;
  const source = expressionSource(value);
  if (source === null) return { kind: "constant", value };
  const entry = compilation.entry(parameters, name, source, root);
  return entry === null ? null : { kind: "code", pc: entry.pc };
}

function delaysOf(parameters: Parameters): number[] | null {
  const value = parameters.value("retry_intervals");
  if (value === undefined) return null;
  const list = Array.isArray(value) ? value : [value];
  const delays = list.map(delayOf);
  if (delays.length <= WEBHOOK_RETRIES_MAX && delays.every((delay) => delay !== null)) return delays;
  parameters.report(
    "retry_intervals",
    `retry_intervals are up to ${WEBHOOK_RETRIES_MAX} numbers of seconds or durations such as PT30M`,
  );
  return null;
}

function delayOf(value: JsonValue): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value * 1000 : null;
  return typeof value === "string" ? parseDurationMs(value) : null;
}

function compileFilters(filters: readonly JsonObject[], site: Site, compilation: Compilation): RewardFilters {
  const found = {
    states: [] as string[],
    supplierIds: [] as string[],
    tags: [] as string[],
    expressions: [] as number[],
  };
  if (filters.length > REWARD_FILTERS_MAX)
    compilation.errors.add(site, "filters", `a webhook has up to ${REWARD_FILTERS_MAX} filters`);
  for (const { id: _id, created_at: _created, updated_at: _updated, ...members } of filters.slice(
    0,
    REWARD_FILTERS_MAX,
  )) {
    const parameters = compilation.parameters(members, site);
    switch (parameters.oneOf("type", rewardFilterTypes)) {
      case "STATE":
        found.states.push(...(parameters.texts("states") ?? []));
        break;
      case "SUPPLIER":
        found.supplierIds.push(parameters.requiredText("reward_supplier_id"));
        break;
      case "TAGS":
        found.tags.push(...(parameters.texts("tags") ?? []));
        break;
      case "EXPRESSION": {
        const source = sourceWith(compilation, parameters, "expression", "webhook_filter");
        if (source?.kind === "code") found.expressions.push(source.pc);
        else parameters.report("expression", "expression must be one of run time, such as javascript@runtime:...");
        break;
      }
      case null:
        parameters.report("type", "a filter has a type");
    }
  }
  return found;
}
