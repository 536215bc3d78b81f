// Lists of campaigns: filters and paging, newest first.

import { fail, ok, type Result } from "../../base/result.ts";
import { atPresent, type CampaignBody, type CampaignHead, listCampaigns } from "../../management/mod.ts";
import { campaignStates } from "../../model/campaign.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { ApiError } from "../../model/errors.ts";
import { QueryReader, wholePages } from "../http/query.ts";
import type { QueryParameter } from "../http/route.ts";
import { flags, lists, oneOf, pagingOf, texts } from "../server/parameters.ts";

/** Which form is shown, and looked at by the other filters: the newest, or what decides. */
const symbolicVersions = ["LATEST", "PUBLISHED"] as const;

export const campaignParameters: readonly QueryParameter[] = [
  { name: "version", schema: { type: "string", enum: [...symbolicVersions], default: "LATEST" } },
  { name: "states", schema: oneOf(campaignStates) },
  ...lists("tags", "labels"),
  ...texts("program_label", "program_type", "reward_supplier_id"),
  ...flags("include_archived"),
  ...pagingOf(wholePages),
];

interface ListedCampaign {
  readonly head: CampaignHead;
  readonly body: CampaignBody;
}

export function listedCampaigns(
  configuration: Configuration,
  query: string,
  isWanted: (head: CampaignHead) => boolean,
): Result<ListedCampaign[], ApiError> {
  const reader = new QueryReader(query);
  const [version = "LATEST"] = reader.oneOf("version", symbolicVersions, "invalid_parameter");
  const states = reader.oneOf("states", campaignStates, "invalid_parameter");
  const tags = reader.list("tags");
  const labels = reader.list("labels");
  const programLabel = reader.text("program_label");
  const programType = reader.text("program_type");
  const supplier = reader.text("reward_supplier_id");
  const isArchivedWanted = reader.flag("include_archived") === true || states.includes("ARCHIVED");
  const { limit, offset } = reader.page(wholePages);
  if (reader.error !== null) return fail(reader.error);
  const nowMs = Date.now();
  const listed = listCampaigns(configuration).flatMap((head) => listedAs(version, atPresent(head, nowMs)));
  const found = listed.filter(({ head, body }) => {
    const { state } = head;
    return (
      isWanted(head) &&
      (isArchivedWanted || state !== "ARCHIVED") &&
      hasAny(states, [state]) &&
      tags.every((tag) => body.tags.includes(tag)) &&
      hasAny(labels, [body.program_label, ...body.labels.map(({ name }) => name)]) &&
      (programLabel === null || body.program_label === programLabel) &&
      (programType === null || body.program_type === programType) &&
      (supplier === null || JSON.stringify(body.steps).includes(JSON.stringify(supplier)))
    );
  });
  return ok(found.toReversed().slice(offset, offset + limit));
}

function listedAs(version: string, head: CampaignHead): ListedCampaign[] {
  if (version !== "PUBLISHED") return [{ head, body: head.draft }];
  const { published, published_version } = head;
  if (published === null || published_version === null) return [];
  return [{ head: { ...head, version: published_version }, body: published }];
}

/** An absent filter wants everything. */
function hasAny(wanted: readonly string[], own: readonly string[]): boolean {
  return wanted.length === 0 || own.some((each) => wanted.includes(each));
}
