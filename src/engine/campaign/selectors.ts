// Which campaigns an event is for, where several match.
//
// A controller that names selectors takes an event only where one of them chooses its campaign:
//   MATCHING_CAMPAIGN           it matches
//   TARGET                      the event pins it, or names the label of its programme
//   BEST_REFERRAL               the person's best referral is one of it
//   BEST_REFERRAL_SAME_PROGRAM  the best one of its programme is
// The best referral is the one that the event itself tells of, else the newest by which the person was referred, and of who was not, the newest by
// which it referred somebody. One that begins with this event is of no campaign yet, so each campaign that matches may be it.

import { unreachable } from "../../base/assert.ts";
import type { Selector } from "../../model/campaign.ts";
import type { Relationship } from "../../model/person.ts";
import { directionOf, isOfProgram } from "../../rules/mod.ts";
import type { Frame } from "./frame.ts";

/** @param context points at the controller */
export function isSelected(context: Frame): boolean {
  const { selectors } = context.controller;
  return selectors.length === 0 || selectors.some((selector) => selects(selector, context));
}

function selects(selector: Selector, context: Frame): boolean {
  const { campaign, event } = context;
  switch (selector) {
    case "MATCHING_CAMPAIGN":
      return true;
    case "TARGET": {
      const direction = directionOf(event.data, campaign);
      return direction === "campaign" || direction === "program";
    }
    case "BEST_REFERRAL":
      return isBest(context.person.relationships, context);
    case "BEST_REFERRAL_SAME_PROGRAM":
      return isBest(
        context.person.relationships.filter(({ program }) => isOfProgram(campaign, program)),
        context,
      );
    default:
      return unreachable(selector);
  }
}

function isBest(relationships: readonly Relationship[], context: Frame): boolean {
  const told = personTold(context);
  if (told === null) {
    const best = newest(relationships.filter(({ myRole }) => myRole === "FRIEND")) ?? newest(relationships);
    return best?.campaignId === context.campaign.id;
  }
  const known = relationships.filter(({ otherPersonId }) => otherPersonId === told);
  return known.length === 0 || newest(known)?.campaignId === context.campaign.id;
}

/** Whom the event tells of; null when it tells of nobody. */
function personTold({ event, told }: Frame): string | null {
  if (event.detail.kind === "fired") return event.detail.byPersonId;
  if (event.detail.kind === "referral") return event.detail.otherPersonId;
  return told === null ? null : told.card.id;
}

/** Of two that were touched at once, the later one in the list. */
function newest(relationships: readonly Relationship[]): Relationship | null {
  let best: Relationship | null = null;
  for (const own of relationships) {
    if (best === null || own.updatedMs >= best.updatedMs) best = own;
  }
  return best;
}
