// Metrics as Prometheus reads them. The only file that knows prom-client, which takes long to load.

import { Counter, Gauge, Registry } from "prom-client";
import type { Sample } from "./sample.ts";

export class MetricsText {
  readonly #registry = new Registry();

  /** What only grows is named `_total` and is a counter to its readers. */
  add(name: string, help: string, samples: readonly Sample[]): void {
    const labelNames = Object.keys(samples[0]?.labels ?? {});
    const options = { name, help, labelNames, registers: [this.#registry] };
    if (name.endsWith("_total")) {
      const counter = new Counter(options);
      for (const { labels, value } of samples) counter.inc(labels, value);
      return;
    }
    const gauge = new Gauge(options);
    for (const { labels, value } of samples) gauge.set(labels, value);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
