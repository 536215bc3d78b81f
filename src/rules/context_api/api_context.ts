// The context API: the context, the event, the campaign, the journey.

import { isOfProgram } from "../program_labels.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { Journey, NamedValue, Relationship } from "../../model/person.ts";
import { isoDate } from "../dates.ts";
import { lookUp, lookUpMember } from "../data_lookup.ts";
import {
  bounded,
  type Method,
  method,
  type MethodShape,
  named,
  onSingle,
  type StaticType,
  wrongReceiver,
} from "./method.ts";
import { roots } from "../opcodes.ts";
import type { Frame, RuleContext } from "../program.ts";
import { variableOf, variableShape } from "./variables.ts";
import { fromJson, type RuleValue, textOfData, textOfValue, typeOf } from "../value.ts";

const PERSON: RuleValue = { type: "person" };
const EVENT: RuleValue = { type: "event" };
const CAMPAIGN: RuleValue = { type: "campaign" };
const EVENT_CONTEXT: RuleValue = { type: "event_context" };
const CANDIDATE_STEP: RuleValue = { type: "candidate_step" };
const TARGETING: RuleValue = { type: "targeting" };
const VARIABLES: RuleValue = { type: "variables" };

/** Roots where no event is, by how they begin. */
const eventless = ["build", "prehandler", "webhook", "token"];
const eventRoots = roots.filter((root) => !eventless.some((beginning) => root.startsWith(beginning)));

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
  // The journey that the step is to belong to; that of the controller.
  ...onContext("getCandidateJourney", "journey", ({ journey }) => journey && { type: "journey", journey }),
  ...onContext("getCandidateStep", "candidate_step", () => CANDIDATE_STEP),
  ...onContext("getTargetingContext", "targeting", () => TARGETING),
  ...onContext(
    "getLatestJourneyDataValue",
    "any",
    ({ journey }, frame, name) =>
      journey === null || typeof name !== "string"
        ? null
        : lookUpMember({ type: "map", form: "rows", members: journey.data }, name, frame),
    { parameters: ["string"] },
  ),
  // As the datum `source` of events is written: `zone:name`, `link:direct`.
  ...onContext(
    "typedSource",
    "string",
    (_context, _frame, type, source) => {
      const text = source === null ? "" : (textOfValue(source) ?? "").trim();
      return text === "" || typeof type !== "string" ? null : bounded(`${type}:${text}`);
    },
    { parameters: ["string", "any"] },
  ),
  ...onContext("getVariableContext", "variables", () => VARIABLES),
  ...onContext("getVariable", "any", (_context, frame, name, key) => variableOf(frame, name, key), variableShape),
  ...onContext("getStepAliases", { list: "string" }, ({ controller }) => ({
    type: "list",
    items: [...controller.aliases],
  })),
  // The variant that the person was given when it entered the campaign, of whichever of its journeys.
  ...onContext("getVariant", "string", ({ journey, person, campaign }) =>
    journey === null || journey.variant === null
      ? (person.journeys.find((own) => own.campaignId === campaign.id && own.variant !== null)?.variant ?? null)
      : journey.variant,
  ),
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
  onSingle("event", "getPerson", "person", () => PERSON),
  onSingle("event", "getEventContext", "event_context", () => EVENT_CONTEXT),
  onSingle("event", "getAliases", { list: "string" }, aliasesOf),
];

/** Of a STEP event: the names besides the first; of any other: none. */
function aliasesOf({ context }: Frame): RuleValue {
  const { detail } = context.event;
  return { type: "list", items: detail.kind === "step" ? detail.names.slice(1) : [] };
}

/** Scopes of those who administer a client's programmes. */
const adminScopes = ["CLIENT_ADMIN", "CLIENT_SUPERUSER", "USER_SUPPORT"];

/** What the front knew of the sender; null where it did not. */
export const eventContextMethods: readonly Method[] = [
  onSingle("event_context", "getAppType", "string", ({ context }) => appTypeOf(context.event)),
  onSingle("event_context", "getSourceGeoIps", { list: "map" }, ({ context }) => {
    const { ip = null, country = null } = context.event.enrichment ?? {};
    return { type: "list", items: ip === null && country === null ? [] : [fromJson({ ip, country })] };
  }),
  onSingle("event_context", "isAdminApi", "boolean", ({ context }) => {
    const scopes = context.event.enrichment?.scopes;
    return scopes === undefined ? null : scopes.some((scope) => adminScopes.includes(scope));
  }),
];

/** As the data say, which prehandlers may have changed; else as the request did. */
export function appTypeOf({ data, enrichment }: PersonEvent): string | null {
  return (
    textOfData(lookUp(data, "app_type")) ?? textOfData(lookUp(data, "extole_app_type")) ?? enrichment?.appType ?? null
  );
}

/** The step that the controller is about to write. */
export const candidateStepMethods: readonly Method[] = [
  onSingle("candidate_step", "getName", "string", ({ context }) => context.controller.name),
  onSingle("candidate_step", "getStepName", "string", ({ context }) => context.controller.name),
  onSingle("candidate_step", "getAliases", { list: "string" }, ({ context }) => ({
    type: "list",
    items: [...context.controller.aliases],
  })),
  onSingle("candidate_step", "getJourneyName", "string", ({ context }) => context.journey && context.journey.name),
];

export const targetingMethods: readonly Method[] = [
  // The newest referral of the person into the campaign's programme.
  onSingle("targeting", "getReferral", "referral", ({ context }) => {
    const relationship = context.person.relationships.findLast(
      (own) => own.myRole === "FRIEND" && isOfProgram(context.campaign, own.program),
    );
    return relationship === undefined ? null : { type: "referral", relationship };
  }),
];

export const referralMethods: readonly Method[] = [
  onReferral("getMySide", "string", (relationship) => relationship.myRole),
  onReferral("getOtherPersonId", "string", (relationship) => relationship.otherPersonId),
  onReferral("getReason", "string", (relationship) => relationship.reason),
  onReferral("getContainer", "string", (relationship) => relationship.container),
  onReferral("getCampaignId", "string", (relationship) => relationship.campaignId),
  onReferral("getProgramLabel", "string", (relationship) => relationship.program),
  onReferral("isSelfReferral", "boolean", (relationship) => relationship.isSelfReferral),
  onReferral("getCreatedDate", "string", (relationship) => isoDate(relationship.createdMs)),
  onReferral("getUpdatedDate", "string", (relationship) => isoDate(relationship.updatedMs)),
];

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

/** A method of `context`, in each form that it has when an event is there. */
function onContext(
  name: string,
  result: StaticType,
  run: (context: RuleContext, frame: Frame, first: RuleValue, second: RuleValue) => RuleValue,
  shape: Omit<MethodShape, "result"> = {},
): Method[] {
  return eventRoots.map((owner) =>
    method(owner, name, { ...shape, result }, (frame, receiver, first, second) =>
      typeOf(receiver) === owner ? run(frame.context, frame, first, second) : wrongReceiver(receiver, name),
    ),
  );
}

function onReferral(name: string, result: StaticType, run: (relationship: Relationship) => RuleValue): Method {
  return method("referral", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "referral"
      ? run(receiver.relationship)
      : wrongReceiver(receiver, name),
  );
}

function onJourney(name: string, result: StaticType, run: (journey: Journey) => RuleValue): Method {
  return method("journey", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "journey"
      ? run(receiver.journey)
      : wrongReceiver(receiver, name),
  );
}

function onNamedValue(name: string, result: StaticType, run: (named: NamedValue) => RuleValue): Method {
  return method("named_value", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "named_value"
      ? run(receiver.named)
      : wrongReceiver(receiver, name),
  );
}
