// Rate limits: off unless wanted; by token and by person, refused with the time after which it is worth trying again.

import { describe, expect, test } from "vitest";
import { limiterOf, RateLimiter } from "../../src/api/http/rate_limiter.ts";
import { RATE_KEYS_MAX } from "../../src/api/limits.ts";
import { ask, eventBody, expectEnvelope, openFront, OTHER_TOKEN } from "./front_fixture.ts";

describe("RateLimiter", () => {
  test("lets a burst of the limit in, then as many as the time brings", () => {
    const limiter = new RateLimiter(3, 3_000);
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
    const limiter = new RateLimiter(1, 60_000);
    expect(limiter.take("a", 100_000)).toBeNull();
    expect(limiter.take("a", 100_000)).toBe(60);
    expect(limiter.take("a", 50_000)).toBe(60);
  });

  test("L1 forgets whom it has not seen for longest", () => {
    const limiter = new RateLimiter(1, 60_000);
    limiter.take("first", 0);
    for (let i = 0; i < RATE_KEYS_MAX; i++) limiter.take(`k${i}`, 0);
    expect(limiter.take("first", 0)).toBeNull();
    expect(limiter.take(`k${RATE_KEYS_MAX - 1}`, 0)).not.toBeNull();
  });

  test("there is none without a limit", () => {
    expect(limiterOf(0, 1_000)).toBeNull();
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
