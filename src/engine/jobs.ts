// Jobs: what an action wants to leave the process is recorded as state, in the same turn as the step that wanted it.

import type { Job, JobOrder } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { PersonEvent } from "../model/event.ts";
import type { PartitionState } from "../model/state.ts";
import type { ActionOf } from "../rules/mod.ts";
import { cause } from "./4_campaigns.ts";
import type { Acting } from "./6_act.ts";
import { newId, reject } from "./context.ts";
import { JOBS_PER_PERSON_MAX } from "./limits.ts";
import { sourceData } from "./values.ts";

export function orderWebhook(acting: Acting, action: ActionOf<"WEBHOOK">): void {
  const data = sourceData(acting.program, action.data, acting.context);
  record(acting, action.actionId, { kind: "WEBHOOK", webhookId: action.webhookId }, data);
}

export function orderEmail(acting: Acting, action: ActionOf<"EMAIL">): void {
  const data = sourceData(acting.program, action.data, acting.context);
  record(acting, action.actionId, { kind: "EMAIL", zoneName: action.zoneName }, data);
}

/** NOOP looks nothing up: the event that brings the answer follows at once and brings nothing. */
export function orderIntelligence(acting: Acting, action: ActionOf<"DATA_INTELLIGENCE">): void {
  const { provider, eventName, updateIntervalMs } = action;
  if (provider !== "NOOP") {
    return record(acting, action.actionId, { kind: "DATA_INTELLIGENCE", provider, eventName, updateIntervalMs }, {});
  }
  const { turn, progress, program, stepEvent } = acting;
  const event: PersonEvent = {
    ...stepEvent,
    id: newId(turn),
    type: "DATA_INTELLIGENCE",
    name: eventName,
    nameKey: eventName.trim().toLowerCase(),
    data: {},
    causeId: stepEvent.id,
    detail: { kind: "none" },
  };
  cause(turn, progress, program, event);
}

/** Also for other actions that have something to send. */
export function record(acting: Acting, actionId: string, order: JobOrder, data: JsonObject): void {
  const { turn, progress, firing, stepEvent } = acting;
  const personId = progress.person.id;
  if (jobsOf(turn.state, personId).length >= JOBS_PER_PERSON_MAX)
    return reject(turn, stepEvent.rootId, "jobs_per_person_max");
  const job: Job = {
    id: newId(turn),
    client: progress.inFlight.client,
    personId,
    order,
    data,
    campaignId: firing.campaign.id,
    campaignVersion: firing.campaign.version,
    actionId,
    causeEventId: stepEvent.id,
    rootEventId: stepEvent.rootId,
    container: stepEvent.container,
    sandbox: stepEvent.sandbox,
    createdMs: turn.nowMs,
  };
  turn.state.put("job", `${personId}/${job.id}`, job);
}

/** Oldest first. */
export function jobsOf(state: PartitionState, personId: string): Job[] {
  const all = { prefix: `${personId}/`, after: null, limit: JOBS_PER_PERSON_MAX, isReverse: false };
  return state.list("job", all).map(({ value }) => value);
}
