// ThreadGauge: what is measured of a thread, in the thread itself: its heap, and how late its event loop is.

import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";

/** Can cross between threads. */
export interface ThreadMeasures {
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** Where V8 gives up. */
  readonly heapLimitBytes: number;
  /** Of buffers outside of the heap that objects in it hold. */
  readonly externalBytes: number;
  /** Delay of its event loop since start. */
  readonly loopDelays: readonly LoopDelay[];
}

export interface LoopDelay {
  readonly quantile: number;
  readonly seconds: number;
}

/** Resolution of the delay, ms: for each the thread wakes up once. */
const LOOP_DELAY_RESOLUTION_MS = 10;

/** 1: the longest. */
const QUANTILES = [0.5, 0.9, 0.99, 1];

export class ThreadGauge {
  readonly #loopDelay: IntervalHistogram;

  constructor(resolutionMs: number = LOOP_DELAY_RESOLUTION_MS) {
    this.#loopDelay = monitorEventLoopDelay({ resolution: resolutionMs });
    this.#loopDelay.enable();
  }

  measure(): ThreadMeasures {
    const heap = getHeapStatistics();
    return {
      heapUsedBytes: heap.used_heap_size,
      heapTotalBytes: heap.total_heap_size,
      heapLimitBytes: heap.heap_size_limit,
      externalBytes: heap.external_memory,
      loopDelays: QUANTILES.map((quantile) => ({ quantile, seconds: this.#delaySeconds(quantile) })),
    };
  }

  stop(): void {
    this.#loopDelay.disable();
  }

  #delaySeconds(quantile: number): number {
    return this.#loopDelay.count === 0 ? 0 : this.#loopDelay.percentile(quantile * 100) / 1e9;
  }
}
