// Bursts: a campaign that takes the place of its program's other live campaigns, now or when it starts.
//
//   R1. A program is not without a campaign until the burst starts: the others are paused at that moment, not before.
//   R2. Their pauses are the burst's: when its start is moved they move with it, and when it is not to run at that moment any more they are as they were.
//       A pause that somebody changed meanwhile is that one's.
//   R3. A burst that goes live before its date leaves them: they are paused when it was to start.

import type { Configuration } from "../model/configuration.ts";
import { isoDate } from "../rules/mod.ts";
import { broughtTo, settled } from "./campaign_dates.ts";
import { type Author, type CampaignDecision, newVersion } from "./campaign_edit.ts";
import { type CampaignHead, listCampaigns } from "./campaign_head.ts";

/** Other campaigns of the program that are not deleted. */
export function siblings(configuration: Configuration, { campaign_id, draft }: CampaignHead): CampaignHead[] {
  return listCampaigns(configuration).filter(
    (other) =>
      other.campaign_id !== campaign_id && !other.is_deleted && other.draft.program_label === draft.program_label,
  );
}

/** @param decision about the campaign that is launched */
export function withPauses(configuration: Configuration, decision: CampaignDecision, author: Author): CampaignDecision {
  const burst = decision.answer;
  const { state, schedule } = burst;
  const startDate = state === "NOT_LAUNCHED" ? schedule.start_date : null;
  const live = siblings(configuration, burst)
    .map((other) => settled(other, author.nowMs))
    .filter((other) => other.state === "LIVE");
  return withChanges(decision, author, `paused by the launch of ${burst.draft.name}`, live, (other) =>
    startDate === null ? broughtTo(other, "PAUSED", author.nowMs) : pausedAt(other, burst, startDate),
  );
}

/** R2, R3. @param decision whatever became of a campaign */
export function withPausesMoved(
  configuration: Configuration,
  decision: CampaignDecision,
  author: Author,
): CampaignDecision {
  const burst = decision.answer;
  const startDate = awaitedStart(burst, author.nowMs);
  if (startDate === null && !burst.is_deleted && settled(burst, author.nowMs).state === "LIVE") return decision;
  const paused = siblings(configuration, burst).filter(
    (other) => isPausedBy(other, burst, author.nowMs) && other.schedule.pause_date !== startDate,
  );
  return withChanges(decision, author, `follows the start of ${burst.draft.name}`, paused, (other) =>
    startDate === null ? released(other) : pausedAt(other, burst, startDate),
  );
}

function withChanges(
  decision: CampaignDecision,
  author: Author,
  message: string,
  others: readonly CampaignHead[],
  change: (other: CampaignHead) => Partial<CampaignHead>,
): CampaignDecision {
  const changes = others.flatMap((other) => {
    const changed = change(other);
    return Object.keys(changed).length === 0 ? [] : newVersion(other, changed, { ...author, message }).changes;
  });
  return changes.length === 0 ? decision : { ...decision, changes: [...decision.changes, ...changes] };
}

function pausedAt(other: CampaignHead, burst: CampaignHead, startDate: string): Partial<CampaignHead> {
  const before = ownPause(other, burst);
  const { end_date, stop_date } = other.schedule;
  return [before, end_date, stop_date].some((date) => date !== null && date < startDate)
    ? released(other)
    : {
        schedule: { ...other.schedule, pause_date: startDate },
        pause_of_burst: { campaign_id: burst.campaign_id, date: startDate, before },
      };
}

function released(other: CampaignHead): Partial<CampaignHead> {
  const { schedule, pause_of_burst: pause } = other;
  if (pause === undefined || pause === null || pause.date !== schedule.pause_date) return {};
  return { schedule: { ...schedule, pause_date: pause.before }, pause_of_burst: null };
}

/** When it would be paused without the burst. */
function ownPause({ schedule, pause_of_burst: pause }: CampaignHead, { campaign_id }: CampaignHead): string | null {
  const isOfBurst = pause?.campaign_id === campaign_id && pause.date === schedule.pause_date;
  return isOfBurst ? pause.before : schedule.pause_date;
}

function isPausedBy(
  { schedule, pause_of_burst: pause, state }: CampaignHead,
  burst: CampaignHead,
  nowMs: number,
): boolean {
  if (state === "ARCHIVED" || pause?.campaign_id !== burst.campaign_id) return false;
  return pause.date === schedule.pause_date && pause.date > isoDate(nowMs);
}

function awaitedStart({ is_deleted, state, schedule: { start_date } }: CampaignHead, nowMs: number): string | null {
  if (is_deleted || state === "ARCHIVED" || state === "STOPPED") return null;
  return start_date !== null && start_date > isoDate(nowMs) ? start_date : null;
}
