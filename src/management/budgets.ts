// Budgets of campaigns and suppliers: set and read. They are of no version and of no draft: what is set holds.

import { fail, ok, type Result } from "../base/result.ts";
import type { BudgetLimit, BudgetOwner } from "../model/budget.ts";
import type { Configuration, CurrentCollection, DocumentChange } from "../model/configuration.ts";
import { type ApiError, apiError, type ErrorCode } from "../model/errors.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";

const owners = {
  campaign: { collection: "campaign", notFound: "campaign_not_found" },
  supplier: { collection: "supplier", notFound: "reward_supplier_not_found" },
} as const satisfies {
  readonly [O in BudgetOwner]: { readonly collection: CurrentCollection; readonly notFound: ErrorCode };
};

/** Null: there is none. */
export function findBudget(
  configuration: Configuration,
  owner: BudgetOwner,
  id: string,
): Result<BudgetLimit | null, ApiError> {
  const found = ownerOf(configuration, owner, id);
  return found.ok ? ok(limitOf(found.value)) : found;
}

/** A limit that bounds nothing takes the budget away. */
export function setBudget(
  configuration: Configuration,
  { owner, id }: { readonly owner: BudgetOwner; readonly id: string },
  limit: BudgetLimit,
): Result<{ readonly changes: readonly DocumentChange[]; readonly answer: BudgetLimit | null }, ApiError> {
  const found = ownerOf(configuration, owner, id);
  if (!found.ok) return found;
  const { budget: _before, ...rest } = found.value;
  const isBound = limit.count !== null || limit.value !== null;
  const { count, value } = limit;
  const document: JsonObject = isBound ? { ...rest, budget: { count, value } } : rest;
  return ok({ changes: [{ collection: owners[owner].collection, id, document }], answer: isBound ? limit : null });
}

function ownerOf(configuration: Configuration, owner: BudgetOwner, id: string): Result<JsonObject, ApiError> {
  const { collection, notFound } = owners[owner];
  const found = configuration.find(collection, id);
  return found === undefined || found["is_deleted"] === true ? fail(apiError(notFound, { id })) : ok(found);
}

function limitOf({ budget }: JsonObject): BudgetLimit | null {
  if (!isJsonObject(budget)) return null;
  const { count = null, value = null } = budget;
  return { count: typeof count === "number" ? count : null, value: typeof value === "number" ? value : null };
}
