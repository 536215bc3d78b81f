// The context API of webhooks: the payload, the webhook, the reward that it is about; a builder of the request; and in response handlers, the answer.

import { jsonOfBody, withEntry, withMember } from "./builder_members.ts";
import { type Method, method, type MethodShape, onBuilder, onSingle, wrongReceiver } from "./method.ts";
import type { Frame } from "../program.ts";
import { fromJson, type RuleValue, typeOf } from "../value.ts";

const WEBHOOK: RuleValue = { type: "webhook_definition" };
const RESULT: RuleValue = { type: "dispatch_result" };
const REWARDS: RuleValue = { type: "reward_service" };
const BUILDER = "request_builder";
const webhookRoots = ["webhook", "webhook_response", "webhook_filter"] as const;

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

  onSingle("webhook_definition", "getId", "string", ({ context }) => context.webhook?.id ?? null),
  onSingle("webhook_definition", "getName", "string", ({ context }) => context.webhook?.name ?? null),
  onSingle("webhook_definition", "getUrl", "string", ({ context }) => context.webhook?.url ?? null),
  onSingle("webhook_definition", "getType", "string", ({ context }) => context.webhook?.type ?? null),
  onSingle("webhook_definition", "getDefaultMethod", "string", ({ context }) => context.webhook?.method ?? null),

  setter("withUrl", "url"),
  setter("withMethod", "method"),
  setter("withBody", "body"),
  putter("addHeader", "headers"),
  putter("addUrlTemplateParameter", "urlTemplateParameters"),
  onBuilder(BUILDER, "build", { result: "map" }, (_frame, members) => fromJson(members)),

  ...(["getResponseStatus", "getResponseStatusCode", "getStatusCode", "getStatus"] as const).map((name) =>
    onSingle("dispatch_result", name, "number", ({ context }) => context.webhook?.result?.status ?? null),
  ),
  ...(["getResponseBody", "getBody"] as const).map((name) =>
    onSingle("dispatch_result", name, "string", ({ context }) => context.webhook?.result?.body ?? null),
  ),
  onSingle("dispatch_result", "getJson", "any", (frame) =>
    jsonOfBody(frame, frame.context.webhook?.result?.body ?? ""),
  ),
  onSingle(
    "dispatch_result",
    "getRequestBody",
    "string",
    ({ context }) => context.webhook?.result?.request?.body ?? null,
  ),
  onSingle(
    "dispatch_result",
    "getRequestUrl",
    "string",
    ({ context }) => context.webhook?.result?.request?.url ?? null,
  ),
  onSingle("dispatch_result", "getAttemptCount", "number", ({ context }) => context.webhook?.result?.attempts ?? 0),
  onSingle(
    "dispatch_result",
    "getConfiguredRetriesCount",
    "number",
    ({ context }) => context.webhook?.result?.retries ?? 0,
  ),
];

function setter(name: string, member: string): Method {
  return onBuilder(BUILDER, name, { parameters: ["any"], result: BUILDER }, (frame, members, value) =>
    withMember(frame, { type: BUILDER, members }, member, value),
  );
}

function putter(name: string, member: string): Method {
  return onBuilder(BUILDER, name, { parameters: ["string", "any"], result: BUILDER }, (frame, members, key, value) =>
    withEntry(frame, { type: BUILDER, members }, member, { key, value }),
  );
}

/** A method of the context of webhooks: in all its forms, unless it is of some of them. */
function onWebhook(
  name: string,
  shape: MethodShape,
  run: (frame: Frame) => RuleValue,
  owners: readonly (typeof webhookRoots)[number][] = webhookRoots,
): Method[] {
  return owners.map((owner) =>
    method(owner, name, shape, (frame, receiver) =>
      typeOf(receiver) === owner ? run(frame) : wrongReceiver(receiver, name),
    ),
  );
}
