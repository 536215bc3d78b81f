// Parts of a campaign: added to it, changed and taken away. Parts are kept as they were given, with an id, their type and the defaults that
// deciding needs; everything else is added when they are shown.

import { fail, ok, type Result } from "../base/result.ts";
import type { ActionType } from "../model/action.ts";
import type { StepType } from "../model/campaign.ts";
import { type ApiError, apiError, type ErrorCode } from "../model/errors.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { TriggerType } from "../model/trigger.ts";
import { actionParts } from "./action_parts.ts";
import type { CampaignBody, Part } from "./campaign_head.ts";
import { type Fields, merged, missingMember } from "./part_fields.ts";
import { appFields, flowStepFields, metricFields, stepDataFields, stepParts } from "./step_parts.ts";
import { triggerGroupError } from "./trigger_groups.ts";
import { triggerParts } from "./trigger_parts.ts";

/** Where lists of parts lie, what their ids are called, and how one that is not there is answered. */
export const partLists = {
  trigger: { member: "triggers", id: "trigger_id", unknown: "invalid_controller_trigger_id" },
  action: { member: "actions", id: "action_id", unknown: "invalid_controller_action_id" },
  app: { member: "apps", id: "flow_step_app_id", unknown: "invalid_campaign_flow_step_app_id" },
  metric: { member: "metrics", id: "flow_step_metric_id", unknown: "invalid_campaign_flow_step_metric_id" },
} as const satisfies { readonly [kind: string]: { member: string; id: string; unknown: ErrorCode } };

/** Member of a CREATIVE action that holds its archive in base64; written with a file, and shown as a file. */
export const CREATIVE_ARCHIVE = "archive";

export type PartList = keyof typeof partLists;

/** The body as changed, and the part that it was about. */
export interface PartChange {
  readonly body: CampaignBody;
  readonly part: Part;
}

type Edited = Result<PartChange, ApiError>;

export function addStep(body: CampaignBody, type: StepType, given: JsonObject, newId: () => string): Edited {
  const missing = missingMember(stepParts[type], given);
  if (missing !== null) return fail(apiError(missing));
  const data = listAt(given, "data").map((datum) => ({ id: newId(), ...datum }));
  const step: Part = {
    type,
    id: newId(),
    enabled: true,
    ...given,
    ...(type === "CONTROLLER" ? { data } : {}),
    triggers: [],
    ...(type === "JOURNEY_ENTRY" ? {} : { actions: [] }),
  };
  const error = stepError(body, step);
  return error === null ? ok({ body: { ...body, steps: [...body.steps, step] }, part: step }) : fail(error);
}

export function changeStep(body: CampaignBody, stepId: string, given: JsonObject, newId: () => string): Edited {
  const found = findStep(body, stepId);
  if (!found.ok) return found;
  const foreign = foreignMember(found.value, given);
  if (foreign !== null) {
    const description = `body/${foreign} is no member of a step of type ${textAt(found.value, "type")}`;
    return fail(apiError("validation_error", { description }));
  }
  const step = merged(found.value, identified(found.value, given, { member: "data", id: "id" }, newId));
  const error = stepError(body, step);
  return error === null ? ok({ body: withStep(body, step), part: step }) : fail(error);
}

/** A member that steps of another type have; null takes away what cannot be there, so it may be said. */
function foreignMember(step: Part, given: JsonObject): string | null {
  const own: Fields | undefined = Object.entries(stepParts).find(([type]) => type === step["type"])?.[1];
  const names = Object.keys(given).filter((name) => given[name] !== null);
  return names.find((name) => own === undefined || !Object.hasOwn(own, name)) ?? null;
}

/** What is given, the parts in a list of it with ids: a part with a name of before keeps its id. */
function identified(
  before: Part,
  given: JsonObject,
  of: { readonly member: string; readonly id: string },
  newId: () => string,
): JsonObject {
  if (!Array.isArray(given[of.member])) return given;
  const left = listAt(before, of.member);
  const parts = listAt(given, of.member).map((part) => {
    const at = left.findIndex(({ name, [of.id]: id }) => name === part["name"] && typeof id === "string");
    const [same] = at < 0 ? [] : left.splice(at, 1);
    return { [of.id]: same?.[of.id] ?? newId(), ...part };
  });
  return { ...given, [of.member]: parts };
}

export function removeStep(body: CampaignBody, stepId: string): Edited {
  const found = findStep(body, stepId);
  if (!found.ok) return found;
  return ok({ body: { ...body, steps: body.steps.filter((step) => step !== found.value) }, part: found.value });
}

export function findStep(body: CampaignBody, stepId: string): Result<Part, ApiError> {
  const step = body.steps.find(({ id }) => id === stepId);
  return step === undefined ? fail(apiError("invalid_campaign_controller_id", { controller_id: stepId })) : ok(step);
}

export function addTrigger(
  body: CampaignBody,
  stepId: string,
  of: { readonly type: TriggerType; readonly given: JsonObject; readonly newId: () => string },
): Edited {
  const missing = missingMember(triggerParts[of.type].fields, of.given);
  if (missing !== null) return fail(apiError(missing));
  const defaults = { trigger_phase: "MATCHING", enabled: true, negated: false };
  const trigger: Part = { trigger_id: of.newId(), trigger_type: of.type, ...defaults, ...of.given };
  return editStep(body, stepId, (step) => addTo(step, "trigger", trigger));
}

export function addAction(
  body: CampaignBody,
  stepId: string,
  of: { readonly type: ActionType; readonly given: JsonObject; readonly newId: () => string },
): Edited {
  const missing = missingMember(actionParts[of.type].fields, of.given);
  if (missing !== null) return fail(apiError(missing));
  const action: Part = { action_id: of.newId(), action_type: of.type, quality: "HIGH", enabled: true, ...of.given };
  return editStep(body, stepId, (step) => addTo(step, "action", action));
}

function fieldsOf(list: "trigger" | "action", type: string): Fields {
  const kinds: { readonly [type: string]: { readonly fields: Fields } } =
    list === "trigger" ? triggerParts : actionParts;
  return Object.hasOwn(kinds, type) ? (kinds[type]?.fields ?? {}) : {};
}

/** Of a trigger or action of that type. */
export function changePart(
  body: CampaignBody,
  of: { readonly stepId: string; readonly list: "trigger" | "action"; readonly id: string; readonly type: string },
  given: JsonObject,
): Edited {
  return editStep(body, of.stepId, (step) => {
    const found = findPart(step, of.list, of.id, of.type);
    if (!found.ok) return found;
    const part = merged(found.value, given);
    const missing = missingMember(fieldsOf(of.list, of.type), part);
    return missing === null ? replaceIn(step, of.list, found.value, part) : fail(apiError(missing));
  });
}

export function removePart(
  body: CampaignBody,
  of: { readonly stepId: string; readonly list: "trigger" | "action"; readonly id: string; readonly type: string },
): Edited {
  return editStep(body, of.stepId, (step) => {
    const found = findPart(step, of.list, of.id, of.type);
    return found.ok ? removeFrom(step, of.list, found.value) : found;
  });
}

/** @param type null: of any type */
export function findPart(owner: Part, list: PartList, id: string, type: string | null): Result<Part, ApiError> {
  const { member, id: idName, unknown } = partLists[list];
  const part = listAt(owner, member).find((each) => each[idName] === id);
  if (part === undefined) return fail(apiError(unknown, { id }));
  const own = part["trigger_type"] ?? part["action_type"];
  if (type === null || own === type) return ok(part);
  return fail(
    list === "trigger"
      ? apiError("trigger_type_not_supported", { type: textAt(part, "trigger_type") })
      : apiError(unknown, { id }),
  );
}

export function addFlowStep(body: CampaignBody, given: JsonObject, newId: () => string): Edited {
  const missing = missingMember(flowStepFields, given);
  if (missing !== null) return fail(apiError(missing));
  const apps = listAt(given, "apps").map((app) => ({ flow_step_app_id: newId(), ...app }));
  const metrics = listAt(given, "metrics").map((metric) => ({ flow_step_metric_id: newId(), ...metric }));
  const flowStep: Part = { flow_step_id: newId(), ...given, apps, metrics };
  const error = belowError(flowStep);
  if (error !== null) return fail(error);
  return ok({ body: { ...body, flow_steps: [...body.flow_steps, flowStep] }, part: flowStep });
}

export function changeFlowStep(body: CampaignBody, id: string, given: JsonObject, newId: () => string): Edited {
  const found = findFlowStep(body, id);
  if (!found.ok) return found;
  const withApps = identified(found.value, given, partLists.app, newId);
  const flowStep = merged(found.value, identified(found.value, withApps, partLists.metric, newId));
  const missing = missingMember(flowStepFields, flowStep);
  if (missing !== null) return fail(apiError(missing));
  const error = belowError(flowStep);
  return error === null ? ok({ body: withFlowStep(body, flowStep), part: flowStep }) : fail(error);
}

export function removeFlowStep(body: CampaignBody, id: string): Edited {
  const found = findFlowStep(body, id);
  if (!found.ok) return found;
  return ok({
    body: { ...body, flow_steps: body.flow_steps.filter((each) => each !== found.value) },
    part: found.value,
  });
}

export function findFlowStep(body: CampaignBody, id: string): Result<Part, ApiError> {
  const flowStep = body.flow_steps.find((each) => each["flow_step_id"] === id);
  return flowStep === undefined ? fail(apiError("invalid_campaign_flow_step_id", { flow_step_id: id })) : ok(flowStep);
}

export function addBelowFlowStep(
  body: CampaignBody,
  flowStepId: string,
  of: { readonly list: "app" | "metric"; readonly given: JsonObject; readonly newId: () => string },
): Edited {
  const fields: Fields = of.list === "app" ? appFields : metricFields;
  const missing = missingMember(fields, of.given);
  if (missing !== null) return fail(apiError(missing));
  return editFlowStep(body, flowStepId, (flowStep) =>
    addTo(flowStep, of.list, { [partLists[of.list].id]: of.newId(), ...of.given }),
  );
}

export function changeBelowFlowStep(
  body: CampaignBody,
  of: { readonly flowStepId: string; readonly list: "app" | "metric"; readonly id: string },
  given: JsonObject,
): Edited {
  return editFlowStep(body, of.flowStepId, (flowStep) => {
    const found = findPart(flowStep, of.list, of.id, null);
    if (!found.ok) return found;
    const part = merged(found.value, given);
    const missing = missingMember(of.list === "app" ? appFields : metricFields, part);
    return missing === null ? replaceIn(flowStep, of.list, found.value, part) : fail(apiError(missing));
  });
}

export function removeBelowFlowStep(
  body: CampaignBody,
  of: { readonly flowStepId: string; readonly list: "app" | "metric"; readonly id: string },
): Edited {
  return editFlowStep(body, of.flowStepId, (flowStep) => {
    const found = findPart(flowStep, of.list, of.id, null);
    return found.ok ? removeFrom(flowStep, of.list, found.value) : found;
  });
}

/** The list below a part; empty when it has none. */
export function listAt(owner: JsonObject, member: string): JsonObject[] {
  const list = owner[member];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** Empty where there is no text. */
export function textAt(owner: JsonObject, member: string): string {
  const value = owner[member];
  return typeof value === "string" ? value : "";
}

/** An owner as changed, and the part that it was about. */
type OwnerEdited = Result<{ readonly owner: Part; readonly part: Part }, ApiError>;

function editStep(body: CampaignBody, stepId: string, edit: (step: Part) => OwnerEdited): Edited {
  const found = findStep(body, stepId);
  if (!found.ok) return found;
  const edited = edit(found.value);
  if (!edited.ok) return edited;
  const { owner, part } = edited.value;
  const error = triggerGroupError(listAt(owner, "triggers"), owner["type"] === "JOURNEY_ENTRY");
  return error === null ? ok({ body: withStep(body, owner), part }) : fail(error);
}

function editFlowStep(body: CampaignBody, id: string, edit: (flowStep: Part) => OwnerEdited): Edited {
  const found = findFlowStep(body, id);
  if (!found.ok) return found;
  const edited = edit(found.value);
  if (!edited.ok) return edited;
  const { owner, part } = edited.value;
  const error = belowError(owner);
  return error === null ? ok({ body: withFlowStep(body, owner), part }) : fail(error);
}

function addTo(owner: Part, list: PartList, part: Part): OwnerEdited {
  const { member } = partLists[list];
  return ok({ owner: { ...owner, [member]: [...listAt(owner, member), part] }, part });
}

function replaceIn(owner: Part, list: PartList, before: Part, part: Part): OwnerEdited {
  const { member } = partLists[list];
  return ok({
    owner: { ...owner, [member]: listAt(owner, member).map((each) => (each === before ? part : each)) },
    part,
  });
}

function removeFrom(owner: Part, list: PartList, part: Part): OwnerEdited {
  const { member } = partLists[list];
  if (part["trigger_type"] === "GROUP" && typeof part["trigger_name"] === "string") {
    const hasMembers = listAt(owner, member).some((each) => each["parent_trigger_group_name"] === part["trigger_name"]);
    if (hasMembers) return fail(apiError("trigger_group_is_not_empty"));
  }
  return ok({ owner: { ...owner, [member]: listAt(owner, member).filter((each) => each !== part) }, part });
}

/** Apps and metrics have what they need, and metrics names of their own. */
function belowError(flowStep: Part): ApiError | null {
  for (const app of listAt(flowStep, "apps")) {
    const missing = missingMember(appFields, app);
    if (missing !== null) return apiError(missing);
  }
  const names = new Set<string>();
  for (const metric of listAt(flowStep, "metrics")) {
    const missing = missingMember(metricFields, metric);
    if (missing !== null) return apiError(missing);
    const name = textAt(metric, "name");
    if (names.has(name)) return apiError("campaign_flow_step_metric_duplicate_exists", { name });
    names.add(name);
  }
  return null;
}

/** Ids decide which step it is: a step as changed is another value. */
function withStep(body: CampaignBody, step: Part): CampaignBody {
  return { ...body, steps: body.steps.map((each) => (each["id"] === step["id"] ? step : each)) };
}

function withFlowStep(body: CampaignBody, flowStep: Part): CampaignBody {
  const id = flowStep["flow_step_id"];
  return { ...body, flow_steps: body.flow_steps.map((each) => (each["flow_step_id"] === id ? flowStep : each)) };
}

const STEP_NAME = /^[A-Za-z0-9_-]+$/;
const STEP_NAME_LENGTH_MIN = 2;
const STEP_NAME_LENGTH_MAX = 255;

/** Names of controllers are legal and unique for their journeys; data names are unique and kept on the step. */
function stepError(body: CampaignBody, step: Part): ApiError | null {
  const { name, type, id } = step;
  if (type === "JOURNEY_ENTRY") return null;
  if (typeof name !== "string" || name === "") return apiError("campaign_controller_name_missing");
  if (!name.includes("@buildtime:")) {
    if (name.length < STEP_NAME_LENGTH_MIN || name.length > STEP_NAME_LENGTH_MAX) {
      return apiError("campaign_controller_name_out_of_range", { name });
    }
    if (!STEP_NAME.test(name)) return apiError("campaign_controller_name_contains_illegal_character", { name });
  }
  const isTaken = body.steps.some(
    (other) => other["id"] !== id && other["type"] === type && isSameController(other, step),
  );
  if (isTaken && type === "FRONTEND_CONTROLLER")
    return apiError("campaign_frontend_controller_duplicate_controller", { name });
  if (isTaken) return apiError("campaign_controller_duplicate_controller", { name });
  return dataError(listAt(step, "data"));
}

function isSameController(a: Part, b: Part): boolean {
  return (
    textAt(a, "name").toLowerCase() === textAt(b, "name").toLowerCase() &&
    JSON.stringify(a["journey_names"] ?? []) === JSON.stringify(b["journey_names"] ?? [])
  );
}

function dataError(data: readonly JsonObject[]): ApiError | null {
  const names = new Set<string>();
  for (const datum of data) {
    const missing = missingMember(stepDataFields, datum);
    if (missing !== null) return apiError(missing);
    const name = textAt(datum, "name");
    if (names.has(name)) return apiError("campaign_step_duplicate_data_name", { name });
    names.add(name);
    const types = datum["persist_types"];
    if (Array.isArray(types) && !types.includes("STEP")) return apiError("missing_persist_type_for_step", { name });
  }
  return null;
}

/** Which components a part belongs to: the two members of the contract say the same. */
export function componentsOf(part: Part): JsonObject {
  const references = listAt(part, "component_references");
  const given = part["component_ids"];
  const ids = Array.isArray(given) ? given : references.map(({ component_id }) => component_id ?? "");
  return {
    component_ids: ids,
    component_references:
      references.length > 0 ? references : ids.map((id) => ({ component_id: id, socket_names: [] })),
  };
}
