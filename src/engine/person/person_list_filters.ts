// What passes the filters of a person's lists. Filters are data: whoever reads sends them to where the person is.

import { hasData, hasKey, isAmong, isNamed, type KeyValue } from "../../model/filters.ts";
import { labelsOfPrograms, type RenamedPrograms } from "../../rules/mod.ts";
import type { Journey, Membership, Relationship, RewardSummary, Share, Step } from "../../model/person.ts";

type Texts = readonly string[];
type Pairs = readonly KeyValue[];

/** Absent: everything passes. */
export interface JourneyFilter {
  readonly ids?: Texts;
  readonly names?: Texts;
  readonly programs?: Texts;
  readonly campaigns?: Texts;
  readonly containers?: Texts;
  readonly keyNames?: Texts;
  readonly keyValues?: Pairs;
  readonly dataKeys?: Texts;
  readonly dataValues?: Pairs;
}

export interface RelationshipFilter {
  readonly roles?: Texts;
  readonly containers?: Texts;
  readonly programs?: Texts;
  readonly campaigns?: Texts;
  readonly dataKeys?: Texts;
  readonly dataValues?: Pairs;
  readonly hidesAnonymous?: boolean;
  /** Two persons with one identity are one human: otherwise, per role and campaign, the relationships with the newest of them are shown. */
  readonly showsDuplicates?: boolean;
  readonly showsSelfReferrals?: boolean;
}

export interface MembershipFilter {
  readonly audienceIds?: Texts;
  /** Of these alone, also where there are none. */
  readonly among?: Texts;
}

export interface ShareFilter {
  readonly ids?: Texts;
  readonly programs?: Texts;
  readonly campaigns?: Texts;
  /** Ids that whoever shared gave. */
  readonly partnerIds?: Pairs;
  readonly partnerValues?: Texts;
  readonly dataKeys?: Texts;
  readonly dataValues?: Pairs;
}

export interface StepFilter {
  readonly names?: Texts;
  readonly containers?: Texts;
  readonly campaigns?: Texts;
  readonly programs?: Texts;
  readonly journeys?: Texts;
  readonly keyNames?: Texts;
  readonly keyValues?: Pairs;
  readonly dataKeys?: Texts;
  readonly events?: Texts;
  readonly causes?: Texts;
  readonly roots?: Texts;
  readonly qualities?: Texts;
  readonly partnerEventNames?: Texts;
  readonly partnerEventValues?: Texts;
  readonly isPrimary?: boolean | null;
  /** Leaves out what the client keeps to itself. */
  readonly hidesClients?: boolean;
}

/** What of a reward never changes, and its summary says as well. */
export interface OwnRewardFilter {
  readonly ids?: Texts;
  readonly names?: Texts;
  readonly programs?: Texts;
  readonly campaigns?: Texts;
  readonly journeys?: Texts;
}

/** All that are given have to fit. */
export interface HotStepFilter {
  readonly rootEventId?: string;
  readonly partnerEventValue?: string;
  /** Shown to everybody. */
  readonly isPublic?: boolean;
}

/** L3 of the lists. */
export function ofWholePrograms<F extends { readonly programs?: Texts }>(filter: F, renamed: () => RenamedPrograms): F {
  const { programs = none } = filter;
  return programs.length === 0 ? filter : { ...filter, programs: labelsOfPrograms(programs, renamed(), isSameName) };
}

function isSameName(left: string, right: string): boolean {
  return isNamed([left], right);
}

export function isJourney(filter: JourneyFilter, journey: Journey): boolean {
  const { ids = none, names = none, programs = none, campaigns = none, containers = none } = filter;
  return (
    isAmong(ids, journey.id) &&
    isNamed(names, journey.name) &&
    isNamed(programs, journey.program) &&
    isAmong(campaigns, journey.campaignId) &&
    isAmong(containers, journey.container) &&
    hasKey(filter.keyNames ?? none, filter.keyValues ?? none, journey.key) &&
    hasData(filter.dataKeys ?? none, filter.dataValues ?? none, journey.data)
  );
}

export function isRelationship(filter: RelationshipFilter, relationship: Relationship): boolean {
  const { roles = none, containers = none, programs = none, campaigns = none } = filter;
  return (
    isAmong(roles, relationship.myRole) &&
    isAmong(containers, relationship.container) &&
    isNamed(programs, relationship.program) &&
    isAmong(campaigns, relationship.campaignId) &&
    hasData(filter.dataKeys ?? none, filter.dataValues ?? none, relationship.data) &&
    (filter.hidesAnonymous !== true || relationship.otherEmail !== null) &&
    (filter.showsSelfReferrals === true || !relationship.isSelfReferral)
  );
}

export function isMembership({ audienceIds = none, among }: MembershipFilter, { audienceId }: Membership): boolean {
  return isAmong(audienceIds, audienceId) && (among === undefined || among.includes(audienceId));
}

export function isShare(filter: ShareFilter, { id, program, campaignId, partnerId, data }: Share): boolean {
  const { ids = none, programs = none, campaigns = none, partnerIds = none, partnerValues = none } = filter;
  return (
    isAmong(ids, id) &&
    isNamed(programs, program) &&
    isAmong(campaigns, campaignId) &&
    (partnerIds.length === 0 ||
      partnerIds.some(({ key, value }) => partnerId?.name === key && partnerId.value === value)) &&
    isAmong(partnerValues, partnerId?.value ?? null) &&
    hasData(filter.dataKeys ?? none, filter.dataValues ?? none, data)
  );
}

/** A second arrival of a unique business id is kept for the record; the contract's step has no member to tell it apart. */
export function isStep(filter: StepFilter, step: Step): boolean {
  const { isPrimary = null } = filter;
  return (
    !step.isDuplicate &&
    isNamed(filter.names ?? none, step.name) &&
    isAmong(filter.containers ?? none, step.container) &&
    isAmong(filter.campaigns ?? none, step.campaignId) &&
    isNamed(filter.programs ?? none, step.program) &&
    isNamed(filter.journeys ?? none, step.journeyName) &&
    hasKey(filter.keyNames ?? none, filter.keyValues ?? none, step.journeyKey) &&
    (isPrimary === null || step.isPrimary === isPrimary) &&
    hasData(filter.dataKeys ?? none, none, step.data) &&
    isAmong(filter.events ?? none, step.eventId) &&
    isAmong(filter.causes ?? none, step.causeEventId) &&
    isAmong(filter.roots ?? none, step.rootEventId) &&
    isAmong(filter.qualities ?? none, step.quality) &&
    isNamed(filter.partnerEventNames ?? none, step.partnerEventId?.name ?? null) &&
    isAmong(filter.partnerEventValues ?? none, step.partnerEventId?.value ?? null) &&
    (filter.hidesClients !== true || step.scope !== "CLIENT")
  );
}

export function isHotStep({ rootEventId, partnerEventValue, isPublic }: HotStepFilter, step: Step): boolean {
  return (
    (rootEventId === undefined || step.rootEventId === rootEventId) &&
    (partnerEventValue === undefined || step.partnerEventId?.value === partnerEventValue) &&
    (isPublic !== true || step.scope === "PUBLIC")
  );
}

export function isOwnReward(
  filter: OwnRewardFilter,
  { id, name, program, campaignId, journeyName }: RewardSummary,
): boolean {
  const { ids = none, names = none, programs = none, campaigns = none, journeys = none } = filter;
  return (
    isAmong(ids, id) &&
    isNamed(names, name) &&
    isNamed(programs, program) &&
    isAmong(campaigns, campaignId) &&
    isNamed(journeys, journeyName)
  );
}

const none: readonly never[] = [];
