// Every kind of trigger that is a table of small questions: what passes, what fails, what is refused. Each row is run negated, too.

import { expect, test } from "vitest";
import type { TriggerDocument } from "../../src/model/campaign.ts";
import type { Enrichment, EventDetail, EventType, PersonEvent } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Journey } from "../../src/model/person.ts";
import { candidates, isRuleError, type RuleContext } from "../../src/rules/mod.ts";
import { triggerKinds } from "../../src/rules/triggers/trigger_kinds.ts";
import {
  AUDIENCE_ID,
  campaign,
  CAMPAIGN_ID,
  compiled,
  compileErrors,
  context,
  controller,
  event,
  matchingVerdict,
  NOW_MS,
  OTHER_CAMPAIGN_ID,
  person,
  program,
  trigger,
} from "./fixtures.ts";

type Outcome = true | false | "unknown" | "other_person";

interface Row {
  readonly type: string;
  readonly parameters: JsonObject;
  readonly of: Partial<RuleContext>;
  readonly outcome: Outcome;
}

const row = (type: string, parameters: JsonObject, of: Partial<RuleContext>, outcome: Outcome): Row => ({
  type,
  parameters,
  of,
  outcome,
});

function happening(
  type: EventType,
  name: string,
  detail: EventDetail = { kind: "none" },
  data: JsonObject = {},
): PersonEvent {
  return event({ type, name, detail, data });
}

const of = (happened: PersonEvent): Partial<RuleContext> => ({ event: happened });
const data = (members: JsonObject): Partial<RuleContext> => ({ event: event({ data: members }) });
const sender = (enrichment: Enrichment | null): Partial<RuleContext> => ({ event: event({ enrichment }) });
const membership = (audienceId: string, change: "CREATED" | "REMOVED" | "UPDATED"): Partial<RuleContext> =>
  of(
    happening("AUDIENCE_MEMBERSHIP", `audience_membership_${change.toLowerCase()}`, {
      kind: "membership",
      audienceId,
      change,
    }),
  );
const reward = (name: string, state: string, tags: string[] = []): Partial<RuleContext> =>
  of(happening("REWARD", name, { kind: "reward", rewardId: "r", state, tags, slots: [] }));
const share = (channel: string, quality: "HIGH" | "LOW" | "NONE"): Partial<RuleContext> =>
  of(happening("SHARE", "shared", { kind: "share", shareId: "s", channel, quality }));

function journey(more: Partial<Journey> = {}): Journey {
  return {
    id: "j",
    campaignId: CAMPAIGN_ID,
    program: "refer",
    name: "friend",
    key: null,
    container: "production",
    data: [],
    entry: {},
    last: {},
    variant: null,
    createdMs: NOW_MS,
    updatedMs: NOW_MS,
    ...more,
  };
}
const inJourney = (more: Partial<Journey> = {}): Partial<RuleContext> => ({
  person: person({ journeys: [journey(more)] }),
});
const risk = { risk_threshold: 20, ip_threshold: 30 };
const low: Enrichment = { riskScore: 20, ipRisk: 30, isHighRiskEmail: false };

const rows: Row[] = [
  row("SEND_REWARD_EVENT", {}, reward("Ten", "FULFILLED"), true),
  row("SEND_REWARD_EVENT", {}, reward("Ten", "SENT"), true),
  row("SEND_REWARD_EVENT", {}, reward("Ten", "EARNED"), false),
  row("SEND_REWARD_EVENT", { reward_states: ["SENT"] }, reward("Ten", "FULFILLED"), false),
  row("SEND_REWARD_EVENT", { reward_names: [" tEN "] }, reward("Ten", "SENT"), true),
  row("SEND_REWARD_EVENT", { reward_names: ["ten"] }, reward("Twenty", "SENT"), false),
  row("SEND_REWARD_EVENT", { tags: ["a", "b"] }, reward("Ten", "SENT", ["b"]), true),
  row("SEND_REWARD_EVENT", { tags: ["a"] }, reward("Ten", "SENT", ["b"]), false),

  row("REFERRED_BY_EVENT", { referral_originator: "FRIEND" }, of(happening("REFERRED_BY", "referred_by")), true),
  row("REFERRED_BY_EVENT", { referral_originator: "FRIEND" }, of(happening("REFERRED", "referred")), false),
  row("REFERRED_BY_EVENT", { referral_originator: "ADVOCATE" }, of(happening("REFERRED", "referred")), true),
  row("REFERRED_BY_EVENT", { referral_originator: "ADVOCATE" }, of(happening("REFERRED_BY", "referred_by")), false),

  row("AUDIENCE_MEMBERSHIP_EVENT", {}, membership("x", "UPDATED"), true),
  row("AUDIENCE_MEMBERSHIP_EVENT", { audience_ids: [AUDIENCE_ID] }, membership(AUDIENCE_ID, "REMOVED"), true),
  row("AUDIENCE_MEMBERSHIP_EVENT", { audience_ids: [AUDIENCE_ID] }, membership("x", "REMOVED"), false),
  row("AUDIENCE_MEMBERSHIP_EVENT", { event_types: ["CREATED", "UPDATED"] }, membership("x", "UPDATED"), true),
  row("AUDIENCE_MEMBERSHIP_EVENT", { event_types: ["CREATED"] }, membership("x", "REMOVED"), false),
  row("AUDIENCE_MEMBERSHIP_EVENT", {}, data({}), false),

  row("DATA_INTELLIGENCE_EVENT", { event_name: "Risk" }, of(happening("DATA_INTELLIGENCE", "risk ")), true),
  row("DATA_INTELLIGENCE_EVENT", { event_name: "risk" }, of(happening("DATA_INTELLIGENCE", "other")), false),
  row("DATA_INTELLIGENCE_EVENT", { event_name: "risk" }, of(happening("INPUT", "risk")), false),

  row("SHARE", { channels: ["ANY"] }, share("WHATSAPP", "NONE"), true),
  row("SHARE", { channels: ["EMAIL", "FACEBOOK"] }, share("facebook", "NONE"), true),
  row("SHARE", { channels: ["EMAIL"] }, share("FACEBOOK", "NONE"), false),
  row("SHARE", { share_types: ["TWITTER"] }, share("TWITTER", "NONE"), true),
  row("SHARE", { channels: ["ANY"], quality: "HIGH" }, share("EMAIL", "HIGH"), true),
  row("SHARE", { channels: ["ANY"], quality: "HIGH" }, share("EMAIL", "NONE"), true),
  row("SHARE", { channels: ["ANY"], quality: "LOW" }, share("EMAIL", "NONE"), false),
  row("SHARE", { channels: ["ANY"], quality: "HIGH" }, share("EMAIL", "LOW"), false),
  row("SHARE", { channels: ["ANY"], quality: "LOW" }, share("EMAIL", "LOW"), true),
  row(
    "SHARE",
    { channels: ["EMAIL"] },
    of(happening("SHARE", "x", { kind: "none" }, { "share.channel": "email" })),
    true,
  ),
  row("SHARE", { channels: ["EMAIL"] }, of(happening("SHARE", "x", { kind: "none" }, { channel: "sms" })), false),
  row("SHARE", { channels: ["ANY"] }, of(happening("INPUT", "share")), false),

  row(
    "SCORE",
    { cause_event_name: "Purchase", channel: "web", score_result: "PASS" },
    data({ channel: " web", score_result: "PASS" }),
    true,
  ),
  row(
    "SCORE",
    { cause_event_name: "purchase", channel: "web", score_result: "PASS" },
    data({ channel: "web", score_result: "FAIL" }),
    false,
  ),
  row(
    "SCORE",
    { cause_event_name: "purchase", channel: "web", score_result: "PASS" },
    data({ score_result: "PASS" }),
    false,
  ),
  row(
    "SCORE",
    { cause_event_name: "other", channel: "web", score_result: "PASS" },
    data({ channel: "web", score_result: "PASS" }),
    false,
  ),

  row(
    "EVENT_TARGETING",
    { targeting_attributes: { plan: "gold", size: "7" } },
    data({ plan: " gold ", size: 7 }),
    true,
  ),
  row("EVENT_TARGETING", { targeting_attributes: { plan: "gold", size: "7" } }, data({ plan: "gold" }), false),
  row("EVENT_TARGETING", { targeting_attributes: { plan: "gold" } }, data({ plan: "GOLD" }), false),
  row("EVENT_TARGETING", { targeting_attributes: { "cart.plan": "gold" } }, data({ cart: { plan: "gold" } }), true),
  row(
    "EVENT_TARGETING",
    { targeting_attributes: { EVENT_NAME: "Purchase", plan: "gold" } },
    data({ plan: "gold" }),
    true,
  ),
  row("EVENT_TARGETING", { targeting_attributes: { EVENT_NAME: "view", plan: "gold" } }, data({ plan: "gold" }), false),
  row("EVENT_TARGETING", { targeting_attributes: { EVENT_TYPE: "STEP" } }, of(happening("STEP", "converted")), true),
  row("EVENT_TARGETING", { targeting_attributes: { EVENT_TYPE: "STEP" } }, data({}), false),

  row("LEGACY_LABEL_TARGETING", {}, data({ labels: "other, Refer" }), true),
  row("LEGACY_LABEL_TARGETING", {}, data({ required_labels: ["refer"] }), true),
  row("LEGACY_LABEL_TARGETING", {}, data({ labels: "referral" }), false),
  row("LEGACY_LABEL_TARGETING", {}, data({}), false),

  row("TARGETING", {}, data({}), true),
  row("TARGETING", {}, data({ target: `campaign_id:${CAMPAIGN_ID}` }), true),
  row("TARGETING", {}, data({ target: "campaign_id:9" }), false),
  row("TARGETING", {}, data({ campaign_id: CAMPAIGN_ID }), true),
  row("TARGETING", {}, data({ journey: { campaign_id: OTHER_CAMPAIGN_ID } }), false),
  row("TARGETING", { scope: "CAMPAIGN" }, data({ labels: "other" }), false),
  row("TARGETING", { scope: "CAMPAIGN" }, { ...data({ labels: "other" }), ...inJourney() }, true),
  row("TARGETING", { scope: "CAMPAIGN" }, { ...data({ labels: "other" }), ...inJourney({ campaignId: "9" }) }, false),
  row("TARGETING", { scope: "PROGRAM" }, { ...data({ labels: "other" }), ...inJourney({ campaignId: "9" }) }, true),
  row("TARGETING", { scope: "PROGRAM" }, { ...data({ required_labels: "other" }), ...inJourney() }, false),
  row("TARGETING", { scope: "JOURNEY" }, data({}), false),
  row("TARGETING", { scope: "JOURNEY" }, { journey: journey() }, true),

  row("STICKY_JOURNEY", {}, inJourney(), true),
  row("STICKY_JOURNEY", {}, { journey: journey() }, true),
  row("STICKY_JOURNEY", {}, inJourney({ campaignId: OTHER_CAMPAIGN_ID }), false),
  row("STICKY_JOURNEY", { label: "Refer" }, inJourney(), true),
  row("STICKY_JOURNEY", { label: "loyalty" }, inJourney(), false),
  row("STICKY_JOURNEY", {}, {}, false),

  row("JOURNEY_CHECK", { journey_name: "Friend" }, inJourney(), true),
  row("JOURNEY_CHECK", { journey_name: "friend" }, inJourney({ name: "advocate" }), false),
  row("JOURNEY_CHECK", { journey_name: "friend" }, inJourney({ campaignId: OTHER_CAMPAIGN_ID }), false),
  row("JOURNEY_CHECK", { journey_name: "friend", person_id: "5300000000000000001" }, inJourney(), true),
  row("JOURNEY_CHECK", { journey_name: "friend", person_id: "1" }, inJourney(), "other_person"),

  row("ZONE_STATE", { zone_name: "Banner" }, {}, true),
  row("ZONE_STATE", { zone_name: "off" }, {}, false),
  row("ZONE_STATE", { zone_name: "nowhere" }, {}, false),
  row("ZONE_STATE", { zone_name: "off", invert_mapping_state: true }, {}, true),
  row("ZONE_STATE", { zone_name: "converted" }, {}, false),
  row("ZONE_STATE", { step_name: "converted" }, {}, true),

  row("ACCESS", { trusted_scopes: ["BACKEND", "CLIENT_ADMIN"] }, sender({ scopes: ["CLIENT_ADMIN"] }), true),
  row("ACCESS", { trusted_scopes: ["BACKEND"] }, sender({ scopes: ["VERIFIED_CONSUMER"] }), false),
  row("ACCESS", { trusted_scopes: ["BACKEND"] }, sender({}), false),
  row("ACCESS", { trusted_scopes: ["BACKEND"] }, sender(null), false),

  row("CLIENT_DOMAIN", { client_domain_ids: ["1", "2"] }, sender({ clientDomainId: "2" }), true),
  row("CLIENT_DOMAIN", { client_domain_ids: ["1"] }, sender({ clientDomainId: "2" }), false),
  row("CLIENT_DOMAIN", { client_domain_ids: ["1"] }, sender(null), false),

  row("MAXMIND", risk, sender(low), true),
  row("MAXMIND", risk, sender({ ...low, riskScore: 21 }), false),
  row("MAXMIND", risk, sender({ ...low, ipRisk: 31 }), false),
  row("MAXMIND", risk, sender({ ...low, isHighRiskEmail: true }), false),
  row("MAXMIND", { ...risk, allow_high_risk_email: true }, sender({ ...low, isHighRiskEmail: true }), true),
  row("MAXMIND", risk, sender(null), false),
  row("MAXMIND", { ...risk, default_quality_score: "HIGH" }, sender(null), true),
  row("MAXMIND", { ...risk, default_quality_score: "HIGH" }, sender({ riskScore: 99 }), false),
  row("MAXMIND", { ...risk, default_quality_score: "LOW" }, sender({ riskScore: 1 }), false),
  row("MAXMIND", { ...risk, default_quality_score: "ERROR" }, sender({ riskScore: 1, ipRisk: 1 }), "unknown"),
  row("MAXMIND", {}, sender({ ...low, ipRisk: 20 }), true),
];

const others = [
  {
    type: "FRONTEND_CONTROLLER" as const,
    id: "z1",
    name: "banner",
    triggers: [trigger("EVENT", { event_names: ["z"], event_type: "INPUT" })],
  },
  { type: "FRONTEND_CONTROLLER" as const, id: "z2", name: "off", enabled: false, triggers: [] },
  {
    type: "JOURNEY_ENTRY" as const,
    id: "je",
    journey_name: "friend",
    triggers: [trigger("EVENT", { event_names: ["z"], event_type: "INPUT" })],
  },
];

function run(triggers: TriggerDocument[], more: Partial<RuleContext>): Outcome {
  const made = compiled(program([campaign([controller(triggers), ...others])]));
  const at = context(made, more);
  const verdict = matchingVerdict(made, at);
  if (isRuleError(verdict)) return verdict.code === "unknown" ? "unknown" : "other_person";
  // E1: whatever passes is found by the index.
  if (verdict === true) expect(candidates(made, at.event)).toContain(made.controllers[0]);
  return verdict === true;
}

test.each(rows)("$type $parameters is $outcome", ({ type, parameters, of: more, outcome }) => {
  expect(run([trigger(type, parameters)], more)).toBe(outcome);
  const negated = typeof outcome === "boolean" ? !outcome : outcome;
  expect(run([trigger(type, { ...parameters, negated: true })], more)).toBe(negated);
});

const refused: readonly (readonly [string, JsonObject, string])[] = [
  ["SEND_REWARD_EVENT", { reward_states: ["EARNED"] }, "reward_states"],
  ["SEND_REWARD_EVENT", { reward_names: ["x".repeat(256)] }, "reward_names"],
  ["REFERRED_BY_EVENT", {}, "referral_originator"],
  ["AUDIENCE_MEMBERSHIP_EVENT", { audience_ids: ["nobody"] }, "audience_ids"],
  ["AUDIENCE_MEMBERSHIP_EVENT", { event_types: ["GONE"] }, "event_types"],
  ["DATA_INTELLIGENCE_EVENT", {}, "event_name"],
  ["DATA_INTELLIGENCE_EVENT", { event_name: "x" }, "event_name"],
  ["SHARE", {}, "channels"],
  ["SHARE", { channels: ["SMOKE"] }, "channels"],
  ["SCORE", { cause_event_name: "a", channel: "b" }, "score_result"],
  ["EVENT_TARGETING", {}, "targeting_attributes"],
  ["EVENT_TARGETING", { targeting_attributes: {} }, "targeting_attributes"],
  ["EVENT_TARGETING", { targeting_attributes: { plan: " " } }, "plan"],
  ["EVENT_TARGETING", { targeting_attributes: { EVENT_TYPE: "REWARD" } }, "EVENT_TYPE"],
  ["TARGETING", { scope: "WORLD" }, "scope"],
  ["STICKY_JOURNEY", { label: 7 }, "label"],
  ["JOURNEY_CHECK", { journey_name: "nowhere" }, "journey_name"],
  ["ZONE_STATE", {}, "zone_name"],
  ["ZONE_STATE", { zone_name: "a", step_name: "b" }, "zone_name"],
  ["ACCESS", {}, "trusted_scopes"],
  ["ACCESS", { trusted_scopes: ["ROOT"] }, "trusted_scopes"],
  ["CLIENT_DOMAIN", { client_domain_ids: [] }, "client_domain_ids"],
  ["MAXMIND", { risk_threshold: 100 }, "risk_threshold"],
  ["MAXMIND", { default_quality_score: "FINE" }, "default_quality_score"],
  ["LEGACY_QUALITY", {}, "action_type"],
  ["LEGACY_QUALITY", { action_type: "any purchase" }, "action_type"],
];

test.each(refused)("%s %o is refused because of %s", (type, parameters, parameter) => {
  const errors = compileErrors(program([campaign([controller([trigger(type, parameters)]), ...others])]));
  expect(errors.map((error) => error.parameter)).toContain(parameter);
});

test("a journey with a key, and a journey's own entry, cannot be asked for", () => {
  const check = trigger("JOURNEY_CHECK", { journey_name: "order" });
  const entry = { type: "JOURNEY_ENTRY" as const, id: "o", journey_name: "order", triggers: [check] };
  expect(compileErrors(program([campaign([entry])]))).toHaveLength(1);
  const keyed = { ...entry, key: { name: "order_id", value: "1" }, triggers: [trigger("HAS_IDENTITY")] };
  expect(compileErrors(program([campaign([keyed, controller([check])])]))).toHaveLength(1);
});

test("there is a kind for each type of trigger but GROUP", () => {
  expect(Object.keys(triggerKinds)).toHaveLength(24);
});
