// A new reward: what an action's terms and its supplier make of an event.

import { memberOf } from "../../base/members.ts";
import type { JsonObject } from "../../model/json.ts";
import type { NamedValue } from "../../model/person.ts";
import { type MoveOrder, plainMove, type Reward, type RewardMove, type RewardState } from "../../model/reward.ts";
import {
  type CompiledCampaign,
  type CompiledSupplier,
  nobody,
  parseDateMs,
  parseDurationMs,
  type Program,
  type RuleContext,
} from "../../rules/mod.ts";
import { textOf } from "../1_route.ts";
import type { Acting } from "../6_act.ts";
import { isCoupon } from "./fulfilment.ts";
import { sourceValueBy } from "../values.ts";

/** A person whose event is being processed. */
export type Earning = Pick<Acting, "turn" | "progress" | "program">;

export interface RewardTerms {
  readonly supplierId: string | null;
  readonly campaign: Pick<CompiledCampaign, "id" | "version" | "program">;
  /** Or reward rule: what the reward's id is made of. */
  readonly actionId: string;
  readonly shownActionId: string;
  readonly name: string | null;
  readonly tags: string[];
  readonly slots: string[];
  readonly data: JsonObject;
  readonly value: number | null;
  readonly journeyName: string | null;
  readonly journeyKey: NamedValue | null;
  readonly earnedMs: number;
  /** What expressions of the supplier see; null where no rule decided. */
  readonly context: RuleContext | null;
}

export function newReward(
  { turn, progress, program }: Earning,
  terms: RewardTerms,
  supplier: CompiledSupplier,
  id: string,
): Reward {
  const { event, client } = progress.inFlight;
  const { value, earnedMs, campaign } = terms;
  return {
    id,
    client,
    personId: progress.person.id,
    name: terms.name,
    state: "EARNED",
    isFulfilFailed: false,
    faceValue: faceValueOf(supplier, value),
    faceValueType: supplier.face_value_type,
    supplierId: supplier.id,
    supplierType: supplier.reward_supplier_type,
    partnerSupplierId: supplier.partner_reward_supplier_id ?? null,
    partnerRewardId: null,
    partnerRewardKeyType: supplier.partner_reward_key_type ?? (isCoupon(supplier) ? "COUPON" : "ID"),
    campaignId: campaign.id,
    programHash: program.hash,
    campaignVersion: campaign.version,
    program: campaign.program,
    actionId: terms.shownActionId,
    causeEventId: event.id,
    rootEventId: event.rootId,
    depth: event.depth + 1,
    journeyName: terms.journeyName,
    journeyKey: terms.journeyKey,
    container: event.container,
    sandbox: event.sandbox,
    tags: terms.tags,
    slots: terms.slots,
    data: terms.data,
    valueOfRewardedEvent: value,
    earnedMs,
    createdMs: turn.nowMs,
    updatedMs: turn.nowMs,
    expiresMs: expiryOf(program, supplier, terms),
    attemptMs: null,
    alertMs: null,
    failMs: null,
    attempts: 0,
    isSubmitted: false,
    budgets: [],
    redeemedMs: null,
    history: [rowOf(plainMove(null), "EARNED", null, earnedMs)],
  };
}

/** An expression is asked when the reward is earned; what is no date and no duration is no expiry. */
function expiryOf(
  program: Program,
  { expiresAt }: CompiledSupplier,
  { context, earnedMs }: RewardTerms,
): number | null {
  if (expiresAt === null || (expiresAt.kind === "code" && context === null)) return null;
  const text = textOf(sourceValueBy(program.rules, expiresAt, context ?? nobody));
  if (text === null) return null;
  const durationMs = parseDurationMs(text);
  return durationMs === null ? parseDateMs(text) : earnedMs + durationMs;
}

/** Member by member: spread, rows took a sixth of what a claim costs its worker. */
export function rowOf(move: MoveOrder, state: RewardState, operatorUserId: string | null, atMs: number): RewardMove {
  const { success, message, partnerRewardId, amount, partnerEventId, data, delivery } = move;
  return {
    success,
    message,
    partnerRewardId,
    amount,
    partnerEventId,
    data,
    delivery,
    state,
    operatorUserId,
    atMs,
  };
}

/** A half that a double cannot hold may lie this share below it; far less than a real amount differs from a half. */
const ROUNDING_SLACK = 1e-9 / 2 ** 16;

/** CASH_BACK pays a fraction of the event's value within its bounds, in hundredths, rounded half up; without a value, nothing but the minimum. */
function faceValueOf(supplier: CompiledSupplier, value: number | null): number {
  if (supplier.face_value_algorithm_type === "FIXED") return supplier.face_value ?? 0;
  const hundredths = (value ?? 0) * (supplier.cash_back_percentage ?? 0) * 100;
  const share = Math.round(hundredths * (1 + ROUNDING_SLACK) + ROUNDING_SLACK) / 100;
  return Math.min(Math.max(share, supplier.cash_back_min ?? 0), supplier.cash_back_max ?? Number.MAX_SAFE_INTEGER);
}

/** What the supplier pays for an event of that value. */
export function faceValueFrom(program: Program, supplierId: string, value: number | null): number {
  const supplier = memberOf(program.suppliers, supplierId);
  return supplier === undefined ? 0 : faceValueOf(supplier, value);
}
