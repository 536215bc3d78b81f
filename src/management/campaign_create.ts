// How campaigns begin and end: created, duplicated, edited as a whole, deleted, brought back.

import { fail, ok, type Result } from "../base/result.ts";
import type { Configuration } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import { isoDate } from "../rules/mod.ts";
import {
  type Author,
  type CampaignDecision,
  type CampaignReference,
  campaignToChange,
  campaignToEdit,
  firstVersion,
  newVersion,
} from "./campaign_edit.ts";
import { withPausesMoved } from "./campaign_bursts.ts";
import { type CampaignBody, type CampaignHead, emptyBody, labelsWith, noSchedule } from "./campaign_head.ts";
import { freeName, nameError } from "./campaign_names.ts";
import { returning } from "./campaign_return.ts";

/** Null where the request does not say. */
export interface DuplicateWishes {
  readonly name: string | null;
  readonly description: string | null;
  readonly programLabel: string | null;
}

/** A campaign begins as a draft that was never launched; its program is its own unless it names one. */
export function createCampaign(
  configuration: Configuration,
  given: Partial<CampaignBody>,
  id: string,
  author: Author,
): Result<CampaignDecision, ApiError> {
  const label = given.program_label ?? given.labels?.find(({ type }) => type === "PROGRAM")?.name ?? id;
  const body: CampaignBody = {
    ...emptyBody,
    ...given,
    program_label: label,
    labels: labelsWith(label, given.labels ?? []),
  };
  const error = nameError(configuration, id, body);
  return error === null ? ok(firstVersion(newHead(id, body, author), author)) : fail(error);
}

/** Members that are given replace the campaign's. */
export function editCampaign(
  configuration: Configuration,
  reference: CampaignReference,
  given: Partial<CampaignBody>,
  author: Author,
): Result<CampaignDecision, ApiError> {
  const found = campaignToEdit(configuration, reference);
  if (!found.ok) return found;
  const { draft } = found.value;
  if (draft.campaign_type === "CONFIGURATION") {
    if (given.name !== undefined && given.name !== draft.name) return fail(apiError("campaign_global_rename"));
    if (given.campaign_type !== undefined && given.campaign_type !== "CONFIGURATION")
      return fail(apiError("campaign_global_type_change"));
  }
  const label =
    given.program_label ?? given.labels?.find(({ type }) => type === "PROGRAM")?.name ?? draft.program_label;
  const body = {
    ...draft,
    ...given,
    program_label: label,
    labels: labelsWith(label, given.labels ?? draft.labels),
  };
  const error = nameError(configuration, reference.campaignId, body);
  return error === null ? ok(newVersion(found.value, { draft: body }, author)) : fail(error);
}

/** A copy that was never launched, with parts of its own: whatever refers to an id in the copy refers to the copy's. */
export function duplicateCampaign(
  configuration: Configuration,
  reference: CampaignReference,
  wishes: DuplicateWishes,
  author: Author,
  newId: () => string,
): Result<CampaignDecision, ApiError> {
  const found = campaignToChange(configuration, reference);
  if (!found.ok) return found;
  const { draft, locks } = found.value;
  if (locks.includes("DUPLICATE")) return fail(apiError("campaign_locked", { lock_type: "DUPLICATE" }));
  const id = newId();
  const copied: Partial<CampaignBody> = {
    ...withNewIds(draft, newId),
    name: wishes.name ?? freeName(configuration, `Copy of ${draft.name}`),
    description: wishes.description ?? draft.description,
    program_label: wishes.programLabel ?? draft.program_label,
  };
  return createCampaign(configuration, copied, id, author);
}

export function deleteCampaign(
  configuration: Configuration,
  reference: CampaignReference,
  author: Author,
): Result<CampaignDecision, ApiError> {
  const found = campaignToEdit(configuration, reference);
  if (!found.ok) return found;
  return ok(withPausesMoved(configuration, newVersion(found.value, { is_deleted: true }, author), author));
}

export function undeleteCampaign(
  configuration: Configuration,
  reference: CampaignReference,
  author: Author,
): Result<CampaignDecision, ApiError> {
  const found = campaignToChange(configuration, reference);
  if (!found.ok) return found;
  if (!found.value.is_deleted) return fail(apiError("invalid_campaign_state", { state: found.value.state }));
  const error = nameError(configuration, reference.campaignId, found.value.draft);
  if (error !== null) return fail(error);
  return ok(newVersion(found.value, returning(configuration, found.value, { is_deleted: false }), author));
}

function newHead(id: string, draft: CampaignBody, { nowMs }: Author): CampaignHead {
  const date = isoDate(nowMs);
  return {
    campaign_id: id,
    version: 1,
    parent_version: null,
    draft,
    published: null,
    published_version: null,
    state: "NOT_LAUNCHED",
    state_before_archive: null,
    is_deleted: false,
    schedule: noSchedule,
    locks: [],
    created_date: date,
    updated_date: date,
    last_published_date: null,
  };
}

const idMembers = ["id", "controller_id", "trigger_id", "action_id", "flow_step_id"] as const;

/** Every part gets a new id, and text that is the id of a part becomes the new one. */
function withNewIds(body: CampaignBody, newId: () => string): CampaignBody {
  const renamed = new Map<string, string>();
  visit(body, (name, value) => {
    if (isIdMember(name) && typeof value === "string" && !renamed.has(value)) renamed.set(value, newId());
    return value;
  });
  return visit(body, (_name, value) =>
    typeof value === "string" ? (renamed.get(value) ?? value) : value,
  ) as CampaignBody;
}

function isIdMember(name: string): boolean {
  return idMembers.some((member) => member === name);
}

function visit(value: unknown, change: (name: string, value: unknown) => unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => visit(item, change, name));
  if (typeof value !== "object" || value === null) return change(name, value);
  return Object.fromEntries(Object.entries(value).map(([member, each]) => [member, visit(each, change, member)]));
}
