// Carries out what the expression of an EXPRESSION action handed in, in order. What cannot be done is listed and does not stop the next.

import { unreachable } from "../../base/assert.ts";
import { setMember } from "../../base/members.ts";
import type { PersonEvent } from "../../model/event.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import { type ActionOf, evaluate, parseDateMs, type RuleCommand, type ValueSource } from "../../rules/mod.ts";
import { textOf } from "../1_route.ts";
import { cause } from "../event/cause.ts";
import type { Acting } from "../6_act.ts";
import { earnReward, moveByAction } from "../7_reward.ts";
import { newId, reject } from "../context.ts";
import { EVENT_CHAIN_MAX } from "../limits.ts";
import { changeMembership, type JoinOrLeave } from "../audiences/memberships.ts";
import { signal } from "./signals.ts";
import { sourceData } from "../values.ts";

export function carryOut(acting: Acting, action: ActionOf<"EXPRESSION">): void {
  const { context } = acting;
  const commands: RuleCommand[] = [];
  const commandData = sourceData(action.data, context);
  // What was handed in before a fault stands, as it would where commands are sent one by one.
  evaluate(context.campaign.rules, action.pc, { ...context, commands, commandData });
  for (const [at, command] of commands.entries()) carryOutOne(acting, `${action.actionId}/${at}`, command);
}

/** @param actionId of its own for each command, so that two rewards of one expression are two. */
function carryOutOne(acting: Acting, actionId: string, { kind, members }: RuleCommand): void {
  const base = { actionId, quality: "ALWAYS" } as const;
  const source = (name: string): ValueSource | null => constant(members[name]);
  switch (kind) {
    case "internal_event":
      return causeInternal(acting, members);
    case "step_signal":
      return signal(acting, {
        ...base,
        type: "SIGNAL",
        name: source("name"),
        pollingId: source("polling_id"),
        data: sourcesOf(members["data"]),
      });
    case "earn_reward":
      return earnReward(acting, {
        ...base,
        type: "EARN_REWARD",
        supplierId: source("reward_supplier_id") ?? { kind: "constant", value: null },
        rewardName: source("reward_name"),
        tags: source("tags"),
        slots: null,
        data: sourcesOf(members["data"]),
        extraData: null,
        valueOfEvent: source("value"),
        eventTime: source("event_time"),
        rewardActionId: null,
      });
    case "fulfill_reward":
    case "redeem_reward":
      return moveByAction(acting, {
        ...base,
        type: kind === "fulfill_reward" ? "FULFILL_REWARD" : "REDEEM_REWARD",
        rewardId: source("reward_id") ?? { kind: "constant", value: null },
        message: source("message"),
        success: source("success"),
        partnerRewardId: source("partner_reward_id"),
        amount: null,
        partnerEventId: source("partner_event_id"),
        data: sourcesOf(members["data"]),
        extraData: null,
        eventTime: source("event_time"),
      });
    // Only response handlers of webhooks have a builder of it.
    case "fail_reward":
      return reject(acting.turn, acting.stepEvent.rootId, "fail_reward_not_here");
    case "create_membership":
    case "remove_membership":
      return changeOwnMembership(acting, kind === "create_membership" ? "CREATED" : "REMOVED", members);
    default:
      return unreachable(kind);
  }
}

/** Of this person: an event for another is what FIRE_AS_PERSON is for. */
function causeInternal({ turn, progress, program, stepEvent }: Acting, members: JsonObject): void {
  const name = textOf(members["name"]);
  if (name === null) return reject(turn, stepEvent.rootId, "internal_event_without_name");
  if (stepEvent.depth > EVENT_CHAIN_MAX) return reject(turn, stepEvent.rootId, "event_chain_max");
  const given = members["data"];
  const data: JsonObject = isJsonObject(given) ? { ...given } : {};
  const { labels, campaign_id: campaignId, event_time: eventTime } = members;
  const texts = Array.isArray(labels) ? labels.filter((label) => typeof label === "string") : [];
  if (texts.length > 0) setMember(data, "labels", texts.join(","));
  if (typeof campaignId === "string") setMember(data, "campaign_id", campaignId);
  const event: PersonEvent = {
    ...stepEvent,
    id: newId(turn),
    type: "INTERNAL",
    name,
    nameKey: name.toLowerCase(),
    eventMs: (typeof eventTime === "string" ? parseDateMs(eventTime) : null) ?? stepEvent.eventMs,
    data,
    causeId: stepEvent.id,
    detail: { kind: "none" },
  };
  cause(turn, progress, program, event);
}

function changeOwnMembership(acting: Acting, change: JoinOrLeave, members: JsonObject): void {
  const { turn, progress, program, stepEvent } = acting;
  const audienceId = textOf(members["audience_id"]);
  if (audienceId === null || !Object.hasOwn(program.audiences, audienceId)) {
    return reject(turn, stepEvent.rootId, "audience_not_found");
  }
  const personId = textOf(members["person_id"]);
  if (personId !== null && personId !== progress.person.id) return reject(turn, stepEvent.rootId, "other_person");
  changeMembership(acting, audienceId, change);
}

function constant(value: JsonValue | undefined): ValueSource | null {
  return value === undefined || value === null ? null : { kind: "constant", value };
}

function sourcesOf(value: JsonValue | undefined): { readonly [name: string]: ValueSource } {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, { kind: "constant", value: each }]));
}
