// The identity part of stage 3: which keys does the event carry that the person does not have yet?

import type { Bearer, PersonEvent } from "../../model/event.ts";
import type { PersonCard } from "../../model/person.ts";
import { hasCandidates, type Program } from "../../rules/mod.ts";
import { type EventKeys, eventKeys, textOf } from "../1_route.ts";
import { deliverByKey } from "../2_identity.ts";
import { answerTo, type Progress, type Questions } from "../3_ask.ts";
import { cause } from "../event/cause.ts";
import { keysOf, newId, programOf, type Turn } from "../context.ts";
import type { KnownName } from "../event/data_names.ts";
import type { Ask } from "../message.ts";
import { takeOwnEmail } from "./identity_change.ts";
import { shareKeys } from "./keys.ts";
import { absorbDevice, MERGED, recordSplit, rememberShift } from "./merge.ts";
import { VERIFIED } from "../event/proof.ts";

/**
 * Takes what has been answered, asks for what has not.
 * "moved": the event turned out to be about another person and has been sent there; what this one is follows it. "handed_on": it has been sent to
 * another person, and this one stays who it is. Either way nothing is left to do here.
 */
export function settleIdentity(
  turn: Turn,
  progress: Progress,
  questions: Questions,
): "moved" | "handed_on" | "settled" {
  const { event } = progress.inFlight;
  if (event.type !== "INPUT") return "settled";
  const keys = keysOf(turn, event);
  const bearer = event.enrichment?.bearer;
  if (bearer !== undefined) {
    // Once: the key may lead back here, by the link of somebody who was forwarded to this person.
    const other = bearer.leftEmail === undefined ? otherAtDevice(progress, questions, { ...keys, bearer }) : nobodyElse;
    if (other.kind === "unknown") return "settled";
    if (other.kind === "key") {
      takeHandedOver(turn, progress);
      const event = leavingEvent(progress, bearer);
      deliverByKey(turn, { ...progress.inFlight, event }, other.keyType, other.value);
      return "handed_on";
    }
    if (bearer.leftEmail !== undefined) noteLeft(turn, progress, bearer.leftEmail);
  }
  if (keys.email !== null && progress.person.email === null) takeOwnEmail(turn, progress.person, keys.email);
  if (keys.email !== null && progress.person.email === null) {
    const inFlight = { ...progress.inFlight, absorbs: progress.person.id, event: withoutPersonId(event) };
    deliverByKey(turn, inFlight, "email", keys.email);
    return "moved";
  }
  takeAbsorbed(turn, progress, questions);
  const { partnerUserId } = keys;
  if (partnerUserId !== null && partnerUserId !== progress.person.partnerUserId) {
    const mayMerge = keys.email !== null && (bearer === undefined || bearer.provesPartnerUserId === partnerUserId);
    takePartnerUserId(turn, progress, questions, { value: partnerUserId, email: keys.email, mayMerge });
  }
  askForOther(turn, progress, questions);
  return "settled";
}

type OtherAtDevice =
  | { readonly kind: "nobody" }
  /** Must be asked first. */
  | { readonly kind: "unknown" }
  | { readonly kind: "key"; readonly keyType: "email" | "partner_user_id"; readonly value: string };

const nobodyElse: OtherAtDevice = { kind: "nobody" };

/**
 * N4, N6. Whom an event names who is not the token's person. Another e-mail than that one has is somebody else's; without an e-mail, so is a partner user
 * id that another person has, or that is not the one that this person has. A person without an e-mail to whom a token was led by such an id is not
 * the device's to give an e-mail to.
 */
function otherAtDevice(
  progress: Progress,
  questions: Questions,
  { email, partnerUserId, personId, bearer }: EventKeys & { readonly bearer: Bearer },
): OtherAtDevice {
  const { person } = progress;
  if (personId !== null) return nobodyElse;
  if (email !== null) {
    const isOther = person.email === null ? bearer.personId !== null : person.email !== email;
    return isOther ? { kind: "key", keyType: "email", value: email } : nobodyElse;
  }
  if (partnerUserId === null || partnerUserId === person.partnerUserId) return nobodyElse;
  const other = { kind: "key", keyType: "partner_user_id", value: partnerUserId } as const;
  if (person.partnerUserId !== null) return other;
  const owner = askOwner(progress, questions, partnerUserId);
  if (owner === undefined) return { kind: "unknown" };
  return owner === person.id ? nobodyElse : other;
}

/** Who has a partner user id: the person itself, if nobody had it. */
function askOwner(progress: Progress, questions: Questions, value: string): string | undefined {
  const owner = answerTo(progress, `own/${value}`);
  if (owner?.kind === "owner") return owner.personId;
  questions.set(`own/${value}`, { kind: "own_key", keyType: "partner_user_id", value });
  return undefined;
}

/** What the token proved, it proved of the person who is left behind. */
function leavingEvent({ inFlight: { event }, person }: Progress, bearer: Bearer): PersonEvent {
  const { email } = eventKeys(event.data);
  const { scopes = [] } = event.enrichment ?? {};
  const isProven = email !== null && bearer.proves === email;
  const kept = isProven ? scopes : scopes.filter((scope) => scope !== VERIFIED);
  return {
    ...event,
    enrichment: { ...event.enrichment, scopes: kept, bearer: { ...bearer, leftEmail: person.email } },
  };
}

/** Somebody else uses the device now: the one before keeps all that was done. */
function noteLeft(turn: Turn, { person, rounds }: Progress, leftEmail: string | null): void {
  if (rounds === 0 && leftEmail !== null && leftEmail !== person.email)
    rememberShift(turn, person, "DEVICE_WITH_DIFFERENT_KEY", leftEmail);
}

/** The event named an anonymous person by id; from here on its e-mail decides. */
function withoutPersonId(event: PersonEvent): PersonEvent {
  if (!Object.hasOwn(event.data, "person_id")) return event;
  const { person_id: _, ...data } = event.data;
  return { ...event, data };
}

/** What an anonymous person is asked by whom it is merged into. */
export function historyQuestion(fromPersonId: string): string {
  return `history/${fromPersonId}`;
}

/**
 * Whoever was asked about somebody may have answered before that one was folded into the person: by the same event, or by an operator while the event
 * waited.
 */
export function isMergedInto(progress: Progress, { id, email }: PersonCard): boolean {
  const answer = answerTo(progress, historyQuestion(id));
  if (answer?.kind === "history" && answer.isMerged) return true;
  if (email === null) return false;
  const { identityHistory } = progress.person;
  return identityHistory.some(
    (own) => own.kind === "IDENTITY_SHIFT" && own.shape === MERGED && own.oldKeyValue === email,
  );
}

/** What devices have given away to the person while the event waited stays the person's, whoever the event turns out to be of. */
function takeHandedOver(turn: Turn, { person, answers }: Progress): void {
  for (const { answer } of answers) {
    if (answer.kind === "history" && answer.history !== null) absorbDevice(turn, person, answer);
  }
}

function takeAbsorbed(turn: Turn, progress: Progress, questions: Questions): void {
  const from = progress.inFlight.absorbs;
  if (from === null || from === progress.person.id) return;
  const answer = answerTo(progress, historyQuestion(from));
  if (answer === undefined) {
    questions.set(historyQuestion(from), { kind: "history", personId: from });
    return;
  }
  progress.inFlight = { ...progress.inFlight, absorbs: null };
  if (answer.kind !== "history") return;
  const { isFirst } = answer;
  absorbDevice(turn, progress.person, answer);
  if (isFirst) causeIdentified(turn, progress);
}

/** Campaigns may care that somebody anonymous has a name now. Follows the event that said so. */
function causeIdentified(turn: Turn, progress: Progress): void {
  const { event, client } = progress.inFlight;
  const program = programOf(turn, client);
  if (program === undefined) return;
  const identified: PersonEvent = {
    ...event,
    id: newId(turn),
    type: "IDENTIFIED",
    name: IDENTIFIED,
    nameKey: IDENTIFIED,
    causeId: event.id,
    depth: event.depth + 1,
    detail: { kind: "none" },
  };
  cause(turn, progress, program, identified);
}

const IDENTIFIED = "identified";

interface NamedPartner {
  readonly value: string;
  readonly email: string | null;
  /** N6. */
  readonly mayMerge: boolean;
}

/**
 * Tags the person with a partner user id that nobody has. One that another person has stays there: a partner user id finds and never merges.
 * Only an e-mail in the same event says that the two are one, if the other is anonymous.
 */
function takePartnerUserId(turn: Turn, progress: Progress, questions: Questions, named: NamedPartner): void {
  const { person } = progress;
  const { value, email, mayMerge } = named;
  const owner = askOwner(progress, questions, value);
  if (owner === undefined) return;
  if (owner === person.id) {
    person.partnerUserId = value;
    return;
  }
  const history = answerTo(progress, historyQuestion(owner));
  // What was handed over is taken, also where the person was given another e-mail meanwhile.
  if (history === undefined) {
    if (email === null || email !== person.email) {
      return recordSplit(turn, person, { losingValue: value, winnerId: owner });
    }
    if (!mayMerge) return takeOwnPast(turn, progress, questions, { value, owner });
    questions.set(historyQuestion(owner), { kind: "history", personId: owner });
  } else if (history.kind === "history" && history.isMerged) {
    absorbDevice(turn, person, history);
    person.partnerUserId = value;
  } else {
    recordSplit(turn, person, { losingValue: value, winnerId: owner });
  }
}

/** N6. The id is this person's where its owner is already folded into it, as a device that had it before its e-mail. */
function takeOwnPast(
  turn: Turn,
  progress: Progress,
  questions: Questions,
  { value, owner }: { readonly value: string; readonly owner: string },
): void {
  const { person } = progress;
  const now = answerTo(progress, `now/${owner}`);
  if (now?.kind !== "person") {
    questions.set(`now/${owner}`, { kind: "person", personId: owner });
  } else if (now.card?.id === person.id) {
    person.partnerUserId = value;
  } else {
    recordSplit(turn, person, { losingValue: value, winnerId: owner });
  }
}

/** What in an event points to the person who referred, strongest first, with the reason it is recorded under. */
const evidence = [
  { name: "advocate_code", keyType: "advocate_code", reason: "ADVOCATE_CODE" },
  { name: "shareable_id", keyType: "advocate_code", reason: "SHAREABLE_ID" },
  { name: "coupon_code", keyType: "coupon_code", reason: "COUPON_CODE" },
  { name: "advocate_email", keyType: "email", reason: "ADVOCATE" },
  { name: "advocate_partner_user_id", keyType: "partner_user_id", reason: "ADVOCATE_PARTNER_USER_ID" },
  // Last: who shares gives the share an id that nobody has before, and may say who referred in the same event.
  { name: "share_id", keyType: shareKeys.id, reason: "SHARE_ID" },
  { name: "partner_share_id", keyType: shareKeys.partnerId, reason: "PARTNER_SHARE_ID" },
] as const satisfies readonly { name: KnownName; keyType: string; reason: string }[];

export interface Evidence {
  readonly question: string;
  readonly keyType: string;
  readonly value: string;
  readonly reason: string;
}

/** The strongest evidence of a referral in an event, or null. */
export function evidenceOf(event: PersonEvent): Evidence | null {
  for (const { name, keyType, reason } of evidence) {
    const text = textOf(event.data[name]);
    if (text === null) continue;
    const value = keyType === "email" ? text.toLowerCase() : text;
    return { question: `person/${keyType}/${value}`, keyType, value, reason };
  }
  return null;
}

/** Asks who the other person is, if some campaign may care about the event. */
function askForOther(turn: Turn, progress: Progress, questions: Questions): void {
  const { event, client } = progress.inFlight;
  const program = programOf(turn, client);
  const other = program === undefined ? null : otherAsked(program, event);
  if (other !== null && answerTo(progress, other.question) === undefined) questions.set(other.question, other.ask);
}

/** Null: there is nobody to ask about. */
export function otherAsked(program: Program, event: PersonEvent): { question: string; ask: Ask } | null {
  const found = evidenceOf(event);
  if (found === null || !hasCandidates(program, event)) return null;
  const { question, keyType, value } = found;
  return { question, ask: { kind: "person_by_key", keyType, value } };
}
