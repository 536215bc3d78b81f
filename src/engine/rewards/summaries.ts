// Where a person keeps the summary of one of its rewards: among its own, or in a history that another handed over while it still waits for something
// else. Whoever changes it there changes what the person will have.

import type { Person, RewardSummary } from "../../model/person.ts";
import type { Turn } from "../context.ts";
import type { PointsHolder } from "./points.ts";

export interface FoundSummary {
  readonly holder: PointsHolder;
  readonly rewards: RewardSummary[];
  readonly summary: RewardSummary;
}

export function findSummary(turn: Turn, person: Person, rewardId: string): FoundSummary | undefined {
  const own = summaryIn(person, person.rewards, rewardId);
  if (own !== undefined || !person.isWaiting) return own;
  for (const { answer } of turn.state.edit("waiting", person.id)?.answers ?? []) {
    if (answer.kind !== "history" || answer.history === null) continue;
    const found = summaryIn(answer.history, answer.history.rewards, rewardId);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function replaceSummary({ rewards, summary }: FoundSummary, changed: RewardSummary): void {
  rewards[rewards.indexOf(summary)] = changed;
}

function summaryIn(holder: PointsHolder, rewards: RewardSummary[], rewardId: string): FoundSummary | undefined {
  const summary = rewards.findLast(({ id }) => id === rewardId);
  return summary === undefined ? undefined : { holder, rewards, summary };
}
