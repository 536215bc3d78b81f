// Checks of the person and of who referred it: blocks, self-referral, speed, caps.

import { isOfProgram } from "../program_labels.ts";
import { unreachable } from "../../base/assert.ts";
import { emailKey, normalizedEmail } from "../../base/email.ts";
import type { PersonCard, Step } from "../../model/person.ts";
import { type BlockLists, findListing } from "../block_lists.ts";
import type { Frame, RuleContext } from "../program.ts";
import { unknown, type Verdict } from "./verdict.ts";

export type ReferralCheck =
  /** Friend and advocate differ in each of what is compared. */
  | { readonly kind: "not_self"; readonly email: boolean; readonly device: boolean; readonly ip: boolean }
  /** Their mailboxes differ in more than `distance` characters. */
  | { readonly kind: "not_similar"; readonly distance: number }
  | { readonly kind: "same_ip" }
  /**
   * It is at most so long ago that the person was last pointed to whoever is credited in the campaign's programme. Who was not referred passes, and so
   * does an event that itself points to somebody: its referral is of now.
   */
  | { readonly kind: "referral_age"; readonly ageMaxMs: number }
  /** The advocate has at most so many friends in the campaign's programme, of those referred within the window. */
  | { readonly kind: "referral_cap"; readonly countMax: number; readonly withinMs: number | null }
  /** The event was fired by a friend as this person: only then the person's own history is that of the advocate. */
  | { readonly kind: "advocate" }
  /** The newest step of another cause, of one of the names, is at least so long ago. */
  | { readonly kind: "speed"; readonly names: readonly string[]; readonly minMs: number }
  /** Neither the person nor its mailbox is blocked. */
  | { readonly kind: "not_blocked" }
  /** No other person owns a key that this person's events carried. */
  | { readonly kind: "not_displaced" }
  | { readonly kind: "valid_email" };

export function checkReferral(check: ReferralCheck, frame: Frame, blocks: BlockLists): Verdict {
  const { context } = frame;
  const { person, otherPerson, event } = context;
  switch (check.kind) {
    case "not_self":
      return otherPerson === null || isNotSelf(check, context, otherPerson);
    case "same_ip":
      return otherPerson === null || isNotSelf({ email: false, device: false, ip: true }, context, otherPerson);
    case "not_similar":
      return otherPerson === null || isNotSimilar(person.email, otherPerson.email, check.distance, frame);
    case "referral_age": {
      if (context.told !== undefined && context.told !== null) return true;
      const referral = person.relationships.findLast(
        (own) => own.myRole === "FRIEND" && isOfProgram(context.campaign, own.program),
      );
      return referral === undefined || event.eventMs - referral.updatedMs <= check.ageMaxMs;
    }
    case "referral_cap": {
      if (event.detail.kind !== "fired") return notTheAdvocate;
      const fromMs = check.withinMs === null ? Number.NEGATIVE_INFINITY : context.nowMs - check.withinMs;
      frame.gas -= person.relationships.length;
      const friends = person.relationships.filter(
        (own) => own.myRole === "ADVOCATE" && isOfProgram(context.campaign, own.program) && own.createdMs >= fromMs,
      );
      return friends.length <= check.countMax;
    }
    case "advocate":
      return event.detail.kind === "fired" ? true : notTheAdvocate;
    case "speed":
      return isSlow(check, context);
    case "not_blocked":
      return person.block === "NONE" && !isListed(person.email, blocks);
    case "not_displaced":
      return person.identityHistory.every(({ kind }) => kind !== "SPLIT_LOSER");
    case "valid_email":
      return person.email !== null && emailKey(person.email) !== null && mailboxPattern.test(person.email);
    default:
      return unreachable(check);
  }
}

const notTheAdvocate = unknown("the history of the advocate, which only events fired as the advocate see,");

/** Letters, digits and the usual signs, no dots in a row, and a domain of labels: what mail servers take in practice. */
const mailboxPattern =
  /^[\p{L}\p{N}_%+'-]+(?:\.[\p{L}\p{N}_%+'-]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,}$/u;

function isListed(email: string | null, blocks: BlockLists): boolean {
  return findListing(blocks, { ip: null, userAgent: null, email }, ["NORMALIZED_EMAIL"])?.filter === "BLACK";
}

function isNotSelf(
  by: { readonly email: boolean; readonly device: boolean; readonly ip: boolean },
  { person, event }: RuleContext,
  other: PersonCard,
): Verdict {
  if (other.id === person.id) return false;
  if (by.email && person.email !== null && other.email !== null) {
    if (normalizedEmail(person.email) === normalizedEmail(other.email)) return false;
  }
  const { ip, deviceId } = event.enrichment ?? {};
  if (by.device && deviceId !== undefined && other.requests.some((own) => own.deviceId === deviceId)) return false;
  if (by.ip && ip !== undefined && other.requests.some((own) => own.ip === ip)) return false;
  // Nothing known is alike; what is asked for must be known of both, though.
  if (by.ip && (ip === undefined || other.requests.every((own) => own.ip === null)))
    return unknown("the address of friend or advocate");
  if (by.device && (deviceId === undefined || other.requests.every((own) => own.deviceId === null)))
    return unknown("the device of friend or advocate");
  return true;
}

function isNotSimilar(mine: string | null, theirs: string | null, distance: number, frame: Frame): boolean {
  if (mine === null || theirs === null) return true;
  const [left, right] = [normalizedEmail(mine), normalizedEmail(theirs)];
  frame.gas -= (left.length * right.length) >> 2;
  return !isWithinDistance(left, right, distance);
}

/** Levenshtein, but only in the band around the diagonal that can stay within `limit`. */
export function isWithinDistance(left: string, right: string, limit: number): boolean {
  if (Math.abs(left.length - right.length) > limit) return false;
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next: number[] = [i];
    for (let j = 1; j <= right.length; j++) {
      const isInBand = Math.abs(i - j) <= limit;
      const changed = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(isInBand ? Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1) : limit + 1);
    }
    row = next;
  }
  return (row[right.length] ?? 0) <= limit;
}

/** Looks at the steps of the person's entry only: what lies in pages is slow enough. */
function isSlow(check: Extract<ReferralCheck, { kind: "speed" }>, context: RuleContext): boolean {
  const { event } = context;
  const isEarlier = (step: Step): boolean =>
    step.rootEventId !== event.rootId &&
    !step.isDuplicate &&
    step.eventMs <= event.eventMs &&
    (check.names.length === 0 || check.names.includes(step.name.toLowerCase()));
  const last = context
    .hotSteps()
    .reduce((ms, step) => (isEarlier(step) ? Math.max(ms, step.eventMs) : ms), Number.NEGATIVE_INFINITY);
  return event.eventMs - last >= check.minMs;
}
