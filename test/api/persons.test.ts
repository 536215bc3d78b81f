// Operations on persons: finding, following links, lists and their filters, tenancy.

import { describe, expect, test } from "vitest";
import { FORWARD_HOPS_MAX } from "../../src/api/limits.ts";
import { SUMMARY_PAGES_LISTED_MAX } from "../../src/engine/limits.ts";
import { SUMMARIES_PER_PAGE } from "../../src/model/person.ts";
import { Unavailable } from "../../src/runtime/client.ts";
import { ask, expectEnvelope, openFront, OTHER_TOKEN, parametersOf, type TestFront } from "./front_fixture.ts";
import { aJourney, aPerson, aRelationship, aReward, aStep, personIdIn, settle } from "./people.ts";

const id = personIdIn(2);

async function idsOf(front: TestFront, path: string): Promise<unknown[]> {
  const reply = await ask(front.port, path);
  expect(reply.status, reply.text).toBe(200);
  const items: unknown = reply.body;
  if (!Array.isArray(items)) throw new Error("not a list");
  return items.map((item: unknown) => (typeof item === "object" && item !== null && "id" in item ? item.id : item));
}

describe("finding", () => {
  test("by id", async () => {
    const { port, runtime } = await openFront();
    settle(runtime, aPerson(id));
    expect(await ask(port, `/v5/persons/${id}`)).toMatchObject({
      status: 200,
      body: {
        id,
        identity_id: id,
        identity_key: { name: "email" },
        identity_key_value: "a@example.com",
        locale: { last_browser: "de_DE" },
        version: "3",
      },
    });
  });

  test("an anonymous person has an empty identity", async () => {
    const { port, runtime } = await openFront();
    settle(runtime, aPerson(id, { email: null, data: {} }));
    expect((await ask(port, `/v5/persons/${id}`)).body).toMatchObject({ identity_key_value: "", locale: {} });
  });

  test("a merged person leads to the one it was merged into, over partitions", async () => {
    const { port, runtime } = await openFront();
    const [second, third] = [personIdIn(0, 1), personIdIn(3, 2)];
    settle(runtime, aPerson(id, { forwardedTo: second }));
    settle(runtime, aPerson(second, { forwardedTo: third }));
    settle(runtime, aPerson(third));
    expect((await ask(port, `/v5/persons/${id}`)).body).toMatchObject({ id: third });
  });

  test("a ring of links ends", async () => {
    const { port, runtime } = await openFront();
    const second = personIdIn(0, 1);
    settle(runtime, aPerson(id, { forwardedTo: second }));
    settle(runtime, aPerson(second, { forwardedTo: id }));
    expectEnvelope(await ask(port, `/v5/persons/${id}`), "person_not_found");
    expect(runtime.queries.length).toBe(FORWARD_HOPS_MAX + 1);
  });

  test.each(["7", "x", personIdIn(3, 9), "9999999999999999999", "0000000000000000001", personIdIn(400)])(
    "%s is nobody",
    async (unknown) => {
      const { port } = await openFront();
      for (const part of ["", "/steps", "/journeys", "/rewards", "/relationships"]) {
        expectEnvelope(await ask(port, `/v5/persons/${unknown}${part}`), "person_not_found");
      }
      const body = JSON.stringify({ forward_to_profile_id: id });
      expectEnvelope(await ask(port, `/v5/persons/${unknown.slice(0, 3)}/forward`, { body }), "person_not_found");
    },
  );
});

describe("searching", () => {
  test("by identity and by partner key", async () => {
    const front = await openFront();
    const { runtime, port } = front;
    const other = personIdIn(1, 5);
    settle(runtime, aPerson(id));
    settle(runtime, aPerson(other, { email: "b@example.com" }));
    runtime.keyOwners.set("demo/email/a@example.com", id);
    runtime.keyOwners.set("demo/partner_user_id/u-1", id);
    runtime.keyOwners.set("demo/partner_user_id/u-2", other);
    expect(await idsOf(front, "/v5/persons?identity_key_value=%20A%40Example.com")).toEqual([id]);
    expect(await idsOf(front, "/v5/persons?identity_key_value=c%40example.com")).toEqual([]);
    expect(await idsOf(front, "/v5/persons?identity_key_value=nonsense")).toEqual([]);
    expect(await idsOf(front, "/v5/persons?person_keys=partner_user_id:u-1,partner_user_id:u-2")).toEqual([id, other]);
    expect(await idsOf(front, "/v5/persons?person_keys=partner_user_id:u-1&person_keys=partner_user_id:u-2")).toEqual([
      id,
      other,
    ]);
    expect(
      await idsOf(front, "/v5/persons?person_keys=partner_user_id:u-1,partner_user_id:u-2&limit=1&offset=1"),
    ).toEqual([other]);
    expect(
      await idsOf(front, "/v5/persons?identity_key_value=a%40example.com&person_keys=partner_user_id:u-2"),
    ).toEqual([]);
    expect(
      await idsOf(front, "/v5/persons?identity_key_value=a%40example.com&person_keys=partner_user_id:u-1"),
    ).toEqual([id]);
    expectEnvelope(await ask(port, "/v5/persons?person_keys=u-1"), "value_does_not_follow_pattern");
    expectEnvelope(await ask(port, "/v5/persons"), "invalid_parameter");
  });
});

test("what belongs to another client is answered exactly as what does not exist", async () => {
  const { port, runtime } = await openFront();
  const reward = aReward(2, 1, { personId: id, name: "marker" });
  settle(
    runtime,
    aPerson(id, {
      steps: [aStep(1)],
      data: { marker: { value: "marker", scope: "PUBLIC", createdMs: 0, updatedMs: 0 } },
    }),
    [reward],
  );
  runtime.keyOwners.set("demo/email/a@example.com", id);
  const missing = personIdIn(2, 77);
  const body = JSON.stringify({ forward_to_profile_id: id });
  for (const [foreign, unknown] of [
    [`/v5/persons/${id}`, `/v5/persons/${missing}`],
    [`/v5/persons/${id}/steps`, `/v5/persons/${missing}/steps`],
    [`/v5/persons/${id}/journeys`, `/v5/persons/${missing}/journeys`],
    [`/v5/persons/${id}/rewards`, `/v5/persons/${missing}/rewards`],
    [`/v5/persons/${id}/relationships`, `/v5/persons/${missing}/relationships`],
    ["/v5/persons?identity_key_value=a%40example.com", "/v5/persons?identity_key_value=z%40example.com"],
    [`/v2/rewards/${reward.id}`, `/v2/rewards/${aReward(2, 99).id}`],
    [`/v2/rewards/${reward.id}/history`, `/v2/rewards/${aReward(2, 99).id}/history`],
    ["/v2/rewards", "/v2/rewards?state=FAILED"],
    [`/v2/rewards?person_id=${id}`, `/v2/rewards?person_id=${missing}`],
  ] as const) {
    const seen = await ask(port, foreign, { token: OTHER_TOKEN });
    const control = await ask(port, unknown, { token: OTHER_TOKEN });
    const withoutId = (text: string): string => text.replace(/"unique_id":"\d+"/, "");
    expect(withoutId(seen.text)).toBe(withoutId(control.text));
    expect(seen.status).toBe(control.status);
    expect(seen.text).not.toContain("marker");
    expect((await ask(port, foreign)).status).toBe(200);
  }
  runtime.commandErrorCode = "person_not_found";
  expectEnvelope(await ask(port, `/v5/persons/${id}/forward`, { token: OTHER_TOKEN, body }), "person_not_found");
  expect(runtime.commands.at(-1)).toMatchObject({ client: "other" });
});

describe("steps", () => {
  const steps = [
    aStep(3, { name: "Shared", isPrimary: false, container: "test" }),
    aStep(4, { campaignId: "c-2", program: "loyalty", journeyName: null, journeyKey: null, data: [] }),
    aStep(5),
  ];

  async function withSteps(): Promise<TestFront> {
    const front = await openFront();
    settle(front.runtime, aPerson(id, { steps, stepPages: 2 }));
    front.runtime.stepPages.set(`${id}/00000000`, [aStep(-2), aStep(-1)]);
    front.runtime.stepPages.set(`${id}/00000001`, [aStep(1), aStep(2)]);
    return front;
  }

  test("come newest first, through all pages", async () => {
    const front = await withSteps();
    expect(await idsOf(front, `/v5/persons/${id}/steps`)).toEqual([5, 4, 3, 2, 1, -1, -2].map((n) => `step-${n}`));
    expect(await idsOf(front, `/v5/persons/${id}/steps?limit=2&offset=4`)).toEqual(["step-1", "step--1"]);
    expect(await idsOf(front, `/v5/persons/${id}/steps?offset=100`)).toEqual([]);
  });

  test("pages that are not needed are not read", async () => {
    const front = await withSteps();
    await idsOf(front, `/v5/persons/${id}/steps?limit=3`);
    expect(front.runtime.stepPagesRead).toEqual([]);
    await idsOf(front, `/v5/persons/${id}/steps?limit=4`);
    expect(front.runtime.stepPagesRead).toEqual([`${id}/00000001`]);
  });

  const filters: readonly (readonly [query: string, wanted: readonly number[]])[] = [
    ["names=shared", [3]],
    ["names=SHARED,nothing", [3]],
    ["names=shared&names=converted", [5, 4, 3]],
    ["containers=test", [3]],
    ["campaign_ids=c-2", [4]],
    ["programs=Loyalty", [4]],
    ["journey_names=friend&campaign_ids=c-1&is_primary=true", [5]],
    ["is_primary=false", [3]],
    ["data_keys=CART_VALUE", [5, 3]],
    ["data_keys=other", []],
    ["event_ids=e-4,e-5", [5, 4]],
    ["cause_event_ids=cause-3", [3]],
    ["root_event_ids=root-5", [5]],
    ["journey_key_names=order_id", [5, 3]],
    ["journey_key_values=order_id:A-1&names=converted", [5]],
    ["journey_key_values=order_id:A-2", []],
    ["names=", [5, 4, 3]],
  ];
  test.each(filters)("%s", async (query, wanted) => {
    const front = await openFront();
    settle(front.runtime, aPerson(id, { steps }));
    expect(await idsOf(front, `/v5/persons/${id}/steps?${query}`)).toEqual(wanted.map((n) => `step-${n}`));
  });
});

describe("pages of steps", () => {
  test.each([
    ["limit=0", "invalid_limit"],
    ["limit=-1", "invalid_limit"],
    ["limit=ten", "invalid_limit"],
    ["limit=1.5", "invalid_limit"],
    ["limit=1001", "max_fetch_size_1000"],
    ["offset=-1", "invalid_offset"],
    ["offset=x", "invalid_offset"],
    ["offset=99999999999", "invalid_offset"],
    ["is_primary=maybe", "invalid_parameter"],
    ["journey_key_values=nocolon", "value_does_not_follow_pattern"],
    ["journey_key_values=:novalue", "value_does_not_follow_pattern"],
    [Array.from({ length: 300 }, (_, i) => `names=${i}`).join("&"), "invalid_parameter"],
  ])("%s is refused", async (query, code) => {
    const { port, runtime } = await openFront();
    settle(runtime, aPerson(id));
    expectEnvelope(await ask(port, `/v5/persons/${id}/steps?${query}`), code);
  });

  test("a thousand at a time is the most, a hundred the default", async () => {
    const front = await openFront();
    settle(front.runtime, aPerson(id, { steps: Array.from({ length: 1_200 }, (_, n) => aStep(n)) }));
    expect(await idsOf(front, `/v5/persons/${id}/steps`)).toHaveLength(100);
    expect(await idsOf(front, `/v5/persons/${id}/steps?limit=1000`)).toHaveLength(1_000);
  });
});

test("journeys and their filters", async () => {
  const front = await openFront();
  const keyed = aJourney(2, { name: "FRIEND", key: { name: "order_id", value: "A,1" }, data: [], container: "test" });
  settle(
    front.runtime,
    aPerson(id, { journeys: [aJourney(1), keyed, aJourney(3, { program: "loyalty", campaignId: "c-2" })] }),
  );
  const list = (query: string): Promise<unknown[]> => idsOf(front, `/v5/persons/${id}/journeys?${query}`);
  expect(await list("")).toEqual(["journey-3", "journey-2", "journey-1"]);
  expect(await list("ids=journey-1,journey-2")).toEqual(["journey-2", "journey-1"]);
  expect(await list("names=friend")).toEqual(["journey-2"]);
  expect(await list("programs=loyalty")).toEqual(["journey-3"]);
  expect(await list("campaign_ids=c-1&containers=production")).toEqual(["journey-1"]);
  expect(await list("key_names=order_id")).toEqual(["journey-2"]);
  expect(await list("key_values=order_id:A,1")).toEqual(["journey-2"]);
  expect(await list("data_keys=tier")).toEqual(["journey-3", "journey-1"]);
  expect(await list("data_values=tier:gold,tier:silver&limit=1")).toEqual(["journey-3"]);
  expect(await list("data_values=tier:silver")).toEqual([]);
  expectEnvelope(await ask(front.port, `/v5/persons/${id}/journeys?data_values=x`), "value_does_not_follow_pattern");
});

test("relationships and their filters", async () => {
  const front = await openFront();
  const relationships = [
    aRelationship(1),
    aRelationship(2, { myRole: "FRIEND", container: "test" }),
    aRelationship(3, { otherEmail: null }),
    aRelationship(4, { isSelfReferral: true }),
    aRelationship(5, { otherEmail: "friend1@example.com" }),
    aRelationship(6, { campaignId: "c-2", program: "loyalty", data: [] }),
  ];
  settle(front.runtime, aPerson(id, { relationships }));
  const list = async (query: string): Promise<unknown[]> =>
    (await idsOf(front, `/v5/persons/${id}/relationships?${query}`)).map((each) => Number(String(each).slice(13)));
  expect(await list("")).toEqual([6, 5, 3, 2]);
  expect(await list("include_duplicate_identities=true")).toEqual([6, 5, 3, 2, 1]);
  expect(await list("include_self_referrals=true&my_roles=ADVOCATE")).toEqual([6, 5, 4, 3]);
  expect(await list("exclude_anonymous=true")).toEqual([6, 5, 2]);
  expect(await list("my_roles=friend")).toEqual([2]);
  expect(await list("containers=test")).toEqual([2]);
  expect(await list("programs=loyalty")).toEqual([6]);
  expect(await list("campaign_ids=c-2")).toEqual([6]);
  expect(await list("data_keys=channel&limit=1&offset=1")).toEqual([3]);
  expect(await list("data_values=channel:EMAIL&exclude_anonymous=true")).toEqual([5, 2]);
  expectEnvelope(await ask(front.port, `/v5/persons/${id}/relationships?my_roles=BOSS`), "invalid_parameter");
  expectEnvelope(await ask(front.port, `/v5/persons/${id}/relationships?data_values=x`), "data_values_invalid");
});

test("rewards of a person and their filters", async () => {
  const front = await openFront();
  const rewards = [
    aReward(2, 1, { personId: id, earnedMs: Date.UTC(2025, 0, 1) }),
    aReward(2, 2, { personId: id, state: "REDEEMED", supplierType: "MANUAL_COUPON", journeyName: "FRIEND" }),
    aReward(0, 3, {
      personId: id,
      container: "test",
      journeyKey: { name: "order_id", value: "7" },
      data: { note: "x" },
    }),
    aReward(1, 4, { personId: id, program: "loyalty", campaignId: "c-2" }),
  ];
  settle(front.runtime, aPerson(id), rewards);
  const number = new Map(rewards.map((reward, i) => [reward.id, i + 1]));
  const list = async (query: string): Promise<unknown[]> =>
    (await idsOf(front, `/v5/persons/${id}/rewards?${query}`)).map((each) => number.get(String(each)));
  expect(await list("")).toEqual([4, 3, 2, 1]);
  const { body } = await ask(front.port, `/v5/persons/${id}/rewards?offset=3`);
  expect(body).toMatchObject([{ earned_date: "2025-01-01T00:00:00.000Z", created_date: "2026-05-01T10:00:00.001Z" }]);
  expect(await list("limit=2&offset=1")).toEqual([3, 2]);
  expect(await list("reward_states=REDEEMED")).toEqual([2]);
  expect(await list("reward_types=manual_coupon")).toEqual([2]);
  expect(await list("containers=test")).toEqual([3]);
  expect(await list("programs=loyalty&campaign_ids=c-2")).toEqual([4]);
  expect(await list("journey_names=FRIEND")).toEqual([2]);
  expect(await list("journey_key_names=order_id&journey_key_values=order_id:7")).toEqual([3]);
  expect(await list("data_keys=note&data_values=note:hello")).toEqual([4, 2, 1]);
  expectEnvelope(await ask(front.port, `/v5/persons/${id}/rewards?reward_states=GONE`), "reward_state_invalid");
  expectEnvelope(await ask(front.port, `/v5/persons/${id}/rewards?reward_types=GOLD`), "reward_type_not_supported");
});

test("thousands of rewards of a person are looked through with few questions, in their order", async () => {
  const front = await openFront();
  const rewards = Array.from({ length: 1_000 }, (_, n) => aReward(n % 2, n, { personId: id }));
  settle(front.runtime, aPerson(id), rewards);
  const oldest = rewards.slice(0, 5).map((reward) => reward.id);
  const list = (query: string) => idsOf(front, `/v5/persons/${id}/rewards?${query}`);
  expect(await list("limit=5&offset=995")).toEqual(oldest.toReversed());
  // An answer looks at so many pages of older ones.
  const questions = front.runtime.queries.filter(({ kind }) => kind === "reward_ids").length;
  expect(questions).toBe(Math.ceil(rewards.length / SUMMARIES_PER_PAGE / SUMMARY_PAGES_LISTED_MAX));
  front.runtime.queries.length = 0;
  expect(await list("reward_states=REDEEMED")).toEqual([]);
  // 32, 64, 128, 256, 256, 256 and the rest: which they are, and whether they pass, each of two partitions.
  expect(front.runtime.queries).toHaveLength((1 + 2) * 7);
  expect(front.runtime.queries.filter(({ kind }) => kind === "rewards")).toEqual([]);
});

describe("forwarding", () => {
  const target = personIdIn(1, 3);
  const body = JSON.stringify({ forward_to_profile_id: target, more: 1 });

  test("is a command, answered with the person that remains", async () => {
    const { port, runtime } = await openFront();
    settle(runtime, aPerson(target));
    expect(await ask(port, `/v5/persons/${id}/forward`, { body })).toMatchObject({ status: 200, body: { id: target } });
    expect(runtime.commands).toEqual([{ kind: "forward_person", client: "demo", personId: id, toPersonId: target }]);
  });

  test.each(["forwarding_profile_is_device", "forward_to_profile_is_device", "person_not_found"])(
    "refused by the engine with %s",
    async (code) => {
      const { port, runtime } = await openFront();
      runtime.commandErrorCode = code;
      expectEnvelope(await ask(port, `/v5/persons/${id}/forward`, { body }), code);
    },
  );

  test.each([
    ["{}", "validation_error"],
    ['{"forward_to_profile_id":7}', "validation_error"],
    ['{"forward_to_profile_id":null}', "invalid_null"],
    ["[]", "validation_error"],
    ["{", "invalid_json"],
    ['{"forward_to_profile_id":"1","__proto__":{}}', "invalid_parameter"],
    ['{"forward_to_profile_id":"1"}', "person_not_found"],
  ])("body %s", async (text, code) => {
    const { port, runtime } = await openFront();
    expectEnvelope(await ask(port, `/v5/persons/${id}/forward`, { body: text }), code);
    expect(runtime.commands).toEqual([]);
  });

  test("no body, another type, a runtime that is away", async () => {
    const { port, runtime } = await openFront();
    const path = `/v5/persons/${id}/forward`;
    expectEnvelope(await ask(port, path, { method: "POST" }), "missing_request_body");
    expectEnvelope(
      await ask(port, path, { body, headers: { "content-type": "text/plain" } }),
      "unsupported_media_type",
    );
    runtime.unavailable = new Unavailable("recovering", 2);
    const envelope = expectEnvelope(await ask(port, path, { body }), "service_unavailable");
    expect(parametersOf(envelope)).toEqual({ reason: "recovering" });
  });
});
