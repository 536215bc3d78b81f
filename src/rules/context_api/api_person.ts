// The context API: the person and the person on the other side.

import { normalizedEmail } from "../../base/email.ts";
import type { PersonCard, RewardSummary, Role, Scope, Step } from "../../model/person.ts";
import { isoDate } from "../dates.ts";
import { LIST_LENGTH_MAX, PAGE_GAS } from "../limits.ts";
import { lookUpMember } from "../data_lookup.ts";
import { type Method, method, onSingle, outOfGas, type StaticType, wrongReceiver } from "./method.ts";
import type { Frame } from "../program.ts";
import { fromJson, type RuleValue } from "../value.ts";

export const personMethods: readonly Method[] = [
  onSingle("person", "getId", "string", ({ context }) => context.person.id),
  onSingle("person", "getEmail", "string", ({ context }) => context.person.email),
  onSingle("person", "getIdentityKey", "string", () => "email"),
  onSingle("person", "getIdentityKeyValue", "string", ({ context }) => context.person.email),
  onSingle("person", "getNormalizedEmail", "string", ({ context }) => normalized(context.person.email)),
  onSingle("person", "getPartnerUserId", "string", ({ context }) => context.person.partnerUserId),
  onSingle("person", "getFirstName", "string", (frame) => datum(frame, "first_name")),
  onSingle("person", "getLastName", "string", (frame) => datum(frame, "last_name")),
  onSingle("person", "getLocale", "string", (frame) => datum(frame, "locale")),
  onSingle("person", "getData", "map", allData),
  // One identity is one person here.
  onSingle("person", "getIdentityId", "string", ({ context }) => context.person.id),
  onSingle(
    "person",
    "getPreferredLocale",
    "string",
    (frame) => datum(frame, "preferred_locale") ?? datum(frame, "locale"),
  ),
  onSingle("person", "getProfilePictureUrl", "string", (frame) => datum(frame, "profile_picture_url")),
  onSingle("person", "isBlocked", "boolean", ({ context }) => context.person.block !== "NONE"),
  onSingle("person", "getSteps", { list: "step" }, stepsOf),
  onSingle("person", "getRewards", { list: "reward" }, (frame) => rewardsOf(frame)),
  onSingle("person", "getJourneys", { list: "journey" }, ({ context }) => ({
    type: "list",
    items: context.person.journeys.slice(-LIST_LENGTH_MAX).map((journey) => ({ type: "journey", journey })),
  })),
  onSingle("person", "getAudienceMemberships", { list: "membership" }, ({ context }) => ({
    type: "list",
    items: context.person.memberships.slice(-LIST_LENGTH_MAX).map((membership) => ({ type: "membership", membership })),
  })),
];

/** Of the person: data by scope, who it referred or was referred by, and where it was seen. */
export const personHistoryMethods: readonly Method[] = [
  onSingle("person", "getPublicData", "map", (frame) => dataOf(frame, "PUBLIC")),
  onSingle("person", "getPrivateData", "map", (frame) => dataOf(frame, "PRIVATE")),
  onSingle("person", "getRecentAssociatedAdvocates", { list: "referral" }, (frame) => referralsOf(frame, "FRIEND")),
  onSingle("person", "getRecentAssociatedFriends", { list: "referral" }, (frame) => referralsOf(frame, "ADVOCATE")),
  onSingle("person", "getShareables", { list: "shareable" }, ({ context }) => ({
    type: "list",
    items: context.person.shareables.slice(-LIST_LENGTH_MAX).map((shareable) => ({ type: "shareable", shareable })),
  })),
  onSingle("person", "getRecentRequestContexts", { list: "map" }, ({ context }) => ({
    type: "list",
    items: context.person.requests.map(({ ip, deviceId, country, atMs }) =>
      fromJson({ ip, deviceId, geoIp: { country }, createdAt: isoDate(atMs) }),
    ),
  })),
];

export const otherPersonMethods: readonly Method[] = [
  onOtherPerson("getId", "string", (card) => card.id),
  onOtherPerson("getEmail", "string", (card) => card.email),
  onOtherPerson("getNormalizedEmail", "string", (card) => normalized(card.email)),
  onOtherPerson("getPartnerUserId", "string", (card) => card.partnerUserId),
  onOtherPerson("getFirstName", "string", (card) => card.firstName),
  onOtherPerson("isBlocked", "boolean", (card) => card.block !== "NONE"),
];

function normalized(email: string | null): RuleValue {
  return email === null ? null : normalizedEmail(email);
}

function datum(frame: Frame, name: string): RuleValue {
  return lookUpMember({ type: "map", form: "person", members: frame.context.person.data }, name, frame);
}

function allData({ context }: Frame): RuleValue {
  return { type: "map", form: "person", members: context.person.data };
}

/** The person's data of one scope. */
function dataOf(frame: Frame, scope: Scope): RuleValue {
  const all = Object.entries(frame.context.person.data);
  frame.gas -= all.length;
  return fromJson(
    Object.fromEntries(all.filter(([, own]) => own.scope === scope).map(([name, { value }]) => [name, value])),
  );
}

/** The newest referrals in which the person is on that side, oldest of them first. */
function referralsOf(frame: Frame, myRole: Role): RuleValue {
  const { relationships } = frame.context.person;
  frame.gas -= relationships.length;
  const own = relationships.filter((relationship) => relationship.myRole === myRole).slice(-LIST_LENGTH_MAX);
  return { type: "list", items: own.map((relationship) => ({ type: "referral", relationship })) };
}

/** The newest LIST_LENGTH_MAX rows, oldest of them first. */
function stepsOf(frame: Frame): RuleValue {
  const { person } = frame.context;
  const hot = frame.context.hotSteps();
  const runs: (readonly Step[])[] = [hot];
  let length = hot.length;
  for (let page = person.stepPages - 1; page >= 0 && length < LIST_LENGTH_MAX; page--) {
    frame.gas -= PAGE_GAS;
    const steps = frame.context.stepPage(page);
    length += steps.length;
    runs.unshift(steps);
  }
  frame.gas -= length;
  if (frame.gas < 0) return outOfGas();
  return {
    type: "list",
    items: runs
      .flat()
      .slice(-LIST_LENGTH_MAX)
      .map((step) => ({ type: "step", step })),
  };
}

/** The newest LIST_LENGTH_MAX, oldest of them first. */
function rewardsOf(frame: Frame): RuleValue {
  const { rewards, olderRewards } = frame.context.person;
  const runs: (readonly RewardSummary[])[] = [rewards];
  let length = rewards.length;
  for (let page = (olderRewards?.latestMs.length ?? 0) - 1; page >= 0 && length < LIST_LENGTH_MAX; page--) {
    const summaries = frame.context.summaryPage(page);
    length += summaries.length;
    runs.push(summaries);
  }
  frame.gas -= Math.min(length, LIST_LENGTH_MAX);
  if (frame.gas < 0) return outOfGas();
  const newest = runs.reverse().flat().slice(-LIST_LENGTH_MAX);
  return { type: "list", items: newest.map((reward) => ({ type: "reward", reward })) };
}

function onOtherPerson(name: string, result: StaticType, run: (card: PersonCard) => RuleValue): Method {
  return method("other_person", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "other_person"
      ? run(receiver.card)
      : wrongReceiver(receiver, name),
  );
}
