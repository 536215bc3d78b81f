// Reward suppliers over HTTP: made, changed, built, archived; what cannot be one is refused with the published codes; what refers to one keeps it.

import { expect, test } from "vitest";
import { rewardMoves } from "../../src/model/reward.ts";
import { anyText, CLIENT, expectEnvelope, openFront, type TestFront } from "./front_fixture.ts";
import { send } from "./operator.ts";

type Body = Record<string, unknown>;
const PATH = "/v6/reward-suppliers";

async function makes(front: TestFront, body: object, path = PATH): Promise<Body> {
  const reply = await send(front, "POST", path, body);
  expect(reply.status, reply.text).toBe(200);
  return reply.body as Body;
}

const credit = {
  reward_supplier_type: "CUSTOM_REWARD",
  type: "ACCOUNT_CREDIT",
  name: "Credit",
  face_value: 25,
  face_value_type: "USD",
};
const coupon = {
  reward_supplier_type: "MANUAL_COUPON",
  name: "Coupon",
  face_value: 10,
  face_value_type: "PERCENT_OFF",
  coupon_count_warn_limit: 5,
};
const cashBack = { ...credit, face_value: null, face_value_algorithm_type: "CASH_BACK", cash_back_percentage: 0.1 };
const tango = {
  ...coupon,
  coupon_count_warn_limit: null,
  reward_supplier_type: "TANGO_V2",
  account_id: "A1",
  utid: "U1",
};
const paypal = {
  ...tango,
  face_value_type: "USD",
  account_id: null,
  utid: null,
  reward_supplier_type: "PAYPAL_PAYOUTS",
  merchant_token: "M1",
};
const salesforce = {
  ...paypal,
  merchant_token: null,
  reward_supplier_type: "SALESFORCE_COUPON",
  coupon_pool_id: "P1",
  settings_id: "S1",
  balance_refill_amount: 100,
};

test("a supplier is made, built, changed, archived, brought back and deleted; partitions run by each change", async () => {
  const front = await openFront();
  const made = await makes(front, { ...credit, face_value: "javascript@buildtime:20 + 5" });
  expect(made).toMatchObject({
    id: anyText,
    ...credit,
    face_value: "javascript@buildtime:20 + 5",
    display_name: "Credit",
    enabled: true,
    tags: [],
    partner_reward_key_type: "ID",
    face_value_algorithm_type: "FIXED",
    limit_per_day: null,
    auto_fulfillment_enabled: false,
    missing_fulfillment_alert_delay_ms: 259_200_000,
    component_ids: [],
    created_date: anyText,
  });
  const path = `${PATH}/${String(made["id"])}`;
  expect((await send(front, "GET", `${path}/built`)).body).toMatchObject({ face_value: 25, name: "Credit" });
  const program = (): unknown => front.configuration.program(CLIENT)?.suppliers;
  expect(program()).toMatchObject([{ id: made["id"], face_value: 25 }]);
  const transitions = { EARNED: ["FULFILLED"] };
  const changed = await send(front, "PUT", path, {
    reward_supplier_type: "CUSTOM_REWARD",
    state_transitions: transitions,
    limit_per_hour: 3,
  });
  const sent = rewardMoves.SENT.filter((state) => state !== "EXPIRED");
  expect(changed.body).toMatchObject({ state_transitions: { EARNED: ["FULFILLED"], SENT: sent }, limit_per_hour: 3 });
  expect(program()).toMatchObject([{ state_transitions: transitions, limit_per_hour: 3 }]);
  expect((await send(front, "DELETE", path)).status).toBe(200);
  expect(program()).toMatchObject([{ is_archived: true }]);
  expect((await send(front, "GET", PATH)).body).toEqual([]);
  expect((await send(front, "GET", `${PATH}?include_archived=true`)).body).toHaveLength(1);
  expect((await send(front, "POST", `${path}/unarchive`)).status).toBe(200);
  expect((await send(front, "DELETE", `${path}/delete`)).status).toBe(200);
  expect(program()).toEqual([]);
  for (const method of ["GET", "DELETE"]) expectEnvelope(await send(front, method, path), "reward_supplier_not_found");
});

test("changing what operators read switches nothing", async () => {
  const front = await openFront();
  const { id } = await makes(front, credit);
  const before = front.configuration.program(CLIENT);
  await send(front, "PUT", `${PATH}/${String(id)}`, { display_name: "Money", description: "Back to you", tags: ["a"] });
  expect(front.configuration.program(CLIENT)).toEqual(before);
});

test("lists are narrowed by type, heading and whether suppliers are enabled", async () => {
  const front = await openFront();
  await makes(front, { ...credit, display_type: "Money" });
  await makes(front, { ...coupon, display_type: "javascript@buildtime:'Co' + 'des'", enabled: false });
  for (const body of [tango, paypal, salesforce]) await makes(front, { ...body, name: body.reward_supplier_type });
  const names = async (query: string): Promise<string[]> =>
    ((await send(front, "GET", `${PATH}${query}`)).body as Body[])
      .map(({ name }) => String(name))
      .toSorted((a, b) => (a < b ? -1 : 1));
  expect(await names("")).toHaveLength(5);
  expect(await names("?types=CUSTOM_REWARD,MANUAL_COUPON")).toEqual(["Coupon", "Credit"]);
  expect(await names("/built?types=MANUAL_COUPON")).toEqual([]);
  expect(await names("/built?include_disabled=true&display_types=Codes")).toEqual(["Coupon"]);
  expect((await send(front, "GET", `${PATH}/display-types`)).body).toEqual(["Codes", "Money"]);
  expectEnvelope(await send(front, "GET", `${PATH}?types=MAGIC`), "invalid_parameter");
});

const refused: readonly (readonly [object, string])[] = [
  [{ ...credit, name: null }, "name_missing"],
  [{ ...credit, name: "x".repeat(256) }, "name_too_long"],
  [{ ...credit, name: "a\u0007b" }, "illegal_character_in_name"],
  [{ ...credit, name: "Taken" }, "reward_supplier_duplicated_name"],
  [{ ...credit, name: "javascript@buildtime:'Ta' + 'ken'" }, "reward_supplier_duplicated_name"],
  [{ ...credit, display_name: "x".repeat(256) }, "display_name_too_long"],
  [{ ...credit, description: "x".repeat(1025) }, "description_too_long"],
  [{ ...credit, description: "a\u0007" }, "illegal_character_in_description"],
  [{ ...credit, tags: [" "] }, "invalid_tag"],
  [{ ...credit, partner_reward_supplier_id: "x".repeat(256) }, "partner_reward_supplier_id_invalid"],
  [{ ...credit, face_value_type: null }, "face_value_type_missing"],
  [{ ...credit, face_value: null }, "face_value_missing"],
  [{ ...credit, face_value: -1 }, "face_value_out_of_range"],
  [{ ...credit, face_value: 0 }, "zero_face_value"],
  [{ ...cashBack, cash_back_percentage: -0.1 }, "negative_cash_back_percentage"],
  [{ ...cashBack, cash_back_min: -1 }, "negative_min_cash_back"],
  [{ ...cashBack, cash_back_max: -1 }, "negative_max_cash_back"],
  [{ ...cashBack, cash_back_min: 2, cash_back_max: 1 }, "invalid_cash_back_limits"],
  [{ ...cashBack, cash_back_percentage: null }, "zero_face_value"],
  [{ ...credit, limit_per_hour: 0 }, "limit_out_of_range"],
  [{ ...credit, limit_per_hour: 3, limit_per_day: 2 }, "invalid_limits"],
  [{ ...credit, reward_expires_at: "tomorrow" }, "invalid_expiration_date"],
  [{ ...credit, reward_expires_at: "javascript@runtime:(" }, "reward_supplier_build_failed"],
  [{ ...credit, reward_expires_at: "javascript@runtime:foo()" }, "reward_supplier_build_failed"],
  [{ ...credit, face_value: "javascript@buildtime:(" }, "reward_supplier_build_failed"],
  [{ ...credit, name: "javascript@buildtime:7" }, "reward_supplier_build_failed"],
  [{ ...credit, enabled: "javascript@buildtime:'no'" }, "reward_supplier_build_failed"],
  [{ ...credit, face_value: "javascript@buildtime:'ten'" }, "reward_supplier_build_failed"],
  [{ ...credit, face_value: "javascript@buildtime:-5" }, "face_value_out_of_range"],
  [{ ...credit, face_value_type: "javascript@buildtime:'SHELLS'" }, "reward_supplier_build_failed"],
  [{ ...credit, face_value_algorithm_type: "javascript@buildtime:'LUCK'" }, "reward_supplier_build_failed"],
  [{ ...credit, limit_per_day: "javascript@buildtime:1.5" }, "reward_supplier_build_failed"],
  [{ ...credit, description: "javascript@buildtime:[1]" }, "reward_supplier_build_failed"],
  [{ ...credit, type: null }, "custom_reward_type_missing"],
  [{ ...credit, missing_fulfillment_alert_delay_ms: -1 }, "negative_missing_fulfillment_alert_delay_ms"],
  [{ ...credit, missing_fulfillment_auto_fail_delay_ms: -1 }, "negative_missing_fulfillment_auto_fail_delay_ms"],
  [
    {
      ...credit,
      missing_fulfillment_alert_enabled: true,
      missing_fulfillment_auto_fail_enabled: true,
      missing_fulfillment_auto_fail_delay_ms: 1,
    },
    "invalid_missing_fulfillment_auto_fail_delay_ms",
  ],
  [
    { ...credit, missing_fulfillment_auto_fail_enabled: true, state_transitions: { EARNED: ["FULFILLED"] } },
    "invalid_auto_fail_state_transition",
  ],
  [{ ...credit, state_transitions: { EARNED: ["LOST"] } }, "validation_error"],
  [{ ...credit, utid: "U" }, "validation_error"],
  [{ ...credit, colour: "red" }, "validation_error"],
  [{ name: "No type" }, "validation_error"],
  [{ ...coupon, coupon_count_warn_limit: null }, "missing_coupon_count_warn_limit"],
  [{ ...coupon, coupon_count_warn_limit: -1 }, "coupon_count_warn_limit_invalid"],
  [{ ...coupon, minimum_coupon_lifetime: -1 }, "illegal_value_of_minimum_coupon_lifetime"],
  [{ ...coupon, default_coupon_expiry_date: "soon" }, "invalid_expiration_date"],
  [{ ...tango, account_id: " " }, "account_id_missing"],
  [{ ...tango, utid: null }, "utid_missing"],
  [{ ...paypal, merchant_token: null }, "merchant_token_missing"],
  [{ ...paypal, face_value_type: "POINTS" }, "unsupported_face_value_type"],
  [{ ...paypal, face_value_type: "KRW" }, "unsupported_face_value_type"],
  [{ ...paypal, face_value_type: "JPY", face_value: 5.5 }, "unsupported_decimal_face_value_type"],
  [{ ...salesforce, settings_id: null }, "settings_id_missing"],
  [{ ...salesforce, coupon_pool_id: null }, "coupon_pool_id_missing"],
  [{ ...salesforce, balance_refill_amount: null }, "balance_refill_amount_missing"],
  [{ ...salesforce, balance_refill_amount: 0 }, "invalid_balance_refill_amount"],
  [{ ...salesforce, initial_offset: -1 }, "invalid_initial_offset"],
];

test("what cannot be a supplier is refused with the published codes, and leaves nothing", async () => {
  const front = await openFront();
  await makes(front, { ...credit, name: "Taken" });
  for (const [body, code] of refused) expectEnvelope(await send(front, "POST", PATH, body), code);
  expect((await send(front, "GET", PATH)).body).toHaveLength(1);
});

test("type and item of a supplier stay; a name and a pool are free again when their supplier is archived", async () => {
  const front = await openFront();
  const { id } = await makes(front, tango);
  const path = `${PATH}/${String(id)}`;
  for (const change of [{ reward_supplier_type: "PAYPAL_PAYOUTS" }, { utid: "U2" }, { account_id: null }])
    expectEnvelope(await send(front, "PUT", path, change), "validation_error");
  expect((await send(front, "PUT", path, { reward_supplier_type: "TANGO_V2", utid: "U1", name: "Cards" })).status).toBe(
    200,
  );
  const first = await makes(front, salesforce);
  expectEnvelope(await send(front, "POST", PATH, { ...salesforce, name: "Second" }), "coupon_pool_id_already_in_use");
  await send(front, "DELETE", `${PATH}/${String(first["id"])}`);
  await makes(front, salesforce);
  const back = await send(front, "POST", `${PATH}/${String(first["id"])}/unarchive`);
  expectEnvelope(back, "reward_supplier_duplicated_name");
});

test("a supplier that a campaign names stays, and an action cannot name one that is not there", async () => {
  const front = await openFront();
  const { id } = await makes(front, credit);
  const campaign = `/v2/campaigns/${String((await makes(front, { name: "First" }, "/v2/campaigns"))["campaign_id"])}`;
  const step = await makes(front, { type: "CONTROLLER", name: "bought" }, `${campaign}/controllers`);
  const actions = `${campaign}/controllers/${String(step["id"])}/actions/earn-rewards`;
  const earning = { reward_name: "credit" };
  const missing = "campaign_controller_action_earn_reward_reward_supplier_id_not_found";
  expectEnvelope(await send(front, "POST", actions, { ...earning, reward_supplier_id: "nobody" }), missing);
  const action = await makes(front, { ...earning, reward_supplier_id: id }, actions);
  for (const path of [`${PATH}/${String(id)}`, `${PATH}/${String(id)}/delete`])
    expectEnvelope(await send(front, "DELETE", path), "reward_supplier_is_referenced");
  expect((await send(front, "DELETE", `${actions}/${String(action["action_id"])}`)).status).toBe(200);
  expect((await send(front, "DELETE", `${PATH}/${String(id)}`)).status).toBe(200);
  expectEnvelope(await send(front, "POST", actions, { ...earning, reward_supplier_id: id }), missing);
});

test("a campaign whose supplier went away meanwhile is not published", async () => {
  const front = await openFront();
  const { id } = await makes(front, credit);
  const campaign = `/v2/campaigns/${String((await makes(front, { name: "First" }, "/v2/campaigns"))["campaign_id"])}`;
  const step = await makes(front, { type: "CONTROLLER", name: "bought" }, `${campaign}/controllers`);
  const action = { reward_name: "credit", reward_supplier_id: id };
  await makes(front, action, `${campaign}/controllers/${String(step["id"])}/actions/earn-rewards`);
  front.configuration.put(CLIENT, [{ collection: "supplier", id: String(id), document: null }]);
  for (const verb of ["publish", "live"])
    expectEnvelope(
      await send(front, "POST", `${campaign}/${verb}`, {}),
      "campaign_controller_action_earn_reward_reward_supplier_id_not_found",
    );
});

test("what templates of build time yield is read as the type that its member has", async () => {
  const front = await openFront();
  const written = { face_value: "handlebars@buildtime:12.5", enabled: "handlebars@buildtime:false" };
  const { id } = await makes(front, { ...credit, ...written });
  const built = await send(front, "GET", `${PATH}/${String(id)}/built`);
  expect(built.body).toMatchObject({ face_value: 12.5, enabled: false });
  expect(front.configuration.program(CLIENT)?.suppliers).toMatchObject([{ face_value: 12.5, enabled: false }]);
});

test("a supplier that breaks a rule which came after it can be archived, and does not come back as it is", async () => {
  const front = await openFront();
  front.configuration.put(CLIENT, [
    { collection: "supplier", id: "7", document: { ...paypal, id: "7", face_value: -1 } },
  ]);
  const path = `${PATH}/7`;
  expect((await send(front, "DELETE", path)).status).toBe(200);
  expectEnvelope(await send(front, "POST", `${path}/unarchive`), "face_value_out_of_range");
});
