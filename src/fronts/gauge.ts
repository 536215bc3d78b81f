// FrontGauge: what is measured of one front, in the thread that it runs in. Only `observeRequest` is on the hot path.

import type { Front, HttpServerStats } from "../api/mod.ts";
import { ThreadGauge, type ThreadMeasures } from "../runtime/mod.ts";
import { type LatenciesByRoute, LatencyHistogram } from "./latency_histogram.ts";

/** Can cross between threads. */
export interface FrontMeasures {
  /** Null while it is not open. */
  readonly stats: HttpServerStats | null;
  readonly latencies: LatenciesByRoute;
  readonly thread: ThreadMeasures;
  /** Synchronous calls that wait for their outcome, of a front in a thread of its own. */
  readonly repliesPending: number;
}

export class FrontGauge {
  readonly #latency = new LatencyHistogram();
  /** Its delay is what a request may wait at the front before it is read. */
  readonly #thread = new ThreadGauge();

  /** A request has ended. Hot path. */
  observeRequest(routePath: string, status: number, seconds: number): void {
    this.#latency.observe(routePath, status, seconds);
  }

  measure(front: Front | null, repliesPending: number): FrontMeasures {
    return {
      stats: front?.stats() ?? null,
      latencies: this.#latency.byRoute,
      thread: this.#thread.measure(),
      repliesPending,
    };
  }

  stop(): void {
    this.#thread.stop();
  }
}
