// Tango (RaaS v2): gift cards, ordered by HTTP with a platform's name and key. Tango knows an order by our `externalRefID` and mails the card itself.

import type { AttemptResult } from "../model/job.ts";
import { isUnclear, jsonOf, type Payout, type Provider, type SendCall, textAt } from "./payout_provider.ts";

export interface TangoSettings {
  /** Such as https://api.tangocard.com/raas/v2 */
  readonly url: string;
  readonly platform: string;
  readonly key: string;
  readonly customer: string;
}

export function openTango({ url, platform, key, customer }: TangoSettings, send: SendCall): Provider {
  const credential = { kind: "basic", pair: `${platform}:${key}` } as const;
  const call = (payout: Payout, method: "GET" | "POST", path: string, body: object | null): Promise<AttemptResult> =>
    send({
      idempotencyKey: payout.key,
      credential,
      request: {
        method,
        url: `${url}${path}`,
        headers: { accept: "application/json", ...(body === null ? {} : { "content-type": "application/json" }) },
        body: body === null ? null : JSON.stringify(body),
        keyId: null,
        readsAnswer: true,
      },
    });
  return {
    find: async (payout) => {
      const found = await call(payout, "GET", `/orders?externalRefID=${encodeURIComponent(payout.key)}`, null);
      if (found.kind !== "answered") return { kind: "unknown", reason: "Tango could not be asked for the order" };
      // Who is not let in has not ordered before either.
      if (found.status === 401 || found.status === 403) return found;
      const orders = jsonOf(found.body)?.["orders"];
      if (found.status !== 200 || !Array.isArray(orders))
        return { kind: "unknown", reason: `Tango answered ${found.status} when asked for the order` };
      const own: unknown = orders.find((order) => textAt(order, "externalRefID") === payout.key);
      return own === undefined ? "not there" : madeOf(payout, own, found);
    },
    place: async (payout) => {
      const { order } = payout;
      const placed = await call(payout, "POST", "/orders", {
        accountIdentifier: order.accountId,
        customerIdentifier: customer,
        utid: order.utid,
        amount: order.amount,
        externalRefID: payout.key,
        sendEmail: true,
        recipient: { email: order.email, firstName: order.firstName },
      });
      if (placed.kind !== "answered") return placed;
      if (isUnclear(placed.status)) return { kind: "unknown", reason: `Tango answered ${placed.status}` };
      if (placed.status < 200 || placed.status >= 300) return placed;
      return madeOf(payout, jsonOf(placed.body), placed);
    },
  };
}

/** What an order that Tango describes says of the payout. */
function madeOf({ order }: Payout, described: unknown, answer: AttemptResult): AttemptResult {
  const id = textAt(described, "referenceOrderID");
  const status = textAt(described, "status");
  if (status === "FAILED" || status === "CANCELED" || status === "ERROR")
    return answer.kind === "answered" ? { ...answer, body: `order ${id ?? ""} is ${status}` } : answer;
  if (status !== "COMPLETE" || id === null)
    return { kind: "unknown", reason: `Tango says the order is ${status ?? "?"}` };
  return { kind: "done", value: { partner_reward_id: id, sent_to: order.email } };
}
