// Alerts: what an operator should be told of. Told once by the node's log; what they are about is state, which replays and can be read.

import type { Alert } from "../model/effect.ts";
import type { Turn } from "./context.ts";
import { ALERTS_MAX } from "./limits.ts";

export function alert({ context }: Turn, told: Alert): void {
  const { effects } = context;
  effects.alertsRaised++;
  if (effects.alerts.length < ALERTS_MAX) effects.alerts.push(told);
}
