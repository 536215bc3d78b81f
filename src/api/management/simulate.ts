// Trying a draft on a person: what it would make of an event. Nothing is stored. Ours, beyond the contract.

import { originOf } from "../../base/ids.ts";
import { buildError, trialProgramOf } from "../../management/mod.ts";
import { apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { type Answer, type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import { parseEventTime } from "../server/event_time.ts";
import { simulationView } from "../server/explanation_views.ts";
import { campaignAsOf, objectOf, textOf } from "./campaign_answers.ts";
import { type CampaignCall, campaignRoutes } from "./paths.ts";
import { writeSchemaless as write } from "./scopes.ts";

export function simulateRoutes(configuration: ConfigurationClient, runtime: RuntimeClient): AnswerRoute[] {
  return campaignRoutes([
    {
      ...write,
      operation: "simulateCampaign",
      method: "POST",
      summary: "Say what a draft would make of an event for a person; nothing is stored",
      below: "/simulate",
      request: {
        type: "object",
        properties: {
          person_id: { type: "string" },
          event_name: { type: "string", minLength: 1, maxLength: 255 },
          event_time: { type: ["string", "null"] },
          data: { type: "object" },
        },
        required: ["person_id", "event_name"],
        additionalProperties: false,
      },
      run: (call) => simulate(configuration, runtime, call),
    },
  ]);
}

async function simulate(
  configuration: ConfigurationClient,
  runtime: RuntimeClient,
  call: CampaignCall,
): Promise<Answer> {
  const { grant, body } = call;
  const campaign = await campaignAsOf(configuration, call);
  if (!campaign.ok) return answerError(campaign.error);
  const personId = textOf(body, "person_id") ?? "";
  const partition = originOf(personId);
  const nowMs = Date.now();
  const time = textOf(body, "event_time");
  const eventMs = time === null ? nowMs : parseEventTime(time);
  if (eventMs === null) return answerError(apiError("invalid_event_time_format"));
  if (partition === undefined || partition >= runtime.partitions) return answerError(apiError("person_not_found"));
  const { head, body: draft } = campaign.value;
  const program = trialProgramOf(await configuration.read(grant.client), head, draft);
  const data: JsonObject = objectOf(objectOf(body)["data"]);
  const event = { name: textOf(body, "event_name") ?? "", data, eventMs, nowMs };
  const answer = await runtime.query(partition, { kind: "simulate", personId, event, program });
  if (answer.kind !== "simulate") throw new Error(`asked for a simulation, answered ${answer.kind}`);
  if (answer.errors.length > 0) return answerError(buildError(answer.errors));
  if (answer.simulation === null) return answerError(apiError("person_not_found"));
  return answerJson(simulationView(answer.simulation));
}
