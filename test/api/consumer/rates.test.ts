// How often consumers may ask: by device where there is a token, by address where there is none, proxies seen through.

import { expect, test } from "vitest";
import { consumerWorld, event, newToken } from "../../support/consumer_world.ts";
import { expectEnvelope } from "../front_fixture.ts";

const PER_MINUTE = 5;
const world = consumerWorld({}, [], { tokenRequestsPerMinuteMax: PER_MINUTE });

async function statuses(count: number, headers: Record<string, string>): Promise<number[]> {
  const replies: number[] = [];
  for (let i = 0; i < count; i++) replies.push((await world.visit("/events", { body: event("x"), headers })).status);
  return replies;
}

test("who has no token is counted by address, and nobody behind the same proxy pays for it", async () => {
  expect(await statuses(PER_MINUTE + 1, { "x-forwarded-for": "192.0.2.1" })).toEqual([200, 200, 200, 200, 200, 429]);
  expect(await statuses(1, { "x-forwarded-for": "192.0.2.2" })).toEqual([200]);
  expect(await statuses(1, { "x-forwarded-for": "6.6.6.6, 192.0.2.1" })).toEqual([429]);
});

test("who has one is counted by device, whatever the address", async () => {
  const token = await newToken(world);
  const from = (n: number): Record<string, string> => ({ "x-forwarded-for": `198.51.100.${n}`, authorization: token });
  for (let i = 0; i < PER_MINUTE; i++) expect(await statuses(1, from(i))).toEqual([200]);
  const refused = await world.visit("/events", { body: event("x"), headers: from(99) });
  expectEnvelope(refused, "too_many_requests");
  expect(refused.headers.get("retry-after")).not.toBeNull();
});
