// Creatives: the archive that an action of type CREATIVE shows something with, put there as a file.

import { ok, type Result } from "../base/result.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import { type ApiError, apiError, type ErrorCode } from "../model/errors.ts";
import { creativeError, type CreativeFault } from "../rules/mod.ts";
import { type Author, type CampaignReference, editBody } from "./campaign_edit.ts";
import type { Part } from "./campaign_head.ts";
import { changePart, CREATIVE_ARCHIVE } from "./campaign_parts.ts";

const codes: { readonly [F in CreativeFault]: ErrorCode } = {
  unreadable: "campaign_controller_action_creative_archive_error",
  path_invalid: "creative_asset_file_path_invalid",
  path_too_long: "creative_asset_file_path_too_long",
  file_too_large: "creative_asset_file_size_too_big",
  not_utf8: "creative_asset_invalid_character_encoding",
  no_template: "creative_is_missing_renderer",
  many_templates: "creative_has_unknown_classification",
  default_locale_missing: "creative_has_default_locale_disabled",
  locale_invalid: "creative_has_invalid_locale",
};

/** What is wrong with an archive in base64; null when it can be shown, as far as its files say. */
export function creativeArchiveError(archive: string): ApiError | null {
  const error = creativeError(archive);
  return error === null ? null : apiError(codes[error.fault], { message: error.message });
}

/** Puts a creative's archive in its action. */
export function addCreative(
  configuration: Configuration,
  reference: CampaignReference,
  of: { readonly stepId: string; readonly actionId: string; readonly archive: string },
  author: Author,
): Result<{ readonly changes: readonly DocumentChange[]; readonly answer: Part }, ApiError> {
  const parts: Part[] = [];
  const edited = editBody(configuration, reference, author, (draft) => {
    const place = { stepId: of.stepId, list: "action" as const, id: of.actionId, type: "CREATIVE" };
    const changed = changePart(draft, place, { [CREATIVE_ARCHIVE]: of.archive });
    if (!changed.ok) return changed;
    parts.push(changed.value.part);
    return ok(changed.value.body);
  });
  return edited.ok ? ok({ changes: edited.value.changes, answer: parts[0] ?? {} }) : edited;
}
