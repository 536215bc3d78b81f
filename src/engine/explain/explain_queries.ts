// What a partition answers about its decisions: why one was made, and what a draft would decide. Read only.

import type { ProgramDocument } from "../../model/campaign.ts";
import type { LogRecord } from "../../model/record.ts";
import { type CompileError, compileProgram } from "../../rules/mod.ts";
import { type EngineContext, ProgramGone } from "../context.ts";
import { type ExplainAnswer, explainEvent, type Overdue, type TrailOfPage, trailOf } from "./explain.ts";
import { type SimulatedEvent, simulateEvent, type Simulation } from "./simulate.ts";

export type DecisionQuery =
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
    };

export type DecisionAnswer =
  | { readonly kind: "trail"; readonly trail: TrailOfPage | null }
  /** `isGone`: by a program that is not to be had any more, or after more work than there was time for. */
  | ({ readonly kind: "explain" } & ExplainAnswer)
  | { readonly kind: "simulate"; readonly simulation: Simulation | null; readonly errors: readonly CompileError[] };

export function answerDecisionQuery(context: EngineContext, query: DecisionQuery, isOverdue: Overdue): DecisionAnswer {
  switch (query.kind) {
    case "trail":
      return { kind: "trail", trail: trailOf(context.state, query.client, query.personId, query.page) };
    case "explain":
      return explained(context, query, isOverdue);
    case "simulate":
      return simulated(context, query);
  }
}

function explained(
  context: EngineContext,
  query: Extract<DecisionQuery, { readonly kind: "explain" }>,
  isOverdue: Overdue,
): DecisionAnswer {
  try {
    const isNewest = context.state.find("person", query.personId)?.trailPages === query.page;
    const { records: page, later = isNewest ? [] : null } = query;
    return { kind: "explain", ...explainEvent(context, query, { page, later }, isOverdue) };
  } catch (error) {
    if (error instanceof ProgramGone)
      return { kind: "explain", explanation: null, isGone: true, wantsLater: false, takenOver: [] };
    throw error;
  }
}

function simulated(
  context: EngineContext,
  query: Extract<DecisionQuery, { readonly kind: "simulate" }>,
): DecisionAnswer {
  const compiled = compileProgram(query.program);
  if (!compiled.ok) return { kind: "simulate", simulation: null, errors: compiled.error };
  return { kind: "simulate", simulation: simulateEvent(context, query, compiled.value), errors: [] };
}
