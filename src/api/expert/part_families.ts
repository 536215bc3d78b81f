// Triggers and actions: for each type of the table, the operations to create, read, change and remove one, and its built form where the contract has a
// path for it; for all types together, lists and reads.

import { ok, type Result } from "../../base/result.ts";
import type { ActionType } from "../../model/action.ts";
import {
  actionFields,
  actionParts,
  addAction,
  addTrigger,
  bodySchema,
  type CampaignBody,
  changePart,
  type Fields,
  findPart,
  findStep,
  listAt,
  type PartChange,
  type PartKind,
  partLists,
  removePart,
  triggerFields,
  triggerParts,
} from "../../management/mod.ts";
import type { ApiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { TriggerType } from "../../model/trigger.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import type { AnswerRoute } from "../http/route.ts";
import { partView } from "../management/campaign_views.ts";
import { type CampaignCall, campaignRoutes } from "../management/paths.ts";
import { readSchemaless as read, writeSchemaless as write } from "../management/scopes.ts";
import { changeBodyPart, readerOf } from "./parts.ts";

interface Family {
  readonly list: "trigger" | "action";
  readonly common: Fields;
  readonly kinds: { readonly [type: string]: PartKind };
  readonly add: (
    draft: CampaignBody,
    stepId: string,
    of: { readonly type: string; readonly given: JsonObject; readonly newId: () => string },
  ) => Result<PartChange, ApiError>;
}

const triggers: Family = {
  list: "trigger",
  common: triggerFields,
  kinds: triggerParts,
  add: (draft, stepId, { type, ...of }) => addTrigger(draft, stepId, { ...of, type: type as TriggerType }),
};

const actions: Family = {
  list: "action",
  common: actionFields,
  kinds: actionParts,
  add: (draft, stepId, { type, ...of }) => addAction(draft, stepId, { ...of, type: type as ActionType }),
};

export function partFamilyRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  return [triggers, actions].flatMap((family) => [
    ...untypedRoutes(configuration, family),
    ...Object.entries(family.kinds).flatMap(([type, kind]) => typedRoutes(configuration, family, { type, kind })),
  ]);
}

function untypedRoutes(configuration: ConfigurationClient, { list }: Family): AnswerRoute[] {
  const name = list === "trigger" ? "Trigger" : "Action";
  const root = `/controllers/{controller_id}/${partLists[list].member}`;
  const listed = (operation: string, below: string, type: string | null = null) => ({
    ...read,
    operation,
    summary: `List the ${list}s of a controller`,
    below,
    run: (call: CampaignCall) =>
      readerOf(below)(configuration, call, (body) => {
        const step = findStep(body, call.rest[0] ?? "");
        if (!step.ok) return step;
        const parts = listAt(step.value, partLists[list].member);
        return ok(parts.filter((part) => type === null || part[`${list}_type`] === type).map(partView));
      }),
  });
  const one = (operation: string, below: string) => ({
    ...read,
    operation,
    summary: `Read a ${list} of any type`,
    below,
    run: (call: CampaignCall) => readPart(readerOf(below), configuration, call, { list, type: null }),
  });
  return campaignRoutes([
    listed(`listCampaignController${name}s`, root),
    listed(`listBuiltCampaignController${name}s`, `${root}/built`),
    one(`getCampaignController${name}`, `${root}/{${list}_id}`),
    one(`getBuiltCampaignController${name}`, `${root}/{${list}_id}/built`),
    ...(list === "action"
      ? [listed("listDataIntelligenceActions", `${root}/data-intelligences`, "DATA_INTELLIGENCE")]
      : []),
  ]);
}

function typedRoutes(
  configuration: ConfigurationClient,
  { list, common, add }: Family,
  { type, kind }: { readonly type: string; readonly kind: PartKind },
): AnswerRoute[] {
  const fields: Fields = { ...common, ...kind.fields };
  const root = `/controllers/{controller_id}/${partLists[list].member}/${kind.segment}`;
  const below = `${root}/{${list}_id}`;
  const name = operationName(type, list);
  const words = `${list} of type ${type}`;
  const reading = (operation: string, path: string) => ({
    ...read,
    operation,
    summary: `Read a ${words}`,
    below: path,
    run: (call: CampaignCall) => readPart(readerOf(path), configuration, call, { list, type }),
  });
  return campaignRoutes([
    reading(`get${name}`, below),
    ...(kind.isBuilt ? [reading(`getBuilt${name}`, `${below}/built`)] : []),
    {
      ...write,
      operation: `create${name}`,
      method: "POST",
      summary: `Add a ${words}`,
      below: root,
      request: bodySchema(fields, { isPartial: false }),
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft, given, newId) => add(draft, call.rest[0] ?? "", { type, given, newId }),
          view: partView,
        }),
    },
    {
      ...write,
      operation: `update${name}`,
      method: "PUT",
      summary: `Change a ${words}`,
      below,
      request: bodySchema(fields, { isPartial: true }),
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft, given) => changePart(draft, { ...placeOf(call), list, type }, given),
          view: partView,
        }),
    },
    {
      ...write,
      operation: `delete${name}`,
      method: "DELETE",
      summary: `Remove a ${words}`,
      below,
      request: null,
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft) => removePart(draft, { ...placeOf(call), list, type }),
          isRemoval: true,
          view: partView,
        }),
    },
  ]);
}

function readPart(
  readBody: ReturnType<typeof readerOf>,
  configuration: ConfigurationClient,
  call: CampaignCall,
  { list, type }: { readonly list: "trigger" | "action"; readonly type: string | null },
): ReturnType<AnswerRoute["run"]> {
  const { stepId, id } = placeOf(call);
  return readBody(configuration, call, (body) => {
    const step = findStep(body, stepId);
    if (!step.ok) return step;
    const part = findPart(step.value, list, id, type);
    return part.ok ? ok(partView(part.value)) : part;
  });
}

function placeOf({ rest }: CampaignCall): { readonly stepId: string; readonly id: string } {
  return { stepId: rest[0] ?? "", id: rest[1] ?? "" };
}

/** HAS_PRIOR_STEP -> HasPriorStepTrigger. */
function operationName(type: string, list: "trigger" | "action"): string {
  const words = type.split("_").map((word) => word.slice(0, 1) + word.slice(1).toLowerCase());
  return `${words.join("")}${list === "trigger" ? "Trigger" : "Action"}`;
}
