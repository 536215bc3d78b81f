// How operations on campaigns answer: with the campaign as decided, or as it is or was.

import { fail, ok, type Result } from "../../base/result.ts";
import {
  atPresent,
  type Author,
  builtBody,
  type CampaignBody,
  type CampaignDecision,
  type CampaignHead,
  campaignToRead,
  versionId,
  versionNumber,
  versionOf,
} from "../../management/mod.ts";
import type { Configuration } from "../../model/configuration.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient, DecisionMeans } from "../../runtime/client.ts";
import { type Answer, answerError, answerJson } from "../http/route.ts";
import { changedView } from "./campaign_views.ts";
import { changeAndAnswer } from "./change.ts";
import type { CampaignCall } from "./paths.ts";

export type Decide = (
  configuration: Configuration,
  means: DecisionMeans,
  author: Author,
) => Result<CampaignDecision, ApiError>;

export function decided(
  configuration: ConfigurationClient,
  client: string,
  body: unknown,
  decide: Decide,
): Promise<Answer> {
  const message = textOf(body, "message") ?? "";
  return changeAndAnswer(
    configuration,
    client,
    (current, means) => {
      const decision = decide(current, means, { nowMs: means.nowMs, message });
      if (!decision.ok) return decision;
      return ok({ ...decision.value, answer: atPresent(decision.value.answer, means.nowMs) });
    },
    changedView,
  );
}

/** The newest version, or the one that the path names. */
export async function campaignAsOf(
  configuration: ConfigurationClient,
  { grant, reference }: CampaignCall,
): Promise<Result<{ readonly head: CampaignHead; readonly body: CampaignBody }, ApiError>> {
  const found = campaignToRead(await configuration.read(grant.client), reference.campaignId);
  if (!found.ok) return found;
  const head = atPresent(found.value, Date.now());
  if (reference.version === null || reference.version === String(head.version)) return ok({ head, body: head.draft });
  const read = await readVersion(configuration, grant.client, reference.campaignId, reference.version);
  if (!read.ok) return read;
  const { body, state, schedule, created_date, parent_version, version } = read.value;
  return ok({ head: { ...head, version, parent_version, state, schedule, updated_date: created_date }, body });
}

export async function answerCampaign(
  configuration: ConfigurationClient,
  call: CampaignCall,
  view: (head: CampaignHead, body?: CampaignBody) => object,
): Promise<Answer> {
  const found = await campaignAsOf(configuration, call);
  return found.ok ? answerJson(view(found.value.head, found.value.body)) : answerError(found.error);
}

/** As `answerCampaign`, of the campaign as built. */
export async function answerBuilt(
  configuration: ConfigurationClient,
  call: CampaignCall,
  view: (head: CampaignHead, body: CampaignBody) => object,
): Promise<Answer> {
  const found = await campaignAsOf(configuration, call);
  if (!found.ok) return answerError(found.error);
  const { head, body } = found.value;
  const built = builtBody(head.campaign_id, body);
  return built.ok ? answerJson(view(head, built.value)) : answerError(built.error);
}

export async function readVersion(
  configuration: ConfigurationClient,
  client: string,
  campaignId: string,
  text: string,
): Promise<Result<ReturnType<typeof versionOf>, ApiError>> {
  const number = versionNumber(text);
  if (number === null) return fail(apiError("campaign_version_malformed", { version: text }));
  const document = await configuration.readDocument(client, "campaign_version", versionId(campaignId, number));
  if (document !== null) return ok(versionOf(document));
  const found = campaignToRead(await configuration.read(client), campaignId);
  return fail(found.ok ? apiError("invalid_campaign_version", { version: text }) : found.error);
}

export function objectOf(body: unknown): JsonObject {
  return typeof body === "object" && body !== null ? (body as JsonObject) : {};
}

export function textOf(body: unknown, name: string): string | null {
  const value = objectOf(body)[name];
  return typeof value === "string" ? value : null;
}
