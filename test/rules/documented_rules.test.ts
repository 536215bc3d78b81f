// The rules that documents and consoles name, as triggers: each passes for one event and fails for another that differs in just that.

import { expect, test } from "vitest";
import type { TriggerDocument } from "../../src/model/campaign.ts";
import type { Enrichment } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Person } from "../../src/model/person.ts";
import type { RuleContext } from "../../src/rules/mod.ts";
import {
  AUDIENCE_ID,
  DAY_MS,
  event,
  expressionTrigger,
  match,
  NOW_MS,
  person,
  reward,
  step,
  trigger,
} from "./fixtures.ts";

const data = (members: JsonObject): Partial<RuleContext> => ({ event: event({ data: members }) });
const who = (more: Partial<Person>): Partial<RuleContext> => ({ person: person(more) });
const sent = (enrichment: Enrichment): Partial<RuleContext> => ({ event: event({ enrichment }) });
const steps = (name: string, ...agesMs: number[]): Partial<RuleContext> =>
  who({
    steps: agesMs.map((age, at) => step({ name, eventId: `e${at}`, eventMs: NOW_MS - age, createdMs: NOW_MS - age })),
  });
const rewards = (...values: number[]): Partial<RuleContext> =>
  who({ rewards: values.map((faceValue, at) => reward({ id: String(at), faceValue })) });
const datum = "context.getCauseEvent().getData().plan";
const personDatum = "context.getPerson().getData().plan";
const value = (plan: string): Partial<RuleContext> =>
  who({ data: { plan: { value: plan, scope: "CLIENT", createdMs: 0, updatedMs: 0 } } });

const rows: readonly (readonly [string, TriggerDocument, Partial<RuleContext>, Partial<RuleContext>])[] = [
  [
    "Input Event Matches Event Names",
    trigger("EVENT", { event_names: ["Purchase"], event_type: "INPUT" }),
    {},
    { event: event({ name: "view" }) },
  ],
  [
    "Event Data: equals",
    expressionTrigger(`String(${datum}).trim() === "gold"`),
    data({ plan: " gold " }),
    data({ plan: "silver" }),
  ],
  [
    "Event Data: contains",
    expressionTrigger(`String(${datum}).includes("ol")`),
    data({ plan: "gold" }),
    data({ plan: "silver" }),
  ],
  [
    "Event Data: regex",
    expressionTrigger(`/^g.+d$/i.test(${datum})`),
    data({ plan: "GOLD" }),
    data({ plan: "golden" }),
  ],
  ["Event Data: not regex", expressionTrigger(`!/^g.+d$/i.test(${datum})`), data({}), data({ plan: "gold" })],
  [
    "Event Data: is blank",
    expressionTrigger(`${datum} == null || String(${datum}).trim() === ""`),
    data({ plan: " " }),
    data({ plan: "x" }),
  ],
  ["Person Data: equals", expressionTrigger(`${personDatum} === "gold"`), value("gold"), value("silver")],
  ["Person Data: not contains", expressionTrigger(`!(${personDatum} ?? "").includes("ol")`), who({}), value("gold")],
  [
    "Has Taken Action",
    trigger("HAS_PRIOR_STEP", { filter_names: ["converted"], filter_max_age: "P7D" }),
    steps("converted", 7 * DAY_MS),
    steps("converted", 7 * DAY_MS + 1),
  ],
  [
    "Has Not Taken Action",
    trigger("HAS_PRIOR_STEP", { filter_names: ["converted"], negated: true }),
    steps("shared", 1),
    steps("converted", 1),
  ],
  [
    "velocity: at most 2 in an hour",
    trigger("HAS_PRIOR_STEP", { filter_names: ["x"], filter_max_age: "PT1H", count_max: 2 }),
    steps("x", 1, 3_600_000),
    steps("x", 1, 2, 3_600_000),
  ],
  [
    "Member of Audience",
    trigger("AUDIENCE_MEMBERSHIP", { having_any_audience_id: [AUDIENCE_ID] }),
    who({ memberships: [{ audienceId: AUDIENCE_ID, createdMs: 0, updatedMs: 0 }] }),
    who({}),
  ],
  [
    "Performed by Client Admin",
    expressionTrigger("context.getCauseEvent().getEventContext().isAdminApi()"),
    sent({ scopes: ["CLIENT_ADMIN"] }),
    sent({ scopes: ["BACKEND"] }),
  ],
  [
    "Performed by Consumer",
    trigger("ACCESS", { trusted_scopes: ["VERIFIED_CONSUMER"] }),
    sent({ scopes: ["VERIFIED_CONSUMER"] }),
    sent({ scopes: ["BACKEND"] }),
  ],
  [
    "Event or Profile Contains Parameter",
    expressionTrigger(`(${datum} ?? ${personDatum}) === "gold"`),
    value("gold"),
    value("silver"),
  ],
  ["Has Identity", trigger("HAS_IDENTITY"), who({}), who({ email: null })],
  ["Has Email", expressionTrigger("context.getPerson().getEmail() != null"), who({}), who({ email: null })],
  [
    "Transaction Value",
    expressionTrigger(
      "Number(context.getCauseEvent().getData().value) >= 20 && Number(context.getCauseEvent().getData().value) <= 30",
    ),
    data({ value: "30" }),
    data({ value: "30.01" }),
  ],
  [
    "Date range",
    expressionTrigger(
      'context.getCauseEvent().getEventTime() >= "2026-06-01" && context.getCauseEvent().getEventTime() < "2026-07-01"',
    ),
    { event: event({ eventMs: Date.UTC(2026, 5, 1) }) },
    { event: event({ eventMs: Date.UTC(2026, 5, 1) - 1 }) },
  ],
  [
    "Specified Participant",
    expressionTrigger('["ann@example.com", "bob@example.com"].includes(context.getPerson().getEmail())'),
    who({}),
    who({ email: "eve@example.com" }),
  ],
  [
    "Permitted Countries",
    expressionTrigger(
      'context.getCauseEvent().getEventContext().getSourceGeoIps().some(g => ["DE", "FR"].includes(g.country))',
    ),
    sent({ country: "DE" }),
    sent({ country: "US" }),
  ],
  ["Blocked Person", expressionTrigger("!context.getPerson().isBlocked()"), who({}), who({ block: "REWARDS" })],
  [
    "First Friend Click",
    trigger("HAS_PRIOR_STEP", { filter_names: ["clicked"], count_max: 0 }),
    steps("shared", 1),
    steps("clicked", 1),
  ],
  [
    "New Customers Only",
    trigger("HAS_PRIOR_STEP", {
      filter_names: ["converted"],
      filter_scope: "CLIENT",
      filter_max_age: "P180D",
      count_max: 0,
    }),
    steps("converted", 180 * DAY_MS + 1),
    steps("converted", 180 * DAY_MS),
  ],
  [
    "Mass Share Limit",
    trigger("HAS_PRIOR_STEP", { filter_names: ["shared"], filter_max_age: "P7D", count_max: 2 }),
    steps("shared", 1, 2),
    steps("shared", 1, 2, 3),
  ],
  [
    "Spam Messages",
    expressionTrigger('!/free\\s+money/i.test(context.getCauseEvent().getData()["share.message"])'),
    data({ "share.message": "hello" }),
    data({ "share.message": "FREE money" }),
  ],
  [
    "Has Previously Qualified",
    trigger("STICKY_JOURNEY"),
    who({
      journeys: [
        {
          id: "j",
          campaignId: "5100000000000000001",
          program: "refer",
          name: "f",
          key: null,
          container: "production",
          data: [],
          entry: {},
          last: {},
          variant: null,
          createdMs: 0,
          updatedMs: 0,
        },
      ],
    }),
    who({}),
  ],
  ["Reward Limit", trigger("HAS_PRIOR_REWARD", { filter_scope: "CLIENT", count_max: 1 }), rewards(10), rewards(10, 10)],
  [
    "Annual Reward Value Limit",
    trigger("HAS_PRIOR_REWARD", { filter_scope: "CLIENT", sum_of_face_value_max: 590, tax_year_start: "--01-01" }),
    rewards(590),
    rewards(590.5),
  ],
  [
    "Risk Evaluation",
    trigger("MAXMIND"),
    sent({ riskScore: 20, ipRisk: 20, isHighRiskEmail: false }),
    sent({ riskScore: 21, ipRisk: 0, isHighRiskEmail: false }),
  ],
  [
    "Event Data: not equals",
    expressionTrigger(`${datum} !== "gold"`),
    data({ plan: "silver" }),
    data({ plan: "gold" }),
  ],
  [
    "Event Data: not contains",
    expressionTrigger(`!String(${datum} ?? "").includes("ol")`),
    data({}),
    data({ plan: "gold" }),
  ],
  [
    "Event Data: is not blank",
    expressionTrigger(`${datum} != null && String(${datum}).trim() !== ""`),
    data({ plan: "x" }),
    data({ plan: " " }),
  ],
  ["Person Data: regex", expressionTrigger(`/^g.+d$/.test(${personDatum})`), value("gold"), value("golden")],
  ["Person Data: is blank", expressionTrigger(`${personDatum} == null`), who({}), value("gold")],
  [
    "Has Taken Action, an exact count",
    trigger("HAS_PRIOR_STEP", { filter_names: ["x"], count_matches: [2] }),
    steps("x", 1, 2),
    steps("x", 1, 2, 3),
  ],
  [
    "Has Taken Action, a minimal age",
    trigger("HAS_PRIOR_STEP", { filter_names: ["x"], filter_min_age: "P1D" }),
    steps("x", DAY_MS),
    steps("x", DAY_MS - 1),
  ],
  [
    "Has Taken Action, of a value",
    trigger("HAS_PRIOR_STEP", { filter_names: ["x"], filter_min_value: 50 }),
    who({ steps: [step({ name: "x", value: 50 })] }),
    who({ steps: [step({ name: "x", value: 49.99 })] }),
  ],
  [
    "Audience Membership Event",
    trigger("AUDIENCE_MEMBERSHIP_EVENT", { audience_ids: [AUDIENCE_ID], event_types: ["CREATED"] }),
    joined("CREATED"),
    joined("REMOVED"),
  ],
  [
    "Event Value greater",
    expressionTrigger("Number(context.getCauseEvent().getData().value) > 20"),
    data({ value: 20.01 }),
    data({ value: 20 }),
  ],
  [
    "Share Email Limit",
    trigger("HAS_PRIOR_STEP", {
      filter_names: ["shared"],
      filter_max_age: "P1D",
      filter_expression: 'javascript@runtime:context.getStep().getData().channel === "EMAIL"',
      count_max: 1,
    }),
    who({ steps: [shareBy("EMAIL", 1), shareBy("FACEBOOK", 2)] }),
    who({ steps: [shareBy("EMAIL", 1), shareBy("EMAIL", 2)] }),
  ],
  [
    "Min / Max Shares",
    trigger("HAS_PRIOR_STEP", { filter_names: ["shared"], count_min: 2, count_max: 3 }),
    steps("shared", 1, 2, 3),
    steps("shared", 1, 2, 3, 4),
  ],
  [
    "Eligible Referrer",
    expressionTrigger(
      'context.getOtherPerson() != null && context.getOtherPerson().getEmail().endsWith("@staff.example")',
    ),
    { otherPerson: advocate("bob@staff.example") },
    { otherPerson: advocate("bob@example.com") },
  ],
  [
    "Business Event Quality",
    trigger("HAS_PRIOR_STEP", { filter_names: ["converted"], filter_quality: "HIGH" }),
    who({ steps: [step({ name: "converted", quality: "HIGH" })] }),
    who({ steps: [step({ name: "converted", quality: "LOW" })] }),
  ],
  [
    "Has Not Been Rewarded For Relationship",
    trigger("HAS_PRIOR_REWARD", {
      filter_scope: "CLIENT",
      filter_expression:
        "javascript@runtime:context.getReward().getData().friend_id === context.getCauseEvent().getData().friend_id",
      count_max: 0,
    }),
    { event: event({ data: { friend_id: "8" } }), person: person({ rewards: [reward({ data: { friend_id: "7" } })] }) },
    { event: event({ data: { friend_id: "7" } }), person: person({ rewards: [reward({ data: { friend_id: "7" } })] }) },
  ],
  [
    "Recognition Lookback",
    expressionTrigger('context.getTargetingContext().getReferral().getCreatedDate() > "2025-06-15"'),
    who({ relationships: [referredAt(NOW_MS - 364 * DAY_MS)] }),
    who({ relationships: [referredAt(NOW_MS - 366 * DAY_MS)] }),
  ],
];

function joined(change: "CREATED" | "REMOVED"): Partial<RuleContext> {
  const detail = { kind: "membership", audienceId: AUDIENCE_ID, change } as const;
  return { event: event({ type: "AUDIENCE_MEMBERSHIP", name: `audience_membership_${change.toLowerCase()}`, detail }) };
}

function shareBy(channel: string, ageMs: number): Person["steps"][number] {
  const at = NOW_MS - ageMs;
  const datum = { name: "channel", value: channel, scope: "CLIENT" as const };
  return step({ name: "shared", eventId: `s${ageMs}`, eventMs: at, createdMs: at, data: [datum] });
}

function advocate(email: string): NonNullable<RuleContext["otherPerson"]> {
  return { id: "9", email, partnerUserId: null, firstName: null, block: "NONE", requests: [] };
}

function referredAt(createdMs: number): Person["relationships"][number] {
  return {
    id: "r",
    myRole: "FRIEND",
    otherPersonId: "9",
    otherEmail: null,
    campaignId: "5100000000000000001",
    program: "refer",
    container: "production",
    causeEventId: "c",
    rootEventId: "c",
    reason: "ADVOCATE_CODE",
    isSelfReferral: false,
    data: [],
    createdMs,
    updatedMs: createdMs,
  };
}

test.each(rows)("%s", (_name, rule, passing, failing) => {
  expect(match([rule], passing)).toBe(true);
  expect(match([rule], failing)).toBe(false);
  const isNegated = rule["negated"] !== true;
  expect(match([{ ...rule, negated: isNegated }], passing)).toBe(false);
  expect(match([{ ...rule, negated: isNegated }], failing)).toBe(true);
});
