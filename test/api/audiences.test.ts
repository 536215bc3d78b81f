// Audiences over HTTP: definitions, and what requests about members and operations become.

import { expect, test } from "vitest";
import type { AudienceOperation } from "../../src/model/audience.ts";
import {
  anyText,
  ask,
  CLIENT,
  expectEnvelope,
  openFront,
  OTHER_ADMIN_TOKEN,
  READER_TOKEN,
  type Reply,
  type TestFront,
  TOKEN,
} from "./front_fixture.ts";
import { send } from "./operator.ts";
import { aPerson, personIdIn } from "./people.ts";
import { PARTITIONS } from "./recording_runtime.ts";

type Body = Record<string, unknown>;

class Operator {
  readonly front: TestFront;

  constructor(front: TestFront) {
    this.front = front;
  }

  send(method: string, path: string, body?: object): Promise<Reply> {
    return send(this.front, method, path, body);
  }

  /** Must succeed. */
  async does(method: string, path: string, body?: object): Promise<Body> {
    const reply = await this.send(method, path, body);
    expect(reply.status, `${method} ${path} ${reply.text}`).toBe(200);
    return reply.body as Body;
  }

  async makes(name: string, more: object = {}): Promise<string> {
    return String((await this.does("POST", "/v1/audiences", { name, ...more }))["id"]);
  }

  async names(query = ""): Promise<unknown[]> {
    return namesOf(await this.send("GET", `/v1/audiences${query}`));
  }
}

function namesOf({ status, body }: Reply): unknown[] {
  expect(status).toBe(200);
  return (body as Body[]).map(({ name }) => name);
}

async function open(): Promise<Operator> {
  return new Operator(await openFront());
}

test("an audience is made, changed member by member, archived, brought back, deleted", async () => {
  const operator = await open();
  const id = await operator.makes("Gold", { tags: ["loyalty"] });
  const whole = { id, name: "Gold", enabled: true, tags: ["loyalty"], component_ids: [], component_references: [] };
  expect(await operator.does("GET", `/v1/audiences/${id}`)).toEqual(whole);
  expect(await operator.does("PUT", `/v1/audiences/${id}`, { enabled: false })).toEqual({ ...whole, enabled: false });
  expect(await operator.does("PUT", `/v1/audiences/${id}`, { enabled: null, tags: null })).toEqual({
    ...whole,
    tags: [],
  });
  expect(operator.front.configuration.program(CLIENT)?.audiences).toEqual([{ id, name: "Gold" }]);
  await operator.does("DELETE", `/v1/audiences/${id}`);
  expect(operator.front.configuration.program(CLIENT)?.audiences).toEqual([]);
  expect(await operator.names()).toEqual([]);
  expect(await operator.names("?include_archived=true")).toEqual(["Gold"]);
  expect(await operator.does("GET", `/v1/audiences/${id}`)).toMatchObject({ name: "Gold" });
  expectEnvelope(await operator.send("GET", `/v1/audiences/${id}/members`), "audience_not_found");
  await operator.does("POST", `/v1/audiences/${id}/unarchive`);
  expect(await operator.names()).toEqual(["Gold"]);
  await operator.does("POST", `/v1/audiences/${id}/delete`);
  expectEnvelope(await operator.send("GET", `/v1/audiences/${id}`), "audience_not_found");
});

test("names may be expressions of build time; built forms have what they yield, and lists are filtered by it", async () => {
  const operator = await open();
  const id = await operator.makes("javascript@buildtime:'Go' + 'ld'", { enabled: "javascript@buildtime:1 > 2" });
  await operator.makes("Silver");
  expect(await operator.does("GET", `/v1/audiences/${id}`)).toMatchObject({ name: "javascript@buildtime:'Go' + 'ld'" });
  expect(await operator.does("GET", `/v1/audiences/${id}/built`)).toMatchObject({ name: "Gold", enabled: false });
  const built = async (query: string): Promise<unknown[]> =>
    namesOf(await operator.send("GET", `/v1/audiences/built${query}`));
  expect(await built("")).toEqual(["Silver", "Gold"]);
  expect(await built("?name=go*")).toEqual(["Gold"]);
  expect(await built("?name=go")).toEqual([]);
  expect(await built("?enabled=ENABLED")).toEqual(["Silver"]);
  expect(await built("?limit=1&offset=1")).toEqual(["Gold"]);
  expectEnvelope(
    await operator.send("POST", "/v1/audiences", { name: "javascript@buildtime:(" }),
    "audience_build_failed",
  );
  expectEnvelope(
    await operator.send("POST", "/v1/audiences", { name: "Gold", enabled: "javascript@buildtime:'no'" }),
    "audience_build_failed",
  );
});

test("what is no audience is refused", async () => {
  const operator = await open();
  expectEnvelope(await operator.send("POST", "/v1/audiences", {}), "missing_audience_name");
  expectEnvelope(await operator.send("POST", "/v1/audiences", { name: " " }), "missing_audience_name");
  expectEnvelope(await operator.send("POST", "/v1/audiences", { name: "x".repeat(256) }), "invalid_audience_name");
  expectEnvelope(await operator.send("POST", "/v1/audiences", { name: "x", tags: [" "] }), "invalid_audience_tag");
  expectEnvelope(await operator.send("POST", "/v1/audiences", { name: "x", colour: "red" }), "validation_error");
  expectEnvelope(await operator.send("GET", "/v1/audiences?limit=0"), "invalid_query_limit");
  const id = await operator.makes("Gold");
  expectEnvelope(await operator.send("PUT", `/v1/audiences/${id}`, { name: null }), "missing_audience_name");
  const others = await ask(operator.front.port, `/v1/audiences/${id}`, { token: OTHER_ADMIN_TOKEN });
  expectEnvelope(others, "audience_not_found");
  const readers = await ask(operator.front.port, "/v1/audiences", { token: READER_TOKEN, body: '{"name":"x"}' });
  expectEnvelope(readers, "access_denied");
});

test("an audience that campaigns refer to stays", async () => {
  const operator = await open();
  const id = await operator.makes("Gold");
  const campaign = `/v2/campaigns/${String((await operator.does("POST", "/v2/campaigns", { name: "Club" }))["campaign_id"])}`;
  const step = await operator.does("POST", `${campaign}/controllers`, { type: "CONTROLLER", name: "bought" });
  const controller = `${campaign}/controllers/${String(step["id"])}`;
  const trigger = await operator.does("POST", `${controller}/triggers/audience-memberships`, {
    having_any_audience_id: [id],
  });
  const byTrigger = "audience_associated_with_audience_membership_controller_trigger";
  expectEnvelope(await operator.send("DELETE", `/v1/audiences/${id}`), byTrigger);
  expectEnvelope(await operator.send("POST", `/v1/audiences/${id}/delete`), byTrigger);
  await operator.does("DELETE", `${controller}/triggers/audience-memberships/${String(trigger["trigger_id"])}`);
  await operator.does("POST", `${controller}/actions/remove-memberships`, { audience_id: id });
  expectEnvelope(
    await operator.send("DELETE", `/v1/audiences/${id}`),
    "audience_associated_with_create_membership_controller_action",
  );
  expectEnvelope(
    await operator.send("POST", `/v1/audiences/${id}/delete`),
    "audience_associated_with_remove_membership_controller_action",
  );
  await operator.does("DELETE", campaign);
  await operator.does("DELETE", `/v1/audiences/${id}`);
});

test("members of all partitions are one list, paged, filtered and exported", async () => {
  const operator = await open();
  const id = await operator.makes("Gold");
  const people = Array.from({ length: 1000 }, (_, n) => {
    const data =
      n === 3
        ? { first_name: { value: '=HYPERLINK("x"), said', scope: "PUBLIC" as const, createdMs: 0, updatedMs: 0 } }
        : {};
    return aPerson(personIdIn(n % PARTITIONS, n), { email: `p${n}@x.com`, partnerUserId: null, data });
  });
  const runs = Array.from({ length: PARTITIONS }, (_, partition) =>
    people.filter((_each, n) => n % PARTITIONS === partition),
  );
  operator.front.runtime.audiences = (query, partition) => {
    if (query.kind === "member_count") return { kind: "member_count", count: runs[partition]?.length ?? 0 };
    if (query.kind !== "members") throw new Error(query.kind);
    const run = query.isReverse ? (runs[partition] ?? []).toReversed() : (runs[partition] ?? []);
    const isBehind = ({ id: own }: { readonly id: string }): boolean =>
      query.afterId === null || (query.isReverse ? own < query.afterId : own > query.afterId);
    const size = Math.min(100, query.limit);
    const looked = run.filter(isBehind).slice(0, size);
    const persons = looked.filter(({ data }) => query.has.every((name) => Object.hasOwn(data, name)));
    const lastId = looked.length < size ? null : (looked.at(-1)?.id ?? null);
    const shown = query.shown === "ids" ? [] : persons;
    return { kind: "members", persons: shown, ids: persons.map((person) => person.id), looked: looked.length, lastId };
  };
  const get = (below: string): Promise<unknown> => operator.does("GET", `/v1/audiences/${id}/${below}`);
  const sorted = people.map((person) => person.id).toSorted();
  expect(await get("stats")).toEqual({ active_members_count: 1000 });
  expect(await get("members")).toEqual(sorted);
  expect(await get("members?limit=2&offset=500")).toEqual(sorted.slice(500, 502));
  expect(await get("members?sort_order=DESC&limit=3")).toEqual(sorted.toReversed().slice(0, 3));
  const [inside, outside] = [people[7], people[8]];
  if (inside === undefined || outside === undefined) throw new Error("there are a thousand");
  const { persons, keyOwners, queries } = operator.front.runtime;
  const membership = { audienceId: id, createdMs: 0, updatedMs: 0 };
  persons.set(inside.id, { ...inside, memberships: [membership] });
  persons.set(outside.id, outside);
  for (const { email, id: owner } of [inside, outside]) keyOwners.set(`${outside.client}/email/${email}`, owner);
  queries.length = 0;
  expect(await get("members?email=P7@x.com")).toEqual([inside.id]);
  expect(await get("members?email=p7@x.com&offset=1")).toEqual([]);
  expect(await get("members?email=p8@x.com")).toEqual([]);
  expect(await get("members?email=nobody@x.com")).toEqual([]);
  // An address leads to its owner: nobody looks through the members.
  expect(queries.filter(({ kind }) => kind === "members")).toEqual([]);
  expect(await get("members?has_data_attributes=first_name")).toEqual([people[3]?.id]);
  expect(await get("members/view/details?has_data_attributes=first_name&include_data_attributes=x")).toMatchObject([
    { id: people[3]?.id, email: "p3@x.com", first_name: '=HYPERLINK("x"), said', data: {}, blocked: false },
  ]);
  const path = `/v1/audiences/${id}/members/download`;
  const csv = await operator.send("GET", `${path}.csv`);
  expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  const lines = csv.text.split("\r\n");
  expect([lines.length, lines[0]]).toEqual([1002, "person_id,email,partner_user_id,first_name,last_name"]);
  expect(lines).toContain(`${people[3]?.id},p3@x.com,,"'=HYPERLINK(""x""), said",`);
  expect((await operator.send("GET", `${path}?limit=1`)).text.split("\r\n")).toHaveLength(3);
  expect((await operator.send("GET", `${path}.json?limit=1`)).body).toMatchObject([{ person_id: sorted[0] }]);
  expectEnvelope(await operator.send("GET", `${path}.xlsx`), "audience_member_list_format_not_supported");
  // Those before a page are counted by their ids, and of a page few more are read than it shows.
  queries.length = 0;
  expect(await get("members?limit=4&offset=900")).toEqual(sorted.slice(900, 904));
  const asked = queries.flatMap((query) => (query.kind === "members" ? [query] : []));
  expect(asked.filter(({ shown }) => shown !== "ids").map(({ limit }) => limit)).toEqual(
    Array.from({ length: PARTITIONS }, () => 4),
  );
  // What the count tells is not looked for.
  const many = operator.front.runtime.audiences;
  let more = 0;
  operator.front.runtime.audiences = (query, partition) =>
    query.kind === "member_count" ? { kind: "member_count", count: 25_000 + more } : many(query, partition);
  queries.length = 0;
  expect((await operator.send("GET", `${path}.csv`)).text.split("\r\n")).toHaveLength(1002);
  more = 1;
  queries.length = 0;
  expectEnvelope(await operator.send("GET", `${path}.csv`), "invalid_query_limit");
  expectEnvelope(await operator.send("GET", `${path}.csv?offset=1`), "invalid_parameter");
  expectEnvelope(await operator.send("GET", `/v1/audiences/${id}/members?offset=100001&limit=1`), "invalid_parameter");
  expect(await get("members?offset=200000&limit=1").catch(() => null)).toBeNull();
  expect(queries.filter(({ kind }) => kind === "members")).toEqual([]);
  // Nor is any of those left out without a word whom no count tells.
  operator.front.runtime.audiences = (query, partition) => {
    if (query.kind !== "members") return many(query, partition);
    const begin = query.afterId === null ? 1_000_000 + partition : Number(query.afterId) + PARTITIONS;
    const persons = Array.from({ length: query.limit }, (_, n) => ({
      ...(people[0] ?? expect.fail()),
      id: String(begin + n * PARTITIONS),
    })).filter((person) => Number(person.id) < 1_100_400);
    const lastId = persons.length < query.limit ? null : (persons.at(-1)?.id ?? null);
    return { kind: "members", persons, ids: persons.map((person) => person.id), looked: persons.length, lastId };
  };
  expectEnvelope(await operator.send("GET", `${path}.csv?has_data_attributes=tier`), "invalid_query_limit");
  operator.front.runtime.audiences = many;
  expectEnvelope(await operator.send("GET", `/v1/audiences/${id}/members?limit=1001`), "invalid_query_limit");
  expectEnvelope(await operator.send("GET", "/v1/audiences/1/members"), "audience_not_found");
});

const operation: AudienceOperation = {
  id: "7078000000000000009",
  type: "ADD",
  tags: ["spring"],
  members: [{ email: "ann@example.com", data: {} }],
  event: null,
  createdMs: 0,
  state: "FAILED",
  stateMs: 2,
  updatedMs: 3,
  retryCount: 1,
  next: 1,
  isListDone: true,
  sweeps: [],
  sweeping: 0,
  sent: 1,
  done: 1,
  processed: 0,
  refused: 1,
};

test("an operation is begun by a list or an action; what cannot be one is refused", async () => {
  const operator = await open();
  const id = await operator.makes("Gold");
  const { runtime } = operator.front;
  runtime.audiences = () => ({ kind: "audience_operations", operations: [operation] });
  const path = `/v1/audiences/${id}/operations`;
  const list = { type: "PERSON_LIST", audience_members: [{ email: " Ann@Example.com", data: { city: "Bern" } }] };
  await operator.does("POST", path, { type: "REPLACE", data_source: list, tags: ["spring"] });
  expect(runtime.commands.at(-1)).toEqual({
    kind: "begin_audience_operation",
    client: CLIENT,
    audienceId: id,
    type: "REPLACE",
    tags: ["spring"],
    members: [{ email: "ann@example.com", data: { city: "Bern" } }],
    event: null,
  });
  const action = { type: "ACTION", event_name: "invited", event_columns: ["city"], event_data: { source: "winter" } };
  await operator.does("POST", path, { type: "ACTION", data_source: action });
  expect(runtime.commands.at(-1)).toMatchObject({
    type: "ACTION",
    members: [],
    event: { name: "invited", data: { source: "winter" }, columns: ["city"] },
  });
  const begun = runtime.commands.length;
  const file = "modification_audience_operation_file_asset_data_source";
  const report = "modification_audience_operation_report_data_source";
  const refused: readonly (readonly [object, string])[] = [
    [{ data_source: list }, "audience_operation_missing_type"],
    [{ type: "ADD" }, "audience_operation_missing_data_source"],
    [{ type: "ADD", data_source: {} }, "audience_operation_missing_data_source_type"],
    [{ type: "ADD", data_source: action }, "audience_operation_missing_data_source_type"],
    [{ type: "ACTION", data_source: list }, "audience_operation_missing_data_source_type"],
    [
      { type: "ACTION", data_source: { type: "ACTION" } },
      "action_audience_operation_action_data_source_missing_event_name",
    ],
    [{ type: "ADD", data_source: { ...list, audience_members: [{ email: "ann" }] } }, "invalid_identity_key_value"],
    [{ type: "ADD", data_source: { type: "FILE_ASSET" } }, `${file}_missing_file_asset_id`],
    [{ type: "ADD", data_source: { type: "FILE_ASSET", file_asset_id: "1" } }, `${file}_file_asset_not_found`],
    [{ type: "ADD", data_source: { type: "REPORT" } }, `${report}_missing_report_id`],
    [{ type: "ADD", data_source: { type: "REPORT", report_id: "1" } }, `${report}_report_not_found`],
    [{ type: "MERGE", data_source: list }, "validation_error"],
  ];
  for (const [body, code] of refused) expectEnvelope(await operator.send("POST", path, body), code);
  expect(runtime.commands).toHaveLength(begun);
  expectEnvelope(
    await operator.send("POST", "/v1/audiences/1/operations", { type: "ADD", data_source: list }),
    "audience_operation_audience_not_found",
  );
  runtime.commandErrorCode = "audience_operation_another_operation_in_progress";
  expectEnvelope(
    await operator.send("POST", path, { type: "ADD", data_source: list }),
    "audience_operation_another_operation_in_progress",
  );
});

test("an operation is followed, canceled and tried again", async () => {
  const operator = await open();
  const id = await operator.makes("Gold");
  const { runtime } = operator.front;
  runtime.audiences = (query) => ({
    kind: "audience_operations",
    operations: query.kind === "audience_operations" && query.operationId === "1" ? [] : [operation],
  });
  const path = `/v1/audiences/${id}/operations`;
  const whole = { id: operation.id, type: "ADD", tags: ["spring"], data_source: anyDataSource };
  expect(await operator.does("GET", path)).toEqual([whole]);
  expect(await operator.does("GET", `${path}?states=READY,BUILDING`)).toEqual([]);
  expect(await operator.does("GET", `${path}?type=ADD&tags=spring`)).toEqual([whole]);
  expectEnvelope(await operator.send("GET", `${path}?states=SLEEPING`), "invalid_parameter");
  expect(await operator.does("GET", `${path}/${operation.id}`)).toEqual(whole);
  const state = await operator.does("GET", `${path}/${operation.id}/state`);
  expect(state).toMatchObject({
    type: "ADD",
    state: "FAILED",
    error_code: "EXECUTION_ERROR",
    input_rows_count: 1,
    retry_count: 1,
    result: { member_count: 0, anonymous_count: 0, non_processed_count: 1, last_update: anyText },
  });
  expect(await operator.does("GET", `${path}/${operation.id}/state/debug`)).toMatchObject({
    ...state,
    error_message: "none of 1 persons could be found or changed",
  });
  const reader = await ask(operator.front.port, `${path}/${operation.id}/state/debug`, { token: READER_TOKEN });
  expectEnvelope(reader, "access_denied");
  expect(await operator.does("POST", `${path}/${operation.id}/cancel`)).toEqual(state);
  expect(await operator.does("POST", `${path}/${operation.id}/retry`)).toEqual(whole);
  expect(runtime.commands.slice(-2)).toMatchObject([{ verb: "cancel" }, { verb: "retry" }]);
  expectEnvelope(await operator.send("GET", `${path}/1`), "audience_operation_operation_not_found");
});

const anyDataSource: unknown = expect.objectContaining({ type: "PERSON_LIST" });

test("a person is put into an audience and taken out by the back end", async () => {
  const operator = await open();
  const id = await operator.makes("Gold");
  const { runtime, port } = operator.front;
  const person = aPerson(personIdIn(1), { memberships: [{ audienceId: id, createdMs: 0, updatedMs: 1000 }] });
  runtime.persons.set(person.id, person);
  const path = `/v5/persons/${person.id}/memberships`;
  const membership = {
    audience_id: id,
    audience_name: "Gold",
    created_date: "1970-01-01T00:00:00.000Z",
    updated_date: "1970-01-01T00:00:01.000Z",
  };
  expect((await ask(port, path)).body).toEqual([membership]);
  expect((await ask(port, `${path}?audience_names=gold`)).body).toEqual([membership]);
  expect((await ask(port, `${path}?audience_ids=1`)).body).toEqual([]);
  expect((await ask(port, path, { body: JSON.stringify({ audience_id: id }) })).body).toEqual(membership);
  expect((await ask(port, `${path}/${id}`, { method: "DELETE", token: TOKEN })).body).toEqual(membership);
  expect(runtime.commands).toMatchObject([
    { isMember: true },
    { isMember: false, personId: person.id, audienceId: id },
  ]);
  expectEnvelope(await ask(port, path, { body: "{}" }), "missing_audience_id");
  expectEnvelope(await ask(port, path, { body: '{"audience_id":"1"}' }), "audience_not_found");
  expectEnvelope(await ask(port, "/v5/persons/1/memberships"), "person_not_found");
  runtime.commandErrorCode = "person_not_identified";
  expectEnvelope(await ask(port, path, { body: JSON.stringify({ audience_id: id }) }), "person_not_identified");
});
