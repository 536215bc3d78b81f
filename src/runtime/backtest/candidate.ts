// Candidate: what decides in a back-test instead of what decided.

import { fail, ok, type Result } from "../../base/result.ts";
import { findCampaign, importedForm, trialProgramOf } from "../../management/mod.ts";
import type { CampaignDocument, ProgramDocument } from "../../model/campaign.ts";
import type { Configuration } from "../../model/configuration.ts";

export interface Candidate {
  readonly client: string;
  /** What decides instead of this program, which was in effect. */
  readonly instead: (recorded: ProgramDocument) => ProgramDocument;
}

/** The whole program of a client, as a file has it. */
export function wholeProgram(document: ProgramDocument): Candidate {
  const imported = importedForm(document);
  return { client: document.client, instead: () => imported };
}

/** Drafts of campaigns, each as if it had been live all the time; everything else as it was then. Fails with a sentence. */
export function draftsOf(configuration: Configuration, campaignIds: readonly string[]): Result<Candidate, string> {
  const { client } = configuration;
  const trials: ProgramDocument[] = [];
  for (const campaignId of campaignIds) {
    const head = findCampaign(configuration, campaignId);
    if (head === undefined) return fail(`client ${client} has no campaign ${campaignId}`);
    trials.push(trialProgramOf(configuration, head, head.draft));
  }
  return ok({ client, instead: (recorded) => trials.reduce(withTrial, recorded) });
}

/** Suppliers and what else a draft may refer to can be younger than the program that it is put into. */
function withTrial(recorded: ProgramDocument, trial: ProgramDocument): ProgramDocument {
  const webhooks = withMissing(recorded.webhooks ?? [], trial.webhooks ?? []);
  return {
    ...recorded,
    suppliers: withMissing(recorded.suppliers, trial.suppliers),
    audiences: withMissing(recorded.audiences, trial.audiences),
    ...(webhooks.length === 0 ? {} : { webhooks }),
    campaigns: withReplaced(recorded.campaigns, trial.campaigns),
  };
}

function withMissing<T extends { readonly id: string }>(there: readonly T[], more: readonly T[]): T[] {
  const ids = new Set(there.map(({ id }) => id));
  return [...there, ...more.filter(({ id }) => !ids.has(id))];
}

/** In order of their ids, as programs have them. */
function withReplaced(there: readonly CampaignDocument[], instead: readonly CampaignDocument[]): CampaignDocument[] {
  const replaced = new Set(instead.map(({ campaign_id }) => campaign_id));
  const kept = there.filter(({ campaign_id }) => !replaced.has(campaign_id));
  return [...kept, ...instead].sort((a, b) => (a.campaign_id < b.campaign_id ? -1 : 1));
}
