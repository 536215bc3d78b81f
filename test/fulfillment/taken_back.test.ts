// Mails that hand a reward over stay here once it was taken back, and only those.

import { expect, test } from "vitest";
import { withoutTakenBack } from "../../src/fulfillment/taken_back.ts";
import type { Job } from "../../src/model/job.ts";
import type { RewardState } from "../../src/model/reward.ts";
import { aJob } from "../support/jobs.ts";

const mail = { subject: "s", html: null, text: "t" };
const order = { kind: "EMAIL", zoneName: "z", recipient: "ann@x.com", mail } as const;

/** Of a reward whose id is its state. */
function mailOf(rewardId: RewardState | null, n: number): Job {
  return aJob({ id: String(n), order, subscriber: "email", rewardId });
}

test("a mail goes out for as long as its reward may be handed over", async () => {
  const sent: string[] = [];
  const carrier = withoutTakenBack(
    (jobs) => {
      sent.push(...jobs.map(({ id }) => id));
      return Promise.resolve(jobs.map(({ id }) => ({ result: { kind: "done", value: { id } }, tookMs: 1 })));
    },
    (client, rewardId) => Promise.resolve(client === "acme" ? (rewardId as RewardState) : null),
  );
  const states = ["REVOKED", "FULFILLED", "CANCELED", "SENT", "EXPIRED", "REDEEMED", null] as const;
  const attempted = await carrier(states.map(mailOf));
  expect(sent).toEqual(["1", "3", "5", "6"]);
  const done = (id: string): object => ({ kind: "done", value: { id } });
  const held = (state: string): object => ({
    kind: "not_sent",
    reason: `the reward is ${state}`,
    isFinal: true,
    isWithheld: true,
  });
  expect(attempted.map(({ result }) => result)).toEqual([
    held("REVOKED"),
    done("1"),
    held("CANCELED"),
    done("3"),
    held("EXPIRED"),
    done("5"),
    done("6"),
  ]);
});

test("where nobody can say, a mail waits", async () => {
  const carrier = withoutTakenBack(
    () => Promise.reject(new Error("must not be asked to send")),
    () => Promise.reject(new Error("the partition moves")),
  );
  const [attempted] = await carrier([mailOf("FULFILLED", 1)]);
  expect(attempted?.result).toMatchObject({ kind: "not_sent", isFinal: false });
});
