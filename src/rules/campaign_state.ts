// The state that a campaign is in at a moment: the document says the state that it was brought to, its dates move it on. Events are decided by it, and
// operators are shown it.

import type { CampaignState } from "../model/campaign.ts";

/** After its end date a campaign is stopped; the longest three months. */
export const STOPPED_AFTER_END_MS = 92 * 86_400_000;

/** Null: there is no such date. */
export interface DatedState {
  readonly state: CampaignState;
  readonly startMs: number | null;
  readonly pauseMs: number | null;
  readonly endMs: number | null;
  readonly stopMs: number | null;
}

/**
 * Dates are compared with the time at which the event happened, so an event that is told late is judged by the campaign of its day.
 *
 * @param nowMs by it, a campaign is stopped three months after its end
 */
export function stateAt(
  { state, startMs, pauseMs, endMs, stopMs }: DatedState,
  eventMs: number,
  nowMs: number,
): CampaignState {
  if (state === "ARCHIVED" || state === "STOPPED") return state;
  if (startMs === null ? state === "NOT_LAUNCHED" : eventMs < startMs) return "NOT_LAUNCHED";
  if (isOver(stopMs, eventMs) || (endMs !== null && nowMs >= endMs + STOPPED_AFTER_END_MS)) return "STOPPED";
  if (state === "ENDED" || isOver(endMs, eventMs)) return "ENDED";
  return state === "PAUSED" || isOver(pauseMs, eventMs) ? "PAUSED" : "LIVE";
}

function isOver(dateMs: number | null, eventMs: number): boolean {
  return dateMs !== null && eventMs >= dateMs;
}
