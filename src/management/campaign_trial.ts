// What becomes of a campaign that is compiled alone, before it is to run: what is published but not to run yet is in no program.

import type { Configuration } from "../model/configuration.ts";
import type { ApiError } from "../model/errors.ts";
import { compileParts } from "../rules/mod.ts";
import { buildError } from "./build_error.ts";
import { type CampaignBody, campaignDocumentOf, type CampaignHead } from "./campaign_head.ts";
import { trialProgramOf } from "./program.ts";

/** What keeps the body from running; null: nothing. */
export function trialError(configuration: Configuration, head: CampaignHead, body: CampaignBody): ApiError | null {
  const compiled = compileParts(trialProgramOf(configuration, head, body), null);
  return compiled.ok ? null : buildError(compiled.error);
}

/** As `trialError`, of what is published. A campaign that is to run is compiled with all others anyway. */
export function unseenError(configuration: Configuration, head: CampaignHead): ApiError | null {
  const { published } = head;
  return published === null || campaignDocumentOf(head) !== null ? null : trialError(configuration, head, published);
}
