// Bounds of the engine. They are part of what decides a record's outcome, hence constants: changing one changes what a replay yields.

import { SUMMARIES_PER_PAGE } from "../model/person.ts";

/** Internal events between an INPUT event and its last descendant in one person. Deeper chains are rules that feed themselves. */
export const EVENT_CHAIN_MAX = 16;

/** Internal events that one arriving event may cause in one person; a rule that fans out wider is a mistake. */
export const EVENTS_CAUSED_MAX = 256;

/** Lists that one address is noted on; the newest. An address is opted out by any of them. */
export const OPT_OUT_LISTS_MAX = 20;

/**
 * Hops of one event on its way home: key, person, two merges, and the links of persons who became others, up to two each. Whoever was forwarded once a month for
 * ten years is found; links lead in no circle, so that more are a fault.
 */
export const EVENT_HOPS_MAX = 256;

/** Keys of a client's own by which one event is looked up, each in its partition: as many messages before it has begun. */
export const PROGRAM_KEYS_TRIED_MAX = 6;

/** Rounds of questions of one event: identity takes three, then one for each business id of a controller (`UNIQUE_KEYS_MAX` of rules). */
export const ASK_ROUNDS_MAX = 16;

/**
 * Events that wait behind one that waits for an answer. The answer takes milliseconds, and seconds when its partition changes hands: more than
 * a thousand events a second of one person are not a person's. More than a worker has before it (`inFlightRecordsMax`), so that what was on its way when
 * its sender was told to wait finds a place. What has nothing to ask of others is applied in one go afterwards, at some 20 us each.
 */
export const STASHED_EVENTS_MAX = 32_768;

/** Of them, the first ones ask before their turn: some 5,000 events a second of one person where a round trip takes 25 ms. */
export const ASK_AHEAD_MAX = 128;

/** From so many on, whoever takes events in is told at each further step that the sender should wait (`event/crowds.ts`). */
export const STASH_CROWDED = 1_024;

/** Events from one telling to the next. */
export const STASH_CROWDED_STEP = 32;

/** Of them, told of one slice of records. */
export const CROWDS_MAX = 64;

/**
 * Steps kept in a person's entry; at this many the older half moves to an immutable page. A changed person is encoded whole at every checkpoint,
 * at some 4 us a step, so few stay; rules look at totals and recent steps and seldom need more.
 */
export const STEPS_HOT_MAX = 16;

/** Steps in one page: half of the hot ones, so that pages are full. */
export const STEPS_PER_PAGE = STEPS_HOT_MAX / 2;

/** Such pages read for one answer: some milliseconds of a worker. */
export const STEP_PAGES_LISTED_MAX = 64;

/**
 * Summaries of rewards kept in a person's entry; at this many the oldest move to pages. One is read and written at some 4 us, whatever the event is; what
 * happens to a reward behind them costs a page. Twice and four times as many were dearer in every case, half as many where rules look at rewards (bench/tried.md).
 */
export const SUMMARIES_HOT_MAX = 16;

/** Pages of summaries read for one answer: some milliseconds of a worker. */
export const SUMMARY_PAGES_LISTED_MAX = 64;

/** Changes kept a page of summaries, the newest: most rewards move once or twice when they are that old. */
export const SUMMARY_CHANGES_MAX = 4 * SUMMARIES_PER_PAGE;

/** Identity shifts kept a person, newest last; enough for support, bounded for hostile input. */
export const IDENTITY_HISTORY_MAX = 100;

/** Text in one answer about configuration, so that it fits a message between nodes; one document more may go over it. */
export const CONFIGURATION_ANSWER_BYTES = 256 * 1024;

/** Shares kept a person, newest last. */
export const SHARES_KEPT_MAX = 200;

/** Counts of rewards read for one stretch of a period: a day has 96 quarters of an hour, a month 31 days. */
export const REWARD_COUNTS_READ_MAX = 128;

/** Records in a page of a person's trail: a page is applied again to explain one of them, at some 20 us a record. */
export const TRAIL_TOUCHES = 256;

/** Pages kept a person: some two thousand events back. */
export const TRAIL_PAGES_MAX = 8;

/**
 * Rewards and relationships up to which pages are of that length. An advocate of ten thousand friends is some four megabytes, and its friends' purchases are four records each:
 * copied every 256 of them it cost more than all else about them.
 */
export const TRAIL_LIGHT_MEMBERS = 1_024;

/** Records in a page of who has more: as many as all pages of others have together, so that one of them is enough. */
export const TRAIL_LONG_TOUCHES_MAX = TRAIL_TOUCHES * TRAIL_PAGES_MAX;

/** Ways in which a page may have been that an explanation looks at; what more there are make it inexact. */
export const EXPLAIN_WAYS_MAX = 64;

/** Records that an explanation applies again in all these ways, before it looks at no more: some 100 ms of a worker's, of most persons. */
export const EXPLAIN_RECORDS_MAX = 4_096;

/** Program changes remembered a client and partition, for explaining what earlier ones decided. */
export const PROGRAM_CHANGES_MAX = 1000;

/** What prehandlers may change of an event, as JSON: its record keeps it beside the event as received, and both must fit their places. */
export const PREHANDLING_BYTES_MAX = 16 * 1024;

/** Messages and failures of prehandlers noted with an event, and characters of each. */
export const PREHANDLER_MESSAGES_MAX = 10;
export const PREHANDLER_MESSAGE_LENGTH_MAX = 200;

/** Persons to whom a round of an audience operation sends, from its list or in all partitions: some 2 ms of work at its end. */
export const OPERATION_ROUND_MEMBERS = 200;

/** Operations kept an audience, with their lists: the newest. */
export const OPERATIONS_KEPT_MAX = 50;

/** Rejected records kept a partition, newest last. */
export const REJECTED_MAX = 100;

/** Bugs of the machinery of rules that one slice of records reports in full; all are counted. */
export const RULE_FAILURES_MAX = 16;

/** Times that one SCHEDULE action may yield by an expression. */
export const SCHEDULE_TIMES_MAX = 100;

/** Jobs that wait for one person: more than that, and receivers have been away for long; the next ones are refused and listed. */
export const JOBS_PER_PERSON_MAX = 200;

/** Jobs of a person that are kept when they are done, and as many that are dead: the newest. */
export const ENDED_JOBS_PER_PERSON_MAX = 32;

/** How long jobs are kept when they are done, for the list of deliveries, and when they are dead, for beginning anew. */
export const DONE_JOBS_KEPT_MS = 86_400_000;
/** The dead letters of the documents. */
export const DEAD_JOBS_KEPT_MS = 7 * 86_400_000;

/** One in so many jobs that end looks for those of its subscriber that are past their time, and takes up to so many along: more than come in between. */
export const ENDED_JOBS_PER_DROP = 256;
export const ENDED_JOBS_DROPPED_AT_ONCE = 1_024;

/** Jobs in one page of a subscriber's queue: a page is written whole when one of them leaves, at some 50 bytes each. */
export const READY_JOBS_PER_PAGE = 64;

/** Attempts kept a job, newest last, and characters of what was said about one. */
export const JOB_TRIES_KEPT = 10;
/** Enough to see what a receiver complained about. */
export const JOB_DETAIL_LENGTH_MAX = 200;

/** Jobs that one command begins anew: some 5 ms of work. */
export const JOBS_REDRIVEN_AT_ONCE = 500;

/** Signals kept a polling id: one event leads to a few. */
export const SIGNALS_MAX = 32;

/** How long a request with a key is remembered, and how many past their time go when a new one comes. */
export const IDEMPOTENCY_KEPT_MS = 86_400_000;
export const IDEMPOTENCY_ENDED_AT_ONCE = 4;

/** Data that a consumer may bring a person to: a person is one entry of state. What events and the client's back end write is not counted against it. */
export const OWN_DATA_MAX = 500;

/** Files of one person, and how many are listed: a merge may bring as many again, several times. */
export const ASSETS_PER_PERSON_MAX = 20;
/** Some megabytes at most, since each is small. */
export const ASSETS_LISTED_MAX = 200;

/** How long an event with a polling id is found by it. */
export const POLLED_EVENT_KEPT_MS = 86_400_000;
/** Those past their time that go when another comes: more than one, so that they do not grow in number. */
export const POLLED_EVENTS_DROPPED_AT_ONCE = 4;
/** Of a person that is folded into another: an app polls for a few events at a time. */
export const POLLED_EVENTS_HANDED_MAX = 256;

/** Characters of a polling id; longer ones are no ids. */
export const POLLING_ID_LENGTH_MAX = 255;

/** Ended tokens past their time that go when another is ended: more than one, so that they do not grow in number. */
export const ENDED_TOKENS_DROPPED_AT_ONCE = 4;

/** Whoever polls does so within minutes. */
export const SIGNAL_KEPT_MS = 86_400_000;

/** Signals past their time that go when a new one comes: more than one, so that they do not grow in number. */
export const SIGNALS_ENDED_AT_ONCE = 4;

/** Reviews kept a person: those that are decided make room for new ones; so many open ones are no shopper's. */
export const REVIEWS_PER_PERSON_MAX = 100;

/** Friends and rewards that a reward rule remembers of one person, newest last: limits look no further back. */
export const TALLY_FRIENDS_MAX = 200;
export const TALLY_REWARDS_MAX = 200;

/** Characters of what a zone shows, as JSON text: its answer travels between nodes in one message. */
export const ZONE_LENGTH_MAX = 256 * 1024;

/** Gas of all parts of a creative together: as much as one expression has. */
export const ZONE_GAS_MAX = 1_000_000;

/** Codes in one entry of a coupon pool: some 5 kB, changed with each code that is handed out and written once a checkpoint. */
export const COUPONS_PER_PAGE = 256;

/** Entries that the codes of a pool are found by: of a million codes, some 250 in each. */
export const COUPON_BUCKETS = 4096;

/** Codes of one supplier, handed out or not: more would make finding one in its bucket slow, and memory of a load large. */
export const COUPONS_MAX = 4_000_000;

/** Uploads of a supplier that still have codes; each is a range that the next code is looked for in. */
export const COUPON_RANGES_MAX = 500;

/** Operations kept a supplier, the newest; one whose codes are not all handed out can be withdrawn as long as it is kept. */
export const COUPON_OPERATIONS_MAX = 1_000;

/** An upload that was not heard of for so long was left behind by a front that is gone. */
export const COUPON_UPLOAD_ABANDONED_MS = 10 * 60_000;

/** Codes that one record withdraws, and codes that one allocation passes over because they expire too soon. */
export const COUPONS_WITHDRAWN_AT_ONCE = 4_096;
export const COUPONS_PASSED_AT_ONCE = 4_096;

/** Numbers of codes that came back unseen and wait: they do when rewards end while their codes are on the way, which few do. */
export const COUPONS_RETURNED_MAX = 10_000;

/** Codes that one query looks at. */
export const COUPONS_LISTED_MAX = 20_000;

/**
 * A loan is at most what the pool has above its warn limit through so many times the number of partitions: what lies about is a small part of the pool, so
 * that codes are called back when it is nearly used up, once or twice.
 */
export const COUPON_LOAN_PARTS = 8;

/** Codes of the first loan of a partition that asks, and the least that is lent: for fewer, asking costs more than it saves. */
export const COUPON_LOAN_MIN = 32;

/**
 * Codes that all partitions together are lent when an upload ends: as many as records that bulk has in flight. Some 100 kB of state, and by estimate 5 ms of
 * the upload's last record. With more than 128 partitions too few for each, so that they are lent when they ask.
 */
export const COUPON_LOANS_FIRST = 4_096;

/**
 * Codes of the largest loan, and from which on a partition that holds so many gets none unasked; some 100 kB of its state. An ask takes as long as two partitions
 * need for what waits before it: with as many records in flight as a node takes, 2,000 rewards of each of 16 partitions, for which half of a loan must do.
 */
export const COUPON_LOAN_MAX = 4_096;

/** How many times as large the next loan is of a partition that is behind: what it does not have when much is sent at once, it does the long way. */
export const COUPON_LOAN_GROWTH = 4;

/** A loan of which half is used within this time is followed by a larger one, so that a partition asks once or twice a second. */
export const COUPON_LOAN_SHORT_MS = 1_000;

/** Uses of lent codes that are told in one message: some 6 kB, and less than a millisecond of the pool's time. */
export const COUPON_USES_TOLD_AT = 256;

/** How long the pool may not know that a lent code is used. */
export const COUPON_USES_TOLD_MS = 1_000;

/** Requests that wait until lent codes are back, which takes milliseconds; served in one go, at some 10 us each. Who comes later is refused, and waits in line. */
export const COUPON_REQUESTS_WAITING_MAX = 4_096;

/**
 * Rewards that wait for codes which a partition names at a time, and all partitions together: so many are served in one record of each, some 3 ms of work, with
 * what else the partition has to do in between.
 */
export const COUPON_WAITERS_NAMED = 32;
export const COUPON_WAITERS_NAMED_TOGETHER = 2_048;

/** How long a reward waits for a code before somebody is told: as long as others are tried again by themselves. Of how many at a time. */
export const COUPON_IDLE_MS = 9_360_000;
export const COUPON_IDLE_TOLD_AT_ONCE = 64;

/** Attempts to fulfil a reward by itself, and how long after each failed one the next comes. Then it waits for an operator. */
export const FULFILMENT_ATTEMPTS_MAX = 5;
export const FULFILMENT_DELAYS_MS: readonly number[] = [60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000];

/** Things that somebody should be told of which one slice of records reports; the state says the rest. */
export const ALERTS_MAX = 16;

/** Characters of a mail: a job keeps it until it is sent, two hundred of them a person. */
export const MAIL_LENGTH_MAX = 64 * 1024;

/** Rows of a person's points, the newest: they are written with the person at each checkpoint. */
export const POINTS_ROWS_MAX = 100;

/** A lease is the free rest of a budget through so many times the number of partitions: small enough that few are recalled, large enough that few ask. */
export const LEASE_PARTS = 4;

/** Rewards of a partition that wait for one budget: a second of events; more than that, and the budget's partition is not there. */
export const LEASE_WAITING_MAX = 50_000;

/** Of how many of them one record tells, when the budget has answered: some 5 ms of work, with what rules make of it. */
export const LEASE_TOLD_AT_ONCE = 64;

/** Rewards on a page of a list: what one block of the store holds, so that a reward that moves in an old page rewrites no more than that. */
export const REWARDS_PER_PAGE = 96;

/** Newest pages of a list that are found without a search: those of rewards that are earned and not yet fulfilled, of which a partition has a thousand in a firehose. */
export const REWARD_PAGES_NAMED_MAX = 32;

/** Files, and batches, kept a client: the newest. What they say is bounded by how large a file may be. */
export const FILES_KEPT_MAX = 500;
export const BATCHES_KEPT_MAX = 500;

/** Of them, told in one answer, which must fit a message between nodes: so many, or until they come to so many characters. */
export const FILES_PER_ANSWER = 100;
export const BATCHES_ANSWER_LENGTH = 128 * 1024;

/** A file or a batch that is not whole after so long was left behind by a front that is gone. */
export const FILE_COMING_MS = 10 * 60_000;
export const BATCH_COMING_MS = 10 * 60_000;

/** How long a file is there, and the rows of a batch once it has ended: a month of looking into what went wrong. */
export const FILE_KEPT_MS = 30 * 86_400_000;
export const BATCH_KEPT_MS = 30 * 86_400_000;

/** Rows of a batch that may be on their way when its next part begins: half a part, so that no partition is idle while the last ones come in. */
export const BATCH_ROWS_AHEAD = 100;
