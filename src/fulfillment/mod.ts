// Fulfilment: what leaves the process. The only door of this folder.
//
// In: jobs that are ready, pulled from the partitions that this node serves. Out: calls and mails; what came of them, as outcomes.

import type { LookUpSender } from "../model/event.ts";
import { Dispatcher, type DispatcherParts, type DispatcherStats } from "./dispatcher.ts";
import type { FulfillmentLogger, JobSource } from "./job_source.ts";
import { lookUpCarrier } from "./look_up.ts";
import { noPayouts, payoutCarrier, type PayoutSettings } from "./payouts.ts";
import { type FindCredential, Pool } from "./pool.ts";
import { defaultFulfillmentSettings, type FulfillmentSettings } from "./settings.ts";

export type { DispatcherStats } from "./dispatcher.ts";
export { type Credential, signedHeaders } from "./signing.ts";
export { defaultFulfillmentSettings, type FulfillmentSettings } from "./settings.ts";
export type { PayoutSettings } from "./payouts.ts";
export { TargetGuard } from "./target.ts";

export interface FulfillmentOptions {
  readonly source: JobSource;
  readonly settings?: Partial<FulfillmentSettings>;
  readonly findCredential: FindCredential;
  /** Null: no provider is configured. */
  readonly lookUp: LookUpSender | null;
  readonly logger: FulfillmentLogger;
  /** Absent: no provider is known. */
  readonly payouts?: PayoutSettings;
  /** Compiled entry of the threads (thread.ts). */
  readonly threadEntry: URL;
}

export interface Fulfillment {
  stats(): DispatcherStats;
  stop(): Promise<void>;
}

function carriersOf(pool: Pool, { lookUp, payouts = noPayouts }: FulfillmentOptions): DispatcherParts["carriers"] {
  return {
    WEBHOOK: pool.call,
    EMAIL: pool.mail,
    SHARE_EMAIL: pool.mail,
    DATA_INTELLIGENCE: lookUpCarrier(lookUp),
    PAYOUT: payoutCarrier(payouts, pool.send),
  };
}

export function startFulfillment(options: FulfillmentOptions): Fulfillment {
  const settings = { ...defaultFulfillmentSettings, ...options.settings };
  const { source, findCredential, logger, threadEntry } = options;
  const pool = new Pool({ settings, findCredential, threadEntry });
  const dispatcher = new Dispatcher({ source, settings, logger, carriers: carriersOf(pool, options) });
  dispatcher.start();
  return {
    stats: () => dispatcher.stats(),
    stop: async () => {
      await dispatcher.stop();
      await pool.stop();
    },
  };
}
