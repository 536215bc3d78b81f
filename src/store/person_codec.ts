// Persons as bytes: members by position, without names.
//
// A person is written whole at each checkpoint that finds it changed, and persons are most of what is written; as msgpack maps
// they took a quarter of a worker's time. Objects are built with their members in the order of `model/person.ts`, as the engine
// does, so that both have one hidden class.

import {
  type Datum,
  type IdentityShift,
  type Journey,
  type Membership,
  type OlderRewards,
  type PackedSteps,
  type PendingMerge,
  type Person,
  personBlocks,
  type Relationship,
  type RequestOrigin,
  roles,
  scopes,
  type Step,
  type StepTotal,
} from "../model/person.ts";
import type { Incentives } from "../model/incentive.ts";
import type { Points } from "../model/points.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { writeLongList } from "./long_list.ts";
import {
  memberAt,
  readList,
  readMap,
  readNamedValue,
  readStepDatum,
  readText,
  writeList,
  writeMap,
  writeNamedValue,
  writeStepDatum,
  writeText,
} from "./part_codec.ts";
import { readOlderRewards, readRewardSummary, writeOlderRewards, writeRewardSummary } from "./summary_codec.ts";
import {
  readNewestSteps,
  readOlderSteps,
  readSteps,
  readTotal,
  readTimedTotal,
  readWideSteps,
  readWideTotal,
  writeHotSteps,
  writeTotal,
} from "./step_codec.ts";
import { readShare, readShareable, writeShare, writeShareable } from "./share_codec.ts";
import { readRising, writeRising } from "./trail_codec.ts";

export function writePerson(writer: ByteWriter, person: Person): void {
  writer.text(person.id);
  writer.text(person.client);
  writer.count(person.version);
  writer.textOrNull(person.email);
  writer.textOrNull(person.partnerUserId);
  writeMap(writer, person.data, writeDatum);
  writer.u8(personBlocks.indexOf(person.block));
  writer.text(person.blockReason);
  writer.numberOrNull(person.blockedMs);
  writer.textOrNull(person.forwardedTo);
  writer.flag(person.isWaiting);
  writeMerge(writer, person.mergesInto);
  writer.flag(person.isForwarding);
  writer.number(person.createdMs);
  writer.number(person.updatedMs);
  writeHotSteps(writer, person);
  writer.count(person.stepPages);
  writeMap(writer, person.stepTotals, writeTotal);
  writeList(writer, person.journeys, writeJourney);
  writeList(writer, person.rewards, writeRewardSummary);
  writeOlderRewards(writer, person.olderRewards);
  writeLongList(writer, person.relationships, writeRelationship);
  writeList(writer, person.memberships, writeMembership);
  writeList(writer, person.shareables, writeShareable);
  writeList(writer, person.shares, writeShare);
  writer.textOrNull(person.incentives === null ? null : JSON.stringify(person.incentives));
  writer.textOrNull(person.points === null ? null : JSON.stringify(person.points));
  writeList(writer, person.identityHistory, writeShift);
  writeList(writer, person.requests, writeRequest);
  writeRising(writer, person.trail);
  writer.count(person.trailPages);
}

/** In what the layouts of persons differ. */
interface PersonLayout {
  readonly readDatum: (reader: ByteReader) => Datum;
  readonly isDated: boolean;
  readonly hasIncentives: boolean;
  readonly hasPoints: boolean;
  readonly readSteps: (reader: ByteReader) => Step[];
  readonly readOlderSteps: (reader: ByteReader) => PackedSteps | null;
  readonly readTotal: (reader: ByteReader) => StepTotal;
  readonly readOlderRewards: (reader: ByteReader) => OlderRewards | null;
}

const paged: PersonLayout = {
  readDatum,
  isDated: true,
  hasIncentives: true,
  hasPoints: true,
  readSteps: readNewestSteps,
  readOlderSteps,
  readTotal,
  readOlderRewards,
};
const packed: PersonLayout = { ...paged, readOlderRewards: () => null };
const unpacked: PersonLayout = { ...packed, readSteps, readOlderSteps: () => null, readTotal: readTimedTotal };
const wide: PersonLayout = { ...unpacked, readSteps: readWideSteps, readTotal: readWideTotal };
const unpointed: PersonLayout = { ...wide, hasPoints: false };
const unreviewed: PersonLayout = { ...unpointed, hasIncentives: false };
const undated: PersonLayout = { ...unreviewed, readDatum: readUndatedDatum, isDated: false };

export function readPerson(reader: ByteReader): Person {
  return readWith(reader, paged);
}

/** As persons were written with all their rewards. */
export function readUnpagedPerson(reader: ByteReader): Person {
  return readWith(reader, packed);
}

/** As persons were written with all steps of their entry oldest first. */
export function readUnpackedPerson(reader: ByteReader): Person {
  return readWith(reader, unpacked);
}

/** As persons were written when each step was written as if alone, and all numbers of totals. */
export function readWidePerson(reader: ByteReader): Person {
  return readWith(reader, wide);
}

/** As persons were written before there were points. */
export function readUnpointedPerson(reader: ByteReader): Person {
  return readWith(reader, unpointed);
}

/** As persons were written before there were incentives. */
export function readUnreviewedPerson(reader: ByteReader): Person {
  return readWith(reader, unreviewed);
}

/** As persons were written before data had dates and persons had shareables. */
export function readUndatedPerson(reader: ByteReader): Person {
  const person = readWith(reader, undated);
  for (const datum of Object.values(person.data)) {
    datum.createdMs = person.createdMs;
    datum.updatedMs = person.updatedMs;
  }
  return person;
}

function readWith(reader: ByteReader, layout: PersonLayout): Person {
  const { isDated, hasIncentives, hasPoints } = layout;
  return {
    id: reader.text(),
    client: reader.text(),
    version: reader.count(),
    email: reader.textOrNull(),
    partnerUserId: reader.textOrNull(),
    data: readMap(reader, layout.readDatum),
    block: memberAt(personBlocks, reader),
    blockReason: isDated ? reader.text() : "",
    blockedMs: isDated ? reader.numberOrNull() : null,
    forwardedTo: reader.textOrNull(),
    isWaiting: reader.flag(),
    mergesInto: readMerge(reader),
    isForwarding: reader.flag(),
    createdMs: reader.number(),
    updatedMs: reader.number(),
    steps: layout.readSteps(reader),
    olderSteps: layout.readOlderSteps(reader),
    stepPages: reader.count(),
    stepTotals: readMap(reader, layout.readTotal),
    journeys: readList(reader, readJourney),
    rewards: readList(reader, readRewardSummary),
    olderRewards: layout.readOlderRewards(reader),
    relationships: readList(reader, readRelationship),
    memberships: readList(reader, readMembership),
    shareables: isDated ? readList(reader, readShareable) : [],
    shares: isDated ? readList(reader, readShare) : [],
    incentives: hasIncentives ? readIncentives(reader) : null,
    points: hasPoints ? readPoints(reader) : null,
    identityHistory: readList(reader, readShift),
    requests: readList(reader, readRequest),
    trail: readRising(reader),
    trailPages: reader.count(),
  };
}

/** Few have any, and those few: as text. */
function readIncentives(reader: ByteReader): Incentives | null {
  const text = reader.textOrNull();
  return text === null ? null : (JSON.parse(text) as Incentives);
}

function readPoints(reader: ByteReader): Points | null {
  const text = reader.textOrNull();
  return text === null ? null : (JSON.parse(text) as Points);
}

function writeMerge(writer: ByteWriter, merge: PendingMerge | null): void {
  writer.flag(merge !== null);
  if (merge === null) return;
  writer.text(merge.personId);
  writer.textOrNull(merge.replyTo);
}

function readMerge(reader: ByteReader): PendingMerge | null {
  return reader.flag() ? { personId: reader.text(), replyTo: reader.textOrNull() } : null;
}

function writeJourney(writer: ByteWriter, journey: Journey): void {
  writer.text(journey.id);
  writer.text(journey.campaignId);
  writer.text(journey.program);
  writer.text(journey.name);
  writeNamedValue(writer, journey.key);
  writer.text(journey.container);
  writeList(writer, journey.data, writeStepDatum);
  writeMap(writer, journey.entry, writeText);
  writeMap(writer, journey.last, writeText);
  writer.textOrNull(journey.variant);
  writer.number(journey.createdMs);
  writer.number(journey.updatedMs);
}

function readJourney(reader: ByteReader): Journey {
  return {
    id: reader.text(),
    campaignId: reader.text(),
    program: reader.text(),
    name: reader.text(),
    key: readNamedValue(reader),
    container: reader.text(),
    data: readList(reader, readStepDatum),
    entry: readMap(reader, readText),
    last: readMap(reader, readText),
    variant: reader.textOrNull(),
    createdMs: reader.number(),
    updatedMs: reader.number(),
  };
}

function writeRelationship(writer: ByteWriter, relationship: Relationship): void {
  writer.text(relationship.id);
  writer.u8(roles.indexOf(relationship.myRole));
  writer.text(relationship.otherPersonId);
  writer.textOrNull(relationship.otherEmail);
  writer.text(relationship.campaignId);
  writer.text(relationship.program);
  writer.text(relationship.container);
  writer.text(relationship.causeEventId);
  writer.text(relationship.rootEventId);
  writer.text(relationship.reason);
  writer.flag(relationship.isSelfReferral);
  writeList(writer, relationship.data, writeStepDatum);
  writer.number(relationship.createdMs);
  writer.number(relationship.updatedMs);
}

function readRelationship(reader: ByteReader): Relationship {
  return {
    id: reader.text(),
    myRole: memberAt(roles, reader),
    otherPersonId: reader.text(),
    otherEmail: reader.textOrNull(),
    campaignId: reader.text(),
    program: reader.text(),
    container: reader.text(),
    causeEventId: reader.text(),
    rootEventId: reader.text(),
    reason: reader.text(),
    isSelfReferral: reader.flag(),
    data: readList(reader, readStepDatum),
    createdMs: reader.number(),
    updatedMs: reader.number(),
  };
}

function writeMembership(writer: ByteWriter, membership: Membership): void {
  writer.text(membership.audienceId);
  writer.number(membership.createdMs);
  writer.number(membership.updatedMs);
}

function readMembership(reader: ByteReader): Membership {
  return { audienceId: reader.text(), createdMs: reader.number(), updatedMs: reader.number() };
}

function writeRequest(writer: ByteWriter, request: RequestOrigin): void {
  writer.textOrNull(request.ip);
  writer.textOrNull(request.deviceId);
  writer.textOrNull(request.country);
  writer.number(request.atMs);
}

function readRequest(reader: ByteReader): RequestOrigin {
  return {
    ip: reader.textOrNull(),
    deviceId: reader.textOrNull(),
    country: reader.textOrNull(),
    atMs: reader.number(),
  };
}

const IDENTITY_SHIFT = 1;
const SPLIT_LOSER = 2;

function writeShift(writer: ByteWriter, shift: IdentityShift): void {
  switch (shift.kind) {
    case "IDENTITY_SHIFT":
      writer.u8(IDENTITY_SHIFT);
      writer.text(shift.shape);
      writer.textOrNull(shift.oldKeyValue);
      writer.number(shift.atMs);
      return writer.count(shift.version);
    case "SPLIT_LOSER":
      writer.u8(SPLIT_LOSER);
      writer.text(shift.losingKeyValue);
      writer.text(shift.winningPersonId);
      writer.text(shift.winningKeyValue);
      return writer.number(shift.atMs);
  }
}

function readShift(reader: ByteReader): IdentityShift {
  if (reader.u8() === IDENTITY_SHIFT) {
    return {
      kind: "IDENTITY_SHIFT",
      shape: reader.text(),
      oldKeyValue: reader.textOrNull(),
      atMs: reader.number(),
      version: reader.count(),
    };
  }
  return {
    kind: "SPLIT_LOSER",
    losingKeyValue: reader.text(),
    winningPersonId: reader.text(),
    winningKeyValue: reader.text(),
    atMs: reader.number(),
  };
}

function writeDatum(writer: ByteWriter, datum: Datum): void {
  writer.json(datum.value);
  writer.u8(scopes.indexOf(datum.scope));
  writer.number(datum.createdMs);
  writer.number(datum.updatedMs);
}

function readDatum(reader: ByteReader): Datum {
  return {
    value: reader.json(),
    scope: memberAt(scopes, reader),
    createdMs: reader.number(),
    updatedMs: reader.number(),
  };
}

function readUndatedDatum(reader: ByteReader): Datum {
  return { value: reader.json(), scope: memberAt(scopes, reader), createdMs: 0, updatedMs: 0 };
}
