// Person: the hot state of one actor. Plain data; only `src/engine` changes it. All dates are Unix ms.
//
//   P1. `steps` holds the newest steps in order; older ones are in immutable pages (`StepPage`), `stepPages` of them. What is between them, `olderSteps`, is kept
//       as bytes until somebody looks: most persons in memory only get further steps. Where it is not null, `steps` is not empty.
//   P2. `stepTotals` covers all steps, paged or not: counts without windows never read a page. Each step is in two of them:
//       that of its campaign, and that of its name in all campaigns.
//   P3. Each reward has a summary here; the whole reward is an entry of its own. `rewards` holds the newest summaries in the order in which they came, older
//       ones are in pages (`SummaryPage`), which `olderRewards` tells apart without reading one.

import type { Incentives } from "./incentive.ts";
import type { Touch } from "./journey.ts";
import type { JsonValue } from "./json.ts";
import type { Points } from "./points.ts";
import type { RewardState } from "./reward.ts";

// The store writes places in these four lists: append only.
export const scopes = ["CLIENT", "PRIVATE", "PUBLIC"] as const;
export type Scope = (typeof scopes)[number];
export const qualities = ["HIGH", "LOW", "NONE"] as const;
export type Quality = (typeof qualities)[number];
export const personBlocks = ["EVENTS", "REWARDS", "NONE"] as const;
export type PersonBlock = (typeof personBlocks)[number];
export const roles = ["ADVOCATE", "FRIEND"] as const;
export type Role = (typeof roles)[number];

export interface Datum {
  value: JsonValue;
  scope: Scope;
  createdMs: number;
  updatedMs: number;
}

/** Steps in the form in which the store writes them. */
export interface PackedSteps {
  readonly count: number;
  /** A byte a character: one object for a collector to look at, however many steps. */
  readonly bytes: string;
}

export interface Person {
  id: string;
  client: string;
  /** Counts changes; shown as `version`. */
  version: number;
  /** The identity key value (e-mail, trimmed, lower case) or null while anonymous. */
  email: string | null;
  partnerUserId: string | null;
  data: { [name: string]: Datum };
  block: PersonBlock;
  /** Why and when the block was set; empty and null when it never was. */
  blockReason: string;
  blockedMs: number | null;
  /** Set when this person was merged or forwarded into another: all reads and events follow it. */
  forwardedTo: string | null;
  /** True while a `Waiting` entry exists: later events of this person are stashed behind it. */
  isWaiting: boolean;
  /** Whom to merge into as soon as it has the answer that it waits for; null: nobody. */
  mergesInto: PendingMerge | null;
  /** True while a forward of this person is being decided: two persons cannot be forwarded to each other. */
  isForwarding: boolean;
  createdMs: number;
  updatedMs: number;
  /** Whoever reads them asks `PartitionState.hotSteps`, for those that are packed. */
  steps: Step[];
  olderSteps: PackedSteps | null;
  stepPages: number;
  /** Key: `${campaignId}/${step name in lower case}`, and `*` for all campaigns together; no campaign has that id, or one with a slash. */
  stepTotals: { [campaignAndName: string]: StepTotal };
  journeys: Journey[];
  rewards: RewardSummary[];
  /** Null until there are so many that some are in pages. */
  olderRewards: OlderRewards | null;
  relationships: Relationship[];
  memberships: Membership[];
  shareables: Shareable[];
  /** Newest last; at most `SHARES_KEPT_MAX`. */
  shares: Share[];
  /** Of older campaigns; null until there are any. */
  incentives: Incentives | null;
  /** Null until a reward of points was earned. */
  points: Points | null;
  identityHistory: IdentityShift[];
  /** Where the person's events came from, by address and device, newest last; at most `RECENT_REQUESTS_MAX`. */
  requests: RequestOrigin[];
  /** Sequences of the records that changed the person since the current page of its trail began, oldest first. */
  trail: number[];
  /** Number of that page. */
  trailPages: number;
}

/** Whom nobody knows by anything and nothing has happened to yet. */
export function emptyPerson(id: string, client: string, createdMs: number): Person {
  return {
    id,
    client,
    version: 0,
    email: null,
    partnerUserId: null,
    data: {},
    block: "NONE",
    blockReason: "",
    blockedMs: null,
    forwardedTo: null,
    isWaiting: false,
    mergesInto: null,
    isForwarding: false,
    createdMs,
    updatedMs: createdMs,
    steps: [],
    olderSteps: null,
    stepPages: 0,
    stepTotals: {},
    journeys: [],
    rewards: [],
    olderRewards: null,
    relationships: [],
    memberships: [],
    shareables: [],
    shares: [],
    incentives: null,
    points: null,
    identityHistory: [],
    requests: [],
    trail: [],
    trailPages: 0,
  };
}

/** What tells a sender from another. */
export interface RequestOrigin {
  ip: string | null;
  deviceId: string | null;
  country: string | null;
  /** Of the newest event that came from there. */
  atMs: number;
}

/** Addresses and devices remembered a person: a household and its phones; of more, the newest tell enough. */
export const RECENT_REQUESTS_MAX = 5;

/** A merge put off because the person was waiting for an answer. */
export interface PendingMerge {
  personId: string;
  /** Id of the command that is answered when it is done; null: the person itself waits for the history. */
  replyTo: string | null;
}

export interface StepTotal {
  count: number;
  countHigh: number;
  countLow: number;
  /** Null while no step had a value: most names never have one, and a number that is not small and whole is an object of its own in memory. */
  sums: StepSums | null;
  /**
   * The newest steps by event time, oldest first, three numbers each: event time, value (0 without one), 1 when LOW and 0 otherwise.
   * At most `RECENT_STEPS_MAX` steps: what windows and velocity limits look at, so that they seldom walk the history.
   */
  recent: number[];
}

/** Of the values of all steps, of those that are not LOW, and of those that are. */
export interface StepSums {
  all: number;
  high: number;
  low: number;
}

/** Steps in `StepTotal.recent`: above the usual velocity limits, small enough to keep for every name. */
export const RECENT_STEPS_MAX = 32;

/** Numbers that one step takes in `StepTotal.recent`. */
export const RECENT_STEP_WORDS = 3;

/** One row a name: the primary step and each alias are rows of their own and share `eventId`. */
export interface Step {
  id: string;
  name: string;
  isPrimary: boolean;
  campaignId: string;
  program: string;
  journeyName: string | null;
  journeyKey: NamedValue | null;
  /** Id of the STEP event that this row made. */
  eventId: string;
  causeEventId: string;
  rootEventId: string;
  container: string;
  quality: Quality;
  scope: Scope;
  /** Sum and range filters read this; null when the step has no VALUE datum. */
  value: number | null;
  partnerEventId: NamedValue | null;
  /** A second arrival of a unique partner event key: kept for the record, counted nowhere, causes nothing. */
  isDuplicate: boolean;
  eventMs: number;
  createdMs: number;
  data: StepDatum[];
}

export interface StepDatum {
  name: string;
  value: JsonValue;
  scope: Scope;
}

export interface NamedValue {
  name: string;
  value: string;
}

export interface Journey {
  id: string;
  campaignId: string;
  program: string;
  name: string;
  key: NamedValue | null;
  container: string;
  data: StepDatum[];
  /** What led into the journey: never changes. */
  entry: Touch;
  /** What touched it last. */
  last: Touch;
  /** The campaign's variant that the person was given; null when the campaign has none. */
  variant: string | null;
  createdMs: number;
  updatedMs: number;
}

/** Never changed in place: who has another state gets another summary. */
export interface RewardSummary {
  readonly id: string;
  readonly name: string | null;
  readonly state: RewardState;
  /** True while the latest fulfilment attempt failed ("trying to fulfil"). */
  readonly isFulfilFailed: boolean;
  readonly faceValue: number;
  readonly faceValueType: string;
  readonly supplierId: string;
  readonly campaignId: string;
  readonly program: string;
  readonly journeyName: string | null;
  readonly tags: string[];
  readonly slots: string[];
  readonly data: { [name: string]: JsonValue };
  readonly causeEventId: string;
  readonly partnerRewardId: string | null;
  readonly earnedMs: number;
  readonly redeemedMs: number | null;
}

/** What is known of the summaries in pages. Page 0 is the oldest. */
export interface OlderRewards {
  /** How many there are in all pages. */
  count: number;
  /** Of each page: when the last of its rewards was earned, which is not later than this. */
  latestMs: number[];
  /** Two characters a reward, of `SUMMARIES_PER_PAGE` in each page: which page may have an id (`engine/rewards/summary_pages.ts`). */
  marks: string;
}

/** A page is filled once, and loses a reward only when that turns out to get no budget. */
export const SUMMARIES_PER_PAGE = 8;

/** Never changed in place, as summaries of rewards are not. */
export interface Relationship {
  readonly id: string;
  readonly myRole: Role;
  readonly otherPersonId: string;
  readonly otherEmail: string | null;
  readonly campaignId: string;
  readonly program: string;
  readonly container: string;
  readonly causeEventId: string;
  readonly rootEventId: string;
  readonly reason: string;
  readonly isSelfReferral: boolean;
  readonly data: StepDatum[];
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface Membership {
  audienceId: string;
  createdMs: number;
  updatedMs: number;
}

/** A code that leads friends to the person, and what is shown with it. Owned like any other key: one person a code. */
export interface Shareable {
  code: string;
  label: string;
  /** Unique among the person's shareables of one label. */
  key: string;
  content: ShareableContent;
  data: { [name: string]: string };
  createdMs: number;
  updatedMs: number;
}

export interface ShareableContent {
  title: string | null;
  description: string | null;
  imageUrl: string | null;
  url: string | null;
  partnerContentId: string | null;
}

/** One act of sharing. */
export interface Share {
  id: string;
  channel: string;
  link: string | null;
  message: string | null;
  subject: string | null;
  shareableCode: string | null;
  otherPersonId: string | null;
  partnerId: NamedValue | null;
  campaignId: string;
  program: string;
  data: StepDatum[];
  createdMs: number;
}

export type IdentityShift =
  | { kind: "IDENTITY_SHIFT"; shape: string; oldKeyValue: string | null; atMs: number; version: number }
  | { kind: "SPLIT_LOSER"; losingKeyValue: string; winningPersonId: string; winningKeyValue: string; atMs: number };

/** What one person may know of another while deciding: enough for attribution and self-referral rules. */
export interface PersonCard {
  readonly id: string;
  readonly email: string | null;
  readonly partnerUserId: string | null;
  readonly firstName: string | null;
  readonly block: PersonBlock;
  readonly requests: readonly RequestOrigin[];
}

/** Members that grow with what a person does: those who show some of them ask for these. */
export type PersonHistory =
  | "steps"
  | "olderSteps"
  | "stepPages"
  | "stepTotals"
  | "journeys"
  | "rewards"
  | "olderRewards"
  | "relationships"
  | "memberships"
  | "shares"
  | "incentives"
  | "points"
  | "identityHistory"
  | "trail"
  | "trailPages";

/** What a person is, without what it did. */
export type PersonHead = Omit<Person, PersonHistory>;

export function headOf(person: Person): PersonHead {
  return {
    id: person.id,
    client: person.client,
    version: person.version,
    email: person.email,
    partnerUserId: person.partnerUserId,
    data: person.data,
    block: person.block,
    blockReason: person.blockReason,
    blockedMs: person.blockedMs,
    forwardedTo: person.forwardedTo,
    isWaiting: person.isWaiting,
    mergesInto: person.mergesInto,
    isForwarding: person.isForwarding,
    createdMs: person.createdMs,
    updatedMs: person.updatedMs,
    shareables: person.shareables,
    requests: person.requests,
  };
}

/** What is shown of a person alone: little, where the whole person is long. */
export interface Profile extends Pick<Person, "id" | "email" | "version"> {
  readonly locale: string | null;
}

export function profileOf({ id, email, version, data }: Pick<Person, "id" | "email" | "version" | "data">): Profile {
  const locale = data["locale"]?.value;
  return { id, email, version, locale: typeof locale === "string" ? locale : null };
}
