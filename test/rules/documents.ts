// Random documents and worlds for the property tests, kept small so that verdicts of both kinds are frequent.

import fc from "fast-check";
import type { TriggerDocument } from "../../src/model/campaign.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Person, Step } from "../../src/model/person.ts";
import { AUDIENCE_ID, CAMPAIGN_ID, NOW_MS, OTHER_CAMPAIGN_ID, person, reward, step } from "./fixtures.ts";

const HOUR_MS = 3_600_000;
const stepNames = ["converted", "Shared", "outcome"] as const;
const words = ["DE", "FR", "GOLD"] as const;
const dataNames = ["country", "plan"] as const;
export const eventNames = ["purchase", "Signup", "view"] as const;

/** What a generated expression means. */
export type Condition =
  | { readonly kind: "equals" | "differs" | "in_upper_case"; readonly name: string; readonly text: string }
  | { readonly kind: "at_least"; readonly name: string; readonly number: number };

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("equals", "differs", "in_upper_case"),
    name: fc.constantFrom(...dataNames),
    text: fc.constantFrom(...words),
  }),
  fc.record({ kind: fc.constant("at_least"), name: fc.constant("amount"), number: fc.integer({ min: 0, max: 50 }) }),
);

export function expressionOf(meaning: Condition): string {
  const data = `context.getCauseEvent().getData().${meaning.name}`;
  switch (meaning.kind) {
    case "equals":
      return `javascript@runtime:${data} === "${meaning.text}"`;
    case "differs":
      return `javascript@runtime:"${meaning.text}" !== ${data}`;
    case "in_upper_case":
      return `javascript@runtime:${data}.toUpperCase() === "${meaning.text}"`;
    case "at_least":
      return `javascript@runtime:Number(${data}) >= ${meaning.number}`;
  }
}

/** Absent as often as not. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const age = fc.integer({ min: 0, max: 60 });
const bounds = fc.record({
  count_min: maybe(fc.integer({ min: 0, max: 4 })),
  count_extra: maybe(fc.integer({ min: 0, max: 3 })),
  matches: maybe(fc.integer({ min: 0, max: 3 })),
});
const window = fc.record({
  filter_max_age: maybe(age.map((hours) => `PT${hours}H`)),
  filter_min_age: maybe(fc.integer({ min: 0, max: 3 }).map((hours) => `PT${hours}H`)),
});

const priorStep = fc.record({
  filter_names: maybe(fc.uniqueArray(fc.constantFrom(...stepNames), { minLength: 1, maxLength: 2 })),
  having_all_names: maybe(fc.uniqueArray(fc.constantFrom(...stepNames), { minLength: 1, maxLength: 2 })),
  filter_scope: maybe(fc.constantFrom("CAMPAIGN", "CLIENT", "PROGRAM", "ATTRIBUTED")),
  filter_quality: maybe(fc.constantFrom("ANY", "HIGH", "LOW")),
  filter_min_value: maybe(fc.integer({ min: -5, max: 10 })),
  sum_of_value_min: maybe(fc.integer({ min: -5, max: 20 })),
});

const priorReward = fc.record({
  filter_scope: maybe(fc.constantFrom("CAMPAIGN", "CLIENT", "PROGRAM")),
  filter_states: maybe(fc.constant<string[]>(["EARNED", "FULFILL_FAILED"])),
  filter_tags: maybe(fc.constant<string[]>(["welcome", "x"])),
  sum_of_face_value_max: maybe(fc.integer({ min: 0, max: 30 })),
});

const parameters: fc.Arbitrary<{
  readonly type: string;
  readonly parameters: JsonObject;
  readonly condition: Condition | null;
}> = fc.oneof(
  fc
    .uniqueArray(fc.constantFrom(...eventNames), { minLength: 1, maxLength: 2 })
    .map((event_names) => plainTrigger("EVENT", { event_names, event_type: "INPUT" })),
  fc.constant(plainTrigger("HAS_IDENTITY", {})),
  fc.constant(plainTrigger("AUDIENCE_MEMBERSHIP", { having_any_audience_id: [AUDIENCE_ID] })),
  fc.boolean().map((expression) => plainTrigger("EXPRESSION", { expression })),
  condition.map((meaning) => ({
    type: "EXPRESSION",
    parameters: { expression: expressionOf(meaning) },
    condition: meaning,
  })),
  fc.tuple(priorStep, bounds, window).map((parts) => plainTrigger("HAS_PRIOR_STEP", given(...parts))),
  fc.tuple(priorReward, bounds, window).map((parts) => plainTrigger("HAS_PRIOR_REWARD", given(...parts))),
);

function plainTrigger(type: string, of: JsonObject): { type: string; parameters: JsonObject; condition: null } {
  return { type, parameters: of, condition: null };
}

/** Only what is there, and bounds that do not exclude each other. */
function given(
  filter: { readonly [name: string]: string | number | string[] | undefined },
  {
    count_min,
    count_extra,
    matches,
  }: { count_min: number | undefined; count_extra: number | undefined; matches: number | undefined },
  { filter_max_age, filter_min_age }: { filter_max_age: string | undefined; filter_min_age: string | undefined },
): JsonObject {
  const min = count_min ?? 0;
  const all = {
    ...filter,
    filter_max_age,
    filter_min_age:
      filter_max_age === undefined || hoursOf(filter_max_age) >= hoursOf(filter_min_age) ? filter_min_age : undefined,
    count_min,
    count_max: count_extra === undefined ? undefined : min + count_extra,
    count_matches: matches === undefined ? undefined : [min, min + Math.min(matches, count_extra ?? matches)],
  };
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(all)) if (value !== undefined) kept[name] = value;
  return kept;
}

function hoursOf(text: string | undefined): number {
  return Number(text?.slice(2, -1) ?? 0);
}

export interface GeneratedTriggers {
  readonly triggers: TriggerDocument[];
  readonly conditions: Map<string, Condition>;
}

/** Up to seven triggers, some of them in up to two groups, the second perhaps within the first. */
export const triggers: fc.Arbitrary<GeneratedTriggers> = fc
  .record({
    plain: fc.array(
      fc.record({
        of: parameters,
        group: fc.constantFrom("a", "b", null, null),
        negated: fc.boolean(),
        enabled: fc.integer({ min: 0, max: 9 }),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    operators: fc.tuple(fc.constantFrom("AND", "OR"), fc.constantFrom("AND", "OR")),
    groupsNegated: fc.tuple(fc.boolean(), fc.boolean()),
    isNested: fc.boolean(),
  })
  .map(({ plain, operators, groupsNegated, isNested }) => {
    const conditions = new Map<string, Condition>();
    const common = { trigger_phase: "MATCHING" as const };
    const list: TriggerDocument[] = [
      // Always one, so that the phase is never empty.
      { ...common, trigger_id: "always", trigger_type: "EXPRESSION", expression: true },
      {
        ...common,
        trigger_id: "a",
        trigger_type: "GROUP",
        trigger_name: "a",
        operator: operators[0],
        negated: groupsNegated[0],
      },
      {
        ...common,
        trigger_id: "b",
        trigger_type: "GROUP",
        trigger_name: "b",
        operator: operators[1],
        negated: groupsNegated[1],
        ...(isNested ? { parent_trigger_group_name: "a" } : {}),
      },
    ];
    plain.forEach(({ of, group, negated, enabled }, at) => {
      if (of.condition !== null) conditions.set(expressionOf(of.condition), of.condition);
      const parent = group === null ? {} : { parent_trigger_group_name: group };
      list.push({
        ...common,
        trigger_id: `t${at}`,
        trigger_type: of.type,
        ...of.parameters,
        ...parent,
        negated,
        enabled: enabled > 0,
      });
    });
    return { triggers: list, conditions };
  });

/** One event of the past with its rows: a name and perhaps an alias. */
const happened = fc.record({
  names: fc.uniqueArray(fc.constantFrom(...stepNames), { minLength: 1, maxLength: 2 }),
  campaignId: fc.constantFrom(CAMPAIGN_ID, OTHER_CAMPAIGN_ID),
  program: fc.constantFrom("refer", "loyalty"),
  quality: fc.constantFrom("HIGH" as const, "LOW" as const, "NONE" as const),
  value: fc.option(fc.integer({ min: -5, max: 15 })),
  isDuplicate: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  arrivedHoursAgo: age,
  /** Back-dated, or a little ahead of its arrival. */
  delayMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 40 }).map((hours) => hours * HOUR_MS),
    fc.constant(-600_000),
  ),
});

export interface GeneratedPerson {
  readonly person: Person;
  readonly pages: readonly (readonly Step[])[];
  readonly steps: readonly Step[];
}

export const persons: fc.Arbitrary<GeneratedPerson> = fc
  .record({
    past: fc.array(happened, { maxLength: 8 }),
    perPage: fc.integer({ min: 1, max: 5 }),
    pages: fc.integer({ min: 0, max: 3 }),
    hasEmail: fc.boolean(),
    isMember: fc.boolean(),
    rewards: fc.array(
      fc.record({
        faceValue: fc.integer({ min: 1, max: 20 }),
        isFulfilFailed: fc.boolean(),
        state: fc.constantFrom("EARNED" as const, "REVOKED" as const),
        hours: age,
        tag: fc.constantFrom("welcome", "y"),
        isOwn: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ past, perPage, pages, hasEmail, isMember, rewards }) => {
    const rows = [...past].sort((left, right) => right.arrivedHoursAgo - left.arrivedHoursAgo).flatMap(rowsOf);
    const paged = Array.from({ length: pages }, (_, page) => rows.slice(page * perPage, (page + 1) * perPage));
    const someone = person(
      {
        email: hasEmail ? "ann@example.com" : null,
        memberships: isMember ? [{ audienceId: AUDIENCE_ID, createdMs: 0, updatedMs: 0 }] : [],
        rewards: rewards.map(({ faceValue, isFulfilFailed, state, hours, tag, isOwn }, at) =>
          reward({
            id: String(at),
            faceValue,
            isFulfilFailed,
            state,
            earnedMs: NOW_MS - hours * HOUR_MS,
            tags: [tag],
            campaignId: isOwn ? CAMPAIGN_ID : OTHER_CAMPAIGN_ID,
          }),
        ),
        steps: rows.slice(pages * perPage),
        stepPages: pages,
      },
      paged.flat(),
    );
    return { person: someone, pages: paged, steps: rows };
  });

type Happened = typeof happened extends fc.Arbitrary<infer T> ? T : never;

function rowsOf({ names, arrivedHoursAgo, delayMs, ...same }: Happened, at: number): Step[] {
  const createdMs = NOW_MS - arrivedHoursAgo * HOUR_MS;
  return names.map((name, row) =>
    step({ ...same, name, isPrimary: row === 0, eventId: `e${at}`, createdMs, eventMs: createdMs - delayMs }),
  );
}

export const eventData: fc.Arbitrary<JsonObject> = fc
  .record({
    country: maybe(fc.constantFrom(...words, "de")),
    plan: maybe(fc.constantFrom<string | number>(...words, 7)),
    amount: maybe(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }).map(String))),
  })
  .map((data) => {
    const kept: JsonObject = {};
    for (const [name, value] of Object.entries(data)) if (value !== undefined) kept[name] = value;
    return kept;
  });
