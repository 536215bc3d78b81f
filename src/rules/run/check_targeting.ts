// Checks of targeting: is the event directed at this campaign?
//
// An event may pin a campaign (`target`, `campaign_id`, `journey.campaign_id`) or name programme labels (`labels`, `required_labels`).

import { unreachable } from "../../base/assert.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Journey } from "../../model/person.ts";
import type { TargetingScope } from "../../model/trigger.ts";
import { lookUp } from "../data_lookup.ts";
import type { RuleContext } from "../program.ts";
import { isOfProgram, type ProgramLabels } from "../program_labels.ts";
import { textOfData } from "../value.ts";

export type TargetingCheck =
  /** The event's labels name the campaign's programme. */
  | { readonly kind: "labels" }
  /** Nothing in the event directs it elsewhere; who is in the campaign already (or the programme, or the journey) stays. */
  | { readonly kind: "targeted"; readonly scope: TargetingScope }
  /** The person is in a journey of this campaign; of this name; of a programme of this label. Null restricts nothing. */
  | { readonly kind: "journey"; readonly name: string | null; readonly program: string | null };

export function checkTargeting(check: TargetingCheck, context: RuleContext): boolean {
  switch (check.kind) {
    case "labels": {
      const { data } = context.event;
      return hasLabel([...labelsOf(data, "required_labels"), ...labelsOf(data, "labels")], context.campaign);
    }
    case "targeted":
      return isTargeted(check.scope, context);
    case "journey":
      return isIn(
        context,
        (journey) =>
          journey.campaignId === context.campaign.id &&
          (check.name === null || journey.name.toLowerCase() === check.name) &&
          (check.program === null || isNamed(check.program, journey, context.campaign)),
      );
    default:
      return unreachable(check);
  }
}

/** Where an event is directed, seen from a campaign: at it, at its programme, elsewhere, or nowhere. Pins outrank labels. */
export function directionOf(
  data: JsonObject,
  campaign: ProgramLabels & { readonly id: string },
): "campaign" | "program" | "elsewhere" | "nowhere" {
  const pinned = pinnedCampaign(data);
  if (pinned !== null) return pinned === campaign.id ? "campaign" : "elsewhere";
  const required = labelsOf(data, "required_labels");
  const labels = required.length > 0 ? required : labelsOf(data, "labels");
  if (labels.length === 0) return "nowhere";
  return hasLabel(labels, campaign) ? "program" : "elsewhere";
}

function isTargeted(scope: TargetingScope, context: RuleContext): boolean {
  const { campaign, event } = context;
  const pinned = pinnedCampaign(event.data);
  if (pinned !== null) return pinned === campaign.id;
  const required = labelsOf(event.data, "required_labels");
  if (required.length > 0) return hasLabel(required, campaign);
  if (scope === "JOURNEY") return context.journey !== null;
  const labels = labelsOf(event.data, "labels");
  if (labels.length === 0 || hasLabel(labels, campaign)) return true;
  return isIn(context, (journey) =>
    scope === "CAMPAIGN" ? journey.campaignId === campaign.id : isOfProgram(campaign, journey.program),
  );
}

const PIN = "campaign_id:";

function pinnedCampaign(data: JsonObject): string | null {
  const target = textOfData(lookUp(data, "target"));
  if (target?.startsWith(PIN)) return plainId(target.slice(PIN.length).trim());
  return textOfData(lookUp(data, "campaign_id")) ?? textOfData(lookUp(data, "journey.campaign_id"));
}

/** A mobile client prints the object that holds the id. */
function plainId(text: string): string {
  return /^Id\(id=(.*)\)$/.exec(text)?.[1] ?? text;
}

/** A list, or a text with commas. */
function labelsOf(data: JsonObject, name: string): string[] {
  const value = lookUp(data, name);
  const texts = Array.isArray(value) ? value.map(textOfData) : (textOfData(value)?.split(",") ?? []);
  return texts.map((text) => text?.trim().toLowerCase() ?? "").filter((text) => text.length > 0);
}

function hasLabel(labels: readonly string[], { program, formerPrograms }: ProgramLabels): boolean {
  return labels.includes(program.toLowerCase()) || formerPrograms.some((label) => labels.includes(label.toLowerCase()));
}

/** By the label of its day, or another of the same programme. */
function isNamed(label: string, { program }: Journey, campaign: ProgramLabels): boolean {
  return program.toLowerCase() === label || (isOfProgram(campaign, program) && hasLabel([label], campaign));
}

/** The journey that the event just opens counts, too. */
function isIn(context: RuleContext, isWanted: (journey: Journey) => boolean): boolean {
  return (context.journey !== null && isWanted(context.journey)) || context.person.journeys.some(isWanted);
}
