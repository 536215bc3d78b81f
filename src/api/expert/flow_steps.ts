// Operations on the flow steps of a campaign, and on the apps and metrics below them: what people look at, without effect on events.

import { ok, type Result } from "../../base/result.ts";
import {
  addBelowFlowStep,
  addFlowStep,
  appFields,
  bodySchema,
  changeBelowFlowStep,
  changeFlowStep,
  type Fields,
  findFlowStep,
  findPart,
  flowStepFields,
  listAt,
  metricFields,
  type Part,
  partLists,
  removeBelowFlowStep,
  removeFlowStep,
} from "../../management/mod.ts";
import type { ApiError } from "../../model/errors.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import type { AnswerRoute } from "../http/route.ts";
import { texts } from "../server/parameters.ts";
import { flowStepView, partView } from "../management/campaign_views.ts";
import { type CampaignCall, campaignRoutes } from "../management/paths.ts";
import { readSchemaless as read, writeSchemaless as write } from "../management/scopes.ts";
import { changeBodyPart, readerOf } from "./parts.ts";

export function flowStepRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  return campaignRoutes([
    ...wholeRoutes(configuration),
    ...belowRoutes(configuration, "app", "App", appFields),
    ...belowRoutes(configuration, "metric", "Metric", metricFields),
  ]);
}

type Routes = Parameters<typeof campaignRoutes>[0][number][];

function wholeRoutes(configuration: ConfigurationClient): Routes {
  const listed = (operation: string, below: string): Routes[number] => ({
    ...read,
    operation,
    summary: "List the flow steps of a campaign",
    below,
    query: texts("flow_path"),
    run: (call) => {
      const wanted = new QueryReader(call.query).text("flow_path");
      return readerOf(below)(configuration, call, ({ flow_steps }) =>
        ok(flow_steps.filter((step) => wanted === null || step["flow_path"] === wanted).map(flowStepView)),
      );
    },
  });
  const one = (operation: string, below: string): Routes[number] => ({
    ...read,
    operation,
    summary: "Read a flow step",
    below,
    run: (call) =>
      readerOf(below)(configuration, call, (body) => viewed(findFlowStep(body, call.rest[0] ?? ""), flowStepView)),
  });
  return [
    listed("listCampaignFlowSteps", "/flow-steps"),
    listed("listBuiltCampaignFlowSteps", "/flow-steps/built"),
    one("getCampaignFlowStep", "/flow-steps/{flow_step_id}"),
    one("getBuiltCampaignFlowStep", "/flow-steps/{flow_step_id}/built"),
    {
      ...write,
      operation: "createCampaignFlowStep",
      method: "POST",
      summary: "Add a flow step",
      below: "/flow-steps",
      request: bodySchema(flowStepFields, { isPartial: false }),
      run: (call) => changeBodyPart(configuration, call, { change: addFlowStep, view: flowStepView }),
    },
    {
      ...write,
      operation: "updateCampaignFlowStep",
      method: "PUT",
      summary: "Change a flow step",
      below: "/flow-steps/{flow_step_id}",
      request: bodySchema(flowStepFields, { isPartial: true }),
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft, given, newId) => changeFlowStep(draft, call.rest[0] ?? "", given, newId),
          view: flowStepView,
        }),
    },
    {
      ...write,
      operation: "deleteCampaignFlowStep",
      method: "DELETE",
      summary: "Remove a flow step",
      below: "/flow-steps/{flow_step_id}",
      request: null,
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft) => removeFlowStep(draft, call.rest[0] ?? ""),
          isRemoval: true,
          view: flowStepView,
        }),
    },
  ];
}

function belowRoutes(configuration: ConfigurationClient, list: "app" | "metric", name: string, fields: Fields): Routes {
  const root = `/flow-steps/{flow_step_id}/${partLists[list].member}`;
  const below = `${root}/{${list}_id}`;
  const listed = (operation: string, path: string): Routes[number] => ({
    ...read,
    operation,
    summary: `List the ${list}s of a flow step`,
    below: path,
    run: (call) =>
      readerOf(path)(configuration, call, (body) =>
        viewed(findFlowStep(body, call.rest[0] ?? ""), (flowStep) =>
          listAt(flowStep, partLists[list].member).map(partView),
        ),
      ),
  });
  const one = (operation: string, path: string): Routes[number] => ({
    ...read,
    operation,
    summary: `Read one of the ${list}s of a flow step`,
    below: path,
    run: (call) =>
      readerOf(path)(configuration, call, (body) => {
        const flowStep = findFlowStep(body, call.rest[0] ?? "");
        return flowStep.ok ? viewed(findPart(flowStep.value, list, placeOf(call, list).id, null), partView) : flowStep;
      }),
  });
  return [
    listed(`listCampaignFlowStep${name}s`, root),
    listed(`listBuiltCampaignFlowStep${name}s`, `${root}/built`),
    one(`getCampaignFlowStep${name}`, below),
    one(`getBuiltCampaignFlowStep${name}`, `${below}/built`),
    ...belowChanges(configuration, { list, name, fields, root, below }),
  ];
}

function placeOf({ rest }: CampaignCall, list: "app" | "metric") {
  return { flowStepId: rest[0] ?? "", list, id: rest[1] ?? "" };
}

function belowChanges(
  configuration: ConfigurationClient,
  of: {
    readonly list: "app" | "metric";
    readonly name: string;
    readonly fields: Fields;
    readonly root: string;
    readonly below: string;
  },
): Routes {
  const { list, name, fields, root, below } = of;
  return [
    {
      ...write,
      operation: `createCampaignFlowStep${name}`,
      method: "POST",
      summary: `Add to the ${list}s of a flow step`,
      below: root,
      request: bodySchema(fields, { isPartial: false }),
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft, given, newId) => addBelowFlowStep(draft, call.rest[0] ?? "", { list, given, newId }),
          view: partView,
        }),
    },
    {
      ...write,
      operation: `updateCampaignFlowStep${name}`,
      method: "PUT",
      summary: `Change one of the ${list}s of a flow step`,
      below,
      request: bodySchema(fields, { isPartial: true }),
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft, given) => changeBelowFlowStep(draft, placeOf(call, list), given),
          view: partView,
        }),
    },
    {
      ...write,
      operation: `deleteCampaignFlowStep${name}`,
      method: "DELETE",
      summary: `Remove one of the ${list}s of a flow step`,
      below,
      request: null,
      run: (call) =>
        changeBodyPart(configuration, call, {
          change: (draft) => removeBelowFlowStep(draft, placeOf(call, list)),
          isRemoval: true,
          view: partView,
        }),
    },
  ];
}

function viewed(found: Result<Part, ApiError>, view: (part: Part) => object): Result<object, ApiError> {
  return found.ok ? ok(view(found.value)) : found;
}
