// Quality rules of older campaigns: each kind, at its edges, and what is not known.

import { expect, test } from "vitest";
import type { QualityRuleDocument } from "../../src/model/campaign.ts";
import type { Enrichment, EventDetail } from "../../src/model/event.ts";
import type { Person, PersonCard, RequestOrigin, Step } from "../../src/model/person.ts";
import { isWithinDistance } from "../../src/rules/run/check_referral.ts";
import { isRuleError, type RuleContext } from "../../src/rules/mod.ts";
import { parseSubnet } from "../../src/rules/network.ts";
import { qualityRules } from "../../src/rules/triggers/quality_rules.ts";
import {
  campaign,
  CAMPAIGN_ID,
  compiled,
  compileErrors,
  context,
  controller,
  DAY_MS,
  event,
  expressionTrigger,
  matchingVerdict,
  NOW_MS,
  person,
  program,
  step,
  trigger,
} from "./fixtures.ts";

type Properties = { readonly [name: string]: string[] };
type Score = "HIGH" | "LOW" | "unknown";

const ofAction = trigger("LEGACY_QUALITY", { action_type: "ANY_PURCHASE" });

function documentOf(...rules: Partial<QualityRuleDocument>[]): ReturnType<typeof program> {
  const quality_rules = rules.map((rule, at) => ({ id: `q${at}`, rule_type: "BLOCKED", ...rule }));
  return program([campaign([controller([ofAction])], { incentive: { quality_rules } })]);
}

function score(of: Partial<RuleContext>, ...rules: Partial<QualityRuleDocument>[]): Score {
  const made = compiled(documentOf(...rules));
  const verdict = matchingVerdict(made, context(made, of));
  if (isRuleError(verdict)) expect(verdict.code).toBe("unknown");
  return isRuleError(verdict) ? "unknown" : verdict === true ? "HIGH" : "LOW";
}

const sender = (enrichment: Enrichment | null, more: Partial<Person> = {}): Partial<RuleContext> => ({
  event: event({ enrichment }),
  person: person(more),
});
const request = (more: Partial<RequestOrigin>): RequestOrigin => ({
  ip: null,
  deviceId: null,
  country: null,
  atMs: 0,
  ...more,
});
const advocate = (more: Partial<PersonCard> = {}): PersonCard => ({
  id: "5300000000000000009",
  email: "bob@example.com",
  partnerUserId: null,
  firstName: null,
  block: "NONE",
  requests: [],
  ...more,
});
const referred = (
  mine: string | null,
  by: Partial<PersonCard>,
  enrichment: Enrichment | null = null,
): Partial<RuleContext> => ({
  ...sender(enrichment, { email: mine }),
  otherPerson: advocate(by),
});
const ago = (name: string, ms: number, more: Partial<Step> = {}): Step =>
  step({
    name,
    eventMs: NOW_MS - ms,
    createdMs: NOW_MS - ms,
    eventId: `e${ms}${name}`,
    rootEventId: `r${ms}`,
    ...more,
  });
const fired: EventDetail = { kind: "fired", byPersonId: "1", referralReason: null, campaignId: "1", journey: null };
const asAdvocate = (steps: Step[], more: Partial<Person> = {}): Partial<RuleContext> => ({
  event: event({ type: "INTERNAL", detail: fired }),
  person: person({ steps, ...more }),
});
const relationship = (daysAgo: number, myRole: "ADVOCATE" | "FRIEND" = "FRIEND"): Person["relationships"][number] => ({
  id: "r",
  myRole,
  otherPersonId: "9",
  otherEmail: null,
  campaignId: CAMPAIGN_ID,
  program: "refer",
  container: "production",
  causeEventId: "c",
  rootEventId: "c",
  reason: "ADVOCATE_CODE",
  isSelfReferral: false,
  data: [],
  // A friend that has been pointed to that advocate since.
  createdMs: NOW_MS - (myRole === "FRIEND" ? 999 : daysAgo) * DAY_MS,
  updatedMs: NOW_MS - daysAgo * DAY_MS,
});
const said = (data: { [name: string]: string | string[] }): Partial<RuleContext> => ({ event: event({ data }) });
const bought = (msAgo: number): Partial<RuleContext> => ({ person: person({ steps: [ago("Converted", msAgo)] }) });

const rows: readonly (readonly [string, Properties, Partial<RuleContext>, Score])[] = [
  ["BAD_COUNTRY", {}, sender({ country: "DE" }), "HIGH"],
  ["BAD_COUNTRY", {}, sender({ country: "RU" }), "LOW"],
  ["BAD_COUNTRY", { countries: ["de"] }, sender({ country: "DE" }), "LOW"],
  ["BAD_COUNTRY", { countries: ["de"] }, sender({ country: "RU" }), "HIGH"],
  ["BAD_COUNTRY", {}, sender({}), "unknown"],
  ["BAD_COUNTRY", {}, sender(null), "unknown"],

  ["BLACKLIST_DOMAIN", { domains: ["example.com"] }, sender(null), "LOW"],
  ["BLACKLIST_DOMAIN", { domains: ["@Example.com"] }, sender(null, { email: "a@mail.example.com" }), "LOW"],
  ["BLACKLIST_DOMAIN", { domains: ["ample.com"] }, sender(null), "HIGH"],
  ["BLACKLIST_DOMAIN", { domains: ["x.com"] }, sender(null, { email: null }), "HIGH"],
  ["BLACKLIST_DOMAIN", { disposable: ["true"] }, sender({ isDisposableEmail: true }), "LOW"],
  ["BLACKLIST_DOMAIN", { disposable: ["true"] }, sender({ isDisposableEmail: false }), "HIGH"],
  ["BLACKLIST_DOMAIN", { disposable: ["true"] }, sender({}), "unknown"],

  [
    "BLACKLIST_REFERER_HEADER",
    { domains: ["bad.com"] },
    sender({ referrer: "https://u:p@www.Bad.com:8080/x?y" }),
    "LOW",
  ],
  ["BLACKLIST_REFERER_HEADER", { domains: ["bad.com"] }, sender({ referrer: "https://notbad.com/bad.com" }), "HIGH"],
  ["BLACKLIST_REFERER_HEADER", { domains: ["bad.com"] }, sender({ referrer: "" }), "HIGH"],
  ["BLACKLIST_REFERER_HEADER", { domains: ["bad.com"] }, sender({}), "unknown"],

  ["BLOCKED", {}, sender(null), "HIGH"],
  ["BLOCKED", {}, sender(null, { block: "REWARDS" }), "LOW"],

  ["BOT_FILTER", {}, sender({ isBot: false }), "HIGH"],
  ["BOT_FILTER", {}, sender({ isBot: true }), "LOW"],
  ["BOT_FILTER", {}, sender({}), "unknown"],

  ["EVENT_SPEED", {}, { event: event({ eventMs: NOW_MS }), person: person({ steps: [ago("shared", 5000)] }) }, "HIGH"],
  ["EVENT_SPEED", {}, { event: event({ eventMs: NOW_MS }), person: person({ steps: [ago("shared", 4999)] }) }, "LOW"],
  [
    "EVENT_SPEED",
    { time: ["2"], unit: ["MINUTES"] },
    { event: event({ eventMs: NOW_MS }), person: person({ steps: [ago("shared", 119_999)] }) },
    "LOW",
  ],
  [
    "EVENT_SPEED",
    { step_names: ["clicked"] },
    { event: event({ eventMs: NOW_MS }), person: person({ steps: [ago("shared", 1)] }) },
    "HIGH",
  ],
  [
    "EVENT_SPEED",
    {},
    {
      event: event({ eventMs: NOW_MS }),
      person: person({ steps: [ago("x", 1, { rootEventId: "5400000000000000001" })] }),
    },
    "HIGH",
  ],
  ["EVENT_SPEED", {}, sender(null), "HIGH"],

  ["EXISTING_CUSTOMER", {}, sender(null), "HIGH"],
  ["EXISTING_CUSTOMER", {}, bought(900 * DAY_MS), "LOW"],
  ["EXISTING_CUSTOMER", { step_names: ["paid"] }, bought(DAY_MS), "HIGH"],
  ["RECENT_CUSTOMER", {}, bought(180 * DAY_MS), "LOW"],
  ["RECENT_CUSTOMER", {}, bought(180 * DAY_MS + 1), "HIGH"],
  ["RECENT_CUSTOMER", { time: ["1"], unit: ["HOURS"] }, bought(3_600_001), "HIGH"],

  ["FRIENDS_OF_ADVOCATE_CONVERSION_LIMIT", {}, asAdvocate([]), "HIGH"],
  ["FRIENDS_OF_ADVOCATE_CONVERSION_LIMIT", {}, asAdvocate([ago("converted", DAY_MS)]), "LOW"],
  ["FRIENDS_OF_ADVOCATE_CONVERSION_LIMIT", {}, asAdvocate([ago("converted", DAY_MS + 1)]), "HIGH"],
  ["FRIENDS_OF_ADVOCATE_CONVERSION_LIMIT", { limit: ["2"] }, asAdvocate([ago("converted", 5)]), "HIGH"],
  [
    "FRIENDS_OF_ADVOCATE_CONVERSION_LIMIT",
    { limit: ["2"] },
    asAdvocate([ago("converted", 5), ago("converted", 4)]),
    "LOW",
  ],
  ["FRIENDS_OF_ADVOCATE_CONVERSION_LIMIT", {}, sender(null), "unknown"],
  ["FRIENDS_OF_ADVOCATE_CLICK_LIMIT", { limit: ["1"] }, asAdvocate([ago("share_clicked", 5)]), "LOW"],
  ["FRIENDS_OF_ADVOCATE_CLICK_LIMIT", { limit: ["1"] }, asAdvocate([ago("converted", 5)]), "HIGH"],
  [
    "FRIENDS_OF_ADVOCATE_REGISTRATION_LIMIT",
    { limit: ["1"], time: ["7"] },
    asAdvocate([ago("signed_up", 6 * DAY_MS)]),
    "LOW",
  ],

  ["GLOBAL_BLOCK", {}, sender({ isGloballyBlocked: false }), "HIGH"],
  ["GLOBAL_BLOCK", {}, sender({ isGloballyBlocked: true }), "LOW"],
  ["GLOBAL_BLOCK", {}, sender({}), "unknown"],
  ["GLOBAL_BLOCK", {}, sender(null), "unknown"],

  ["GENERIC", { expression: ["context.getPerson().getEmail() != null"] }, sender(null), "HIGH"],
  ["GENERIC", { expression: ["javascript@runtime:context.getPerson().isBlocked()"] }, sender(null), "LOW"],

  ["IP_FILTER", { subnets: ["192.0.2.0/25", "2001:db8::/33"] }, sender({ ip: "192.0.2.127" }), "LOW"],
  ["IP_FILTER", { subnets: ["192.0.2.0/25"] }, sender({ ip: "192.0.2.128" }), "HIGH"],
  ["IP_FILTER", { subnets: ["2001:db8::/33"] }, sender({ ip: "2001:db8:7fff::1" }), "LOW"],
  ["IP_FILTER", { subnets: ["2001:db8::/33"] }, sender({ ip: "2001:db8:8000::1" }), "HIGH"],
  ["IP_FILTER", { subnets: ["192.0.2.7"] }, sender({ ip: "::ffff:192.0.2.7" }), "LOW"],
  ["IP_FILTER", { subnets: ["0.0.0.0/0"] }, sender({ ip: "somewhere" }), "unknown"],
  ["IP_FILTER", { subnets: ["0.0.0.0/0"] }, sender(null), "unknown"],

  [
    "PERSON_DATA",
    { name: ["plan"], patterns: ["^gold$"] },
    sender(null, { data: { plan: { value: "Gold", scope: "CLIENT", createdMs: 0, updatedMs: 0 } } }),
    "LOW",
  ],
  [
    "PERSON_DATA",
    { name: ["plan"], patterns: ["^gold$"] },
    sender(null, { data: { plan: { value: "golden", scope: "CLIENT", createdMs: 0, updatedMs: 0 } } }),
    "HIGH",
  ],
  ["PERSON_DATA", { name: ["plan"], patterns: ["."] }, sender(null), "HIGH"],

  ["PROFILE_DISPLACED", {}, sender(null), "HIGH"],
  [
    "PROFILE_DISPLACED",
    {},
    sender(null, {
      identityHistory: [
        { kind: "SPLIT_LOSER", losingKeyValue: "u", winningPersonId: "1", winningKeyValue: "u", atMs: 1 },
      ],
    }),
    "LOW",
  ],

  ["RECIPIENT_LIMIT", { limit: ["2"] }, said({ "share.recipient": "a@x.com, b@x.com" }), "HIGH"],
  ["RECIPIENT_LIMIT", { limit: ["2"] }, said({ recipient_emails: ["a@x.com", "b@x.com", "c@x.com"] }), "LOW"],
  ["RECIPIENT_LIMIT", {}, said({}), "HIGH"],

  [
    "REFERRAL_AGE",
    {},
    { event: event({ eventMs: NOW_MS }), person: person({ relationships: [relationship(365)] }) },
    "HIGH",
  ],
  [
    "REFERRAL_AGE",
    { time: ["364"], unit: ["days"] },
    { event: event({ eventMs: NOW_MS }), person: person({ relationships: [relationship(365)] }) },
    "LOW",
  ],
  [
    "REFERRAL_AGE",
    { time: ["364"], unit: ["days"] },
    { event: event({ eventMs: NOW_MS }), person: person({ relationships: [relationship(365)] }), told: {} },
    "HIGH",
  ],
  ["REFERRAL_AGE", {}, sender(null), "HIGH"],

  [
    "REFERRAL_CAP",
    { limit: ["2"] },
    asAdvocate([], { relationships: [relationship(1, "ADVOCATE"), relationship(9, "ADVOCATE"), relationship(1)] }),
    "HIGH",
  ],
  [
    "REFERRAL_CAP",
    { limit: ["1"] },
    asAdvocate([], { relationships: [relationship(1, "ADVOCATE"), relationship(9, "ADVOCATE")] }),
    "LOW",
  ],
  [
    "REFERRAL_CAP",
    { limit: ["1"], time: ["8"] },
    asAdvocate([], { relationships: [relationship(1, "ADVOCATE"), relationship(9, "ADVOCATE")] }),
    "HIGH",
  ],
  ["REFERRAL_CAP", {}, sender(null), "unknown"],

  ["SAME_IP", {}, referred("ann@x.com", { requests: [request({ ip: "192.0.2.1" })] }, { ip: "192.0.2.1" }), "LOW"],
  ["SAME_IP", {}, referred("ann@x.com", { requests: [request({ ip: "192.0.2.1" })] }, { ip: "192.0.2.2" }), "HIGH"],
  ["SAME_IP", {}, referred("ann@x.com", {}, { ip: "192.0.2.2" }), "unknown"],
  ["SAME_IP", {}, sender({ ip: "192.0.2.1" }), "HIGH"],

  ["SELF_REFERRAL", {}, referred("bob+me@example.com", {}), "LOW"],
  ["SELF_REFERRAL", {}, referred("ann@example.com", {}), "HIGH"],
  ["SELF_REFERRAL", { email: ["false"] }, referred("bob@example.com", {}), "HIGH"],
  [
    "SELF_REFERRAL",
    { device: ["true"] },
    referred("ann@x.com", { requests: [request({ deviceId: "d" })] }, { deviceId: "d" }),
    "LOW",
  ],
  [
    "SELF_REFERRAL",
    { device: ["true"] },
    referred("ann@x.com", { requests: [request({ deviceId: "d" })] }, { deviceId: "e" }),
    "HIGH",
  ],
  ["SELF_REFERRAL", { device: ["true"] }, referred("ann@x.com", {}, { deviceId: "e" }), "unknown"],
  [
    "SELF_REFERRAL",
    { ip: ["true"] },
    referred("ann@x.com", { requests: [request({ ip: "::1" })] }, { ip: "::1" }),
    "LOW",
  ],
  ["SELF_REFERRAL", {}, referred("ann@x.com", { id: "5300000000000000001" }), "LOW"],

  ["SHARE_COUNT_LIMIT", { limit: ["2"] }, { person: person({ steps: [ago("shared", 7 * DAY_MS)] }) }, "HIGH"],
  [
    "SHARE_COUNT_LIMIT",
    { limit: ["2"] },
    { person: person({ steps: [ago("shared", 7 * DAY_MS), ago("shared", 6)] }) },
    "LOW",
  ],
  [
    "SHARE_COUNT_LIMIT",
    { limit: ["2"] },
    { person: person({ steps: [ago("shared", 7 * DAY_MS + 1), ago("shared", 6)] }) },
    "HIGH",
  ],

  ["SIMILAR_FRIEND_ADVOCATE_EMAIL", {}, referred("bobby@example.com", {}), "LOW"],
  ["SIMILAR_FRIEND_ADVOCATE_EMAIL", {}, referred("robert@example.com", {}), "HIGH"],
  ["SIMILAR_FRIEND_ADVOCATE_EMAIL", { distance: ["1"] }, referred("bobby@example.com", {}), "HIGH"],
  ["SIMILAR_FRIEND_ADVOCATE_EMAIL", {}, referred(null, {}), "HIGH"],

  ["SPAM_MESSAGE", { patterns: ["free\\s+money", "viagra"] }, said({ "share.message": "Get FREE  money" }), "LOW"],
  ["SPAM_MESSAGE", { patterns: ["free\\s+money"] }, said({ message: "Get a discount" }), "HIGH"],
  ["SPAM_MESSAGE", { patterns: ["x"] }, said({}), "HIGH"],

  ["VALID_EMAIL", {}, sender(null, { email: "a.b+c@mail.example.co" }), "HIGH"],
  ["VALID_EMAIL", {}, sender(null, { email: "a..b@example.com" }), "LOW"],
  ["VALID_EMAIL", {}, sender(null, { email: "a@localhost" }), "LOW"],
  ["VALID_EMAIL", {}, sender(null, { email: null }), "LOW"],
];

test.each(rows)("%s %o", (rule_type, properties, of, expected) => {
  expect(score(of, { rule_type, properties })).toBe(expected);
});

test("all 26 kinds are in the table, and each that can be decided has rows above", () => {
  expect(Object.keys(qualityRules)).toHaveLength(26);
  const decidable = Object.keys(qualityRules).filter((type) => !("undecidable" in (qualityRules[type] ?? {})));
  expect(decidable.filter((type) => !rows.some(([own]) => own === type))).toEqual([]);
});

test("all rules of the action must pass; those of other actions and disabled ones do not count", () => {
  const low = { rule_type: "GENERIC", properties: { expression: ["false"] } };
  const high = { rule_type: "GENERIC", properties: { expression: ["true"] } };
  expect(score({})).toBe("HIGH");
  expect(score({}, high, high)).toBe("HIGH");
  expect(score({}, high, low)).toBe("LOW");
  expect(score({}, high, { ...low, enabled: false })).toBe("HIGH");
  expect(score({}, high, { ...low, action_types: ["ANY_CLICK"] })).toBe("HIGH");
  expect(score({}, high, { ...low, action_types: ["ANY_CLICK", "ANY_PURCHASE"] })).toBe("LOW");
});

test.each<readonly [string, Properties]>([
  ["PREVIEW", {}],
  ["NO_SUCH_RULE", {}],
  ["BAD_COUNTRY", { countries: ["Germany"] }],
  ["BAD_COUNTRY", { regions: ["EU"] }],
  ["IP_FILTER", {}],
  ["IP_FILTER", { subnets: ["192.0.2.0/33"] }],
  ["SPAM_MESSAGE", { patterns: ["(a"] }],
  ["SPAM_MESSAGE", { patterns: ["(a)\\1"] }],
  ["SPAM_MESSAGE", { patterns: ["x".repeat(501)] }],
  ["EVENT_SPEED", { time: ["soon"] }],
  ["EVENT_SPEED", { time: ["5"], unit: ["YEARS"] }],
  ["REFERRAL_CAP", { limit: ["0"] }],
  ["SELF_REFERRAL", { email: ["perhaps"] }],
  ["GENERIC", {}],
  ["GENERIC", { expression: ["while (true) {}"] }],
])("%s %o is refused", (rule_type, properties) => {
  expect(compileErrors(documentOf({ rule_type, properties }))).not.toEqual([]);
});

test("an unknown rule does not make the quality high, not even beside another in an OR group that fails", () => {
  const document = documentOf({ rule_type: "BOT_FILTER" });
  const grouped = [
    trigger("GROUP", { trigger_name: "g", operator: "OR" }),
    { ...ofAction, parent_trigger_group_name: "g" },
    { ...expressionTrigger("false"), parent_trigger_group_name: "g" },
  ];
  const [first] = document.campaigns;
  const made = compiled(program([{ ...campaign([controller(grouped)]), incentive: first?.incentive ?? null }]));
  expect(matchingVerdict(made, context(made, sender(null)))).toMatchObject({
    code: "unknown",
  });
});

test("distances of texts", () => {
  expect(isWithinDistance("", "", 0)).toBe(true);
  expect(isWithinDistance("kitten", "sitting", 3)).toBe(true);
  expect(isWithinDistance("kitten", "sitting", 2)).toBe(false);
  expect(isWithinDistance("abc", "abcd", 1)).toBe(true);
  expect(isWithinDistance("abc", "abcdef", 2)).toBe(false);
});

test("subnets", () => {
  expect(parseSubnet("192.0.2.0/24")).toEqual({ bytes: [192, 0, 2, 0], bits: 24 });
  expect(parseSubnet("192.0.2.1")?.bits).toBe(32);
  for (const text of ["", "192.0.2", "192.0.2.0/", "192.0.2.0/24/1", "1/8", "0x7f.1", "2001:db8::/129", "a/b"]) {
    expect(parseSubnet(text)).toBeNull();
  }
});
