// Verbs: what operators do with a campaign as a whole, as one table. Each gives the members of the head that change, or says why it may not be.

import { fail, ok, type Result } from "../base/result.ts";
import type { CampaignState } from "../model/campaign.ts";
import type { Configuration } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import { isoDate, parseNewDateMs } from "../rules/mod.ts";
import {
  type Author,
  type CampaignDecision,
  type CampaignReference,
  campaignToChange,
  campaignToEdit,
  newVersion,
} from "./campaign_edit.ts";
import { siblings, withPauses, withPausesMoved } from "./campaign_bursts.ts";
import { broughtTo, settled, withoutPastStart } from "./campaign_dates.ts";
import {
  type CampaignHead,
  type CampaignSchedule,
  type CampaignVersion,
  type LockType,
  noSchedule,
} from "./campaign_head.ts";
import { returning } from "./campaign_return.ts";
import { unseenError } from "./campaign_trial.ts";
import { noteRenameBy } from "./former_labels.ts";
import { publishError } from "./publish_checks.ts";

/** What a verb is given besides the campaign. */
export interface VerbRequest {
  readonly nowMs: number;
  readonly launch?: boolean;
  readonly date?: string | null;
  readonly schedule?: Partial<CampaignSchedule>;
  readonly lockTypes?: readonly LockType[];
}

type Changed = Result<Partial<CampaignHead>, ApiError>;

interface Verb {
  /** "edit": refused while the campaign is locked, archived or deleted. */
  readonly needs: "edit" | "change";
  readonly change: (head: CampaignHead, request: VerbRequest) => Changed;
}

const campaignVerbs = {
  publish: { needs: "edit", change: publish },
  live: { needs: "edit", change: (head, { nowMs }) => launch(head, {}, nowMs) },
  "launch-test": { needs: "edit", change: (head, { schedule, nowMs }) => launch(head, schedule ?? {}, nowMs) },
  "launch-burst": { needs: "edit", change: (head, { schedule, nowMs }) => launch(head, schedule ?? {}, nowMs) },
  pause: { needs: "edit", change: (head, request) => moveTo(head, request, "PAUSED", "pause_date") },
  end: { needs: "edit", change: (head, request) => moveTo(head, request, "ENDED", "end_date") },
  stop: { needs: "edit", change: (head, request) => moveTo(head, request, "STOPPED", "stop_date") },
  schedule: { needs: "edit", change: schedule },
  archive: { needs: "change", change: archive },
  unarchive: { needs: "change", change: unarchive },
  discard: { needs: "edit", change: discard },
  lock: { needs: "change", change: lock },
  unlock: { needs: "change", change: unlock },
} as const satisfies { readonly [name: string]: Verb };

export type CampaignVerb = keyof typeof campaignVerbs;

export function applyVerb(
  configuration: Configuration,
  reference: CampaignReference,
  verb: CampaignVerb,
  request: VerbRequest,
  author: Author,
): Result<CampaignDecision, ApiError> {
  const { needs, change }: Verb = campaignVerbs[verb];
  const find = needs === "edit" ? campaignToEdit : campaignToChange;
  const found = find(configuration, reference);
  if (!found.ok) return found;
  const head = settled(found.value, request.nowMs);
  const sibling = scheduledSibling(configuration, head, request);
  if (sibling !== null) return fail(sibling);
  const changed = change(head, request);
  if (!changed.ok) return changed;
  const members = verb === "unarchive" ? returning(configuration, head, changed.value) : changed.value;
  const { published } = members;
  const missing = published ? publishError(configuration, head.campaign_id, published) : null;
  if (missing !== null) return fail(missing);
  // Other dates do not undo what the old ones did; without other dates these go on to say it.
  const kept = members.schedule === undefined ? {} : { state: head.state };
  const decision = renaming(configuration, found.value, newVersion(found.value, { ...kept, ...members }, author));
  const unbuilt = published ? unseenError(configuration, decision.answer) : null;
  if (unbuilt !== null) return fail(unbuilt);
  const follow = verb === "launch-burst" ? withPauses : withPausesMoved;
  return ok(follow(configuration, decision, author));
}

export type LatestMode = "draft" | "published" | "preserve-state";

/** An old version becomes the newest: as a draft, published, or published if the campaign is. */
export function makeLatest(
  configuration: Configuration,
  reference: CampaignReference,
  of: { readonly version: CampaignVersion; readonly mode: LatestMode },
  author: Author,
): Result<CampaignDecision, ApiError> {
  const found = campaignToEdit(configuration, reference);
  if (!found.ok) return found;
  const { body } = of.version;
  const isPublished = of.mode === "published" || (of.mode === "preserve-state" && found.value.published !== null);
  const missing = isPublished ? publishError(configuration, found.value.campaign_id, body) : null;
  if (missing !== null) return fail(missing);
  const decision = newVersion(found.value, { draft: body, ...(isPublished ? { published: body } : {}) }, author);
  const unbuilt = isPublished ? unseenError(configuration, decision.answer) : null;
  return unbuilt === null ? ok(renaming(configuration, found.value, decision)) : fail(unbuilt);
}

/** With what follows for the program from the label that is published. */
function renaming(configuration: Configuration, before: CampaignHead, decision: CampaignDecision): CampaignDecision {
  const renamed = noteRenameBy(configuration, before, decision.answer.published);
  return renamed.length === 0 ? decision : { ...decision, changes: [...decision.changes, ...renamed] };
}

function publish(head: CampaignHead, { launch: isLaunched, nowMs }: VerbRequest): Changed {
  return ok({ published: head.draft, ...(isLaunched === true ? broughtTo(head, "LIVE", nowMs) : {}) });
}

/** What was never published goes live with its draft: there is nothing else to show. */
function launch(head: CampaignHead, dates: Partial<CampaignSchedule>, nowMs: number): Changed {
  const live = broughtTo(head, "LIVE", nowMs);
  const dated = withDates(live.schedule, dates, nowMs);
  if (!dated.ok) return dated;
  return ok({
    ...(head.published === null ? { published: head.draft } : {}),
    state: isStartGiven(dates) ? "NOT_LAUNCHED" : live.state,
    schedule: dated.value,
  });
}

/** Now, or at a date. Only marketing campaigns are for a time. */
function moveTo(
  head: CampaignHead,
  { date, nowMs }: VerbRequest,
  state: CampaignState,
  member: keyof CampaignSchedule,
): Changed {
  if (head.draft.campaign_type !== "MARKETING") return fail(apiError("non_marketing_state_change"));
  if (head.published === null) return fail(apiError("invalid_campaign_state", { state: head.state }));
  if (date === undefined || date === null) return ok(broughtTo(head, state, nowMs));
  const dated = withDates(head.schedule, { [member]: date }, nowMs);
  return dated.ok ? ok({ schedule: dated.value }) : dated;
}

/** Replaces the whole schedule. A campaign that is given another start waits for it, whatever it did before. */
function schedule(head: CampaignHead, { schedule: given = {}, nowMs }: VerbRequest): Changed {
  if (head.published === null) return fail(apiError("invalid_campaign_state", { state: head.state }));
  if (head.draft.campaign_type !== "MARKETING") return fail(apiError("non_marketing_state_change"));
  const dated = withDates(noSchedule, given, nowMs, head.schedule);
  if (!dated.ok) return dated;
  const isNewStart = isStartGiven(given) && dated.value.start_date !== head.schedule.start_date;
  return ok({ schedule: dated.value, ...(isNewStart ? { state: "NOT_LAUNCHED" } : {}) });
}

function isStartGiven({ start_date }: Partial<CampaignSchedule>): boolean {
  return start_date !== undefined && start_date !== null;
}

const order = ["start_date", "pause_date", "end_date", "stop_date"] as const;

/** Dates in their order, new ones not in the past; kept as ISO 8601 in UTC. */
function withDates(
  before: CampaignSchedule,
  given: Partial<CampaignSchedule>,
  nowMs: number,
  known: CampaignSchedule = before,
): Result<CampaignSchedule, ApiError> {
  let after = before;
  for (const member of order) {
    const date = given[member];
    if (date === undefined) continue;
    const ms = date === null ? null : parseNewDateMs(date.replace(/\[[^\]]+\]$/, ""));
    if (date !== null && ms === null) return fail(apiError("date_invalid", { date }));
    const isKnown = ms !== null && isoDate(ms) === known[member];
    if (ms !== null && !isKnown && ms < nowMs && (member === "start_date" || member === "stop_date")) {
      return fail(
        apiError(member === "start_date" ? "backdated_start_date" : "backdated_stop_date", { date: isoDate(ms) }),
      );
    }
    after = { ...after, [member]: ms === null ? null : isoDate(ms) };
  }
  const error = orderError(after);
  return error === null ? ok(after) : fail(error);
}

function orderError({
  start_date: start,
  pause_date: pause,
  end_date: end,
  stop_date: stop,
}: CampaignSchedule): ApiError | null {
  if (start !== null && stop !== null && start > stop) return apiError("start_date_after_stop_date");
  for (const date of [pause, end]) {
    if (date !== null && start !== null && date < start) return apiError("date_before_start_date", { date });
    if (date !== null && stop !== null && date > stop) return apiError("date_after_stop_date", { date });
  }
  return null;
}

function archive(head: CampaignHead): Changed {
  if (head.state === "ARCHIVED" || head.is_deleted)
    return fail(apiError("invalid_campaign_state", { state: head.state }));
  // As good as stopping it.
  if (head.locks.includes("EDIT")) return fail(apiError("campaign_locked", { lock_type: "EDIT" }));
  if (head.draft.campaign_type === "CONFIGURATION") return fail(apiError("campaign_global_archive"));
  return ok({ state: "ARCHIVED", state_before_archive: head.state });
}

/** Comes back stopped, if it was running, and without a start that is over: nobody should be surprised by what goes live with it. */
function unarchive(head: CampaignHead, { nowMs }: VerbRequest): Changed {
  if (head.state !== "ARCHIVED") return fail(apiError("invalid_campaign_state", { state: head.state }));
  const isNew = head.state_before_archive === "NOT_LAUNCHED";
  const { schedule: dates } = isNew ? withoutPastStart(head, nowMs) : head;
  return ok({ state: isNew ? "NOT_LAUNCHED" : "STOPPED", schedule: dates, state_before_archive: null });
}

function discard(head: CampaignHead): Changed {
  if (head.published === null) return fail(apiError("invalid_campaign_state", { state: head.state }));
  return ok({ draft: head.published });
}

function lock(head: CampaignHead, { lockTypes = [] }: VerbRequest): Changed {
  if (lockTypes.length === 0) return fail(apiError("lock_missing_lock_types"));
  return ok({ locks: [...new Set([...head.locks, ...lockTypes])].toSorted() });
}

function unlock(head: CampaignHead, { lockTypes = [] }: VerbRequest): Changed {
  if (lockTypes.length === 0) return fail(apiError("unlock_missing_lock_types"));
  return ok({ locks: head.locks.filter((each) => !lockTypes.includes(each)) });
}

/** One campaign of a program at a time may wait for its start. */
function scheduledSibling(
  configuration: Configuration,
  head: CampaignHead,
  { schedule: given = {}, nowMs }: VerbRequest,
): ApiError | null {
  if (!isStartGiven(given)) return null;
  const sibling = siblings(configuration, head).find(
    (other) => other.schedule.start_date !== null && settled(other, nowMs).state === "NOT_LAUNCHED",
  );
  return sibling === undefined ? null : apiError("sibling_campaign_scheduled", { campaign_id: sibling.campaign_id });
}
