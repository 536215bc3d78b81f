// What webhooks say now, or did a second ago, for calls that were made with their jobs: asked at each attempt, since hours lie between them.
//
//   W1. A webhook that is disabled or archived calls nobody: what waits ends, and is there to be sent anew.
//   W2. A call that says nothing but its webhook's URL goes where the webhook leads now: whoever mends an address wants what waits, and what is dead and sent anew,
//       to arrive there, and not to stand in the way of what comes since. Where a call goes that an expression has shaped is said with it, for good.
//   W3. A call is signed by the key that its webhook names now, where it goes to where the webhook leads now; elsewhere by the one that was named when it was made.
//       No receiver gets what was meant for another.
//   W4. Where nobody can say, the call is made as it was ordered: a partition that moves holds up nobody's calls.

import type { Job, OutgoingRequest } from "../model/job.ts";
import type { FindWebhook } from "../model/webhook.ts";
import { asking, notSent } from "./asking.ts";
import type { Carrier } from "./dispatcher.ts";
import { LIVE_WEBHOOK_MS, LIVE_WEBHOOKS_REMEMBERED_MAX } from "./settings.ts";
import type { Attempted } from "./thread.ts";

export function withLiveWebhooks(call: Carrier, findWebhook: FindWebhook): Carrier {
  const find = remembering(findWebhook);
  return asking(call, (job) => asNow(job, find));
}

interface Found {
  readonly untilMs: number;
  readonly webhook: ReturnType<FindWebhook>;
}

/** A busy webhook is asked about once a while, not once a call. What could not be found out is asked for again. */
function remembering(findWebhook: FindWebhook): FindWebhook {
  const known = new Map<string, Found>();
  return (client, webhookId) => {
    const [key, nowMs] = [`${client}/${webhookId}`, Date.now()];
    const before = known.get(key);
    if (before !== undefined && nowMs < before.untilMs) return before.webhook;
    if (known.size >= LIVE_WEBHOOKS_REMEMBERED_MAX) known.clear();
    const webhook = findWebhook(client, webhookId);
    known.set(key, { untilMs: nowMs + LIVE_WEBHOOK_MS, webhook });
    webhook.catch(() => known.delete(key));
    return webhook;
  };
}

async function asNow(job: Job, findWebhook: FindWebhook): Promise<Job | Attempted> {
  const { client, order, request } = job;
  if (order.kind !== "WEBHOOK" || request === null) return job;
  const webhook = await findWebhook(client, order.webhookId).catch(() => undefined);
  if (webhook === undefined) return job;
  if (webhook === null) return notSent({ reason: "the webhook is disabled or archived", isFinal: true });
  const url = webhook.isPlain && isPlain(request) && URL.canParse(webhook.url) ? webhook.url : request.url;
  const keyId = isSameOrigin(webhook.url, url) ? webhook.keyId : request.keyId;
  if (url === request.url && keyId === request.keyId) return job;
  return { ...job, request: { ...request, url, keyId } };
}

/** An expression may have given headers that are for one receiver only, and be gone from the webhook since. */
function isPlain({ headers }: OutgoingRequest): boolean {
  return Object.keys(headers).every((name) => name === "content-type");
}

function isSameOrigin(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}
