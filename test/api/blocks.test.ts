// Block lists over HTTP: made, found, tested, taken away; and an event of somebody who is on one.

import { expect, test } from "vitest";
import { apiError } from "../../src/model/errors.ts";
import { EventRefused } from "../../src/runtime/client.ts";
import {
  ADMIN_TOKEN,
  anyText,
  ask,
  CLIENT,
  eventBody,
  expectEnvelope,
  openFront,
  OTHER_ADMIN_TOKEN,
  parametersOf,
  READER_TOKEN,
  TOKEN,
} from "./front_fixture.ts";
import { send } from "./operator.ts";

const network = { filter_type: "BLACK", list_type: "CIDR", value: "192.0.2.99/24" };

test("a value is put on a list, found, and taken off; programs have it meanwhile", async () => {
  const front = await openFront();
  const made = await send(front, "POST", "/v2/blocks", network);
  const block = {
    block_id: anyText,
    client_id: CLIENT,
    user_id: null,
    source: "CLIENT",
    created_date: anyText,
    filter_type: "BLACK",
    list_type: "CIDR",
    value: "192.0.2.0/24",
  };
  expect(made.body).toEqual(block);
  const id = String((made.body as { block_id: string }).block_id);
  expect((await send(front, "GET", `/v2/blocks/${id}`)).body).toEqual(made.body);
  expect((await send(front, "GET", "/v2/blocks")).body).toEqual([made.body]);
  expect(front.configuration.program(CLIENT)?.blocks).toEqual([
    { id, filter_type: "BLACK", list_type: "CIDR", value: "192.0.2.0/24" },
  ]);
  expect((await send(front, "DELETE", `/v2/blocks/${id}`)).body).toEqual(made.body);
  expectEnvelope(await send(front, "GET", `/v2/blocks/${id}`), "block_not_found");
  expectEnvelope(await send(front, "DELETE", `/v2/blocks/${id}`), "block_not_found");
  expect(front.configuration.program(CLIENT)?.blocks).toBeUndefined();
});

test("a value that is none, or listed already, is refused", async () => {
  const front = await openFront();
  await send(front, "POST", "/v2/blocks", network);
  expectEnvelope(await send(front, "POST", "/v2/blocks", { ...network, value: "192.0.2.0/24" }), "block_duplicate");
  const white = { ...network, filter_type: "WHITE", value: "192.0.2.1/24" };
  expectEnvelope(await send(front, "POST", "/v2/blocks", white), "block_duplicate");
  for (const value of ["", "192.0.2.0/40", "spam.example"]) {
    expectEnvelope(await send(front, "POST", "/v2/blocks", { ...network, value }), "block_value_invalid");
  }
  const domain = { filter_type: "BLACK", list_type: "EMAIL_DOMAIN", value: "a@b.example" };
  expectEnvelope(await send(front, "POST", "/v2/blocks", domain), "block_value_invalid");
  for (const wrong of [{ ...network, filter_type: "GREY" }, { ...network, list_type: "PHONE" }, { value: "x" }, {}]) {
    expectEnvelope(await send(front, "POST", "/v2/blocks", wrong), "validation_error");
  }
  expect((await send(front, "GET", "/v2/blocks")).body).toHaveLength(1);
});

test("a value is tested against the client's lists, and nobody else's", async () => {
  const front = await openFront();
  const made = await send(front, "POST", "/v2/blocks", network);
  const id = (made.body as { block_id: string }).block_id;
  await send(front, "POST", "/v2/blocks", { ...network, filter_type: "WHITE", value: "192.0.2.7" });
  const of = async (list_type: string, value: string, token = ADMIN_TOKEN): Promise<unknown> =>
    (await ask(front.port, "/v2/blocks/test", { token, body: JSON.stringify({ list_type, value }) })).body;
  expect(await of("CIDR", "192.0.2.8")).toEqual({ result: "BLACKLISTED", block_Id: id });
  expect(await of("CIDR", "192.0.2.7")).toEqual({ result: "WHITELISTED", block_Id: anyText });
  expect(await of("CIDR", "192.0.3.7")).toEqual({ result: "NOT_LISTED", block_Id: null });
  expect(await of("CIDR", "192.0.2.8", OTHER_ADMIN_TOKEN)).toEqual({ result: "NOT_LISTED", block_Id: null });
  expect(await of("EMAIL_DOMAIN", "192.0.2.8")).toEqual({ result: "NOT_LISTED", block_Id: null });
  expect(await of("CIDR", "somewhere")).toMatchObject({ code: "block_value_invalid" });
});

test("lists are searched and paged, newest first", async () => {
  const front = await openFront();
  for (const value of ["a.example", "b.example", "c.test"]) {
    await send(front, "POST", "/v2/blocks", { filter_type: "BLACK", list_type: "EMAIL_DOMAIN", value });
  }
  const values = async (query: string): Promise<unknown> =>
    ((await send(front, "GET", `/v2/blocks${query}`)).body as { value: string }[]).map(({ value }) => value);
  expect(await values("")).toEqual(["c.test", "b.example", "a.example"]);
  expect(await values("?search_query=EXAMPLE")).toEqual(["b.example", "a.example"]);
  expect(await values("?limit=1&offset=1")).toEqual(["b.example"]);
  expectEnvelope(await send(front, "GET", "/v2/blocks?limit=0"), "invalid_limit");
  expectEnvelope(await send(front, "GET", "/v2/blocks?limit=1001"), "max_fetch_size_1000");
  expectEnvelope(await send(front, "GET", "/v2/blocks/global?offset=-1"), "invalid_offset");
  expect((await send(front, "GET", "/v2/blocks/global")).body).toEqual([]);
});

test("support may look, only administrators change", async () => {
  const front = await openFront();
  expect((await ask(front.port, "/v2/blocks", { token: READER_TOKEN })).status).toBe(200);
  for (const token of [READER_TOKEN, TOKEN]) {
    const reply = await ask(front.port, "/v2/blocks", { token, body: JSON.stringify(network) });
    expectEnvelope(reply, "access_denied");
  }
  const { block_id } = (await send(front, "POST", "/v2/blocks", network)).body as { block_id: string };
  const others = await ask(front.port, `/v2/blocks/${block_id}`, { method: "DELETE", token: OTHER_ADMIN_TOKEN });
  expectEnvelope(others, "block_not_found");
});

test("an event that the configuration refuses is answered with the reason, one or many at a time", async () => {
  const front = await openFront();
  front.runtime.refuses = ({ data }) =>
    data["email"] === "mallory@example.com" ? new EventRefused(apiError("event_blocked", { block_id: "b1" })) : null;
  const bad = eventBody({ data: { email: "mallory@example.com" } });
  for (const path of ["/v6/events", "/v6/async-events"]) {
    const envelope = expectEnvelope(await ask(front.port, path, { body: bad }), "event_blocked");
    expect(parametersOf(envelope)).toEqual({ block_id: "b1" });
  }
  const lines = [eventBody(), bad, eventBody()].join("\n");
  const bulk = await ask(front.port, "/v6/async-events", {
    headers: { "content-type": "application/x-ndjson" },
    body: lines,
  });
  expect(bulk.body).toMatchObject({ accepted: 2, rejected_count: 1, rejected: [{ line: 2, code: "event_blocked" }] });
  expect(front.runtime.events).toHaveLength(2);
});
