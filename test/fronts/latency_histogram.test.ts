// LatencyHistogram: the words of Prometheus.

import { expect, test } from "vitest";
import { answersText, LatencyHistogram, latencyText } from "../../src/fronts/latency_histogram.ts";

test("bounds belong to the bucket below, buckets add up, and all routes are told, of all who counted together", () => {
  const histogram = new LatencyHistogram();
  for (const seconds of [0.0005, 0.25, 10]) histogram.observe("/v6/events", 200, seconds);
  const other = new LatencyHistogram();
  for (const seconds of [0.001, 16]) other.observe("/v6/events", 200, seconds);
  other.observe("", 404, 0.5);
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

test("answers are told by route and class of status, of those that there were", () => {
  const histogram = new LatencyHistogram();
  for (const status of [200, 204, 404, 503, 0]) histogram.observe("/v6/events", status, 0.1);
  const other = new LatencyHistogram();
  other.observe("/v6/events", 429, 0.1);
  other.observe("", 404, 0.1);
  expect(answersText("laurel_test_total", "Answers", [histogram.byRoute, other.byRoute])).toBe(
    [
      "# HELP laurel_test_total Answers",
      "# TYPE laurel_test_total counter",
      'laurel_test_total{status="none",route="/v6/events"} 1',
      'laurel_test_total{status="2xx",route="/v6/events"} 2',
      'laurel_test_total{status="4xx",route="/v6/events"} 2',
      'laurel_test_total{status="5xx",route="/v6/events"} 1',
      'laurel_test_total{status="4xx",route=""} 1',
      "",
    ].join("\n"),
  );
});
