// A plain interpreter of trigger documents: slow, obvious, written from the semantics and not from the compiler.
//
// Covers what `documents.ts` generates. Works on all steps at once, oldest first, with sets; knows no totals, pages or windows of arrival.

import type { TriggerDocument } from "../../src/model/campaign.ts";
import type { PersonEvent } from "../../src/model/event.ts";
import type { JsonValue } from "../../src/model/json.ts";
import type { Person, RewardSummary, Step } from "../../src/model/person.ts";
import type { Condition } from "./documents.ts";

export interface World {
  readonly nowMs: number;
  readonly event: PersonEvent;
  readonly person: Person;
  /** All of the person's steps, paged or not, oldest first. */
  readonly steps: readonly Step[];
  readonly campaignId: string;
  readonly program: string;
  /** What the expressions of the document mean. */
  readonly conditions: ReadonlyMap<JsonValue, Condition>;
}

export type Verdict = boolean | "fault";

export function verdictOf(triggers: readonly TriggerDocument[], world: World): Verdict {
  return all(membersOf(triggers, undefined), triggers, world);
}

function membersOf(triggers: readonly TriggerDocument[], group: JsonValue | undefined): TriggerDocument[] {
  return triggers.filter((trigger) => trigger["enabled"] !== false && trigger["parent_trigger_group_name"] === group);
}

function isEmptyGroup(trigger: TriggerDocument, triggers: readonly TriggerDocument[]): boolean {
  if (trigger.trigger_type !== "GROUP") return false;
  return membersOf(triggers, trigger["trigger_name"]).every((member) => isEmptyGroup(member, triggers));
}

function all(members: readonly TriggerDocument[], triggers: readonly TriggerDocument[], world: World): Verdict {
  for (const member of members) {
    if (isEmptyGroup(member, triggers)) continue;
    const verdict = one(member, triggers, world);
    if (verdict !== true) return verdict;
  }
  return true;
}

function any(members: readonly TriggerDocument[], triggers: readonly TriggerDocument[], world: World): Verdict {
  let worst: Verdict = false;
  for (const member of members) {
    if (isEmptyGroup(member, triggers)) continue;
    const verdict = one(member, triggers, world);
    if (verdict === true) return true;
    if (verdict === "fault") worst = "fault";
  }
  return worst;
}

function one(trigger: TriggerDocument, triggers: readonly TriggerDocument[], world: World): Verdict {
  const verdict = plain(trigger, triggers, world);
  return trigger["negated"] === true && verdict !== "fault" ? !verdict : verdict;
}

function plain(trigger: TriggerDocument, triggers: readonly TriggerDocument[], world: World): Verdict {
  const { event, person } = world;
  switch (trigger.trigger_type) {
    case "GROUP": {
      const members = membersOf(triggers, trigger["trigger_name"]);
      return trigger["operator"] === "OR" ? any(members, triggers, world) : all(members, triggers, world);
    }
    case "EVENT":
      return (
        event.type === trigger["event_type"] && lower(trigger["event_names"]).includes(event.name.trim().toLowerCase())
      );
    case "HAS_IDENTITY":
      return person.email !== null;
    case "AUDIENCE_MEMBERSHIP":
      return person.memberships.some(({ audienceId }) => texts(trigger["having_any_audience_id"]).includes(audienceId));
    case "EXPRESSION":
      return condition(trigger["expression"] ?? null, world);
    case "HAS_PRIOR_STEP":
      return priorSteps(trigger, world);
    case "HAS_PRIOR_REWARD":
      return priorRewards(trigger, world);
    default:
      throw new Error(`the reference knows no ${trigger.trigger_type}`);
  }
}

function condition(expression: JsonValue, { event, conditions }: World): Verdict {
  if (typeof expression === "boolean") return expression;
  const meaning = conditions.get(expression);
  if (meaning === undefined) throw new Error("the reference does not know the expression");
  const value = event.data[meaning.name] ?? null;
  switch (meaning.kind) {
    case "equals":
      return value === meaning.text;
    case "differs":
      return value !== meaning.text;
    case "at_least":
      return (value === null ? Number.NaN : Number(value)) >= meaning.number;
    case "in_upper_case":
      return typeof value === "string" ? value.toUpperCase() === meaning.text : "fault";
  }
}

function priorSteps(trigger: TriggerDocument, world: World): Verdict {
  const names = trigger["filter_names"] === undefined ? null : lower(trigger["filter_names"]);
  const counted = new Map<string, number>();
  const seenNames = new Set<string>();
  for (const step of world.steps) {
    if (step.isDuplicate || !isInScope(trigger["filter_scope"], step, world)) continue;
    if (names !== null && !names.includes(step.name.toLowerCase())) continue;
    if (!isTimely(trigger, step.eventMs, world) || !hasQuality(trigger, step)) continue;
    if (!isAbove(trigger["filter_min_value"], step.value)) continue;
    counted.set(step.eventId, step.value ?? 0);
    seenNames.add(step.name.toLowerCase());
  }
  if (!lower(trigger["having_all_names"]).every((name) => seenNames.has(name))) return false;
  return isBounded(trigger, "sum_of_value", [...counted.values()]);
}

function priorRewards(trigger: TriggerDocument, world: World): Verdict {
  const values: number[] = [];
  for (const reward of world.person.rewards) {
    if (!isInScope(trigger["filter_scope"], reward, world) || !isTimely(trigger, reward.earnedMs, world)) continue;
    const states = texts(trigger["filter_states"]);
    const isWanted = states.includes(reward.state) || (reward.isFulfilFailed && states.includes("FULFILL_FAILED"));
    if (states.length > 0 && !isWanted) continue;
    const tags = texts(trigger["filter_tags"]);
    if (tags.length > 0 && !tags.some((tag) => reward.tags.includes(tag))) continue;
    values.push(reward.faceValue);
  }
  return isBounded(trigger, "sum_of_face_value", values);
}

function isInScope(scope: JsonValue | undefined, entry: Step | RewardSummary, world: World): boolean {
  if (scope === "CLIENT" || scope === "ATTRIBUTED") return true;
  return scope === "PROGRAM" ? entry.program === world.program : entry.campaignId === world.campaignId;
}

function hasQuality(trigger: TriggerDocument, step: Step): boolean {
  if (trigger["filter_quality"] === "LOW") return step.quality === "LOW";
  return trigger["filter_quality"] !== "HIGH" || step.quality !== "LOW";
}

function isAbove(bound: JsonValue | undefined, value: number | null): boolean {
  return typeof bound !== "number" || (value !== null && value >= bound);
}

/** Ages are whole hours here. */
function isTimely(trigger: TriggerDocument, atMs: number, { nowMs }: World): boolean {
  const age = nowMs - atMs;
  const hours = (text: JsonValue | undefined): number | null =>
    typeof text === "string" ? Number(text.slice(2, -1)) * 3_600_000 : null;
  const max = hours(trigger["filter_max_age"]);
  const min = hours(trigger["filter_min_age"]);
  return (max === null || age <= max) && (min === null || age >= min);
}

function isBounded(trigger: TriggerDocument, sumName: string, values: readonly number[]): boolean {
  const sum = values.reduce((left, right) => left + right, 0);
  const min = trigger["count_min"];
  const max = trigger["count_max"];
  const matches = trigger["count_matches"];
  const sumMin = trigger[`${sumName}_min`];
  const sumMax = trigger[`${sumName}_max`];
  if ([min, max, matches, sumMin, sumMax].every((bound) => bound === undefined)) return values.length >= 1;
  return (
    (typeof min !== "number" || values.length >= min) &&
    (typeof max !== "number" || values.length <= max) &&
    (!Array.isArray(matches) || matches.includes(values.length)) &&
    (typeof sumMin !== "number" || sum >= sumMin) &&
    (typeof sumMax !== "number" || sum <= sumMax)
  );
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function lower(value: JsonValue | undefined): string[] {
  return texts(value).map((text) => text.trim().toLowerCase());
}
