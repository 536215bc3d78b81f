// The rules and events of the rule benchmark, the same for every engine.

import type { CampaignDocument, ControllerDocument, ProgramDocument } from "../src/model/campaign.ts";
import type { PersonEvent } from "../src/model/event.ts";
import { isJsonObject, type JsonObject } from "../src/model/json.ts";
import { emptyPerson, type Person, type StepTotal } from "../src/model/person.ts";
import type { CompiledController, Program, RuleContext } from "../src/rules/mod.ts";

const NAMES = 20;
/** More than there are, so that at 10,000 rules each name and country still has one rule of its own. */
const COUNTRIES = 500;
const CAMPAIGN_ID = "6920000000000000001";
/** Events that each engine is fed with, over and over. */
export const CASES = 4096;

export interface BenchRule {
  readonly eventName: string;
  readonly country: string;
  readonly cartValueMin: number;
  /** Fewer prior steps than this. */
  readonly stepName: string;
  readonly stepsBelow: number;
}

/** What the other engines see. */
export interface Facts {
  readonly name: string;
  readonly country: string;
  readonly cart_value: number;
  readonly has_identity: boolean;
  /** Prior steps by name. */
  readonly steps: { readonly [name: string]: number };
}

export interface RuleCase {
  readonly event: PersonEvent;
  readonly context: RuleContext;
  /** Moves the context to a controller. */
  readonly point: (controller: CompiledController) => void;
}

function nameOf(rule: number): string {
  return `event_${rule % NAMES}`;
}

/** Two letters, as countries have. */
function countryOf(rule: number): string {
  const number = Math.floor(rule / NAMES) % COUNTRIES;
  return String.fromCharCode(65 + Math.floor(number / 26), 65 + (number % 26));
}

export function rulesOf(count: number): BenchRule[] {
  return Array.from({ length: count }, (_, rule) => ({
    eventName: nameOf(rule),
    country: countryOf(rule),
    cartValueMin: 10 + (rule % 7) * 10,
    stepName: `step_${rule % NAMES}`,
    stepsBelow: 3 + (rule % 5),
  }));
}

export function ruleProgram(rules: readonly BenchRule[]): ProgramDocument {
  const campaign: CampaignDocument = {
    campaign_id: CAMPAIGN_ID,
    name: "Rules",
    version: 1,
    state: "LIVE",
    program_label: "bench",
    steps: rules.map(controllerOf),
  };
  return { client: "bench", time_zone: "UTC", suppliers: [], audiences: [], campaigns: [campaign] };
}

function controllerOf(rule: BenchRule, index: number): ControllerDocument {
  const data = "javascript@runtime:context.getCauseEvent().getData()";
  const trigger = (type: string, parameters: object): ControllerDocument["triggers"][number] => ({
    trigger_id: `${index}-${type}`,
    trigger_type: type,
    trigger_phase: "MATCHING",
    ...parameters,
  });
  const number = "javascript@runtime:Number(context.getCauseEvent().getData().cart_value)";
  return {
    type: "CONTROLLER",
    id: `controller-${index}`,
    name: `rule_${index}`,
    triggers: [
      trigger("EVENT", { event_names: [rule.eventName], event_type: "INPUT" }),
      trigger("EXPRESSION", { expression: `${data}.country === "${rule.country}"`, data: {} }),
      trigger("EXPRESSION", { expression: `${number} >= ${rule.cartValueMin}`, data: {} }),
      trigger("HAS_IDENTITY", {}),
      trigger("HAS_PRIOR_STEP", {
        filter_names: [rule.stepName],
        filter_scope: "CAMPAIGN",
        count_max: rule.stepsBelow - 1,
      }),
    ],
  };
}

/** Each for the name and country of some rule; cart values and step counts on both sides of the bounds. */
export function casesFor(program: Program, ruleCount: number): RuleCase[] {
  const persons = Array.from({ length: 64 }, (_, number) => personOf(number));
  return Array.from({ length: CASES }, (_, index) => {
    const rule = (index * 7919) % ruleCount;
    const person = persons[index % persons.length] ?? personOf(0);
    const event = eventOf(rule, index, 5 + ((index * 31) % 90));
    return { event, ...contextOf(program, event, person) };
  });
}

function contextOf(program: Program, event: PersonEvent, person: Person): Pick<RuleCase, "context" | "point"> {
  const [campaign] = program.campaigns;
  const [controller] = program.controllers;
  if (campaign === undefined || controller === undefined) throw new Error("a program without rules");
  const context = {
    nowMs: event.requestMs,
    event,
    person,
    otherPerson: null,
    campaign,
    controller,
    journey: null,
    quality: null,
    stepPage: () => [],
    hotSteps: () => [],
    summaryPage: () => [],
  };
  const point = (to: CompiledController): void => {
    context.controller = to;
  };
  return { context, point };
}

/** Events bring the texts of names that were met before (`src/base/text_memo.ts`), which are not those of the program. */
const namesMet = Array.from({ length: NAMES }, (_, name) => nameOf(name));

function eventOf(rule: number, index: number, cartValue: number): PersonEvent {
  const id = `69300000000000${index}`;
  // Parsed, as at the front, so that keys and values are no constants of the program.
  const text = `{"email":"p@example.com","country":"${countryOf(rule)}","cart_value":${cartValue},"order_id":"o${index}","currency":"USD"}`;
  const data = parsedObject(text);
  const name = namesMet[rule % NAMES] ?? "";
  return {
    id,
    type: "INPUT",
    name,
    nameKey: name,
    eventMs: 1_790_000_000_000,
    requestMs: 1_790_000_000_000,
    data,
    causeId: id,
    rootId: id,
    container: "production",
    sandbox: "production-production",
    depth: 0,
    detail: { kind: "none" },
    enrichment: null,
  };
}

function parsedObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error("not an object");
  return value;
}

function personOf(number: number): Person {
  const stepTotals: { [key: string]: StepTotal } = {};
  for (let name = 0; name < NAMES; name++) {
    const count = (number + name) % 9;
    if (count === 0) continue;
    stepTotals[`${CAMPAIGN_ID}/step_${name}`] = {
      count,
      countHigh: count,
      countLow: 0,
      sums: null,
      recent: [],
    };
  }
  return {
    ...emptyPerson(`694000000000000${number}`, "bench", 0),
    version: 1,
    email: number % 8 === 7 ? null : "p@example.com",
    stepTotals,
  };
}

/** Made where they are wanted, so that they do not lie between the events. */
export function factsOf({ event, context: { person } }: RuleCase): Facts {
  const { country, cart_value } = event.data;
  if (typeof country !== "string" || typeof cart_value !== "number")
    throw new Error("an event without country or value");
  const steps: { [name: string]: number } = {};
  for (let name = 0; name < NAMES; name++)
    steps[`step_${name}`] = person.stepTotals[`${CAMPAIGN_ID}/step_${name}`]?.count ?? 0;
  return { name: event.name, country, cart_value, has_identity: person.email !== null, steps };
}

/** The rule as a programmer would write it: what a compiler to JavaScript could reach at best. */
export function handWritten(rule: BenchRule): (context: RuleContext) => boolean {
  const key = `${CAMPAIGN_ID}/${rule.stepName}`;
  return ({ event, person }) =>
    event.type === "INPUT" &&
    event.nameKey === rule.eventName &&
    event.data["country"] === rule.country &&
    Number(event.data["cart_value"]) >= rule.cartValueMin &&
    person.email !== null &&
    (person.stepTotals[key]?.count ?? 0) < rule.stepsBelow;
}
