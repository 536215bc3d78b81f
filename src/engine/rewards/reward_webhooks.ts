// REWARD webhooks: a call for each move of each reward, to those whose filters let it through.

import { memberOf } from "../../base/members.ts";
import type { JsonObject } from "../../model/json.ts";
import { FULFILL_FAILED, type MoveOrder, type Reward, type RewardState } from "../../model/reward.ts";
import { type CompiledWebhook, evaluate, isoDate, type Program } from "../../rules/mod.ts";
import { summaryOf } from "./reward_events.ts";
import { newId, programOf, type Turn } from "../context.ts";
import { beginJob } from "../jobs/deliveries.ts";
import { requestOf, webhookRules, webhookSubscriber } from "../jobs/webhooks.ts";

const typeOfMove: { readonly [S in RewardState]: string } = {
  EARNED: "reward_earned",
  FULFILLED: "reward_fulfilled",
  SENT: "reward_sent",
  REDEEMED: "reward_redeemed",
  CANCELED: "reward_canceled",
  REVOKED: "reward_revoked",
  FAILED: "reward_failed",
  EXPIRED: "reward_expired",
};

/** To be called when the move stands in the reward's history. */
export function tellWebhooks(turn: Turn, reward: Reward, to: RewardState, move: MoveOrder): void {
  const program = programOf(turn, reward.client);
  if (program === undefined) return;
  for (const webhook of program.rewardWebhooks) orderCall(turn, program, { webhook, reward, to, move });
}

interface RewardCall {
  readonly webhook: CompiledWebhook;
  readonly reward: Reward;
  readonly to: RewardState;
  readonly move: MoveOrder;
}

function orderCall(turn: Turn, program: Program, call: RewardCall): void {
  const { webhook, reward, to, move } = call;
  const type = to === "FULFILLED" && !move.success ? "reward_fulfillment_failed" : typeOfMove[to];
  const id = newId(turn);
  const payload = payloadOf(turn, program, call, { id, type });
  const summary = summaryOf(reward);
  if (!passes(turn, program, call, payload)) return;
  const { client, personId, causeEventId, rootEventId, container, sandbox } = reward;
  const request = requestOf(turn, program, { webhook, payload, reward: summary, rootEventId });
  if (request === null) return;
  beginJob(turn, {
    id,
    client,
    personId,
    order: { kind: "WEBHOOK", webhookId: webhook.id },
    subscriber: webhookSubscriber(webhook.id),
    // A reward makes each move once a row of its history.
    idempotencyKey: `${reward.id}-${type}-${reward.history.length}`,
    rewardId: reward.id,
    request,
    data: payload,
    campaignId: reward.campaignId,
    campaignVersion: reward.campaignVersion,
    actionId: null,
    causeEventId,
    rootEventId,
    container,
    sandbox,
    depth: reward.depth,
    createdMs: turn.nowMs,
  });
}

/** One of each kind of filter that there is. */
function passes(turn: Turn, program: Program, { webhook, reward, to, move }: RewardCall, payload: JsonObject): boolean {
  const { states, supplierIds, tags, expressions } = webhook.filters;
  const state = to === "FULFILLED" && !move.success ? FULFILL_FAILED : to;
  if (states.length > 0 && !states.includes(state)) return false;
  if (supplierIds.length > 0 && !supplierIds.includes(reward.supplierId)) return false;
  if (tags.length > 0 && !reward.tags.some((tag) => tags.includes(tag))) return false;
  if (expressions.length === 0) return true;
  const { id, name, type, url, method } = webhook;
  const context = { id, name, type, url, method, data: payload, reward: summaryOf(reward), result: null };
  return expressions.some((pc) => evaluate(program.rules, pc, webhookRules(turn, context)) === true);
}

const SCHEMA_VERSION = "1";

function payloadOf(
  turn: Turn,
  program: Program,
  { reward, to, move }: RewardCall,
  { id, type }: { readonly id: string; readonly type: string },
): JsonObject {
  const person = turn.state.find("person", reward.personId);
  return {
    type,
    event_id: id,
    event_time: isoDate(move.eventMs ?? turn.nowMs),
    reward_id: reward.id,
    reward_supplier_id: reward.supplierId,
    reward_supplier_name: memberOf(program.suppliers, reward.supplierId)?.name ?? "",
    partner_reward_supplier_id: reward.partnerSupplierId,
    reward_supplier_type: reward.supplierType,
    person_id: reward.personId,
    partner_user_id: person?.partnerUserId ?? null,
    face_value: reward.faceValue,
    face_value_type: reward.faceValueType,
    message: move.message ?? "",
    data: reward.data,
    schema_version: SCHEMA_VERSION,
    ...(to === "FULFILLED" ? { partner_reward_id: reward.partnerRewardId } : {}),
    ...(to === "SENT" ? { email: move.delivery?.email ?? person?.email ?? null } : {}),
    ...(to === "REDEEMED" ? { partner_event_id: move.partnerEventId } : {}),
  };
}
