// A program document and the configuration documents that it consists of.
//
//   P1. The program of an imported program says the same as the file: campaigns, suppliers and audiences in order of their ids.

import type { BlockDocument } from "../model/block.ts";
import type { AudienceDocument, CampaignDocument, ProgramDocument } from "../model/campaign.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import type { JsonObject } from "../model/json.ts";
import type { PrehandlerDocument } from "../model/prehandler.ts";
import type { WebhookDocument } from "../model/webhook.ts";
import { isoDate } from "../rules/mod.ts";
import {
  type CampaignBody,
  campaignDocumentOf,
  type CampaignHead,
  documentOf,
  emptyBody,
  listCampaigns,
  noSchedule,
} from "./campaign_head.ts";
import { CLIENT_DOCUMENT } from "./client_document.ts";
import { withFormerLabels } from "./former_labels.ts";
import { supplierDocumentOf } from "./suppliers.ts";

const DEFAULT_TIME_ZONE = "UTC";

/** What partitions run by: the published form of every campaign, and what campaigns refer to. */
export function programDocumentOf(configuration: Configuration): ProgramDocument {
  const client = configuration.find("client", CLIENT_DOCUMENT);
  const blocks = documentsOf<BlockDocument>(configuration.list("block"));
  const prehandlers = documentsOf<KeptPrehandler>(configuration.list("prehandler")).flatMap(prehandlerOf);
  const webhooks = documentsOf<KeptWebhook>(configuration.list("webhook")).flatMap(webhookOf);
  return {
    client: configuration.client,
    time_zone: typeof client?.["time_zone"] === "string" ? client["time_zone"] : DEFAULT_TIME_ZONE,
    suppliers: configuration.list("supplier").map(supplierDocumentOf),
    audiences: documentsOf<KeptAudience>(configuration.list("audience")).flatMap(audienceOf),
    ...(webhooks.length === 0 ? {} : { webhooks }),
    campaigns: withFormerLabels(
      configuration,
      listCampaigns(configuration).flatMap((head) => campaignDocumentOf(head) ?? []),
    ),
    ...(blocks.length === 0 ? {} : { blocks: blocks.map(blockOf) }),
    ...(prehandlers.length === 0 ? {} : { prehandlers }),
  };
}

interface KeptAudience extends AudienceDocument {
  readonly is_archived?: boolean;
}

function audienceOf({ id, name, enabled = true, is_archived }: KeptAudience): AudienceDocument[] {
  if (is_archived === true) return [];
  return [{ id, name, ...(enabled === true ? {} : { enabled }) }];
}

interface KeptWebhook extends WebhookDocument {
  readonly is_archived?: boolean;
}

/** What decides: words and dates do not, so changing them switches nothing. */
function webhookOf(kept: KeptWebhook): WebhookDocument[] {
  if (kept.is_archived === true) return [];
  const { id, name, type, url, enabled, default_method, client_key_id, request } = kept;
  const { response_handler, response_body_handler, retry_intervals, filters } = kept;
  const own = { type, url, enabled, default_method, client_key_id, request };
  const more = { response_handler, response_body_handler, retry_intervals, filters };
  const given = Object.entries({ ...own, ...more }).filter(([, value]) => value !== undefined && value !== null);
  return [{ id, name, ...Object.fromEntries(given) }];
}

interface KeptPrehandler extends PrehandlerDocument {
  readonly is_archived?: boolean;
}

/** Also those that are disabled: whether they are may be an expression. */
function prehandlerOf(kept: KeptPrehandler): PrehandlerDocument[] {
  if (kept.is_archived === true) return [];
  const { id, name, enabled = false, order = 0, conditions = [], actions = [] } = kept;
  return [{ id, name, enabled, order, conditions: conditions.map(withoutId), actions: actions.map(withoutId) }];
}

function withoutId({ id: _id, ...part }: JsonObject): JsonObject {
  return part;
}

/** What decides; when it was made does not. */
function blockOf({ id, filter_type, list_type, value }: BlockDocument): BlockDocument {
  return { id, filter_type, list_type, value };
}

/** One campaign alone, live, as a draft has it: for trying it out. */
export function trialProgramOf(configuration: Configuration, head: CampaignHead, body: CampaignBody): ProgramDocument {
  const trial: CampaignHead = {
    ...head,
    published: body,
    published_version: head.version,
    state: "LIVE",
    is_deleted: false,
    schedule: noSchedule,
  };
  const campaign = campaignDocumentOf(trial);
  return {
    ...programDocumentOf(configuration),
    campaigns: campaign === null ? [] : withFormerLabels(configuration, [campaign]),
  };
}

/** The documents of a program that was written as one; every campaign is published as it stands. */
export function configurationOf(program: ProgramDocument): DocumentChange[] {
  return [
    { collection: "client", id: CLIENT_DOCUMENT, document: { time_zone: program.time_zone } },
    ...program.suppliers.map((supplier) => change("supplier", supplier.id, supplier)),
    ...program.audiences.map((audience) => change("audience", audience.id, audience)),
    ...(program.prehandlers ?? []).map((prehandler) => change("prehandler", prehandler.id, prehandler)),
    ...(program.blocks ?? []).map((block) => change("block", block.id, { ...block, created_date: isoDate(0) })),
    ...(program.webhooks ?? []).map((webhook) => change("webhook", webhook.id, webhook)),
    ...program.campaigns.map((campaign) => change("campaign", campaign.campaign_id, importedHead(campaign))),
  ];
}

/** Of a file, which has no times: the head begins with the epoch, so that the same file always gives the same documents. */
function importedHead(campaign: CampaignDocument): JsonObject {
  const {
    campaign_id,
    version,
    state,
    budget,
    start_date,
    pause_date,
    end_date,
    stop_date,
    former_program_labels: _,
    ...rest
  } = {
    pause_date: null,
    stop_date: null,
    ...campaign,
  };
  const body: CampaignBody = { ...emptyBody, ...(rest as object as Partial<CampaignBody>) };
  const head: CampaignHead = {
    campaign_id,
    version,
    parent_version: null,
    draft: body,
    published: body,
    published_version: version,
    state,
    state_before_archive: null,
    is_deleted: false,
    schedule: { start_date: start_date ?? null, pause_date, end_date: end_date ?? null, stop_date },
    locks: [],
    ...(budget === undefined ? {} : { budget }),
    created_date: isoDate(0),
    updated_date: isoDate(0),
    last_published_date: isoDate(0),
  };
  return documentOf(head);
}

/** Documents are checked when they are written; what they hold is what the compiler checks. */
function documentsOf<T>(documents: readonly object[]): T[] {
  return [...documents] as T[];
}

function change(collection: DocumentChange["collection"], id: string, document: object): DocumentChange {
  return { collection, id, document: document as JsonObject };
}
