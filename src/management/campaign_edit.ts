// Editing: which version a change is made to, whether it may be, and the version that it makes.
//
//   E1. Every change of any part makes a version of its own, kept in the history.
//   E2. Who names a version changes that one only if it is still the newest; who names none changes the newest.

import { fail, ok, type Result } from "../base/result.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import { isoDate } from "../rules/mod.ts";
import {
  type CampaignBody,
  type CampaignHead,
  type CampaignVersion,
  documentOf,
  findCampaign,
  versionId,
} from "./campaign_head.ts";

export interface Author {
  readonly nowMs: number;
  readonly message: string;
}

export interface CampaignReference {
  readonly campaignId: string;
  /** As in the path: null where it names none. */
  readonly version: string | null;
}

/** What a decision about a campaign comes to. */
export interface CampaignDecision {
  readonly changes: readonly DocumentChange[];
  readonly answer: CampaignHead;
}

/** The campaign, also when archived or deleted. */
export function campaignToRead(configuration: Configuration, campaignId: string): Result<CampaignHead, ApiError> {
  const head = findCampaign(configuration, campaignId);
  return head === undefined ? fail(apiError("campaign_not_found", { campaign_id: campaignId })) : ok(head);
}

/** E2. A campaign whose state may be changed. */
export function campaignToChange(
  configuration: Configuration,
  { campaignId, version }: CampaignReference,
): Result<CampaignHead, ApiError> {
  const found = campaignToRead(configuration, campaignId);
  if (!found.ok || version === null) return found;
  const number = versionNumber(version);
  if (number === null) return fail(apiError("campaign_version_malformed", { version }));
  if (number > found.value.version) return fail(apiError("invalid_campaign_version", { version }));
  if (number < found.value.version) {
    return fail(apiError("campaign_stale_version", { version, latest_version: found.value.version }));
  }
  return found;
}

/** A campaign whose content may be edited: not locked, archived or deleted. */
export function campaignToEdit(
  configuration: Configuration,
  reference: CampaignReference,
): Result<CampaignHead, ApiError> {
  const found = campaignToChange(configuration, reference);
  if (!found.ok) return found;
  const { is_deleted, state, locks } = found.value;
  if (is_deleted || state === "ARCHIVED") return fail(apiError("invalid_campaign_state", { state }));
  if (locks.includes("EDIT")) return fail(apiError("campaign_locked", { lock_type: "EDIT" }));
  return found;
}

export function versionNumber(text: string): number | null {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

/** E1. */
export function newVersion(before: CampaignHead, changed: Partial<CampaignHead>, author: Author): CampaignDecision {
  const date = isoDate(author.nowMs);
  const version = before.version + 1;
  const isPublished = changed.published !== undefined && changed.published !== null;
  const head: CampaignHead = {
    ...before,
    ...changed,
    version,
    parent_version: before.version,
    updated_date: date,
    ...(isPublished ? { published_version: version, last_published_date: date } : {}),
  };
  return { changes: changesOf(head, author, { isPublished }), answer: head };
}

/** The first version of a campaign. */
export function firstVersion(head: CampaignHead, author: Author): CampaignDecision {
  return { changes: changesOf(head, author, { isPublished: false }), answer: head };
}

export function editBody(
  configuration: Configuration,
  reference: CampaignReference,
  author: Author,
  edit: (body: CampaignBody) => Result<CampaignBody, ApiError>,
): Result<CampaignDecision, ApiError> {
  const found = campaignToEdit(configuration, reference);
  if (!found.ok) return found;
  const edited = edit(found.value.draft);
  return edited.ok ? ok(newVersion(found.value, { draft: edited.value }, author)) : edited;
}

function changesOf(
  head: CampaignHead,
  { message, nowMs }: Author,
  { isPublished }: { readonly isPublished: boolean },
): DocumentChange[] {
  const { campaign_id, version, parent_version, state, schedule, draft } = head;
  const date = isoDate(nowMs);
  const entry: CampaignVersion = {
    campaign_id,
    version,
    parent_version,
    message,
    created_date: date,
    published_date: isPublished ? date : null,
    state,
    schedule,
    body: draft,
  };
  return [
    { collection: "campaign", id: campaign_id, document: documentOf(head) },
    { collection: "campaign_version", id: versionId(campaign_id, version), document: documentOf(entry) },
  ];
}
