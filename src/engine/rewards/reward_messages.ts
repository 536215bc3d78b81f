// Messages about rewards, between those that earn them, hand them out and bound them.

import { unreachable } from "../../base/assert.ts";
import { receiveMove, receiveMoved } from "../7_reward.ts";
import { takeBackShare, wantLease } from "../budgets/budgets.ts";
import type { Turn } from "../context.ts";
import { receiveReport } from "../coupons/coupon_lending.ts";
import { receiveNamed, serveAgain } from "../coupons/coupon_line.ts";
import { nameWaiters, receiveHanded } from "../coupons/coupon_waiters.ts";
import { receiveLent, returnLent } from "../coupons/coupon_loans.ts";
import { withdrawSome } from "../coupons/coupon_operations.ts";
import { allocateCoupon, receiveCoupon, takeBackCoupon } from "../coupons/coupons.ts";
import { claimFulfilment, receiveClaim, receiveGranted, returnFulfilment } from "./fulfilment.ts";
import { receiveHeldEnded } from "./held_rewards.ts";
import { carryOn, receiveLease } from "../budgets/lease_answers.ts";
import { openBudget, recallLease } from "../budgets/leases.ts";
import type { RewardMessage } from "../message.ts";

export function receiveAboutReward(turn: Turn, message: RewardMessage): void {
  switch (message.kind) {
    case "allocate_coupon":
      return allocateCoupon(turn, message);
    case "coupon_allocated":
      return receiveCoupon(turn, message);
    case "return_coupon":
      return takeBackCoupon(turn, message);
    case "withdraw_coupons":
      return withdrawSome(turn, message);
    case "coupons_lent":
      return receiveLent(turn, message);
    case "loan_reported":
      return receiveReport(turn, message);
    case "recall_coupons":
      return returnLent(turn, message);
    case "call_waiters":
      return nameWaiters(turn, message);
    case "waiters_named":
      return receiveNamed(turn, message);
    case "coupons_handed":
      return receiveHanded(turn, message);
    case "serve_waiters":
      return serveAgain(turn, message);
    case "lease_wanted":
      return wantLease(turn, message);
    case "lease_given":
      return receiveLease(turn, message);
    case "carry_lease_on":
      return carryOn(turn, message);
    case "recall_lease":
      return recallLease(turn, message);
    case "share_returned":
      return takeBackShare(turn, message);
    case "budget_open":
      return openBudget(turn, message);
    case "held_ended":
      return receiveHeldEnded(turn, message);
    case "claim_fulfilment":
      return claimFulfilment(turn, message);
    case "fulfilment_claimed":
      return receiveClaim(turn, message);
    case "fulfilments_granted":
      return receiveGranted(turn, message);
    case "return_fulfilment":
      return returnFulfilment(turn, message);
    case "move_reward":
      return receiveMove(turn, message);
    case "reward_moved":
      return receiveMoved(turn, message);
    default:
      unreachable(message);
  }
}
