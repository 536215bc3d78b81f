// FIRE_AS_PERSON: an event for another person. Who it is, and which journey the event belongs to.

import { identificationTypes } from "../../model/action.ts";
import { referralReasons, touchNames } from "../../model/journey.ts";
import type { Compilation } from "../documents/compilation.ts";
import { type ActionBase, type CompiledAction, type FiredJourney, type Identification } from "./compiled_action.ts";
import type { Parameters } from "../documents/parameters.ts";

export const fireFields = [
  "event_name",
  "as_person_identification",
  "as_person_journey",
  "person_id",
  "labels",
  "data",
  "extra_data",
  "event_time",
];
const journeyFields = [
  "campaign_id",
  "journey_name",
  "journey_type",
  "key",
  "container",
  "referral_reason",
  ...touchNames,
];
const identificationFields = ["person_identification_type", "type", "value", "partner_event_key"];
const LABEL_PATTERN = /^[a-z0-9_-]{2,50}$/;

export function compileFire(base: ActionBase, parameters: Parameters, compilation: Compilation): CompiledAction {
  const journey = parameters.within("as_person_journey");
  const labels = parameters.texts("labels") ?? [];
  for (const label of labels) {
    if (!LABEL_PATTERN.test(label))
      parameters.report("labels", `a label has 2 to 50 lower-case letters, digits, - or _; ${label} has not`);
  }
  return {
    ...base,
    type: "FIRE_AS_PERSON",
    eventName: compilation.requiredSource(parameters, "event_name"),
    identification: readIdentification(parameters, compilation),
    data: compilation.sources(parameters, "data"),
    extraData: compilation.source(parameters, "extra_data"),
    labels,
    journey: journey === null ? null : readJourney(journey, compilation),
    referralReason: journey?.oneOf("referral_reason", referralReasons) ?? null,
    eventTime: compilation.source(parameters, "event_time"),
  };
}

/** Exactly one: `person_id` is the short form of an identification by person id. */
function readIdentification(parameters: Parameters, compilation: Compilation): Identification {
  const within = parameters.within("as_person_identification");
  const personId = compilation.source(parameters, "person_id");
  if ((within === null) === (personId === null)) {
    parameters.report("as_person_identification", "either as_person_identification or person_id must be given");
  }
  if (within === null)
    return { type: "PERSON_ID", value: personId ?? { kind: "constant", value: null }, partnerEventKey: null };
  within.refuseOthers(identificationFields);
  const type =
    within.oneOf("person_identification_type", identificationTypes) ?? within.oneOf("type", identificationTypes);
  if (type === null)
    parameters.report("as_person_identification", `its type must be one of ${identificationTypes.join(", ")}`);
  const partnerEventKey = within.text("partner_event_key");
  if (type === "PARTNER_EVENT_ID" && partnerEventKey === null) {
    parameters.report("as_person_identification", "PARTNER_EVENT_ID needs a partner_event_key");
  }
  return { type: type ?? "PERSON_ID", value: compilation.requiredSource(within, "value"), partnerEventKey };
}

/** `journey_type` is the consumer API's word for the journey's name. */
function readJourney(parameters: Parameters, compilation: Compilation): FiredJourney {
  parameters.refuseOthers(journeyFields);
  const key = parameters.within("key");
  key?.refuseOthers(["name", "value"]);
  if (parameters.has("journey_name") && parameters.has("journey_type"))
    parameters.report("journey_type", "journey_name and journey_type are the same; one of them is enough");
  const given = touchNames.filter((name) => parameters.has(name));
  return {
    campaignId: compilation.source(parameters, "campaign_id"),
    journeyName: compilation.source(parameters, parameters.has("journey_name") ? "journey_name" : "journey_type"),
    key: key === null ? null : { name: key.requiredText("name"), value: compilation.requiredSource(key, "value") },
    container: compilation.source(parameters, "container"),
    touch: Object.fromEntries(given.map((name) => [name, compilation.requiredSource(parameters, name)])),
  };
}
