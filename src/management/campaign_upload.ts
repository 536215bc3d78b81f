// A campaign as it is written down whole, in the shape in which it is read: checked part by part as if each were added through its operation.
//
//   L1. Parts keep the ids that the campaign gave them, so that what hangs on an id (a reward's action) stays; others get new ones.
//   L2. What a campaign only shows (states, dates, versions) is left out; what it does not know is refused.
//   L3. What is wrong is told by the id that the archive has: nobody has seen the new one.

import { fail, ok, type Result } from "../base/result.ts";
import type { ActionType } from "../model/action.ts";
import type { StepType } from "../model/campaign.ts";
import type { Configuration } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { TriggerType } from "../model/trigger.ts";
import { actionFields, actionParts } from "./action_parts.ts";
import { campaignFields } from "./campaign_fields.ts";
import { type CampaignBody, emptyBody, type Part } from "./campaign_head.ts";
import {
  addAction,
  addFlowStep,
  addStep,
  addTrigger,
  CREATIVE_ARCHIVE,
  listAt,
  type PartChange,
  textAt,
} from "./campaign_parts.ts";
import { bodyError } from "./part_checks.ts";
import type { Fields } from "./part_fields.ts";
import { flowStepFields, stepParts } from "./step_parts.ts";
import { triggerFields, triggerParts } from "./trigger_parts.ts";

interface Means {
  readonly configuration: Configuration;
  readonly nowMs: number;
  readonly newId: () => string;
  /** Whether a part has the members that it may have; asked with the name of its type. */
  readonly checkPart: (type: string, fields: Fields, part: JsonObject) => ApiError | null;
}

/** Members that campaigns and parts are shown with, and that nobody writes. */
const shown = new Set([
  "campaign_id",
  "state",
  "is_published",
  "version",
  "parent_version",
  "last_published_date",
  "updated_date",
  "created_date",
  "start_date",
  "pause_date",
  "end_date",
  "stop_date",
  "campaign_locks",
  "incentive_id",
  "is_in_effect",
  "controller_id",
  "has_creative",
  "build_version",
  "latest_version",
  "output",
]);

/**
 * @param before whose ids may be kept; null for a new campaign
 * @param archived the campaign's document; its components lie beside it
 */
export function bodyOfUpload(
  before: CampaignBody | null,
  archived: {
    readonly campaign: JsonObject;
    readonly components: readonly JsonObject[];
    /** In base64, by the id of their action. */
    readonly creatives: ReadonlyMap<string, string>;
  },
  means: Means,
): Result<CampaignBody, ApiError> {
  const { campaign, components } = archived;
  const head = headOf(campaign, means);
  if (!head.ok) return head;
  const kept = before === null ? new Set<string>() : idsOf(before);
  const archivedIds = new Map<string, string>();
  let body: CampaignBody = { ...emptyBody, ...head.value, components, steps: [], flow_steps: [] };
  for (const step of listAt(campaign, "steps")) {
    const added = addWhole(body, step, { ...means, kept, archivedIds, creatives: archived.creatives });
    if (!added.ok) return added;
    body = added.value;
  }
  for (const flowStep of listAt(campaign, "flow_steps")) {
    const wrong = partsError(flowStep, ["apps", "metrics"]);
    if (wrong !== null) return fail(wrong);
    const given = written(
      withoutIds(flowStep),
      { type: "flow step", fields: flowStepFields, ids: ["flow_step_id"] },
      means,
    );
    if (!given.ok) return given;
    const added = addFlowStep(body, withKept(given.value, "flow_step_id", kept), means.newId);
    if (!added.ok) return added;
    body = added.value.body;
  }
  const error = bodyError(body, means);
  return error === null ? ok(body) : fail(asArchived(error, archivedIds));
}

/** L3. */
function asArchived({ code, parameters }: ApiError, archivedIds: ReadonlyMap<string, string>): ApiError {
  const { part } = parameters;
  const archived = typeof part === "string" ? archivedIds.get(part) : undefined;
  return { code, parameters: archived === undefined ? parameters : { ...parameters, part: archived } };
}

function headOf(campaign: JsonObject, { checkPart }: Means): Result<Partial<CampaignBody>, ApiError> {
  const lists = ["components", "steps", "flow_steps"];
  const head: { [name: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(campaign)) {
    const isOwn = Object.hasOwn(campaignFields, name);
    if (!isOwn && !lists.includes(name) && !shown.has(name))
      return fail(apiError("invalid_campaign_archive", { member: name }));
    if (isOwn && value !== null) head[name] = value;
  }
  const error = checkPart("campaign", campaignFields, head) ?? partsError(campaign, ["steps", "flow_steps"]);
  return error === null ? ok(head as Partial<CampaignBody>) : fail(error);
}

/** Whether these members, where they are given, are lists of parts. */
function partsError(owner: JsonObject, lists: readonly string[]): ApiError | null {
  const wrong = lists.find((name) => {
    const { [name]: list = null } = owner;
    return list !== null && !(Array.isArray(list) && list.length === listAt(owner, name).length);
  });
  return wrong === undefined ? null : apiError("invalid_campaign_archive", { member: wrong });
}

/** A step with all that hangs below it. */
function addWhole(
  body: CampaignBody,
  step: JsonObject,
  means: Means & {
    readonly kept: ReadonlySet<string>;
    /** By the new id. */
    readonly archivedIds: Map<string, string>;
    readonly creatives: ReadonlyMap<string, string>;
  },
): Result<CampaignBody, ApiError> {
  const { newId, kept, archivedIds } = means;
  const type = textAt(step, "type");
  if (!Object.hasOwn(stepParts, type)) return fail(apiError("invalid_campaign_archive", { step_type: type }));
  const wrong = partsError(step, ["triggers", "actions", "data"]);
  if (wrong !== null) return fail(wrong);
  const { triggers: _triggers, actions: _actions, type: _type, ...own } = step;
  const { data, ...plain } = withoutIds(own);
  const given = written(
    type === "CONTROLLER" && data !== undefined ? { ...plain, data } : plain,
    { type, fields: stepParts[type as StepType], ids: ["id"] },
    means,
  );
  if (!given.ok) return given;
  const added = addStep(body, type as StepType, withKept(given.value, "id", kept), newId);
  if (!added.ok) return added;
  const stepId = textAt(added.value.part, "id");
  noteId(archivedIds, given.value, added.value.part, "id");
  const triggers = addBelow(added.value.body, listAt(step, "triggers"), {
    idName: "trigger_id",
    means,
    archivedIds,
    fieldsOf: (part) => fieldsOf(triggerParts, textAt(part, "trigger_type"), triggerFields),
    add: (draft, part) =>
      addTrigger(draft, stepId, {
        type: textAt(part, "trigger_type") as TriggerType,
        given: withKept(part, "trigger_id", kept),
        newId,
      }),
  });
  if (!triggers.ok) return triggers;
  return addBelow(triggers.value, listAt(step, "actions"), {
    idName: "action_id",
    means,
    archivedIds,
    fieldsOf: (part) => fieldsOf(actionParts, textAt(part, "action_type"), actionFields),
    add: (draft, part) => {
      const archive = means.creatives.get(textAt(part, "action_id"));
      const action = archive === undefined ? part : { ...part, [CREATIVE_ARCHIVE]: archive };
      return addAction(draft, stepId, {
        type: textAt(part, "action_type") as ActionType,
        given: withKept(action, "action_id", kept),
        newId,
      });
    },
  });
}

function addBelow(
  body: CampaignBody,
  parts: readonly JsonObject[],
  of: {
    readonly idName: "trigger_id" | "action_id";
    readonly means: Means;
    readonly archivedIds: Map<string, string>;
    readonly fieldsOf: (part: JsonObject) => Fields | null;
    readonly add: (draft: CampaignBody, part: JsonObject) => Result<PartChange, ApiError>;
  },
): Result<CampaignBody, ApiError> {
  const typeName = of.idName === "trigger_id" ? "trigger_type" : "action_type";
  let draft = body;
  // A group comes before its members, wherever it stands.
  const inOrder = [...parts].sort((a, b) => groupRank(a) - groupRank(b));
  for (const part of inOrder) {
    const fields = of.fieldsOf(part);
    if (fields === null) return fail(apiError("invalid_campaign_archive", { [typeName]: textAt(part, typeName) }));
    const type = textAt(part, typeName);
    const given = written(part, { type, fields, ids: [of.idName, typeName] }, of.means);
    if (!given.ok) return given;
    const added = of.add(draft, given.value);
    if (!added.ok) return added;
    noteId(of.archivedIds, given.value, added.value.part, of.idName);
    draft = added.value.body;
  }
  return ok(draft);
}

/** L3. */
function noteId(archivedIds: Map<string, string>, archived: JsonObject, made: JsonObject, idName: string): void {
  const id = textAt(archived, idName);
  if (id !== "") archivedIds.set(textAt(made, idName), id);
}

/** Groups within groups are told apart by nothing but their parents: those without one come first. */
function groupRank(part: JsonObject): number {
  if (part["trigger_type"] !== "GROUP") return 2;
  return typeof part["parent_trigger_group_name"] === "string" ? 1 : 0;
}

function fieldsOf(
  kinds: { readonly [type: string]: { readonly fields: Fields } },
  type: string,
  common: Fields,
): Fields | null {
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  return kind === undefined ? null : { ...common, ...kind.fields };
}

/** L2. */
function written(
  part: JsonObject,
  of: { readonly type: string; readonly fields: Fields; readonly ids: readonly string[] },
  { checkPart }: Means,
): Result<JsonObject, ApiError> {
  const ids: { [name: string]: JsonValue } = {};
  const given: { [name: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(part)) {
    if (value === null || (shown.has(name) && !Object.hasOwn(of.fields, name))) continue;
    (of.ids.includes(name) ? ids : given)[name] = value;
  }
  const error = checkPart(of.type, of.fields, given);
  return error === null ? ok({ ...given, ...ids }) : fail(error);
}

/** Data, apps and metrics are known by their names. */
function withoutIds(part: JsonObject): JsonObject {
  const lists = ["data", "apps", "metrics"].filter((name) => Array.isArray(part[name]));
  const bare = lists.map((name) => [name, listAt(part, name).map(withoutOwnIds)] as const);
  return { ...part, ...Object.fromEntries(bare) };
}

function withoutOwnIds(part: JsonObject): JsonObject {
  const { id: _id, flow_step_app_id: _appId, flow_step_metric_id: _metricId, ...rest } = part;
  return rest;
}

/** L1. */
function withKept(part: JsonObject, idName: string, kept: ReadonlySet<string>): JsonObject {
  const { [idName]: id, ...rest } = part;
  return typeof id === "string" && kept.has(id) ? part : rest;
}

function idsOf(body: CampaignBody): Set<string> {
  const ids = new Set<string>();
  const take = (part: Part, name: string): void => void ids.add(textAt(part, name));
  for (const step of body.steps) {
    take(step, "id");
    for (const trigger of listAt(step, "triggers")) take(trigger, "trigger_id");
    for (const action of listAt(step, "actions")) take(action, "action_id");
  }
  for (const flowStep of body.flow_steps) take(flowStep, "flow_step_id");
  return ids;
}
