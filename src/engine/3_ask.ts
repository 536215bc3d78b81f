// Stage 3: what must be known of other actors before the event may go on?
//
// A partner user id may belong to somebody; an advocate code stands for a person; an order id may be taken. Each is a question to the actor
// that knows. Questions to this partition are answered on the spot; others travel as messages, and the person waits.
//
//   A1. While a person waits, its later events are stashed and applied afterwards, in order; as many as `STASHED_EVENTS_MAX`.
//   A2. Nobody waits to answer: an actor that cannot give what is asked says so. Only an anonymous person that is asked for its history first
//       gets its own answer; it never asks for a history itself, hence no circle of waiting persons.
//   A3. An event goes through planning again after each round; nothing but answers and identity changes in between.
//   A4. An anonymous person one of whose events has left for the owner of an e-mail waits until that one has its history, or will not have it:
//       its later events come after the one that left, wherever they are applied.
//   A5. The first of the stashed events ask before their turn (`event/asked_ahead.ts`): what is asked then is the same, and so is what comes of it.

import { assert, unreachable } from "../base/assert.ts";
import { originOf } from "../base/ids.ts";
import type { PersonEvent } from "../model/event.ts";
import type { Person, PersonCard } from "../model/person.ts";
import type { RenderedZone } from "../model/zone.ts";
import type { Answer, Answered, EventInFlight, Waiting } from "../model/in_flight.ts";
import { partitionOfKey } from "./1_route.ts";
import { arrive, refuse } from "./2_identity.ts";
import { processEvents } from "./4_campaigns.ts";
import { send, type Turn } from "./context.ts";
import { tellOfCrowd, tellOfRest } from "./event/crowds.ts";
import { giveMessageBack, messageIdOf } from "./event/idempotency.ts";
import { answersAhead, askAhead, askedAhead, isUnderWay, noteAnswer, receiveAhead } from "./event/asked_ahead.ts";
import { clearWay } from "./event/claimed_ahead.ts";
import { eraseGiver } from "./person/erase.ts";
import { settleIdentity } from "./person/identity_questions.ts";
import { ownerOf, ownKey } from "./person/keys.ts";
import { ASK_ROUNDS_MAX, STASHED_EVENTS_MAX } from "./limits.ts";
import { giveHistory, mergeNow, staysItself } from "./person/merge.ts";
import type { Ask } from "./message.ts";
import { claimPartnerEvent, partitionOfClaim } from "./event/partner_events.ts";
import { editPerson } from "./person/trail.ts";

/** The stash of a person while one of its events is applied: numbers as in `Waiting`. */
export interface Behind {
  stashFirst: number;
  stashNext: number;
  askedNext: number;
  claimedNext: number;
}

export const NOTHING_BEHIND: Readonly<Behind> = { stashFirst: 0, stashNext: 0, askedNext: 0, claimedNext: 0 };

/** An event on its way through one person. Lives for one turn, or as a `Waiting` entry between two. */
export interface Progress extends Behind {
  readonly person: Person;
  inFlight: EventInFlight;
  /** Events caused on the way that are still to be processed. */
  queue: PersonEvent[];
  answers: Answered[];
  rounds: number;
  /** What the event in flight is shown; absent: nothing, or nothing yet. */
  rendered?: RenderedZone;
}

/** Questions that stage 3 and 4 want answered, by their name. */
export type Questions = Map<string, Ask>;

/** What was answered to a question so far. */
export function answerTo({ answers }: Progress, question: string): Answer | undefined {
  for (const answered of answers) if (answered.question === question) return answered.answer;
  return undefined;
}

/** @param behind whoever released the event from the stash goes on with it */
export function beginEvent(turn: Turn, person: Person, inFlight: EventInFlight, behind: Behind): void {
  const { stashFirst, stashNext, askedNext, claimedNext } = behind;
  const answers = answersAhead(person, inFlight);
  proceed(turn, { person, inFlight, queue: [], answers, rounds: 0, stashFirst, stashNext, askedNext, claimedNext });
}

function proceed(turn: Turn, progress: Progress): void {
  for (;;) {
    const questions: Questions = new Map();
    const identity = settleIdentity(turn, progress, questions);
    if (identity === "moved") return leave(turn, progress);
    if (identity === "handed_on") return;
    if (questions.size === 0) processEvents(turn, progress, questions);
    if (questions.size === 0) return;
    assert(progress.rounds++ < ASK_ROUNDS_MAX, "an event asks without end");
    const open = askAll(turn, progress, questions);
    if (open.length > 0) return wait(turn, progress, open);
  }
}

/** A4. What such a person waits for: a question that it asks nobody. */
const LEFT = "left";

/** A4. Where both live here and nobody waited, the history is already where the event is. */
function leave(turn: Turn, progress: Progress): void {
  if (progress.person.forwardedTo === null) wait(turn, progress, [LEFT]);
}

/** A4. Whether the person waits for nothing but the event that has left. */
export function hasLeft(turn: Turn, person: Person): boolean {
  const open = turn.state.find("waiting", person.id)?.open ?? [];
  return open.length === 1 && open[0] === LEFT;
}

/** A4. By message, since whoever takes the history is in the middle of something. */
export function endLeaving(turn: Turn, personId: string): void {
  const home = originOf(personId);
  assert(home !== undefined, "an event leaves a person");
  send(turn, home, { kind: "answer", personId, question: LEFT, answer: staysItself });
}

/** Asks what can be answered here at once and sends the rest; returns what is still open. */
function askAll(turn: Turn, progress: Progress, questions: Questions): string[] {
  const open: string[] = [];
  const { client } = progress.inFlight;
  for (const [question, ask] of questions) {
    if (isUnderWay(turn, progress, question)) {
      open.push(question);
      continue;
    }
    clearWay(turn, progress, ask);
    const given = seek(turn, { client, personId: progress.person.id }, ask);
    if (given.kind === "answer") {
      progress.answers.push({ question, answer: given.answer });
      continue;
    }
    if (given.kind === "elsewhere") {
      send(turn, given.partition, { kind: "ask", client, fromPersonId: progress.person.id, question, ask: given.ask });
    }
    open.push(question);
  }
  return open;
}

function wait(turn: Turn, progress: Progress, open: string[]): void {
  progress.person.isWaiting = true;
  const { inFlight, queue, answers, stashFirst, stashNext, askedNext, claimedNext, rounds } = progress;
  const behind = { stashFirst, stashNext, askedNext, claimedNext };
  turn.state.put("waiting", progress.person.id, { inFlight, queue, answers, open, ...behind, rounds });
}

/** A question from a person of another partition. */
export function answerAsk(
  turn: Turn,
  message: { client: string; fromPersonId: string; question: string; ask: Ask },
): void {
  const { client, fromPersonId, question, ask } = message;
  const partition = partitionOfAsk(turn, client, ask);
  if (partition !== turn.context.partition)
    return send(turn, partition, { kind: "ask", client, fromPersonId, question, ask });
  const given = answerHere(turn, { client, personId: fromPersonId }, ask);
  if (given.kind === "later") return;
  if (given.kind === "elsewhere") {
    return send(turn, given.partition, { kind: "ask", client, fromPersonId, question, ask: given.ask });
  }
  const home = originOf(fromPersonId);
  assert(home !== undefined, "a person asks from its partition");
  send(turn, home, { kind: "answer", personId: fromPersonId, question, answer: given.answer });
}

/** @param name of the question */
export function receiveAnswer(turn: Turn, personId: string, name: string, answer: Answer): void {
  const ahead = askedAhead(name);
  if (ahead !== null) turn.meta.aheadSince ??= turn.sequence;
  const waiting = turn.state.edit("waiting", personId);
  if (waiting === undefined) return receiveLate(turn, personId, answer);
  const { inFlight, open } = waiting;
  if (ahead !== null && ahead.eventId !== inFlight.event.id)
    return receiveAhead(turn, personId, waiting, ahead, answer);
  const question = ahead?.question ?? name;
  const at = open.indexOf(question);
  const isWanted = ahead === null ? at >= 0 : noteAnswer(inFlight, personId, ahead, answer);
  if (!isWanted) return;
  // Also the answer before the last one belongs to the trail: it changes what the person waits for.
  editPerson(turn, personId);
  waiting.answers.push({ question, answer });
  if (at < 0) return;
  open.splice(at, 1);
  if (open.length === 0) resume(turn, personId, waiting);
}

/** Nobody waits for it any more. Who gave its history to somebody that was erased goes with that one. */
function receiveLate(turn: Turn, personId: string, answer: Answer): void {
  if (answer.kind !== "history" || answer.history === null) return;
  if (turn.state.find("person", personId) === undefined) eraseGiver(turn, answer.history.fromPersonId, personId);
}

function resume(turn: Turn, personId: string, waiting: Waiting): void {
  const person = editPerson(turn, personId);
  assert(person !== undefined && person.isWaiting, "who waits exists");
  person.isWaiting = false;
  turn.state.remove("waiting", personId);
  const { inFlight, queue, answers, rounds, stashFirst, stashNext, askedNext = 0, claimedNext = 0 } = waiting;
  const behind = { stashFirst, stashNext, askedNext, claimedNext };
  const isLeft = answers.some(({ question }) => question === LEFT);
  if (!isLeft) proceed(turn, { person, inFlight, queue, answers, rounds, ...behind });
  if (person.isWaiting) keepStash(turn, person, behind);
  else releaseStash(turn, person, behind);
}

/** A4. The event that has left found that the e-mail is this person's, who was given it meanwhile: it goes on here, before those that came behind it. */
export function comeBack(turn: Turn, person: Person, inFlight: EventInFlight): void {
  const waiting = turn.state.find("waiting", person.id);
  assert(waiting !== undefined, "whom an event has left waits for it");
  const { stashFirst, stashNext, askedNext = 0, claimedNext = 0 } = waiting;
  const behind = { stashFirst, stashNext, askedNext, claimedNext };
  person.isWaiting = false;
  turn.state.remove("waiting", person.id);
  arrive(turn, { ...inFlight, absorbs: null }, person, behind);
  if (person.isWaiting) keepStash(turn, person, behind);
  else releaseStash(turn, person, behind);
}

/** The answer, where it can be given at once; else, who is to be asked. */
export function seek(turn: Turn, from: { client: string; personId: string }, ask: Ask): Given {
  const partition = partitionOfAsk(turn, from.client, ask);
  return partition === turn.context.partition ? answerHere(turn, from, ask) : { kind: "elsewhere", partition, ask };
}

type Given =
  | { kind: "answer"; answer: Answer }
  /** The next actor on the way to the answer. */
  | { kind: "elsewhere"; partition: number; ask: Ask }
  /** The answer comes by message as soon as there is one. */
  | { kind: "later" };

function partitionOfAsk(turn: Turn, client: string, ask: Ask): number {
  switch (ask.kind) {
    case "claim":
      return partitionOfClaim(turn, { client, name: ask.name, value: ask.value });
    case "person_by_key":
    case "own_key":
      return partitionOfKey(client, ask.keyType, ask.value, turn.context.partitions);
    case "person":
    case "history": {
      const partition = originOf(ask.personId);
      return partition !== undefined && partition < turn.context.partitions ? partition : turn.context.partition;
    }
    default:
      return unreachable(ask);
  }
}

function answerHere(turn: Turn, from: { client: string; personId: string }, ask: Ask): Given {
  const { client } = from;
  switch (ask.kind) {
    case "claim":
      return { kind: "answer", answer: claimPartnerEvent(turn, { client, personId: from.personId, ...ask }) };
    case "own_key": {
      const { keyType, value } = ask;
      return {
        kind: "answer",
        answer: { kind: "owner", personId: ownKey(turn, { client, keyType, value, personId: from.personId }) },
      };
    }
    case "person_by_key": {
      const owner = ownerOf(turn, client, ask.keyType, ask.value);
      return owner === undefined
        ? { kind: "answer", answer: { kind: "person", card: null } }
        : findCard(turn, client, owner);
    }
    case "person":
      return findCard(turn, client, ask.personId);
    case "history": {
      const answer = giveHistory(turn, client, ask.personId, from.personId);
      return answer === null ? { kind: "later" } : { kind: "answer", answer };
    }
    default:
      return unreachable(ask);
  }
}

function findCard(turn: Turn, client: string, personId: string): Given {
  const partition = originOf(personId);
  if (partition === undefined || partition >= turn.context.partitions)
    return { kind: "answer", answer: { kind: "person", card: null } };
  if (partition !== turn.context.partition) return { kind: "elsewhere", partition, ask: { kind: "person", personId } };
  const person = turn.state.find("person", personId);
  if (person === undefined || person.client !== client)
    return { kind: "answer", answer: { kind: "person", card: null } };
  if (person.forwardedTo !== null) return findCard(turn, client, person.forwardedTo);
  return { kind: "answer", answer: { kind: "person", card: cardOf(person) } };
}

/** A copy: what is kept of it says what was so. */
export function cardOf(person: Person): PersonCard {
  const firstName = person.data["first_name"]?.value;
  return {
    id: person.id,
    email: person.email,
    partnerUserId: person.partnerUserId,
    firstName: typeof firstName === "string" ? firstName : null,
    block: person.block,
    requests: [...person.requests],
  };
}

/** A1: queues an event behind the one that waits, or refuses it when as many do as may: then it is listed, and whoever waits is told. */
export function stash(turn: Turn, person: Person, inFlight: EventInFlight): void {
  const waiting = turn.state.edit("waiting", person.id);
  assert(waiting !== undefined, "a waiting person has a waiting entry");
  const stashed = waiting.stashNext - waiting.stashFirst;
  tellOfCrowd(turn, inFlight, stashed);
  if (stashed >= STASHED_EVENTS_MAX) return refuseForNow(turn, inFlight);
  turn.state.put("stash", stashKey(person.id, waiting.stashNext++), { inFlight });
  askAhead(turn, person, waiting);
}

function refuseForNow(turn: Turn, inFlight: EventInFlight): void {
  const { client, event, claimedIn = turn.context.partition } = inFlight;
  const messageId = messageIdOf(event);
  if (messageId !== undefined) giveMessageBack(turn, { client, messageId, eventId: event.id }, claimedIn);
  refuse(turn, inFlight, "person_busy");
}

/**
 * A1: applies the stashed events in order, as far as none of them has to wait itself. A merge that was put off comes first: what is
 * stashed follows the link then.
 */
function releaseStash(turn: Turn, person: Person, behind: Behind): void {
  mergeNow(turn, person);
  const before = behind.stashNext - behind.stashFirst;
  while (behind.stashFirst < behind.stashNext) {
    const key = stashKey(person.id, behind.stashFirst++);
    const stashed = turn.state.find("stash", key);
    assert(stashed !== undefined, "the stash has no gaps");
    turn.state.remove("stash", key);
    arrive(turn, stashed.inFlight, person, behind);
    if (!person.isWaiting) continue;
    tellOfRest(turn, stashed.inFlight, before, behind.stashNext - behind.stashFirst);
    return keepStash(turn, person, behind);
  }
}

/** What waits is the event that was begun with this stash behind it, or one that has come back to the person and knew of none. */
function keepStash(turn: Turn, person: Person, behind: Behind): void {
  const waiting = turn.state.edit("waiting", person.id);
  assert(waiting !== undefined, "a waiting person has a waiting entry");
  Object.assign(waiting, behind);
  askAhead(turn, person, waiting);
}

export function stashKey(personId: string, number: number): string {
  return `${personId}/${number.toString().padStart(12, "0")}`;
}
