// What actions want to leave the process, over HTTP: jobs of a person and signals by polling id.

import { expect, test } from "vitest";
import type { Job } from "../../src/model/job.ts";
import type { Signal } from "../../src/model/signal.ts";
import { ask, CLIENT, expectEnvelope, openFront, OTHER_TOKEN } from "./front_fixture.ts";
import { aPerson, personIdIn } from "./people.ts";

const personId = personIdIn(1);
const job: Job = {
  id: "7000000000000000003",
  client: CLIENT,
  personId,
  order: {
    kind: "DATA_INTELLIGENCE",
    provider: "MAXMIND",
    eventName: "risk",
    updateIntervalMs: 1000,
    asked: { ip: null, email: null, userAgent: null },
  },
  subscriber: "intelligence/MAXMIND",
  idempotencyKey: "7000000000000000003",
  rewardId: null,
  request: null,
  data: { a: 1 },
  campaignId: "7078000000000000001",
  campaignVersion: 4,
  actionId: "a1",
  causeEventId: "7000000000000000002",
  rootEventId: "7000000000000000002",
  container: "production",
  sandbox: "production-production",
  depth: 0,
  createdMs: Date.UTC(2026, 4, 1),
  status: "WAITING",
  attempts: 1,
  attemptsBefore: 0,
  dueMs: Date.UTC(2026, 4, 2),
  place: null,
  tries: [{ atMs: Date.UTC(2026, 4, 1), tookMs: 5, outcome: "FAILED", httpStatus: 500, detail: "down" }],
  endedMs: null,
};

test("jobs of a person are listed in the API's words; those of nobody are an error", async () => {
  const { port, runtime } = await openFront();
  runtime.persons.set(personId, aPerson(personId));
  runtime.jobs.push(job);
  const reply = await ask(port, `/v5/persons/${personId}/jobs`);
  expect(reply.body).toEqual([
    expect.objectContaining({
      id: job.id,
      type: "DATA_INTELLIGENCE",
      order: expect.objectContaining({ provider: "MAXMIND", event_name: "risk", update_interval_ms: 1000 }),
      data: { a: 1 },
      status: "WAITING",
      attempts: [{ date: "2026-05-01T00:00:00.000Z", took_ms: 5, outcome: "FAILED", http_status: 500, detail: "down" }],
      next_attempt_date: "2026-05-02T00:00:00.000Z",
      created_date: "2026-05-01T00:00:00.000Z",
    }),
  ]);
  expectEnvelope(await ask(port, "/v5/persons/1/jobs"), "person_not_found");
  expectEnvelope(await ask(port, `/v5/persons/${personId}/jobs`, { token: OTHER_TOKEN }), "person_not_found");
});

test("signals answer to their polling id, for their client only; none is an empty list", async () => {
  const { port, runtime } = await openFront();
  const base = { data: { n: 1 }, personId, atMs: 1 };
  const signals: Signal[] = [
    { ...base, name: "bought", aliases: ["paid"], partnerEventId: { name: "order_id", value: "A" }, quality: "LOW" },
    { ...base, name: null, aliases: [], partnerEventId: null, quality: "NONE" },
  ];
  runtime.signals.set(`${CLIENT}/p1`, signals);
  const results = { quality_rule_results: [] };
  expect((await ask(port, "/v3/signals/step/status/p1")).body).toEqual({
    polling_id: "p1",
    signals: [
      {
        name: "bought",
        aliases: ["paid"],
        data: { n: 1 },
        partner_event_id: { name: "order_id", value: "A" },
        quality_results: { score: "LOW", ...results },
      },
      { name: "", aliases: [], data: { n: 1 }, quality_results: { score: "HIGH", ...results } },
    ],
  });
  const nothing = { polling_id: "p1", signals: [] };
  expect((await ask(port, "/v3/signals/step/status/p1", { token: OTHER_TOKEN })).body).toEqual(nothing);
});
