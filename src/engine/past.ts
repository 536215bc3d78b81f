// Past: what is known of records that are applied again, so that they lead to what they led to.
//
//   A1. A STEP event gets the id that it had, and ids are counted on from there: what a controller earned has its ids, and later records that name them find it.
//   A2. What budgets said stands: a reward that is there was granted, whatever its budget has left by now.

import type { PartitionState } from "../model/state.ts";
import type { Claimed } from "./leases.ts";
import { pageKey } from "./steps.ts";

export interface Past {
  /** Undefined: no such step was kept. */
  stepId(of: StepCause): string | undefined;
  claimed(rewardId: string): Claimed;
}

/** What of a person makes no two primary steps but for controllers of one name. */
export interface StepCause {
  readonly causeEventId: string;
  readonly campaignId: string;
  readonly name: string;
}

export function pastOf(state: PartitionState, personId: string): Past {
  let ids: Map<string, string> | null = null;
  return {
    stepId: (of) => (ids ??= stepIds(state, personId)).get(keyOf(of)),
    claimed: (rewardId) => {
      if (state.find("reward", rewardId) !== undefined) return "granted";
      return state.find("heldReward", rewardId) === undefined ? "refused" : "waits";
    },
  };
}

function stepIds(state: PartitionState, personId: string): Map<string, string> {
  const ids = new Map<string, string>();
  const person = state.find("person", personId);
  if (person === undefined) return ids;
  const pages = Array.from({ length: person.stepPages }, (_, page) => state.find("stepPage", pageKey(personId, page)));
  for (const step of [...pages.flatMap((page) => page?.steps ?? []), ...state.hotSteps(person)]) {
    if (step.isPrimary && !ids.has(keyOf(step))) ids.set(keyOf(step), step.id);
  }
  return ids;
}

function keyOf({ causeEventId, campaignId, name }: StepCause): string {
  return `${causeEventId}/${campaignId}/${name}`;
}
