// Drain: waits until all that was appended is applied and all that it sent is durable.

import type { FlowControl } from "./flow_control.ts";
import type { Outbox } from "./outbox.ts";

/** False when that cannot be reached any more: `isWanted` says so. */
export async function drained(flow: FlowControl, outbox: Outbox, isWanted: () => boolean): Promise<boolean> {
  while (isWanted()) {
    if (flow.isEmpty() && outbox.isEmpty()) return true;
    await (flow.isEmpty() ? new Promise<void>((resolve) => outbox.settle(resolve)) : flow.whenEmpty());
  }
  return false;
}
