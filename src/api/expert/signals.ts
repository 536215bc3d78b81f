// Signals: what campaigns told whoever asks for a polling id.

import type { Signal } from "../../model/signal.ts";
import { type AnswerRoute, answerJson } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import type { Directory } from "../server/directory.ts";
import { text } from "../server/schema_words.ts";
import { readScopes } from "../server/scopes.ts";

const signalSchema: JsonSchema = {
  type: "object",
  properties: {
    name: text,
    aliases: { type: "array", items: text },
    data: { type: "object" },
    first_site_visit: { type: "boolean" },
    partner_event_id: { type: ["object", "null"] },
    quality_results: { type: "object" },
  },
};

export function signalRoutes(directory: Directory): AnswerRoute[] {
  const read = { kind: "answer", method: "GET", scopes: readScopes, request: null, query: [] } as const;
  return [
    {
      ...read,
      operation: "getStepSignals",
      path: "/v3/signals/step/status/{polling_id}",
      summary: "What campaigns told whoever asks for a polling id",
      response: {
        type: "object",
        properties: { polling_id: text, signals: { type: "array", items: signalSchema } },
        required: ["polling_id", "signals"],
      },
      run: async ({ grant, params }) => {
        const [pollingId = ""] = params;
        const signals = await directory.signals(grant.client, pollingId);
        return answerJson({ polling_id: pollingId, signals: signals.map(signalView) });
      },
    },
  ];
}

/** The first visit of a site is nothing that an engine without browsers could know: left out rather than guessed. */
function signalView({ name, aliases, data, partnerEventId, quality }: Signal): object {
  return {
    name: name ?? "",
    aliases,
    data,
    ...(partnerEventId === null ? {} : { partner_event_id: partnerEventId }),
    quality_results: { score: quality === "LOW" ? "LOW" : "HIGH", quality_rule_results: [] },
  };
}
