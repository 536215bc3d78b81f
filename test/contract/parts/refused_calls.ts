// Refusals that are not about one member of a part: what the campaign, its version, its other parts or the request itself forbid. A call for every
// code, each on a campaign of its own.

import { strToU8, zipSync } from "fflate";
import type { Reply } from "../../api/front_fixture.ts";
import { goodActions, goodTriggers } from "./good_parts.ts";
import type { Operator } from "./operator.ts";

export interface RefusedCall {
  readonly code: string;
  readonly call: (operator: Operator) => Promise<Reply>;
}

const UNKNOWN = "7000000000000000007";
const flowStep = { flow_path: "/main", sequence: 1, step_name: "converted", icon_type: "star" };
const group = { operator: "AND", trigger_name: "all" };

function refused(code: string, call: RefusedCall["call"]): RefusedCall {
  return { code, call };
}

/** Below the controller. */
function posting(code: string, below: string, body: object): RefusedCall {
  return refused(code, (operator) => operator.send("POST", `${operator.controller}${below}`, body));
}

/** With the files in the archive of a creative. */
function uploading(code: string, files: Parameters<typeof zipSync>[0]): RefusedCall {
  return refused(code, async (operator) => operator.upload(await creativeOf(operator), zipSync(files)));
}

async function creativeOf(operator: Operator): Promise<string> {
  const root = `${operator.zone}/actions/creatives`;
  return `${root}/${await operator.make(root, goodActions.CREATIVE, "action_id")}`;
}

/** What the controller needs to go live. */
async function listening(operator: Operator): Promise<void> {
  await operator.make(`${operator.controller}/triggers/events`, goodTriggers.EVENT, "trigger_id");
  await operator.send("DELETE", operator.zone);
}

async function grouped(operator: Operator, more: object): Promise<{ groups: string; id: string }> {
  const groups = `${operator.controller}/triggers/groups`;
  return { groups, id: await operator.make(groups, { ...group, ...more }, "trigger_id") };
}

async function aFlowStep(operator: Operator): Promise<string> {
  const root = `${operator.campaign}/flow-steps`;
  return `${root}/${await operator.make(root, flowStep, "flow_step_id")}`;
}

export const refusedCalls: readonly RefusedCall[] = [
  // Who is meant.
  refused("invalid_campaign_controller_id", (operator) =>
    operator.send("GET", `${operator.campaign}/controllers/${UNKNOWN}/triggers`),
  ),
  refused("invalid_controller_trigger_id", (operator) =>
    operator.send("DELETE", `${operator.controller}/triggers/events/${UNKNOWN}`),
  ),
  refused("invalid_controller_action_id", (operator) =>
    operator.send("GET", `${operator.controller}/actions/${UNKNOWN}`),
  ),
  refused("invalid_campaign_flow_step_id", (operator) =>
    operator.send("GET", `${operator.campaign}/flow-steps/${UNKNOWN}`),
  ),
  refused("invalid_campaign_flow_step_app_id", async (operator) =>
    operator.send("DELETE", `${await aFlowStep(operator)}/apps/${UNKNOWN}`),
  ),
  refused("invalid_campaign_flow_step_metric_id", async (operator) =>
    operator.send("GET", `${await aFlowStep(operator)}/metrics/${UNKNOWN}`),
  ),
  refused("trigger_type_not_supported", async (operator) => {
    const { id } = await grouped(operator, {});
    return operator.send("PUT", `${operator.controller}/triggers/events/${id}`, {});
  }),

  // Versions, locks and states.
  refused("campaign_version_malformed", (operator) =>
    operator.send("POST", `${operator.campaign}/version/newest/flow-steps`, flowStep),
  ),
  refused("invalid_campaign_version", (operator) =>
    operator.send("POST", `${operator.campaign}/version/99/flow-steps`, flowStep),
  ),
  refused("campaign_stale_version", (operator) =>
    operator.send("POST", `${operator.campaign}/version/1/flow-steps`, flowStep),
  ),
  refused("campaign_concurrent_update", (operator) => {
    operator.front.configuration.isContended = true;
    return operator.send("POST", `${operator.campaign}/flow-steps`, flowStep);
  }),
  refused("campaign_locked", async (operator) => {
    await operator.send("POST", `${operator.campaign}/lock`, { lock_types: ["EDIT"] });
    return operator.send("POST", `${operator.campaign}/flow-steps`, flowStep);
  }),
  refused("lock_missing_lock_types", (operator) =>
    operator.send("POST", `${operator.campaign}/lock`, { lock_types: [] }),
  ),
  refused("unlock_missing_lock_types", (operator) =>
    operator.send("POST", `${operator.campaign}/unlock`, { lock_types: [] }),
  ),
  refused("invalid_campaign_state", async (operator) => {
    await operator.send("POST", `${operator.campaign}/archive`);
    return operator.send("POST", `${operator.campaign}/flow-steps`, flowStep);
  }),
  refused("date_invalid", async (operator) => {
    const campaign = `/v2/campaigns/${await operator.make("/v2/campaigns", { name: "Empty" }, "campaign_id")}`;
    await operator.send("POST", `${campaign}/publish`, {});
    return operator.send("POST", `${campaign}/schedule`, { start_date: "soon" });
  }),

  // What a draft may lack, and what is live may not.
  refused("campaign_controller_missing_event_trigger", (operator) =>
    operator.send("POST", `${operator.campaign}/publish`, { launch: true }),
  ),
  refused("campaign_controller_missing_event_trigger", async (operator) => {
    await listening(operator);
    const silent = { ...goodTriggers.EVENT, trigger_phase: "QUALIFYING" };
    const step = await operator.make(`${operator.campaign}/controllers`, { type: "CONTROLLER", name: "silent" }, "id");
    await operator.make(`${operator.campaign}/controllers/${step}/triggers/events`, silent, "trigger_id");
    return operator.send("POST", `${operator.campaign}/live`);
  }),
  refused("campaign_controller_action_earn_reward_missing_reward_supplier", async (operator) => {
    await listening(operator);
    const { reward_supplier_id: _supplier, ...action } = goodActions.EARN_REWARD;
    await operator.make(`${operator.controller}/actions/earn-rewards`, action, "action_id");
    return operator.send("POST", `${operator.campaign}/publish`, {});
  }),
  refused("campaign_controller_action_earn_reward_missing_reward_supplier", async (operator) => {
    await listening(operator);
    const { reward_supplier_id: _supplier, ...action } = goodActions.EARN_REWARD;
    await operator.make(`${operator.controller}/actions/earn-rewards`, action, "action_id");
    const { body } = await operator.send("GET", operator.campaign);
    const { version } = body as { version: number };
    return operator.send("POST", `${operator.campaign}/make-latest-published`, { version: String(version) });
  }),
  refused("campaign_build_failed", async (operator) => {
    await listening(operator);
    const expression = { expression: "javascript@runtime:context.getNothing()" };
    await operator.make(`${operator.controller}/actions/expressions`, expression, "action_id");
    return operator.send("POST", `${operator.campaign}/publish`, { launch: true });
  }),
  refused("controller_build_failed", async (operator) => {
    const name = "javascript@buildtime:context.getNothing()";
    await operator.make(`${operator.campaign}/controllers`, { type: "CONTROLLER", name }, "id");
    return operator.send("GET", `${operator.campaign}/controllers/built`);
  }),

  // Triggers among each other.
  refused("triggers_with_duplicate_name", async (operator) => {
    const { groups } = await grouped(operator, {});
    return operator.send("POST", groups, group);
  }),
  refused("parent_trigger_group_name_is_not_a_group", async (operator) => {
    await operator.make(`${operator.controller}/triggers/has-identities`, { trigger_name: "known" }, "trigger_id");
    return operator.send("POST", `${operator.controller}/triggers/has-identities`, {
      parent_trigger_group_name: "known",
    });
  }),
  refused("trigger_belongs_to_a_cycle", async (operator) => {
    const { groups, id } = await grouped(operator, {});
    return operator.send("PUT", `${groups}/${id}`, { parent_trigger_group_name: "all" });
  }),
  refused("trigger_group_is_not_empty", async (operator) => {
    const { groups, id } = await grouped(operator, {});
    const member = { parent_trigger_group_name: "all" };
    await operator.make(`${operator.controller}/triggers/has-identities`, member, "trigger_id");
    return operator.send("DELETE", `${groups}/${id}`);
  }),
  refused("invalid_trigger_phase", async (operator) => {
    await grouped(operator, {});
    return operator.send("POST", `${operator.controller}/triggers/has-identities`, {
      parent_trigger_group_name: "all",
      trigger_phase: "QUALITY",
    });
  }),
  refused("campaign_journey_entry_invalid_trigger_phase", (operator) =>
    operator.send("POST", `${operator.entry}/triggers/has-identities`, { trigger_phase: "QUALIFYING" }),
  ),
  refused("campaign_controller_trigger_journey_check_trigger_cycle", (operator) =>
    operator.send("POST", `${operator.entry}/triggers/journey-checks`, { journey_name: "FRIEND" }),
  ),

  // Flow steps.
  refused("campaign_flow_step_metric_duplicate_exists", async (operator) => {
    const metric = { name: "people", expression: "count", unit: "people", tags: ["a"] };
    const metrics = `${await aFlowStep(operator)}/metrics`;
    await operator.make(metrics, metric, "flow_step_metric_id");
    const other = await operator.make(metrics, { ...metric, name: "others" }, "flow_step_metric_id");
    return operator.send("PUT", `${metrics}/${other}`, { name: "people" });
  }),
  refused("campaign_flow_step_app_name_missing", async (operator) =>
    operator.send("POST", `${await aFlowStep(operator)}/apps`, { type: { name: "WEB" } }),
  ),

  // Creatives.
  refused("campaign_controller_action_creative_missing_archive", async (operator) =>
    operator.send("GET", `${await creativeOf(operator)}.zip`),
  ),
  refused("campaign_controller_action_creative_archive_error", async (operator) =>
    operator.upload(await creativeOf(operator), strToU8("no archive")),
  ),
  uploading("creative_archive_size_too_big", {
    "page.hbs": crypto.getRandomValues(new Uint8Array(65_000)),
    b: noise(),
  }),
  uploading("creative_asset_file_path_invalid", { "page.hbs": strToU8("x"), "../up": strToU8("x") }),
  uploading("creative_asset_file_path_too_long", { "page.hbs": strToU8("x"), ["x".repeat(300)]: strToU8("x") }),
  uploading("creative_asset_file_size_too_big", { "page.hbs": strToU8("x".repeat(300_000)) }),
  uploading("creative_asset_invalid_character_encoding", { "page.hbs": new Uint8Array([0xc3, 0x28]) }),
  uploading("creative_is_missing_renderer", { "read.me": strToU8("x") }),
  uploading("creative_has_unknown_classification", { "page.hbs": strToU8("x"), "email.hbs": strToU8("x") }),
  uploading("creative_has_default_locale_disabled", { "page.hbs": strToU8("x"), "locales/de.json": strToU8("{}") }),
  uploading("creative_has_invalid_locale", { "page.hbs": strToU8("x"), "locales/default.json": strToU8("[]") }),

  // The request.
  refused("invalid_json", (operator) => operator.sendText("POST", `${operator.campaign}/flow-steps`, "{")),
  refused("missing_request_body", (operator) => operator.sendText("POST", `${operator.campaign}/flow-steps`, "")),
  refused("invalid_parameter", (operator) => operator.send("GET", `${operator.campaign}/controllers?type=NOTHING`)),
  posting("invalid_null", "/triggers/zone-states", { zone_name: null }),
  posting("invalid_null", "/actions/schedules", { delays: ["P1D", null] }),
  refused("unsupported_media_type", (operator) =>
    operator.send("POST", `${operator.zone}/actions/creatives/${UNKNOWN}`, {}),
  ),
];

function noise(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(10_000));
}
