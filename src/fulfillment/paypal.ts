// PayPal payouts: money to an e-mail address, by a batch of one. PayPal takes a `sender_batch_id` once, so placing an order again under its key pays nobody
// twice: what it refuses as used before was placed before.

import type { AttemptResult } from "../model/job.ts";
import { paypalWholeCurrencies } from "../model/payout.ts";
import { clientGrant, type NoToken, OAuthTokens } from "./oauth.ts";
import { isUnclear, jsonOf, type Payout, type Provider, type SendCall, textAt } from "./payout_provider.ts";
import type { Credential } from "./signing.ts";

export interface PayPalSettings {
  /** Such as https://api-m.paypal.com */
  readonly url: string;
  readonly clientId: string;
  readonly secret: string;
}

export function openPayPal(settings: PayPalSettings, send: SendCall): Provider {
  const grant = clientGrant(`${settings.url}/v1/oauth2/token`, settings.clientId, settings.secret);
  const tokens = new OAuthTokens(send);
  const place = async (payout: Payout): Promise<AttemptResult> => {
    const credential = await tokens.take(grant);
    if ("missing" in credential) return withoutToken(credential);
    const placed = await send(batchCall(settings, payout, credential));
    if (placed.kind !== "answered") return placed;
    const answer = jsonOf(placed.body);
    if (placed.status === 401 && credential.kind === "bearer") tokens.forget(grant, credential.token);
    if (isUnclear(placed.status)) return { kind: "unknown", reason: `PayPal answered ${placed.status}` };
    if (placed.status >= 200 && placed.status < 300) return placedOf(answer);
    return isUsedBefore(answer) ? { kind: "done", value: { partner_reward_id: payout.key } } : placed;
  };
  return {
    place,
    // PayPal has no search by our key; it answers the same question when the order is placed under it once more.
    find: place,
  };
}

/** Who is not let in has not paid before either. */
function withoutToken({ missing, result }: NoToken): AttemptResult {
  const isRefused = result.kind === "answered" && result.status >= 400 && !isUnclear(result.status);
  return isRefused ? result : { kind: "not_sent", reason: missing, isFinal: false };
}

function batchCall(settings: PayPalSettings, { order, key }: Payout, credential: Credential): Parameters<SendCall>[0] {
  const { amount, currency, email, merchantToken } = order;
  const value = amount.toFixed(paypalWholeCurrencies.includes(currency) ? 0 : 2);
  const body = {
    sender_batch_header: { sender_batch_id: key, recipient_type: "EMAIL" },
    items: [{ recipient_type: "EMAIL", amount: { value, currency }, receiver: email, sender_item_id: key }],
  };
  return {
    idempotencyKey: key,
    credential,
    request: {
      method: "POST",
      url: `${settings.url}/v1/payments/payouts`,
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        "paypal-request-id": key,
        ...(merchantToken === null ? {} : { "paypal-auth-assertion": assertionOf(settings.clientId, merchantToken) }),
      },
      body: JSON.stringify(body),
      keyId: null,
      readsAnswer: true,
    },
  };
}

/** On whose behalf: a token without a signature, as PayPal takes them from a platform that has shown who it is. */
function assertionOf(clientId: string, merchant: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ iss: clientId, payer_id: merchant })}.`;
}

function placedOf(answer: unknown): AttemptResult {
  const id = textAt(answer, "batch_header", "payout_batch_id");
  if (id === null) return { kind: "unknown", reason: "PayPal's answer names no batch" };
  return { kind: "done", value: { partner_reward_id: id } };
}

function isUsedBefore(answer: unknown): boolean {
  const name = textAt(answer, "name");
  const details: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, "details") : null;
  const issues = Array.isArray(details) ? details.map((detail) => textAt(detail, "issue") ?? "") : [];
  return name === "DUPLICATE_REQUEST_ID" || issues.some((issue) => /already been used|DUPLICATE/i.test(issue));
}
