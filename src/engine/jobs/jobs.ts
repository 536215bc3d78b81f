// Jobs: what an action wants to leave the process is recorded as state, in the same turn as the step that wanted it.

import { memberOf } from "../../base/members.ts";
import type { JobOrder, OutgoingRequest } from "../../model/job.ts";
import type { JsonObject } from "../../model/json.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { ActionOf } from "../../rules/mod.ts";
import { textOf } from "../1_route.ts";
import { cause } from "../event/cause.ts";
import type { Acting } from "../6_act.ts";
import { newId } from "../context.ts";
import { beginJob } from "./deliveries.ts";
import { findOwn } from "../rewards/summary_pages.ts";
import { sourceData } from "../values.ts";
import { mailOf } from "./zone_mail.ts";
import { requestOf, webhookSubscriber } from "./webhooks.ts";

export function orderWebhook(acting: Acting, action: ActionOf<"WEBHOOK">): void {
  const { turn, program, stepEvent } = acting;
  const webhook = memberOf(program.webhooks, action.webhookId);
  if (webhook === undefined || !webhook.isEnabled) return;
  const data = sourceData(action.data, acting.context);
  const request = requestOf(turn, program, { webhook, payload: data, reward: null, rootEventId: stepEvent.rootId });
  if (request === null) return;
  record(acting, action.actionId, { kind: "WEBHOOK", webhookId: webhook.id }, data, { request });
}

export function orderEmail(acting: Acting, action: ActionOf<"EMAIL">): void {
  const { progress } = acting;
  const { zoneName } = action;
  const data = sourceData(action.data, acting.context);
  const recipient = textOf(data["to"]) ?? textOf(data["email"]) ?? progress.person.email;
  const rewardId = recipient === null || recipient !== progress.person.email ? null : rewardSentBy(acting);
  const mail = mailOf(acting, zoneName, data);
  record(acting, action.actionId, { kind: "EMAIL", zoneName, recipient, mail }, data, { rewardId });
}

/**
 * The reward that a mail to its person hands over: the one that is fulfilled at this moment. Of custom rewards only where the supplier says that they
 * go out by mail: otherwise the client sends them itself, and the mail only speaks of it.
 */
function rewardSentBy({ turn, progress, program }: Acting): string | null {
  const { detail } = progress.inFlight.event;
  if (detail.kind !== "reward" || detail.state !== "FULFILLED") return null;
  const summary = findOwn(turn.state, progress.person, detail.rewardId)?.summary;
  const supplier = summary === undefined ? undefined : memberOf(program.suppliers, summary.supplierId);
  if (supplier === undefined) return null;
  const isByMail =
    supplier.reward_supplier_type !== "CUSTOM_REWARD" || supplier.reward_email_auto_send_enabled === true;
  return isByMail ? detail.rewardId : null;
}

/** NOOP looks nothing up: the event that brings the answer follows at once and brings nothing. */
export function orderIntelligence(acting: Acting, action: ActionOf<"DATA_INTELLIGENCE">): void {
  const { provider, eventName, updateIntervalMs } = action;
  if (provider !== "NOOP") {
    const { ip = null, userAgent = null } = acting.stepEvent.enrichment ?? {};
    const asked = { ip, userAgent, email: acting.progress.person.email };
    const order = { kind: "DATA_INTELLIGENCE", provider, eventName, updateIntervalMs, asked } as const;
    return record(acting, action.actionId, order, {});
  }
  const { turn, progress, program } = acting;
  cause(turn, progress, program, followUp(acting, "DATA_INTELLIGENCE", eventName, {}));
}

/** An event of the person that the step leads to at once. */
function followUp({ turn, stepEvent }: Acting, type: PersonEvent["type"], name: string, data: JsonObject): PersonEvent {
  return {
    ...stepEvent,
    id: newId(turn),
    type,
    name,
    nameKey: name.trim().toLowerCase(),
    data,
    causeId: stepEvent.id,
    detail: { kind: "none" },
  };
}

/** Also for other actions that have something to send. */
export function record(
  acting: Acting,
  actionId: string,
  order: JobOrder,
  data: JsonObject,
  {
    request = null,
    rewardId = null,
  }: { readonly request?: OutgoingRequest | null; readonly rewardId?: string | null } = {},
): void {
  const { turn, progress, firing, stepEvent } = acting;
  const id = newId(turn);
  beginJob(turn, {
    id,
    client: progress.inFlight.client,
    personId: progress.person.id,
    order,
    subscriber: subscriberOf(order),
    idempotencyKey: id,
    rewardId,
    request,
    data,
    campaignId: firing.campaign.id,
    campaignVersion: firing.campaign.version,
    actionId,
    causeEventId: stepEvent.id,
    rootEventId: stepEvent.rootId,
    container: stepEvent.container,
    sandbox: stepEvent.sandbox,
    depth: stepEvent.depth,
    createdMs: turn.nowMs,
  });
}

function subscriberOf(order: JobOrder): string {
  switch (order.kind) {
    case "WEBHOOK":
      return webhookSubscriber(order.webhookId);
    case "EMAIL":
    case "SHARE_EMAIL":
      return "email";
    case "PAYOUT":
      return `payout/${order.provider}`;
    case "DATA_INTELLIGENCE":
      return `intelligence/${order.provider}`;
  }
}
