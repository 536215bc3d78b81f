// Events: what happened outside (INPUT) and what the engine makes of it (all other types).

import type { OperationReference } from "./audience.ts";
import type { DataOrigins } from "./data_origin.ts";
import type { Review } from "./incentive.ts";
import type { Touch } from "./journey.ts";
import type { JsonObject } from "./json.ts";
import type { NamedValue, Quality, Role } from "./person.ts";
import type { Prehandling } from "./prehandler.ts";

export const eventTypes = [
  "ASSET",
  "AUDIENCE_MEMBERSHIP",
  "DATA_INTELLIGENCE",
  "DISPLACED",
  "DISPLACED_BY",
  "FORWARDED",
  "IDENTIFIED",
  "INCENTIVIZED",
  "INPUT",
  "INTERNAL",
  "LEGACY_CONSUMER_EVENT",
  "MESSAGE",
  "MESSAGE_NOT_DELIVERED",
  "REFERRED",
  "REFERRED_BY",
  "REWARD",
  "SCHEDULED",
  "SHARE",
  "SHAREABLE",
  "STEP",
] as const;
export type EventType = (typeof eventTypes)[number];

/** How it was sent. "envelope": the body is `{event_name, event_time, data}`; "named": it is the data map, and the event's name stands beside it. */
export type EventForm = "envelope" | "named";

/** An event on its way through one person's campaigns. All fields always present, in this order. */
export interface PersonEvent {
  readonly id: string;
  readonly type: EventType;
  /** As sent; compare with `nameKey`. For REWARD the reward's name, for STEP the primary step name. */
  readonly name: string;
  /** `name` trimmed and in lower case: event names match case-insensitively. */
  readonly nameKey: string;
  /** When it happened, Unix ms. May lie in the past. */
  readonly eventMs: number;
  /** When it was received, Unix ms. */
  readonly requestMs: number;
  readonly data: JsonObject;
  /** The event that directly caused this one; its own id for an INPUT event. */
  readonly causeId: string;
  /** The INPUT event at the start of the chain; its own id for an INPUT event. */
  readonly rootId: string;
  readonly container: string;
  readonly sandbox: string;
  /** How many internal events lie between this one and its root; bounded by `EVENT_CHAIN_MAX`. */
  readonly depth: number;
  readonly detail: EventDetail;
  /** What the front knew about the sender of the INPUT event behind this one; null when it noted nothing, or another person's event is behind it. */
  readonly enrichment: Enrichment | null;
}

/** Scopes of a caller's token that rules can ask for. Their order is that of the bits in event records: append only. */
export const callerScopes = [
  "BACKEND",
  "CLIENT_ADMIN",
  "CLIENT_REPORT_DOWNLOAD",
  "CLIENT_SUPERUSER",
  "ONE_TIME",
  "PASSWORD_RESET",
  "UPDATE_PROFILE",
  "USER_SUPPORT",
  "VERIFIED_CONSUMER",
] as const;

/**
 * What the front found out about the sender of an event. It is part of the event's record, so that a replay decides as the first time did.
 * A member that is not there is unknown: rules say so, and never take it for harmless.
 */
export interface Enrichment {
  /** IPv4 or IPv6 address. */
  readonly ip?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
  readonly userAgent?: string;
  /** Of the HTTP request; empty when it had none. */
  readonly referrer?: string;
  readonly deviceId?: string;
  /** What kind of app sent it, as its request says; data of the event may say otherwise. */
  readonly appType?: string;
  readonly isBot?: boolean;
  /** 0 (harmless) to 99, of the whole request. */
  readonly riskScore?: number;
  /** 0 (harmless) to 99, of the address alone. */
  readonly ipRisk?: number;
  readonly isHighRiskEmail?: boolean;
  readonly isDisposableEmail?: boolean;
  /** The programme domain that the event came through. */
  readonly clientDomainId?: string;
  /** Scopes of the caller's token. */
  readonly scopes?: readonly string[];
  /** What links of shareables begin with where the event came in; only of events that ask for a zone. */
  readonly shareUrl?: string;
  /** Some list of the platform says so. */
  readonly isGloballyBlocked?: boolean;
  /** Given by the sender to what it may send again: of events with the same id, the first is applied. */
  readonly messageId?: string;
  /** Of the request, by name in lower case: those that prehandlers ask for where the person is. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where its data come from, if not all from the body. */
  readonly origins?: DataOrigins;
  /** What the client's prehandlers made of the event. */
  readonly prehandled?: Prehandling;
  /** Of an event that came with a consumer's token: whom that stands for. */
  readonly bearer?: Bearer;
}

/** Whom a consumer's token stands for. */
export interface Bearer {
  /** The device that the token was made for; a token is known by it. */
  readonly device: string;
  /** Null: whoever the device belongs to. */
  readonly personId: string | null;
  /** The e-mail that came with the event and a proof that it is the sender's. */
  readonly proves?: string;
  /** The partner user id that came with that proof. */
  readonly provesPartnerUserId?: string;
  /** Of an event that names another person than the token's: the e-mail of the one left behind, null if that one has none. */
  readonly leftEmail?: string | null;
}

/** What providers are asked by; null: not known. */
export interface AskedSender {
  readonly ip: string | null;
  readonly email: string | null;
  readonly userAgent: string | null;
}

/** What they found out; what is absent stays unknown. */
export type SenderFindings = Pick<
  Enrichment,
  "country" | "riskScore" | "ipRisk" | "isHighRiskEmail" | "isGloballyBlocked"
>;

export type LookUpSender = (sender: AskedSender) => SenderFindings;

/** What an event of type AUDIENCE_MEMBERSHIP says of it. */
export const membershipChanges = ["CREATED", "REMOVED", "UPDATED"] as const;
export type MembershipChange = (typeof membershipChanges)[number];

/** What only some types carry. */
export type EventDetail =
  | { readonly kind: "none" }
  | { readonly kind: "step"; readonly stepId: string; readonly names: readonly string[]; readonly campaignId: string }
  | {
      readonly kind: "reward";
      readonly rewardId: string;
      readonly state: string;
      readonly tags: readonly string[];
      readonly slots: readonly string[];
    }
  | { readonly kind: "membership"; readonly audienceId: string; readonly change: MembershipChange }
  /** The person is to be in the audience, or not: from outside, for an operation or for whoever waits. Becomes `membership` where it changes something. */
  | {
      readonly kind: "membership_order";
      readonly audienceId: string;
      readonly isMember: boolean;
      readonly operation: OperationReference | null;
      /** What a list says of the person. */
      readonly data: JsonObject;
    }
  /** The period of a review of the person is over. */
  | { readonly kind: "review_due"; readonly reviewId: string }
  /** A review was approved or declined, and rules reward the person in that role for it. */
  | {
      readonly kind: "incentivized";
      readonly rewardee: Role;
      readonly personId: string;
      readonly review: Readonly<Review>;
      readonly tags: readonly string[];
    }
  /** Prehandlers that look at the person are still to come. */
  | { readonly kind: "candidate" }
  /** The event is one that an operation fires for each member. */
  | { readonly kind: "member_event"; readonly operation: OperationReference; readonly columns: readonly string[] }
  | {
      readonly kind: "fired";
      readonly byPersonId: string;
      readonly referralReason: string | null;
      /** Of the controller that fired it. */
      readonly campaignId: string;
      readonly journey: FiredFor | null;
    }
  | { readonly kind: "referral"; readonly otherPersonId: string; readonly campaignId: string; readonly reason: string }
  | { readonly kind: "share"; readonly shareId: string; readonly channel: string; readonly quality: Quality }
  | { readonly kind: "scheduled"; readonly campaignId: string; readonly journeyName: string | null };

/** The journey that a fired event belongs to. Null members restrict nothing. */
export interface FiredFor {
  readonly campaignId: string | null;
  readonly journeyName: string | null;
  readonly key: NamedValue | null;
  readonly touch: Touch;
}
