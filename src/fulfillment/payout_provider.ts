// PayoutProvider: what is asked of each provider, and how its answers are read.

import type { AttemptResult } from "../model/job.ts";
import type { PayoutOrder } from "../model/payout.ts";
import type { HttpCall } from "./http_call.ts";

export interface Payout {
  readonly order: PayoutOrder;
  /** The same at every attempt: what the provider knows the order by. */
  readonly key: string;
}

/** Makes a call and says what came of it. */
export type SendCall = (call: HttpCall) => Promise<AttemptResult>;

export interface Provider {
  /** "unknown to the provider", or what came of the order. */
  find(payout: Payout): Promise<AttemptResult | "not there">;
  place(payout: Payout): Promise<AttemptResult>;
}

/** The body as JSON, or null. */
export function jsonOf(body: string | null): { readonly [name: string]: unknown } | null {
  if (body === null) return null;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    // P2: whoever asked makes of it what it is, an answer that says nothing.
    return null;
  }
}

export function textAt(value: unknown, ...path: readonly string[]): string | null {
  let at: unknown = value;
  for (const name of path) at = typeof at === "object" && at !== null ? (Reflect.get(at, name) as unknown) : undefined;
  return typeof at === "string" && at !== "" ? at : null;
}

/** Answers that leave open whether anything was done. */
export function isUnclear(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}
