// Campaigns in the contract's words.

import {
  type CampaignBody,
  type CampaignHead,
  type CampaignVersion,
  componentsOf,
  CREATIVE_ARCHIVE,
  isClean,
  isPublished,
  labelsWith,
  listAt,
  type Part,
} from "../../management/mod.ts";
import { isJsonObject } from "../../model/json.ts";

/** @param body the one to show: the draft, or that of an older version */
export function campaignView(head: CampaignHead, body: CampaignBody = head.draft): object {
  return {
    ...summaryOf(head, body),
    version: head.version,
    parent_version: head.parent_version,
    variants: body.variants,
    variant_selector: body.variant_selector,
    incentive_id: head.campaign_id,
    incentive: incentiveView(head.campaign_id, body.incentive),
    components: body.components,
    steps: body.steps.map(stepView),
    flow_steps: body.flow_steps.map(flowStepView),
  };
}

/** As `campaignView`, for the answer of a change that switches partitions. */
export function changedView(head: CampaignHead, isInEffect: boolean): object {
  return isInEffect ? campaignView(head) : { ...campaignView(head), is_in_effect: false };
}

/** @param body as of `campaignView` */
export function summaryView(head: CampaignHead, body: CampaignBody = head.draft): object {
  const [root] = body.components;
  return {
    ...summaryOf(head, body),
    variants: Array.isArray(body.variants) ? body.variants : [],
    root_component_type: typeof root?.["type"] === "string" ? root["type"] : "",
  };
}

function summaryOf(head: CampaignHead, body: CampaignBody): object {
  const { campaign_id, state, schedule, locks, updated_date, last_published_date } = head;
  const { name, description, campaign_type, program_label, program_type, theme_name, tags, labels } = body;
  return {
    campaign_id,
    name,
    description,
    campaign_type,
    program_label,
    program_type,
    theme_name,
    tags,
    // A file may leave it out.
    labels: labelsWith(program_label, labels),
    state,
    ...schedule,
    is_published: body === head.draft ? isClean(head) : isPublished(head, body),
    campaign_locks: locks,
    updated_date,
    last_published_date,
  };
}

function incentiveView(id: string, incentive: CampaignBody["incentive"]): object {
  return { quality_rules: [], reward_rules: [], transition_rules: [], ...incentive, id };
}

export function versionView(version: CampaignVersion): object {
  return {
    version: String(version.version),
    parent_version: version.parent_version === null ? "" : String(version.parent_version),
    message: version.message,
    created_date: version.created_date,
    published_date: version.published_date,
    last_published_date: version.published_date,
    ...version.schedule,
    user_id: "",
    editor_type: "TOKEN",
    editor_id: "",
  };
}

export function stepView(step: Part): object {
  return {
    ...step,
    ...componentsOf(step),
    ...(step["type"] === "JOURNEY_ENTRY"
      ? {}
      : { controller_id: step["id"], actions: listAt(step, "actions").map(partView) }),
    data: listAt(step, "data").map(partView),
    triggers: listAt(step, "triggers").map(partView),
  };
}

export function flowStepView(flowStep: Part): object {
  return {
    ...flowStep,
    ...componentsOf(flowStep),
    apps: listAt(flowStep, "apps").map(partView),
    metrics: listAt(flowStep, "metrics").map(partView),
  };
}

export function partView(part: Part): object {
  if (part["action_type"] !== "CREATIVE") return { ...part, ...inFull(part), ...componentsOf(part) };
  const { [CREATIVE_ARCHIVE]: archive, ...rest } = part;
  // Of a creative the newest is kept: there is one version of it, or none.
  const versions = archive === undefined ? 0 : 1;
  return {
    api_version: 1,
    theme_version: "",
    ...rest,
    ...componentsOf(part),
    has_creative: archive !== undefined,
    latest_version: versions,
    build_version: versions,
  };
}

/** Files of programs may say some members shorter than operators must: they are shown as they can be written back. */
function inFull({ trigger_type, data, as_person_identification: own }: Part): object {
  if (trigger_type === "EXPRESSION") return { data: data ?? {} };
  if (!isJsonObject(own) || own["type"] === undefined || own["person_identification_type"] !== undefined) return {};
  const { type, ...rest } = own;
  return { as_person_identification: { person_identification_type: type, ...rest } };
}
