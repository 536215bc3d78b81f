// Why an event was decided as it was for a person. Ours, beyond the contract.

import { apiError } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { explanationSchema } from "./explanation_schema.ts";
import { explanationView } from "./explanation_views.ts";
import { readScopes } from "./scopes.ts";

export function explainRoutes(runtime: RuntimeClient): AnswerRoute[] {
  return [
    {
      kind: "answer",
      method: "GET",
      scopes: readScopes,
      request: null,
      operation: "explainEvent",
      path: "/v5/persons/{person_id}/explain",
      summary: "Say why an event was decided as it was: every trigger, what it saw and what it asks for",
      query: [{ name: "event_id", schema: { type: "string" } }],
      response: explanationSchema,
      run: (call) => explain(runtime, call),
    },
  ];
}

async function explain(runtime: RuntimeClient, { grant, params, query }: Call): Promise<Answer> {
  const reader = new QueryReader(query);
  const eventId = reader.text("event_id");
  if (reader.error !== null) return answerError(reader.error);
  if (eventId === null) return answerError(apiError("invalid_parameter", { name: "event_id", reason: "missing" }));
  const explained = await runtime.explain({ client: grant.client, personId: params[0] ?? "", eventId });
  switch (explained.kind) {
    case "explained":
      return answerJson(explanationView(explained.explanation));
    case "gone":
      return answerError(apiError("explanation_gone"));
    case "unknown":
      return answerError(apiError("event_not_found"));
  }
}
