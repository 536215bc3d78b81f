// Tango's catalogue over HTTP, and what it has to say of suppliers before they are kept.

import { describe, expect, test } from "vitest";
import type { CatalogueBrand } from "../../src/model/payout.ts";
import { noOffers } from "../../src/model/provider_offers.ts";
import { expectEnvelope, openFront } from "./front_fixture.ts";
import { send } from "./operator.ts";

const item = { rewardName: "Card", currency: "USD", minValue: null, maxValue: null, countries: ["US"] };
const brands: readonly CatalogueBrand[] = [
  {
    name: "Coffee",
    description: "Beans",
    disclaimer: "None",
    imageUrl: null,
    items: [
      { ...item, utid: "TEN", valueType: "FIXED_VALUE", faceValue: 10 },
      { ...item, utid: "ANY", valueType: "VARIABLE_VALUE", faceValue: null, minValue: 5, maxValue: 50 },
    ],
  },
];
const path = "/v6/reward-suppliers";

function cards(utid: string, value: number, name = "Cards"): object {
  const face = { face_value: value, face_value_type: "USD" };
  return { reward_supplier_type: "TANGO_V2", name, utid, account_id: "A", ...face };
}

test("the catalogue is shown in the contract's words; where Tango is not known or says nothing, that is said", async () => {
  const front = await openFront({}, { offers: { ...noOffers, readTangoCatalogue: async () => brands } });
  const reply = await send(front, "GET", "/v2/reward-suppliers/tango/catalog");
  expect(reply.body).toMatchObject([
    {
      brand_name: "Coffee",
      image_url: null,
      items: [
        { utid: "TEN", currency_code: "USD", value_type: "FIXED_VALUE", face_value: 10, countries: ["US"] },
        { utid: "ANY", min_value: 5, max_value: 50 },
      ],
    },
  ]);
  for (const other of [
    await openFront(),
    await openFront({}, { offers: { ...noOffers, readTangoCatalogue: async () => null } }),
  ])
    expectEnvelope(await send(other, "GET", "/v2/reward-suppliers/tango/catalog"), "tango_service_unavailable");
});

describe("a supplier of gift cards", () => {
  test("names an item that there is, at a value that it comes at", async () => {
    const front = await openFront({}, { offers: { ...noOffers, readTangoCatalogue: async () => brands } });
    expectEnvelope(await send(front, "POST", path, cards("GONE", 10)), "utid_missing");
    expectEnvelope(await send(front, "POST", path, cards("TEN", 11)), "face_value_out_of_range");
    expectEnvelope(await send(front, "POST", path, cards("ANY", 4)), "face_value_out_of_range");
    expectEnvelope(await send(front, "POST", path, cards("ANY", 51)), "face_value_out_of_range");
    expect((await send(front, "POST", path, cards("TEN", 10, "Ten"))).status).toBe(200);
    const made = await send(front, "POST", path, cards("ANY", 50));
    expect(made.status).toBe(200);
    const own = `${path}/${String(Reflect.get(Object(made.body), "id"))}`;
    const change = { reward_supplier_type: "TANGO_V2" };
    expectEnvelope(await send(front, "PUT", own, { ...change, face_value: 60 }), "face_value_out_of_range");
    expectEnvelope(await send(front, "PUT", own, { ...change, utid: "GONE" }), "utid_missing");
    expect((await send(front, "PUT", own, { ...change, face_value: 5 })).status).toBe(200);
  });

  test("is not kept while Tango says nothing; others are, and so are all where Tango is not known", async () => {
    const silent = await openFront({}, { offers: { ...noOffers, readTangoCatalogue: async () => null } });
    expectEnvelope(await send(silent, "POST", path, cards("TEN", 10)), "tango_service_unavailable");
    const credit = { reward_supplier_type: "CUSTOM_REWARD", type: "ACCOUNT_CREDIT", name: "Credit" };
    const value = { face_value: 5, face_value_type: "USD" };
    expect((await send(silent, "POST", path, { ...credit, ...value })).status).toBe(200);
    expect((await send(await openFront(), "POST", path, cards("GONE", 10))).status).toBe(200);
  });
});
