// Which moves a reward may make: the table of `model/reward.ts`, and what its supplier says instead.
//
//   M1. A supplier's word replaces the row of each state that it names, for as long as the client has the supplier. Expiry is not the supplier's to allow
//       or to refuse: it stays as the table has it.
//   M3. What a provider may be paying at the moment can be neither canceled nor failed nor expired.
//   M2. What was canceled or expired stays so, whatever its supplier says: its share of a budget may be another's by now.

import { memberOf } from "../../base/members.ts";
import { type Reward, rewardMoves, type RewardState } from "../../model/reward.ts";
import type { CompiledSupplier } from "../../rules/mod.ts";
import { programOf, type Turn } from "../context.ts";

export function supplierOf(
  turn: Turn,
  { client, supplierId }: Pick<Reward, "client" | "supplierId">,
): CompiledSupplier | undefined {
  return memberOf(programOf(turn, client)?.suppliers, supplierId);
}

/** What decides about a move. Hot path: whoever has the whole reward passes it as it is. */
type Movable = Pick<Reward, "client" | "supplierId" | "state"> & Partial<Pick<Reward, "isSubmitted">>;

export function isLegalMove(turn: Turn, reward: Movable, to: RewardState): boolean {
  const { state, isSubmitted = false } = reward;
  if (isSubmitted && (to === "CANCELED" || to === "FAILED" || to === "EXPIRED")) return false;
  const named = supplierOf(turn, reward)?.state_transitions?.[state];
  const isOver = state === "CANCELED" || state === "EXPIRED";
  return named === undefined || isOver || to === "EXPIRED" ? rewardMoves[state].includes(to) : named.includes(to);
}
