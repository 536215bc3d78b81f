// Rate limits: off unless wanted; by token and by person, refused with the time after which it is worth trying again.

import { describe, expect, test } from "vitest";
import { limiterOf, RateLimiter } from "../../src/api/http/rate_limiter.ts";
import { newRateTable } from "../../src/api/http/rate_table.ts";
import { RATE_SET_PLACES } from "../../src/api/limits.ts";
import { ask, eventBody, expectEnvelope, openFront, OTHER_TOKEN } from "./front_fixture.ts";

describe("RateLimiter", () => {
  test("lets a burst of the limit in, then as many as the time brings", () => {
    const limiter = new RateLimiter(3, 3_000, newRateTable());
    expect([0, 0, 0].map((at) => limiter.take("a", at))).toEqual([null, null, null]);
    expect(limiter.take("a", 0)).toBe(1);
    expect(limiter.take("a", 999)).toBe(1);
    expect(limiter.take("a", 1_000)).toBeNull();
    expect(limiter.take("a", 1_000)).toBe(1);
    expect(limiter.take("b", 1_000)).toBeNull();
    expect([1, 2, 3].map(() => limiter.take("a", 60_000))).toEqual([null, null, null]);
    expect(limiter.take("a", 60_000)).toBe(1);
  });

  test("says how long to wait, and does not mind a clock that steps back", () => {
    const limiter = new RateLimiter(1, 60_000, newRateTable());
    expect(limiter.take("a", 100_000)).toBeNull();
    expect(limiter.take("a", 100_000)).toBe(60);
    expect(limiter.take("a", 50_000)).toBe(60);
  });

  test("L1 forgets whom it has not seen for longest", () => {
    const sets = 64;
    const limiter = new RateLimiter(1, 60_000, newRateTable(sets));
    const many = 3 * sets * RATE_SET_PLACES;
    limiter.take("first", 1);
    for (let i = 0; i < many; i++) limiter.take(`k${i}`, 2 + i / many);
    expect(limiter.take("first", 3)).toBeNull();
    expect(limiter.take(`k${many - 1}`, 3)).not.toBeNull();
  });

  test("those who have a table in common count together", () => {
    const table = newRateTable();
    const [one, other] = [new RateLimiter(2, 60_000, table), new RateLimiter(2, 60_000, table)];
    expect([one.take("a", 1), other.take("a", 1), other.take("b", 1)]).toEqual([null, null, null]);
    expect(one.take("a", 1)).toBe(30);
    expect(other.take("a", 1)).toBe(30);
  });

  test("there is none without a limit", () => {
    expect(limiterOf(0, 1_000, newRateTable())).toBeNull();
  });
});

test("a token's requests are counted over all paths, asynchronous events excepted; another token's are its own", async () => {
  const { port } = await openFront({ tokenRequestsPerMinuteMax: 2 });
  await ask(port, "/v5/persons/1");
  await ask(port, "/v2/rewards/1");
  const refused = await ask(port, "/v5/persons/1");
  expectEnvelope(refused, "too_many_requests");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect((await ask(port, "/v6/async-events", { body: eventBody() })).status).toBe(200);
  expect((await ask(port, "/v5/persons/1", { token: OTHER_TOKEN })).status).not.toBe(429);
  expect((await ask(port, "/healthz", { token: null })).status).toBe(200);
});

test("a person's synchronous events are counted by who the event names", async () => {
  const { port, runtime } = await openFront({ personEventsPerSecondMax: 1 });
  const send = (email: string) => ask(port, "/v6/events", { body: eventBody({ data: { email } }) });
  expect((await send("a@example.com")).status).toBe(200);
  expectEnvelope(await send(" A@example.com"), "too_many_requests");
  expect((await send("b@example.com")).status).toBe(200);
  expect(runtime.events).toHaveLength(2);
});
