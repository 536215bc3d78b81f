// CaughtUp: the end of a recovery, as whoever waits for the server sees it.
//
//   U1. All that the log held is applied.
//   U2. What follows from it is, too, if it comes to an end soon. An operation on many members keeps itself going for minutes, as it does beside other work.

import { withDeadline } from "../deadline.ts";
import type { FlowControl } from "./flow_control.ts";

/** @param quietMs U2 */
export async function caughtUp(flow: Pick<FlowControl, "whenApplied" | "whenEmpty">, quietMs: number): Promise<void> {
  await flow.whenApplied();
  await withDeadline(flow.whenEmpty(), performance.now() + quietMs, undefined);
}
