// What one partition keeps. Each entry is an actor or a part of one; the engine is the only writer, the store the only keeper.
//
// All values are plain data (no classes, no Map, no Date, no `undefined` members), so that their encoding depends on nothing but the records applied.

import type { Asset, AssetContent } from "./asset.ts";
import type { IdCounter } from "../base/ids.ts";
import type { AudienceMember, AudienceOperation, AudienceSize } from "./audience.ts";
import type { Batch, BatchEnds, BatchRows } from "./batch.ts";
import type { Budget, Lease } from "./budget.ts";
import type { Collection } from "./configuration.ts";
import type {
  CouponBucket,
  CouponIssue,
  CouponLoan,
  CouponOperation,
  CouponPage,
  CouponPool,
  CouponWaiter,
  CouponWatch,
  SupplierUse,
} from "./coupon.ts";
import type { FileAsset, FilePart } from "./file_asset.ts";
import type { IdempotentRequest } from "./idempotency.ts";
import type { StashedEvent, Waiting } from "./in_flight.ts";
import type { Job } from "./job.ts";
import type { EndedJob, PersonJobs, ReadyPage, ReadyQueue, ReadySubscribers } from "./job_queue.ts";
import type { OptOut } from "./opt_out.ts";
import type { Person, RewardSummary, Step } from "./person.ts";
import type { HeldReward, Reward } from "./reward.ts";
import type { RewardByTime, RewardCount, RewardList, RewardPage } from "./reward_list.ts";
import type { SignalEntry } from "./signal.ts";
import type { FiredTimers, PersonTimer, Timer } from "./timer.ts";

/** Every kind of entry with the form of its key. Keys are compared as UTF-8 bytes; numbers in keys are zero-padded so that they sort. */
export interface EntryKinds {
  /** Key: person id. */
  person: Person;
  /** Who owns a key. Key: `${client}/${key type}/${value}`. Lives in the partition of the key, not of the person. */
  key: KeyEntry;
  /** Who was merged into somebody. Key: `${id of that one}/${id of who was merged}`. Lives with who was merged. */
  mergedPerson: MergedPerson;
  /** A business id such as an order id. Key: `${client}/${container}/${name}/${value}`. */
  partnerEvent: PartnerEventEntry;
  /** Key: reward id. */
  reward: Reward;
  /** As earlier versions kept all rewards of a client. Key: `${client}/${createdMs, 15 digits}/${reward id}`. Gone once a partition was opened. */
  rewardByTime: RewardByTime;
  /** Rewards of a client by a member of which nearly every reward has another value, in order of creation: see `engine/rewards/reward_index.ts`. */
  rewardIndex: RewardByTime;
  /** Part of a list of rewards: see `engine/rewards/reward_pages.ts`. Key: `${list}${the first place that it was begun with}`. */
  rewardPage: RewardPage;
  /** Key: the list's. */
  rewardList: RewardList;
  /** Moves of rewards in a quarter of an hour or a day. Key: `${client}/(q|d)/${its first ms, 15 digits}`. */
  rewardCount: RewardCount;
  /** Older steps of a person, immutable. Key: `${person id}/${page, 8 digits}`. */
  stepPage: StepPage;
  /** Summaries of older rewards of a person. Key: `${person id}/${page, 8 digits}`. */
  summaryPage: SummaryPage;
  /** An actor that has asked another and cannot go on before the answer. Key: person id. */
  waiting: Waiting;
  /** Records that arrived for a waiting actor, in order. Key: `${person id}/${number, 12 digits}`. */
  stash: StashedEvent;
  /** Key: `${due ms, 15 digits}/${id}`. */
  timer: Timer;
  /** Events that are due, by whom they are for: see `engine/person/person_timers.ts`. */
  personTimer: PersonTimer;
  /** Coupon pool of a supplier. Key: `${client}/${supplier id}`. */
  pool: CouponPool;
  /** Key: `${client}/${supplier id}/${page, 8 digits}`. */
  couponPage: CouponPage;
  /** Key: `${client}/${supplier id}/${bucket, 4 hex digits}`. */
  couponBucket: CouponBucket;
  /** Key: `${client}/${supplier id}/${reward id}`. */
  couponIssue: CouponIssue;
  /** Key: `${client}/${supplier id}/${operation id}`. */
  couponOperation: CouponOperation;
  /** Codes that this partition may hand out without asking. Key: `${client}/${supplier id}`. */
  couponLoan: CouponLoan;
  /** Rewards of this partition that wait for a code, first those that were made first. Key: `${client}/${supplier id}/${made ms, 15 digits}/${reward id}`. */
  couponWaiter: CouponWaiter;
  /** Key: `${client}/${supplier id}`. */
  couponWatch: CouponWatch;
  /** How much a supplier handed out of late. Key: `${client}/${supplier id}`. Lives with its pool. */
  supplierUse: SupplierUse;
  /** Key: `${client}/${owner}/${its id}`. Lives in the partition of the budget. */
  budget: Budget;
  /** What this partition may grant of a budget. Key: that of the budget. */
  lease: Lease;
  /** Key: reward id. */
  heldReward: HeldReward;
  /** An address that wants no mails. Key: `${client}/email/${address}`. Lives with the key of the address. */
  optOut: OptOut;
  /** A client's configuration. Key: client. Lives, as its documents do, in the partition of the client's name. */
  configuration: ConfigurationHead;
  /** Key: `${client}/${collection}/${id}`. */
  document: DocumentEntry;
  /** The last change of each current document. Key: `${client}/${revision, 12 digits}/${key of the document}`. */
  documentChange: DocumentChangeEntry;
  /** Key: `${person id}/${page, 8 digits}`. */
  trailPage: TrailPage;
  /** The person before the first record of a page of its trail; none for the first page: the person began there. Key: that of the page. */
  personBefore: PersonBefore;
  /** Key: `${person id}/${sequence of the tick, 15 digits}`. */
  firedTimers: FiredTimers;
  /** Which program decided from when on. Key: `${client}/${number of the change, 12 digits}`. */
  programChange: ProgramChange;
  /** What is to leave the process for a person. Key: `${person id}/${job id}`. */
  job: Job;
  /** Which jobs a person has. Key: person id. */
  personJobs: PersonJobs;
  /** Jobs of which an attempt may be made now, in order. Key: `${client}/${subscriber}/${page, 10 digits}`. */
  readyPage: ReadyPage;
  /** Where a subscriber's pages begin and end. Key: `${client}/${subscriber}`. */
  readyQueue: ReadyQueue;
  /** Subscribers that have any, in order. Key: always `all`. */
  readySubscribers: ReadySubscribers;
  /** Jobs that are done or dead. Key: `${client}/${subscriber}/${status}/${sequence, 15 digits}/${job id}`. */
  jobEnded: EndedJob;
  /** Key: `${client}/${polling id}`. Lives in the partition of the polling id. */
  signal: SignalEntry;
  /** When signals end. Key: `${expiry ms, 15 digits}/${key of the signal}`. */
  signalExpiry: SignalExpiry;
  /** Key: `${client}/${device}/${person id, or nothing}`, in the partition to which the token leads. */
  endedToken: EndedToken;
  /** When ended tokens would have run out. Key: `${expiry ms, 15 digits}/${key of the token}`. */
  endedTokenExpiry: EndedTokenExpiry;
  /** Files of persons. Key: `${person id}/${asset id}`. */
  asset: Asset;
  assetContent: AssetContent;
  /** Key: `${person id}/${polling id}`. */
  polledEvent: PolledEvent;
  /** Key: `${expiry ms, 15 digits}/${key of the polled event}`. */
  polledEventExpiry: PolledEventExpiry;
  /** Key: `${client}/${audience id}/${person id}`. Lives with the person. */
  audienceMember: AudienceMember;
  /** Key: `${client}/${audience id}`. In every partition that has members. */
  audienceSize: AudienceSize;
  /** Key: `${client}/${audience id}/${operation id}`. Lives in the partition of the audience. */
  audienceOperation: AudienceOperation;
  /** Tables that back ends brought. Key: `${client}/${file id}`. In the partition of the client's files, as all that follows of batches. */
  fileAsset: FileAsset;
  /** Key: `${client}/${file id}/${part, 4 digits}`. */
  filePart: FilePart;
  /** Key: `${client}/${batch id}`. */
  batch: Batch;
  /** Key: `${client}/${batch id}/${part, 6 digits}`. */
  batchRows: BatchRows;
  /** Key: that of the rows. */
  batchEnds: BatchEnds;
  /** A request that is done at most once. Key: `${client}/${its key}`. Lives in the partition of the key. */
  idempotentRequest: IdempotentRequest;
  /** When requests are forgotten. Key: `${expiry ms, 15 digits}/${key of the request}`. */
  idempotencyExpiry: IdempotencyExpiry;
  /** Key: always `meta`. */
  meta: PartitionMeta;
}
export type EntryKind = keyof EntryKinds;

/**
 * The state of one partition, synchronous. Values are shared, not copied: whoever wants to change one takes it with `edit`.
 *
 *   S1. `find` after `put`, `edit` or `remove` sees the change, checkpointed or not.
 *   S2. `list` merges what is checkpointed with what is not, in key order.
 */
export interface PartitionState {
  find<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined;
  /** As `find`, and marks the entry as changed: the caller may change the value in place. */
  edit<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined;
  put<K extends EntryKind>(kind: K, key: string, value: EntryKinds[K]): void;
  remove(kind: EntryKind, key: string): void;
  list<K extends EntryKind>(kind: K, options: ListOptions): ListedEntry<K>[];
  /** All steps of the person's entry, oldest first; from now on `steps` of the person holds them. */
  hotSteps(person: Person): readonly Step[];
  /** A person as it is now, for keeping: in its own memory, a tenth of what a copied object takes. */
  copyOf(person: Person): Uint8Array;
  /** What `copyOf` kept, by this version or an earlier one, as an object of the caller's own. */
  personIn(copy: Uint8Array): Person;
}

export interface ListOptions {
  /** Only keys that start with this. */
  readonly prefix: string;
  /** Only keys after this one (before it when `isReverse`), exclusive; whole keys, prefix included. */
  readonly after: string | null;
  readonly limit: number;
  readonly isReverse: boolean;
}

export interface ListedEntry<K extends EntryKind> {
  readonly key: string;
  readonly value: EntryKinds[K];
}

export interface KeyEntry {
  personId: string;
  sinceMs: number;
}

export interface MergedPerson {
  /** Of who was merged. */
  personId: string;
}

export interface PartnerEventEntry {
  /** Whose event carried it first. */
  personId: string;
  /** Controller name in lower case -> id of the event that holds the key there. */
  claims: { [controllerName: string]: string };
}

export interface StepPage {
  steps: Step[];
}

export interface SummaryPage {
  /** In the order in which they came to the person. */
  summaries: RewardSummary[];
  /** What became of them since they are here, oldest first: what a person was before can be explained. At most `SUMMARY_CHANGES_MAX`. */
  changes: SummaryChange[];
  /** Sequence of the newest change that is kept no more; 0: all are. */
  forgotten: number;
}

/** How the summary at a place was before a record. */
export type SummaryChange =
  | ({
      kind: "moved";
      sequence: number;
      at: number;
    } & { -readonly [M in MovingMember]: RewardSummary[M] })
  | { kind: "removed"; sequence: number; at: number; summary: RewardSummary };

/** Members of a summary that change. */
export type MovingMember = "state" | "isFulfilFailed" | "partnerRewardId" | "redeemedMs";

/** Records that changed a person. */
export interface TrailPage {
  /** Of pages that an earlier version began: the person before the first of them, as JSON text. */
  before?: string | null;
  /** When the person was last changed before; 0 on the first page. */
  beforeMs: number;
  /** Sequences, oldest first; those of the current page are in the person. */
  touches: number[];
}

/** Apart from the page, so that a page can end without its person being read and written again. */
export interface PersonBefore {
  /** Of `PartitionState.copyOf`. */
  copy: Uint8Array;
}

export interface ProgramChange {
  /** Of the record that brought it. */
  sequence: number;
  hash: string;
  revision: number;
}

export interface IdempotencyExpiry {
  /** Of the request. */
  key: string;
}

/** A consumer's token that was ended before its time. */
export interface EndedToken {
  expiresMs: number;
}

export interface EndedTokenExpiry {
  /** Of the ended token. */
  key: string;
}

/** An event that is asked about by a polling id in its data. */
export interface PolledEvent {
  eventId: string;
  expiresMs: number;
}

export interface PolledEventExpiry {
  /** Of the polled event. */
  key: string;
}

export interface SignalExpiry {
  /** Of the signal. */
  key: string;
}

export interface ConfigurationHead {
  revision: number;
  /** The program that the documents compile to; null while there is none. */
  hash: string | null;
}

export interface DocumentEntry {
  /** At which it was last changed. */
  revision: number;
  /** JSON text; null once it was removed. */
  text: string | null;
}

export interface DocumentChangeEntry {
  collection: Collection;
  id: string;
}

export interface PartitionMeta {
  /** Continues the ids that this partition hands out. */
  ids: IdCounter;
  /** Source partition -> [sequence, n] of the newest message applied from it. */
  highWater: { [sourcePartition: string]: [number, number] };
  /** Client -> the program in effect. */
  programs: { [client: string]: ProgramInEffect };
  /** Records that could not be applied and why, newest last, bounded. */
  rejected: RejectedRecord[];
  /** Sequence of the first answer to what was asked ahead: from here on, no record is of a version that did not. Absent: none yet. */
  aheadSince?: number;
  /** Whoever was merged is listed (`mergedPerson`). Absent: by an earlier version, which listed nobody. */
  isMergedListed?: true;
  /** Events that are due are listed by person (`personTimer`). Absent: by an earlier version, which listed none. */
  areTimersListed?: true;
  /** When an erasure last took a person or a key away. Absent: never, or before store format 12. */
  erasedMs?: number;
}

export interface ProgramVersion {
  hash: string;
  /** Of the configuration that it was compiled from. */
  revision: number;
}

export interface ProgramInEffect extends ProgramVersion {
  /** How many programs the client had here before this one. */
  changes: number;
}

export interface RejectedRecord {
  sequence: number;
  eventId: string;
  reason: string;
  atMs: number;
}
