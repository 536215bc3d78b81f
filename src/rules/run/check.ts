// Checks: what the rarer triggers ask of an event, its sender and its person, as the machine reads them. One instruction runs them all.
//
//   C1. A check is plain data. It yields true, false, or a fault: "unknown" when what it needs was never found out.
//   C2. Unknown is never fine: a rule about a country that nobody knows does not pass.

import { unreachable } from "../../base/assert.ts";
import type { QualityFilter } from "../../model/trigger.ts";
import type { BlockLists } from "../block_lists.ts";
import { type EnrichmentCheck, checkEnrichment } from "./check_enrichment.ts";
import { checkReferral, type ReferralCheck } from "./check_referral.ts";
import { checkTargeting, type TargetingCheck } from "./check_targeting.ts";
import { lookUp } from "../data_lookup.ts";
import { type Pattern, findPattern } from "../pattern.ts";
import type { Frame } from "../program.ts";
import { textOfData } from "../value.ts";
import type { Verdict } from "./verdict.ts";

export type Check =
  /** The event is a change of a membership. Empty lists restrict nothing. */
  | { readonly kind: "membership"; readonly audienceIds: readonly string[]; readonly changes: readonly string[] }
  /** The event is a share by one of the channels. */
  | { readonly kind: "share"; readonly channels: readonly string[]; readonly quality: QualityFilter }
  /** A member of the event's data, trimmed and as text, is this text. */
  | { readonly kind: "data_text"; readonly name: string; readonly text: string }
  /** No member of the event's data under the names matches one of the patterns. */
  | { readonly kind: "no_pattern"; readonly names: readonly string[]; readonly patterns: readonly Pattern[] }
  /** The person's own datum matches none of the patterns. */
  | { readonly kind: "person_no_pattern"; readonly name: string; readonly patterns: readonly Pattern[] }
  /** At most so many texts under the names, which may be lists or texts with commas. */
  | { readonly kind: "recipients"; readonly names: readonly string[]; readonly countMax: number }
  | TargetingCheck
  | EnrichmentCheck
  | ReferralCheck;

export function runCheck(check: Check, frame: Frame, blocks: BlockLists): Verdict {
  const { event, person } = frame.context;
  switch (check.kind) {
    case "membership": {
      const { detail } = event;
      return (
        detail.kind === "membership" &&
        (check.audienceIds.length === 0 || check.audienceIds.includes(detail.audienceId)) &&
        (check.changes.length === 0 || check.changes.includes(detail.change))
      );
    }
    case "share":
      return isShare(check, frame);
    case "data_text":
      return textOfData(lookUp(event.data, check.name)) === check.text;
    case "no_pattern":
      for (const name of check.names) {
        const verdict = hasNoPattern(check.patterns, textOfData(lookUp(event.data, name)), frame);
        if (verdict !== true) return verdict;
      }
      return true;
    case "person_no_pattern": {
      const datum = Object.hasOwn(person.data, check.name) ? person.data[check.name]?.value : undefined;
      return hasNoPattern(check.patterns, textOfData(datum), frame);
    }
    case "recipients":
      return countRecipients(check.names, frame) <= check.countMax;
    case "labels":
    case "targeted":
    case "journey":
      return checkTargeting(check, frame.context);
    case "scope":
    case "client_domain":
    case "risk":
    case "country":
    case "subnet":
    case "bot":
    case "not_globally_blocked":
    case "referrer":
    case "email_domain":
      return checkEnrichment(check, frame.context, blocks);
    case "not_self":
    case "not_similar":
    case "same_ip":
    case "referral_age":
    case "referral_cap":
    case "advocate":
    case "speed":
    case "not_blocked":
    case "not_displaced":
    case "valid_email":
      return checkReferral(check, frame, blocks);
    default:
      return unreachable(check);
  }
}

/** What the share is known by: the detail of the event, else what the sender said. */
function isShare(check: Extract<Check, { kind: "share" }>, frame: Frame): boolean {
  const { event } = frame.context;
  const isDetailed = event.detail.kind === "share";
  const channel = isDetailed
    ? event.detail.channel
    : (textOfData(lookUp(event.data, "share.channel")) ?? textOfData(lookUp(event.data, "channel")));
  const quality = isDetailed ? event.detail.quality : "NONE";
  const hasChannel =
    check.channels.length === 0 || (channel !== null && check.channels.includes(channel.toUpperCase()));
  // As everywhere, what no quality rule looked at is HIGH: nothing speaks against it.
  return hasChannel && (check.quality === "ANY" || (check.quality === "LOW") === (quality === "LOW"));
}

function hasNoPattern(patterns: readonly Pattern[], text: string | null, frame: Frame): Verdict {
  if (text === null) return true;
  for (const pattern of patterns) {
    const found = findPattern(pattern, text, frame);
    if (typeof found !== "boolean") return found;
    if (found) return false;
  }
  return true;
}

function countRecipients(names: readonly string[], frame: Frame): number {
  let count = 0;
  for (const name of names) {
    const value = lookUp(frame.context.event.data, name);
    const texts = Array.isArray(value) ? value : (textOfData(value)?.split(",") ?? []);
    frame.gas -= texts.length;
    count += texts.filter((text) => textOfData(text) !== null).length;
  }
  return count;
}
