// Relationships: who referred whom, written on both persons, once per campaign and pair.

import { normalizedEmail } from "../base/email.ts";
import { originOf } from "../base/ids.ts";
import type { Person, PersonCard, Relationship } from "../model/person.ts";
import type { Progress } from "./3_ask.ts";
import type { Firing } from "./4_campaigns.ts";
import { newId, send, type Turn } from "./context.ts";
import { evidenceOf } from "./identity_questions.ts";

/** The friend's side, when the event itself points to the advocate. Sends the advocate's side along. */
export function relateFriend(turn: Turn, progress: Progress, firing: Firing): void {
  const { person, inFlight } = progress;
  if (inFlight.event.type !== "INPUT" || firing.otherPerson === null) return;
  const found = evidenceOf(inFlight.event);
  const answer = found === null ? undefined : progress.answers[found.question];
  if (found === null || answer?.kind !== "person" || answer.card?.id !== firing.otherPerson.id) return;
  const known = findRelationship(person, firing.campaign.id, firing.otherPerson.id);
  if (known !== undefined) {
    known.updatedMs = turn.nowMs;
    known.otherEmail = firing.otherPerson.email;
    return;
  }
  const friendSide = newRelationship(turn, progress, firing, firing.otherPerson, found.reason);
  person.relationships.push(friendSide);
  const advocateSide: Relationship = {
    ...friendSide,
    myRole: "ADVOCATE",
    otherPersonId: person.id,
    otherEmail: person.email,
  };
  const home = originOf(firing.otherPerson.id) ?? turn.context.partition;
  send(turn, home, {
    kind: "relate",
    client: inFlight.client,
    personId: firing.otherPerson.id,
    relationship: advocateSide,
  });
}

export function relateAdvocate(turn: Turn, client: string, personId: string, relationship: Relationship): void {
  const person = turn.state.edit("person", personId);
  if (person === undefined || person.client !== client) return;
  if (person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { kind: "relate", client, personId: person.forwardedTo, relationship });
  }
  if (findRelationship(person, relationship.campaignId, relationship.otherPersonId) !== undefined) return;
  person.relationships.push(relationship);
  person.version++;
}

function findRelationship(person: Person, campaignId: string, otherPersonId: string): Relationship | undefined {
  return person.relationships.find((own) => own.campaignId === campaignId && own.otherPersonId === otherPersonId);
}

function newRelationship(
  turn: Turn,
  progress: Progress,
  firing: Firing,
  other: PersonCard,
  reason: string,
): Relationship {
  const { event } = progress.inFlight;
  return {
    id: newId(turn),
    myRole: "FRIEND",
    otherPersonId: other.id,
    otherEmail: other.email,
    campaignId: firing.campaign.id,
    program: firing.campaign.program,
    container: event.container,
    causeEventId: event.id,
    rootEventId: event.rootId,
    reason,
    isSelfReferral: isSameMailbox(progress.person.email, other.email),
    data: [],
    createdMs: turn.nowMs,
    updatedMs: turn.nowMs,
  };
}

function isSameMailbox(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && normalizedEmail(a) === normalizedEmail(b);
}
