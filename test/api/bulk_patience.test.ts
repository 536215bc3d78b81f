// A bulk request whose next line is of a person behind whom thousands of events wait has the patience that working them off takes.

import { expect, test } from "vitest";
import { BULK_BUSY_ROUNDS_MAX } from "../../src/api/limits.ts";
import { Unavailable } from "../../src/runtime/client.ts";
import { ask, openFront } from "./front_fixture.ts";

test("and waits for longer than it would for a runtime that stays busy", async () => {
  const { port, runtime } = await openFront({ bulkPersonBusyMs: 1 });
  let refusals = 0;
  runtime.refuses = () => (++refusals <= 5 * BULK_BUSY_ROUNDS_MAX ? new Unavailable("person_busy", 1) : null);
  const body = JSON.stringify({ event_name: "e", data: { email: "till@example.com" } });
  const headers = { "content-type": "application/x-ndjson" };
  const reply = await ask(port, "/v6/async-events", { body, headers, method: "POST" });
  expect(reply.body).toEqual({ accepted: 1, rejected: [], rejected_count: 0 });
});
