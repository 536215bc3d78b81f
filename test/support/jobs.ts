// A job of a webhook as the engine makes it, ready for its first attempt.

import type { Job } from "../../src/model/job.ts";

/** @param n its id and its body */
export function webhookJob(
  url: string,
  { n, keyId, client }: { readonly n: number; readonly keyId: string | null; readonly client: string },
): Job {
  const id = String(n);
  return {
    id,
    client,
    personId: "p",
    order: { kind: "WEBHOOK", webhookId: "W" },
    subscriber: "webhook/W",
    idempotencyKey: id,
    rewardId: null,
    request: { method: "POST", url, headers: {}, body: id, keyId, readsAnswer: false },
    data: {},
    campaignId: null,
    campaignVersion: 0,
    actionId: null,
    causeEventId: "",
    rootEventId: "",
    container: "production",
    sandbox: "production-production",
    depth: 0,
    createdMs: 0,
    status: "WAITING",
    attempts: 0,
    attemptsBefore: 0,
    dueMs: null,
    place: null,
    tries: [],
    endedMs: null,
  };
}
