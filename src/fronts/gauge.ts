// FrontGauge: what is measured of one front, in the thread that it runs in. Only `observeRequest` is on the hot path.

import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Front, HttpServerStats } from "../api/mod.ts";
import { type LatenciesByRoute, LatencyHistogram } from "./latency_histogram.ts";

/** Can cross between threads. */
export interface FrontMeasures {
  /** Null while it is not open. */
  readonly stats: HttpServerStats | null;
  readonly latencies: LatenciesByRoute;
  /** Delay of its event loop since start. */
  readonly loopDelays: readonly { readonly quantile: number; readonly seconds: number }[];
  /** Synchronous calls that wait for their outcome, of a front in a thread of its own. */
  readonly repliesPending: number;
}

/** Resolution of the event loop's delay, in ms: what a request may wait at the front before it is read. */
const LOOP_DELAY_RESOLUTION_MS = 10;
const QUANTILES = [0.5, 0.9, 0.99];

export class FrontGauge {
  readonly #latency = new LatencyHistogram();
  readonly #loopDelay: IntervalHistogram;

  constructor() {
    this.#loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
    this.#loopDelay.enable();
  }

  /** A request has ended. Hot path. */
  observeRequest(routePath: string, seconds: number): void {
    this.#latency.observe(routePath, seconds);
  }

  measure(front: Front | null, repliesPending: number): FrontMeasures {
    return {
      stats: front?.stats() ?? null,
      latencies: this.#latency.byRoute,
      loopDelays: QUANTILES.map((quantile) => ({
        quantile,
        seconds: this.#loopDelay.percentile(quantile * 100) / 1e9,
      })),
      repliesPending,
    };
  }

  stop(): void {
    this.#loopDelay.disable();
  }
}
