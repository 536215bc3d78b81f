// Erasure: a person, and whoever was merged into it, is there no more. What is left are counts and the ledger of rewards, which name nobody.
//
//   E1. Whatever the person was known by leads to nobody from then on: who comes back is somebody new. Events that a key or a link has led to the person
//       meanwhile go on to that one (`leadOn` of 2_identity.ts), so none is lost; what rules had set in motion for the person ends.
//   E2. Nobody waits for the person for ever: whoever expects its history, or the end of one of its events, is told.
//   E3. Whoever was merged into the person, or is on the way to it, is erased too, wherever it lives; its history comes to nobody.
//   E4. Others keep that they were related to somebody, by an id that leads nowhere: friends count as before.
//
// Not found, and left: what others have of the person as theirs (an address that somebody shared with, whose device theirs was before), and the log.

import { originOf } from "../../base/ids.ts";
import type { EventInFlight } from "../../model/in_flight.ts";
import type { Person } from "../../model/person.ts";
import type { LogRecord } from "../../model/record.ts";
import type { EntryKind, PartitionState } from "../../model/state.ts";
import { leadOn, refuse } from "../2_identity.ts";
import { hasLeft, stashKey } from "../3_ask.ts";
import { leaveAll } from "../audiences/memberships.ts";
import { idOf, keysOf, META_KEY, reply, send, type Turn } from "../context.ts";
import { withdrawJobs } from "../jobs/deliveries.ts";
import { eraseReward } from "../rewards/reward_erasure.ts";
import { summariesFrom } from "../rewards/summary_pages.ts";
import { historyQuestion } from "./identity_questions.ts";
import { letGoOfKey } from "./keys.ts";
import { staysItself } from "./merge.ts";
import { mergedInto, unlistMerged } from "./merged_persons.ts";
import { keysOfPerson } from "./own_keys.ts";
import { removeEventTimers } from "./person_timers.ts";
import { tellOthersErased } from "./relationships.ts";

/** Answers when the person is there no more; also when it was not before. */
export interface ErasePerson {
  readonly kind: "erase_person";
  readonly client: string;
  readonly personId: string;
}

export interface WantedErasure {
  readonly client: string;
  readonly personId: string;
  readonly replyTo: string;
}

/** Whoever of the partition was merged into a person that was erased. */
export interface ErasedInto {
  readonly intoPersonId: string;
}

export function applyErasure(turn: Turn, record: LogRecord, { client, personId }: ErasePerson): void {
  erasePerson(turn, { client, personId, replyTo: idOf(record) });
}

/** Follows the person's link: who it is by now is erased, and with that one all who were merged into it. */
export function erasePerson(turn: Turn, wanted: WantedErasure): void {
  const { client, personId, replyTo } = wanted;
  const found = turn.state.find("person", personId);
  const person = found?.client === client ? found : undefined;
  if (person !== undefined && person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { kind: "erase_person", ...wanted, personId: person.forwardedTo });
  }
  if (person !== undefined) erase(turn, person);
  reply(turn, replyTo, { personId: null, errorCode: null });
}

/** Whether it is known when somebody was last erased here: versions before store format 12 did not keep it. */
export function hasErasure(state: PartitionState): boolean {
  return state.find("meta", META_KEY)?.erasedMs !== undefined;
}

/** As such a version would have left the partition. */
export function forgetErasure(state: PartitionState): void {
  const meta = state.edit("meta", META_KEY);
  if (meta !== undefined) delete meta.erasedMs;
}

/** E3. */
export function eraseMerged(turn: Turn, { intoPersonId }: ErasedInto): void {
  const { state } = turn;
  for (let ids = mergedInto(state, intoPersonId); ids.length > 0; ids = mergedInto(state, intoPersonId)) {
    for (const id of ids) {
      unlistMerged(state, { id, forwardedTo: intoPersonId });
      const person = state.find("person", id);
      if (person !== undefined) erase(turn, person);
    }
  }
}

/** E3. A history has come for somebody who is there no more. */
export function eraseGiver(turn: Turn, fromPersonId: string, intoPersonId: string): void {
  send(turn, originOf(fromPersonId) ?? turn.context.partition, { kind: "erase_merged", intoPersonId });
}

function erase(turn: Turn, person: Person): void {
  const { state } = turn;
  const { client, id, email } = person;
  for (const key of keysOfPerson(turn, person)) letGoOfKey(turn, { client, personId: id, ...key });
  tellOthersErased(turn, person);
  leaveAll(turn, person);
  unlistMerged(state, person);
  const underWay = takeEvents(turn, person);
  letGoOfWanted(turn, person, underWay);
  endMerge(turn, person);
  const rewardIds = Array.from(summariesFrom(state, person, 0), (summary) => summary.id);
  withdrawJobs(turn, id);
  removeEventTimers(state, id);
  for (const kind of besidePersons) removeAll(turn, kind, `${id}/`);
  state.remove("person", id);
  turn.meta.erasedMs = turn.nowMs;
  for (const rewardId of rewardIds) eraseReward(turn, id, rewardId);
  // Nobody is merged into whom has no e-mail (N2).
  if (email !== null) tellPartitions(turn, { intoPersonId: id });
  for (const inFlight of underWay) leadOn(turn, inFlight, id);
}

/** Kinds whose keys begin with the person's id, of which all go. */
const besidePersons = [
  "stepPage",
  "summaryPage",
  "trailPage",
  "personBefore",
  "firedTimers",
  "asset",
  "assetContent",
  "polledEvent",
] as const satisfies readonly EntryKind[];

const REMOVED_AT_ONCE = 256;

function removeAll({ state }: Turn, kind: (typeof besidePersons)[number], prefix: string): void {
  const some = { prefix, after: null, limit: REMOVED_AT_ONCE, isReverse: false };
  for (let found = state.list(kind, some); found.length > 0; found = state.list(kind, some))
    for (const { key } of found) state.remove(kind, key);
}

/**
 * E1, E2. Events of the person that had not ended: the one that waits for an answer, unless it is elsewhere or has written something already, and those behind it.
 */
function takeEvents(turn: Turn, person: Person): EventInFlight[] {
  const { state } = turn;
  const waiting = state.find("waiting", person.id);
  if (waiting === undefined) return [];
  const { inFlight, stashFirst, stashNext } = waiting;
  const events: EventInFlight[] = [];
  if (!hasLeft(turn, person)) {
    if (inFlight.event.type === "INPUT") events.push(inFlight);
    else refuse(turn, inFlight, "person_not_found");
  }
  for (let number = stashFirst; number < stashNext; number++) {
    const key = stashKey(person.id, number);
    const stashed = state.find("stash", key);
    state.remove("stash", key);
    if (stashed !== undefined) events.push(stashed.inFlight);
  }
  state.remove("waiting", person.id);
  return events;
}

/** An id that an event under way has asked for may have been granted, unheard: this word comes behind the question. */
function letGoOfWanted(turn: Turn, { client, id: personId }: Person, events: readonly EventInFlight[]): void {
  for (const { event } of events) {
    const { partnerUserId } = keysOf(turn, event);
    if (partnerUserId !== null)
      letGoOfKey(turn, { client, keyType: "partner_user_id", value: partnerUserId, personId });
  }
}

/** E2. */
function endMerge(turn: Turn, { id, mergesInto }: Person): void {
  if (mergesInto === null) return;
  const { personId, replyTo } = mergesInto;
  if (replyTo !== null) return reply(turn, replyTo, { personId: null, errorCode: "person_not_found" });
  const home = originOf(personId) ?? turn.context.partition;
  send(turn, home, { kind: "answer", personId, question: historyQuestion(id), answer: staysItself });
}

/** This one, too, by message: there may be a long line of persons, each of whom became the next. */
function tellPartitions(turn: Turn, erased: ErasedInto): void {
  for (let partition = 0; partition < turn.context.partitions; partition++)
    send(turn, partition, { kind: "erase_merged", ...erased });
}
