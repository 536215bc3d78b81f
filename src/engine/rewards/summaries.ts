// Where a person keeps the summary of one of its rewards: among its own, or in a history that another handed over while it still waits for something
// else. Whoever changes it there changes what the person will have.

import type { Person, RewardSummary } from "../../model/person.ts";
import type { Turn } from "../context.ts";
import type { PointsHolder } from "./points.ts";
import { findOwn, type OwnSummary, removeOwn, replaceOwn } from "./summary_pages.ts";

export interface FoundSummary {
  readonly holder: PointsHolder;
  readonly summary: RewardSummary;
  readonly place: OwnPlace | HistoryPlace;
}

interface OwnPlace {
  readonly kind: "own";
  readonly person: Person;
  readonly own: OwnSummary;
}

interface HistoryPlace {
  readonly kind: "history";
  readonly rewards: RewardSummary[];
}

export function findSummary(turn: Turn, person: Person, rewardId: string): FoundSummary | undefined {
  const own = findOwn(turn.state, person, rewardId);
  if (own !== undefined) return { holder: person, summary: own.summary, place: { kind: "own", person, own } };
  if (!person.isWaiting) return undefined;
  for (const { answer } of turn.state.edit("waiting", person.id)?.answers ?? []) {
    if (answer.kind !== "history" || answer.history === null) continue;
    const { history } = answer;
    const summary = history.rewards.findLast(({ id }) => id === rewardId);
    if (summary !== undefined)
      return { holder: history, summary, place: { kind: "history", rewards: history.rewards } };
  }
  return undefined;
}

export function replaceSummary(turn: Turn, { place, summary }: FoundSummary, changed: RewardSummary): void {
  if (place.kind === "own") replaceOwn(turn, place.person, place.own, changed);
  else place.rewards[place.rewards.indexOf(summary)] = changed;
}

export function removeSummary(turn: Turn, { place, summary }: FoundSummary): void {
  if (place.kind === "own") removeOwn(turn, place.person, place.own);
  else place.rewards.splice(place.rewards.indexOf(summary), 1);
}
