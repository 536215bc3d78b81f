// When the next attempt is due. Delays lie between the end of an attempt and the next; jitter is derived, so a replay yields the same times.

import { placementHash } from "../../base/hash.ts";
import type { Job } from "../../model/job.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

/** Of the documents: one for rewards, one for everything else. */
export const rewardDelays: readonly number[] = [HOUR_MS, 3 * HOUR_MS, 12 * HOUR_MS];
export const generalDelays: readonly number[] = [SECOND_MS, HOUR_MS, 3 * HOUR_MS, 12 * HOUR_MS, 12 * HOUR_MS];

/** Share of a delay by which it may be shorter or longer, so that what failed together does not come back together. */
const JITTER = 0.1;

/** What a receiver may ask to wait: a day; more is as good as never. */
const RETRY_AFTER_MS_MAX = 86_400_000;

/** Null: there is no further attempt. To be asked after the attempt was counted. */
export function retryAtMs(job: Job, delays: readonly number[], nowMs: number, askedMs: number | null): number | null {
  const delay = delays[job.attempts - job.attemptsBefore - 1];
  if (delay === undefined) return null;
  const share = placementHash(`${job.id}/${job.attempts}`) / 2 ** 32;
  const jittered = Math.round(delay * (1 - JITTER + 2 * JITTER * share));
  return nowMs + Math.max(jittered, Math.min(askedMs ?? 0, RETRY_AFTER_MS_MAX));
}
