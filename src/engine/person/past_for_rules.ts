// What rules look back at: older steps and rewards, read when they are asked for.

import type { Person } from "../../model/person.ts";
import type { PartitionState } from "../../model/state.ts";
import type { RuleContext } from "../../rules/mod.ts";
import { summariesIn } from "../rewards/summary_pages.ts";
import { pageKey } from "./steps.ts";

type PastForRules = Pick<RuleContext, "hotSteps" | "stepPage" | "summaryPage">;

export function pastFor(state: PartitionState, person: Person): PastForRules {
  return {
    hotSteps: () => state.hotSteps(person),
    stepPage: (page) => state.find("stepPage", pageKey(person.id, page))?.steps ?? [],
    summaryPage: (page) => summariesIn(state, person.id, page),
  };
}
