// Event payloads as the front writes them: head and body behind each other.

import { encodeEventHead, type EventHead } from "../../src/engine/mod.ts";

export interface EventPayload extends EventHead {
  readonly body: Uint8Array;
}

export function encodeEventPayload(payload: EventPayload): Uint8Array {
  return Buffer.concat([encodeEventHead(payload), payload.body]);
}
