// A budget's answer of a former version, which one record carried out for all who waited: those that grants led to while it did were among them.

import type { Lease } from "../../model/budget.ts";
import type { Turn } from "../context.ts";
import { withholdHeld } from "../rewards/held_rewards.ts";
import { grant, isRefusalFor, type LeaseGiven } from "./lease_answers.ts";
import { askForWaiting, covers, giveBack, needOfWaiter, take } from "./leases.ts";

/** Its share is in the lease already. */
export function receiveLeaseBefore(turn: Turn, lease: Lease, given: LeaseGiven): void {
  const reference = { client: given.client, budget: given.budget };
  let refused = 0;
  for (let waiter = lease.waiting.shift(); waiter !== undefined; waiter = lease.waiting.shift()) {
    const held = turn.state.edit("heldReward", typeof waiter === "string" ? waiter : waiter.rewardId);
    if (held === undefined) continue;
    const need = needOfWaiter(turn, waiter);
    if (isRefusalFor(given, need, refused)) {
      refused++;
      giveBack(turn, held.reward);
      withholdHeld(turn, held);
    } else if (covers(lease, need)) {
      take(lease, need);
      grant(turn, reference, held);
    } else {
      lease.waiting.unshift(waiter);
      break;
    }
  }
  lease.isAsking = false;
  askForWaiting(turn, reference, lease);
}
