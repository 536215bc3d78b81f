// What rules look back at: older steps and rewards, read when they are asked for.

import type { Person } from "../../model/person.ts";
import type { PartitionState } from "../../model/state.ts";
import type { RuleContext } from "../../rules/mod.ts";
import { summariesFor } from "../rewards/summary_pages.ts";
import { stepsFor } from "./steps.ts";

export type PastForRules = Pick<RuleContext, "hotSteps" | "stepPage" | "summaryPage">;

export function pastFor(state: PartitionState, person: Person): PastForRules {
  return { ...stepsFor(state, person), ...summariesFor(state, person) };
}
