// Payouts: orders at providers, one by one. What a provider needs of a call is in its own file; here is when which call is made.
//
//   P1. An order is asked for by its key before it is placed, and placed only when the provider says that it does not know it: whether an attempt was made
//       before is more than a node can know that may have been killed in the middle of one.
//   P2. What cannot be read as an answer of the provider is unknown, not failed.

import type { AttemptResult, Job } from "../model/job.ts";
import type { PayoutProvider } from "../model/payout.ts";
import type { Carrier } from "./dispatcher.ts";
import type { Provider, SendCall } from "./payout_provider.ts";
import { openPayPal, type PayPalSettings } from "./paypal.ts";
import { openTango, type TangoSettings } from "./tango.ts";
import type { Attempted } from "./thread.ts";

export interface PayoutSettings {
  /** Null: this node does not know the provider. */
  readonly tango: TangoSettings | null;
  readonly paypal: PayPalSettings | null;
}

export const noPayouts: PayoutSettings = { tango: null, paypal: null };

export function payoutCarrier(settings: PayoutSettings, send: SendCall): Carrier {
  const providers: { readonly [P in PayoutProvider]: Provider | null } = {
    TANGO_V2: settings.tango === null ? null : openTango(settings.tango, send),
    PAYPAL_PAYOUTS: settings.paypal === null ? null : openPayPal(settings.paypal, send),
  };
  return (jobs) => Promise.all(jobs.map((job) => carry(providers, job)));
}

async function carry(providers: { readonly [P in PayoutProvider]: Provider | null }, job: Job): Promise<Attempted> {
  const startedMs = performance.now();
  const result = await pay(providers, job);
  return { result, tookMs: Math.round(performance.now() - startedMs) };
}

async function pay(
  providers: { readonly [P in PayoutProvider]: Provider | null },
  { order, idempotencyKey: key }: Job,
): Promise<AttemptResult> {
  if (order.kind !== "PAYOUT") return { kind: "not_sent", reason: "this is no payout", isFinal: true };
  const provider = providers[order.provider];
  if (provider === null) return { kind: "not_sent", reason: `${order.provider} is not set up here`, isFinal: true };
  const payout = { order, key };
  const found = await provider.find(payout);
  if (found === "not there") return provider.place(payout);
  // That it could not be asked says nothing of an attempt before.
  return found.kind === "not_sent" ? { kind: "unknown", reason: found.reason } : found;
}
