// Points: what a person has of each type, by the rewards that brought them. Amounts are whole hundredths, so that sums are exact.
//
//   P1. balance = earned - spent - expired - reversed = the sum of what is left of each reward - what is owed.
//   P2. A balance is below zero only by what is owed, and that comes only of suppliers that allow it.

export const POINT_PARTS = 100;

const pointsRowKinds = ["EARNED", "SPENT", "EXPIRED", "REVERSED"] as const;
export type PointsRowKind = (typeof pointsRowKinds)[number];

export interface Points {
  /** By type: the unit of the rewards' face value. */
  accounts: { [type: string]: PointsAccount };
  /** Newest last; the sums above cover those that are no longer kept, too. */
  rows: PointsRow[];
}

export interface PointsAccount {
  earned: number;
  spent: number;
  expired: number;
  reversed: number;
  /** Taken back beyond what was left; new points pay it first. */
  owed: number;
  /** Rewards that may still be taken back or expire, oldest first. */
  lots: PointsLot[];
}

export interface PointsLot {
  readonly rewardId: string;
  left: number;
}

export interface PointsRow {
  readonly type: string;
  readonly kind: PointsRowKind;
  readonly amount: number;
  /** Of the type, after it. */
  readonly balance: number;
  readonly atMs: number;
  /** Whose move it was; null: points of several rewards were spent. */
  readonly rewardId: string | null;
  /** The event behind it; null: the API asked for it. */
  readonly causeEventId: string | null;
  /** What the spender says. */
  readonly partnerEventId: string | null;
  readonly message: string | null;
}

export type PointsSums = Pick<PointsAccount, "earned" | "spent" | "expired" | "reversed">;

export function balanceOf({ earned, spent, expired, reversed }: PointsSums): number {
  return earned - spent - expired - reversed;
}
