// Budgets of campaigns and reward suppliers, an extension of ours: how much may be granted, was granted, is held by partitions, and is left.

import { findBudget, setBudget } from "../../management/mod.ts";
import { type BudgetLimit, type BudgetOwner, type Share, SHARE_VALUE_UNIT } from "../../model/budget.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { type Answer, type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { objectOf } from "./campaign_answers.ts";
import { changeAndAnswer } from "./change.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

const budgetSchema: JsonSchema = {
  type: "object",
  properties: {
    count: { type: ["integer", "null"], minimum: 0, maximum: 1_000_000_000_000 },
    value: { type: ["number", "null"], minimum: 0, maximum: 100_000_000_000 },
  },
  required: ["count", "value"],
  additionalProperties: false,
};

const owners: readonly { readonly owner: BudgetOwner; readonly name: string; readonly path: string }[] = [
  { owner: "campaign", name: "Campaign", path: "/v2/campaigns/{campaignId}/budget" },
  { owner: "supplier", name: "RewardSupplier", path: "/v6/reward-suppliers/{reward_supplier_id}/budget" },
];

export function budgetRoutes(configuration: ConfigurationClient, runtime: RuntimeClient): AnswerRoute[] {
  return owners.flatMap(({ owner, name, path }): AnswerRoute[] => [
    {
      ...read,
      kind: "answer",
      operation: `get${name}Budget`,
      path,
      summary: `How much a ${owner} may grant, granted, and has left`,
      run: async ({ grant, params }) => {
        const id = params[0] ?? "";
        const found = findBudget(await configuration.read(grant.client), owner, id);
        return found.ok
          ? answered(runtime, { client: grant.client, owner, id }, found.value)
          : answerError(found.error);
      },
    },
    {
      ...write,
      kind: "answer",
      operation: `set${name}Budget`,
      method: "PUT",
      path,
      summary: `Say how much a ${owner} may grant; null is without bound`,
      request: budgetSchema,
      run: async ({ grant, params, body }) => {
        const id = params[0] ?? "";
        const limit = limitIn(body);
        const { client } = grant;
        const changed = await changeAndAnswer(
          configuration,
          client,
          (current) => setBudget(current, { owner, id }, limit),
          (answer) => ({ limit: answer }),
        );
        const isBound = limit.count !== null || limit.value !== null;
        return changed.kind === "json" ? answered(runtime, { client, owner, id }, isBound ? limit : null) : changed;
      },
    },
  ]);
}

function limitIn(body: unknown): BudgetLimit {
  const { count = null, value = null } = objectOf(body);
  return { count: typeof count === "number" ? count : null, value: typeof value === "number" ? value : null };
}

async function answered(
  runtime: RuntimeClient,
  { client, owner, id }: { readonly client: string; readonly owner: BudgetOwner; readonly id: string },
  limit: BudgetLimit | null,
): Promise<Answer> {
  const answers = await runtime.queryAll({ kind: "budget", client, budget: `${owner}/${id}` });
  const granted = { count: 0, value: 0 };
  const held = { count: 0, value: 0 };
  for (const answer of answers) {
    if (answer.kind !== "budget") continue;
    add(granted, answer.granted);
    add(held, answer.held);
  }
  const rest = (name: keyof Share, bound: number | null | undefined): number | null =>
    bound === null || bound === undefined
      ? null
      : Math.max(0, inUnits(bound - shown(granted)[name] - shown(held)[name]));
  return answerJson({
    limit,
    granted: shown(granted),
    held: shown(held),
    left: { count: rest("count", limit?.count), value: rest("value", limit?.value) },
  });
}

function add(sum: Share, { count, value }: Share): void {
  sum.count += count;
  sum.value += value;
}

/** As doubles, 150 less 149.93 is 0.06999999999999318. */
function inUnits(value: number): number {
  return Math.round(value * SHARE_VALUE_UNIT) / SHARE_VALUE_UNIT;
}

function shown({ count, value }: Share): Share {
  return { count, value: value / SHARE_VALUE_UNIT };
}
