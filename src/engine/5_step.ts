// Stage 5: a controller fires. Writes the step and its aliases, the journey, the profile and the relationship, then runs the actions.

import { setMember } from "../base/members.ts";
import type { JsonObject } from "../model/json.ts";
import type { PersonEvent } from "../model/event.ts";
import type { Step } from "../model/person.ts";
import type { Program } from "../rules/mod.ts";
import type { Progress } from "./3_ask.ts";
import type { Firing } from "./4_campaigns.ts";
import { cause } from "./event/cause.ts";
import { act } from "./6_act.ts";
import { newId, type Turn } from "./context.ts";
import { updateJourney } from "./campaign/journeys.ts";
import { claimProfileKey } from "./person/keys.ts";
import { relateFriend } from "./person/relationships.ts";
import type { StepCause } from "./explain/past.ts";
import { setDatum } from "./person/person_data.ts";
import { addStep } from "./person/steps.ts";

export function fire(turn: Turn, progress: Progress, program: Program, firing: Firing): void {
  const stepEvent = stepEventOf(turn, progress.inFlight.event, firing);
  writeSteps(turn, progress, firing, stepEvent);
  persistProfile(turn, progress, firing);
  // A second arrival of a unique key is kept for the record and merges profile data; it causes nothing.
  if (firing.isDuplicate) return;
  if (firing.journey !== null) updateJourney(turn, firing.journey, progress.inFlight.event, firing);
  for (const key of firing.data.profileKeys) {
    claimProfileKey(turn, {
      client: progress.inFlight.client,
      keyType: key.name,
      value: key.value,
      personId: progress.person.id,
    });
  }
  relateFriend(turn, progress, program, firing);
  act(turn, progress, program, firing, stepEvent);
  cause(turn, progress, program, stepEvent);
}

function stepEventOf(turn: Turn, by: PersonEvent, firing: Firing): PersonEvent {
  const { controller, campaign } = firing;
  const id = stepId(turn, { causeEventId: by.id, campaignId: campaign.id, name: controller.name });
  const data: JsonObject = {};
  for (const datum of firing.data.step) setMember(data, datum.name, datum.value);
  return {
    id,
    type: "STEP",
    name: controller.name,
    nameKey: controller.name.toLowerCase(),
    eventMs: by.eventMs,
    requestMs: by.requestMs,
    data,
    causeId: by.id,
    rootId: by.rootId,
    container: by.container,
    sandbox: by.sandbox,
    depth: by.depth + 1,
    detail: { kind: "step", stepId: id, names: [controller.name, ...controller.aliases], campaignId: campaign.id },
    enrichment: by.enrichment,
  };
}

/** A1 of `past.ts`. */
function stepId(turn: Turn, of: StepCause): string {
  turn.context.past?.goToStepId(turn, of);
  return newId(turn);
}

function writeSteps(turn: Turn, progress: Progress, firing: Firing, stepEvent: PersonEvent): void {
  const { controller } = firing;
  addStep(turn, progress.person, stepOf(turn, firing, stepEvent, controller.name, "primary"));
  for (const alias of controller.aliases)
    addStep(turn, progress.person, stepOf(turn, firing, stepEvent, alias, "alias"));
  if (!firing.isDuplicate) turn.context.effects.stepsWritten++;
}

function stepOf(turn: Turn, firing: Firing, stepEvent: PersonEvent, name: string, as: "primary" | "alias"): Step {
  const isPrimary = as === "primary";
  const { campaign, controller, journey, data } = firing;
  return {
    id: isPrimary ? stepEvent.id : newId(turn),
    name,
    isPrimary,
    campaignId: campaign.id,
    program: campaign.program,
    journeyName: journey === null ? null : journey.name,
    journeyKey: journey === null ? null : journey.key,
    eventId: stepEvent.id,
    causeEventId: stepEvent.causeId,
    rootEventId: stepEvent.rootId,
    container: stepEvent.container,
    quality: firing.quality,
    scope: controller.scope,
    value: data.value,
    partnerEventId: data.partnerEventId,
    isDuplicate: firing.isDuplicate,
    eventMs: stepEvent.eventMs,
    createdMs: turn.nowMs,
    data: data.step,
  };
}

function persistProfile(turn: Turn, { person }: Progress, firing: Firing): void {
  for (const datum of firing.data.profile) setDatum(turn, person, datum);
}
