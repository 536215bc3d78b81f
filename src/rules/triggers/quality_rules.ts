// Kinds of quality rules: their properties, and what they compile to: a check, or counting as HAS_PRIOR_STEP does.
//
// Properties are lists of texts, as in the contract; their names are ours where the contract has none (README).
// A rule passes where nothing speaks against the event; each says below what does.

import type { Check } from "../run/check.ts";
import type { Compilation } from "../documents/compilation.ts";
import { parseSubnet } from "../network.ts";
import { expressionSource, Parameters } from "../documents/parameters.ts";
import { type Pattern, readPattern } from "../pattern.ts";
import { preparePriorSteps } from "./prior_step_trigger.ts";
import { checked, NO_FACTS, type PreparedTrigger, type TriggerOwner } from "./trigger.ts";

export type QualityRule =
  | {
      readonly properties: readonly string[];
      prepare(properties: Parameters, compilation: Compilation, owner: TriggerOwner): PreparedTrigger;
    }
  | { readonly undecidable: string };

/** Blocked unless a rule names others. */
const blockedCountries = "LB BY LR AF IR YE SD ID UA CN MM SY CI BZ RU ML VE ZW KP SO CF LY PH IQ CU".split(" ");
const conversionNames = ["converted", "conversion", "customer", "outcome", "transacted"];
const registrationNames = ["registered", "registration", "signed_up", "account_opened"];
const clickNames = ["share_clicked", "clicked", "click"];
const shareNames = ["shared", "share"];
const messageNames = ["share.message", "message", "share.subject", "subject"];
const recipientNames = ["share.recipient", "share.recipients", "recipient_email", "recipient_emails"];

const DAY_S = 86_400;
const units = ["SECONDS", "MINUTES", "HOURS", "DAYS"] as const;
type Unit = (typeof units)[number];
const unitSeconds: { readonly [U in Unit]: number } = { SECONDS: 1, MINUTES: 60, HOURS: 3600, DAYS: DAY_S };

/** Limits of the contract's share form. */
const RECIPIENTS_MAX = 25;
const EMAIL_DISTANCE = 2;
const EMAIL_DISTANCE_MAX = 8;
const PATTERNS_MAX = 100;

export const qualityRules: { readonly [type: string]: QualityRule | undefined } = {
  /** The sender's country is one of these. */
  BAD_COUNTRY: check(["countries"], (properties) => ({ kind: "country", countries: countriesOf(properties) })),
  /** The e-mail address is in one of these domains, or a throw-away one. */
  BLACKLIST_DOMAIN: check(["domains", "disposable"], (properties) => ({
    kind: "email_domain",
    domains: domainsOf(properties),
    refusesDisposable: flag(properties, "disposable", false),
  })),
  /** The page that led here is in one of these domains. */
  BLACKLIST_REFERER_HEADER: check(["domains"], (properties) => ({ kind: "referrer", domains: domainsOf(properties) })),
  /** The person is blocked. */
  BLOCKED: check([], () => ({ kind: "not_blocked" })),
  /** The sender is a known bot. */
  BOT_FILTER: check([], () => ({ kind: "bot" })),
  /** The step before was too short a time ago: 5 seconds. */
  EVENT_SPEED: check(["time", "unit", "step_names"], (properties) => ({
    kind: "speed",
    names: namesOf(properties, []),
    minMs: seconds(properties, 5, "SECONDS") * 1000,
  })),
  /** The person converted before. */
  EXISTING_CUSTOMER: counting(["step_names"], (properties) => ({
    filter_names: namesOf(properties, conversionNames),
    count_max: 0,
  })),
  /** The person converted within 180 days. */
  RECENT_CUSTOMER: counting(["step_names", "time", "unit"], (properties) => ({
    filter_names: namesOf(properties, conversionNames),
    filter_max_age: duration(properties, 180 * DAY_S),
    count_max: 0,
  })),
  /** The advocate's friends clicked, converted (once a day) or registered too often. */
  FRIENDS_OF_ADVOCATE_CLICK_LIMIT: advocateLimit(clickNames, 100),
  FRIENDS_OF_ADVOCATE_CONVERSION_LIMIT: advocateLimit(conversionNames, 1),
  FRIENDS_OF_ADVOCATE_REGISTRATION_LIMIT: advocateLimit(registrationNames, 100),
  /** An expression does not yield true. */
  GENERIC: { properties: ["expression"], prepare: prepareGeneric },
  /** The sender is on a list that all clients share. */
  GLOBAL_BLOCK: check([], () => ({ kind: "not_globally_blocked" })),
  /** The sender's address is in one of these subnets. */
  IP_FILTER: check(["subnets"], (properties) => ({ kind: "subnet", subnets: subnetsOf(properties) })),
  /** A datum of the person matches one of these patterns. */
  PERSON_DATA: check(["name", "patterns"], (properties) => ({
    kind: "person_no_pattern",
    name: one(properties, "name") ?? "",
    patterns: patternsOf(properties),
  })),
  PREVIEW: { undecidable: "events do not say that they come from a preview" },
  /** Another person owns a key that this person's events carried. */
  PROFILE_DISPLACED: check([], () => ({ kind: "not_displaced" })),
  /** The share goes to too many recipients: more than 25. */
  RECIPIENT_LIMIT: check(["limit"], (properties) => ({
    kind: "recipients",
    names: recipientNames,
    countMax: limit(properties, RECIPIENTS_MAX),
  })),
  /** The referral is older than a year. */
  REFERRAL_AGE: check(["time", "unit"], (properties) => ({
    kind: "referral_age",
    ageMaxMs: seconds(properties, 365 * DAY_S) * 1000,
  })),
  /** The advocate has referred too many friends, ever or within a time. */
  REFERRAL_CAP: check(["limit", "time", "unit"], (properties) => ({
    kind: "referral_cap",
    countMax: limit(properties, 100),
    withinMs: properties.has("time") ? seconds(properties, 0) * 1000 : null,
  })),
  /** Friend and advocate send from one address. */
  SAME_IP: check([], () => ({ kind: "same_ip" })),
  /** Friend and advocate have one mailbox; if so asked, one device or address. */
  SELF_REFERRAL: check(["email", "device", "ip"], (properties) => ({
    kind: "not_self",
    email: flag(properties, "email", true),
    device: flag(properties, "device", false),
    ip: flag(properties, "ip", false),
  })),
  /** The person shared too often: 100 times in 7 days. */
  SHARE_COUNT_LIMIT: counting(["limit", "time", "unit", "step_names"], (properties) => ({
    filter_names: namesOf(properties, shareNames),
    filter_max_age: duration(properties, 7 * DAY_S),
    count_max: limit(properties, 100) - 1,
  })),
  /** The addresses of friend and advocate are nearly one. */
  SIMILAR_FRIEND_ADVOCATE_EMAIL: check(["distance"], (properties) => ({
    kind: "not_similar",
    distance: Math.min(count(properties, "distance", EMAIL_DISTANCE), EMAIL_DISTANCE_MAX),
  })),
  /** The text of a share matches one of these patterns. */
  SPAM_MESSAGE: check(["patterns"], (properties) => ({
    kind: "no_pattern",
    names: messageNames,
    patterns: patternsOf(properties),
  })),
  /** The person has no e-mail address, or one that cannot be delivered to. */
  VALID_EMAIL: check([], () => ({ kind: "valid_email" })),
};

/** Kinds of checks that never meet anything unknown. */
const certain: ReadonlySet<Check["kind"]> = new Set<Check["kind"]>([
  "not_blocked",
  "not_displaced",
  "not_similar",
  "recipients",
  "referral_age",
  "speed",
  "valid_email",
]);

function check(properties: readonly string[], read: (properties: Parameters) => Check): QualityRule {
  return {
    properties,
    prepare: (given, compilation) => {
      const made = read(given);
      return checked(made, compilation, { mayFault: !certain.has(made.kind) });
    },
  };
}

/** Counts steps of the client as a HAS_PRIOR_STEP trigger would. */
function counting(
  properties: readonly string[],
  read: (properties: Parameters) => { readonly [name: string]: string | number | string[] },
): QualityRule {
  return {
    properties,
    prepare: (given, compilation, owner) =>
      preparePriorSteps(
        new Parameters({ filter_scope: "CLIENT", ...read(given) }, given.site, compilation.errors),
        compilation,
        owner,
      ),
  };
}

/** Counts the advocate's own steps: what friends did is credited to the advocate by events fired as the advocate. */
function advocateLimit(names: readonly string[], limitAbsent: number): QualityRule {
  return {
    properties: ["limit", "time", "unit", "step_names"],
    prepare: (given, compilation, owner) => {
      const countMax = limit(given, limitAbsent) - 1;
      const filter = {
        filter_scope: "CLIENT",
        filter_names: namesOf(given, names),
        filter_max_age: duration(given, DAY_S),
        count_max: Math.max(countMax, 0),
      };
      const counted = preparePriorSteps(new Parameters(filter, given.site, compilation.errors), compilation, owner);
      const advocate = checked({ kind: "advocate" }, compilation, { mayFault: true });
      const { assembler } = compilation;
      const emit = (): void => {
        const end = assembler.newLabel();
        advocate.emit();
        assembler.jump("KEEP_FALSE", end);
        counted.emit();
        assembler.place(end);
      };
      return { facts: NO_FACTS, mayFault: true, emit };
    },
  };
}

function prepareGeneric(properties: Parameters, compilation: Compilation): PreparedTrigger {
  const text = one(properties, "expression");
  if (text === null) properties.report("expression", "expression is missing");
  const expression =
    text === null
      ? null
      : compilation.parse(properties, "expression", expressionSource(text) ?? { language: "javascript", text });
  const { assembler } = compilation;
  const emit = (): void => {
    if (expression === null) return assembler.emit("VALUE", assembler.value(false));
    compilation.emit(properties, "expression", expression, "context");
    assembler.emit("IS_TRUE");
  };
  return { facts: NO_FACTS, mayFault: true, emit };
}

/** The only text of a property; null when it is not given. */
function one(properties: Parameters, name: string): string | null {
  const texts = rawTexts(properties, name);
  if (texts.length > 1) properties.report(name, `${name} takes one value`);
  return texts[0] ?? null;
}

/** Texts as they are: those of GENERIC have a prefix that elsewhere would be refused. */
function rawTexts(properties: Parameters, name: string): string[] {
  const value = properties.value(name);
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const texts = list.filter((item) => typeof item === "string");
  if (texts.length < list.length) properties.report(name, `${name} must be a list of texts`);
  return texts;
}

function count(properties: Parameters, name: string, absent: number): number {
  const text = one(properties, name);
  if (text === null) return absent;
  const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) properties.report(name, `${name} must be a whole number from 0`);
  return Number.isNaN(value) ? absent : value;
}

/** At least one: a limit of none would be a rule that nothing passes. */
function limit(properties: Parameters, absent: number): number {
  const value = count(properties, "limit", absent);
  if (value < 1) properties.report("limit", "limit must be at least 1");
  return Math.max(value, 1);
}

function flag(properties: Parameters, name: string, absent: boolean): boolean {
  const text = one(properties, name)?.trim().toLowerCase();
  if (text !== undefined && text !== "true" && text !== "false")
    properties.report(name, `${name} must be true or false`);
  return text === undefined ? absent : text === "true";
}

function seconds(properties: Parameters, absent: number, absentUnit: Unit = "DAYS"): number {
  if (!properties.has("time")) return absent;
  const unit = one(properties, "unit")?.trim().toUpperCase() ?? absentUnit;
  const known = units.find((own) => own === unit);
  if (known === undefined) properties.report("unit", `unit must be one of ${units.join(", ")}`);
  return count(properties, "time", 0) * unitSeconds[known ?? "DAYS"];
}

function duration(properties: Parameters, absentSeconds: number): string {
  return `PT${seconds(properties, absentSeconds)}S`;
}

function namesOf(properties: Parameters, absent: readonly string[]): string[] {
  return properties.names("step_names") ?? [...absent];
}

function domainsOf(properties: Parameters): string[] {
  return (properties.texts("domains") ?? []).map((domain) =>
    domain
      .trim()
      .toLowerCase()
      .replace(/^[@.*]+/, ""),
  );
}

function countriesOf(properties: Parameters): string[] {
  const countries = properties.texts("countries")?.map((country) => country.trim().toUpperCase());
  for (const country of countries ?? []) {
    if (!/^[A-Z]{2}$/.test(country)) properties.report("countries", `${country} is no country code of two letters`);
  }
  return countries ?? blockedCountries;
}

function subnetsOf(properties: Parameters): { bytes: readonly number[]; bits: number }[] {
  properties.require("subnets");
  return (properties.texts("subnets") ?? []).flatMap((text) => {
    const subnet = parseSubnet(text);
    if (subnet === null) properties.report("subnets", `${text} is no subnet such as 192.0.2.0/24`);
    return subnet ?? [];
  });
}

function patternsOf(properties: Parameters): Pattern[] {
  properties.require("patterns");
  const sources = rawTexts(properties, "patterns");
  if (sources.length > PATTERNS_MAX) properties.report("patterns", `a rule has up to ${PATTERNS_MAX} patterns`);
  return sources.slice(0, PATTERNS_MAX).flatMap((source) => {
    const pattern = readPattern(source, "i");
    if (!pattern.ok) properties.report("patterns", `${source}: ${pattern.error}`);
    return pattern.ok ? pattern.value : [];
  });
}
