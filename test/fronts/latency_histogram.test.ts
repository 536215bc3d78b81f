// LatencyHistogram: the words of Prometheus.

import { expect, test } from "vitest";
import { LatencyHistogram, latencyText } from "../../src/fronts/latency_histogram.ts";

test("bounds belong to the bucket below, buckets add up, and all routes are told, of all who counted together", () => {
  const histogram = new LatencyHistogram();
  for (const seconds of [0.0005, 0.25, 10]) histogram.observe("/v6/events", seconds);
  const other = new LatencyHistogram();
  for (const seconds of [0.001, 16]) other.observe("/v6/events", seconds);
  other.observe("", 0.5);
  const bounds = [
    "0.001",
    "0.0025",
    "0.005",
    "0.01",
    "0.025",
    "0.05",
    "0.1",
    "0.25",
    "0.5",
    "1",
    "2.5",
    "5",
    "10",
    "+Inf",
  ];
  const told = (route: string, counts: number[], sum: number): string[] => [
    ...bounds.map((bound, at) => `laurel_test_seconds_bucket{le="${bound}",route="${route}"} ${counts[at]}`),
    `laurel_test_seconds_sum{route="${route}"} ${sum}`,
    `laurel_test_seconds_count{route="${route}"} ${counts.at(-1)}`,
  ];
  expect(latencyText("laurel_test_seconds", "How long it took", [histogram.byRoute, other.byRoute])).toBe(
    `${[
      "# HELP laurel_test_seconds How long it took",
      "# TYPE laurel_test_seconds histogram",
      ...told("/v6/events", [2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 5], 26.2515),
      ...told("", [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], 0.5),
    ].join("\n")}\n`,
  );
});
