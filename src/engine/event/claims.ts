// Claims: the unique business ids of an event, taken for it at the actors of the ids (partner_events.ts) before anything is written.
//
//   Q1. All or nothing: an event that is refused one of a controller's ids keeps none of the others.
//   Q2. One after the other, in one order for all: of two events that want the same ids at once, one gets them all.
//
// What Q2 does not cover: while an event that will be refused its second id holds the first, a third event that wants the first
// alone is refused. The answer of another partition takes milliseconds, so only events sent at the same time can meet like that.

import { assert } from "../../base/assert.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { PartnerEventClaim } from "../../model/in_flight.ts";
import type { NamedValue } from "../../model/person.ts";
import type { CompiledController } from "../../rules/mod.ts";
import { answerTo, type Progress, type Questions } from "../3_ask.ts";
import type { Firing } from "../4_campaigns.ts";
import { sendBehind, type Turn } from "../context.ts";
import { partitionOfClaim, releasePartnerEvent } from "./partner_events.ts";

/** Asks for the next id that is not settled yet; true when another event holds one of them. */
export function isRefused(
  progress: Progress,
  controller: CompiledController,
  keys: readonly NamedValue[],
  questions: Questions,
): boolean {
  for (const key of inOrder(keys)) {
    const claim = claimOf(progress.inFlight.event, controller, key);
    const question = claimQuestion(claim);
    const answer = answerTo(progress, question);
    if (answer === undefined) {
      questions.set(question, claim);
      return false;
    }
    assert(answer.kind === "claim", "a claim is answered by a claim");
    if (!answer.isGranted) return true;
  }
  return false;
}

/** Q1. Gives back what refused firings were granted, unless another firing of the event counts on it. */
export function giveBackClaims(turn: Turn, progress: Progress, firings: readonly Firing[]): void {
  if (!firings.some(({ isDuplicate, data }) => isDuplicate && data.uniqueKeys.length > 1)) return;
  const { client, event } = progress.inFlight;
  const kept = claimsUsed(event, firings);
  for (const { isDuplicate, controller, data } of firings) {
    if (!isDuplicate) continue;
    for (const key of data.uniqueKeys) {
      const claim = claimOf(event, controller, key);
      const question = claimQuestion(claim);
      const answer = answerTo(progress, question);
      if (answer?.kind === "claim" && answer.isGranted && !kept.has(question)) giveBack(turn, client, claim, true);
    }
  }
}

/** What firings that are not refused count on, by its question. */
export function claimsUsed(event: PersonEvent, firings: readonly Firing[]): ReadonlySet<string> {
  const used = new Set<string>();
  for (const { isDuplicate, controller, data } of firings) {
    if (isDuplicate) continue;
    for (const key of data.uniqueKeys) used.add(claimQuestion(claimOf(event, controller, key)));
  }
  return used;
}

/** @param isInOrder false: behind all other messages of the record */
export function giveBack(turn: Turn, client: string, claim: PartnerEventClaim, isInOrder: boolean): void {
  const partition = partitionOfClaim(turn, { client, name: claim.name, value: claim.value });
  if (isInOrder || partition === turn.context.partition) releasePartnerEvent(turn, { client, ...claim });
  else sendBehind(turn, partition, { client, ...claim, kind: "release_claim" });
}

/** Q2. A controller has one datum of a name, so names alone order its ids. */
function inOrder(keys: readonly NamedValue[]): readonly NamedValue[] {
  return keys.length < 2 ? keys : keys.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function claimOf(
  { container, id }: PersonEvent,
  controller: CompiledController,
  key: NamedValue,
): PartnerEventClaim {
  const { name, value } = key;
  return { kind: "claim", container, name, value, controller: controller.name.toLowerCase(), eventId: id };
}

export function claimQuestion({ eventId, controller, name, value }: PartnerEventClaim): string {
  return `claim/${eventId}/${controller}/${name}/${value}`;
}
