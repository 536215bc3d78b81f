// Why an event was decided as it was for a person. Ours, beyond the contract.

import type { Explanation } from "../../engine/mod.ts";
import { apiError } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { explanationSchema } from "./explanation_schema.ts";
import { readScopes } from "./scopes.ts";

export function explainRoutes(runtime: RuntimeClient): AnswerRoute[] {
  return [
    {
      kind: "answer",
      method: "GET",
      scopes: readScopes,
      request: null,
      operation: "explainEvent",
      path: "/v5/persons/{person_id}/explain",
      summary: "Say why an event was decided as it was: every trigger, what it saw and what it asks for",
      query: [{ name: "event_id", schema: { type: "string" } }],
      response: explanationSchema,
      run: (call) => explain(runtime, call),
    },
  ];
}

async function explain(runtime: RuntimeClient, { grant, params, query }: Call): Promise<Answer> {
  const reader = new QueryReader(query);
  const eventId = reader.text("event_id");
  if (reader.error !== null) return answerError(reader.error);
  if (eventId === null) return answerError(apiError("invalid_parameter", { name: "event_id", reason: "missing" }));
  const explained = await runtime.explain({ client: grant.client, personId: params[0] ?? "", eventId });
  switch (explained.kind) {
    case "explained":
      return answerJson(explanationView(explained.explanation));
    case "gone":
      return answerError(apiError("explanation_gone"));
    case "unknown":
      return answerError(apiError("event_not_found"));
  }
}

function explanationView(explanation: Explanation): object {
  const { eventId, personId, processedMs, programHash, configurationRevision, isExact } = explanation;
  return {
    event_id: eventId,
    person_id: personId,
    processed_date: new Date(processedMs).toISOString(),
    program_hash: programHash,
    configuration_revision: configurationRevision,
    is_exact: isExact,
    events: explanation.events.map(({ id, type, name, eventMs, controllers }) => ({
      event_id: id,
      event_type: type,
      event_name: name,
      event_time: new Date(eventMs).toISOString(),
      controllers: controllers.map(controllerView),
    })),
    rewards: explanation.rewards.map(({ rewardId, name, supplierId, stateNow }) => ({
      reward_id: rewardId,
      name,
      reward_supplier_id: supplierId,
      state: stateNow,
    })),
    messages: explanation.messages.map(({ kind, personId: to }) => ({ kind, person_id: to })),
  };
}

function controllerView(controller: Explanation["events"][number]["controllers"][number]): object {
  const { campaignId, campaignName, campaignVersion, controllerId, controllerName, outcome, quality } = controller;
  return {
    campaign_id: campaignId,
    campaign_name: campaignName,
    campaign_version: campaignVersion,
    controller_id: controllerId,
    controller_name: controllerName,
    outcome,
    quality,
    triggers: controller.triggers.map(
      ({ triggerId, triggerType, phase, nesting, verdict, fault, seen, wants, code }) => ({
        trigger_id: triggerId,
        trigger_type: triggerType,
        trigger_phase: phase,
        nesting,
        passed: verdict,
        fault,
        seen,
        wants,
        code,
      }),
    ),
    actions: controller.actions.map(({ actionId, actionType, isRun }) => ({
      action_id: actionId,
      action_type: actionType,
      is_run: isRun,
    })),
  };
}
