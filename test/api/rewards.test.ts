// Operations on rewards: order over all partitions, filters, intervals, history.

import { describe, expect, test } from "vitest";
import { ask, CLIENT, expectEnvelope, openFront, parametersOf, type TestFront } from "./front_fixture.ts";
import { AT_MS, aPerson, aReward, personIdIn, settle } from "./people.ts";
import { PARTITIONS } from "./recording_runtime.ts";

async function idsOf(front: TestFront, query: string): Promise<string[]> {
  const reply = await ask(front.port, `/v2/rewards?${query}`);
  expect(reply.status, reply.text).toBe(200);
  const rewards: unknown = reply.body;
  if (!Array.isArray(rewards)) throw new Error("not a list");
  return rewards.map((reward: unknown) =>
    typeof reward === "object" && reward !== null && "reward_id" in reward ? String(reward.reward_id) : "",
  );
}

test("a reward and its history", async () => {
  const { port, runtime } = await openFront();
  const reward = aReward(3, 1, {
    expiresMs: AT_MS,
    history: [
      {
        state: "EARNED",
        success: true,
        message: null,
        partnerRewardId: null,
        amount: null,
        partnerEventId: null,
        data: {},
        delivery: null,
        operatorUserId: null,
        atMs: AT_MS,
      },
      {
        state: "FULFILLED",
        success: false,
        message: "no funds",
        partnerRewardId: null,
        amount: null,
        partnerEventId: null,
        data: {},
        delivery: null,
        operatorUserId: "op-1",
        atMs: AT_MS + 1_500,
      },
    ],
  });
  settle(runtime, aPerson(reward.personId), [reward]);
  expect((await ask(port, `/v2/rewards/${reward.id}`)).body).toMatchObject({
    reward_id: reward.id,
    state: "EARNED",
    email: "a@example.com",
    partner_user_id: "u-1",
    data: { order: '{"id":7}', note: "hello" },
    created_at: "2026-05-01T10:00:00.001Z",
    expires_at: "2026-05-01T10:00:00.000Z",
  });
  expect((await ask(port, `/v2/rewards/${reward.id}/history`)).body).toEqual([
    { state_type: "EARNED", success: true, message: "", operator_user_id: "", created_at: "2026-05-01T10:00:00.000Z" },
    {
      state_type: "FULFILLED",
      success: false,
      message: "no funds",
      operator_user_id: "op-1",
      created_at: "2026-05-01T10:00:01.500Z",
    },
  ]);
});

test.each([
  "1",
  "zzzzzzzzzzzzzzzzzzzzzzzz",
  "FFFF00000000000000000000",
  "ffff00000000000000000000",
  aReward(3, 404).id,
])("%s is no reward", async (id) => {
  const { port } = await openFront();
  expectEnvelope(await ask(port, `/v2/rewards/${id}`), "reward_not_found");
  expectEnvelope(await ask(port, `/v2/rewards/${id}/history`), "reward_not_found");
});

describe("the list", () => {
  /** Unevenly over the partitions, and several in one millisecond. */
  async function withMany(count: number): Promise<{ front: TestFront; ids: string[] }> {
    const front = await openFront();
    const rewards = Array.from({ length: count }, (_, n) =>
      aReward(n % 7 === 0 ? 1 : (n * n) % PARTITIONS, n, { createdMs: AT_MS + Math.floor(n / 3) * 1_000 }),
    );
    for (const reward of rewards) front.runtime.rewards.set(reward.id, reward);
    const sorted = [...rewards].sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? 1 : -1));
    return { front, ids: sorted.map(({ id }) => id) };
  }

  test("W1 is newest first over all partitions, whatever the page", async () => {
    const { front, ids } = await withMany(900);
    expect(await idsOf(front, "")).toEqual(ids.slice(0, 100));
    expect(await idsOf(front, "limit=1000")).toEqual(ids);
    expect(await idsOf(front, "limit=7&offset=400")).toEqual(ids.slice(400, 407));
    expect(await idsOf(front, "offset=900")).toEqual([]);
  });

  test("an interval starts at its end: newer rewards are not read", async () => {
    const { front, ids } = await withMany(900);
    const from = new Date(AT_MS + 10_000).toISOString();
    const to = new Date(AT_MS + 20_000).toISOString();
    front.runtime.queries.length = 0;
    const wanted = ids.filter((id) => {
      const { createdMs } = front.runtime.rewards.get(id) ?? { createdMs: 0 };
      return createdMs >= AT_MS + 10_000 && createdMs < AT_MS + 20_000;
    });
    expect(wanted).toHaveLength(30);
    expect(await idsOf(front, `time_interval=${from}/${to}`)).toEqual(wanted);
    expect(await idsOf(front, `time_interval=${from}/PT10S&limit=5`)).toEqual(wanted.slice(0, 5));
    expect(front.runtime.queries.filter(({ kind }) => kind === "rewards_by_time").length).toBeLessThan(30);
    expect(await idsOf(front, "time_interval=P1D")).toEqual([]);
  });

  test("dates are days of the client's calendar, or of the zone that the request names", async () => {
    const front = await openFront();
    const at = (time: string, n: number): string => {
      const reward = aReward(0, n, { createdMs: Date.parse(time) });
      front.runtime.rewards.set(reward.id, reward);
      return reward.id;
    };
    const [evening, midday] = [at("2026-04-30T23:30:00Z", 1), at("2026-05-01T12:00:00Z", 2)];
    const of = async (headers: Record<string, string> = {}): Promise<string[]> => {
      const { body, text } = await ask(front.port, "/v2/rewards?time_interval=2026-05-01/P1D", { headers });
      if (!Array.isArray(body)) throw new Error(text);
      return (body as { reward_id: string }[]).map(({ reward_id }) => reward_id);
    };
    expect(await of()).toEqual([midday]);
    const document = { time_zone: "Europe/Berlin" };
    front.configuration.put(CLIENT, [{ collection: "client", id: "client", document }]);
    expect(await of()).toEqual([midday, evening]);
    expect(await of({ "time-zone": "America/New_York" })).toEqual([midday]);
    const query = "/v2/rewards?time_interval=2026-05-01/P1D";
    const refused = await ask(front.port, query, { headers: { "time-zone": "Mars/Olympus" } });
    expect(parametersOf(expectEnvelope(refused, "invalid_parameter"))).toEqual({ name: "Time-Zone" });
  });

  test("shows e-mail and partner user id of each owner, asked for once", async () => {
    const { front } = await withMany(12);
    const owner = personIdIn(1);
    settle(front.runtime, aPerson(owner));
    for (const reward of front.runtime.rewards.values()) reward.personId = owner;
    front.runtime.queries.length = 0;
    const reply = await ask(front.port, "/v2/rewards");
    expect(reply.body).toMatchObject(Array.from({ length: 12 }, () => ({ email: "a@example.com" })));
    const asked = front.runtime.queries.filter((query) => query.kind === "identities");
    expect(asked.map((query) => query.personIds.length)).toEqual([1]);
  });
});

describe("filters", () => {
  const owner = personIdIn(1);
  const other = personIdIn(2, 5);
  const rewards = [
    aReward(0, 0, { state: "EARNED", isFulfilFailed: true, personId: owner }),
    aReward(1, 1, { state: "FULFILLED", partnerRewardId: "CODE-1", supplierType: "MANUAL_COUPON", personId: owner }),
    aReward(2, 2, { state: "SENT", supplierId: "supplier-2", partnerSupplierId: "p-2", personId: other }),
    aReward(3, 3, { state: "CANCELED", actionId: "action-2", rootEventId: "root-2", personId: other }),
    aReward(0, 4, { personId: owner }),
  ];
  const cases: readonly (readonly [query: string, wanted: readonly number[]])[] = [
    ["", [4, 3, 2, 1]],
    ["success_only=true", [4, 3, 2, 1]],
    ["success_only=false", [4, 3, 2, 1, 0]],
    ["state=EARNED", [4]],
    ["state=EARNED&success_only=false", [4, 0]],
    ["state=earned,sent", [4, 2]],
    ["state=SENT&state=CANCELED", [3, 2]],
    ["state=FULFILL_FAILED", [0]],
    ["state=FULFILL_FAILED,SENT", [2, 0]],
    ["reward_type=MANUAL_COUPON", [1]],
    ["reward_supplier_id=supplier-2", [2]],
    ["partner_reward_supplier_id=p-2", [2]],
    ["partner_reward_id=CODE-1", [1]],
    ["action_id=action-2", [3]],
    ["root_event_id=root-2", [3]],
    [`person_id=${owner}`, [4, 1]],
    [`person_id=${owner},${other}`, [4, 3, 2, 1]],
    [`person_id=${owner}&person_id=${other}&limit=2&offset=1`, [3, 2]],
    [`person_id=${owner}&time_interval=2026-05-01T10:00:00Z/2026-05-01T10:00:00.004Z`, [1]],
    [`person_id=${personIdIn(3, 8)}`, []],
  ];
  test.each(cases)("%s", async (query, wanted) => {
    const front = await openFront();
    settle(
      front.runtime,
      aPerson(owner),
      rewards.filter(({ personId }) => personId === owner),
    );
    settle(
      front.runtime,
      aPerson(other),
      rewards.filter(({ personId }) => personId === other),
    );
    expect(await idsOf(front, query)).toEqual(wanted.map((n) => rewards[n]?.id));
  });

  test.each([
    ["state=GONE", "reward_state_invalid"],
    ["reward_type=GOLD", "reward_type_not_supported"],
    ["time_interval=yesterday", "time_interval_invalid"],
    ["time_interval=2026-05-02/2026-05-01", "time_interval_invalid"],
    ["success_only=1", "invalid_parameter"],
    ["limit=1001", "max_fetch_size_1000"],
    ["limit=x", "invalid_limit"],
    ["offset=-5", "invalid_offset"],
  ])("%s is refused", async (query, code) => {
    const { port } = await openFront();
    expectEnvelope(await ask(port, `/v2/rewards?${query}`), code);
  });
});
