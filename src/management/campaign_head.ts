// CampaignHead: what is kept of a campaign: its draft, what is published of it, its state. A campaign is one document; all its parts are versioned together.

import type { BudgetLimit } from "../model/budget.ts";
import type { CampaignDocument, CampaignState } from "../model/campaign.ts";
import type { Configuration } from "../model/configuration.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { canonicalJson } from "../rules/mod.ts";

export const campaignTypes = ["MARKETING", "INTEGRATION", "EXTENSION", "CONFIGURATION"] as const;
export type CampaignType = (typeof campaignTypes)[number];
export const labelTypes = ["DATA", "PROGRAM"] as const;
type LabelType = (typeof labelTypes)[number];
export const lockTypes = ["EDIT", "DUPLICATE"] as const;
export type LockType = (typeof lockTypes)[number];

/** A step, trigger, action, flow step or component, as given and with an id of ours. */
export type Part = JsonObject;

/** What operators edit. */
export interface CampaignBody {
  readonly name: string;
  readonly description: string;
  readonly campaign_type: CampaignType;
  readonly program_label: string;
  readonly program_type: string;
  readonly theme_name: string;
  readonly tags: readonly string[];
  readonly labels: readonly { readonly name: string; readonly type: LabelType }[];
  /** A list of texts or an expression that yields one. */
  readonly variants: JsonValue;
  readonly variant_selector: string | null;
  readonly incentive: JsonObject | null;
  readonly components: readonly Part[];
  /** Controllers, zones and journey entries. */
  readonly steps: readonly Part[];
  readonly flow_steps: readonly Part[];
}

/** ISO 8601, or null. */
export interface CampaignSchedule {
  readonly start_date: string | null;
  readonly pause_date: string | null;
  readonly end_date: string | null;
  readonly stop_date: string | null;
}

export interface BurstPause {
  readonly campaign_id: string;
  readonly date: string;
  readonly before: string | null;
}

export interface CampaignHead {
  readonly campaign_id: string;
  /** Grows by one with every change of any part. */
  readonly version: number;
  readonly parent_version: number | null;
  readonly draft: CampaignBody;
  readonly published: CampaignBody | null;
  readonly published_version: number | null;
  readonly state: CampaignState;
  /** What an archived campaign goes back to. */
  readonly state_before_archive: CampaignState | null;
  readonly is_deleted: boolean;
  readonly schedule: CampaignSchedule;
  readonly locks: readonly LockType[];
  /** Who set `pause_date`, as long as that is `date`, and what it was before: see `campaign_bursts.ts`. */
  readonly pause_of_burst?: BurstPause | null;
  /** Of no version: it holds from the moment it is set. Absent: none. */
  readonly budget?: BudgetLimit;
  readonly created_date: string;
  readonly updated_date: string;
  readonly last_published_date: string | null;
}

/** One version as the history keeps it. */
export interface CampaignVersion {
  readonly campaign_id: string;
  readonly version: number;
  readonly parent_version: number | null;
  readonly message: string;
  readonly created_date: string;
  readonly published_date: string | null;
  readonly state: CampaignState;
  readonly schedule: CampaignSchedule;
  readonly body: CampaignBody;
}

export const noSchedule: CampaignSchedule = { start_date: null, pause_date: null, end_date: null, stop_date: null };

export const emptyBody: CampaignBody = {
  name: "",
  description: "",
  campaign_type: "MARKETING",
  program_label: "",
  program_type: "",
  theme_name: "",
  tags: [],
  labels: [],
  variants: [],
  variant_selector: null,
  incentive: null,
  components: [],
  steps: [],
  flow_steps: [],
};

/** The label of its programme is among a campaign's labels, and `program_label` is the same thing. */
export function labelsWith(programLabel: string, labels: CampaignBody["labels"]): CampaignBody["labels"] {
  return [...labels.filter(({ type }) => type !== "PROGRAM"), { name: programLabel, type: "PROGRAM" }];
}

/** Heads and versions are written by this folder only, so what is read back is what was written. */
function headOf(document: JsonObject): CampaignHead {
  return document as object as CampaignHead;
}

export function versionOf(document: JsonObject): CampaignVersion {
  return document as object as CampaignVersion;
}

export function documentOf(value: CampaignHead | CampaignVersion): JsonObject {
  return value as object as JsonObject;
}

export function findCampaign(configuration: Configuration, campaignId: string): CampaignHead | undefined {
  const document = configuration.find("campaign", campaignId);
  return document === undefined ? undefined : headOf(document);
}

export function listCampaigns(configuration: Configuration): CampaignHead[] {
  return configuration.list("campaign").map(headOf);
}

export function versionId(campaignId: string, version: number): string {
  return `${campaignId}/${version.toString().padStart(8, "0")}`;
}

/** By the head, which is never changed in place. */
const clean = new WeakMap<CampaignHead, boolean>();

/** Whether the draft is what is published: a change of state makes a version as well, and leaves nothing to publish. */
export function isClean(head: CampaignHead): boolean {
  let answer = clean.get(head);
  if (answer === undefined) {
    answer = isPublished(head, head.draft);
    clean.set(head, answer);
  }
  return answer;
}

/** Whether this body, the draft's or an older one, is what is published. */
export function isPublished({ published }: CampaignHead, body: CampaignBody): boolean {
  return published !== null && (published === body || canonicalJson(published) === canonicalJson(body));
}

/** States in which a campaign may still do something. */
const runningStates: readonly CampaignState[] = ["LIVE", "PAUSED", "ENDED", "STOPPED"];

/** Members that have no part in deciding. */
const managed = [
  "description",
  "campaign_type",
  "program_type",
  "theme_name",
  "tags",
  "components",
  "flow_steps",
] as const;

/** By the head that it was made of: heads are never changed in place, and a program of many campaigns changes in one of them. */
const made = new WeakMap<CampaignHead, CampaignDocument | null>();

/**
 * What partitions run by; null while nothing of the campaign is to run. Holds only what the compiler reads, so that other edits switch nothing. The same
 * value for the same head.
 */
export function campaignDocumentOf(head: CampaignHead): CampaignDocument | null {
  let document = made.get(head);
  if (document === undefined) {
    document = makeDocument(head);
    made.set(head, document);
  }
  return document;
}

function makeDocument(head: CampaignHead): CampaignDocument | null {
  const { published, published_version, schedule, campaign_id } = head;
  if (published === null || published_version === null || head.is_deleted) return null;
  // A campaign that waits for its start is live from then on.
  const state = head.state === "NOT_LAUNCHED" && schedule.start_date !== null ? "LIVE" : head.state;
  if (!runningStates.includes(state)) return null;
  const { labels, variants, variant_selector, incentive, steps, ...rest } = published;
  for (const member of managed) delete (rest as Partial<CampaignBody>)[member];
  const document = {
    ...rest,
    campaign_id,
    version: published_version,
    state,
    ...(labels.length === 0 ? {} : { labels }),
    ...(Array.isArray(variants) && variants.length === 0 ? {} : { variants }),
    ...(variant_selector === null ? {} : { variant_selector }),
    ...(incentive === null ? {} : { incentive }),
    ...(head.budget === undefined ? {} : { budget: head.budget }),
    ...Object.fromEntries(Object.entries(schedule).filter(([, date]) => date !== null)),
    steps,
  };
  return document as object as CampaignDocument;
}
