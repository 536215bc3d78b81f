// Past codes: whether a reward took a code that its partition had been lent. What is lent by now says nothing about then, but the reward's history does.
//
//   K1. A code that came at that time came by a message that hands it out, which is among the person's records, or was one that was lent.

import { type LogRecord, recordKinds } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import { decodeMessage } from "../message.ts";

export interface PastCode {
  readonly code: string;
  readonly expiresMs: number | null;
}

export interface PastCodesParts {
  readonly state: PartitionState;
  /** Of the person. */
  readonly records: readonly LogRecord[];
  /** Nothing of the person comes behind them. */
  readonly isToTheEnd: boolean;
}

/** Null: none; undefined: not known. */
export function lentCodeOf(
  { state, records, isToTheEnd }: PastCodesParts,
  { nowMs, sequence }: { readonly nowMs: number; readonly sequence: number },
  rewardId: string,
): PastCode | null | undefined {
  const reward = state.find("reward", rewardId);
  if (reward === undefined) return undefined;
  const attempts = reward.history.filter(({ state: to, atMs }) => to === "FULFILLED" && atMs === nowMs);
  const [attempt] = attempts;
  if (attempt === undefined) return null;
  const code = attempt.partnerRewardId;
  // Of several attempts in one millisecond, nothing says which was this one.
  if (attempts.length > 1 || !attempt.success || code === null) return undefined;
  const behind = records.filter((record) => record.sequence > sequence && record.timeMs === nowMs);
  if (behind.some((record) => handsOut(record, rewardId, code))) return null;
  if (!isToTheEnd && records.at(-1)?.timeMs === nowMs) return undefined;
  return { code, expiresMs: reward.expiresMs };
}

function handsOut({ kind, payload }: LogRecord, rewardId: string, code: string): boolean {
  if (kind !== recordKinds.message) return false;
  const { message } = decodeMessage(payload);
  if (message.kind === "coupon_allocated") return message.rewardId === rewardId && message.code === code;
  return message.kind === "coupons_handed" && message.codes[message.rewardIds.indexOf(rewardId)] === code;
}
