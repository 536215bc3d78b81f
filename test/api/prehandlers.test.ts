// Prehandlers over HTTP: made, changed, ordered, archived; what cannot be one is refused; and the headers that they ask for reach the runtime.

import { expect, test } from "vitest";
import {
  anyText,
  ask,
  CLIENT,
  eventBody,
  expectEnvelope,
  openFront,
  parametersOf,
  READER_TOKEN,
  type TestFront,
} from "./front_fixture.ts";
import { send } from "./operator.ts";

type Body = Record<string, unknown>;

async function makes(front: TestFront, body: object): Promise<Body> {
  const reply = await send(front, "POST", "/v6/prehandlers", body);
  expect(reply.status, reply.text).toBe(200);
  return reply.body as Body;
}

const sets = { type: "SET_DATA", data: { channel: "shop" } };

test("a prehandler is made off, turned on, changed list by list, archived and deleted", async () => {
  const front = await openFront();
  const made = await makes(front, { name: "map-orders", conditions: [{ type: "DATA_EXISTS", data_keys: ["a"] }] });
  expect(made).toEqual({
    id: anyText,
    name: "map-orders",
    description: null,
    enabled: false,
    order: 0,
    tags: [],
    conditions: [{ id: anyText, type: "DATA_EXISTS", data_keys: ["a"] }],
    actions: [],
    component_ids: [],
    component_references: [],
    created_date: anyText,
    updated_date: anyText,
  });
  const path = `/v6/prehandlers/${String(made["id"])}`;
  const changed = await send(front, "PUT", path, {
    enabled: true,
    actions: [sets],
    order: "javascript@buildtime:2 + 3",
  });
  expect(changed.body).toMatchObject({
    enabled: true,
    conditions: made["conditions"],
    actions: [{ ...sets, id: anyText }],
  });
  expect((await send(front, "GET", `${path}/built`)).body).toMatchObject({ order: 5 });
  expect(front.configuration.program(CLIENT)?.prehandlers).toMatchObject([{ enabled: true, actions: [sets] }]);
  expect((await send(front, "PUT", path, { conditions: [] })).body).toMatchObject({ conditions: [], actions: [sets] });
  expect((await send(front, "POST", `${path}/archive`)).status).toBe(200);
  expect(front.configuration.program(CLIENT)?.prehandlers).toBeUndefined();
  expect((await send(front, "GET", "/v6/prehandlers")).body).toEqual([]);
  expect((await send(front, "GET", "/v6/prehandlers?include_archived=true")).body).toHaveLength(1);
  expect((await send(front, "POST", `${path}/unarchive`)).status).toBe(200);
  expect(front.configuration.program(CLIENT)?.prehandlers).toHaveLength(1);
  expect((await send(front, "DELETE", path)).status).toBe(200);
  for (const method of ["GET", "DELETE"]) expectEnvelope(await send(front, method, path), "prehandler_not_found");
  expectEnvelope(await send(front, "PUT", path, {}), "prehandler_not_found");
});

test("lists are in execution order and narrowed by tags", async () => {
  const front = await openFront();
  for (const [name, order, tags] of [
    ["c", 3, ["shop"]],
    ["a", 1, ["shop", "new"]],
    ["b", 1, []],
  ] as const)
    await makes(front, { name, order, tags });
  const names = async (query: string): Promise<unknown[]> =>
    ((await send(front, "GET", `/v6/prehandlers${query}`)).body as Body[]).map(({ name }) => name);
  expect(await names("")).toEqual(["a", "b", "c"]);
  expect(await names("?tags=shop")).toEqual(["a", "c"]);
  expect(await names("?tags=shop,new")).toEqual(["a"]);
  expect(await names("/built?limit=1&offset=2")).toEqual(["c"]);
});

test("what cannot be a prehandler is refused with the published codes", async () => {
  const front = await openFront();
  await makes(front, { name: "taken" });
  const refused: readonly (readonly [object, string])[] = [
    [{}, "prehandler_name_missing"],
    [{ name: "x".repeat(256) }, "prehandler_name_length_out_of_range"],
    [{ name: "no spaces" }, "prehandler_name_contains_illegal_character"],
    [{ name: "taken" }, "prehandler_name_duplicated"],
    [{ name: "javascript@buildtime:'ta' + 'ken'" }, "prehandler_name_duplicated"],
    [{ name: "a", description: "x".repeat(513) }, "prehandler_description_length_out_of_range"],
    [{ name: "a", tags: [""] }, "prehandler_tag_invalid"],
    [{ name: "a", order: "javascript@buildtime:(" }, "prehandler_build_failed"],
    [{ name: "a", conditions: [{ type: "SHOUT" }] }, "validation_error"],
    [{ name: "a", actions: [{ type: "SET_DATA", data_keys: ["a"] }] }, "validation_error"],
    [{ name: "a", colour: "red" }, "validation_error"],
  ];
  for (const [body, code] of refused) expectEnvelope(await send(front, "POST", "/v6/prehandlers", body), code);
  const script = { type: "JAVASCRIPT_V1", javascript: "const a = 1;\nfoo(a)" };
  const reply = await send(front, "POST", "/v6/prehandlers", { name: "a", enabled: true, actions: [script] });
  const { parameter, line, column, message } = parametersOf(expectEnvelope(reply, "prehandler_build_failed"));
  expect({ parameter, line, column }).toEqual({ parameter: "javascript", line: 2, column: 1 });
  expect(message).toContain("foo");
  const reader = await ask(front.port, "/v6/prehandlers", { token: READER_TOKEN, body: '{"name":"x"}' });
  expectEnvelope(reader, "access_denied");
  expect((await send(front, "GET", "/v6/prehandlers")).body).toHaveLength(1);
});

test("headers that prehandlers ask for go along with the event, no others, and none when nobody asks", async () => {
  const front = await openFront();
  const headers = { "X-Shop": "7", "X-Other": "8" };
  await ask(front.port, "/v6/events", { headers, body: eventBody() });
  front.runtime.wantedHeaders.add("x-shop");
  await ask(front.port, "/v6/events", { headers, body: eventBody() });
  await ask(front.port, "/v6/async-events", {
    headers: { ...headers, "content-type": "application/x-ndjson" },
    body: eventBody(),
  });
  expect(front.runtime.headers).toEqual([null, new Map([["x-shop", "7"]]), new Map([["x-shop", "7"]])]);
});
