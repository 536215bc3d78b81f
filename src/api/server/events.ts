// The four event operations, as routes.

import type { RuntimeClient } from "../../runtime/client.ts";
import type { Exchange } from "../http/exchange.ts";
import type { StreamCall, StreamRoute } from "../http/route.ts";
import type { CommonState } from "../common_state.ts";
import type { ApiLimits } from "../limits.ts";
import { EventIntake } from "./event_intake.ts";
import { eventAcceptedSchema, eventAppliedSchema, eventDataSchema, eventEnvelopeSchema } from "./schemas.ts";
import { eventScopes } from "./scopes.ts";
import type { DescribeSender } from "./sender.ts";

export function eventRoutes(parts: {
  readonly runtime: RuntimeClient;
  readonly limits: ApiLimits;
  readonly common: Pick<CommonState, "personRates">;
  readonly describeSender: DescribeSender;
}): StreamRoute[] {
  const intake = new EventIntake(parts);
  const sync = {
    kind: "stream",
    method: "POST",
    scopes: eventScopes,
    query: [],
    bodyTypes: ["json"],
    response: eventAppliedSchema,
    run: (exchange: Exchange, call: StreamCall) => intake.takeSync(exchange, call),
  } as const;
  const async = {
    kind: "stream",
    method: "POST",
    scopes: eventScopes,
    query: [],
    isRateExempt: true,
    bodyTypes: ["json", "ndjson"],
    response: eventAcceptedSchema,
    run: (exchange: Exchange, call: StreamCall) => intake.takeAsync(exchange, call),
  } as const;
  return [
    {
      ...sync,
      operation: "submitEvent",
      path: "/v6/events",
      summary: "Process an event and answer when it is complete",
      request: eventEnvelopeSchema,
    },
    {
      ...sync,
      operation: "submitNamedEvent",
      path: "/v6/events/{event_name}",
      summary: "Process an event named by the path, whose body is the data",
      request: eventDataSchema,
    },
    {
      ...async,
      operation: "submitEventAsync",
      path: "/v6/async-events",
      summary: "Take an event, or one a line, and answer when it is durable",
      request: eventEnvelopeSchema,
    },
    {
      ...async,
      operation: "submitNamedEventAsync",
      path: "/v6/async-events/{event_name}",
      summary: "Take an event named by the path, or one a line, and answer when it is durable",
      request: eventDataSchema,
    },
  ];
}
