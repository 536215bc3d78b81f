// What one partition knows of a budget.

import type { Share } from "../../model/budget.ts";
import { budgetKey, type BudgetReference } from "./budgets.ts";
import type { EngineContext } from "../context.ts";

export type BudgetQuery = { readonly kind: "budget" } & BudgetReference;

export interface BudgetAnswer {
  readonly kind: "budget";
  /** In this partition, without what came back. */
  readonly granted: Share;
  /** Leased to this partition, and not granted. */
  readonly held: Share;
}

export function answerBudgetQuery({ state }: EngineContext, query: BudgetQuery): BudgetAnswer {
  const lease = state.find("lease", budgetKey(query));
  if (lease === undefined) return { kind: "budget", granted: none, held: none };
  const { granted, left, limit } = lease;
  // What has no bound is not leased, and counts below zero until it is told.
  const held = { count: limit.count === null ? 0 : left.count, value: limit.value === null ? 0 : left.value };
  return { kind: "budget", granted, held };
}

const none: Share = { count: 0, value: 0 };
