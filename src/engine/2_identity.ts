// Stage 2: whom is the event about?
//
// Starts in the partition of the event's strongest key and ends in the person's: usually the same one, since a new person is created
// where its key lives.
//
//   N1. A key belongs to at most one person; first in the key's log wins.
//   N2. Only an e-mail merges persons: an anonymous person that turns out to own it is folded into the one with the e-mail.
//   N3. An event without an identity key is looked up by the keys of the client's program, one after the other; a new person has none of them
//       before a controller takes it.
//   N4. Who sends an event with a token of its own is whom the token stands for, until the event names an e-mail or, without one, a partner user id:
//       an id of a person in its data is not the sender's to give. Another than the token's person has means somebody else at the same device, who
//       is not merged.
//   N5. A person's events are applied in the order in which they reached the person's partition.
//   N6. What is sent with a token merges nothing but what its device did itself: ids of other people's accounts can be guessed. Only a signature of the
//       client, or its back end, says that the one with the partner user id and the one with the e-mail are the same.

import { idTextOfHalves, originOf } from "../base/ids.ts";
import type { Bearer, PersonEvent } from "../model/event.ts";
import type { JsonObject } from "../model/json.ts";
import { emptyPerson, type Person } from "../model/person.ts";
import type { LogRecord } from "../model/record.ts";
import type { EventInFlight } from "../model/in_flight.ts";
import { withDifferences } from "./0_prehandle.ts";
import { DEVICE_KEY, partitionOfKey, partitionOfProgramKey, type ProgramKey, programKeys, textOf } from "./1_route.ts";
import { type Behind, beginEvent, comeBack, endLeaving, hasLeft, NOTHING_BEHIND, stash } from "./3_ask.ts";
import { tellOperation } from "./audiences/audience_operations.ts";
import { tellBatch } from "./batches/batch_rows.ts";
import { isEnded } from "./person/bearers.ts";
import { giveBackAll } from "./event/claimed_ahead.ts";
import { markCandidate, passCandidate } from "./event/candidate.ts";
import { keysOf, newId, programOf, reject, reply, send, type Turn, wantsReply } from "./context.ts";
import { withKnownNames } from "./event/data_names.ts";
import { decodeEventPayload } from "./event/event_payload.ts";
import { isFirstMessage, messageIdOf } from "./event/idempotency.ts";
import { eraseMerged } from "./person/erase.ts";
import { keyEntry, letGoOfKey, ownerOf } from "./person/keys.ts";
import { EVENT_HOPS_MAX } from "./limits.ts";
import type { EventTarget, Input, Message } from "./message.ts";
import { partnerEventEntry } from "./event/partner_events.ts";
import { withoutLostProof } from "./event/proof.ts";
import { editPerson } from "./person/trail.ts";

/** The container of an event that names none. */
export const DEFAULT_CONTAINER = "production";

export function receiveInput(turn: Turn, record: LogRecord): void {
  const { idHigh, idLow, timeMs, payload } = record;
  const inFlight = inFlightOf(turn, { idHigh, idLow, receivedMs: timeMs, wantsReply: wantsReply(record), payload }, 0);
  const messageId = inFlight.event.enrichment?.messageId;
  if (messageId !== undefined && !isFirstMessage(turn, inFlight.client, messageId, inFlight.event.id))
    return refuse(turn, inFlight, "message_repeated");
  seekPerson(turn, inFlight);
}

type HandedOn = Extract<Message, { kind: "input" }>;

/** An INPUT event that another partition handed on as it came. */
export function receiveHandedOn(turn: Turn, { target, input, hops, claimedIn, row }: HandedOn): void {
  const inFlight = inFlightOf(turn, input, hops);
  if (claimedIn !== undefined) inFlight.claimedIn = claimedIn;
  if (row !== undefined) inFlight.row = row;
  if (target.kind === "sender") seekPerson(turn, inFlight);
  else receiveEvent(turn, target, inFlight);
}

function inFlightOf(turn: Turn, input: Input, hops: number): EventInFlight {
  const decoded = decodeEventPayload(input.payload, turn.context.texts);
  const id = idTextOfHalves(input.idHigh, input.idLow);
  const prehandled = decoded.enrichment?.prehandled;
  const isByBearer = decoded.enrichment?.bearer !== undefined;
  const own = isByBearer ? withoutPersonId(decoded.data) : decoded.data;
  const said = { name: decoded.name, eventMs: decoded.eventMs ?? input.receivedMs, data: own };
  const processed = prehandled === undefined ? said : withDifferences(said, prehandled);
  const data = withKnownNames(processed.data);
  const container = textOf(data["container"]) ?? DEFAULT_CONTAINER;
  const name = processed.name.trim();
  // Noted once, where the event arrives first.
  const failed = hops === 0 ? (prehandled?.failed ?? []) : [];
  for (const { what } of failed) reject(turn, id, `prehandler_${what}_execution_failure`);
  const event: PersonEvent = markCandidate(turn, decoded.client, {
    id,
    type: "INPUT",
    name,
    nameKey: name.toLowerCase(),
    eventMs: processed.eventMs,
    requestMs: input.receivedMs,
    data,
    causeId: id,
    rootId: id,
    container,
    sandbox: sandboxOf(container),
    depth: 0,
    detail: { kind: "none" },
    enrichment: prehandled === undefined ? decoded.enrichment : withoutLostProof(decoded.enrichment, data),
  });
  turn.input = { event, madeOf: input };
  return { client: decoded.client, event, wantsReply: input.wantsReply, hops, absorbs: null, otherPerson: null };
}

/** In whatever case it was written. */
function withoutPersonId(data: JsonObject): JsonObject {
  for (const name in data) {
    if (name.length !== PERSON_ID.length || name.toLowerCase() !== PERSON_ID) continue;
    return Object.fromEntries(Object.entries(data).filter(([own]) => own.toLowerCase() !== PERSON_ID));
  }
  return data;
}

const PERSON_ID = "person_id";

export function sandboxOf(container: string): string {
  return `production-${container}`;
}

/** An event that another partition handed on. */
export function receiveEvent(turn: Turn, target: EventTarget, inFlight: EventInFlight): void {
  switch (target.kind) {
    case "person":
      return deliverToPerson(turn, inFlight, target.personId);
    case "key":
      return isIdentityKey(target.keyType)
        ? deliverByKey(turn, inFlight, target.keyType, target.value)
        : deliverByProgramKey(turn, inFlight, target);
    case "partner_event":
      return deliverByProgramKey(turn, inFlight, target);
  }
}

/** Whose token it is; whom the event names by an e-mail is settled there (`identity_questions.ts`). */
function deliverToBearer(turn: Turn, inFlight: EventInFlight, { device, personId }: Bearer): void {
  if (personId !== null) return deliverToPerson(turn, inFlight, personId);
  deliverByKey(turn, inFlight, DEVICE_KEY, device);
}

function seekPerson(turn: Turn, inFlight: EventInFlight): void {
  const keys = keysOf(turn, inFlight.event);
  const bearer = inFlight.event.enrichment?.bearer;
  if (bearer !== undefined && isEnded(turn, inFlight.client, bearer)) {
    return refuse(turn, inFlight, "invalid_access_token");
  }
  if (keys.personId !== null) return deliverToPerson(turn, inFlight, keys.personId);
  if (bearer !== undefined) return deliverToBearer(turn, inFlight, bearer);
  if (keys.email !== null) return deliverByKey(turn, inFlight, "email", keys.email);
  if (keys.partnerUserId !== null) return deliverByKey(turn, inFlight, "partner_user_id", keys.partnerUserId);
  const [first] = keysOfProgram(turn, inFlight);
  if (first !== undefined) return deliverByProgramKey(turn, inFlight, first);
  beginFirst(turn, inFlight, () => newPerson(turn, inFlight.client, { email: null, partnerUserId: null }));
}

/** The first event of a person, who is made for it unless it turns out to be about somebody else. */
function beginFirst(turn: Turn, candidate: EventInFlight, create: () => Person): void {
  const { inFlight, isElsewhere } = passCandidate(turn, candidate, null);
  if (isElsewhere) return seekPerson(turn, inFlight);
  beginEvent(turn, create(), inFlight, NOTHING_BEHIND);
}

function keysOfProgram(turn: Turn, { client, event }: EventInFlight): ProgramKey[] {
  const program = programOf(turn, client);
  return program === undefined || event.type !== "INPUT" ? [] : programKeys(event.data, program);
}

export function deliverToPerson(turn: Turn, inFlight: EventInFlight, personId: string): void {
  const partition = originOf(personId);
  if (partition === undefined || partition >= turn.context.partitions)
    return refuse(turn, inFlight, "person_not_found");
  if (partition !== turn.context.partition) return handOn(turn, inFlight, partition, { kind: "person", personId });
  const person = editPerson(turn, personId);
  if (person === undefined) return leadOn(turn, inFlight, personId);
  if (person.client !== inFlight.client) return refuse(turn, inFlight, "person_not_found");
  arrive(turn, inFlight, person);
}

/**
 * The event is not about `personId`, who is there no more (`person/erase.ts`), though a key or a link has led it there: it goes to whoever has its key now, or to
 * somebody new. What named that person by id, or by a business id alone, is about nobody.
 */
export function leadOn(turn: Turn, inFlight: EventInFlight, personId: string): void {
  const { client, event, hops } = inFlight;
  const { email, partnerUserId, ...named } = keysOf(turn, event);
  const { enrichment } = event;
  if (event.type !== "INPUT" || named.personId !== null || hops >= EVENT_HOPS_MAX)
    return refuse(turn, inFlight, "person_not_found");
  // Else its link would lead back here.
  eraseMerged(turn, { intoPersonId: personId });
  const further = { ...inFlight, hops: hops + 1 };
  const toOwner = (keyType: IdentityKeyType, value: string): void => {
    letGoOfKey(turn, { client, keyType, value, personId });
    deliverByKey(turn, further, keyType, value);
  };
  if (email !== null) return toOwner("email", email);
  const bearer = enrichment?.bearer;
  if (bearer !== undefined && bearer.personId !== null) return refuse(turn, inFlight, "invalid_access_token");
  if (bearer !== undefined) return toOwner(DEVICE_KEY, bearer.device);
  if (partnerUserId !== null) return toOwner("partner_user_id", partnerUserId);
  const keys = keysOfProgram(turn, inFlight);
  const [first] = keys;
  if (first === undefined || keys.some(({ kind }) => kind === "partner_event"))
    return refuse(turn, inFlight, "person_not_found");
  for (const key of keys) if (key.kind === "key") letGoOfKey(turn, { client, ...key, personId });
  deliverByProgramKey(turn, further, first);
}

/** Keys that a person has one of, and is made by. */
type IdentityKeyType = "email" | "partner_user_id" | typeof DEVICE_KEY;

function isIdentityKey(keyType: string): keyType is IdentityKeyType {
  return keyType === "email" || keyType === "partner_user_id" || keyType === DEVICE_KEY;
}

/** Delivers to the owner of a key, who is created here if there is none yet. */
export function deliverByKey(turn: Turn, inFlight: EventInFlight, keyType: IdentityKeyType, value: string): void {
  const partition = partitionOfKey(inFlight.client, keyType, value, turn.context.partitions);
  if (partition !== turn.context.partition) return handOn(turn, inFlight, partition, { kind: "key", keyType, value });
  const owner = ownerOf(turn, inFlight.client, keyType, value);
  if (owner !== undefined) return deliverToPerson(turn, inFlight, owner);
  // Who is to leave an audience need not be made for it.
  if (isLeaving(inFlight.event)) return refuse(turn, inFlight, "person_not_found");
  beginFirst(turn, inFlight, () => {
    const person = newPerson(turn, inFlight.client, {
      email: keyType === "email" ? value : null,
      partnerUserId: keyType === "partner_user_id" ? value : null,
    });
    turn.state.put("key", keyEntry(inFlight.client, keyType, value), { personId: person.id, sinceMs: turn.nowMs });
    return person;
  });
}

/** Delivers to the person found by a key of the client's program, or looks on by the next one; a key that nobody has does not make one. */
function deliverByProgramKey(turn: Turn, inFlight: EventInFlight, key: ProgramKey): void {
  const { client, event } = inFlight;
  const partition = partitionOfProgramKey(client, key, turn.context.partitions);
  if (partition !== turn.context.partition) return handOn(turn, inFlight, partition, key);
  const owner =
    key.kind === "key"
      ? ownerOf(turn, client, key.keyType, key.value)
      : turn.state.find("partnerEvent", partnerEventEntry(client, event.container, key.name, key.value))?.personId;
  if (owner !== undefined) return deliverToPerson(turn, inFlight, owner);
  const next = keyAfter(keysOfProgram(turn, inFlight), key);
  if (next !== undefined) return deliverByProgramKey(turn, inFlight, next);
  beginFirst(turn, inFlight, () => newPerson(turn, inFlight.client, { email: null, partnerUserId: null }));
}

/** None when the program in effect here does not know the key: what it would look up next was not meant by whoever chose it. */
function keyAfter(keys: readonly ProgramKey[], key: ProgramKey): ProgramKey | undefined {
  const at = keys.findIndex((own) => own.kind === key.kind && nameOf(own) === nameOf(key));
  return at < 0 ? undefined : keys[at + 1];
}

function nameOf(key: ProgramKey): string {
  return key.kind === "key" ? key.keyType : key.name;
}

/**
 * The event has reached its person: queue behind an open question, follow links, refuse, or begin.
 *
 * @param behind of one that was stashed: what still is
 */
export function arrive(turn: Turn, inFlight: EventInFlight, person: Person, behind: Behind = NOTHING_BEHIND): void {
  if (inFlight.absorbs === person.id && hasLeft(turn, person)) return comeBack(turn, person, inFlight);
  // Before its link: what is stashed was there first.
  if (person.isWaiting) return stash(turn, person, inFlight);
  if (person.forwardedTo !== null) {
    if (inFlight.hops >= EVENT_HOPS_MAX) return refuse(turn, inFlight, "person_not_found");
    return deliverToPerson(turn, { ...inFlight, hops: inFlight.hops + 1 }, person.forwardedTo);
  }
  if (inFlight.event.detail.kind === "candidate") {
    const passed = passCandidate(turn, inFlight, person);
    return passed.isElsewhere ? seekPerson(turn, passed.inFlight) : arrive(turn, passed.inFlight, person, behind);
  }
  if (person.block === "EVENTS" && inFlight.event.detail.kind !== "membership_order")
    return refuse(turn, inFlight, "event_blocked");
  beginEvent(turn, person, inFlight, behind);
}

function isLeaving({ detail }: PersonEvent): boolean {
  return detail.kind === "membership_order" && !detail.isMember;
}

function handOn(turn: Turn, inFlight: EventInFlight, partition: number, target: EventTarget): void {
  if (inFlight.hops >= EVENT_HOPS_MAX) return refuse(turn, inFlight, "person_not_found");
  const hops = inFlight.hops + 1;
  const hasId = messageIdOf(inFlight.event) !== undefined;
  const claimed = hasId ? { claimedIn: inFlight.claimedIn ?? turn.context.partition } : NOTHING_MORE;
  const input = asItCame(turn, inFlight);
  if (input === null)
    return send(turn, partition, { kind: "event", target, inFlight: { ...inFlight, hops, ...claimed } });
  const { idHigh, idLow, receivedMs, wantsReply, payload } = input;
  const sent = { idHigh, idLow, receivedMs, wantsReply, payload };
  const ofRow = inFlight.row === undefined ? NOTHING_MORE : { row: inFlight.row };
  send(turn, partition, { kind: "input", target, hops, input: sent, ...claimed, ...ofRow });
}

const NOTHING_MORE = {};

/** The bytes of the event, where they are all there is to hand on: they are copied, where the event would be taken apart and built anew. */
function asItCame({ input }: Turn, { event, absorbs, otherPerson }: EventInFlight): Input | null {
  return input !== null && input.event === event && absorbs === null && otherPerson === null ? input.madeOf : null;
}

export function refuse(turn: Turn, inFlight: EventInFlight, errorCode: string): void {
  reject(turn, inFlight.event.id, errorCode);
  tellOperation(turn, inFlight.client, inFlight.event, "refused");
  if (inFlight.event.type === "INPUT") tellBatch(turn, inFlight, { personId: null, errorCode });
  giveBackAll(turn, inFlight);
  if (inFlight.absorbs !== null) endLeaving(turn, inFlight.absorbs);
  if (inFlight.wantsReply) reply(turn, inFlight.event.id, { personId: null, errorCode });
}

export function newPerson(
  turn: Turn,
  client: string,
  keys: { email: string | null; partnerUserId: string | null },
): Person {
  const person = emptyPerson(newId(turn), client, turn.nowMs);
  person.email = keys.email;
  person.partnerUserId = keys.partnerUserId;
  person.trail.push(turn.sequence);
  turn.state.put("person", person.id, person);
  return person;
}
