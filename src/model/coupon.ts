// Coupons: the codes of a supplier, who has them, and what operators did to them. All of a supplier's lie in one partition, as entries of their own.

/** What the actor of a supplier's coupons knows at a glance. Codes are numbered in the order in which they are handed out. */
export interface CouponPool {
  /** Numbers that nobody looked at yet, oldest first, each from the first up to the one before the second. */
  ranges: [number, number][];
  /** Past the largest number. */
  end: number;
  /** Numbers of codes that came back unseen, oldest first: handed out before the others. */
  returned: number[];
  available: number;
  issued: number;
  /** Some of the codes have a date on which they expire. */
  hasExpiries: boolean;
  /** Of the program file's codes, how many are in the pool. */
  fileCodes: number;
  /** Somebody was told that few codes are left. */
  isLow: boolean;
  /** The operation that is under way, and when it was last heard of. */
  busy: { operationId: string; atMs: number } | null;
  /** Absent until a code is lent. */
  loans?: PoolLoans;
  /** Absent until somebody has to wait for a code. */
  line?: CouponLine;
}

/** A reward that waits for a code, and when it was made. */
export interface CouponWaiter {
  readonly rewardId: string;
  readonly sinceMs: number;
}

/** Who waits before a pool. */
export interface CouponLine {
  /** Partitions with rewards that were refused, and wait. */
  partitions: WaitingPartition[];
  /** Rewards whose request is not answered yet, in their order. */
  asking: CouponWaiter[];
  /** When the supplier's limits let it hand out again; null: they do now, or nobody waits for that. */
  opensMs: number | null;
}

export interface WaitingPartition {
  readonly partition: number;
  /** Those that it named, the first of those that wait there, in their order. */
  named: CouponWaiter[];
  /** It is to name more and has not answered yet. */
  isCalled: boolean;
  /** There may be more than it named. */
  hasMore: boolean;
  /** Behind whom it goes on naming, as a key; null: from the first on. */
  after: string | null;
}

/** What a partition knows of its rewards that wait for codes of a supplier. */
export interface CouponWatch {
  /** When it looks next for those that wait for long; null: not at all. */
  idleMs: number | null;
  /** The last that somebody was told of, as a key. */
  told: string | null;
}

/** What a pool knows of the codes that partitions hold. */
export interface PoolLoans {
  /** Partitions that hold codes. */
  holders: LoanHolder[];
  /** Partitions that have not answered since all codes were called back. */
  recalling: number[];
  /** Numbers that came back, in order, each from the first up to the one before the second: handed out before those that nobody looked at. */
  recalled: [number, number][];
  /** Ids of the rewards that wait for what comes back, in order. */
  waiting: string[];
  /** The withdrawal that waits for it: its request, and whose codes it takes. */
  withdrawal: { readonly id: string; readonly operationId: string } | null;
}

export interface LoanHolder {
  readonly partition: number;
  /** Codes that it was lent, and of which the pool was not told that they are used. */
  codes: number;
  /** How many of them came last, and how many requests since then say that it has none left. */
  last: number;
  short: number;
}

/** What a partition may hand out of a supplier's codes without asking. `numbers`, `codes` and `expires` have one length, and so have `used` and `usedBy`. */
export interface CouponLoan {
  /** Codes that nobody has yet, in the order in which they are handed out. */
  numbers: number[];
  codes: string[];
  /** Unix ms; null: does not expire. */
  expires: (number | null)[];
  /** Codes that rewards have, whose they are, and codes that expire too soon: all that the pool was not told of yet. */
  used: number[];
  usedBy: string[];
  passed: number[];
  /** When it is told at the latest; null: there is nothing to tell. */
  tellMs: number | null;
  /** Codes that were here when the last came, and when that was; 0: the pool has no more to lend. */
  lent: number;
  lentMs: number;
  /** Codes that are asked for the next time. */
  wanted: number;
  isAsking: boolean;
}

/** Codes of consecutive numbers. The lists have one length. */
export interface CouponPage {
  codes: string[];
  /** Unix ms; null: does not expire. */
  expires: (number | null)[];
  /** Id of the reward that the code was handed to; null: nobody; empty: withdrawn. */
  holders: (string | null)[];
}

/** Codes by a hash of their text, so that a code is found again: numbers of the codes with that hash. The lists have one length. */
export interface CouponBucket {
  hashes: number[];
  numbers: number[];
}

/** The code of a reward. */
export interface CouponIssue {
  number: number;
}

export type CouponOperationType = "COUPON_UPLOAD" | "COUPON_DELETE" | "COUPON_REFILL";

export interface CouponOperation {
  readonly id: string;
  readonly type: CouponOperationType;
  readonly filename: string | null;
  readonly createdMs: number;
  /** Codes that were sent; COUPON_DELETE: that were there to be withdrawn. */
  requested: number;
  /** First number of its codes, and past the last. */
  readonly first: number;
  end: number;
  status: "RUNNING" | "SUCCESS" | "FAILED";
  message: string;
  /** Codes that were there before, or twice in the file, and were left out as the caller wanted. */
  discarded: number;
  /** COUPON_DELETE: whose codes it withdraws. */
  readonly deletes: string | null;
  /** The operation that withdrew its codes. */
  deletedBy: string | null;
  isDiscarding: boolean;
}

/** Automatic fulfilments of a supplier in one hour and one day (UTC), each by its number since 1970. */
export interface SupplierUse {
  hour: number;
  inHour: number;
  day: number;
  inDay: number;
}
