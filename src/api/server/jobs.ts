// What actions want to leave the process: jobs of a person. Ours, beyond the contract.

import { originOf } from "../../base/ids.ts";
import { type Job, jobKey, jobStatuses, type JobTry } from "../../model/job.ts";
import { apiError } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import type { Directory } from "./directory.ts";
import { text } from "./schema_words.ts";
import { personChangeScopes, readScopes } from "./scopes.ts";
import { dateView } from "./views.ts";

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
    status: { enum: [...jobStatuses] },
    attempts: { type: "array", items: { type: "object" } },
    attempt_count: { type: "integer" },
    next_attempt_date: { type: ["string", "null"] },
    ended_date: { type: ["string", "null"] },
    created_date: text,
  },
};

export function jobRoutes(directory: Directory, runtime: RuntimeClient): AnswerRoute[] {
  const own = { kind: "answer", request: null, query: [] } as const;
  return [
    {
      ...own,
      method: "GET",
      scopes: readScopes,
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
    {
      ...own,
      method: "POST",
      scopes: personChangeScopes,
      operation: "retryPersonMail",
      path: "/v5/persons/{person_id}/jobs/{job_id}/retry",
      summary: "Send a mail that was given up, under its id: whoever asks knows that the reader may have it already",
      response: jobSchema,
      run: (call) => retryMail(directory, runtime, call),
    },
  ];
}

/** Calls of webhooks begin anew where their webhook is, payouts with their rewards. */
async function retryMail(directory: Directory, runtime: RuntimeClient, { grant, params }: Call): Promise<Answer> {
  const [personId = "", jobId = ""] = params;
  const person = await directory.person(grant.client, personId);
  if (person === null) return answerError(apiError("person_not_found"));
  const job = (await directory.jobs(person)).find(({ id }) => id === jobId);
  const partition = originOf(jobId);
  const isMail = job?.order.kind === "EMAIL" || job?.order.kind === "SHARE_EMAIL";
  if (job === undefined || partition === undefined || !isMail || job.status !== "DEAD")
    return answerError(apiError("delivery_not_found"));
  const { client, subscriber } = job;
  await runtime.command({ kind: "redrive_jobs", client, partition, subscriber, jobKey: jobKey(job) });
  const anew = (await directory.jobs(person)).find(({ id }) => id === jobId);
  return answerJson(jobView(anew ?? job));
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
