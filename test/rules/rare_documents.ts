// Random triggers of the rarer kinds, and random events and senders for them, kept so small that verdicts of each kind are frequent.

import fc from "fast-check";
import type { QualityRuleDocument, TriggerDocument } from "../../src/model/campaign.ts";
import type { Enrichment, EventDetail, EventType, PersonEvent } from "../../src/model/event.ts";
import type { JsonObject, JsonValue } from "../../src/model/json.ts";
import type { Journey, Person, PersonCard, Relationship } from "../../src/model/person.ts";
import { AUDIENCE_ID, CAMPAIGN_ID, DAY_MS, event, NOW_MS, OTHER_CAMPAIGN_ID, person, step } from "./fixtures.ts";

const words = ["gold", "refer", "EMAIL"] as const;
const countries = ["DE", "RU", "US"] as const;
const ips = ["192.0.2.1", "192.0.2.200", "2001:db8::1", "::ffff:192.0.2.1"] as const;
const emails = ["ann@example.com", "ann+x@example.com", "anna@example.com", "bob@mail.test"] as const;
const stepNames = ["converted", "shared", "share_clicked"] as const;

/** Each member as often there as not. */
function some(members: { [name: string]: fc.Arbitrary<JsonValue> }): fc.Arbitrary<JsonObject> {
  return fc.record(members, { requiredKeys: [], noNullPrototype: true }).map((drawn) => {
    const kept: JsonObject = {};
    for (const [name, value] of Object.entries(drawn)) if (value !== undefined) kept[name] = value;
    return kept;
  });
}

const someOf = <T>(...values: T[]): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });

function kind(
  type: string,
  parameters: fc.Arbitrary<JsonObject>,
): fc.Arbitrary<{ type: string; parameters: JsonObject }> {
  return parameters.map((given) => ({ type, parameters: given }));
}

const plainKinds = fc.oneof(
  kind(
    "SEND_REWARD_EVENT",
    some({
      reward_names: someOf("Ten", "five"),
      reward_states: someOf("SENT", "FULFILLED"),
      tags: someOf("a", "b"),
    }),
  ),
  kind(
    "REFERRED_BY_EVENT",
    fc.constantFrom("ADVOCATE", "FRIEND").map((referral_originator) => ({ referral_originator })),
  ),
  kind(
    "AUDIENCE_MEMBERSHIP_EVENT",
    some({ audience_ids: fc.constant([AUDIENCE_ID]), event_types: someOf("CREATED", "REMOVED") }),
  ),
  kind(
    "DATA_INTELLIGENCE_EVENT",
    fc.constantFrom("Risk", "other").map((event_name) => ({ event_name })),
  ),
  kind(
    "SHARE",
    fc.record(
      { channels: someOf("ANY", "EMAIL", "FACEBOOK"), quality: fc.constantFrom("ANY", "HIGH", "LOW") },
      { noNullPrototype: true },
    ),
  ),
  kind(
    "SCORE",
    fc.record(
      {
        cause_event_name: fc.constantFrom("risk", "Purchase"),
        channel: fc.constantFrom(...words),
        score_result: fc.constantFrom("PASS", "FAIL"),
      },
      { noNullPrototype: true },
    ),
  ),
  kind(
    "EVENT_TARGETING",
    fc
      .uniqueArray(fc.constantFrom("plan", "channel", "EVENT_NAME", "EVENT_TYPE"), { minLength: 1, maxLength: 3 })
      .chain((names) =>
        fc
          .tuple(
            ...names.map((name) =>
              fc.constantFrom(
                ...(name === "EVENT_TYPE" ? ["INPUT", "SHARE"] : name === "EVENT_NAME" ? ["purchase", "Risk"] : words),
              ),
            ),
          )
          .map((values) => ({
            targeting_attributes: Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""])),
          })),
      ),
  ),
  kind("LEGACY_LABEL_TARGETING", fc.constant({})),
  kind("TARGETING", some({ scope: fc.constantFrom("CAMPAIGN", "JOURNEY", "PROGRAM") })),
  kind("STICKY_JOURNEY", some({ label: fc.constantFrom("refer", "Loyalty") })),
  kind(
    "ZONE_STATE",
    fc.record(
      { step_name: fc.constantFrom("converted", "nowhere"), invert_mapping_state: fc.boolean() },
      { noNullPrototype: true },
    ),
  ),
  kind(
    "ACCESS",
    someOf("BACKEND", "CLIENT_ADMIN").map((trusted_scopes) => ({ trusted_scopes })),
  ),
  kind(
    "CLIENT_DOMAIN",
    someOf("1", "2").map((client_domain_ids) => ({ client_domain_ids })),
  ),
  kind(
    "MAXMIND",
    some({
      risk_threshold: fc.constantFrom(10, 30),
      ip_threshold: fc.constantFrom(10, 30),
      allow_high_risk_email: fc.boolean(),
      default_quality_score: fc.constantFrom("HIGH", "LOW", "ERROR"),
    }),
  ),
  // Fifteen kinds of rules in one kind of trigger.
  {
    weight: 8,
    arbitrary: kind(
      "LEGACY_QUALITY",
      fc.constantFrom("ANY_CLICK", "ANY_PURCHASE").map((action_type) => ({ action_type })),
    ),
  },
);

const text = (value: string | number | boolean): string[] => [String(value)];
const rule = (
  rule_type: string,
  properties: fc.Arbitrary<{ [name: string]: string[] }>,
): fc.Arbitrary<Partial<QualityRuleDocument>> => properties.map((given) => ({ rule_type, properties: given }));
const none = fc.constant({});
const limited = fc.record(
  { limit: fc.integer({ min: 1, max: 3 }).map(text), time: fc.integer({ min: 1, max: 3 }).map(text) },
  { noNullPrototype: true },
);

export const qualityRules: fc.Arbitrary<QualityRuleDocument[]> = fc
  .array(
    fc.record({
      of: fc.oneof(
        rule("BAD_COUNTRY", fc.constantFrom<{ [name: string]: string[] }>({}, { countries: ["de"] })),
        rule("BLACKLIST_DOMAIN", fc.constant({ domains: ["mail.test"] })),
        rule("BLOCKED", none),
        rule("BOT_FILTER", none),
        rule("EXISTING_CUSTOMER", none),
        rule("RECENT_CUSTOMER", fc.constantFrom({ time: ["1"], unit: ["DAYS"] }, { time: ["36"], unit: ["HOURS"] })),
        rule("FRIENDS_OF_ADVOCATE_CLICK_LIMIT", limited),
        rule(
          "IP_FILTER",
          fc.constantFrom({ subnets: ["192.0.2.0/25"] }, { subnets: ["2001:db8::/32", "192.0.2.200"] }),
        ),
        rule("REFERRAL_AGE", fc.constantFrom({ time: ["1"] }, { time: ["3"] })),
        rule("REFERRAL_CAP", limited),
        rule("SAME_IP", none),
        rule(
          "SELF_REFERRAL",
          fc.record({ email: fc.boolean().map(text), device: fc.boolean().map(text) }, { noNullPrototype: true }),
        ),
        rule("SHARE_COUNT_LIMIT", limited),
        rule("SIMILAR_FRIEND_ADVOCATE_EMAIL", fc.constantFrom({ distance: ["0"] }, { distance: ["1"] })),
        rule("SPAM_MESSAGE", fc.constantFrom({ patterns: ["gold$"] }, { patterns: ["x", "^re"] })),
      ),
      enabled: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn > 0),
      actions: fc.constantFrom<string[]>([], ["ANY_CLICK"], ["ANY_PURCHASE"]),
    }),
    { maxLength: 3 },
  )
  .map((rules) =>
    rules.map(({ of, enabled, actions }, at) => ({
      id: `q${at}`,
      rule_type: "",
      ...of,
      enabled,
      action_types: actions,
    })),
  );

/** A group or none, of one operator, with plain triggers in and outside of it. */
export const rareTriggers: fc.Arbitrary<TriggerDocument[]> = fc
  .record({
    plain: fc.array(fc.record({ of: plainKinds, isGrouped: fc.boolean(), negated: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    }),
    operator: fc.constantFrom("AND", "OR"),
  })
  .map(({ plain, operator }) => [
    { trigger_id: "g", trigger_type: "GROUP", trigger_phase: "MATCHING" as const, trigger_name: "g", operator },
    { trigger_id: "t", trigger_type: "EXPRESSION", trigger_phase: "MATCHING" as const, expression: true },
    ...plain.map(({ of, isGrouped, negated }, at) => ({
      ...of.parameters,
      trigger_id: `t${at}`,
      trigger_type: of.type,
      trigger_phase: "MATCHING" as const,
      negated,
      ...(isGrouped ? { parent_trigger_group_name: "g" } : {}),
    })),
  ]);

const enrichments: fc.Arbitrary<Enrichment | null> = fc.option(
  fc.record(
    {
      ip: fc.constantFrom(...ips),
      country: fc.constantFrom(...countries),
      userAgent: fc.constant("x"),
      referrer: fc.constant(""),
      deviceId: fc.constantFrom("d1", "d2"),
      isBot: fc.boolean(),
      riskScore: fc.constantFrom(5, 20, 40),
      ipRisk: fc.constantFrom(5, 20, 40),
      isHighRiskEmail: fc.boolean(),
      isDisposableEmail: fc.boolean(),
      clientDomainId: fc.constantFrom("1", "3"),
      scopes: fc.constantFrom<readonly string[]>(["BACKEND"], ["USER_SUPPORT"], []),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

const channel = fc.constantFrom("EMAIL", "facebook", "SMS");
const quality = fc.constantFrom("HIGH" as const, "LOW" as const, "NONE" as const);
const happened: fc.Arbitrary<{ type: EventType; name: string; detail: EventDetail }> = fc.oneof(
  fc
    .constantFrom("purchase", "risk")
    .map((name) => ({ type: "INPUT" as const, name, detail: { kind: "none" as const } })),
  fc.constant({
    type: "INTERNAL" as const,
    name: "credit",
    detail: { kind: "fired" as const, byPersonId: "1", referralReason: null, campaignId: "1", journey: null },
  }),
  fc
    .record({
      name: fc.constantFrom("ten", "Five"),
      state: fc.constantFrom("SENT", "EARNED", "FULFILLED"),
      tags: someOf("a", "c"),
    })
    .map(({ name, state, tags }) => ({
      type: "REWARD" as const,
      name,
      detail: { kind: "reward" as const, rewardId: "r", state, tags, slots: [] },
    })),
  fc
    .record({
      audienceId: fc.constantFrom(AUDIENCE_ID, "x"),
      change: fc.constantFrom("CREATED" as const, "REMOVED" as const, "UPDATED" as const),
    })
    .map((change) => ({
      type: "AUDIENCE_MEMBERSHIP" as const,
      name: `audience_membership_${change.change.toLowerCase()}`,
      detail: { kind: "membership" as const, ...change },
    })),
  fc
    .record({ channel, quality })
    .map((of) => ({ type: "SHARE" as const, name: "shared", detail: { kind: "share" as const, shareId: "s", ...of } })),
  fc
    .constantFrom("REFERRED" as const, "REFERRED_BY" as const, "DATA_INTELLIGENCE" as const)
    .map((type) => ({ type, name: "risk", detail: { kind: "none" as const } })),
);

const eventData: fc.Arbitrary<JsonObject> = some({
  plan: fc.constantFrom<string | number>(...words, " gold ", 7),
  channel: fc.constantFrom(...words),
  score_result: fc.constantFrom("PASS", "FAIL "),
  labels: fc.constantFrom<string | string[]>("Refer, x", ["loyalty"], ""),
  required_labels: fc.constantFrom("loyalty", "refer"),
  campaign_id: fc.constantFrom(CAMPAIGN_ID, "9"),
  message: fc.constantFrom(...words),
});

export const events: fc.Arbitrary<PersonEvent> = fc
  .record({ of: happened, data: eventData, enrichment: enrichments })
  .map(({ of, data, enrichment }) => event({ ...of, data, enrichment }));

const journeys: fc.Arbitrary<Journey> = fc
  .record({ campaignId: fc.constantFrom(CAMPAIGN_ID, OTHER_CAMPAIGN_ID), program: fc.constantFrom("refer", "loyalty") })
  .map((of) => ({
    id: "j",
    name: "friend",
    key: null,
    container: "production",
    data: [],
    entry: {},
    last: {},
    variant: null,
    createdMs: 0,
    updatedMs: 0,
    ...of,
  }));

const relationships: fc.Arbitrary<Relationship> = fc
  .record({
    myRole: fc.constantFrom("ADVOCATE" as const, "FRIEND" as const),
    program: fc.constantFrom("refer", "loyalty"),
    days: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ myRole, program, days }) => ({
    id: "r",
    myRole,
    otherPersonId: "9",
    otherEmail: null,
    campaignId: CAMPAIGN_ID,
    program,
    container: "production",
    causeEventId: "c",
    rootEventId: "c",
    reason: "ADVOCATE_CODE",
    isSelfReferral: false,
    data: [],
    createdMs: NOW_MS - days * DAY_MS,
    updatedMs: NOW_MS - days * DAY_MS,
  }));

const hours = fc.integer({ min: 0, max: 90 });

export const people: fc.Arbitrary<Person> = fc
  .record({
    email: fc.option(fc.constantFrom(...emails)),
    block: fc.constantFrom("NONE" as const, "NONE" as const, "REWARDS" as const),
    journeys: fc.array(journeys, { maxLength: 2 }),
    relationships: fc.array(relationships, { maxLength: 4 }),
    past: fc.array(fc.record({ name: fc.constantFrom(...stepNames), hours }), { maxLength: 5 }),
  })
  .map(({ past, ...of }) => {
    const steps = past
      .toSorted((left, right) => right.hours - left.hours)
      .map(({ name, hours: ago }, at) => {
        const ms = NOW_MS - ago * 3_600_000;
        return step({ name, eventId: `e${at}`, rootEventId: `r${at}`, eventMs: ms, createdMs: ms });
      });
    return person({ ...of, steps });
  });

export const others: fc.Arbitrary<PersonCard | null> = fc.option(
  fc
    .record({
      email: fc.option(fc.constantFrom(...emails)),
      requests: fc.array(
        fc.record({ ip: fc.option(fc.constantFrom(...ips)), deviceId: fc.option(fc.constantFrom("d1", "d3")) }),
        { maxLength: 2 },
      ),
    })
    .map(({ email, requests }) => ({
      id: "5300000000000000009",
      email,
      partnerUserId: null,
      firstName: null,
      block: "NONE" as const,
      requests: requests.map((own) => ({ ...own, country: null, atMs: 0 })),
    })),
);

export const ownJourneys: fc.Arbitrary<Journey | null> = fc.option(journeys);
