// Campaigns that come back from the archive or the bin.
//
//   B1. One whose published form refers to what is gone meanwhile comes back as a draft that was never launched: publishing it says what is missing.
//       Otherwise it could never come back, or nothing that it refers to could ever be given up.

import type { Configuration } from "../model/configuration.ts";
import { type CampaignHead, noSchedule } from "./campaign_head.ts";
import { trialError } from "./campaign_trial.ts";

const unpublished = {
  published: null,
  published_version: null,
  state: "NOT_LAUNCHED",
  schedule: noSchedule,
} as const satisfies Partial<CampaignHead>;

/** B1. @param changed what becomes of `before` otherwise */
export function returning(
  configuration: Configuration,
  before: CampaignHead,
  changed: Partial<CampaignHead>,
): Partial<CampaignHead> {
  const { published } = before;
  const isWhole = published === null || trialError(configuration, before, published) === null;
  return isWhole ? changed : { ...changed, ...unpublished };
}
