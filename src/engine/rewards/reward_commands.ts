// What the API does with rewards: verbs and changes, decided where the reward lives. Each is answered with a code or with nothing.

import type { LogRecord } from "../../model/record.ts";
import { plainMove, type Reward, type RewardState, type RewardVerb } from "../../model/reward.ts";
import type { ChangeReward, MoveReward } from "../command.ts";
import { idOf, reply, type Turn } from "../context.ts";
import { editPerson } from "../person/trail.ts";
import { expectFulfilment, fulfil } from "./fulfilment.ts";
import { expectExpiry } from "./reward_timers.ts";
import { isLegalMove, supplierOf } from "./reward_moves.ts";
import { moveReward, tellPerson, writeMove } from "../7_reward.ts";

type Refusal =
  | "reward_not_found"
  | "reward_type_not_supported"
  | "reward_supplier_not_found"
  | "reward_illegal_state_transition"
  | "reward_in_not_retryable_state"
  | "retry_claimed_reward_not_allowed";

interface Verb {
  /** The moves that it makes, in order. */
  readonly to: readonly RewardState[];
  /** Only of rewards that the client hands out itself. */
  readonly isCustomOnly: boolean;
}

const verbs: Readonly<Record<Exclude<RewardVerb, "retry">, Verb>> = {
  cancel: { to: ["CANCELED"], isCustomOnly: false },
  expire: { to: ["EXPIRED"], isCustomOnly: false },
  revoke: { to: ["REVOKED"], isCustomOnly: false },
  fail: { to: ["FAILED"], isCustomOnly: true },
  fulfil: { to: ["FULFILLED"], isCustomOnly: true },
  send: { to: ["SENT"], isCustomOnly: true },
  fulfil_and_send: { to: ["FULFILLED", "SENT"], isCustomOnly: true },
  redeem: { to: ["REDEEMED"], isCustomOnly: true },
};

export function applyRewardVerb(turn: Turn, record: LogRecord, command: MoveReward): void {
  const { client, rewardId, verb } = command;
  const reward = turn.state.edit("reward", rewardId);
  const refused =
    reward === undefined || reward.client !== client
      ? "reward_not_found"
      : verb === "retry"
        ? retry(turn, reward, command)
        : moveBy(turn, reward, verbs[verb], command);
  reply(turn, idOf(record), { personId: null, errorCode: refused });
}

function moveBy(
  turn: Turn,
  reward: Reward,
  { to, isCustomOnly }: Verb,
  { order, operator }: MoveReward,
): Refusal | null {
  if (isCustomOnly && reward.supplierType !== "CUSTOM_REWARD") return "reward_type_not_supported";
  if (!areLegal(turn, reward, to)) return "reward_illegal_state_transition";
  for (const state of to) moveReward(turn, reward, state, order, operator ?? null);
  return null;
}

/** Each from where the one before leads: all of them are made, or none. */
function areLegal(turn: Turn, reward: Reward, to: readonly RewardState[]): boolean {
  const { client, supplierId, isSubmitted } = reward;
  let { state } = reward;
  for (const next of to) {
    if (!isLegalMove(turn, { client, supplierId, isSubmitted, state }, next)) return false;
    state = next;
  }
  return true;
}

/**
 * A reward whose fulfilment failed is earned again, and what fulfils it by itself tries once more. One that would have expired while it was failed
 * expires now, and nothing is handed out for it.
 */
function retry(turn: Turn, reward: Reward, { operator }: MoveReward): Refusal | null {
  if (reward.state === "REDEEMED") return "retry_claimed_reward_not_allowed";
  if (hasComeMeanwhile(reward)) return null;
  const isTrying = reward.state === "EARNED" && reward.isFulfilFailed;
  const isFailed = reward.state === "FAILED" && isLegalMove(turn, reward, "EARNED");
  if (!isFailed && !isTrying) return "reward_in_not_retryable_state";
  const supplier = supplierOf(turn, reward);
  if (supplier === undefined) return "reward_supplier_not_found";
  writeMove(turn, reward, "EARNED", plainMove(null), operator ?? null);
  Object.assign(reward, { attempts: 0, attemptMs: null });
  expectFulfilment(turn, reward, supplier);
  tellPerson(turn, reward);
  if (reward.expiresMs !== null && reward.expiresMs <= turn.nowMs) expectExpiry(turn, reward);
  else fulfil(turn, reward, supplier);
  return null;
}

/** What failed was done again by itself before the operator said so: codes came, and the reward waited for them. */
function hasComeMeanwhile({ state, history }: Reward): boolean {
  const [before, last] = history.slice(-2);
  return state === "FULFILLED" && last?.success === true && before?.state === "FULFILLED" && !before.success;
}

export function changeReward(turn: Turn, record: LogRecord, command: ChangeReward): void {
  const found = turn.state.edit("reward", command.rewardId);
  const reward = found?.client === command.client ? found : undefined;
  // L1 of `trail.ts`: when the reward ends decides what its person hears of it, and when.
  if (reward !== undefined) editPerson(turn, reward.personId);
  const errorCode = reward === undefined ? "reward_not_found" : change(turn, reward, command);
  reply(turn, idOf(record), { personId: null, errorCode });
}

function change(turn: Turn, reward: Reward, { container, expiresMs }: ChangeReward): Refusal | null {
  if (expiresMs !== null && !isLegalMove(turn, reward, "EXPIRED")) return "reward_illegal_state_transition";
  if (container !== null) {
    reward.container = container;
    reward.sandbox = `production-${container}`;
  }
  if (expiresMs !== null) {
    reward.expiresMs = expiresMs;
    expectExpiry(turn, reward);
  }
  reward.updatedMs = turn.nowMs;
  return null;
}
