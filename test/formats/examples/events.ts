// Examples of events and of what travels with them.

import { dataSources } from "../../../src/model/data_origin.ts";
import {
  callerScopes,
  type Enrichment,
  eventTypes,
  membershipChanges,
  type PersonEvent,
} from "../../../src/model/event.ts";
import { type Review, reviewQualities, reviewStatuses } from "../../../src/model/incentive.ts";
import {
  type NamedValue,
  personBlocks,
  type PersonCard,
  qualities,
  type RequestOrigin,
  roles,
} from "../../../src/model/person.ts";
import type { OperationReference } from "../../../src/model/audience.ts";
import { prehandlerParts } from "../../../src/model/prehandler.ts";
import { type Filled, words } from "../filled.ts";

export const namedValue: Filled<NamedValue> = { name: "order", value: "o-1" };
export const reference: Filled<OperationReference> = { audienceId: "9", operationId: "10" };
export const origin: Filled<RequestOrigin> = { ip: "192.0.2.1", deviceId: "d1", country: "AT", atMs: 1_000 };

export const card: Filled<PersonCard> = {
  id: "1",
  email: "ann@example.com",
  partnerUserId: "u1",
  firstName: "Ann",
  block: words(personBlocks),
  requests: [origin],
};

export const review: Filled<Review> = {
  id: "11",
  actionType: "PURCHASE",
  name: "bought",
  actionId: "12",
  campaignId: "13",
  status: words(reviewStatuses),
  quality: words(reviewQualities),
  value: 12.5,
  partnerEventId: namedValue,
  causeName: "bought",
  causeType: "INPUT",
  stepEventId: "14",
  rootEventId: "15",
  container: "production",
  sandbox: "s",
  advocateId: "2",
  journeyName: "FRIEND",
  journeyKey: namedValue,
  data: { cart: 12.5 },
  note: "n",
  createdMs: 1_000,
  updatedMs: 1_001,
  dueMs: 1_002,
};

export const enrichment: Filled<Enrichment> = {
  ip: "192.0.2.1",
  country: "AT",
  userAgent: "agent",
  referrer: "https://example.com",
  deviceId: "d1",
  appType: "web",
  isBot: true,
  riskScore: 1,
  ipRisk: 2,
  isHighRiskEmail: true,
  isDisposableEmail: true,
  clientDomainId: "16",
  scopes: callerScopes,
  shareUrl: "https://example.com/s/",
  isGloballyBlocked: true,
  messageId: "m1",
  headers: { accept: "text/html" },
  origins: {
    rest: words(dataSources),
    named: {
      BACKEND: ["a"],
      EXPIRED_JWT: ["b"],
      JWT: ["c"],
      PREHANDLER: ["d"],
      REQUEST_BODY: ["e"],
      REQUEST_QUERY_PARAMETER: ["f"],
    },
    isJwtVerified: true,
  },
  prehandled: {
    revision: 3,
    hash: "h1",
    applied: [{ id: "17", name: "p" }],
    failed: [{ id: "18", name: "q", what: words(prehandlerParts), message: "m" }],
    messages: ["m"],
    name: "bought",
    eventTime: "2026-01-01T00:00:00Z",
    set: { cart: 12.5 },
    removed: ["x"],
    verified: ["email"],
  },
  bearer: {
    device: "d1",
    personId: "1",
    proves: "ann@example.com",
    provesPartnerUserId: "u1",
    leftEmail: "left@example.com",
  },
};

export const event: Filled<PersonEvent> = {
  id: "20",
  type: words(eventTypes),
  name: "Bought",
  nameKey: "bought",
  eventMs: 1_000,
  requestMs: 1_001,
  data: { cart: 12.5 },
  causeId: "21",
  rootId: "22",
  container: "production",
  sandbox: "s",
  depth: 1,
  detail: {
    eachKind: {
      none: {},
      step: { stepId: "23", names: ["bought"], campaignId: "13" },
      reward: { rewardId: "r1", state: "EARNED", tags: ["t"], slots: ["s"] },
      membership: { audienceId: "9", change: words(membershipChanges) },
      membership_order: { audienceId: "9", isMember: true, operation: reference, data: { tier: "gold" } },
      review_due: { reviewId: "11" },
      incentivized: { rewardee: words(roles), personId: "1", review, tags: ["t"] },
      candidate: {},
      member_event: { operation: reference, columns: ["tier"] },
      fired: {
        byPersonId: "2",
        referralReason: "SHARE_ID",
        campaignId: "13",
        journey: { campaignId: "13", journeyName: "FRIEND", key: namedValue, touch: { reason: "SHARE_ID" } },
      },
      referral: { otherPersonId: "2", campaignId: "13", reason: "SHARE_ID" },
      share: { shareId: "24", channel: "EMAIL", quality: words(qualities) },
      scheduled: { campaignId: "13", journeyName: "FRIEND" },
    },
  },
  enrichment,
};
