// What is wrong with a controller, journey entry or flow step, by the code that says so.

import type { JsonValue } from "../../../src/model/json.ts";

interface Members {
  readonly [name: string]: JsonValue | undefined;
}

const LONG = "x".repeat(2049);
const LONG_NAME = "x".repeat(256);
const BROKEN = "javascript@buildtime:(";
const VERY_LONG = `javascript@runtime:"${"x".repeat(4990)}"`;
const controller = { type: "CONTROLLER", name: "signed_up" };
const entry = { type: "JOURNEY_ENTRY", journey_name: "LOYALTY" };

/** Whole bodies. */
export const badSteps: readonly (readonly [Members, string])[] = [
  [{ type: "CONTROLLER" }, "campaign_controller_name_missing"],
  [{ ...controller, name: "a" }, "campaign_controller_name_out_of_range"],
  [{ ...controller, name: "a b" }, "campaign_controller_name_contains_illegal_character"],
  [{ ...controller, name: "converted" }, "campaign_controller_duplicate_controller"],
  [{ type: "FRONTEND_CONTROLLER", name: "banner" }, "campaign_frontend_controller_duplicate_controller"],
  [{ ...controller, journey_names: [" "] }, "campaign_controller_missing_journey_name"],
  [
    { ...controller, journey_names: Array.from({ length: 101 }, (_, n) => `J${n}`) },
    "campaign_controller_too_many_journey_names",
  ],
  [{ ...controller, aliases: ["a b"] }, "invalid_step_alias"],
  [{ ...controller, data: [{ value: 1 }] }, "campaign_step_missing_data_name"],
  [{ ...controller, data: [{ name: "a" }] }, "campaign_step_missing_data_value"],
  [
    {
      ...controller,
      data: [
        { name: "a", value: 1 },
        { name: "a", value: 2 },
      ],
    },
    "campaign_step_duplicate_data_name",
  ],
  [{ ...controller, data: [{ name: LONG_NAME, value: 1 }] }, "campaign_step_data_name_length_out_of_range"],
  [
    { ...controller, data: [{ name: "a", value: VERY_LONG }] },
    "campaign_step_data_value_expression_length_out_of_range",
  ],
  [
    { ...controller, data: [{ name: "a", value: 1, default_value: VERY_LONG }] },
    "campaign_step_data_default_value_expression_length_out_of_range",
  ],
  [{ ...controller, data: [{ name: "a", value: 1, persist_types: ["PROFILE"] }] }, "missing_persist_type_for_step"],
  [{ type: "JOURNEY_ENTRY" }, "null_journey_name"],
  [{ ...entry, journey_name: "a" }, "journey_name_length_out_of_range"],
  [{ ...entry, journey_name: "a b" }, "journey_name_invalid"],
  [{ ...entry, journey_name: "FRIEND" }, "campaign_journey_entry_duplicate_journey_entry"],
  [{ ...entry, key: { name: "a|b", value: 1 } }, "campaign_journey_entry_invalid_journey_key_name"],
  [{ ...entry, key: { name: "", value: 1 } }, "campaign_journey_entry_journey_key_name_invalid_length"],
  [{ ...entry, key: { value: 1 } }, "campaign_journey_entry_null_journey_key_name"],
  [{ ...entry, key: { name: "a" } }, "campaign_journey_entry_null_journey_key_value"],
];

const app = { name: "shop", type: { name: "WEB" } };
const metric = { name: "people", expression: "count", unit: "people", tags: ["a"] };

/** Members in place of those of a good flow step. */
export const badFlowSteps: readonly (readonly [Members, string])[] = [
  [{ flow_path: "" }, "campaign_flow_step_flow_path_missing"],
  [{ flow_path: "/" }, "campaign_flow_step_flow_path_length_out_of_range"],
  [{ flow_path: "main" }, "campaign_flow_step_flow_path_invalid"],
  [{ sequence: undefined }, "campaign_flow_step_sequence_missing"],
  [{ sequence: 0 }, "campaign_flow_step_sequence_invalid"],
  [{ step_name: "" }, "campaign_flow_step_step_name_missing"],
  [{ step_name: "a" }, "campaign_flow_step_step_name_length_out_of_range"],
  [{ name: LONG_NAME }, "campaign_flow_step_name_length_out_of_range"],
  [{ description: LONG }, "campaign_flow_step_description_length_out_of_range"],
  [{ icon_type: "" }, "campaign_flow_step_icon_type_missing"],
  [{ icon_type: "x".repeat(65) }, "campaign_flow_step_icon_type_length_out_of_range"],
  [{ icon_color: "x".repeat(65) }, "campaign_flow_step_icon_color_length_out_of_range"],
  [{ words: { verb_name: LONG_NAME } }, "campaign_flow_step_word_length_out_of_range"],
  [{ apps: [{ ...app, name: LONG_NAME }] }, "campaign_flow_step_app_name_length_out_of_range"],
  [{ apps: [{ ...app, description: LONG }] }, "campaign_flow_step_app_description_length_out_of_range"],
  [{ apps: [{ ...app, type: { name: LONG_NAME } }] }, "campaign_flow_step_app_type_name_length_out_of_range"],
  [{ apps: [{ ...app, type: {} }] }, "campaign_flow_step_app_type_name_missing"],
  [{ metrics: [{ ...metric, name: LONG_NAME }] }, "campaign_flow_step_metric_name_length_out_of_range"],
  [{ metrics: [{ ...metric, description: LONG }] }, "campaign_flow_step_metric_description_length_out_of_range"],
  [{ metrics: [{ ...metric, unit: LONG_NAME }] }, "campaign_flow_step_metric_unit_length_out_of_range"],
  [
    { metrics: [{ ...metric, expression: `javascript@buildtime:"${"x".repeat(4990)}"` }] },
    "campaign_flow_step_metric_expression_length_out_of_range",
  ],
  [{ apps: [{ type: app.type }] }, "campaign_flow_step_app_name_missing"],
  [{ apps: [{ name: app.name }] }, "campaign_flow_step_app_type_missing"],
  [{ metrics: [{ ...metric, name: "" }] }, "campaign_flow_step_metric_name_missing"],
  [{ metrics: [{ ...metric, expression: "" }] }, "campaign_flow_step_metric_expression_missing"],
  [{ metrics: [{ ...metric, unit: " " }] }, "campaign_flow_step_metric_unit_missing"],
  [{ metrics: [{ name: "people", expression: "count", unit: "people" }] }, "campaign_flow_step_metric_tags_missing"],
  [{ metrics: [metric, metric] }, "campaign_flow_step_metric_duplicate_exists"],
  [{ metrics: [{ ...metric, expression: BROKEN }] }, "campaign_flow_step_metric_expression_invalid"],
];
