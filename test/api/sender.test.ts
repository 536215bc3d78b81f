// What the front notes of a sender: from the event's data and the token, once, for the record.

import { expect, test } from "vitest";
import { USER_AGENTS_REMEMBERED_MAX } from "../../src/api/limits.ts";
import { isBot, senderOf } from "../../src/api/server/sender.ts";
import { ask, eventBody, openFront } from "./front_fixture.ts";

test("an event that says nothing has the caller's scopes and nothing else", () => {
  expect(senderOf({}, ["BACKEND"])).toEqual({ scopes: ["BACKEND"] });
  expect(senderOf({ source_ip: 7, user_agent: " ", referrer: null, email: "nobody" }, [])).toEqual({ scopes: [] });
});

test("addresses, browsers, pages and devices are noted as said; what is too long was not said", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36";
  expect(senderOf({ source_ip: " 192.0.2.1 ", user_agent: chrome, referrer: "", device_id: "d" }, [])).toEqual({
    scopes: [],
    ip: "192.0.2.1",
    userAgent: chrome,
    isBot: false,
    referrer: "",
    deviceId: "d",
  });
  expect(senderOf({ user_agent: "Googlebot/2.1 (+http://www.google.com/bot.html)" }, [])).toMatchObject({
    isBot: true,
  });
  expect(senderOf({ source_ip: "1".repeat(2000) }, [])).toEqual({ scopes: [] });
});

test("a browser is judged the same each time, however many came in between", () => {
  const agents = Array.from({ length: 2 * USER_AGENTS_REMEMBERED_MAX }, (_, n) =>
    n % 2 === 0 ? `Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0.${n} Safari/537.36` : `crawler/${n}`,
  );
  const judge = (): boolean[] => [...agents, "bot".padEnd(4_000, " x")].map((agent) => isBot(agent));
  expect(judge()).toEqual([...agents.map((agent) => agent.startsWith("crawler")), true]);
  expect(judge()).toEqual(judge());
});

test("throw-away addresses are told from others", () => {
  expect(senderOf({ email: "a@Mailinator.com " }, [])).toEqual({ scopes: [], isDisposableEmail: true });
  expect(senderOf({ email: "a@example.com" }, [])).toEqual({ scopes: [], isDisposableEmail: false });
});

test("every way in notes it: asynchronous, synchronous, bulk", async () => {
  const { port, runtime } = await openFront();
  const known = { scopes: ["BACKEND"], isDisposableEmail: false };
  await ask(port, "/v6/async-events", { body: eventBody() });
  await ask(port, "/v6/events", { body: eventBody() });
  await ask(port, "/v6/async-events", {
    body: `${eventBody()}\n${JSON.stringify({ event_name: "x", data: { source_ip: "::1" } })}`,
    headers: { "content-type": "application/x-ndjson" },
  });
  expect(runtime.senders).toEqual([known, known, known, { scopes: ["BACKEND"], ip: "::1" }]);
});
