// Settings of the pool, as its owner passes them in; declared for operators in `src/config/mod.ts`. And bounds that are no settings.

export interface FulfillmentSettings {
  readonly threads: number;
  /** Attempts under way, of all subscribers. */
  readonly inFlightMax: number;
  /** Of one subscriber. */
  readonly perSubscriberMax: number;
  /** Attempts that one subscriber gets a second; 0: no limit. */
  readonly ratePerSecond: number;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  readonly allowedNetworks: readonly string[];
  /** Null: mails lie in `outboxDirectory`. */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly outboxDirectory: string;
}

export const defaultFulfillmentSettings: FulfillmentSettings = {
  threads: 1,
  inFlightMax: 1_024,
  perSubscriberMax: 64,
  ratePerSecond: 0,
  timeoutMs: 15_000,
  allowedNetworks: [],
  smtpUrl: null,
  mailFrom: "Laurel <no-reply@localhost>",
  outboxDirectory: "./outbox",
};

/** Jobs of one subscriber in a page: what is handed to a thread at once. */
export const PER_SUBSCRIBER_PAGE = 32;

/** Jobs in a page: with bodies of 64 KiB at most, some 4 MiB. */
export const PAGE_JOBS_MAX = 64;

/** Outcomes in one record: with 16 KiB of answer each at most, it fits a message of the log. */
export const OUTCOMES_PER_RECORD_MAX = 32;

/** How often what is wanted and could not be had is tried again. */
export const SWEEP_MS = 500;

/** Sweeps after which all partitions are asked, hint or not: a hint may fall into a moment in which a lease had lapsed. */
export const SWEEPS_PER_ROUND = 10;

/** Failures in a row after which a subscriber is left alone for a while. */
export const BREAKER_FAILURES = 10;

/** For how long, at first and at most; doubled each time. */
export const BREAKER_FIRST_MS = 1_000;
/** A receiver that comes back is noticed within a minute. */
export const BREAKER_LONGEST_MS = 60_000;

/** Failed attempts of one subscriber that get a line of the log each second: a backlog that is refused whole has a hundred thousand, and tells no more. */
export const FAILURES_LOGGED_PER_SECOND = 10;

/** Subscribers without anything under way whose failures or rate are remembered, some 200 bytes each. */
export const SUBSCRIBERS_REMEMBERED_MAX = 10_000;

/** How long a stop waits for attempts under way: what is cut off is made again, under the same key. */
export const STOP_MS = 5_000;

/** For how long it is believed what a webhook was, and of how many. */
export const LIVE_WEBHOOK_MS = 1_000;
export const LIVE_WEBHOOKS_REMEMBERED_MAX = 10_000;
