// The context API of webhooks: the payload, the webhook, the reward that it is about; a builder of the request; and in response handlers, the answer.

import { setMember } from "../base/members.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { JSON_SIZE_MAX } from "./limits.ts";
import { type Method, onBuilder, onWebhook, onWebhookThing } from "./method.ts";
import type { Frame } from "./program.ts";
import { fault, fromJson, jsonWithin, type RuleValue } from "./value.ts";

const WEBHOOK: RuleValue = { type: "webhook_definition" };
const RESULT: RuleValue = { type: "dispatch_result" };
const REWARDS: RuleValue = { type: "reward_service" };
const BUILDER = "request_builder";

export const webhookMethods: readonly Method[] = [
  ...onWebhook("getWebhook", { result: "webhook_definition" }, () => WEBHOOK),
  ...onWebhook("getData", { result: "map" }, ({ context }) => fromJson(context.webhook?.data ?? {})),
  ...onWebhook("getEvent", { result: "map" }, ({ context }) => fromJson(context.webhook?.data ?? {})),
  ...onWebhook("getReward", { result: "reward" }, ({ context }) => {
    const reward = context.webhook?.reward ?? null;
    return reward === null ? null : { type: "reward", reward };
  }),
  // The request is made once, so its first attempt is the only one that it knows.
  ...onWebhook("getAttemptCount", { result: "number" }, ({ context }) => context.webhook?.result?.attempts ?? 1),
  ...onWebhook("createRequestBuilder", { result: BUILDER }, () => ({ type: BUILDER, members: {} }), ["webhook"]),
  ...onWebhook(
    "createRequestBuilderWithDefaults",
    { result: BUILDER },
    ({ context }) => {
      const { url = "", method = "POST", data = {} } = context.webhook ?? {};
      return { type: BUILDER, members: { url, method, headers: {}, body: data } };
    },
    ["webhook"],
  ),
  ...onWebhook("getWebhookDispatchResultEvent", { result: "dispatch_result" }, () => RESULT, ["webhook_response"]),
  ...onWebhook("getResponse", { result: "dispatch_result" }, () => RESULT, ["webhook_response"]),
  ...onWebhook("getRewardService", { result: "reward_service" }, () => REWARDS, ["webhook_response"]),

  onWebhookThing("webhook_definition", "getId", "string", ({ context }) => context.webhook?.id ?? null),
  onWebhookThing("webhook_definition", "getName", "string", ({ context }) => context.webhook?.name ?? null),
  onWebhookThing("webhook_definition", "getUrl", "string", ({ context }) => context.webhook?.url ?? null),
  onWebhookThing("webhook_definition", "getType", "string", ({ context }) => context.webhook?.type ?? null),
  onWebhookThing("webhook_definition", "getDefaultMethod", "string", ({ context }) => context.webhook?.method ?? null),

  setter("withUrl", "url"),
  setter("withMethod", "method"),
  setter("withBody", "body"),
  putter("addHeader", "headers"),
  putter("addUrlTemplateParameter", "urlTemplateParameters"),
  onBuilder(BUILDER, "build", { result: "map" }, (_frame, members) => fromJson(members)),

  ...(["getResponseStatus", "getResponseStatusCode", "getStatusCode", "getStatus"] as const).map((name) =>
    onWebhookThing("dispatch_result", name, "number", ({ context }) => context.webhook?.result?.status ?? null),
  ),
  ...(["getResponseBody", "getBody"] as const).map((name) =>
    onWebhookThing("dispatch_result", name, "string", ({ context }) => context.webhook?.result?.body ?? null),
  ),
  onWebhookThing("dispatch_result", "getJson", "any", jsonOf),
  onWebhookThing(
    "dispatch_result",
    "getRequestBody",
    "string",
    ({ context }) => context.webhook?.result?.request?.body ?? null,
  ),
  onWebhookThing(
    "dispatch_result",
    "getRequestUrl",
    "string",
    ({ context }) => context.webhook?.result?.request?.url ?? null,
  ),
  onWebhookThing(
    "dispatch_result",
    "getAttemptCount",
    "number",
    ({ context }) => context.webhook?.result?.attempts ?? 0,
  ),
  onWebhookThing(
    "dispatch_result",
    "getConfiguredRetriesCount",
    "number",
    ({ context }) => context.webhook?.result?.retries ?? 0,
  ),
];

/** The body as data; null when it is no JSON. What a body says is never code. */
function jsonOf(frame: Frame): RuleValue {
  const body = frame.context.webhook?.result?.body ?? "";
  frame.gas -= body.length;
  if (frame.gas < 0) return fault("gas", "the expression took more gas than an evaluation has");
  try {
    return fromJson(JSON.parse(body) as JsonValue);
  } catch {
    // A receiver may answer with anything.
    return null;
  }
}

function setter(name: string, member: string): Method {
  return onBuilder(BUILDER, name, { parameters: ["any"], result: BUILDER }, (frame, members, value) =>
    withMember(frame, members, member, value),
  );
}

function putter(name: string, member: string): Method {
  return onBuilder(BUILDER, name, { parameters: ["string", "any"], result: BUILDER }, (frame, members, key, value) => {
    const before = members[member];
    const map: JsonObject =
      typeof before === "object" && before !== null && !Array.isArray(before) ? { ...before } : {};
    const json = jsonWithin(value, budgetOf(frame));
    if (json === undefined) return TOO_LARGE;
    setMember(map, typeof key === "string" ? key : "", json);
    frame.gas -= Object.keys(map).length;
    return { type: BUILDER, members: { ...members, [member]: map } };
  });
}

const TOO_LARGE = fault("map_size", "the request is too large");

function withMember(frame: Frame, members: JsonObject, name: string, value: RuleValue): RuleValue {
  const budget = budgetOf(frame);
  const given = budget.left;
  const json = jsonWithin(value, budget);
  frame.gas -= given - budget.left;
  return json === undefined ? TOO_LARGE : { type: BUILDER, members: { ...members, [name]: json } };
}

function budgetOf(frame: Frame): { left: number } {
  return { left: Math.min(JSON_SIZE_MAX, Math.max(0, frame.gas)) };
}
