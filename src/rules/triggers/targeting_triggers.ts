// Triggers about where an event is directed, and which journeys and zones there are.

import { type CampaignDocument, controllerTypes } from "../../model/campaign.ts";
import { targetingScopes } from "../../model/trigger.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { Parameters } from "../documents/parameters.ts";
import { checked, NO_FACTS, type PreparedTrigger, prepareSelf, type TriggerOwner } from "./trigger.ts";

export function prepareTargeting(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  return checked({ kind: "targeted", scope: parameters.oneOf("scope", targetingScopes) ?? "CAMPAIGN" }, compilation, {
    mayFault: false,
  });
}

export function prepareLabels(_parameters: Parameters, compilation: Compilation): PreparedTrigger {
  return checked({ kind: "labels" }, compilation, { mayFault: false });
}

/** With a label: in a journey of the programme of that label. */
export function prepareStickyJourney(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const program = parameters.text("label")?.trim().toLowerCase() ?? null;
  return checked({ kind: "journey", name: null, program }, compilation, { mayFault: false });
}

/** Only journeys without a key can be told by their name; a journey's own entry cannot ask for it. */
export function prepareJourneyCheck(
  parameters: Parameters,
  compilation: Compilation,
  owner: TriggerOwner,
): PreparedTrigger {
  const name = parameters.requiredText("journey_name").trim().toLowerCase();
  const entries = owner.campaign.steps.filter(
    (step) => step.type === "JOURNEY_ENTRY" && step.journey_name.trim().toLowerCase() === name,
  );
  if (name !== "" && entries.length === 0) parameters.report("journey_name", `the campaign has no journey ${name}`);
  if (entries.some((step) => step.type === "JOURNEY_ENTRY" && step.key !== undefined && step.key !== null))
    parameters.report("journey_name", `the journey ${name} has a key`);
  if (entries.some((step) => step.id === owner.site.controller))
    parameters.report("journey_name", `an entry of the journey ${name} cannot ask whether the person is in it`);
  const requireSelf = prepareSelf(parameters, compilation);
  const check = checked({ kind: "journey", name, program: null }, compilation, { mayFault: requireSelf !== null });
  const emit = (): void => {
    requireSelf?.();
    check.emit();
  };
  return { ...check, emit };
}

/** The state of a zone or step is written in the campaign, so the verdict is known now. */
export function prepareZoneState(
  parameters: Parameters,
  { assembler }: Compilation,
  owner: TriggerOwner,
): PreparedTrigger {
  const zone = parameters.text("zone_name");
  const step = parameters.text("step_name");
  if ((zone === null) === (step === null))
    parameters.report("zone_name", "either zone_name or step_name must be given");
  const isEnabled =
    zone === null
      ? isEnabledStep(owner.campaign, step ?? "", controllerTypes)
      : isEnabledStep(owner.campaign, zone, ["FRONTEND_CONTROLLER"]);
  const verdict = isEnabled !== parameters.boolean("invert_mapping_state", false);
  return { facts: NO_FACTS, mayFault: false, emit: () => assembler.emit("VALUE", assembler.value(verdict)) };
}

/** A zone that the campaign does not have is not enabled in it. */
function isEnabledStep(campaign: CampaignDocument, name: string, types: readonly string[]): boolean {
  const key = name.trim().toLowerCase();
  return campaign.steps.some(
    (step) =>
      step.type !== "JOURNEY_ENTRY" &&
      types.includes(step.type) &&
      step.enabled !== false &&
      [step.name, ...(step.aliases ?? [])].some((own) => own.trim().toLowerCase() === key),
  );
}
