// GET /v5/persons/{id}/explain: what the runtime found out, in the API's words.

import { Ajv } from "ajv";
import { expect, test } from "vitest";
import type { Explanation } from "../../src/engine/mod.ts";
import type { Prehandling } from "../../src/model/prehandler.ts";
import { explanationSchema } from "../../src/api/server/explanation_schema.ts";
import { ask, expectEnvelope, openFront } from "./front_fixture.ts";

const explanation: Explanation = {
  eventId: "7000000000000000002",
  personId: "7000000000000000001",
  processedMs: Date.UTC(2026, 4, 1),
  programHash: "ab12",
  configurationRevision: 3,
  isExact: true,
  events: [
    {
      id: "7000000000000000002",
      type: "INPUT",
      name: "bought",
      eventMs: Date.UTC(2026, 4, 1),
      prehandling: null,
      controllers: [
        {
          campaignId: "7078000000000000001",
          campaignName: "Refer a friend",
          campaignVersion: 4,
          controllerId: "c1",
          controllerName: "bought",
          outcome: "not_qualified",
          quality: null,
          triggers: [
            {
              triggerId: "t1",
              triggerType: "EXPRESSION",
              phase: "QUALIFYING",
              nesting: 0,
              verdict: false,
              fault: null,
              seen: [{ what: "data amount", value: "49" }],
              wants: ["order of two numbers or two texts: >= 50"],
              code: "0  RETURN",
            },
          ],
          actions: [{ actionId: "a1", actionType: "EARN_REWARD", isRun: false }],
        },
      ],
      shown: null,
    },
  ],
  rewards: [{ rewardId: "0001ab", name: "credit", supplierId: "s1", stateNow: "FULFILLED" }],
  messages: [{ kind: "relate", personId: "7000000000000000009" }],
  refusals: ["budget_exhausted"],
};
const path = `/v5/persons/${explanation.personId}/explain`;

test("an explanation follows its schema", async () => {
  const { port, runtime } = await openFront();
  runtime.explanations.set(`demo/${explanation.personId}/${explanation.eventId}`, { kind: "explained", explanation });
  const { status, body } = await ask(port, `${path}?event_id=${explanation.eventId}`);
  expect(status).toBe(200);
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(explanationSchema);
  expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
  expect(body).toMatchObject({
    event_id: explanation.eventId,
    events: [{ controllers: [{ outcome: "not_qualified", triggers: [{ passed: false, seen: [{ value: "49" }] }] }] }],
    rewards: [{ state: "FULFILLED" }],
    refusals: ["budget_exhausted"],
  });
});

test("what prehandlers did is told with the event", async () => {
  const { port, runtime } = await openFront();
  const prehandling: Prehandling = {
    revision: 7,
    hash: "ab12",
    applied: [{ id: "p1", name: "map" }],
    failed: [{ id: "p2", name: "breaks", what: "action", message: "null has no member" }],
    messages: ["mapped"],
    name: "bought",
    set: { email: "ann@x.com" },
    removed: ["card"],
  };
  const [event] = explanation.events;
  if (event === undefined) throw new Error("no event");
  const explained = { ...explanation, events: [{ ...event, prehandling }] };
  const kept = { kind: "explained", explanation: explained } as const;
  runtime.explanations.set(`demo/${explanation.personId}/${explanation.eventId}`, kept);
  const { body } = await ask(port, `${path}?event_id=${explanation.eventId}`);
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(explanationSchema);
  expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
  expect(body).toMatchObject({
    events: [
      {
        prehandling: {
          configuration_revision: 7,
          applied: [{ prehandler_id: "p1", name: "map" }],
          failed: [{ prehandler_id: "p2", what: "action" }],
          event_name: "bought",
          event_time: null,
          set: { email: "ann@x.com" },
          removed: ["card"],
        },
      },
    ],
  });
});

test("without an event id, for an unknown event, and for one too long ago", async () => {
  const { port, runtime } = await openFront();
  expectEnvelope(await ask(port, path), "invalid_parameter");
  expectEnvelope(await ask(port, `${path}?event_id=1`), "event_not_found");
  runtime.explanations.set(`demo/${explanation.personId}/1`, { kind: "gone" });
  expectEnvelope(await ask(port, `${path}?event_id=1`), "explanation_gone");
});
