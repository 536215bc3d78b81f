// Tango's catalogue: read as it is published, kept for a while, and never made up.

import { expect, onTestFinished, test, vi } from "vitest";
import { HttpCaller } from "../../src/fulfillment/http_call.ts";
import { TangoCatalogue } from "../../src/fulfillment/tango_catalogue.ts";
import { answers, type Answer, type Receiver, startReceiver } from "../support/receiver.ts";

const item = { utid: "U1", rewardName: "Ten", currencyCode: "USD", status: "active", valueType: "FIXED_VALUE" };
const published = {
  catalogName: "Shop",
  brands: [
    {
      brandKey: "B1",
      brandName: "Coffee",
      description: "Beans",
      disclaimer: "None",
      imageUrls: { "80w-326ppi": "https://img.example.com/80.png", "1200w-326ppi": "https://img.example.com/1200.png" },
      items: [
        { ...item, faceValue: 10, countries: ["US"] },
        { ...item, utid: "U2", valueType: "VARIABLE_VALUE", minValue: 5, maxValue: 50 },
        { ...item, utid: "U3", status: "inactive" },
        { ...item, utid: 4 },
      ],
    },
    { brandName: "No items" },
  ],
};
const read = [
  {
    name: "Coffee",
    description: "Beans",
    disclaimer: "None",
    imageUrl: "https://img.example.com/1200.png",
    items: [
      {
        utid: "U1",
        rewardName: "Ten",
        currency: "USD",
        valueType: "FIXED_VALUE",
        faceValue: 10,
        minValue: null,
        maxValue: null,
        countries: ["US"],
      },
      {
        utid: "U2",
        rewardName: "Ten",
        currency: "USD",
        valueType: "VARIABLE_VALUE",
        faceValue: null,
        minValue: 5,
        maxValue: 50,
        countries: [],
      },
    ],
  },
];

async function open(answer: Answer): Promise<{ catalogue: TangoCatalogue; tango: Receiver }> {
  const tango = await startReceiver(answer);
  const caller = new HttpCaller({ allowedNetworks: ["127.0.0.1"], timeoutMs: 5_000, connectionsMax: 2 });
  onTestFinished(async () => {
    await caller.close();
    await tango.stop();
  });
  const settings = { url: `${tango.url}/raas/v2`, platform: "platform", key: "secret", customer: "c" };
  return { catalogue: new TangoCatalogue(settings, (call) => caller.call(call)), tango };
}

test("is asked for once by all who want it, with the platform's name and key, and again when it is old", async () => {
  const { catalogue, tango } = await open(answers(200, JSON.stringify(published)));
  expect(await Promise.all([catalogue.read(), catalogue.read(), catalogue.read()])).toEqual([read, read, read]);
  expect(tango.received).toMatchObject([
    {
      method: "GET",
      path: "/raas/v2/catalogs?verbose=true",
      headers: { authorization: `Basic ${Buffer.from("platform:secret").toString("base64")}` },
    },
  ]);
  vi.useFakeTimers({ now: Date.now() + 601_000, toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  tango.answer = answers(200, '{"brands":[]}');
  expect(await catalogue.read()).toEqual([]);
});

test("that is larger than what handlers of webhooks may look at is read whole", async () => {
  const brand = { ...published.brands[0], description: "x".repeat(300) };
  const many = { brands: Array.from({ length: 2_000 }, (_, n) => ({ ...brand, brandName: `Brand ${n}` })) };
  const { catalogue } = await open(answers(200, JSON.stringify(many)));
  expect(await catalogue.read()).toHaveLength(2_000);
});

test.each([
  ["a refusal", answers(401, '{"brands":[]}')],
  ["no JSON", answers(200, "<html>")],
  ["no brands", answers(200, "{}")],
  ["one cut off", answers(200, JSON.stringify(published).slice(0, -20))],
])("that is %s is none, and is asked for again", async (_what, answer) => {
  const { catalogue, tango } = await open(answer);
  expect(await catalogue.read()).toBeNull();
  tango.answer = answers(200, JSON.stringify(published));
  expect(await catalogue.read()).toEqual(read);
});
