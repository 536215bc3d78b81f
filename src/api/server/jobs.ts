// What actions want to leave the process: jobs of a person. Ours, beyond the contract.

import type { Job, JobTry } from "../../model/job.ts";
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
    type: { enum: ["DATA_INTELLIGENCE", "EMAIL", "PAYOUT", "SHARE_EMAIL", "WEBHOOK"] },
    order: { type: "object" },
    data: { type: "object" },
    person_id: text,
    campaign_id: { type: ["string", "null"] },
    campaign_version: { type: "integer" },
    action_id: { type: ["string", "null"] },
    cause_event_id: text,
    root_event_id: text,
    container: text,
    sandbox: text,
    subscriber: text,
    idempotency_key: text,
    reward_id: { type: ["string", "null"] },
    status: { enum: ["WAITING", "DONE", "DEAD"] },
    attempts: { type: "array", items: { type: "object" } },
    attempt_count: { type: "integer" },
    next_attempt_date: { type: ["string", "null"] },
    ended_date: { type: ["string", "null"] },
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
      summary: "What was ordered to leave the process for a person, with its attempts, oldest first",
      response: { type: "array", items: jobSchema },
      run: async ({ grant, params }) => {
        const person = await directory.person(grant.client, params[0] ?? "");
        if (person === null) return answerError(apiError("person_not_found"));
        return answerJson((await directory.jobs(person)).map(jobView));
      },
    },
  ];
}

export function jobView(job: Job): object {
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
    subscriber: job.subscriber,
    idempotency_key: job.idempotencyKey,
    reward_id: job.rewardId,
    status: job.status,
    attempts: job.tries.map(tryView),
    attempt_count: job.attempts,
    next_attempt_date: job.dueMs === null ? null : dateView(job.dueMs),
    ended_date: job.endedMs === null ? null : dateView(job.endedMs),
    created_date: dateView(job.createdMs),
  };
}

function tryView({ atMs, tookMs, outcome, httpStatus, detail }: JobTry): object {
  return { date: dateView(atMs), took_ms: tookMs, outcome, http_status: httpStatus, detail };
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
