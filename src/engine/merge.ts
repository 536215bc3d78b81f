// Merge: an anonymous person turns out to be one with an e-mail, or an operator forwards one person to another.
//
//   G1. The source keeps its state and a link; every later event and read follows the link. Undoing is removing the link.
//   G2. The target takes over steps, journeys, rewards, relationships and memberships; ids do not change.
//   G3. On a conflict the target's value stands; gaps are filled.

import type { IdentityShift, Person, Step } from "../model/person.ts";
import type { PersonHistory } from "../model/state.ts";
import { originOf } from "../base/ids.ts";
import { send, type Turn } from "./context.ts";
import { IDENTITY_HISTORY_MAX } from "./limits.ts";
import { countStep, insertSteps, pageKey } from "./steps.ts";

/** Hands over an anonymous person's history and links it to `toPersonId`; null when it is not anonymous, busy or already linked. */
export function giveHistory(turn: Turn, client: string, personId: string, toPersonId: string): PersonHistory | null {
  const person = turn.state.edit("person", personId);
  if (person === undefined || person.client !== client || person.id === toPersonId) return null;
  if (person.email !== null || person.isWaiting || person.forwardedTo !== null) return null;
  return linkAndGive(turn, person, toPersonId);
}

/** Links `person` to `toPersonId` and returns its hot history; older pages follow as messages of their own. */
export function linkAndGive(turn: Turn, person: Person, toPersonId: string): PersonHistory {
  person.forwardedTo = toPersonId;
  person.updatedMs = turn.nowMs;
  person.version++;
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
  return {
    fromPersonId: person.id,
    fromEmail: person.email,
    partnerUserId: person.partnerUserId,
    data: person.data,
    steps: person.steps,
    journeys: person.journeys,
    rewards: person.rewards,
    relationships: person.relationships,
    memberships: person.memberships,
  };
}

function emptyHistory(person: Person): PersonHistory {
  return {
    fromPersonId: person.id,
    fromEmail: null,
    partnerUserId: null,
    data: {},
    steps: [],
    journeys: [],
    rewards: [],
    relationships: [],
    memberships: [],
  };
}

/** History that arrives by message. Follows the target's own link, should it have been merged meanwhile. */
export function absorbHistory(turn: Turn, personId: string, history: PersonHistory): void {
  const person = turn.state.edit("person", personId);
  if (person === undefined) return;
  if (person.forwardedTo === null) return absorb(turn, person, history);
  const partition = originOf(person.forwardedTo) ?? turn.context.partition;
  send(turn, partition, { kind: "absorb", client: person.client, personId: person.forwardedTo, history });
}

export function absorb(turn: Turn, person: Person, history: PersonHistory): void {
  for (const [name, datum] of Object.entries(history.data)) {
    if (!Object.hasOwn(person.data, name)) person.data[name] = { ...datum };
  }
  absorbSteps(turn, person, history.steps);
  for (const journey of history.journeys) {
    const isKnown = person.journeys.some(
      (own) =>
        own.campaignId === journey.campaignId && own.name === journey.name && own.key?.value === journey.key?.value,
    );
    if (!isKnown) person.journeys.push({ ...journey, data: [...journey.data] });
  }
  for (const reward of history.rewards) {
    if (!person.rewards.some((own) => own.id === reward.id)) person.rewards.push({ ...reward });
  }
  for (const relationship of history.relationships) {
    if (relationship.otherPersonId !== person.id) person.relationships.push({ ...relationship });
  }
  for (const membership of history.memberships) {
    if (!person.memberships.some((own) => own.audienceId === membership.audienceId))
      person.memberships.push({ ...membership });
  }
  person.partnerUserId ??= history.partnerUserId;
  person.updatedMs = turn.nowMs;
  person.version++;
  if (history.fromEmail === null && history.steps.length === 0 && history.partnerUserId === null) return;
  const shape = history.fromEmail === null ? "DEVICE_NO_KEY_IDENTITY_WITH_KEY" : "IDENTITY_MERGED";
  remember(person, {
    kind: "IDENTITY_SHIFT",
    shape,
    oldKeyValue: history.fromEmail,
    atMs: turn.nowMs,
    version: person.version,
  });
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
  for (const step of steps) countStep(person, step);
  insertSteps(turn, person, steps);
}
