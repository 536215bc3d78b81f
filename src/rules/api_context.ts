// The context API: the context, the event, the campaign, the journey.

import { isoDate } from "./dates.ts";
import { type Method, named, onContext, onJourney, onNamedValue, onSingle } from "./method.ts";
import type { Frame } from "./program.ts";
import { fromJson, type RuleValue } from "./value.ts";

const PERSON: RuleValue = { type: "person" };
const EVENT: RuleValue = { type: "event" };
const CAMPAIGN: RuleValue = { type: "campaign" };

export const contextMethods: readonly Method[] = [
  ...onContext("getPerson", "person", () => PERSON),
  ...onContext(
    "getOtherPerson",
    "other_person",
    ({ otherPerson }) => otherPerson && { type: "other_person", card: otherPerson },
  ),
  ...onContext("getCauseEvent", "event", () => EVENT),
  ...onContext("getCampaign", "campaign", () => CAMPAIGN),
  ...onContext("getCampaignId", "string", ({ campaign }) => campaign.id),
  ...onContext("getProgramLabel", "string", ({ campaign }) => campaign.program),
  ...onContext("getJourney", "journey", ({ journey }) => journey && { type: "journey", journey }),
  ...onContext("getJourneyName", "string", ({ journey }) => journey && journey.name),
  ...onContext("getJourneyKey", "named_value", ({ journey }) => journey && named(journey.key)),
  ...onContext("getStepName", "string", ({ controller }) => controller.name),
  ...onContext("getSandbox", "string", ({ event }) => event.sandbox),
  // Null before the quality phase has decided.
  ...onContext("getQuality", "string", ({ quality }) => quality),
  onSingle("step_filter", "getStep", "step", ({ step }) => step && { type: "step", step }),
  onSingle("reward_filter", "getReward", "reward", ({ reward }) => reward && { type: "reward", reward }),
];

export const eventMethods: readonly Method[] = [
  onSingle("event", "getId", "string", ({ context }) => context.event.id),
  onSingle("event", "getName", "string", ({ context }) => context.event.name),
  onSingle("event", "getType", "string", ({ context }) => context.event.type),
  onSingle("event", "getData", "map", ({ context }) => fromJson(context.event.data)),
  onSingle("event", "getEventTime", "string", ({ context }) => isoDate(context.event.eventMs)),
  onSingle("event", "getRequestTime", "string", ({ context }) => isoDate(context.event.requestMs)),
  onSingle("event", "getRootEventId", "string", ({ context }) => context.event.rootId),
  onSingle("event", "getCauseEventId", "string", ({ context }) => context.event.causeId),
  onSingle("event", "getSandbox", "string", ({ context }) => context.event.sandbox),
  onSingle("event", "getContainer", "string", ({ context }) => context.event.container),
  onSingle("event", "getAliases", { list: "string" }, aliasesOf),
];

/** Of a STEP event: the names besides the first; of any other: none. */
function aliasesOf({ context }: Frame): RuleValue {
  const { detail } = context.event;
  return { type: "list", items: detail.kind === "step" ? detail.names.slice(1) : [] };
}

export const campaignMethods: readonly Method[] = [
  onSingle("campaign", "getId", "string", ({ context }) => context.campaign.id),
  onSingle("campaign", "getName", "string", ({ context }) => context.campaign.name),
  onSingle("campaign", "getState", "string", ({ context }) => context.campaign.state),
  onSingle("campaign", "getVersion", "number", ({ context }) => context.campaign.version),
  onSingle("campaign", "getProgramLabel", "string", ({ context }) => context.campaign.program),
];

export const journeyMethods: readonly Method[] = [
  onJourney("getId", "string", (journey) => journey.id),
  onJourney("getName", "string", (journey) => journey.name),
  onJourney("getKey", "named_value", (journey) => named(journey.key)),
  onJourney("getCampaignId", "string", (journey) => journey.campaignId),
  onJourney("getProgramLabel", "string", (journey) => journey.program),
  onJourney("getContainer", "string", (journey) => journey.container),
  onJourney("getData", "map", (journey) => ({ type: "map", form: "rows", members: journey.data })),
  onJourney("getCreatedDate", "string", (journey) => isoDate(journey.createdMs)),
];

export const namedValueMethods: readonly Method[] = [
  onNamedValue("getName", "string", (value) => value.name),
  onNamedValue("getValue", "string", (value) => value.value),
];
