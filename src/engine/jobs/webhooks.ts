// Webhooks: the calls that actions and rewards order, and what an answer means.
//
//   K1. A call is made with its job, by the expression of its webhook, and never again: a repetition is the same call.
//   K2. What an answer means is decided when its outcome is applied, by the webhook as it is then.
//   K3. A text that an expression yields may be all of what somebody sent in. It leads the call, and with it who we are, to no other receiver than that of its webhook.

import { memberOf } from "../../base/members.ts";
import type { AttemptResult, Job, OutgoingRequest } from "../../model/job.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import type { RewardSummary } from "../../model/person.ts";
import { webhookMethods } from "../../model/webhook.ts";
import {
  type CompiledWebhook,
  evaluate,
  isRuleError,
  nobody,
  type Program,
  REQUEST_BODY_LENGTH_MAX,
  REQUEST_URL_LENGTH_MAX,
  requestHeaders,
  requestMembers,
  type RuleCommand,
  type RuleContext,
  toJson,
  type ValueSource,
  type WebhookContext,
} from "../../rules/mod.ts";
import { programOf, reject, type Turn } from "../context.ts";
import type { Verdict } from "./job_kinds.ts";
import { generalDelays, rewardDelays } from "./retries.ts";
import { carryOutAnswer } from "./webhook_commands.ts";
import { summaryOf } from "../rewards/reward_events.ts";

export function webhookSubscriber(webhookId: string): string {
  return `webhook/${webhookId}`;
}

export interface Call {
  readonly webhook: CompiledWebhook;
  readonly payload: JsonObject;
  readonly reward: RewardSummary | null;
  /** For the list of what was refused. */
  readonly rootEventId: string;
}

/** K1. Null when the call cannot be made, and why is listed. */
export function requestOf(turn: Turn, program: Program, call: Call): OutgoingRequest | null {
  const { webhook, payload } = call;
  const wanted = webhook.request === null ? {} : valueOf(turn, program, webhook.request, contextOf(call));
  const request =
    wanted === null
      ? "webhook_request_failed"
      : leadsAway(webhook, wanted)
        ? "webhook_url_invalid"
        : shaped(webhook, payload, wanted);
  if (typeof request !== "string") return request;
  reject(turn, call.rootEventId, request);
  return null;
}

function contextOf({ webhook, payload, reward }: Call): WebhookContext {
  const { id, name, type, url, method } = webhook;
  return { id, name, type, url, method, data: payload, reward, result: null };
}

export function webhookRules(turn: Turn, webhook: WebhookContext, commands?: RuleCommand[]): RuleContext {
  const failures = turn.context.effects.ruleFailures;
  return { ...nobody, nowMs: turn.nowMs, failures, webhook, ...(commands === undefined ? {} : { commands }) };
}

/** Null: the expression failed. */
function valueOf(
  turn: Turn,
  program: Program,
  source: ValueSource,
  webhook: WebhookContext,
  commands?: RuleCommand[],
): JsonValue {
  if (source.kind === "constant") return source.value;
  const value = evaluate(program.rules, source.pc, webhookRules(turn, webhook, commands));
  if (isRuleError(value)) return null;
  const isBuilt = typeof value === "object" && value !== null && value.type === "request_builder";
  return isBuilt ? value.members : toJson(value);
}

/** K3. Objects and builders say on purpose where they lead, and so does a text that is written in the webhook itself. */
function leadsAway({ request, url: own }: CompiledWebhook, wanted: JsonValue): boolean {
  if (request?.kind !== "code" || typeof wanted !== "string") return false;
  const { url } = requestMembers(wanted);
  return typeof url === "string" && url !== "" && receiverOf(url) !== receiverOf(own);
}

/** Scheme, name and port, as written. */
function receiverOf(url: string): string {
  return /^https?:\/\/[^/?#\\]*/i.exec(url)?.[0].toLowerCase() ?? "";
}

/** A text is the body, unless it says in JSON what the request is, as templates do. A refusal is a text. */
function shaped(webhook: CompiledWebhook, payload: JsonObject, wanted: JsonValue): OutgoingRequest | string {
  const { url, method, headers, body, urlTemplateParameters } = requestMembers(wanted);
  const named = webhookMethods.find((each) => each === method) ?? webhook.method;
  const target = filledIn(typeof url === "string" && url !== "" ? url : webhook.url, urlTemplateParameters);
  if (target.length > REQUEST_URL_LENGTH_MAX || !/^https?:\/\//i.test(target)) return "webhook_url_invalid";
  const sent = body === undefined ? payload : body;
  const text = named === "GET" ? null : textOfBody(sent);
  if (text !== null && text.length > REQUEST_BODY_LENGTH_MAX) return "webhook_body_too_large";
  const given = requestHeaders(headers);
  if (given === null) return "webhook_headers_invalid";
  const isTyped = text === null || Object.keys(given).some((name) => name.toLowerCase() === "content-type");
  return {
    method: named,
    url: target,
    headers: isTyped ? given : { "content-type": "application/json", ...given },
    body: text,
    keyId: webhook.clientKeyId,
    readsAnswer: webhook.responseHandler !== null,
  };
}

function textOfBody(body: JsonValue): string | null {
  if (body === null) return null;
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** Steps to another path, escaped or not. */
const PATH_STEP = /^\.{1,2}$/;

/** What is filled in comes from anybody: it stays one part of the address where it stands. */
function filledIn(url: string, parameters: JsonValue | undefined): string {
  if (!isJsonObject(parameters)) return url;
  return url.replaceAll(/\{([A-Za-z0-9_.-]{1,100})\}/g, (whole, name: string) => {
    const value = memberOf(parameters, name);
    if (typeof value !== "string" && typeof value !== "number") return whole;
    const text = String(value).toWellFormed();
    return PATH_STEP.test(text) ? whole : encodeURIComponent(text);
  });
}

/** A receiver that says so will never take it. */
const GONE = 410;

export function judgeWebhook(turn: Turn, job: Job, result: AttemptResult): Verdict {
  const webhook = webhookOf(turn, job);
  const delays = delaysOf(job, webhook);
  const retry: Verdict = { kind: "retry", delays, askedMs: null, detail: null };
  switch (result.kind) {
    case "answered": {
      const { status, retryAfterMs } = result;
      if (webhook !== undefined && webhook.responseHandler !== null) return judgeByHandler(turn, job, webhook, result);
      if (status >= 200 && status < 300) return { kind: "done", detail: null };
      if (status === GONE) return { kind: "dead", detail: "the receiver is gone for good" };
      return { ...retry, askedMs: retryAfterMs };
    }
    case "not_sent":
      return result.isFinal ? { kind: "dead", detail: null } : retry;
    // Sent again under the same key: the receiver tells a repetition.
    case "unknown":
      return retry;
    case "done":
      return { kind: "done", detail: null };
  }
}

function delaysOf(job: Job, webhook: CompiledWebhook | undefined): readonly number[] {
  return webhook?.retryMs ?? (job.rewardId === null ? generalDelays : rewardDelays);
}

/** K2. "RETRY" tries again; "OK", a command and anything else take the answer as the end. A handler that fails decides nothing: the status does. */
function judgeByHandler(
  turn: Turn,
  job: Job,
  webhook: CompiledWebhook,
  answer: Extract<AttemptResult, { kind: "answered" }>,
): Verdict {
  const program = programOf(turn, job.client);
  const { responseHandler } = webhook;
  if (program === undefined || responseHandler === null) return { kind: "done", detail: null };
  const commands: RuleCommand[] = [];
  const delays = delaysOf(job, webhook);
  const { id, name, type, url, method } = webhook;
  const { request, data } = job;
  const { status, body } = answer;
  const result = { attempts: job.attempts, retries: delays.length, request, status, body: body ?? "" };
  const reward = job.rewardId === null ? undefined : turn.state.find("reward", job.rewardId);
  const context = {
    id,
    name,
    type,
    url,
    method,
    data,
    reward: reward === undefined ? null : summaryOf(reward),
    result,
  };
  const said = valueOf(turn, program, responseHandler, context, commands);
  const isSuccess = status >= 200 && status < 300;
  if (said === "RETRY" || (said === null && commands.length === 0 && !isSuccess))
    return {
      kind: "retry",
      delays,
      askedMs: answer.retryAfterMs,
      detail: said === null ? null : "the handler said RETRY",
    };
  carryOutAnswer(turn, job, commands);
  return { kind: "done", detail: null };
}

function webhookOf(turn: Turn, { client, order }: Job): CompiledWebhook | undefined {
  if (order.kind !== "WEBHOOK") return undefined;
  return memberOf(programOf(turn, client)?.webhooks, order.webhookId);
}
