// Budget: how many rewards, and of which value together, a campaign or a supplier may grant.

const budgetOwners = ["campaign", "supplier"] as const;
export type BudgetOwner = (typeof budgetOwners)[number];

/** Null: without bound. A budget bounds at least one of them. */
export interface BudgetLimit {
  readonly count: number | null;
  /** In the unit of the rewards' face value; a campaign whose rewards have several adds them up as they are. */
  readonly value: number | null;
}

/** Rewards and their value; the value in whole ten-thousandths, so that sums are exact. */
export interface Share {
  count: number;
  value: number;
}

/** Parts of a unit of face value; what is finer is rounded up. */
export const SHARE_VALUE_UNIT = 10_000;

/** The actor of a budget. What it leased to partitions is theirs to grant; it never leases more than the limit. */
export interface Budget {
  /** Under which it leases; null: the program that has it is not in effect here yet. */
  limit: BudgetLimit | null;
  /** Leased to partitions and not come back. */
  leased: Share;
  /** Partitions that may have something left of what they were leased. */
  holders: number[];
  /** Partitions that are to return what they have not granted; empty: nothing is awaited. */
  recalling: number[];
  /** Wishes that are not decided yet, in order; a partition has one at a time. */
  waiting: LeaseWish[];
  /** Partitions that were told that nothing is left, and that are told when something is. */
  closed: number[];
}

/** Of a partition that has rewards waiting. It comes with what the partition had left. */
export interface LeaseWish {
  readonly partition: number;
  /** The first reward that waits. */
  readonly least: Share;
  /** All that wait. */
  readonly wanted: Share;
}

/** What a partition may grant of a budget. */
export interface Lease {
  /** Under which it was leased: what that does not bound is counted and does not run out. */
  limit: BudgetLimit;
  /** Leased and not granted. */
  left: Share;
  /** Granted here, without what came back. */
  granted: Share;
  /** Rewards that wait for more, in order. A text is the id of one that came to wait in an earlier version. */
  waiting: (LeaseWaiter | string)[];
  /** The budget was asked and has not answered yet. */
  isAsking: boolean;
  /** The budget said that nothing is left, and did not say otherwise since. */
  isClosed: boolean;
  /** Rewards that wait no longer, in order, and of which nobody was told yet. Absent until there are more than one record tells of. */
  decided?: LeaseDecision[];
}

/** A reward that waits for one share of that value. */
export interface LeaseWaiter {
  readonly rewardId: string;
  readonly value: number;
}

/** What one answer of the budget means for those who waited. Those that are granted have their share of it. */
export interface LeaseDecision {
  readonly isGranted: boolean;
  readonly rewardIds: string[];
}
