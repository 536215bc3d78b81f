// Fulfilment: what leaves the process. The only door of this folder.
//
// In: jobs that are ready, pulled from the partitions that this node serves. Out: calls and mails; what came of them, as outcomes.

import { Dispatcher, type DispatcherStats } from "./dispatcher.ts";
import type { FulfillmentLogger, JobSource } from "./job_source.ts";
import { type FindCredential, Pool } from "./pool.ts";
import { defaultFulfillmentSettings, type FulfillmentSettings } from "./settings.ts";

export type { DispatcherStats } from "./dispatcher.ts";
export { type Credential, signedHeaders } from "./signing.ts";
export { defaultFulfillmentSettings, type FulfillmentSettings } from "./settings.ts";
export { TargetGuard } from "./target.ts";

export interface FulfillmentOptions {
  readonly source: JobSource;
  readonly settings?: Partial<FulfillmentSettings>;
  readonly findCredential: FindCredential;
  readonly logger: FulfillmentLogger;
  /** Compiled entry of the threads. */
  readonly threadEntry?: URL;
}

export interface Fulfillment {
  stats(): DispatcherStats;
  stop(): Promise<void>;
}

export function startFulfillment(options: FulfillmentOptions): Fulfillment {
  const settings = { ...defaultFulfillmentSettings, ...options.settings };
  const { source, findCredential, logger, threadEntry } = options;
  const pool = new Pool({ settings, findCredential, ...(threadEntry === undefined ? {} : { threadEntry }) });
  const dispatcher = new Dispatcher({ source, settings, logger, carriers: { WEBHOOK: pool.call } });
  dispatcher.start();
  return {
    stats: () => dispatcher.stats(),
    stop: async () => {
      await dispatcher.stop();
      await pool.stop();
    },
  };
}
