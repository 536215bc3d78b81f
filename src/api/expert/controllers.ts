// Operations on the steps of a campaign: controllers, zones and journey entries. Reading, changing and removing a single one is ours, beyond the contract.

import { ok } from "../../base/result.ts";
import type { StepType } from "../../model/campaign.ts";
import { addStep, bodySchema, changeStep, findStep, removeStep, stepParts, textAt } from "../../management/mod.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import type { JsonSchema } from "../http/schema.ts";
import { QueryReader } from "../http/query.ts";
import { type AnswerRoute, answerError } from "../http/route.ts";
import { oneOf } from "../server/parameters.ts";
import { stepView } from "../management/campaign_views.ts";
import { type CampaignCall, campaignRoutes } from "../management/paths.ts";
import { readSchemaless as read, writeSchemaless as write } from "../management/scopes.ts";
import { changeBodyPart, readBodyPart, readerOf } from "./parts.ts";

const stepTypes = Object.keys(stepParts) as StepType[];

export function controllerRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  return campaignRoutes([
    listRoute(configuration, "listCampaignControllers", "/controllers", "List the steps of a campaign"),
    listRoute(
      configuration,
      "listBuiltCampaignControllers",
      "/controllers/built",
      "List the steps of a campaign as built",
    ),
    {
      ...write,
      operation: "createCampaignController",
      method: "POST",
      summary: "Add a step to a campaign",
      below: "/controllers",
      request: createSchema,
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft, given, newId) => addStep(draft, typeOf(given), withoutType(given), newId),
          view: stepView,
        }),
    },
    {
      ...read,
      operation: "getCampaignController",
      summary: "Read a step of a campaign",
      below: "/controllers/{controller_id}",
      run: (call) =>
        readBodyPart(configuration, call, (body) => {
          const found = findStep(body, call.rest[0] ?? "");
          return found.ok ? ok(stepView(found.value)) : found;
        }),
    },
    {
      ...write,
      operation: "updateCampaignController",
      method: "PUT",
      summary: "Change a step of a campaign",
      below: "/controllers/{controller_id}",
      request: updateSchema,
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft, given, newId) => changeStep(draft, call.rest[0] ?? "", given, newId),
          view: stepView,
        }),
    },
    {
      ...write,
      operation: "deleteCampaignController",
      method: "DELETE",
      summary: "Remove a step from a campaign",
      below: "/controllers/{controller_id}",
      request: null,
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft) => removeStep(draft, call.rest[0] ?? ""),
          isRemoval: true,
          view: stepView,
        }),
    },
  ]);
}

function listRoute(
  configuration: ConfigurationClient,
  operation: string,
  below: string,
  summary: string,
): Parameters<typeof campaignRoutes>[0][number] {
  return {
    ...read,
    operation,
    summary,
    below,
    query: [{ name: "type", schema: oneOf(stepTypes) }],
    run: (call: CampaignCall) => {
      const reader = new QueryReader(call.query);
      const types = reader.oneOf("type", stepTypes, "invalid_parameter");
      if (reader.error !== null) return Promise.resolve(answerError(reader.error));
      return readerOf(below)(configuration, call, ({ steps }) =>
        ok(steps.filter((step) => types.length === 0 || types.includes(textAt(step, "type"))).map(stepView)),
      );
    },
  };
}

function withType(type: StepType): JsonSchema {
  const { properties, ...rest } = bodySchema(stepParts[type], { isPartial: false });
  return { ...rest, properties: { ...(properties as JsonObject), type: { const: type } }, required: ["type"] };
}

const createSchema: JsonSchema = { type: "object", required: ["type"], oneOf: stepTypes.map(withType) };

/** Of any type: what the step's own does not have is refused by who knows the step. */
const updateSchema: JsonSchema = bodySchema(
  { ...stepParts.JOURNEY_ENTRY, ...stepParts.FRONTEND_CONTROLLER, ...stepParts.CONTROLLER },
  { isPartial: true },
);

function typeOf(given: JsonObject): StepType {
  return stepTypes.find((type) => type === given["type"]) ?? "CONTROLLER";
}

function withoutType(given: JsonObject): JsonObject {
  const { type: _type, ...rest } = given;
  return rest;
}
