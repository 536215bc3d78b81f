// Ids that are claimed for events before their turn.
//
//   I1. An id is claimed ahead where the person as it is now makes it likely that the event will claim it. What was granted and is not used is given back
//       when the event has been processed, or was refused. Until then the id is refused to events of others: the few milliseconds that Q2 of
//       `claims.ts` does not cover either. Not covered, too: of the events that are asked ahead for first in a partition's life, which ask at their turn
//       as well (H3 of `asked_ahead.ts`), one that is refused an id by the first answer, while another's gives it back, and granted it by the second, keeps
//       the id and counts nowhere.
//   I2. Of one person's events that claim an id, the first in the stash gets it, whichever asks first: it takes the id from one behind it, and what it gives
//       back the next one gets that was refused. So what was refused ahead would be refused at the event's turn, too. (Not so where somebody else gives
//       the id back while they ask: then it may be one's behind, and counts there.)
//   I3. An event that leaves for another person takes along what it may have been granted, and is granted the same again there. What it does not use it gives
//       back by way of the partition that claimed it, so that no claim comes behind it.

import { originOf } from "../../base/ids.ts";
import type { Answered, EventInFlight, PartnerEventClaim, QuestionAhead } from "../../model/in_flight.ts";
import type { Person } from "../../model/person.ts";
import { NOTHING_BEHIND, type Progress, stashKey } from "../3_ask.ts";
import { type Firing, foreseenClaims } from "../4_campaigns.ts";
import { send, sendBehind, type Turn } from "../context.ts";
import type { Ask } from "../message.ts";
import { type Asking, isSure, sendAhead } from "./asked_ahead.ts";
import { claimQuestion, claimsUsed, giveBack } from "./claims.ts";
import { partitionOfClaim } from "./partner_events.ts";

/** I1. Ids of this partition are claimed at the event's turn, at no cost. @param answers what the event knows by now */
export function claimAhead(turn: Turn, asking: Asking, answers: Answered[]): void {
  const { person, waiting, number, inFlight, program, questions } = asking;
  const look: Progress = { person, inFlight, queue: [], answers, rounds: 0, ...NOTHING_BEHIND };
  for (const claim of foreseenClaims(turn, look, program)) {
    const question = claimQuestion(claim);
    const toPartition = partitionOf(turn, inFlight.client, claim);
    if (toPartition === turn.context.partition || questions.some((own) => own.question === question)) continue;
    const { claimedNext = 0 } = waiting;
    const later = takeFrom(turn, person, claim, { from: number + 1, to: claimedNext });
    questions.push({ question, sequence: turn.sequence, answer: null, claim });
    waiting.claimedNext = Math.max(claimedNext, number + 1);
    sendAhead(turn, asking, { question, ask: claim, toPartition });
    if (later !== null) claimAnew(turn, person, later);
  }
}

/** I2. Before an event claims an id at its turn: nobody behind it keeps it, and what is given back behind all other messages comes before the claim. */
export function clearWay(turn: Turn, { person, stashFirst, claimedNext }: Progress, ask: Ask): void {
  if (ask.kind !== "claim") return;
  const later = takeFrom(turn, person, ask, { from: stashFirst, to: claimedNext });
  const { behind } = turn;
  turn.behind = null;
  for (const { toPartition, message } of behind ?? []) {
    const isInTheWay = message.kind === "release_claim" && isSame({ ...message, kind: "claim" }, ask);
    (isInTheWay ? send : sendBehind)(turn, toPartition, message);
  }
  if (later !== null) claimAnew(turn, person, later);
}

/** A stashed event that has claimed an id. */
interface Claimant {
  readonly number: number;
  readonly inFlight: EventInFlight;
  readonly asked: QuestionAhead;
  readonly claim: PartnerEventClaim;
}

interface Numbers {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Of those behind, all but the first were refused, since that one asked before them. */
function takeFrom(turn: Turn, person: Person, claim: PartnerEventClaim, numbers: Numbers): Claimant | null {
  const later = firstClaimant(turn, person, claim, numbers, (asked) => !isRefused(asked));
  if (later !== null) giveBackOne(turn, later.inFlight, later.asked);
  return later;
}

function claimAnew(turn: Turn, person: Person, { number, inFlight, asked, claim }: Claimant): void {
  asked.answer = null;
  asked.sequence = turn.sequence;
  const { question } = asked;
  sendAhead(
    turn,
    { number, person, inFlight },
    { question, ask: claim, toPartition: partitionOf(turn, inFlight.client, claim) },
  );
}

/** To be changed. */
function firstClaimant(
  turn: Turn,
  person: Person,
  claim: PartnerEventClaim,
  { from, to }: Numbers,
  isWanted: (asked: QuestionAhead) => boolean,
): Claimant | null {
  const isIt = (own: QuestionAhead): boolean => isSame(own.claim, claim) && isWanted(own);
  for (let number = from; number < to; number++) {
    const key = stashKey(person.id, number);
    if (turn.state.find("stash", key)?.inFlight.ahead?.questions.some(isIt) !== true) continue;
    const inFlight = turn.state.edit("stash", key)?.inFlight;
    const asked = inFlight?.ahead?.questions.find(isIt);
    if (inFlight !== undefined && asked !== undefined && asked.claim !== null)
      return { number, inFlight, asked, claim: asked.claim };
  }
  return null;
}

function isSame(one: PartnerEventClaim | null, other: PartnerEventClaim): boolean {
  return (
    one !== null &&
    one.value === other.value &&
    one.controller === other.controller &&
    one.name === other.name &&
    one.container === other.container
  );
}

/** I1. When the event has been processed. */
export function giveBackUnused(turn: Turn, progress: Progress, firings: readonly Firing[]): void {
  const { inFlight, person, stashFirst, claimedNext } = progress;
  const { ahead, ...rest } = inFlight;
  if (ahead === undefined) return;
  progress.inFlight = rest;
  const used = claimsUsed(inFlight.event, firings);
  for (const asked of ahead.questions) {
    if (asked.claim === null || isRefused(asked) || used.has(asked.question)) continue;
    giveBackOne(turn, inFlight, asked);
    const next = firstClaimant(turn, person, asked.claim, { from: stashFirst, to: claimedNext }, () => true);
    if (next !== null) claimAnew(turn, person, next);
  }
}

/** I1. Of an event that is refused. */
export function giveBackAll(turn: Turn, inFlight: EventInFlight): void {
  for (const asked of inFlight.ahead?.questions ?? []) giveBackOne(turn, inFlight, asked);
}

function giveBackOne(turn: Turn, { client, ahead }: EventInFlight, asked: QuestionAhead): void {
  const { claim } = asked;
  if (claim === null || isRefused(asked)) return;
  const askedIn = ahead === undefined ? undefined : originOf(ahead.personId);
  if (askedIn !== undefined && askedIn !== turn.context.partition)
    send(turn, askedIn, { client, ...claim, kind: "release_claim" });
  else if (asked.sequence === turn.sequence) withdraw(turn, claim);
  else giveBack(turn, client, claim, isSure(turn, asked));
}

/** What is claimed in this record is not sent yet. */
function withdraw(turn: Turn, claim: PartnerEventClaim): void {
  const isIt = (ask: Ask): boolean => ask.kind === "claim" && ask.eventId === claim.eventId && isSame(ask, claim);
  turn.behind = turn.behind?.filter(({ message }) => message.kind !== "ask" || !isIt(message.ask)) ?? null;
}

function isRefused({ answer }: QuestionAhead): boolean {
  return answer?.kind === "claim" && !answer.isGranted;
}

function partitionOf(turn: Turn, client: string, { name, value }: PartnerEventClaim): number {
  return partitionOfClaim(turn, { client, name, value });
}
