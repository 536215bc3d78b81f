// Payouts against doubles of their providers: the published calls, credentials and keys; an order of unknown outcome is asked for, and nobody is paid twice.

import { expect, onTestFinished, test } from "vitest";
import { HttpCaller } from "../../src/fulfillment/http_call.ts";
import { noPayouts, payoutCarrier, type PayoutSettings } from "../../src/fulfillment/payouts.ts";
import type { AttemptResult, Job } from "../../src/model/job.ts";
import { aJob } from "../support/jobs.ts";
import type { PayoutOrder, PayoutProvider } from "../../src/model/payout.ts";
import { type ProviderDouble, startPayPal, startTango } from "../support/payout_providers.ts";

const KEY = "0003deadbeefdeadbeefdead";

async function open(provider: PayoutProvider): Promise<{ double: ProviderDouble; settings: PayoutSettings }> {
  const double = await (provider === "TANGO_V2" ? startTango() : startPayPal());
  onTestFinished(() => double.stop());
  const { url } = double;
  const settings: PayoutSettings =
    provider === "TANGO_V2"
      ? { ...noPayouts, tango: { url, platform: "platform", key: "secret", customer: "C-1" } }
      : { ...noPayouts, paypal: { url, clientId: "client", secret: "secret" } };
  return { double, settings };
}

function jobOf(provider: PayoutProvider, attempts: number, more: Partial<PayoutOrder> = {}): Job {
  const order: PayoutOrder = {
    kind: "PAYOUT",
    provider,
    amount: 25,
    currency: "USD",
    email: "ann@example.com",
    firstName: "Ann",
    accountId: "A-1",
    utid: "U-1",
    merchantToken: "M-1",
    ...more,
  };
  return aJob({
    id: "7078000000000000001",
    order,
    subscriber: `payout/${provider}`,
    idempotencyKey: KEY,
    rewardId: KEY,
    attempts,
  });
}

/** Each attempt as a node that began anew makes it. */
async function attempt(settings: PayoutSettings, job: Job): Promise<AttemptResult> {
  const caller = new HttpCaller({ allowedNetworks: ["127.0.0.1"], timeoutMs: 400, connectionsMax: 2 });
  const carry = payoutCarrier(settings, (call) => caller.call(call));
  const [attempted] = await carry([job]);
  await caller.close();
  if (attempted === undefined) throw new Error("nothing came of it");
  return attempted.result;
}

const providers: readonly PayoutProvider[] = ["TANGO_V2", "PAYPAL_PAYOUTS"];

test.each(providers)("%s: an order is placed once, with what the provider asks for", async (provider) => {
  const { double, settings } = await open(provider);
  const result = await attempt(settings, jobOf(provider, 0));
  expect(result).toMatchObject({ kind: "done", value: { partner_reward_id: double.paid.get(KEY)?.id } });
  expect(double.complaints).toEqual([]);
  const body = double.paid.get(KEY)?.body;
  if (provider === "TANGO_V2") {
    expect(body).toMatchObject({ accountIdentifier: "A-1", customerIdentifier: "C-1", utid: "U-1", amount: 25 });
    expect(body).toMatchObject({ sendEmail: true, recipient: { email: "ann@example.com", firstName: "Ann" } });
    expect(result).toMatchObject({ value: { sent_to: "ann@example.com" } });
  } else {
    const item = { receiver: "ann@example.com", amount: { value: "25.00", currency: "USD" }, sender_item_id: KEY };
    expect(body).toMatchObject({ items: [item] });
  }
});

test("PayPal: whole currencies have no fractions, and the merchant is named", async () => {
  const { double, settings } = await open("PAYPAL_PAYOUTS");
  await attempt(settings, jobOf("PAYPAL_PAYOUTS", 0, { currency: "JPY", amount: 500 }));
  expect(double.paid.get(KEY)?.body).toMatchObject({ items: [{ amount: { value: "500", currency: "JPY" } }] });
  expect(double.calls).toEqual(["POST /v1/oauth2/token", "POST /v1/payments/payouts"]);
});

test.each(providers)("%s: a refusal is one, and the next order under the key is taken", async (provider) => {
  const { double, settings } = await open(provider);
  double.mishaps.push("refused");
  expect(await attempt(settings, jobOf(provider, 0))).toMatchObject({ kind: "answered", status: 422 });
  expect(double.paid.size).toBe(0);
  expect(await attempt(settings, jobOf(provider, 0))).toMatchObject({ kind: "done" });
  expect(double.complaints).toEqual([]);
});

test.each(
  providers.flatMap((provider) =>
    (["taken_and_silent", "taken_and_500", "not_taken_and_500"] as const).map((mishap) => [provider, mishap] as const),
  ),
)("%s, %s: nobody knows, so it is asked for, and paid once", async (provider, mishap) => {
  const { double, settings } = await open(provider);
  double.mishaps.push(mishap);
  expect(await attempt(settings, jobOf(provider, 0))).toMatchObject({ kind: "unknown" });
  expect(await attempt(settings, jobOf(provider, 1))).toMatchObject({ kind: "done" });
  // Also by another job of the same reward.
  expect(await attempt(settings, jobOf(provider, 0))).toMatchObject({ kind: "done" });
  expect(double.paid.size).toBe(1);
  expect(double.complaints).toEqual([]);
});

test.each(providers)("%s: a provider that is away leaves what was unknown unknown", async (provider) => {
  const { double, settings } = await open(provider);
  await double.stop();
  for (const attempts of [0, 1])
    expect(await attempt(settings, jobOf(provider, attempts))).toMatchObject({ kind: "unknown" });
});

test.each(providers)("%s: without its settings nothing leaves the process", async (provider) => {
  const { double } = await open(provider);
  const result = await attempt(noPayouts, jobOf(provider, 0));
  expect(result).toEqual({ kind: "not_sent", reason: `${provider} is not set up here`, isFinal: true });
  expect(double.calls).toEqual([]);
});

test.each(providers)("%s: who is not let in is refused, and pays nobody", async (provider) => {
  const { double, settings } = await open(provider);
  const { tango, paypal } = settings;
  const wrong = {
    tango: tango === null ? null : { ...tango, key: "other" },
    paypal: paypal === null ? null : { ...paypal, secret: "other" },
  };
  expect(await attempt(wrong, jobOf(provider, 0))).toMatchObject({ kind: "answered", status: 401 });
  expect(double.paid.size).toBe(0);
});
