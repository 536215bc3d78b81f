// CommonState: what all fronts of a node count together, each on its own thread: in memory that all of them see. A front alone has one of its own.

import type { ApiLimits } from "./limits.ts";
import { newRateTable, type RateTable } from "./http/rate_table.ts";

/** Can be given to a thread at its start. */
export interface CommonState {
  /** One number, raised by whoever changes a token (A3 of http/auth.ts). */
  readonly tokenChanges: Int32Array<SharedArrayBuffer>;
  /** One number each: what http/byte_budget.ts counts. */
  readonly bodyBytes: Int32Array<SharedArrayBuffer>;
  readonly answerBytes: Int32Array<SharedArrayBuffer>;
  /** One number: those that are open (http/connections.ts). */
  readonly connections: Int32Array<SharedArrayBuffer>;
  /** Null: there is no such limit. */
  readonly tokenRates: RateTable | null;
  readonly personRates: RateTable | null;
}

export function newCommonState(
  limits: Pick<ApiLimits, "tokenRequestsPerMinuteMax" | "personEventsPerSecondMax">,
): CommonState {
  return {
    tokenChanges: oneNumber(),
    bodyBytes: oneNumber(),
    answerBytes: oneNumber(),
    connections: oneNumber(),
    tokenRates: limits.tokenRequestsPerMinuteMax > 0 ? newRateTable() : null,
    personRates: limits.personEventsPerSecondMax > 0 ? newRateTable() : null,
  };
}

function oneNumber(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}
