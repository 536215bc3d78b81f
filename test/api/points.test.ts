// Points over HTTP: the balance of each type, its newest movements, and spending.

import { expect, test } from "vitest";
import type { Points } from "../../src/model/points.ts";
import { ask, CLIENT, expectEnvelope, openFront, type TestFront } from "./front_fixture.ts";
import { aPerson, personIdIn } from "./people.ts";

const points: Points = {
  accounts: { POINTS: { earned: 12_345, spent: 5000, expired: 0, reversed: 345, owed: 0, lots: [] } },
  rows: [
    {
      type: "POINTS",
      kind: "EARNED",
      amount: 12_345,
      balance: 12_345,
      atMs: 1,
      rewardId: "r",
      causeEventId: "e",
      partnerEventId: null,
      message: null,
    },
    {
      type: "POINTS",
      kind: "SPENT",
      amount: 5000,
      balance: 7345,
      atMs: 2,
      rewardId: null,
      causeEventId: null,
      partnerEventId: "o",
      message: "m",
    },
  ],
};

function withPoints({ runtime }: TestFront): string {
  const id = personIdIn(0);
  runtime.persons.set(id, { ...aPerson(id), client: CLIENT, points });
  return `/v5/persons/${id}/points`;
}

test("a person's points are shown in units, movements newest first", async () => {
  const front = await openFront();
  const path = withPoints(front);
  const shown = { points_type: "POINTS", balance: 70, earned: 123.45, spent: 50, expired: 0, reversed: 3.45 };
  const { body } = await ask(front.port, path);
  expect(body).toMatchObject({
    points: [shown],
    history: [
      { type: "SPENT", amount: 50 },
      { type: "EARNED", reward_id: "r" },
    ],
  });
  expect((await ask(front.port, `${path}?limit=1&offset=1`)).body).toMatchObject({
    history: [{ cause_event_id: "e" }],
  });
  const nobody = personIdIn(1);
  expectEnvelope(await ask(front.port, `/v5/persons/${nobody}/points`), "person_not_found");
});

test("spending is a change of the person, refused without an amount or the points", async () => {
  const front = await openFront();
  const path = `${withPoints(front)}/spend`;
  const spent = { points_type: "POINTS", amount: 0.07, partner_event_id: "order-1" };
  expect((await ask(front.port, path, { body: JSON.stringify(spent) })).status).toBe(200);
  expect(front.runtime.commands.at(-1)).toMatchObject({
    kind: "change_person",
    change: { kind: "spend_points", type: "POINTS", amount: 0.07, partnerEventId: "order-1", message: null },
  });
  for (const body of [
    { points_type: "POINTS" },
    { ...spent, amount: 0 },
    { ...spent, amount: -1 },
    { ...spent, colour: "red" },
  ])
    expectEnvelope(await ask(front.port, path, { body: JSON.stringify(body) }), "validation_error");
  front.runtime.commandErrorCode = "points_balance_insufficient";
  expectEnvelope(await ask(front.port, path, { body: JSON.stringify(spent) }), "points_balance_insufficient");
});
