// Points ledger: what rewards of loyalty points come to, kept with their person, so that rules see it and a merge takes it along.
//
//   V1. Every row is a move of a reward, or a spending; booked where the person learns of it, once, since each state of a reward is learnt once.
//   V2. Spending takes from the oldest rewards first. A reward that is taken back or expires takes what is left of it; where its supplier allows a
//       balance below zero, one that is taken back takes its whole value, and later points pay what is owed.

import { setMember, memberOf } from "../../base/members.ts";
import type { Person, RewardSummary } from "../../model/person.ts";
import {
  balanceOf,
  POINT_PARTS,
  type Points,
  type PointsAccount,
  type PointsRow,
  type PointsRowKind,
} from "../../model/points.ts";
import type { RewardState } from "../../model/reward.ts";
import type { Turn } from "../context.ts";
import { POINTS_ROWS_MAX } from "../limits.ts";
import { supplierOf } from "./reward_moves.ts";
import { summariesFrom } from "./summary_pages.ts";

/** A person, or the history of one that is on its way to another. */
export interface PointsHolder {
  points?: Person["points"];
}

const ends: { readonly [S in RewardState]?: Exclude<PointsRowKind, "EARNED"> } = {
  REDEEMED: "SPENT",
  EXPIRED: "EXPIRED",
  CANCELED: "REVERSED",
  REVOKED: "REVERSED",
  FAILED: "REVERSED",
};

/** The reward came into the state that its summary says. */
export function bookPoints(turn: Turn, client: string, holder: PointsHolder, summary: RewardSummary): void {
  const { id: rewardId, faceValueType: type, state, supplierId, causeEventId } = summary;
  const points = holder.points ?? null;
  const known = points === null ? undefined : memberOf(points.accounts, type);
  const lot = known?.lots.find((own) => own.rewardId === rewardId);
  const supplier = supplierOf(turn, { client, supplierId });
  const value = Math.round(summary.faceValue * POINT_PARTS);
  const of = { rewardId, causeEventId };
  if (state === "EARNED" || (lot === undefined && (state === "FULFILLED" || state === "SENT"))) {
    if (supplier?.type !== "LOYALTY_POINTS" || lot !== undefined || value <= 0) return;
    const { account, row } = open(holder, type);
    const paid = Math.min(account.owed, value);
    account.owed -= paid;
    account.earned += value;
    account.lots.push({ rewardId, left: value - paid });
    return row(turn, "EARNED", value, of);
  }
  const kind = ends[state];
  if (kind === undefined || lot === undefined || known === undefined) return;
  known.lots.splice(known.lots.indexOf(lot), 1);
  const isOwing = kind === "REVERSED" && supplier?.negative_points_allowed === true;
  const amount = isOwing ? value : lot.left;
  known.owed += amount - lot.left;
  known[members[kind]] += amount;
  if (amount > 0) open(holder, type).row(turn, kind, amount, of);
}

const members = { SPENT: "spent", EXPIRED: "expired", REVERSED: "reversed" } as const;

/** False: there are not so many. */
export function spendPoints(
  turn: Turn,
  person: Person,
  spent: {
    readonly type: string;
    readonly amount: number;
    readonly partnerEventId: string | null;
    readonly message: string | null;
  },
): boolean {
  const amount = Math.round(spent.amount * POINT_PARTS);
  const account = memberOf(person.points?.accounts, spent.type);
  if (account === undefined || balanceOf(account) < amount) return false;
  let rest = amount;
  for (const lot of account.lots) {
    const taken = Math.min(rest, lot.left);
    lot.left -= taken;
    rest -= taken;
  }
  account.spent += amount;
  const { partnerEventId, message } = spent;
  open(person, spent.type).row(turn, "SPENT", amount, { partnerEventId, message });
  return true;
}

/** What a person brings along joins what the other has; rows by time. The rewards have joined before. */
export function absorbPoints({ state }: Turn, person: Person, points: Points | null): void {
  if (points === null) return;
  const earnedMs = new Map(Array.from(summariesFrom(state, person, 0), (reward) => [reward.id, reward.earnedMs]));
  const own = (person.points ??= { accounts: {}, rows: [] });
  for (const [type, account] of Object.entries(points.accounts)) {
    const known = memberOf(own.accounts, type);
    if (known === undefined) {
      setMember(own.accounts, type, { ...account, lots: account.lots.map((lot) => ({ ...lot })) });
      continue;
    }
    for (const name of ["earned", "spent", "expired", "reversed", "owed"] as const) known[name] += account[name];
    known.lots.push(...account.lots.map((lot) => ({ ...lot })));
    // V2
    known.lots.sort((a, b) => (earnedMs.get(a.rewardId) ?? 0) - (earnedMs.get(b.rewardId) ?? 0));
    payOwed(known);
  }
  own.rows = [...own.rows, ...points.rows].sort((a, b) => a.atMs - b.atMs).slice(-POINTS_ROWS_MAX);
}

/** One side owed what the other has. */
function payOwed(account: PointsAccount): void {
  for (const lot of account.lots) {
    const paid = Math.min(account.owed, lot.left);
    account.owed -= paid;
    lot.left -= paid;
  }
}

interface Opened {
  readonly account: PointsAccount;
  readonly row: (turn: Turn, kind: PointsRowKind, amount: number, more: Partial<PointsRow>) => void;
}

function open(holder: PointsHolder, type: string): Opened {
  const points = (holder.points ??= { accounts: {}, rows: [] });
  let account = memberOf(points.accounts, type);
  if (account === undefined) {
    account = { earned: 0, spent: 0, expired: 0, reversed: 0, owed: 0, lots: [] };
    setMember(points.accounts, type, account);
  }
  const opened = account;
  return {
    account: opened,
    row: (turn, kind, amount, more) => {
      points.rows.push({
        type,
        kind,
        amount,
        balance: balanceOf(opened),
        atMs: turn.nowMs,
        rewardId: null,
        causeEventId: null,
        partnerEventId: null,
        message: null,
        ...more,
      });
      if (points.rows.length > POINTS_ROWS_MAX) points.rows.shift();
    },
  };
}
