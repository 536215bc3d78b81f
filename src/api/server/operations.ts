// What operators and load balancers ask: is the process up, does it take work, how is it doing.

import { apiError } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { type AnswerRoute, answerError, answerJson } from "../http/route.ts";

const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

export function operationRoutes(parts: {
  readonly runtime: RuntimeClient;
  readonly metricsText: () => Promise<string>;
}): AnswerRoute[] {
  const open = { kind: "answer", method: "GET", scopes: "open", query: [], request: null, response: null } as const;
  return [
    {
      ...open,
      operation: "health",
      path: "/healthz",
      summary: "200 while the process is up",
      answersHead: true,
      run: async () => answerJson({ status: "up" }),
    },
    {
      ...open,
      operation: "readiness",
      path: "/readyz",
      summary: "200 while events are taken, 503 with the reason otherwise",
      answersHead: true,
      run: async () => {
        const { isReady, reason } = parts.runtime.status();
        if (isReady) return answerJson({ status: "ready" });
        return answerError(apiError("service_unavailable", { reason: reason ?? "not ready" }));
      },
    },
    {
      ...open,
      operation: "metrics",
      path: "/metrics",
      summary: "Metrics as Prometheus text",
      run: async () => ({ kind: "text", text: await parts.metricsText(), contentType: PROMETHEUS_TEXT }),
    },
  ];
}
