// Collection calls in the form that back-end analytics libraries send, so that they can be pointed here. Ours, beyond the contract.
//
// The write key of such a library is an access token with a scope for events, sent as the name of HTTP basic authentication. Absent: `alias`; a device that becomes
// a known user keeps its own history.

import type { AnswerRoute } from "../http/route.ts";
import type { ApiLimits } from "../limits.ts";
import { objectOf } from "../server/bodies.ts";
import { EventGate } from "../server/event_gate.ts";
import { eventScopes } from "../server/scopes.ts";
import { type SegmentParts, takeMessages } from "./intake.ts";
import { type MessageType, messageTypes } from "./messages.ts";

const message = { type: "object" } as const;
const batch = {
  type: "object",
  required: ["batch"],
  // What is no message is refused by its place, as one that is wrong (G1 of `intake.ts`).
  properties: { batch: { type: "array" } },
} as const;
const taken = {
  type: "object",
  required: ["success"],
  properties: {
    success: { type: "boolean" },
    rejected: {
      type: "array",
      items: {
        type: "object",
        required: ["at", "code", "message", "parameters"],
        properties: {
          at: { type: "integer" },
          code: { type: "string" },
          message: { type: "string" },
          parameters: { type: "object" },
        },
      },
    },
  },
} as const;

const summaries: Readonly<Record<MessageType, string>> = {
  track: "Take an event of a user",
  identify: "Take what is known of a user, as an event named identify",
  page: "Take a page view, as an event named page",
  screen: "Take a view of a screen of an app, as an event named screen",
  group: "Take a user's group, as an event named group",
};

export function segmentRoutes(parts: Omit<SegmentParts, "gate"> & { readonly limits: ApiLimits }): AnswerRoute[] {
  const segment: SegmentParts = { ...parts, gate: new EventGate(parts.limits) };
  const common = {
    kind: "answer",
    method: "POST",
    scopes: eventScopes,
    query: [],
    isRateExempt: true,
    isDocument: true,
    isTakenAsJson: true,
    response: taken,
  } as const;
  const singles = messageTypes.map((type): AnswerRoute => {
    return {
      ...common,
      operation: `collect${type.charAt(0).toUpperCase()}${type.slice(1)}`,
      path: `/v1/${type}`,
      summary: summaries[type],
      request: message,
      run: (call) => takeMessages(segment, call, [{ ...objectOf(call.body), type }], {}),
    };
  });
  const all: AnswerRoute = {
    ...common,
    operation: "collectBatch",
    path: "/v1/batch",
    summary: "Take messages of all types",
    batchOf: "batch",
    request: batch,
    run: (call) => {
      const { batch: messages, ...shared } = objectOf(call.body);
      return takeMessages(segment, call, Array.isArray(messages) ? messages.map(objectOf) : [], shared);
    },
  };
  return [all, ...singles];
}
