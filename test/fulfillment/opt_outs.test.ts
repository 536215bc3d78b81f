// Mails are held back from who wants none, and from nobody else.

import { expect, test } from "vitest";
import { withOptOuts } from "../../src/fulfillment/opt_outs.ts";
import type { Job, JobOrder } from "../../src/model/job.ts";
import { aJob } from "../support/jobs.ts";

function jobOf(order: JobOrder, id: string): Job {
  return aJob({ id, order, subscriber: "email" });
}

const share = (recipient: string): JobOrder => ({ kind: "SHARE_EMAIL", shareId: "1", recipient });
const mail = { subject: "s", html: null, text: "t" };
const email = (recipient: string | null): JobOrder => ({ kind: "EMAIL", zoneName: "z", recipient, mail });

test("of several mails those to whom has opted out stay here, and each job gets its own result", async () => {
  const sent: string[] = [];
  const carrier = withOptOuts(
    (jobs) => {
      sent.push(...jobs.map(({ id }) => id));
      return Promise.resolve(jobs.map(({ id }) => ({ result: { kind: "done", value: { id } }, tookMs: 1 })));
    },
    (client, address) => Promise.resolve(client === "acme" && address === "bob@x.com"),
  );
  const orders = [share("Bob@X.com"), email("ann@x.com"), email("bob@x.com"), email(null), share("eve@x.com")];
  const attempted = await carrier(orders.map((order, i) => jobOf(order, String(i))));
  expect(sent).toEqual(["1", "3", "4"]);
  const withheld = { kind: "not_sent", reason: "opted out", isFinal: true, isWithheld: true };
  const done = (id: string): object => ({ kind: "done", value: { id } });
  expect(attempted.map(({ result }) => result)).toEqual([withheld, done("1"), withheld, done("3"), done("4")]);
});

test("where nobody can say, a mail waits and none is lost", async () => {
  const carrier = withOptOuts(
    () => Promise.reject(new Error("must not be asked to send")),
    () => Promise.reject(new Error("the partition moves")),
  );
  const [attempted] = await carrier([jobOf(email("ann@x.com"), "1")]);
  expect(attempted?.result).toMatchObject({ kind: "not_sent", isFinal: false });
});
