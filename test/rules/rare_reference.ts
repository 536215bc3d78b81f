// A plain interpreter of the rarer triggers, written from their meaning and not from the compiler. Covers what `rare_documents.ts` generates.

import type { QualityRuleDocument, TriggerDocument } from "../../src/model/campaign.ts";
import type { PersonEvent } from "../../src/model/event.ts";
import type { JsonValue } from "../../src/model/json.ts";
import type { Journey, Person, PersonCard } from "../../src/model/person.ts";

const DAY_MS = 86_400_000;

export type Verdict = boolean | "fault";

export interface RareWorld {
  readonly nowMs: number;
  readonly event: PersonEvent;
  readonly person: Person;
  readonly other: PersonCard | null;
  readonly journey: Journey | null;
  readonly campaignId: string;
  readonly program: string;
  readonly rules: readonly QualityRuleDocument[];
}

export function rareVerdict(triggers: readonly TriggerDocument[], world: RareWorld): Verdict {
  const group = triggers.find((trigger) => trigger.trigger_type === "GROUP");
  const members = triggers.filter((trigger) => trigger["parent_trigger_group_name"] !== undefined);
  for (const trigger of triggers) {
    if (trigger["parent_trigger_group_name"] !== undefined) continue;
    if (trigger === group) {
      if (members.length === 0) continue;
      const verdicts = members.map((member) => negatable(member, world));
      const verdict = group["operator"] === "OR" ? anyOf(verdicts) : (verdicts.find((own) => own !== true) ?? true);
      if (verdict !== true) return verdict;
      continue;
    }
    const verdict = negatable(trigger, world);
    if (verdict !== true) return verdict;
  }
  return true;
}

function anyOf(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes(true) ? true : verdicts.includes("fault") ? "fault" : false;
}

function negatable(trigger: TriggerDocument, world: RareWorld): Verdict {
  const verdict = one(trigger, world);
  return trigger["negated"] === true && verdict !== "fault" ? !verdict : verdict;
}

const list = (value: JsonValue | undefined): string[] =>
  Array.isArray(value) ? value.map((item) => textOf(item)) : typeof value === "string" ? value.split(",") : [];
const clean = (values: readonly string[]): string[] =>
  values.map((value) => value.trim().toLowerCase()).filter((value) => value !== "");
const said = (world: RareWorld, name: string): string | null => {
  const value = world.event.data[name];
  return typeof value === "string" || typeof value === "number" ? textOf(value).trim() : null;
};
const textOf = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");
const isListed = (given: JsonValue | undefined, wanted: string): boolean =>
  given === undefined || list(given).includes(wanted);

function one(trigger: TriggerDocument, world: RareWorld): Verdict {
  const { event, person } = world;
  const { detail } = event;
  const sender = event.enrichment ?? {};
  switch (trigger.trigger_type) {
    case "EXPRESSION":
      return true;
    case "SEND_REWARD_EVENT":
      if (event.type !== "REWARD" || detail.kind !== "reward" || !["SENT", "FULFILLED"].includes(detail.state))
        return false;
      return (
        isListed(trigger["reward_states"], detail.state) &&
        (trigger["reward_names"] === undefined || clean(list(trigger["reward_names"])).includes(event.nameKey)) &&
        (trigger["tags"] === undefined || detail.tags.some((tag) => list(trigger["tags"]).includes(tag)))
      );
    case "REFERRED_BY_EVENT":
      return event.type === (trigger["referral_originator"] === "ADVOCATE" ? "REFERRED" : "REFERRED_BY");
    case "AUDIENCE_MEMBERSHIP_EVENT":
      return (
        detail.kind === "membership" &&
        isListed(trigger["audience_ids"], detail.audienceId) &&
        isListed(trigger["event_types"], detail.change)
      );
    case "DATA_INTELLIGENCE_EVENT":
      return event.type === "DATA_INTELLIGENCE" && event.nameKey === textOf(trigger["event_name"]).toLowerCase();
    case "SHARE": {
      if (detail.kind !== "share") return false;
      const channels = list(trigger["channels"]);
      if (!channels.includes("ANY") && !channels.includes(detail.channel.toUpperCase())) return false;
      return trigger["quality"] === "ANY" || (detail.quality === "LOW") === (trigger["quality"] === "LOW");
    }
    case "SCORE":
      return (
        event.type === "INPUT" &&
        event.nameKey === textOf(trigger["cause_event_name"]).toLowerCase() &&
        said(world, "channel") === trigger["channel"] &&
        said(world, "score_result") === trigger["score_result"]
      );
    case "EVENT_TARGETING":
      return isTargetedAt(trigger["targeting_attributes"] ?? null, world);
    case "LEGACY_LABEL_TARGETING":
      return clean([...list(event.data["labels"]), ...list(event.data["required_labels"])]).includes(world.program);
    case "TARGETING":
      return isTargeted(textOf(trigger["scope"] ?? "CAMPAIGN"), world);
    case "STICKY_JOURNEY":
      return journeysOf(world).some(
        (own) =>
          own.campaignId === world.campaignId &&
          (trigger["label"] === undefined || own.program === textOf(trigger["label"]).toLowerCase()),
      );
    case "ZONE_STATE":
      return (trigger["step_name"] === "converted") !== (trigger["invert_mapping_state"] === true);
    case "ACCESS":
      return (sender.scopes ?? []).some((scope) => list(trigger["trusted_scopes"]).includes(scope));
    case "CLIENT_DOMAIN":
      return sender.clientDomainId !== undefined && list(trigger["client_domain_ids"]).includes(sender.clientDomainId);
    case "MAXMIND": {
      const parts: (boolean | null)[] = [
        sender.riskScore === undefined ? null : sender.riskScore <= Number(trigger["risk_threshold"] ?? 20),
        sender.ipRisk === undefined ? null : sender.ipRisk <= Number(trigger["ip_threshold"] ?? 20),
        trigger["allow_high_risk_email"] === true
          ? true
          : sender.isHighRiskEmail === undefined
            ? null
            : !sender.isHighRiskEmail,
      ];
      if (parts.includes(false)) return false;
      if (!parts.includes(null)) return true;
      const score = trigger["default_quality_score"] ?? "LOW";
      return score === "ERROR" ? "fault" : score === "HIGH";
    }
    case "LEGACY_QUALITY":
      for (const rule of world.rules) {
        const isMeant =
          (rule.action_types ?? []).length === 0 || rule.action_types?.includes(textOf(trigger["action_type"]));
        if (rule.enabled === false || !isMeant) continue;
        const verdict = quality(rule, world, person);
        if (verdict !== true) return verdict;
      }
      return true;
    default:
      throw new Error(`the reference knows no ${trigger.trigger_type}`);
  }
}

function journeysOf({ person, journey }: RareWorld): Journey[] {
  return journey === null ? person.journeys : [...person.journeys, journey];
}

function isTargetedAt(attributes: JsonValue, world: RareWorld): boolean {
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes))
    throw new Error("no attributes");
  const type = attributes["EVENT_TYPE"] ?? (attributes["EVENT_NAME"] === undefined ? null : "INPUT");
  if (type !== null && world.event.type !== type) return false;
  return Object.entries(attributes).every(([name, value]) => {
    if (name === "EVENT_TYPE") return true;
    return name === "EVENT_NAME" ? textOf(value).toLowerCase() === world.event.nameKey : said(world, name) === value;
  });
}

function isTargeted(scope: string, world: RareWorld): boolean {
  const { data } = world.event;
  if (data["campaign_id"] !== undefined) return data["campaign_id"] === world.campaignId;
  const required = clean(list(data["required_labels"]));
  if (required.length > 0) return required.includes(world.program);
  if (scope === "JOURNEY") return world.journey !== null;
  const labels = clean(list(data["labels"]));
  if (labels.length === 0 || labels.includes(world.program)) return true;
  return journeysOf(world).some((own) =>
    scope === "CAMPAIGN" ? own.campaignId === world.campaignId : own.program === world.program,
  );
}

const blocked = ["RU"];
const mailbox = (email: string): string => email.replace(/\+[^@]*@/, "@");

function quality(rule: QualityRuleDocument, world: RareWorld, person: Person): Verdict {
  const sender = world.event.enrichment ?? {};
  const property = (name: string): string[] => rule.properties?.[name] ?? [];
  const isAdvocate = world.event.detail.kind === "fired";
  const since = (names: readonly string[], ms: number): number =>
    person.steps.filter((step) => names.includes(step.name) && world.nowMs - step.eventMs <= ms).length;
  const days = Number(property("time")[0] ?? Number.NaN) * DAY_MS;
  const limit = Number(property("limit")[0]);
  switch (rule.rule_type) {
    case "BAD_COUNTRY": {
      const countries =
        property("countries").length === 0 ? blocked : property("countries").map((own) => own.toUpperCase());
      return sender.country === undefined ? "fault" : !countries.includes(sender.country);
    }
    case "BLACKLIST_DOMAIN":
      return person.email === null || !person.email.endsWith("@mail.test");
    case "BLOCKED":
      return person.block === "NONE";
    case "BOT_FILTER":
      return sender.isBot === undefined ? "fault" : !sender.isBot;
    case "EXISTING_CUSTOMER":
      return since(["converted"], Number.POSITIVE_INFINITY) === 0;
    case "RECENT_CUSTOMER":
      return since(["converted"], property("unit")[0] === "HOURS" ? days / 24 : days) === 0;
    case "FRIENDS_OF_ADVOCATE_CLICK_LIMIT":
      return isAdvocate ? since(["share_clicked"], days) < limit : "fault";
    case "SHARE_COUNT_LIMIT":
      return since(["shared"], days) < limit;
    case "IP_FILTER": {
      const inside = property("subnets").includes("192.0.2.0/25")
        ? ["192.0.2.1", "::ffff:192.0.2.1"]
        : ["2001:db8::1", "192.0.2.200"];
      return sender.ip === undefined ? "fault" : !inside.includes(sender.ip);
    }
    case "REFERRAL_AGE": {
      const mine = person.relationships
        .filter((own) => own.myRole === "FRIEND" && own.program === world.program)
        .at(-1);
      return mine === undefined || world.event.eventMs - mine.updatedMs <= days;
    }
    case "REFERRAL_CAP": {
      const friends = person.relationships.filter(
        (own) => own.myRole === "ADVOCATE" && own.program === world.program && world.nowMs - own.createdMs <= days,
      );
      return isAdvocate ? friends.length <= limit : "fault";
    }
    case "SAME_IP":
      return differ(world, sender.ip, (own) => own.ip);
    case "SELF_REFERRAL": {
      const { other } = world;
      if (other === null) return true;
      const isOneMailbox =
        person.email !== null && other.email !== null && mailbox(person.email) === mailbox(other.email);
      if (property("email")[0] === "true" && isOneMailbox) return false;
      return property("device")[0] === "true" ? differ(world, sender.deviceId, (own) => own.deviceId) : true;
    }
    case "SIMILAR_FRIEND_ADVOCATE_EMAIL": {
      if (person.email === null || world.other === null || world.other.email === null) return true;
      const [left, right] = [mailbox(person.email), mailbox(world.other.email)];
      // Among the addresses of the generator only "ann" and "anna" are one letter apart.
      const isNear = property("distance")[0] === "1" && left.startsWith("ann") && right.startsWith("ann");
      return left !== right && !isNear;
    }
    case "SPAM_MESSAGE": {
      const message = said(world, "message") ?? "";
      return property("patterns")[0] === "gold$"
        ? !message.endsWith("gold")
        : !message.startsWith("re") && !message.includes("x");
    }
    default:
      throw new Error(`the reference knows no ${rule.rule_type}`);
  }
}

function differ(
  { other }: RareWorld,
  mine: string | undefined,
  theirs: (request: PersonCard["requests"][number]) => string | null,
): Verdict {
  if (other === null) return true;
  const known = other.requests.map(theirs).filter((own) => own !== null);
  if (mine === undefined || known.length === 0) return "fault";
  return !known.includes(mine);
}
