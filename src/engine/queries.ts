// Queries: what a partition answers about its state. Read only.

import { unreachable } from "../base/assert.ts";
import type { Asset, AssetContent } from "../model/asset.ts";
import type { AudienceOperation } from "../model/audience.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import type { Bearer } from "../model/event.ts";
import type { Collection } from "../model/configuration.ts";
import type { Job } from "../model/job.ts";
import type { ReadyJobs, ReadyJobsPage } from "../model/job_queue.ts";
import { headOf, type Person, type PersonHead, type Profile, profileOf } from "../model/person.ts";
import type { LogRecord } from "../model/record.ts";
import type { Reward } from "../model/reward.ts";
import type { Signal } from "../model/signal.ts";
import { assetContent, assetsOf } from "./person/assets.ts";
import { type BearerAnswer, bearerOf } from "./person/bearers.ts";
import {
  countMembers,
  type ListedMembers,
  listMembers,
  listOperations,
  type MembersQuery,
} from "./audiences/audience_queries.ts";
import {
  changedDocuments,
  type ConfigurationPage,
  findDocument,
  type KeptDocument,
  listDocuments,
} from "./configuration.ts";
import { answerBudgetQuery, type BudgetAnswer, type BudgetQuery } from "./budgets/budget_queries.ts";
import { type EngineContext, META_KEY, ProgramGone } from "./context.ts";
import { answerCouponQuery, type CouponAnswerToQuery, type CouponQuery } from "./coupons/coupon_queries.ts";
import { type CompileError, compileProgram } from "../rules/mod.ts";
import { type ExplainAnswer, explainEvent, type TrailOfPage, trailOf } from "./explain/explain.ts";
import { jobsOf } from "./jobs/deliveries.ts";
import { type EndedJobPlace, type EndedJobsPage, listEndedJobs } from "./jobs/job_commands.ts";
import { listReadyJobs } from "./jobs/ready_jobs.ts";
import { keyEntry } from "./person/keys.ts";
import { type OptOutAnswer, optOutOf } from "./person/opt_outs.ts";
import {
  answerPersonList,
  type PersonListAnswer,
  type PersonListQuery,
  type StepSource,
} from "./person/person_lists.ts";
import { polledEvent } from "./event/polled_events.ts";
import { signalsOf } from "./campaign/signals.ts";
import type { RewardFilter } from "./rewards/reward_filter.ts";
import { datesOfWanted, type ListedRewards, listRewards, type RewardPage } from "./rewards/reward_list.ts";
import { type CountFilter, countRewards, type RewardCounts } from "./rewards/reward_counts.ts";
import { type SimulatedEvent, simulateEvent, type Simulation } from "./explain/simulate.ts";
import type { PartitionMeta, RejectedRecord } from "../model/state.ts";

export type Query =
  /** What a person is; what it did is asked for list by list (`person_lists.ts`). */
  | { readonly kind: "person"; readonly client: string; readonly personId: string }
  /** What is shown of a person alone. */
  | { readonly kind: "profile"; readonly client: string; readonly personId: string }
  /** Of many persons no more than what lists show. */
  | { readonly kind: "identities"; readonly client: string; readonly personIds: readonly string[] }
  | { readonly kind: "owner_of_key"; readonly client: string; readonly keyType: string; readonly value: string }
  /** Whom a consumer's token stands for, and whether it was ended. */
  | { readonly kind: "bearer"; readonly client: string; readonly bearer: Bearer }
  /** A person's files, oldest first. */
  | { readonly kind: "assets"; readonly client: string; readonly personId: string }
  | { readonly kind: "asset_content"; readonly client: string; readonly personId: string; readonly assetId: string }
  /** The event that bore a polling id and was about the person. */
  | { readonly kind: "polled_event"; readonly client: string; readonly personId: string; readonly pollingId: string }
  | PersonListQuery
  | { readonly kind: "reward"; readonly client: string; readonly rewardId: string }
  | { readonly kind: "rewards"; readonly client: string; readonly rewardIds: readonly string[] }
  /** Which of some rewards pass. */
  | {
      readonly kind: "wanted_rewards";
      readonly client: string;
      readonly rewardIds: readonly string[];
      readonly filter: RewardFilter;
    }
  | ({ readonly kind: "rewards_by_time" } & RewardPage)
  /** Moves of rewards in each of the periods; bounds at quarters of an hour. */
  | {
      readonly kind: "reward_counts";
      readonly client: string;
      readonly periods: readonly { readonly fromMs: number; readonly toMs: number }[];
      readonly filter: CountFilter;
    }
  /** Documents of a client changed after a revision, page by page. */
  | {
      readonly kind: "changed_documents";
      readonly client: string;
      readonly sinceRevision: number;
      readonly afterKey: string | null;
    }
  | { readonly kind: "document"; readonly client: string; readonly collection: Collection; readonly id: string }
  /** The largest ids first. */
  | {
      readonly kind: "documents";
      readonly client: string;
      readonly collection: Collection;
      readonly prefix: string;
      readonly beforeId: string | null;
      readonly limit: number;
    }
  /** Members of an audience in this partition, in order of their ids; see `audience_queries.ts`. */
  | MembersQuery
  | { readonly kind: "member_count"; readonly client: string; readonly audienceId: string }
  /** The newest first; one of them, or all without their lists. */
  | {
      readonly kind: "audience_operations";
      readonly client: string;
      readonly audienceId: string;
      readonly operationId: string | null;
    }
  /** Whether somebody wants no mails, as far as is said of the address. */
  | { readonly kind: "opt_out"; readonly client: string; readonly email: string }
  | CouponQuery
  | BudgetQuery
  | { readonly kind: "rejected" }
  /** Which records lie on a page of a person's trail; null: the newest page. */
  | { readonly kind: "trail"; readonly client: string; readonly personId: string; readonly page: number | null }
  /** Why an event was decided as it was; `records` are those of the page. */
  | {
      readonly kind: "explain";
      readonly client: string;
      readonly personId: string;
      readonly eventId: string;
      readonly page: number;
      readonly records: readonly LogRecord[];
      /** All of the person behind the page; absent: not read. */
      readonly later?: readonly LogRecord[];
    }
  /** What a draft would make of an event for a person; compiled here, since nobody else needs it. */
  | {
      readonly kind: "simulate";
      readonly personId: string;
      readonly event: SimulatedEvent;
      readonly program: ProgramDocument;
    }
  /** What was ordered to leave the process for a person, oldest first. */
  | { readonly kind: "jobs"; readonly client: string; readonly personId: string }
  /** Of a subscriber, those that are done or dead; newest first. */
  | ({ readonly kind: "ended_jobs" } & EndedJobsPage)
  | { readonly kind: "jobs_by_key"; readonly client: string; readonly jobKeys: readonly string[] }
  /** What may be carried out now. */
  | ({ readonly kind: "ready_jobs" } & ReadyJobsPage)
  | { readonly kind: "signals"; readonly client: string; readonly pollingId: string }
  /** What the partition has applied of others, and by which programs it decides. */
  | { readonly kind: "marks" }
  /** Of the client's program by which the partition decides. */
  | { readonly kind: "program_revision"; readonly client: string };

export type QueryAnswer =
  /** `person` is null when unknown to this client; when `forwardedTo` is set, ask there. */
  | { readonly kind: "person"; readonly person: PersonHead | null; readonly forwardedTo: string | null }
  /** As `person`. */
  | { readonly kind: "profile"; readonly profile: Profile | null; readonly forwardedTo: string | null }
  /** In the order asked for; null: unknown to this client. */
  | { readonly kind: "identities"; readonly identities: readonly (Identity | null)[] }
  | { readonly kind: "owner"; readonly personId: string | null }
  | ({ readonly kind: "bearer" } & BearerAnswer)
  | { readonly kind: "assets"; readonly assets: readonly Asset[] }
  | { readonly kind: "asset_content"; readonly content: AssetContent | null }
  | { readonly kind: "polled_event"; readonly eventId: string | null }
  | PersonListAnswer
  | { readonly kind: "reward"; readonly reward: Reward | null }
  /** In the order asked for; null: unknown to this client. */
  | { readonly kind: "rewards"; readonly rewards: readonly (Reward | null)[] }
  /** In the order asked for: when it was made; null: unknown to this client, or it does not pass. */
  | { readonly kind: "wanted_rewards"; readonly createdMs: readonly (number | null)[] }
  | ({ readonly kind: "rewards_by_time" } & ListedRewards)
  | { readonly kind: "reward_counts"; readonly counts: readonly RewardCounts[] }
  | { readonly kind: "changed_documents"; readonly page: ConfigurationPage }
  | { readonly kind: "document"; readonly text: string | null }
  | { readonly kind: "documents"; readonly documents: readonly KeptDocument[] }
  | ListedMembers
  | { readonly kind: "member_count"; readonly count: number }
  | { readonly kind: "audience_operations"; readonly operations: readonly AudienceOperation[] }
  | ({ readonly kind: "opt_out" } & OptOutAnswer)
  | CouponAnswerToQuery
  | BudgetAnswer
  | { readonly kind: "rejected"; readonly rejected: readonly RejectedRecord[] }
  | { readonly kind: "trail"; readonly trail: TrailOfPage | null }
  /** `isGone`: by a program that is not to be had any more. */
  | ({ readonly kind: "explain" } & ExplainAnswer)
  | { readonly kind: "simulate"; readonly simulation: Simulation | null; readonly errors: readonly CompileError[] }
  | { readonly kind: "jobs"; readonly jobs: readonly Job[] }
  /** `lastKey` continues, null at the end. */
  | { readonly kind: "ended_jobs"; readonly ended: readonly EndedJobPlace[]; readonly lastKey: string | null }
  /** In the order asked for; null: unknown to this client. */
  | { readonly kind: "jobs_by_key"; readonly jobs: readonly (Job | null)[] }
  | ({ readonly kind: "ready_jobs" } & ReadyJobs)
  | { readonly kind: "signals"; readonly signals: readonly Signal[] }
  | {
      readonly kind: "marks";
      readonly highWater: PartitionMeta["highWater"];
      readonly programs: PartitionMeta["programs"];
    }
  /** 0: none. */
  | { readonly kind: "program_revision"; readonly revision: number };

export function runQuery(context: EngineContext, query: Query): QueryAnswer {
  const { state } = context;
  switch (query.kind) {
    case "person":
    case "profile":
    case "identities":
    case "owner_of_key":
    case "bearer":
    case "opt_out":
      return answerWho(context, query);
    case "assets":
    case "asset_content":
    case "polled_event":
      return answerBeside(context, query);
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
      return answerPersonList(stepSource(context), findPerson(context, query.client, query.personId), query);
    case "reward":
    case "rewards":
    case "wanted_rewards":
    case "rewards_by_time":
    case "reward_counts":
      return answerAboutRewards(context, query);
    case "changed_documents":
    case "document":
    case "documents":
      return answerAboutDocuments(context, query);
    case "members":
    case "member_count":
    case "audience_operations":
      return answerAboutAudience(context, query);
    case "coupons":
    case "coupon_stats":
    case "coupon_operations":
      return answerCouponQuery(context, query);
    case "budget":
      return answerBudgetQuery(context, query);
    case "rejected":
      return { kind: "rejected", rejected: state.find("meta", META_KEY)?.rejected ?? [] };
    case "trail":
      return { kind: "trail", trail: trailOf(state, query.client, query.personId, query.page) };
    case "explain":
      return explained(context, query);
    case "simulate":
      return simulated(context, query);
    case "jobs":
    case "jobs_by_key":
    case "ended_jobs":
    case "ready_jobs":
      return answerAboutJobs(context, query);
    case "signals":
      return { kind: "signals", signals: signalsOf(state, query.client, query.pollingId) };
    case "marks":
    case "program_revision":
      return answerHowFar(context, query);
    default:
      return unreachable(query);
  }
}

function answerAboutJobs(
  { state }: EngineContext,
  query: QueryOf<"jobs" | "jobs_by_key" | "ended_jobs" | "ready_jobs">,
): QueryAnswer {
  switch (query.kind) {
    case "jobs":
      return { kind: "jobs", jobs: jobsOf(state, query.personId).filter(({ client }) => client === query.client) };
    case "jobs_by_key": {
      const jobs = query.jobKeys.map((key) => state.find("job", key));
      return { kind: "jobs_by_key", jobs: jobs.map((job) => (job?.client === query.client ? job : null)) };
    }
    case "ended_jobs":
      return { kind: "ended_jobs", ...listEndedJobs(state, query) };
    case "ready_jobs":
      return { kind: "ready_jobs", ...listReadyJobs(state, query) };
  }
}

function answerAboutDocuments(
  context: EngineContext,
  query: QueryOf<"changed_documents" | "document" | "documents">,
): QueryAnswer {
  switch (query.kind) {
    case "changed_documents": {
      const { client, sinceRevision, afterKey } = query;
      return { kind: "changed_documents", page: changedDocuments(context, client, sinceRevision, afterKey) };
    }
    case "document":
      return { kind: "document", text: findDocument(context, query.client, query.collection, query.id) };
    case "documents":
      return { kind: "documents", documents: listDocuments(context, query, query.limit) };
  }
}

function answerAboutAudience(
  context: EngineContext,
  query: QueryOf<"members" | "member_count" | "audience_operations">,
): QueryAnswer {
  switch (query.kind) {
    case "members":
      return listMembers(context, query);
    case "member_count":
      return { kind: "member_count", count: countMembers(context, query.client, query.audienceId) };
    case "audience_operations":
      return { kind: "audience_operations", operations: listOperations(context, query) };
  }
}

function answerAboutRewards(
  context: EngineContext,
  query: QueryOf<"reward" | "rewards" | "wanted_rewards" | "rewards_by_time" | "reward_counts">,
): QueryAnswer {
  const { state } = context;
  switch (query.kind) {
    case "reward":
      return { kind: "reward", reward: findReward(context, query.client, query.rewardId) };
    case "rewards":
      return { kind: "rewards", rewards: query.rewardIds.map((id) => findReward(context, query.client, id)) };
    case "wanted_rewards":
      return { kind: "wanted_rewards", createdMs: datesOfWanted(state, query) };
    case "rewards_by_time":
      return { kind: "rewards_by_time", ...listRewards(state, query) };
    case "reward_counts": {
      const { client, periods, filter } = query;
      return { kind: "reward_counts", counts: periods.map((period) => countRewards(state, client, period, filter)) };
    }
  }
}

function findReward({ state }: EngineContext, client: string, rewardId: string): Reward | null {
  const reward = state.find("reward", rewardId);
  return reward?.client === client ? reward : null;
}

/** How far the partition has come. */
function answerHowFar({ state }: EngineContext, query: QueryOf<"marks" | "program_revision">): QueryAnswer {
  const { highWater = {}, programs = {} } = state.find("meta", META_KEY) ?? {};
  return query.kind === "marks"
    ? { kind: "marks", highWater, programs }
    : { kind: "program_revision", revision: programs[query.client]?.revision ?? 0 };
}

type WhoQuery = Extract<
  Query,
  { readonly kind: "person" | "profile" | "identities" | "owner_of_key" | "bearer" | "opt_out" }
>;

/** Who somebody is, in as many words as were asked for. */
function answerWho(context: EngineContext, query: WhoQuery): QueryAnswer {
  const { state } = context;
  switch (query.kind) {
    case "person": {
      const person = findPerson(context, query.client, query.personId);
      const head = person === null ? null : headOf(person);
      return { kind: "person", person: head, forwardedTo: person?.forwardedTo ?? null };
    }
    case "profile": {
      const person = findPerson(context, query.client, query.personId);
      const profile = person === null ? null : profileOf(person);
      return { kind: "profile", profile, forwardedTo: person?.forwardedTo ?? null };
    }
    case "identities":
      return { kind: "identities", identities: query.personIds.map((id) => identityOf(context, query.client, id)) };
    case "owner_of_key": {
      const entry = state.find("key", keyEntry(query.client, query.keyType, query.value));
      return { kind: "owner", personId: entry?.personId ?? null };
    }
    case "bearer":
      return { kind: "bearer", ...bearerOf(state, query.client, query.bearer) };
    case "opt_out":
      return { kind: "opt_out", ...optOutOf(state, query.client, query.email) };
  }
}

function explained(context: EngineContext, query: Extract<Query, { readonly kind: "explain" }>): QueryAnswer {
  try {
    const isNewest = context.state.find("person", query.personId)?.trailPages === query.page;
    const { records: page, later = isNewest ? [] : null } = query;
    return { kind: "explain", ...explainEvent(context, query, { page, later }) };
  } catch (error) {
    if (error instanceof ProgramGone)
      return { kind: "explain", explanation: null, isGone: true, wantsLater: false, takenOver: [] };
    throw error;
  }
}

function simulated(context: EngineContext, query: Extract<Query, { readonly kind: "simulate" }>): QueryAnswer {
  const compiled = compileProgram(query.program);
  if (!compiled.ok) return { kind: "simulate", simulation: null, errors: compiled.error };
  return { kind: "simulate", simulation: simulateEvent(context, query, compiled.value), errors: [] };
}

/** What lies beside a person. */
function answerBeside(
  context: EngineContext,
  query: QueryOf<"assets" | "asset_content" | "polled_event">,
): QueryAnswer {
  const { state } = context;
  const { client, personId, kind } = query;
  const isKnown = findPerson(context, client, personId) !== null;
  switch (kind) {
    case "assets":
      return { kind, assets: isKnown ? assetsOf(state, personId) : [] };
    case "asset_content":
      return { kind, content: isKnown ? assetContent(state, personId, query.assetId) : null };
    case "polled_event":
      return { kind, eventId: isKnown ? (polledEvent(state, personId, query.pollingId)?.eventId ?? null) : null };
  }
}

function stepSource({ state }: EngineContext): StepSource {
  return {
    hotSteps: (person) => state.hotSteps(person),
    stepPage: (key) => state.find("stepPage", key)?.steps ?? [],
  };
}

type QueryOf<K extends Query["kind"]> = Extract<Query, { readonly kind: K }>;

/** How a person is known; when `forwardedTo` is set, ask there. */
export type Identity = Pick<Person, "email" | "partnerUserId" | "forwardedTo">;

function identityOf(context: EngineContext, client: string, personId: string): Identity | null {
  const person = findPerson(context, client, personId);
  if (person === null) return null;
  const { email, partnerUserId, forwardedTo } = person;
  return { email, partnerUserId, forwardedTo };
}

function findPerson(context: EngineContext, client: string, personId: string): Person | null {
  const person = context.state.find("person", personId);
  return person?.client === client ? person : null;
}
