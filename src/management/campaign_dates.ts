// What dates make of a campaign's state, and of what operators decide about it.
//
//   D1. The state of a campaign is a function of the state that it was brought to, its dates and the time: the one by which events are decided.
//   D2. Whatever brings a campaign from state to state begins with what its dates have made of it: they are not undone by a change of other dates.
//   D3. Who brings a campaign to a state now takes away the dates that would keep it from there.

import type { CampaignState } from "../model/campaign.ts";
import { isoDate, parseDateMs, stateAt } from "../rules/mod.ts";
import type { CampaignHead, CampaignSchedule } from "./campaign_head.ts";

/** D1. As operators are shown the campaign. */
export function atPresent(head: CampaignHead, nowMs: number): CampaignHead {
  const state = presentState(head, nowMs);
  return state === head.state ? head : { ...head, state };
}

/** D2. As it is to be changed: what waits for its start stays what it will be. */
export function settled(head: CampaignHead, nowMs: number): CampaignHead {
  return isWaiting(head.schedule, nowMs) ? head : atPresent(head, nowMs);
}

/** D3. */
export function broughtTo(
  head: CampaignHead,
  state: CampaignState,
  nowMs: number,
): Pick<CampaignHead, "state" | "schedule"> {
  const { start_date, pause_date, end_date, stop_date } = head.schedule;
  const kept = (date: string | null): string | null => (isOver(date, nowMs) ? null : date);
  const schedule: CampaignSchedule = {
    start_date: state === "LIVE" && isWaiting(head.schedule, nowMs) ? null : start_date,
    pause_date: state === "PAUSED" ? null : kept(pause_date),
    // Three months after its end a campaign is stopped.
    end_date: state === "ENDED" ? isoDate(nowMs) : kept(end_date),
    stop_date: state === "STOPPED" ? null : kept(stop_date),
  };
  return { state, schedule };
}

/** A campaign that did not start when it was to, as it was put away. */
export function withoutPastStart(head: CampaignHead, nowMs: number): CampaignHead {
  const { schedule } = head;
  return isOver(schedule.start_date, nowMs) ? { ...head, schedule: { ...schedule, start_date: null } } : head;
}

function presentState({ state, schedule, published }: CampaignHead, nowMs: number): CampaignState {
  if (published === null) return state;
  const { start_date, pause_date, end_date, stop_date } = schedule;
  const dates = {
    startMs: msOf(start_date),
    pauseMs: msOf(pause_date),
    endMs: msOf(end_date),
    stopMs: msOf(stop_date),
  };
  return stateAt({ state, ...dates }, nowMs, nowMs);
}

function isWaiting({ start_date }: CampaignSchedule, nowMs: number): boolean {
  return start_date !== null && !isOver(start_date, nowMs);
}

function isOver(date: string | null, nowMs: number): boolean {
  const ms = msOf(date);
  return ms !== null && ms <= nowMs;
}

function msOf(date: string | null): number | null {
  return date === null ? null : parseDateMs(date);
}
