// Steps and flow steps as operators write them: controllers, zones, journey entries, step data; the funnel that people look at.

import {
  campaignStates,
  dataKeyTypes,
  persistTypes,
  selectorNames,
  sendPolicies,
  type StepType,
} from "../model/campaign.ts";
import { scopes } from "../model/person.ts";
import {
  built,
  builtOrAtRuntime,
  anything,
  componentFields,
  type Fields,
  flag,
  integer,
  listOf,
  oneOf,
  plain,
  required,
  text,
} from "./part_fields.ts";

const scope = built(oneOf(...scopes));
const states = built(listOf(oneOf(...campaignStates)));

export const stepDataFields: Fields = {
  name: required("campaign_step_missing_data_name", built(text)),
  value: required("campaign_step_missing_data_value", builtOrAtRuntime(anything)),
  default_value: builtOrAtRuntime(anything),
  scope,
  dimension: built(flag),
  persist_types: built(listOf(oneOf(...persistTypes))),
  key_type: built(oneOf(...dataKeyTypes)),
  enabled: built(flag),
  ...componentFields,
};

const stepFields: Fields = {
  enabled: built(flag),
  step_builder: builtOrAtRuntime(anything),
  ...componentFields,
};

const controllerFields: Fields = {
  ...stepFields,
  name: required("campaign_controller_name_missing", built(text)),
  scope,
  aliases: built(listOf(text)),
  journey_names: built(listOf(text)),
  enabled_on_states: states,
  send_policy: built(oneOf(...sendPolicies)),
};

/** By the discriminator `type`. */
export const stepParts = {
  CONTROLLER: {
    ...controllerFields,
    selectors: built(listOf(oneOf(...selectorNames))),
    data: plain(
      listOf({
        type: "object",
        properties: Object.fromEntries(Object.entries(stepDataFields).map(([name, { schema }]) => [name, schema])),
        additionalProperties: false,
      }),
    ),
  },
  FRONTEND_CONTROLLER: { ...controllerFields, category: built(text) },
  JOURNEY_ENTRY: {
    ...stepFields,
    journey_name: built(text),
    priority: built({ type: ["string", "number"] }),
    key: plain({
      type: ["object", "null"],
      properties: { name: text, value: anything },
      additionalProperties: false,
    }),
  },
} as const satisfies { readonly [T in StepType]: Fields };

export const appFields: Fields = {
  name: required("campaign_flow_step_app_name_missing", built(text)),
  description: built(text),
  type: required(
    "campaign_flow_step_app_type_missing",
    plain({ type: "object", properties: { name: text }, additionalProperties: false }),
  ),
  ...componentFields,
};

export const metricFields: Fields = {
  name: required("campaign_flow_step_metric_name_missing", built(text)),
  description: built(text),
  expression: required("campaign_flow_step_metric_expression_missing", built(text)),
  unit: required("campaign_flow_step_metric_unit_missing", built(text)),
  tags: built(listOf(text)),
  ...componentFields,
};

const words = ["singular_noun_name", "plural_noun_name", "verb_name", "rate_name", "person_counting_name"] as const;

function objectOf(fields: Fields): Fields[string] {
  return plain({
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
    additionalProperties: false,
  });
}

export const flowStepFields: Fields = {
  flow_path: required("campaign_flow_step_flow_path_missing", built(text)),
  sequence: required("campaign_flow_step_sequence_missing", built(integer)),
  step_name: required("campaign_flow_step_step_name_missing", built(text)),
  name: built(text),
  description: built(text),
  icon_type: required("campaign_flow_step_icon_type_missing", built(text)),
  icon_color: built(text),
  tags: built(listOf(text)),
  words: objectOf(Object.fromEntries(words.map((word) => [word, built(text)]))),
  apps: plain(listOf(objectOf(appFields).schema)),
  metrics: plain(listOf(objectOf(metricFields).schema)),
  ...componentFields,
};
