// What is done to rewards: one table of verbs, and the change of a reward. What is legal is decided by the engine.

import { assert } from "../../base/assert.ts";
import { originOf, partitionOfReward } from "../../base/ids.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import { type MoveOrder, noDelivery, plainMove, type RewardVerb } from "../../model/reward.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { flagOf, numberOf, textOf } from "./bodies.ts";
import type { Directory } from "./directory.ts";
import { parseEventTime } from "./event_time.ts";
import {
  fulfilledAndSentSchema,
  fulfilledSchema,
  messageSchema,
  redeemedSchema,
  rewardChangeSchema,
  rewardSchema,
  sentSchema,
} from "./schemas.ts";
import { rewardChangeScopes } from "./scopes.ts";
import { rewardView } from "./views.ts";

interface VerbRoute {
  readonly operation: string;
  readonly path: string;
  readonly summary: string;
  readonly verb: RewardVerb;
  /** Null: the path takes no body. */
  readonly request: JsonSchema | null;
}

const verbRoutes: readonly VerbRoute[] = [
  {
    operation: "cancelReward",
    path: "/v2/rewards/{reward_id}/cancel",
    summary: "Cancel a reward before it is handed out",
    verb: "cancel",
    request: messageSchema,
  },
  {
    operation: "expireReward",
    path: "/v2/rewards/{reward_id}/expire",
    summary: "End a reward that was not redeemed",
    verb: "expire",
    request: messageSchema,
  },
  {
    operation: "revokeReward",
    path: "/v2/rewards/{reward_id}/revoke",
    summary: "Take back a reward that was handed out",
    verb: "revoke",
    request: messageSchema,
  },
  {
    operation: "retryReward",
    path: "/v2/rewards/{reward_id}/retry",
    summary: "Try to fulfil a failed reward again",
    verb: "retry",
    request: null,
  },
  {
    operation: "failCustomReward",
    path: "/v2/rewards/custom-reward/{reward_id}/failed",
    summary: "Report that a reward could not be fulfilled",
    verb: "fail",
    request: messageSchema,
  },
  {
    operation: "fulfillCustomReward",
    path: "/v2/rewards/custom-reward/{reward_id}/fulfilled",
    summary: "Report that a reward was fulfilled, or that the attempt failed",
    verb: "fulfil",
    request: fulfilledSchema,
  },
  {
    operation: "sendCustomReward",
    path: "/v2/rewards/custom-reward/{reward_id}/sent",
    summary: "Report that a reward was delivered",
    verb: "send",
    request: sentSchema,
  },
  {
    operation: "fulfillAndSendCustomReward",
    path: "/v2/rewards/custom-reward/{reward_id}/fulfilled_and_sent",
    summary: "Report that a reward was fulfilled and delivered",
    verb: "fulfil_and_send",
    request: fulfilledAndSentSchema,
  },
  {
    operation: "redeemCustomReward",
    path: "/v2/rewards/custom-reward/{reward_id}/redeemed",
    summary: "Report that a reward was redeemed",
    verb: "redeem",
    request: redeemedSchema,
  },
];

export function rewardVerbRoutes(runtime: RuntimeClient, directory: Directory): AnswerRoute[] {
  const common = { kind: "answer", scopes: rewardChangeScopes, query: [], response: rewardSchema } as const;
  return [
    {
      ...common,
      method: "PUT",
      operation: "updateReward",
      path: "/v2/rewards/{reward_id}",
      summary: "Move a reward to another sandbox or set when it expires",
      request: rewardChangeSchema,
      run: (call) => change(runtime, directory, call),
    },
    ...verbRoutes.map(({ verb, ...route }): AnswerRoute => {
      const isOpen = route.request === messageSchema || route.request === redeemedSchema;
      return {
        ...common,
        method: "POST",
        ...route,
        ...(isOpen ? { isBodyOptional: true as const } : {}),
        run: (call) => move(runtime, directory, verb, call),
      };
    }),
  ];
}

async function move(runtime: RuntimeClient, directory: Directory, verb: RewardVerb, call: Call): Promise<Answer> {
  return command(runtime, directory, call, (client, rewardId) => ({
    kind: "move_reward",
    client,
    rewardId,
    verb,
    order: orderOf(verb, call.body),
    ...(call.grant.identity === undefined ? {} : { operator: call.grant.identity }),
  }));
}

/** What the caller says of the move. Without a word about success it succeeded. */
function orderOf(verb: RewardVerb, body: unknown): MoveOrder {
  const canFail = verb === "fulfil" || verb === "send";
  return {
    ...plainMove(textOf(body, "message")),
    success: canFail ? (flagOf(body, "success") ?? true) : true,
    partnerRewardId: textOf(body, "partner_reward_id"),
    delivery: {
      ...noDelivery,
      costCode: textOf(body, "cost_code"),
      faceValue: numberOf(body, "face_value"),
      faceValueType: textOf(body, "face_value_type"),
      email: textOf(body, "email"),
      partnerSentId: textOf(body, "partner_reward_sent_id"),
      partnerRedeemId: textOf(body, "partner_reward_redeem_id"),
    },
  };
}

/** The sandboxes that every client has, and the container that each stands for. */
const containers: ReadonlyMap<string, string> = new Map([
  ["production-production", "production"],
  ["production-test", "test"],
]);

async function change(runtime: RuntimeClient, directory: Directory, call: Call): Promise<Answer> {
  const sandbox = textOf(call.body, "sandbox");
  const expires = textOf(call.body, "expires_at");
  const container = sandbox === null ? null : containers.get(sandbox);
  const expiresMs = expires === null ? null : parseEventTime(expires.replace(/\[[^\]]*\]$/, ""));
  const wrong: ApiError | null =
    container === undefined
      ? apiError("sandbox_not_found")
      : expires !== null && expiresMs === null
        ? apiError("invalid_parameter", { name: "expires_at" })
        : null;
  return command(runtime, directory, call, (client, rewardId) =>
    wrong === null ? { kind: "change_reward", client, rewardId, container: container ?? null, expiresMs } : wrong,
  );
}

/** A reward that is not there is said to be so, whatever else is wrong. */
async function command(
  runtime: RuntimeClient,
  directory: Directory,
  { grant, params }: Call,
  commandOf: (client: string, rewardId: string) => Parameters<RuntimeClient["command"]>[0] | ApiError,
): Promise<Answer> {
  const rewardId = params[0] ?? "";
  const partition = partitionOfReward(rewardId);
  if (partition === undefined || (await directory.reward(grant.client, rewardId)) === null) {
    return answerError(apiError("reward_not_found"));
  }
  const wanted = commandOf(grant.client, rewardId);
  if ("code" in wanted) return answerError(wanted);
  const { errorCode } = await runtime.command(wanted);
  if (errorCode !== null) {
    assert(isErrorCode(errorCode), `a command was refused with a code that is not in the catalogue: ${errorCode}`);
    return answerError(apiError(errorCode));
  }
  const reward = await directory.reward(grant.client, rewardId);
  assert(reward !== null && originOf(reward.personId) !== undefined, "a reward stays, and is a person's");
  return answerJson(rewardView(reward, await directory.person(reward.client, reward.personId)));
}
