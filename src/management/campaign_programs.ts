// What is done to all campaigns of a program at once. A program is a label that campaigns share.

import { fail, ok, type Result } from "../base/result.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import { type Author, newVersion } from "./campaign_edit.ts";
import { noteRename } from "./former_labels.ts";
import { type CampaignBody, type CampaignHead, isClean, listCampaigns } from "./campaign_head.ts";
import { labelError, PROGRAM_TYPE_LENGTH_MAX } from "./campaign_names.ts";

/** The new label, in the drafts and in what is published: events target a program by it from then on, and by the former one as long as nobody else takes that. */
export function renameProgram(
  configuration: Configuration,
  label: string,
  newLabel: string,
  author: Author,
): Result<DocumentChange[], ApiError> {
  const error = labelError(newLabel);
  if (error !== null) return fail(error);
  const isTaken = label !== newLabel && campaignsOf(configuration, newLabel).length > 0;
  if (isTaken) return fail(apiError("program_label_already_in_use", { label: newLabel }));
  const changed = changeAll(configuration, label, author, (body) => ({
    ...body,
    program_label: newLabel,
    labels: [...body.labels.filter(({ type }) => type !== "PROGRAM"), { name: newLabel, type: "PROGRAM" }],
  }));
  const program = { label, campaigns: campaignsOf(configuration, label) };
  return changed.ok ? ok([...changed.value, ...noteRename(configuration, program, newLabel)]) : changed;
}

export function setProgramType(
  configuration: Configuration,
  label: string,
  programType: string,
  author: Author,
): Result<DocumentChange[], ApiError> {
  if (programType.trim() === "") return fail(apiError("program_type_empty"));
  if (programType.length > PROGRAM_TYPE_LENGTH_MAX)
    return fail(apiError("invalid_program_type", { length_max: PROGRAM_TYPE_LENGTH_MAX }));
  return changeAll(configuration, label, author, (body) => ({ ...body, program_type: programType }));
}

function changeAll(
  configuration: Configuration,
  label: string,
  author: Author,
  change: (body: CampaignBody) => CampaignBody,
): Result<DocumentChange[], ApiError> {
  const campaigns = campaignsOf(configuration, label);
  if (campaigns.length === 0) return fail(apiError("program_label_not_found", { label }));
  const locked = campaigns.find(({ locks }) => locks.includes("EDIT"));
  if (locked !== undefined) return fail(apiError("campaign_locked", { campaign_id: locked.campaign_id }));
  return ok(
    campaigns.flatMap((head) => {
      const published = head.published === null ? {} : { published: change(head.published) };
      const decided = newVersion(head, { draft: change(head.draft), ...published }, author);
      // A draft with changes of its own stays one: only the label of what is published is another.
      return isClean(head) || head.published === null ? decided.changes : stillDraft(decided.changes, head);
    }),
  );
}

function stillDraft(changes: readonly DocumentChange[], { published_version }: CampaignHead): DocumentChange[] {
  return changes.map((change) =>
    change.collection === "campaign" && change.document !== null
      ? { ...change, document: { ...change.document, published_version } }
      : change,
  );
}

function campaignsOf(configuration: Configuration, label: string): CampaignHead[] {
  return listCampaigns(configuration).filter(({ draft, is_deleted }) => draft.program_label === label && !is_deleted);
}
