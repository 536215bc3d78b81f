// What controllers, zones, journey entries, step data and flow steps ask of their members beyond their schemas; the codes are the contract's.

import type { StepType } from "../model/campaign.ts";
import { type ErrorCode } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import {
  type Check,
  firstError,
  length,
  literal,
  mapAt,
  notBlank,
  number,
  sourceLength,
  syntax,
  texts,
} from "./checks.ts";
import { listAt } from "./campaign_parts.ts";

const NAME_LENGTH_MAX = 255;
const EXPRESSION_LENGTH_MAX = 5000;
const JOURNEY_NAMES_MAX = 100;
const STEP_NAME = /^[A-Za-z0-9_-]+$/;
const UNIT_LENGTH_MAX = 64;
const DESCRIPTION_LENGTH_MAX = 2000;
const SEQUENCE_MAX = 65_535;
const FLOW_PATH = /^(?:\/[A-Za-z0-9_-]+)+$/;

const journeyNames: readonly Check[] = [
  notBlank("journey_names", "campaign_controller_missing_journey_name"),
  (part) => {
    const names = literal(part, "journey_names");
    return Array.isArray(names) && names.length > JOURNEY_NAMES_MAX
      ? "campaign_controller_too_many_journey_names"
      : null;
  },
];

const dataChecks: readonly Check[] = [
  length("name", "campaign_step_data_name_length_out_of_range", NAME_LENGTH_MAX),
  sourceLength("value", "campaign_step_data_value_expression_length_out_of_range", EXPRESSION_LENGTH_MAX),
  sourceLength(
    "default_value",
    "campaign_step_data_default_value_expression_length_out_of_range",
    EXPRESSION_LENGTH_MAX,
  ),
];

const controller: readonly Check[] = [
  ...journeyNames,
  texts("aliases", "invalid_step_alias", (alias) => STEP_NAME.test(alias) && alias.length <= NAME_LENGTH_MAX),
  (part, surroundings) => {
    for (const datum of listAt(part, "data")) {
      const code = firstError(dataChecks, datum, surroundings);
      if (code !== null) return code;
    }
    return null;
  },
];

const journeyEntry: readonly Check[] = [
  (part) => (part["journey_name"] === undefined || part["journey_name"] === null ? "null_journey_name" : null),
  length("journey_name", "journey_name_length_out_of_range", NAME_LENGTH_MAX, 2),
  texts("journey_name", "journey_name_invalid", (name) => STEP_NAME.test(name)),
  (part, { body }) => {
    const name = literal(part, "journey_name");
    const isTaken = body.steps.some(
      (other) => other["type"] === "JOURNEY_ENTRY" && other["id"] !== part["id"] && other["journey_name"] === name,
    );
    return typeof name === "string" && isTaken ? "campaign_journey_entry_duplicate_journey_entry" : null;
  },
  journeyKey,
];

const controllers: { readonly [T in StepType]: readonly Check[] } = {
  CONTROLLER: controller,
  FRONTEND_CONTROLLER: controller,
  JOURNEY_ENTRY: journeyEntry,
};

export function stepChecks(type: string): readonly Check[] {
  return Object.hasOwn(controllers, type) ? controllers[type as StepType] : [];
}

const words = ["singular_noun_name", "plural_noun_name", "verb_name", "rate_name", "person_counting_name"];

export const appChecks: readonly Check[] = [
  length("name", "campaign_flow_step_app_name_length_out_of_range", NAME_LENGTH_MAX),
  length("description", "campaign_flow_step_app_description_length_out_of_range", DESCRIPTION_LENGTH_MAX),
  (part) => {
    const name = mapAt(part, "type")["name"];
    if (typeof name !== "string" || name.trim() === "") return "campaign_flow_step_app_type_name_missing";
    return name.length > NAME_LENGTH_MAX ? "campaign_flow_step_app_type_name_length_out_of_range" : null;
  },
];

export const metricChecks: readonly Check[] = [
  // There may be none of them, but that has to be said.
  ({ tags }) => (tags === undefined || tags === null ? "campaign_flow_step_metric_tags_missing" : null),
  length("name", "campaign_flow_step_metric_name_length_out_of_range", NAME_LENGTH_MAX),
  length("description", "campaign_flow_step_metric_description_length_out_of_range", DESCRIPTION_LENGTH_MAX),
  length("unit", "campaign_flow_step_metric_unit_length_out_of_range", UNIT_LENGTH_MAX),
  sourceLength("expression", "campaign_flow_step_metric_expression_length_out_of_range", EXPRESSION_LENGTH_MAX),
  syntax("expression", "campaign_flow_step_metric_expression_invalid"),
];

export const flowStepChecks: readonly Check[] = [
  length("flow_path", "campaign_flow_step_flow_path_length_out_of_range", NAME_LENGTH_MAX, 2),
  texts("flow_path", "campaign_flow_step_flow_path_invalid", (path) => FLOW_PATH.test(path)),
  number("sequence", "campaign_flow_step_sequence_invalid", (value) => value >= 1 && value <= SEQUENCE_MAX),
  length("step_name", "campaign_flow_step_step_name_length_out_of_range", NAME_LENGTH_MAX, 2),
  length("name", "campaign_flow_step_name_length_out_of_range", NAME_LENGTH_MAX, 1),
  length("description", "campaign_flow_step_description_length_out_of_range", DESCRIPTION_LENGTH_MAX),
  length("icon_type", "campaign_flow_step_icon_type_length_out_of_range", UNIT_LENGTH_MAX),
  length("icon_color", "campaign_flow_step_icon_color_length_out_of_range", UNIT_LENGTH_MAX),
  ...words.map((word): Check => {
    const check = length(word, "campaign_flow_step_word_length_out_of_range", NAME_LENGTH_MAX);
    return (part, surroundings) => check(mapAt(part, "words"), surroundings);
  }),
  below("apps", appChecks),
  below("metrics", metricChecks),
];

function below(list: "apps" | "metrics", checks: readonly Check[]): Check {
  return (part, surroundings) => {
    for (const each of listAt(part, list)) {
      const code = firstError(checks, each, surroundings);
      if (code !== null) return code;
    }
    return null;
  };
}

function journeyKey(part: JsonObject): ErrorCode | null {
  if (part["key"] === undefined || part["key"] === null) return null;
  const { name, value } = mapAt(part, "key");
  if (name === undefined || name === null) return "campaign_journey_entry_null_journey_key_name";
  if (value === undefined || value === null) return "campaign_journey_entry_null_journey_key_value";
  if (typeof name !== "string") return null;
  if (name.trim() === "" || name.length > NAME_LENGTH_MAX)
    return "campaign_journey_entry_journey_key_name_invalid_length";
  return /[|=]/.test(name) ? "campaign_journey_entry_invalid_journey_key_name" : null;
}
