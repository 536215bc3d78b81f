// Lists of campaigns: filters and paging, newest first.

import { fail, ok, type Result } from "../../base/result.ts";
import { atPresent, type CampaignHead, listCampaigns } from "../../management/mod.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { ApiError } from "../../model/errors.ts";
import { QueryReader } from "../http/query.ts";

export function listedCampaigns(
  configuration: Configuration,
  query: string,
  isWanted: (head: CampaignHead) => boolean,
): Result<CampaignHead[], ApiError> {
  const reader = new QueryReader(query);
  const states = reader.list("states");
  const tags = reader.list("tags");
  const labels = reader.list("labels");
  const programLabel = reader.text("program_label");
  const programType = reader.text("program_type");
  const supplier = reader.text("reward_supplier_id");
  const isArchivedWanted = reader.flag("include_archived") === true;
  const { limit, offset } = reader.page();
  if (reader.error !== null) return fail(reader.error);
  const nowMs = Date.now();
  const heads = listCampaigns(configuration).map((head) => atPresent(head, nowMs));
  const found = heads.filter((head) => {
    const { draft, state } = head;
    return (
      isWanted(head) &&
      (isArchivedWanted || state !== "ARCHIVED") &&
      hasAny(states, [state]) &&
      hasAny(tags, draft.tags) &&
      hasAny(labels, [draft.program_label, ...draft.labels.map(({ name }) => name)]) &&
      (programLabel === null || draft.program_label === programLabel) &&
      (programType === null || draft.program_type === programType) &&
      (supplier === null || JSON.stringify(draft.steps).includes(JSON.stringify(supplier)))
    );
  });
  return ok(found.toReversed().slice(offset, offset + limit));
}

/** An absent filter wants everything. */
function hasAny(wanted: readonly string[] | null, own: readonly string[]): boolean {
  return wanted === null || wanted.length === 0 || own.some((each) => wanted.includes(each));
}
