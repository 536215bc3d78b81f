// Stage 6: the actions of a controller that fired, in published order. One that fails is noted and does not stop the next.

import { unreachable } from "../base/assert.ts";
import type { PersonEvent } from "../model/event.ts";
import type { Quality } from "../model/person.ts";
import type { CompiledAction, Program, RuleContext } from "../rules/mod.ts";
import type { Progress } from "./3_ask.ts";
import type { Firing } from "./4_campaigns.ts";
import { earnReward, moveByAction } from "./7_reward.ts";
import { fireAsPerson } from "./campaign/fire_as_person.ts";
import type { Turn } from "./context.ts";
import { carryOut } from "./campaign/carry_out.ts";
import { orderEmail, orderIntelligence, orderWebhook } from "./jobs/jobs.ts";
import { changeMembership } from "./audiences/memberships.ts";
import { decide, incentivize, updateStatus } from "./campaign/reviews.ts";
import { share } from "./campaign/shares.ts";
import { signal } from "./campaign/signals.ts";
import { pastFor } from "./person/past_for_rules.ts";
import { schedule } from "./timers.ts";
import { show } from "./campaign/zones.ts";

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
    case "EXPIRE_REWARD":
    case "FULFILL_REWARD":
    case "REDEEM_REWARD":
    case "REVOKE_REWARD":
      return moveByAction(acting, action);
    case "FIRE_AS_PERSON":
      return fireAsPerson(acting, action);
    case "CREATE_MEMBERSHIP":
    case "REMOVE_MEMBERSHIP":
      return changeMembership(acting, action.audienceId, action.type === "CREATE_MEMBERSHIP" ? "CREATED" : "REMOVED");
    case "SCHEDULE":
      return schedule(acting, action);
    case "WEBHOOK":
      return orderWebhook(acting, action);
    case "EMAIL":
      return orderEmail(acting, action);
    case "DATA_INTELLIGENCE":
      return orderIntelligence(acting, action);
    case "EXPRESSION":
      return carryOut(acting, action);
    case "INCENTIVIZE":
      return incentivize(acting, action);
    case "APPROVE":
    case "DECLINE":
      return decide(acting, action);
    case "INCENTIVIZE_STATUS_UPDATE":
      return updateStatus(acting, action);
    case "DISPLAY":
    case "CREATIVE":
      return show(acting, action);
    case "SHARE_EVENT":
      return share(acting, action);
    case "SIGNAL":
    case "SIGNAL_V1":
    case "STEP_SIGNAL":
      return signal(acting, action);
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
    ...pastFor(turn.state, person),
  };
}
