// Payouts: rewards that a provider outside hands out. The job bears the reward's id as its key, at every attempt and for every job of the reward.
//
//   O1. While a job is under way the reward can be neither canceled nor failed nor expired: the provider may be paying.
//   O2. An order that the provider refused, or that never left, leaves a failed row and is tried again as any fulfilment. One of which nobody knows whether
//       it arrived is asked for by its key, never placed anew unasked; if that brings no answer either, an operator has to look.
//   O3. What the provider says it paid is fulfilled.

import type { AttemptResult, Job } from "../../model/job.ts";
import type { JsonValue } from "../../model/json.ts";
import { payoutProviders } from "../../model/payout.ts";
import { noDelivery, plainMove, type Reward } from "../../model/reward.ts";
import type { CompiledSupplier } from "../../rules/mod.ts";
import { moveReward } from "../7_reward.ts";
import { alert } from "../alerts.ts";
import { newId, type Turn } from "../context.ts";
import { beginJob } from "../jobs/deliveries.ts";
import { attemptFailed, type FulfilmentClaim, fulfilmentStopped, giveBackFulfilment } from "./fulfilment.ts";
import type { Verdict } from "../jobs/job_kinds.ts";
import { endOfErased, isOfErased } from "./reward_erasure.ts";
import { supplierOf } from "./reward_moves.ts";
import { expectExpiry } from "./reward_timers.ts";
import { hasLimits } from "./supplier_limits.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** How long after an attempt of unknown outcome the provider is asked. */
const askingDelays: readonly number[] = [5 * SECOND_MS, MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS, 360 * MINUTE_MS];

export function isPayout({ reward_supplier_type: type }: CompiledSupplier): boolean {
  return payoutProviders.some((provider) => provider === type);
}

export function orderPayout(turn: Turn, reward: Reward, supplier: CompiledSupplier): void {
  const provider = payoutProviders.find((own) => own === supplier.reward_supplier_type);
  const person = turn.state.find("person", reward.personId);
  const email = addressOf(turn, reward);
  if (provider === undefined || email === null || reward.isSubmitted) return;
  const firstName = person?.data["first_name"]?.value ?? "";
  const { client, personId, campaignId, campaignVersion, causeEventId, rootEventId, container, sandbox } = reward;
  reward.isSubmitted = true;
  beginJob(turn, {
    id: newId(turn),
    client,
    personId,
    order: {
      kind: "PAYOUT",
      provider,
      amount: reward.faceValue,
      currency: reward.faceValueType,
      email,
      firstName: typeof firstName === "string" ? firstName : "",
      accountId: supplier.account_id ?? null,
      utid: supplier.utid ?? null,
      merchantToken: supplier.merchant_token ?? null,
    },
    subscriber: `payout/${provider}`,
    idempotencyKey: reward.id,
    rewardId: reward.id,
    request: null,
    data: {},
    campaignId,
    campaignVersion,
    actionId: reward.actionId,
    causeEventId,
    rootEventId,
    container,
    sandbox,
    depth: reward.depth,
    createdMs: turn.nowMs,
  });
}

/** The reward lives where its person was when it was earned. */
export function addressOf({ state }: Turn, { personId }: Reward): string | null {
  return state.find("person", personId)?.email ?? null;
}

/** O2. */
export function judgePayout(_turn: Turn, _job: Job, result: AttemptResult): Verdict {
  switch (result.kind) {
    case "done":
      return { kind: "done", detail: null };
    case "unknown":
      return { kind: "retry", delays: askingDelays, askedMs: null, detail: null };
    case "answered":
    case "not_sent":
      return { kind: "dead", detail: null };
  }
}

export function concludePayout(turn: Turn, { rewardId, createdMs }: Job, result: AttemptResult): void {
  const reward = rewardId === null ? undefined : turn.state.edit("reward", rewardId);
  if (reward === undefined) return;
  reward.isSubmitted = false;
  if (result.kind === "done") return paid(turn, reward, result.value);
  const supplier = supplierOf(turn, reward);
  if (result.kind !== "unknown" && supplier !== undefined && hasLimits(supplier))
    giveBackFulfilment(turn, { ...referenceOf(reward), atMs: createdMs });
  if (reward.state !== "EARNED") return;
  if (result.kind === "unknown")
    fulfilmentStopped(turn, reward, `nobody knows whether the provider paid: ${result.reason}`);
  else if (isOfErased(turn, reward)) endOfErased(turn, reward);
  else attemptFailed(turn, reward, whyNot(result));
  expectExpiry(turn, reward);
}

function paid(turn: Turn, reward: Reward, said: { readonly [name: string]: JsonValue }): void {
  const partnerRewardId = typeof said["partner_reward_id"] === "string" ? said["partner_reward_id"] : null;
  const { id: subject, client, state } = reward;
  if (state !== "EARNED") {
    if (reward.partnerRewardId !== partnerRewardId)
      alert(turn, { kind: "paid_unexpectedly", client, subject, text: `paid by the provider while ${state}` });
    return;
  }
  moveReward(turn, reward, "FULFILLED", { ...plainMove(null), partnerRewardId });
  const sentTo = said["sent_to"];
  if (typeof sentTo !== "string") return;
  const email = isOfErased(turn, reward) ? null : sentTo;
  moveReward(turn, reward, "SENT", {
    ...plainMove(null),
    delivery: { ...noDelivery, email, partnerSentId: partnerRewardId },
  });
}

function referenceOf({ client, supplierId, id: rewardId }: Reward): FulfilmentClaim {
  return { client, supplierId, rewardId };
}

function whyNot(result: Exclude<AttemptResult, { readonly kind: "done" | "unknown" }>): string {
  if (result.kind === "not_sent") return result.reason;
  return `the provider answered ${result.status}${result.body === null ? "" : `: ${result.body.slice(0, 200)}`}`;
}
