// Jobs as the engine makes them, ready for their first attempt.

import type { Job } from "../../src/model/job.ts";

export function aJob(more: Pick<Job, "id" | "order" | "subscriber"> & Partial<Job>): Job {
  return {
    client: "acme",
    personId: "p",
    idempotencyKey: more.id,
    rewardId: null,
    request: null,
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
    ...more,
  };
}

/** @param n its id and its body */
export function webhookJob(
  url: string,
  { n, keyId, client }: { readonly n: number; readonly keyId: string | null; readonly client: string },
): Job {
  const id = String(n);
  return aJob({
    id,
    client,
    order: { kind: "WEBHOOK", webhookId: "W" },
    subscriber: "webhook/W",
    request: { method: "POST", url, headers: {}, body: id, keyId, readsAnswer: false },
  });
}
