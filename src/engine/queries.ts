// Queries: what a partition answers about its state. Read only. What is asked, and how it is answered, stands with what it is about.

import { unreachable } from "../base/assert.ts";
import type { Signal } from "../model/signal.ts";
import type { PartitionMeta, RejectedRecord } from "../model/state.ts";
import type { RenamedPrograms } from "../rules/mod.ts";
import { answerAudienceQuery, type AudienceAnswer, type AudienceQuery } from "./audiences/audience_queries.ts";
import { answerBatchQuery, type BatchAnswer, type BatchQuery } from "./batches/batch_queries.ts";
import { answerBudgetQuery, type BudgetAnswer, type BudgetQuery } from "./budgets/budget_queries.ts";
import { signalsOf } from "./campaign/signals.ts";
import { answerDocumentQuery, type DocumentAnswer, type DocumentQuery } from "./configuration_queries.ts";
import { type EngineContext, META_KEY, programInEffect } from "./context.ts";
import { answerCouponQuery, type CouponAnswerToQuery, type CouponQuery } from "./coupons/coupon_queries.ts";
import { answerDecisionQuery, type DecisionAnswer, type DecisionQuery } from "./explain/explain_queries.ts";
import { answerJobQuery, type JobAnswer, type JobQuery } from "./jobs/job_queries.ts";
import {
  answerPersonList,
  byWholePrograms,
  type PersonListAnswer,
  type PersonListQuery,
  type PastSource,
} from "./person/person_lists.ts";
import { answerPersonQuery, findPerson, type PersonAnswer, type PersonQuery } from "./person/person_queries.ts";
import { answerRewardQuery, type RewardAnswer, type RewardQuery } from "./rewards/reward_queries.ts";
import { summariesIn } from "./rewards/summary_pages.ts";

export type Query =
  | PersonQuery
  | PersonListQuery
  | RewardQuery
  | DocumentQuery
  | AudienceQuery
  | BatchQuery
  | CouponQuery
  | BudgetQuery
  | DecisionQuery
  | JobQuery
  | { readonly kind: "signals"; readonly client: string; readonly pollingId: string }
  | { readonly kind: "rejected" }
  /** What the partition has applied of others, and by which programs it decides. */
  | { readonly kind: "marks" }
  /** Of the client's program by which the partition decides. */
  | { readonly kind: "program_revision"; readonly client: string };

export type QueryAnswer =
  | PersonAnswer
  | PersonListAnswer
  | RewardAnswer
  | DocumentAnswer
  | AudienceAnswer
  | BatchAnswer
  | CouponAnswerToQuery
  | BudgetAnswer
  | DecisionAnswer
  | JobAnswer
  | { readonly kind: "signals"; readonly signals: readonly Signal[] }
  | { readonly kind: "rejected"; readonly rejected: readonly RejectedRecord[] }
  | {
      readonly kind: "marks";
      readonly highWater: PartitionMeta["highWater"];
      readonly programs: PartitionMeta["programs"];
    }
  /** 0: none. */
  | { readonly kind: "program_revision"; readonly revision: number };

const never = (): boolean => false;

/** @param isOverdue asked from time to time by what may take long */
export function runQuery(context: EngineContext, query: Query, isOverdue: () => boolean = never): QueryAnswer {
  const { state } = context;
  switch (query.kind) {
    case "person":
    case "profile":
    case "identities":
    case "owner_of_key":
    case "bearer":
    case "opt_out":
    case "assets":
    case "asset_content":
    case "polled_event":
      return answerPersonQuery(context, query);
    case "journeys":
    case "relationships":
    case "memberships":
    case "shares":
    case "identity_history":
    case "reviews":
    case "points":
    case "steps":
    case "reward_ids":
    case "hot_steps":
      return answerAboutPerson(context, query);
    case "reward":
    case "rewards":
    case "wanted_rewards":
    case "rewards_by_time":
    case "reward_counts":
      return answerRewardQuery(context, query);
    case "changed_documents":
    case "document":
    case "documents":
      return answerDocumentQuery(context, query);
    case "members":
    case "member_count":
    case "audience_operations":
      return answerAudienceQuery(context, query);
    case "files":
    case "file":
    case "file_part":
    case "batches":
    case "batch":
    case "batch_part":
      return answerBatchQuery(context, query);
    case "coupons":
    case "coupon_stats":
    case "coupon_operations":
      return answerCouponQuery(context, query);
    case "budget":
      return answerBudgetQuery(context, query);
    case "trail":
    case "explain":
    case "simulate":
      return answerDecisionQuery(context, query, isOverdue);
    case "jobs":
    case "jobs_by_key":
    case "ended_jobs":
    case "ready_jobs":
      return answerJobQuery(context, query);
    case "signals":
      return { kind: "signals", signals: signalsOf(state, query.client, query.pollingId) };
    case "rejected":
    case "marks":
    case "program_revision":
      return answerHowFar(context, query);
    default:
      return unreachable(query);
  }
}

/** How far the partition has come, and what it could not apply. */
function answerHowFar(
  { state }: EngineContext,
  query: Extract<Query, { readonly kind: "marks" | "program_revision" | "rejected" }>,
): QueryAnswer {
  const { highWater = {}, programs = {}, rejected = [] } = state.find("meta", META_KEY) ?? {};
  if (query.kind === "rejected") return { kind: "rejected", rejected };
  return query.kind === "marks"
    ? { kind: "marks", highWater, programs }
    : { kind: "program_revision", revision: programs[query.client]?.revision ?? 0 };
}

function answerAboutPerson(context: EngineContext, query: PersonListQuery): QueryAnswer {
  const renamed = (): RenamedPrograms => programInEffect(context, query.client)?.renamedPrograms ?? [];
  return answerPersonList(pastSource(context), findPerson(context, query), byWholePrograms(query, renamed));
}

function pastSource({ state }: EngineContext): PastSource {
  return {
    hotSteps: (person) => state.hotSteps(person),
    stepPage: (key) => state.find("stepPage", key)?.steps ?? [],
    summaryPage: (personId, page) => summariesIn(state, personId, page),
  };
}
