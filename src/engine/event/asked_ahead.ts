// Asking ahead: what a stashed event will want to know of other actors is asked before its turn, so that one round trip serves many events of one person.
// The order in which events are applied stays as it is. Ids are claimed in `claimed_ahead.ts`.
//
//   H1. Nothing is asked before the event has arrived: whatever was known when it was sent is seen.
//   H2. What was not asked ahead is asked at the event's turn; so is what turns out to be another question then.
//   H3. Nobody waits for what never comes. Where a record of an earlier version is applied again, what this one sends on top is not in the log, and
//       receivers may have passed its place (M2 of `message.ts`). So it is sent behind all that the earlier version sent; and before a partition has had
//       such an answer, events ask at their turn, too.
//   H4. An event that leaves for another person asks anew there.

import { assert } from "../../base/assert.ts";
import { asBuffer } from "../../base/bytes.ts";
import { originOf } from "../../base/ids.ts";
import type { Answer, Answered, AskedAhead, EventInFlight, QuestionAhead, Waiting } from "../../model/in_flight.ts";
import type { Person } from "../../model/person.ts";
import type { Program } from "../../rules/mod.ts";
import { type Progress, seek, stashKey } from "../3_ask.ts";
import { keysOf, programOf, sendBehind, type Turn } from "../context.ts";
import { ASK_AHEAD_MAX } from "../limits.ts";
import { type Ask, decodeMessage } from "../message.ts";
import { otherAsked } from "../person/identity_questions.ts";
import { editPerson } from "../person/trail.ts";
import { claimAhead } from "./claimed_ahead.ts";

/** A stashed event that asks. */
export interface Asking {
  readonly person: Person;
  readonly waiting: Waiting;
  readonly number: number;
  readonly inFlight: EventInFlight;
  readonly program: Program;
  /** Those of the event, which grow. */
  readonly questions: QuestionAhead[];
}

/** Asks for the first events of the stash that were not looked at yet. @param waiting to be changed */
export function askAhead(turn: Turn, person: Person, waiting: Waiting): void {
  if (turn.sequence < (turn.context.aheadFrom ?? 0)) return;
  const end = Math.min(waiting.stashNext, waiting.stashFirst + ASK_AHEAD_MAX);
  for (let number = Math.max(waiting.stashFirst, waiting.askedNext ?? 0); number < end; number++) {
    waiting.askedNext = number + 1;
    askFor(turn, person, waiting, number);
  }
}

function askFor(turn: Turn, person: Person, waiting: Waiting, number: number): void {
  const key = stashKey(person.id, number);
  const inFlight = turn.state.find("stash", key)?.inFlight;
  assert(inFlight !== undefined, "the stash has no gaps");
  const program = programOf(turn, inFlight.client);
  if (program === undefined || inFlight.ahead !== undefined || !isSettled(turn, person, inFlight)) return;
  const asking: Asking = { person, waiting, number, inFlight, program, questions: [] };
  const other = otherAsked(program, inFlight.event);
  const known = other === null ? [] : askOther(turn, asking, other);
  if (known !== null) claimAhead(turn, asking, known);
  if (asking.questions.length === 0) return;
  const ahead = { personId: person.id, questions: asking.questions };
  turn.state.put("stash", key, { inFlight: { ...inFlight, ahead } });
}

/** Whose event it is will most likely not change, so that it asks about others only. Anonymous persons are merged away, and their events travel. */
function isSettled(turn: Turn, person: Person, { event, absorbs }: EventInFlight): boolean {
  const { email, partnerUserId, forwardedTo, mergesInto, block } = person;
  if (email === null || forwardedTo !== null || mergesInto !== null || block === "EVENTS") return false;
  if (event.type !== "INPUT" || event.detail.kind !== "none" || absorbs !== null) return false;
  const keys = keysOf(turn, event);
  if (keys.email !== null && keys.email !== email) return false;
  return keys.partnerUserId === null || partnerUserId === null || keys.partnerUserId === partnerUserId;
}

/** Null: the answer is under way. One from here is asked for again at the event's turn, at no cost. */
function askOther(turn: Turn, asking: Asking, { question, ask }: { question: string; ask: Ask }): Answered[] | null {
  const { inFlight, person, questions } = asking;
  const given = seek(turn, { client: inFlight.client, personId: person.id }, ask);
  if (given.kind === "answer") return [{ question, answer: given.answer }];
  assert(given.kind === "elsewhere", "who somebody is does not have to be waited for");
  questions.push({ question, sequence: turn.sequence, answer: null, claim: null });
  sendAhead(turn, asking, { question, ask: given.ask, toPartition: given.partition });
  return null;
}

/** H3. */
export function sendAhead(
  turn: Turn,
  { number, person, inFlight: { client, event } }: Pick<Asking, "number" | "person" | "inFlight">,
  { question, ask, toPartition }: { readonly question: string; readonly ask: Ask; readonly toPartition: number },
): void {
  const name = placeName({ number, eventId: event.id, sequence: turn.sequence }) + question;
  sendBehind(turn, toPartition, { kind: "ask", client, fromPersonId: person.id, question: name, ask });
}

/** Where a question came from that was asked ahead. */
interface Place {
  /** In the stash. */
  readonly number: number;
  readonly eventId: string;
  /** Of the record that asked. */
  readonly sequence: number;
}

export interface PlacedQuestion extends Place {
  /** As it would be named at the event's turn. */
  readonly question: string;
}

/** Begins the names of questions that were asked ahead, and no others. */
const AHEAD = "ahead";

function placeName({ number, eventId, sequence }: Place): string {
  return `${AHEAD}/${number}/${eventId}/${sequence}/`;
}

/** Null: the question was asked by an event whose turn it was. */
export function askedAhead(name: string): PlacedQuestion | null {
  if (!name.startsWith(`${AHEAD}/`)) return null;
  const [, number, eventId = "", sequence] = name.split("/", 4);
  const place = { number: Number(number), eventId, sequence: Number(sequence) };
  return { ...place, question: name.slice(placeName(place).length) };
}

/** The record that asked what a message asks ahead; null: it does not. Called for each message of a log, of which few do. */
export function recordAskingAhead(
  payload: Uint8Array,
): { readonly partition: number; readonly sequence: number } | null {
  if (!asBuffer(payload).includes(`${AHEAD}/`)) return null;
  const { message } = decodeMessage(payload);
  const asked = message.kind === "ask" ? askedAhead(message.question) : null;
  const partition = message.kind === "ask" ? originOf(message.fromPersonId) : undefined;
  return asked === null || partition === undefined ? null : { partition, sequence: asked.sequence };
}

/** Takes the answer for an event that is still stashed. @param waiting to be changed */
export function receiveAhead(turn: Turn, personId: string, waiting: Waiting, of: PlacedQuestion, answer: Answer): void {
  const key = stashKey(personId, of.number);
  const found = turn.state.find("stash", key)?.inFlight;
  if (found?.event.id !== of.eventId || openQuestion(found.ahead, personId, of) === null) return;
  const inFlight = turn.state.edit("stash", key)?.inFlight;
  const person = editPerson(turn, personId);
  const asked = openQuestion(inFlight?.ahead, personId, of);
  const program = programOf(turn, found.client);
  if (inFlight?.ahead === undefined || asked === null || person === undefined) return;
  asked.answer = answer;
  if (asked.claim !== null || program === undefined || !isSettled(turn, person, inFlight)) return;
  const asking = { person, waiting, number: of.number, inFlight, program, questions: inFlight.ahead.questions };
  claimAhead(turn, asking, answersOf(inFlight.ahead));
}

/** Notes the answer to an event whose turn has come; false: the event does not want it (any more). */
export function noteAnswer(inFlight: EventInFlight, personId: string, of: PlacedQuestion, answer: Answer): boolean {
  const asked = openQuestion(inFlight.ahead, personId, of);
  if (asked === null) return false;
  asked.answer = answer;
  return true;
}

function openQuestion(ahead: AskedAhead | undefined, personId: string, of: PlacedQuestion): QuestionAhead | null {
  if (ahead === undefined || ahead.personId !== personId) return null;
  const isOpen = ({ question, sequence, answer }: QuestionAhead): boolean =>
    answer === null && question === of.question && sequence === of.sequence;
  return ahead.questions.find(isOpen) ?? null;
}

/** Whether an answer will come to what was asked ahead. */
export function isUnderWay(turn: Turn, { person, inFlight: { ahead } }: Progress, question: string): boolean {
  if (ahead === undefined || ahead.personId !== person.id) return false;
  return ahead.questions.some((own) => own.question === question && own.answer === null && isSure(turn, own));
}

/** H3. It was answered, or asked where nothing is applied again that an earlier version has applied. */
export function isSure({ meta }: Turn, { answer, sequence }: QuestionAhead): boolean {
  return answer !== null || (meta.aheadSince !== undefined && sequence >= meta.aheadSince);
}

/** What is known at an event's turn. */
export function answersAhead(person: Person, { ahead }: EventInFlight): Answered[] {
  return ahead === undefined || ahead.personId !== person.id ? [] : answersOf(ahead);
}

function answersOf({ questions }: AskedAhead): Answered[] {
  return questions.flatMap(({ question, answer }) => (answer === null ? [] : [{ question, answer }]));
}
