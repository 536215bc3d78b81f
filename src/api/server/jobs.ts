// What actions want to leave the process: jobs of a person. Ours, beyond the contract.

import type { Job } from "../../model/job.ts";
import { apiError } from "../../model/errors.ts";
import { type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import type { Directory } from "./directory.ts";
import { readScopes } from "./scopes.ts";
import { dateView } from "./views.ts";

const text: JsonSchema = { type: "string" };

const jobSchema: JsonSchema = {
  type: "object",
  properties: {
    id: text,
    type: { enum: ["DATA_INTELLIGENCE", "EMAIL", "SHARE_EMAIL", "WEBHOOK"] },
    order: { type: "object" },
    data: { type: "object" },
    person_id: text,
    campaign_id: text,
    campaign_version: { type: "integer" },
    action_id: text,
    cause_event_id: text,
    root_event_id: text,
    container: text,
    sandbox: text,
    created_date: text,
  },
};

export function jobRoutes(directory: Directory): AnswerRoute[] {
  const read = { kind: "answer", method: "GET", scopes: readScopes, request: null, query: [] } as const;
  return [
    {
      ...read,
      operation: "listPersonJobs",
      path: "/v5/persons/{person_id}/jobs",
      summary: "What actions ordered for a person and is still to leave the process, oldest first",
      response: { type: "array", items: jobSchema },
      run: async ({ grant, params }) => {
        const person = await directory.person(grant.client, params[0] ?? "");
        if (person === null) return answerError(apiError("person_not_found"));
        return answerJson((await directory.jobs(person)).map(jobView));
      },
    },
  ];
}

function jobView(job: Job): object {
  const { kind, ...order } = job.order;
  return {
    id: job.id,
    type: kind,
    order: orderView(order),
    data: job.data,
    person_id: job.personId,
    campaign_id: job.campaignId,
    campaign_version: job.campaignVersion,
    action_id: job.actionId,
    cause_event_id: job.causeEventId,
    root_event_id: job.rootEventId,
    container: job.container,
    sandbox: job.sandbox,
    created_date: dateView(job.createdMs),
  };
}

/** updateIntervalMs -> update_interval_ms. */
function orderView(order: object): object {
  return Object.fromEntries(
    Object.entries(order).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ]),
  );
}
