// Relationships: who referred whom, written on both persons.
//
//   S1. Once per campaign, pair and direction: two people may have referred each other.
//   S2. Nobody is their own advocate or friend: between two who became one person there is none any more.
//   S3. A friend's are in the order in which the friend was last pointed to each advocate: the last one is credited for what names nobody. Nothing
//       else touches one: not a new e-mail of the advocate's, nor who the advocate turns out to be.

import { normalizedEmail } from "../../base/email.ts";
import { originOf } from "../../base/ids.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { Person, Relationship, Role } from "../../model/person.ts";
import { hasCandidates, type Program } from "../../rules/mod.ts";
import { cardOf, type Progress } from "../3_ask.ts";
import type { Firing } from "../4_campaigns.ts";
import type { Told } from "../campaign/frame.ts";
import { cause } from "../event/cause.ts";
import { newId, send, type Turn } from "../context.ts";
import { EVENT_HOPS_MAX } from "../limits.ts";
import type { Message } from "../message.ts";
import { isRelated, orderByTime, takeOut } from "./related.ts";
import { editPerson } from "./trail.ts";

/** The friend's side, when the event itself points to the advocate. Sends the advocate's side along. */
export function relateFriend(turn: Turn, progress: Progress, program: Program, firing: Firing): void {
  const { person, inFlight } = progress;
  if (firing.told === null) return;
  const { card: advocate } = firing.told;
  const known = findRelationship(person, "FRIEND", firing.campaign.id, advocate.id);
  if (known !== undefined) {
    // S3
    person.relationships.splice(person.relationships.indexOf(known), 1);
    person.relationships.push({ ...known, otherEmail: advocate.email, updatedMs: turn.nowMs });
    return;
  }
  const friendSide = newRelationship(turn, progress, firing, firing.told);
  person.relationships.push(friendSide);
  const advocateSide: Relationship = {
    ...friendSide,
    myRole: "ADVOCATE",
    otherPersonId: person.id,
    otherEmail: person.email,
  };
  const home = originOf(advocate.id) ?? turn.context.partition;
  send(turn, home, {
    kind: "relate",
    client: inFlight.client,
    personId: advocate.id,
    relationship: advocateSide,
  });
  cause(turn, progress, program, referralEvent(turn, inFlight.event, "REFERRED_BY", friendSide));
  const referred = referralEvent(turn, inFlight.event, "REFERRED", advocateSide);
  if (!hasCandidates(program, referred)) return;
  const { client } = inFlight;
  const card = cardOf(person);
  send(turn, home, {
    kind: "event",
    target: { kind: "person", personId: advocate.id },
    inFlight: { client, event: referred, wantsReply: false, hops: 0, absorbs: null, otherPerson: card },
  });
}

/** What a new relationship is to one of its sides. The advocate did not send the event, so what is known of its sender stays with the friend. */
function referralEvent(
  turn: Turn,
  by: PersonEvent,
  type: "REFERRED" | "REFERRED_BY",
  { otherPersonId, campaignId, reason }: Relationship,
): PersonEvent {
  const name = type.toLowerCase();
  return {
    id: newId(turn),
    type,
    name,
    nameKey: name,
    eventMs: by.eventMs,
    requestMs: by.requestMs,
    data: { other_person_id: otherPersonId, campaign_id: campaignId, reason },
    causeId: by.id,
    rootId: by.rootId,
    container: by.container,
    sandbox: by.sandbox,
    depth: by.depth + 1,
    detail: { kind: "referral", otherPersonId, campaignId, reason },
    enrichment: type === "REFERRED_BY" ? by.enrichment : null,
  };
}

/** For whom is somebody else by now, who has the relationship, and whom the friend then learns of. */
export function relateAdvocate(turn: Turn, { client, personId, relationship, knownAs = personId }: Related): void {
  const person = editPerson(turn, personId);
  if (person === undefined) return tellErased(turn, { client, id: knownAs }, relationship.otherPersonId);
  if (person.client !== client) return;
  if (person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { kind: "relate", client, personId: person.forwardedTo, relationship, knownAs });
  }
  if (whoIs(turn, relationship.otherPersonId) === person.id) return forgetSelf(person, knownAs);
  if (knownAs !== person.id) tellOthers(turn, person, knownAs, [relationship]);
  const { myRole, campaignId, otherPersonId } = relationship;
  if (findRelationship(person, myRole, campaignId, otherPersonId) !== undefined) return;
  person.relationships.push(relationship);
  person.version++;
}

/** S2. Two became one on the way, whom the person may know as `knownAs`: word of it leads back here. */
function forgetSelf(person: Person, knownAs: string): void {
  if (takeOut(person.relationships, knownAs).length > 0) person.version++;
}

/** Links followed as far as they are known here: persons of one partition become one at once, and word of them comes behind. */
function whoIs(turn: Turn, personId: string): string {
  let id = personId;
  for (let links = 0; links < EVENT_HOPS_MAX; links++) {
    const forwardedTo = turn.state.find("person", id)?.forwardedTo ?? null;
    if (forwardedTo === null) return id;
    id = forwardedTo;
  }
  return id;
}

type Related = Omit<Extract<Message, { readonly kind: "relate" }>, "kind">;

/** Takes over the relationships of a person that became `person`. */
export function absorbRelationships(person: Person, fromPersonId: string, merged: readonly Relationship[]): void {
  if (merged.length === 0 && isAsAbsorbed(person.relationships, fromPersonId)) return;
  // S2
  person.relationships = person.relationships.filter(({ otherPersonId }) => otherPersonId !== fromPersonId);
  addRelationships(
    person,
    merged.filter(({ otherPersonId }) => otherPersonId !== person.id),
  );
}

/** A long history comes in hundreds of messages, of which one has relationships: the others have nothing to do here, and find it in one pass. */
function isAsAbsorbed(relationships: readonly Relationship[], fromPersonId: string): boolean {
  let newestMs = 0;
  for (const { otherPersonId, updatedMs } of relationships) {
    if (otherPersonId === fromPersonId || updatedMs < newestMs) return false;
    newestMs = updatedMs;
  }
  return true;
}

/** A person that was merged into `person` is known to others by its old id: they learn who it is. */
export function tellOthers(turn: Turn, person: Person, fromPersonId: string, merged: readonly Relationship[]): void {
  for (const { otherPersonId } of merged) {
    const home = originOf(otherPersonId);
    if (home === undefined || otherPersonId === person.id) continue;
    send(turn, home, {
      kind: "other_merged",
      client: person.client,
      personId: otherPersonId,
      fromPersonId,
      toPersonId: person.id,
      toEmail: person.email,
    });
  }
}

/** Others know the person's e-mail, which is another now. */
export function tellNewEmail(turn: Turn, person: Person): void {
  for (const { otherPersonId } of person.relationships) {
    const home = originOf(otherPersonId);
    if (home === undefined) continue;
    const { client, id, email } = person;
    send(turn, home, {
      kind: "other_merged",
      client,
      personId: otherPersonId,
      fromPersonId: id,
      toPersonId: id,
      toEmail: email,
    });
  }
  person.relationships = person.relationships.map((own) => ({
    ...own,
    isSelfReferral: isSameMailbox(person.email, own.otherEmail),
  }));
}

export interface OtherMerged {
  client: string;
  personId: string;
  fromPersonId: string;
  toPersonId: string;
  toEmail: string | null;
  knownAs?: string;
}

/** The other side of a relationship was merged, or has another e-mail; where both are known already, one stays. */
export function otherMerged(turn: Turn, message: OtherMerged): void {
  const person = editPerson(turn, message.personId);
  if (person === undefined || person.client !== message.client) return;
  if (person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { kind: "other_merged", knownAs: person.id, ...message, personId: person.forwardedTo });
  }
  const { fromPersonId, toPersonId, toEmail, knownAs = person.id } = message;
  // In place: an advocate of many friends, each of whom was a visitor first, is told so of each.
  const renamed = takeOut(person.relationships, fromPersonId);
  // S2
  if (whoIs(turn, toPersonId) !== person.id) {
    const isSelfReferral = isSameMailbox(person.email, toEmail);
    const now = { otherPersonId: toPersonId, otherEmail: toEmail, isSelfReferral };
    addRelationships(
      person,
      renamed.map((own) => ({ ...own, ...now })),
    );
  } else forgetSelf(person, knownAs);
  person.version++;
}

/** The other sides learn that they are related to nobody whom they could name. */
export function tellOthersErased(turn: Turn, person: Person): void {
  for (const otherPersonId of new Set(person.relationships.map((own) => own.otherPersonId)))
    if (otherPersonId !== person.id) tellErased(turn, person, otherPersonId);
}

function tellErased(turn: Turn, erased: Pick<Person, "client" | "id">, personId: string): void {
  const home = originOf(personId);
  if (home === undefined) return;
  send(turn, home, { kind: "other_erased", client: erased.client, personId, erasedPersonId: erased.id });
}

type OtherErased = Omit<Extract<Message, { readonly kind: "other_erased" }>, "kind">;

/** The relationship stays, and counts as it did; what it says of the other side goes. */
export function otherErased(turn: Turn, { client, personId, erasedPersonId }: OtherErased): void {
  const person = editPerson(turn, personId);
  if (person === undefined || person.client !== client) return;
  if (person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { kind: "other_erased", client, personId: person.forwardedTo, erasedPersonId });
  }
  if (!isRelated(person.relationships, erasedPersonId)) return;
  person.relationships = person.relationships.map((own) =>
    own.otherPersonId === erasedPersonId ? { ...own, otherEmail: null, data: [] } : own,
  );
  person.version++;
}

/** S1, S3. Of two that are one now the person's own stays, as new as the newer. Found by key: both may have thousands. */
function addRelationships(person: Person, added: readonly Relationship[]): void {
  const places = placesOf(person.relationships, added);
  for (const relationship of added) {
    const key = relationshipKey(relationship);
    const place = places.get(key);
    const known = place === undefined ? undefined : person.relationships[place];
    if (place === undefined || known === undefined) {
      places.set(key, person.relationships.length);
      person.relationships.push({ ...relationship });
    } else if (known.updatedMs < relationship.updatedMs)
      person.relationships[place] = { ...known, updatedMs: relationship.updatedMs };
  }
  orderByTime(person.relationships);
}

/** Where the first of each key is, as `findRelationship` finds it, of those whom `added` is about. */
function placesOf(relationships: readonly Relationship[], added: readonly Relationship[]): Map<string, number> {
  const places = new Map<string, number>();
  const others = new Set<string>();
  for (const { otherPersonId } of added) if (isRelated(relationships, otherPersonId)) others.add(otherPersonId);
  if (others.size === 0) return places;
  for (const [place, relationship] of relationships.entries()) {
    if (!others.has(relationship.otherPersonId)) continue;
    const key = relationshipKey(relationship);
    if (!places.has(key)) places.set(key, place);
  }
  return places;
}

/** S1. Neither ids nor roles have a slash. */
function relationshipKey({ myRole, campaignId, otherPersonId }: Relationship): string {
  return `${myRole}/${otherPersonId}/${campaignId}`;
}

/** S1 */
function findRelationship(
  person: Person,
  myRole: Role,
  campaignId: string,
  otherPersonId: string,
): Relationship | undefined {
  if (!isRelated(person.relationships, otherPersonId)) return undefined;
  return person.relationships.find(
    (own) => own.myRole === myRole && own.campaignId === campaignId && own.otherPersonId === otherPersonId,
  );
}

/** Of the data of a relationship: the code of the link that began it. */
const SHAREABLE_ID = "shareable_id";

function newRelationship(
  turn: Turn,
  progress: Progress,
  { campaign }: Firing,
  { card: other, reason, shareableId }: Told,
): Relationship {
  const { event } = progress.inFlight;
  return {
    id: newId(turn),
    myRole: "FRIEND",
    otherPersonId: other.id,
    otherEmail: other.email,
    campaignId: campaign.id,
    program: campaign.program,
    container: event.container,
    causeEventId: event.id,
    rootEventId: event.rootId,
    reason,
    isSelfReferral: isSameMailbox(progress.person.email, other.email),
    data: shareableId === null ? [] : [{ name: SHAREABLE_ID, value: shareableId, scope: "PRIVATE" }],
    createdMs: turn.nowMs,
    updatedMs: turn.nowMs,
  };
}

function isSameMailbox(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && normalizedEmail(a) === normalizedEmail(b);
}
