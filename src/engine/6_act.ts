// Stage 6: the actions of a controller that fired, in published order. One that fails is noted and does not stop the next.

import { unreachable } from "../base/assert.ts";
import { emailKey } from "../base/email.ts";
import type { PersonEvent } from "../model/event.ts";
import type { Quality } from "../model/person.ts";
import type { CompiledAction, Program, RuleContext } from "../rules/mod.ts";
import { partitionOfKey, partitionOfPartnerEvent } from "./1_route.ts";
import { cardOf, type Progress } from "./3_ask.ts";
import type { Firing } from "./4_campaigns.ts";
import { originOf } from "../base/ids.ts";
import { cancelOrRevoke, earnReward } from "./7_reward.ts";
import { newId, reject, send, type Turn } from "./context.ts";
import { changeMembership } from "./memberships.ts";
import { EVENT_CHAIN_MAX } from "./limits.ts";
import type { EventTarget } from "./message.ts";
import { pageKey } from "./steps.ts";
import { schedule } from "./timers.ts";
import { actionData, sourceText } from "./values.ts";

/** All that an action may look at. */
export interface Acting {
  readonly turn: Turn;
  readonly progress: Progress;
  readonly program: Program;
  readonly firing: Firing;
  readonly stepEvent: PersonEvent;
  readonly context: RuleContext;
}

export function act(turn: Turn, progress: Progress, program: Program, firing: Firing, stepEvent: PersonEvent): void {
  if (firing.controller.actions.length === 0) return;
  const acting: Acting = { turn, progress, program, firing, stepEvent, context: contextOf(turn, progress, firing) };
  for (const action of firing.controller.actions) {
    if (takesQuality(action.quality, firing.quality)) run(acting, action);
  }
}

/** A step without quality triggers counts as HIGH: nothing speaks against it. */
export function takesQuality(wanted: CompiledAction["quality"], quality: Quality): boolean {
  return wanted === "ALWAYS" || (wanted === "LOW") === (quality === "LOW");
}

function run(acting: Acting, action: CompiledAction): void {
  switch (action.type) {
    case "EARN_REWARD":
      return earnReward(acting, action);
    case "CANCEL_REWARD":
    case "REVOKE_REWARD":
      return cancelOrRevoke(acting, action);
    case "FIRE_AS_PERSON":
      return fireAsPerson(acting, action);
    case "CREATE_MEMBERSHIP":
    case "REMOVE_MEMBERSHIP":
      return changeMembership(acting, action.audienceId, action.type === "CREATE_MEMBERSHIP" ? "CREATED" : "REMOVED");
    case "SCHEDULE":
      return schedule(acting, action);
    default:
      unreachable(action);
  }
}

function contextOf(turn: Turn, progress: Progress, firing: Firing): RuleContext {
  const { person } = progress;
  return {
    nowMs: turn.nowMs,
    event: progress.inFlight.event,
    person,
    otherPerson: firing.otherPerson,
    campaign: firing.campaign,
    controller: firing.controller,
    journey: firing.journey,
    quality: firing.quality,
    failures: turn.context.effects.ruleFailures,
    stepPage: (page) => turn.state.find("stepPage", pageKey(person.id, page))?.steps ?? [],
  };
}

function fireAsPerson(acting: Acting, action: Extract<CompiledAction, { type: "FIRE_AS_PERSON" }>): void {
  const { turn, progress, program, context } = acting;
  const { client, event: by } = progress.inFlight;
  const name = sourceText(program, action.eventName, context);
  const target = targetOf(acting, action);
  // A purchase that nobody referred has no advocate to tell: the action has nothing to do.
  if (name === null || target === null) return;
  if (by.depth >= EVENT_CHAIN_MAX) return reject(turn, by.rootId, "event_chain_max");
  const event: PersonEvent = {
    id: newId(turn),
    type: "INTERNAL",
    name,
    nameKey: name.toLowerCase(),
    eventMs: by.eventMs,
    requestMs: by.requestMs,
    data: actionData(program, action, context),
    causeId: acting.stepEvent.id,
    rootId: by.rootId,
    container: by.container,
    sandbox: by.sandbox,
    depth: by.depth + 1,
    detail: { kind: "fired", byPersonId: progress.person.id, referralReason: action.referralReason },
    enrichment: null,
  };
  const inFlight = { client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: cardOf(progress.person) };
  send(turn, partitionOfTarget(turn, client, target), { kind: "event", target, inFlight });
}

function targetOf(acting: Acting, action: Extract<CompiledAction, { type: "FIRE_AS_PERSON" }>): EventTarget | null {
  const { identification } = action;
  const value = sourceText(acting.program, identification.value, acting.context);
  if (value === null) return null;
  switch (identification.type) {
    case "PERSON_ID":
      return originOf(value) === undefined ? null : { kind: "person", personId: value };
    case "EMAIL": {
      const email = emailKey(value);
      return email === null ? null : { kind: "key", keyType: "email", value: email };
    }
    case "PARTNER_USER_ID":
      return { kind: "key", keyType: "partner_user_id", value };
    case "PARTNER_EVENT_ID":
      return identification.partnerEventKey === null
        ? null
        : { kind: "partner_event", name: identification.partnerEventKey, value };
    default:
      return unreachable(identification.type);
  }
}

/** A person id that no partition owns is refused where it would be looked up: here. */
function partitionOfTarget(turn: Turn, client: string, target: EventTarget): number {
  const { partitions, partition } = turn.context;
  switch (target.kind) {
    case "person": {
      const owner = originOf(target.personId);
      return owner !== undefined && owner < partitions ? owner : partition;
    }
    case "key":
      return partitionOfKey(client, target.keyType, target.value, partitions);
    case "partner_event":
      return partitionOfPartnerEvent(client, target.name, target.value, partitions);
    default:
      return unreachable(target);
  }
}
