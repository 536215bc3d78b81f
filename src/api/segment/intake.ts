// Takes messages of the collection calls: each an event of its own in the log.
//
//   G1. The answer comes when every message that was taken is durable. A bad one is refused by its place, the others stand.
//   G2. A call that ends as busy may be sent again whole: messages with an id that arrived before are applied once (`Enrichment.messageId`).

import { apiError, type ApiError, errorCatalogue } from "../../model/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import { EventRefused, type RuntimeClient } from "../../runtime/client.ts";
import { type Answer, answerError, answerJson, type Call } from "../http/route.ts";
import { MESSAGE_ID_LENGTH_MAX, MESSAGES_IN_BATCH_MAX } from "../limits.ts";
import type { EventGate } from "../server/event_gate.ts";
import type { DescribeSender } from "../server/sender.ts";
import { eventOf, isMessageType } from "./messages.ts";

export interface SegmentParts {
  readonly runtime: RuntimeClient;
  readonly gate: EventGate;
  readonly describeSender: DescribeSender;
}

/** A message that was refused; `at` counts from 0. */
interface Rejected {
  readonly at: number;
  readonly code: string;
  readonly message: string;
  readonly parameters: ApiError["parameters"];
}

/** @param common what all messages of a batch share: `context` and the like, said once */
export async function takeMessages(
  parts: SegmentParts,
  { grant, wrongItems }: Call,
  messages: readonly JsonObject[],
  common: JsonObject,
): Promise<Answer> {
  if (messages.length > MESSAGES_IN_BATCH_MAX)
    return answerError(apiError("invalid_parameter", { name: "batch", limit: MESSAGES_IN_BATCH_MAX }));
  const rejected: Rejected[] = [];
  const durable = new Set<Promise<void>>();
  try {
    for (const [at, message] of messages.entries()) {
      const taken = wrongItems?.get(at) ?? take(parts, grant, withCommon(message, common));
      if (taken instanceof Promise) durable.add(taken);
      else rejected.push({ at, message: errorCatalogue[taken.code].message, ...taken });
    }
  } finally {
    // Also when the rest is refused: what was appended is known to be durable, or not, before the caller is told anything.
    await Promise.all(durable);
  }
  return answerJson({ success: true, ...(rejected.length === 0 ? {} : { rejected }) });
}

type Sender = Call["grant"];

/** Durable, or why not. */
function take(parts: SegmentParts, { client, scopes }: Sender, message: JsonObject): Promise<void> | ApiError {
  const { runtime, gate, describeSender } = parts;
  const type = message["type"];
  if (!isMessageType(type)) return apiError("invalid_parameter", { name: "type" });
  const messageId = idOf(message["messageId"]);
  if (messageId === undefined)
    return apiError("invalid_parameter", { name: "messageId", limit: MESSAGE_ID_LENGTH_MAX });
  const event = eventOf(type, message, Date.now());
  if (event === null) return apiError("invalid_parameter", { name: "userId" });
  const body = Buffer.from(JSON.stringify(event));
  const checked = gate.check(body, 0, body.length, "envelope");
  if (!checked.ok) return checked.error;
  const { data, isDataWhole } = checked.value;
  const identified = (of: JsonObject, by: readonly string[]) =>
    messageId === null ? describeSender(of, by) : { ...describeSender(of, by), messageId };
  const enrichment = identified(data, scopes);
  try {
    const incoming = { client, form: "envelope", name: "", body, data, isDataWhole, enrichment } as const;
    return runtime.accept({ ...incoming, describeSender: identified }).durable;
  } catch (error) {
    if (error instanceof EventRefused) return error.error;
    throw error;
  }
}

function withCommon(message: JsonObject, common: JsonObject): JsonObject {
  const shared = common["context"];
  const own = message["context"];
  const context = isJsonObject(shared) ? { ...shared, ...(isJsonObject(own) ? own : {}) } : own;
  return { ...common, ...message, ...(context === undefined ? {} : { context }) };
}

/** Null: the message has none. Undefined: what it has is none. */
function idOf(value: JsonValue | undefined): string | null | undefined {
  if (value === undefined || value === null || value === "") return null;
  return typeof value === "string" && value.length <= MESSAGE_ID_LENGTH_MAX ? value : undefined;
}
