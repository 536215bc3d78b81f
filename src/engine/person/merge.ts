// Merge: an anonymous person turns out to be one with an e-mail, or an operator forwards one person to another.
//
//   G1. The source keeps its state and a link; every later event and read follows the link. Undoing is removing the link.
//   G2. The target takes over steps, journeys, rewards, relationships and memberships; ids do not change.
//   G3. On a conflict the target's value stands; gaps are filled. Of two blocks the stricter stands: nobody gets rid of one by a merge. A device that
//       was drawn for another campaign of a programme than its person leaves that journey behind: nobody is paid by both.

import type { IdentityShift, Person, PersonBlock, Step } from "../../model/person.ts";
import type { Answer, PersonHistory } from "../../model/in_flight.ts";
import { assert } from "../../base/assert.ts";
import { originOf } from "../../base/ids.ts";
import { setMember } from "../../base/members.ts";
import { handOverAssets } from "./assets.ts";
import { endLeaving, hasLeft } from "../3_ask.ts";
import { absorbPolled, polledEventsOf } from "../event/polled_events.ts";
import { programOf, reply, send, type Turn } from "../context.ts";
import { historyQuestion } from "./identity_questions.ts";
import { isRival } from "../campaign/journey_ranking.ts";
import { IDENTITY_HISTORY_MAX } from "../limits.ts";
import { absorbIncentives } from "../campaign/reviews.ts";
import { leaveAll, takeOver } from "../audiences/memberships.ts";
import { eraseGiver } from "./erase.ts";
import { listMerged } from "./merged_persons.ts";
import { absorbRelationships, tellOthers } from "./relationships.ts";
import { absorbPoints } from "../rewards/points.ts";
import { addSummary, findOwn, summariesFrom } from "../rewards/summary_pages.ts";
import { rememberRequest } from "./requests.ts";
import { rememberShare } from "../campaign/shares.ts";
import { countStep, insertSteps, pageKey } from "./steps.ts";
import { editPerson } from "./trail.ts";

/**
 * Hands over an anonymous person's history and links it to `toPersonId`. Null: it waits for an answer, and gives its history as soon as it has that
 * (`mergeNow`), so that whoever takes it decides by all of it.
 */
export function giveHistory(turn: Turn, client: string, personId: string, toPersonId: string): HistoryAnswer | null {
  const person = editPerson(turn, personId);
  if (person === undefined || person.client !== client || person.id === toPersonId) return staysItself;
  // Where records are applied again, others are as they are now.
  if (person.forwardedTo === toPersonId) turn.context.past?.tookOver(personId);
  if (person.forwardedTo !== null) return { ...staysItself, isMerged: person.forwardedTo === toPersonId };
  if (person.email !== null || person.mergesInto !== null) {
    // It was given an e-mail of its own after one of its events had left.
    if (person.isWaiting && hasLeft(turn, person)) endLeaving(turn, person.id);
    return staysItself;
  }
  if (person.isWaiting && !hasLeft(turn, person)) {
    person.mergesInto = { personId: toPersonId, replyTo: null };
    return null;
  }
  if (person.isWaiting) endLeaving(turn, person.id);
  return { kind: "history", history: linkAndGive(turn, person, toPersonId), isMerged: true, isFirst: true };
}

type HistoryAnswer = Extract<Answer, { kind: "history" }>;
export const staysItself: HistoryAnswer = { kind: "history", history: null, isMerged: false, isFirst: false };

/** Takes what an anonymous person handed over, once: the event may name the person in two ways. Notes that it was one. */
export function absorbDevice(turn: Turn, person: Person, answer: HistoryAnswer): void {
  const { history, isFirst } = answer;
  answer.history = null;
  answer.isFirst = false;
  // Nothing of the person's first event is written yet: it begins with this device, which got its first key.
  const shape = person.version === 0 ? "DEVICE_WITH_KEY" : "DEVICE_NO_KEY_IDENTITY_WITH_KEY";
  if (history !== null) absorb(turn, person, history);
  if (isFirst) rememberShift(turn, person, shape, null);
}

/** Does the merge that was put off while the person waited. */
export function mergeNow(turn: Turn, person: Person): void {
  const { mergesInto } = person;
  if (mergesInto === null) return;
  person.mergesInto = null;
  person.isForwarding = false;
  const { personId, replyTo } = mergesInto;
  const home = originOf(personId);
  assert(home !== undefined, "a merge names a person");
  if (replyTo === null) {
    const answer = giveHistory(turn, person.client, person.id, personId);
    assert(answer !== null, "who no longer waits gives its history");
    return send(turn, home, { kind: "answer", personId, question: historyQuestion(person.id), answer });
  }
  if (person.forwardedTo === null) {
    const history = linkAndGive(turn, person, personId);
    return send(turn, home, { kind: "absorb", client: person.client, personId, history, replyTo });
  }
  reply(turn, replyTo, { personId, errorCode: null });
}

/**
 * Links `person` to `toPersonId` and returns its hot history; older pages follow as messages of their own. Rewards and points are copies: whoever is
 * linked goes on to learn what becomes of its rewards, and the history, should it have to wait, learns it once, as one does that waits in the store.
 */
export function linkAndGive(turn: Turn, person: Person, toPersonId: string): PersonHistory {
  person.forwardedTo = toPersonId;
  listMerged(turn.state, person);
  person.updatedMs = turn.nowMs;
  person.version++;
  leaveAll(turn, person);
  handOverAssets(turn, person, toPersonId);
  const partition = originOf(toPersonId) ?? turn.context.partition;
  for (let page = 0; page < person.stepPages; page++) {
    const steps = turn.state.find("stepPage", pageKey(person.id, page))?.steps ?? [];
    send(turn, partition, {
      kind: "absorb",
      client: person.client,
      personId: toPersonId,
      history: { ...emptyHistory(person), steps },
    });
  }
  const polled = polledEventsOf(turn, person.id);
  return {
    fromPersonId: person.id,
    fromEmail: person.email,
    partnerUserId: person.partnerUserId,
    block: person.block,
    blockReason: person.blockReason,
    blockedMs: person.blockedMs,
    data: person.data,
    steps: [...turn.state.hotSteps(person)],
    journeys: person.journeys,
    rewards: [...summariesFrom(turn.state, person, 0)],
    relationships: person.relationships,
    memberships: person.memberships,
    shareables: person.shareables,
    shares: person.shares,
    incentives: person.incentives,
    points: structuredClone(person.points),
    ...(polled.length === 0 ? {} : { polled }),
    requests: person.requests,
  };
}

function emptyHistory(person: Person): PersonHistory {
  return {
    fromPersonId: person.id,
    fromEmail: null,
    partnerUserId: null,
    block: person.block,
    blockReason: person.blockReason,
    blockedMs: person.blockedMs,
    data: {},
    steps: [],
    journeys: [],
    rewards: [],
    relationships: [],
    memberships: [],
    shareables: [],
    shares: [],
    incentives: null,
    points: null,
    requests: [],
  };
}

/** History that arrives by message. Follows the target's own link, should it have been merged meanwhile. */
export function absorbHistory(turn: Turn, personId: string, history: PersonHistory, replyTo?: string): void {
  const person = editPerson(turn, personId);
  const answered = replyTo === undefined ? {} : { replyTo };
  if (person !== undefined && person.forwardedTo !== null) {
    const { client, forwardedTo } = person;
    const partition = originOf(forwardedTo) ?? turn.context.partition;
    return send(turn, partition, { kind: "absorb", client, personId: forwardedTo, history, ...answered });
  }
  if (person !== undefined) absorb(turn, person, history);
  else eraseGiver(turn, history.fromPersonId, personId);
  if (replyTo !== undefined) reply(turn, replyTo, { personId, errorCode: null });
}

/** G3. A person blocked for events gets no rewards either. */
const strictness: Readonly<Record<PersonBlock, number>> = { NONE: 0, REWARDS: 1, EVENTS: 2 };

function absorb(turn: Turn, person: Person, history: PersonHistory): void {
  turn.context.past?.tookOver(history.fromPersonId);
  for (const [name, datum] of Object.entries(history.data)) {
    if (!Object.hasOwn(person.data, name)) setMember(person.data, name, { ...datum });
  }
  absorbSteps(turn, person, history.steps);
  absorbJourneys(turn, person, history);
  absorbRewards(turn, person, history.rewards);
  absorbRelationships(person, history.fromPersonId, history.relationships);
  tellOthers(turn, person, history.fromPersonId, history.relationships);
  for (const membership of history.memberships) takeOver(turn, person, membership);
  for (const shareable of history.shareables ?? []) {
    // G2. The code leads to this person from now on; a key that both used stays the target's.
    if (!person.shareables.some((own) => own.code === shareable.code)) person.shareables.push({ ...shareable });
  }
  for (const share of history.shares ?? []) {
    if (!person.shares.some((own) => own.id === share.id)) rememberShare(person, { ...share });
  }
  absorbIncentives(person, history.incentives ?? null);
  absorbPoints(turn, person, history.points ?? null);
  absorbPolled(turn, person, history.polled ?? []);
  for (const request of history.requests) rememberRequest(person, request);
  person.partnerUserId ??= history.partnerUserId;
  if (strictness[history.block] > strictness[person.block]) {
    person.block = history.block;
    person.blockReason = history.blockReason ?? "";
    person.blockedMs = history.blockedMs ?? null;
  }
  person.updatedMs = turn.nowMs;
  person.version++;
  if (history.fromEmail !== null) rememberShift(turn, person, MERGED, history.fromEmail);
}

/** The shape of a shift by which the person took over somebody who had an e-mail. */
export const MERGED = "IDENTITY_MERGED";

/** Both may have thousands: what was taken over goes on into pages at once. */
function absorbRewards({ state }: Turn, person: Person, rewards: PersonHistory["rewards"]): void {
  for (const reward of rewards)
    if (findOwn(state, person, reward.id) === undefined) addSummary(state, person, { ...reward });
}

function absorbJourneys(turn: Turn, person: Person, { journeys, fromEmail }: PersonHistory): void {
  const program = fromEmail === null ? programOf(turn, person.client) : undefined;
  const before = [...person.journeys];
  for (const journey of journeys) {
    const isKnown = person.journeys.some(
      (own) =>
        own.campaignId === journey.campaignId && own.name === journey.name && own.key?.value === journey.key?.value,
    );
    const isLeft = program !== undefined && before.some((own) => isRival(program, journey, own, turn.nowMs));
    if (!isKnown && !isLeft) person.journeys.push({ ...journey, data: [...journey.data] });
  }
}

export function rememberShift(turn: Turn, person: Person, shape: string, oldKeyValue: string | null): void {
  remember(person, { kind: "IDENTITY_SHIFT", shape, oldKeyValue, atMs: turn.nowMs, version: person.version });
}

/** Notes that another person already owns a key which this person's event carried; once per key. */
export function recordSplit(turn: Turn, person: Person, split: { losingValue: string; winnerId: string }): void {
  const isKnown = person.identityHistory.some(
    (entry) => entry.kind === "SPLIT_LOSER" && entry.losingKeyValue === split.losingValue,
  );
  if (isKnown) return;
  remember(person, {
    kind: "SPLIT_LOSER",
    losingKeyValue: split.losingValue,
    winningPersonId: split.winnerId,
    winningKeyValue: split.losingValue,
    atMs: turn.nowMs,
  });
}

function remember(person: Person, shift: IdentityShift): void {
  person.identityHistory.push(shift);
  if (person.identityHistory.length > IDENTITY_HISTORY_MAX) person.identityHistory.shift();
}

function absorbSteps(turn: Turn, person: Person, steps: readonly Step[]): void {
  for (const step of steps) countStep(turn.context, person, step);
  insertSteps(turn, person, steps);
}
