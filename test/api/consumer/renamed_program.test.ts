// What persons did before a program was renamed, looked for after it: by the label of today, by that of its day, by another.

import { beforeAll, expect, test } from "vitest";
import {
  consumerWorld,
  event,
  freshEmail,
  listOf,
  openLink,
  personBy,
  textIn,
  verified,
} from "../../support/consumer_world.ts";

const world = consumerWorld();
const [april, frank] = [freshEmail("april"), freshEmail()];
const label = "refer-a-friend";
const shareables = "/api/v6/me/shareables";
let token = "";
let code = "";

beforeAll(async () => {
  token = await verified(world, april);
  code = textIn(await world.visit(`${shareables}/get-or-create`, { token, body: JSON.stringify({ label }) }), "code");
  const data = { "share.channel": "SMS", shareable_code: code };
  await world.visit("/events", { token, body: event("share", data) });
  await openLink(world, `/${code}?email=${frank}`);
  await world.serve("/v6/events", { body: event("converted", { email: frank, order_id: "R-1", cart_value: "10" }) });
  const renamed = await world.serve(`/v2/campaigns/program/${label}/rename`, { body: '{"program_label":"invite"}' });
  expect(renamed.status, renamed.text).toBe(200);
});

test.each([
  ["steps", () => frank],
  ["journeys", () => frank],
  ["relationships", () => frank],
  ["rewards", () => frank],
  ["shares", () => april],
])("%s are found by any label of their program", async (list, who) => {
  const { id } = await personBy(world, who());
  const found = async (programs: string): Promise<number> =>
    (await listOf(world, `/v5/persons/${id}/${list}?programs=${programs}`)).length;
  const all = (await listOf(world, `/v5/persons/${id}/${list}`)).length;
  expect(all).toBeGreaterThan(0);
  expect([await found("invite"), await found("INVITE"), await found(label)]).toEqual([all, all, all]);
  expect([await found("club"), await found("toString")]).toEqual([0, 0]);
});

test("own steps are, too", async () => {
  const of = (program: string): Promise<unknown> =>
    world.visit(`/api/v4/me/steps?program_label=${program}`, { token }).then(({ body }) => body);
  const all = (await world.visit("/api/v4/me/steps", { token })).body;
  expect(all).not.toEqual([]);
  expect([await of("invite"), await of(label), await of("club")]).toEqual([all, all, []]);
});

test("share links are, and who has one keeps it under the new label", async () => {
  const { id } = await personBy(world, april);
  for (const [wanted, codes] of [
    ["invite", [{ code }]],
    ["Refer-a-Friend", [{ code }]],
    ["club", []],
  ] as const) {
    expect(await listOf(world, `/v5/persons/${id}/shareables?labels=${wanted}`)).toMatchObject(codes);
    expect((await world.visit(`${shareables}?label=${wanted}`, { token })).body).toMatchObject(codes);
  }
  const make = (wish: object): ReturnType<typeof world.visit> =>
    world.visit(`${shareables}/get-or-create`, { token, body: JSON.stringify(wish) });
  expect((await make({ label: "invite" })).body).toMatchObject({ code, label });
  const own = textIn(await make({ label: "invite", key: "second" }), "code");
  expect(own).not.toBe(code);
  expect((await make({ label: "invite" })).body, "the label's own comes first").toMatchObject({ code: own });
});
