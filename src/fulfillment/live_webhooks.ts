// What webhooks say now, for calls that were made with their jobs: asked at each attempt, since hours lie between them.
//
//   W1. A webhook that is disabled or archived calls nobody: what waits ends, and is there to be sent anew.
//   W2. A call is signed by the key that its webhook names now, where it goes to where the webhook leads now; elsewhere by the one that was named when it was made.
//       No receiver gets what was meant for another.
//   W3. Where nobody can say, the call is made as it was ordered: a partition that moves holds up nobody's calls.

import type { Job } from "../model/job.ts";
import type { FindWebhook } from "../model/webhook.ts";
import { asking, notSent } from "./asking.ts";
import type { Carrier } from "./dispatcher.ts";
import type { Attempted } from "./thread.ts";

export function withLiveWebhooks(call: Carrier, findWebhook: FindWebhook): Carrier {
  return asking(call, (job) => asNow(job, findWebhook));
}

async function asNow(job: Job, findWebhook: FindWebhook): Promise<Job | Attempted> {
  const { client, order, request } = job;
  if (order.kind !== "WEBHOOK" || request === null) return job;
  const webhook = await findWebhook(client, order.webhookId).catch(() => undefined);
  if (webhook === undefined) return job;
  if (webhook === null) return notSent({ reason: "the webhook is disabled or archived", isFinal: true });
  const isSameKey = webhook.keyId === request.keyId || !isSameOrigin(webhook.url, request.url);
  return isSameKey ? job : { ...job, request: { ...request, keyId: webhook.keyId } };
}

function isSameOrigin(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}
