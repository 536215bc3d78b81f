// Documents, persons and events of the rule tests, with what a test does not care about filled in.

import { assert } from "../../src/base/assert.ts";
import type {
  ActionDocument,
  CampaignDocument,
  ControllerDocument,
  ProgramDocument,
  TriggerDocument,
} from "../../src/model/campaign.ts";
import type { PersonEvent } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import {
  emptyPerson,
  type Person,
  RECENT_STEP_WORDS,
  RECENT_STEPS_MAX,
  type RewardSummary,
  type Step,
  type StepTotal,
} from "../../src/model/person.ts";
import {
  type CompileError,
  compileProgram,
  evaluatePhase,
  type Phase,
  type Program,
  type RuleCode,
  type RuleContext,
  type RuleValue,
} from "../../src/rules/mod.ts";

export const NOW_MS = Date.UTC(2026, 5, 15, 12);
export const DAY_MS = 86_400_000;
export const SUPPLIER_ID = "5000000000000000001";
export const AUDIENCE_ID = "5000000000000000002";
export const CAMPAIGN_ID = "5100000000000000001";
export const OTHER_CAMPAIGN_ID = "5100000000000000002";

let triggersMade = 0;

export function trigger(type: string, parameters: JsonObject = {}): TriggerDocument {
  return { trigger_id: `t${triggersMade++}`, trigger_type: type, trigger_phase: "MATCHING", ...parameters };
}

export function action(type: string, parameters: JsonObject = {}): ActionDocument {
  return { action_id: "a1", action_type: type, ...parameters };
}

export function onEvent(...names: string[]): TriggerDocument {
  return trigger("EVENT", { event_names: names, event_type: "INPUT" });
}

export function expressionTrigger(source: string): TriggerDocument {
  return trigger("EXPRESSION", { expression: `javascript@runtime:${source}` });
}

export function controller(triggers: TriggerDocument[], more: Partial<ControllerDocument> = {}): ControllerDocument {
  return { type: "CONTROLLER", id: "5200000000000000001", name: "converted", triggers, ...more };
}

export function campaign(steps: CampaignDocument["steps"], more: Partial<CampaignDocument> = {}): CampaignDocument {
  return {
    campaign_id: CAMPAIGN_ID,
    name: "Spring",
    version: 3,
    state: "LIVE",
    program_label: "refer",
    steps,
    ...more,
  };
}

export function program(campaigns: CampaignDocument[], more: Partial<ProgramDocument> = {}): ProgramDocument {
  return {
    client: "acme",
    time_zone: "UTC",
    suppliers: [
      {
        id: SUPPLIER_ID,
        name: "credit",
        reward_supplier_type: "CUSTOM_REWARD",
        face_value_algorithm_type: "FIXED",
        face_value: 10,
        face_value_type: "USD",
      },
    ],
    audiences: [{ id: AUDIENCE_ID, name: "customers" }],
    campaigns,
    ...more,
  };
}

export function compiled(document: ProgramDocument): Program {
  const result = compileProgram(document);
  assert(result.ok, result.ok ? "" : JSON.stringify(result.error));
  return result.value;
}

export function compileErrors(document: ProgramDocument): CompileError[] {
  const result = compileProgram(document);
  return result.ok ? [] : result.error;
}

/** A program of one controller with these triggers. */
export function programOf(triggers: TriggerDocument[], more: Partial<ProgramDocument> = {}): Program {
  return compiled(program([campaign([controller(triggers)])], more));
}

export function step(more: Partial<Step> = {}): Step {
  const eventId = more.eventId ?? `e${more.eventMs ?? 0}-${more.name ?? "converted"}`;
  return {
    id: `s-${eventId}`,
    name: "converted",
    isPrimary: true,
    campaignId: CAMPAIGN_ID,
    program: "refer",
    journeyName: null,
    journeyKey: null,
    eventId,
    causeEventId: "c1",
    rootEventId: "c1",
    container: "production",
    quality: "NONE",
    scope: "PRIVATE",
    value: null,
    partnerEventId: null,
    isDuplicate: false,
    eventMs: NOW_MS - DAY_MS,
    createdMs: more.eventMs ?? NOW_MS - DAY_MS,
    data: [],
    ...more,
  };
}

export function reward(more: Partial<RewardSummary> = {}): RewardSummary {
  return {
    id: "000000000000000000000001",
    name: "Ten dollars",
    state: "EARNED",
    isFulfilFailed: false,
    faceValue: 10,
    faceValueType: "USD",
    supplierId: SUPPLIER_ID,
    campaignId: CAMPAIGN_ID,
    program: "refer",
    journeyName: null,
    tags: ["welcome"],
    slots: [],
    data: {},
    causeEventId: "c1",
    partnerRewardId: null,
    earnedMs: NOW_MS - DAY_MS,
    redeemedMs: null,
    ...more,
  };
}

/** Totals follow from the steps (all of them, paged or not), as in the engine. */
export function person(more: Partial<Person> = {}, paged: readonly Step[] = []): Person {
  return {
    ...emptyPerson("5300000000000000001", "acme", 0),
    version: 1,
    email: "ann@example.com",
    partnerUserId: "u1",
    stepTotals: totalsOf([...paged, ...(more.steps ?? [])]),
    ...more,
  };
}

export function totalsOf(steps: readonly Step[]): Person["stepTotals"] {
  const totals: { [key: string]: StepTotal } = {};
  const byEventTime = steps.toSorted((a, b) => a.eventMs - b.eventMs);
  for (const { campaignId, name, value, quality, eventMs, isDuplicate } of byEventTime) {
    if (isDuplicate) continue;
    for (const campaign of [campaignId, "*"]) {
      const key = `${campaign}/${name.toLowerCase()}`;
      const total = (totals[key] ??= {
        count: 0,
        countHigh: 0,
        countLow: 0,
        sums: null,
        recent: [],
      });
      const sums = (total.sums ??= { all: 0, high: 0, low: 0 });
      total.count++;
      sums.all += value ?? 0;
      total.recent = [...total.recent, eventMs, value ?? 0, quality === "LOW" ? 1 : 0].slice(
        -RECENT_STEPS_MAX * RECENT_STEP_WORDS,
      );
      if (quality === "LOW") {
        total.countLow++;
        sums.low += value ?? 0;
      } else {
        total.countHigh++;
        sums.high += value ?? 0;
      }
    }
  }
  return totals;
}

export function event(more: Partial<PersonEvent> = {}): PersonEvent {
  const name = more.name ?? "purchase";
  return {
    id: "5400000000000000001",
    type: "INPUT",
    name,
    nameKey: name.trim().toLowerCase(),
    eventMs: NOW_MS - 1000,
    requestMs: NOW_MS,
    data: {},
    causeId: "5400000000000000001",
    rootId: "5400000000000000001",
    container: "production",
    sandbox: "production-production",
    depth: 0,
    detail: { kind: "none" },
    enrichment: null,
    ...more,
  };
}

/** The context of the program's first controller. */
export function context(of: Program, more: Partial<RuleContext> = {}): RuleContext {
  const [first] = of.controllers;
  const [firstCampaign] = of.campaigns;
  assert(first !== undefined && firstCampaign !== undefined, "a program has a controller");
  const { person: someone = person() } = more;
  return {
    nowMs: NOW_MS,
    event: event(),
    person: someone,
    otherPerson: null,
    campaign: firstCampaign,
    controller: first,
    journey: null,
    quality: null,
    stepPage: () => [],
    hotSteps: () => someone.steps,
    summaryPage: () => [],
    ...more,
  };
}

/** The code of the program's first campaign. */
export function codeOf({ campaigns: [campaign] }: Program): RuleCode {
  if (campaign === undefined) throw new Error("a program without campaigns has no code");
  return campaign.rules;
}

/** The first controller's MATCHING phase. */
export function matchingOf({ controllers: [first] }: Program): Phase {
  if (first === undefined) throw new Error("a program without controllers has no phases");
  return first.matching;
}

/** What that phase yields. */
export function matchingVerdict(of: Program, at: RuleContext): RuleValue {
  return evaluatePhase(of, matchingOf(of), at);
}

/** The verdict of the MATCHING phase of the program's only controller. */
export function match(triggers: TriggerDocument[], more: Partial<RuleContext> = {}): RuleValue {
  const of = programOf(triggers);
  return matchingVerdict(of, context(of, more));
}
