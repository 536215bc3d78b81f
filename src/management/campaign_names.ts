// Names, labels and descriptions of campaigns: what they may be, and that no two campaigns share them.

import type { Configuration } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import { type CampaignBody, listCampaigns } from "./campaign_head.ts";
import { isTag } from "./tags.ts";

const NAME_LENGTH_MAX = 255;
/** Many scripts write letters with marks. */
const NAME = /^[\p{L}\p{M}\p{N} \-()/:,._$%]+$/u;
const DESCRIPTION_LENGTH_MIN = 2;
const DESCRIPTION_LENGTH_MAX = 250;
const LABEL_LENGTH_MAX = 255;
const LABEL = /^[A-Za-z0-9_-]+$/;
/** The contract's, of one campaign and of all of a program. */
export const PROGRAM_TYPE_LENGTH_MAX = 128;
const THEME_NAME_LENGTH_MAX = 255;
const TAGS_LENGTH_MAX = 2048;

/** Null when the body's names are fine; `campaignId` is the campaign's own, whose names do not count. */
export function nameError(configuration: Configuration, campaignId: string, body: CampaignBody): ApiError | null {
  return ownNameError(configuration, campaignId, body.name) ?? labelError(body.program_label) ?? restError(body);
}

export function labelError(label: string): ApiError | null {
  if (label === "") return apiError("program_label_missing");
  if (label.length > LABEL_LENGTH_MAX) return apiError("campaign_label_name_out_of_range", { label });
  return LABEL.test(label) ? null : apiError("program_label_contains_illegal_character", { label });
}

/** A name that no campaign has: the wanted one, or one like it with a number. */
export function freeName(configuration: Configuration, wanted: string): string {
  const taken = new Set(listCampaigns(configuration).map(({ draft }) => draft.name.toLowerCase()));
  if (!taken.has(wanted.toLowerCase())) return wanted;
  for (let n = 2; ; n++) {
    const name = `${wanted.slice(0, NAME_LENGTH_MAX - 8)} ${n}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

function ownNameError(configuration: Configuration, campaignId: string, name: string): ApiError | null {
  if (name.trim() === "") return apiError("campaign_name_is_missing");
  if (name.length > NAME_LENGTH_MAX) return apiError("campaign_name_out_of_range", { length_max: NAME_LENGTH_MAX });
  if (!NAME.test(name)) return apiError("campaign_name_illegal_character", { name });
  const isTaken = listCampaigns(configuration).some(
    (other) =>
      other.campaign_id !== campaignId && !other.is_deleted && other.draft.name.toLowerCase() === name.toLowerCase(),
  );
  return isTaken ? apiError("campaign_name_already_used", { name }) : null;
}

function restError({ description, program_type, theme_name, tags, labels }: CampaignBody): ApiError | null {
  const isDescribed = description.length >= DESCRIPTION_LENGTH_MIN && description.length <= DESCRIPTION_LENGTH_MAX;
  if (description !== "" && !isDescribed) return apiError("campaign_description_out_of_range");
  if (program_type.length > PROGRAM_TYPE_LENGTH_MAX) return apiError("invalid_program_type", { program_type });
  if (theme_name.length > THEME_NAME_LENGTH_MAX) return apiError("invalid_theme_name", { theme_name });
  const tag = tags.find((each) => !isTag(each));
  if (tag !== undefined) return apiError("campaign_invalid_tag", { tag });
  if (tags.reduce((total, each) => total + each.length, 0) > TAGS_LENGTH_MAX) return apiError("campaign_tags_too_long");
  if (labels.some(({ name }) => name.trim() === "")) return apiError("campaign_label_name_missing");
  const long = labels.find(({ name }) => name.length > LABEL_LENGTH_MAX);
  if (long !== undefined) return apiError("campaign_label_name_out_of_range", { label: long.name });
  const names = labels.map(({ name, type }) => `${type}/${name.toLowerCase()}`);
  const twice = labels.find((_label, at) => names.indexOf(names[at] ?? "") !== at);
  if (twice !== undefined) return apiError("campaign_label_name_already_in_use", { label: twice.name });
  const label = labels.find(({ name }) => !LABEL.test(name));
  return label === undefined ? null : apiError("campaign_label_name_contains_illegal_character", { label: label.name });
}
