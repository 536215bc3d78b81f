// The fronts of a node: one in the main thread, or several in threads of their own. The only door of this folder.

import type { Logger } from "pino";
import { startFront } from "../api/mod.ts";
import type { Settings } from "../config/mod.ts";
import type { ProviderOffers } from "../model/provider_offers.ts";
import type { Runtime } from "../runtime/mod.ts";
import { type SetParts, setOptions } from "./front_options.ts";
import { FrontGauge, type FrontMeasures } from "./gauge.ts";
import { FrontThreads } from "./threads.ts";

export {
  allowedNetworks,
  openSecrets,
  providerFiles,
  type Secrets,
} from "./front_options.ts";
export { connectionsMax } from "./open_files.ts";
export type { FrontMeasures } from "./gauge.ts";

export interface FrontsOptions extends SetParts {
  readonly settings: Settings;
  readonly runtime: Runtime;
  /** They are prepared before, and listen then. When it rejects, so does `openFronts`. */
  readonly whenOpen: Promise<void>;
  /** Called in the turn in which the port is taken: whatever listens there leaves it. */
  readonly beforeListening: () => void;
  /** Compiled entry of the threads (thread.ts). */
  readonly threadEntry: URL;
  readonly metricsText: () => Promise<string>;
  readonly offers: ProviderOffers;
  readonly logger: Logger;
  /** Called once, when a front has ended by itself. */
  readonly onFailure: (error: Error) => void;
}

/** Open. */
export interface Fronts {
  readonly port: number;
  /** Of each. */
  measure(): Promise<readonly FrontMeasures[]>;
  /** They take no new requests, finish those in flight, and close. */
  stop(): Promise<void>;
  /** For a process that must not go on: they finish nothing, and close; resolves when they have. */
  abandon(): Promise<void>;
}

export function openFronts(options: FrontsOptions): Promise<Fronts> {
  return options.settings.fronts === 1 ? openHere(options) : openThreads(options);
}

/** Threads beside the main thread that take requests. */
export function frontThreads({ fronts }: Settings): number {
  return fronts === 1 ? 0 : fronts;
}

async function openHere(options: FrontsOptions): Promise<Fronts> {
  const { settings, runtime, whenOpen, beforeListening, metricsText, offers, logger, ...parts } = options;
  const gauge = new FrontGauge();
  const front = await startFront({
    ...setOptions(settings, parts),
    port: async () => {
      await whenOpen;
      beforeListening();
      return settings.port;
    },
    runtime,
    configuration: runtime.configuration,
    metricsText,
    offers,
    observeRequest: (routePath, status, seconds) => gauge.observeRequest(routePath, status, seconds),
    logger,
  });
  return {
    port: front.port,
    measure: async () => [gauge.measure(front, 0)],
    stop: () => front.stop(),
    abandon: async () => front.abandon(),
  };
}

async function openThreads(options: FrontsOptions): Promise<Fronts> {
  // A front of its own thread is born with what is in effect.
  await options.whenOpen;
  const threads = new FrontThreads(options);
  try {
    const port = await threads.listen();
    return {
      port,
      measure: () => threads.measure(),
      stop: () => threads.stop(),
      abandon: () => threads.abandon(),
    };
  } catch (error) {
    await threads.stop();
    throw error;
  }
}
