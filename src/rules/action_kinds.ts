// Kinds of actions. A new kind is one entry here and one member of `CompiledAction`; an unknown type is a compile error.

import type { ActionDocument } from "../model/campaign.ts";
import type { Compilation } from "./compilation.ts";
import type { Site } from "./compile_error.ts";
import { parseDateMs, parseDurationMs } from "./dates.ts";
import type { Parameters } from "./parameters.ts";
import {
  type ActionQuality,
  type CompiledAction,
  type FiredJourney,
  type Identification,
  identificationTypes,
} from "./program.ts";

interface ActionKind {
  readonly fields: readonly string[];
  compile(
    base: { actionId: string; quality: ActionQuality },
    parameters: Parameters,
    compilation: Compilation,
  ): CompiledAction;
}

const commonFields = ["action_id", "action_type", "quality", "enabled", "component_ids", "component_references"];
const qualities = ["ALWAYS", "HIGH", "LOW"] as const;
const REWARD_NAME_LENGTH_MAX = 255;

export const actionKinds: { readonly [type: string]: ActionKind | undefined } = {
  EARN_REWARD: {
    fields: [
      "reward_supplier_id",
      "reward_name",
      "tags",
      "slots",
      "data",
      "extra_data",
      "event_time",
      "value_of_event_being_rewarded",
      "reward_action_id",
    ],
    compile: (base, parameters, compilation) => ({
      ...base,
      type: "EARN_REWARD",
      supplierId: {
        kind: "constant",
        value: readReference(parameters, "reward_supplier_id", compilation.references.supplierIds),
      },
      rewardName: readRewardName(parameters, compilation),
      tags: compilation.source(parameters, "tags"),
      slots: compilation.source(parameters, "slots"),
      data: compilation.sources(parameters, "data"),
      extraData: compilation.source(parameters, "extra_data"),
      valueOfEvent: compilation.source(parameters, "value_of_event_being_rewarded"),
      eventTime: compilation.source(parameters, "event_time"),
      rewardActionId: compilation.source(parameters, "reward_action_id"),
    }),
  },
  CANCEL_REWARD: rewardMove("CANCEL_REWARD"),
  REVOKE_REWARD: rewardMove("REVOKE_REWARD"),
  FIRE_AS_PERSON: {
    fields: [
      "event_name",
      "as_person_identification",
      "as_person_journey",
      "person_id",
      "labels",
      "data",
      "extra_data",
      "event_time",
    ],
    compile: compileFire,
  },
  CREATE_MEMBERSHIP: membership("CREATE_MEMBERSHIP"),
  REMOVE_MEMBERSHIP: membership("REMOVE_MEMBERSHIP"),
  SCHEDULE: { fields: ["schedule_name", "delays", "dates", "force", "data", "extra_data"], compile: compileSchedule },
};

/** Null when the action is disabled or refused; the latter is reported. */
export function compileAction(document: ActionDocument, site: Site, compilation: Compilation): CompiledAction | null {
  const parameters = compilation.parameters(document, { ...site, action: document.action_id });
  if (!parameters.boolean("enabled", true)) return null;
  const type = document.action_type;
  const kind = Object.hasOwn(actionKinds, type) ? actionKinds[type] : undefined;
  if (kind === undefined) {
    parameters.report("action_type", `action type ${type} is not supported in this release`);
    return null;
  }
  parameters.refuseOthers([...commonFields, ...kind.fields]);
  const quality = parameters.oneOf("quality", qualities) ?? "ALWAYS";
  return kind.compile({ actionId: document.action_id, quality }, parameters, compilation);
}

function rewardMove(type: "CANCEL_REWARD" | "REVOKE_REWARD"): ActionKind {
  return {
    fields: ["reward_id", "message"],
    compile: (base, parameters, compilation) => ({
      ...base,
      type,
      rewardId: compilation.requiredSource(parameters, "reward_id"),
      message: compilation.source(parameters, "message"),
    }),
  };
}

function membership(type: "CREATE_MEMBERSHIP" | "REMOVE_MEMBERSHIP"): ActionKind {
  return {
    fields: ["audience_id"],
    compile: (base, parameters, compilation) => ({
      ...base,
      type,
      audienceId: readReference(parameters, "audience_id", compilation.references.audienceIds),
    }),
  };
}

function readReference(parameters: Parameters, name: string, known: ReadonlySet<string>): string {
  const id = parameters.requiredText(name);
  if (id !== "" && !known.has(id))
    parameters.report(name, `there is no ${name.replace("_id", "").replaceAll("_", " ")} ${id}`);
  return id;
}

function readRewardName(parameters: Parameters, compilation: Compilation): ReturnType<Compilation["source"]> {
  const name = compilation.source(parameters, "reward_name");
  if (name?.kind === "constant" && (typeof name.value !== "string" || name.value.length > REWARD_NAME_LENGTH_MAX)) {
    parameters.report("reward_name", `reward_name must be a text of up to ${REWARD_NAME_LENGTH_MAX} characters`);
  }
  return name;
}

function compileFire(
  base: { actionId: string; quality: ActionQuality },
  parameters: Parameters,
  compilation: Compilation,
): CompiledAction {
  const journey = parameters.within("as_person_journey");
  return {
    ...base,
    type: "FIRE_AS_PERSON",
    eventName: compilation.requiredSource(parameters, "event_name"),
    identification: readIdentification(parameters, compilation),
    data: compilation.sources(parameters, "data"),
    extraData: compilation.source(parameters, "extra_data"),
    labels: parameters.texts("labels") ?? [],
    journey: journey === null ? null : readJourney(journey, compilation),
    referralReason: journey?.text("referral_reason") ?? null,
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

function readJourney(parameters: Parameters, compilation: Compilation): FiredJourney {
  const key = parameters.within("key");
  return {
    journeyName: parameters.text("journey_name"),
    key: key === null ? null : { name: key.requiredText("name"), value: compilation.requiredSource(key, "value") },
  };
}

function compileSchedule(
  base: { actionId: string; quality: ActionQuality },
  parameters: Parameters,
  compilation: Compilation,
): CompiledAction {
  const delays = parameters.texts("delays");
  const dates = parameters.texts("dates");
  if (delays === null && dates === null) parameters.report("delays", "delays or dates must be given");
  const name = compilation.requiredSource(parameters, "schedule_name");
  if (
    name.kind === "constant" &&
    (typeof name.value !== "string" || name.value.length < 2 || name.value.length > 100)
  ) {
    parameters.report("schedule_name", "schedule_name must be a text of 2 to 100 characters");
  }
  return {
    ...base,
    type: "SCHEDULE",
    name,
    delaysMs: readAll(parameters, "delays", delays, parseDurationMs, "durations such as P1D"),
    datesMs: readAll(parameters, "dates", dates, parseDateMs, "dates such as 2026-01-31T12:00:00Z"),
    data: compilation.sources(parameters, "data"),
    extraData: compilation.source(parameters, "extra_data"),
    force: parameters.boolean("force", false),
  };
}

function readAll(
  parameters: Parameters,
  name: string,
  texts: string[] | null,
  parse: (text: string) => number | null,
  wanted: string,
): number[] {
  const values: number[] = [];
  for (const text of texts ?? []) {
    const value = parse(text);
    if (value === null) parameters.report(name, `${name} must be ${wanted}`);
    else values.push(value);
  }
  return values;
}
