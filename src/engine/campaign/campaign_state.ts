// What a campaign takes, by the state that it is in when an event happens.
//
//   LIVE     everything
//   PAUSED   what happens to persons who are in it already: with a journey, a step or a referral of it
//   ENDED    of those persons, what it set going itself (its timers, rewards and fired events), and what settles its pending rewards
//   others   nothing: NOT_LAUNCHED, STOPPED, ARCHIVED
//
// The state is a function of the document and the event: `stateAt` in `src/rules/campaign_state.ts`.

import { unreachable } from "../../base/assert.ts";
import type { CampaignState } from "../../model/campaign.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { Person } from "../../model/person.ts";
import type { CompiledAction, CompiledCampaign, CompiledController } from "../../rules/mod.ts";
import type { Turn } from "../context.ts";
import { findOwn } from "../rewards/summary_pages.ts";

interface Asked {
  readonly controller: CompiledController;
  readonly campaign: CompiledCampaign;
  readonly state: CampaignState;
}

interface About {
  readonly person: Person;
  readonly event: PersonEvent;
}

export function takes(turn: Turn, { controller, campaign, state }: Asked, about: About): boolean {
  if (controller.enabledOnStates.length > 0 && !controller.enabledOnStates.includes(state)) return false;
  switch (state) {
    case "LIVE":
      return true;
    case "PAUSED":
      return isIn(about.person, campaign.id);
    case "ENDED":
      return (
        controller.kind === "CONTROLLER" &&
        isIn(about.person, campaign.id) &&
        (originOfEvent(turn, about) === campaign.id || settles(controller))
      );
    case "NOT_LAUNCHED":
    case "STOPPED":
    case "ARCHIVED":
      return false;
    default:
      return unreachable(state);
  }
}

function isIn(person: Person, campaignId: string): boolean {
  const prefix = `${campaignId}/`;
  return (
    person.journeys.some((own) => own.campaignId === campaignId) ||
    person.relationships.some((own) => own.campaignId === campaignId) ||
    Object.keys(person.stepTotals).some((key) => key.startsWith(prefix))
  );
}

/** The campaign that set the event going; null for events from outside. */
function originOfEvent({ state }: Turn, { person, event: { detail } }: About): string | null {
  switch (detail.kind) {
    case "step":
    case "fired":
    case "scheduled":
      return detail.campaignId;
    case "reward":
      return findOwn(state, person, detail.rewardId)?.summary.campaignId ?? null;
    case "none":
    case "candidate":
    case "member_event":
    case "membership":
    case "membership_order":
    case "referral":
    case "review_due":
    case "share":
      return null;
    case "incentivized":
      return detail.review.campaignId;
    default:
      return unreachable(detail);
  }
}

const settlingTypes: ReadonlySet<CompiledAction["type"]> = new Set<CompiledAction["type"]>([
  "APPROVE",
  "CANCEL_REWARD",
  "DECLINE",
  "EXPIRE_REWARD",
  "FULFILL_REWARD",
  "INCENTIVIZE_STATUS_UPDATE",
  "REDEEM_REWARD",
  "REVOKE_REWARD",
]);

/** Nothing but what ends something that is pending. */
function settles({ actions }: CompiledController): boolean {
  return actions.length > 0 && actions.every(({ type }) => settlingTypes.has(type));
}
