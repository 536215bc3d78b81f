// Labels that programs had before they were renamed. What persons did bears the label of its day, and links and apps go on saying it.
//
//   F1. Who was referred, rewarded or counted under a former label is of the program still.
//   F2. A label that published campaigns bear is theirs, whoever had it before.
//   F3. Of a client's renames the last `RENAMES_KEPT_MAX` are kept: events are compared with all that a program was called.

import type { CampaignDocument } from "../model/campaign.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import { isNamed } from "../model/filters.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { labelsOfPrograms } from "../rules/mod.ts";
import { type CampaignBody, type CampaignHead, listCampaigns } from "./campaign_head.ts";
import { CLIENT_DOCUMENT } from "./client_document.ts";

/** In the client's document: the label after, by the label before. */
const RENAMED = "renamed_programs";

/** Far more than a brand thinks of in years. */
export const RENAMES_KEPT_MAX = 100;

/** @param campaigns of the program. What is published of one may bear another label than its draft, by which the program is known. */
export function noteRename(
  configuration: Configuration,
  { label, campaigns }: { readonly label: string; readonly campaigns: readonly CampaignHead[] },
  newLabel: string,
): DocumentChange[] {
  const others = labelsInUse(
    configuration,
    campaigns.map(({ campaign_id }) => campaign_id),
  );
  const published = campaigns.flatMap((campaign) => campaign.published?.program_label ?? []);
  const labels = new Set([label, ...published.filter((own) => !others.has(own))]);
  return withRenames(configuration, labels, newLabel);
}

/** Never a circle: whoever gets a label had none of it before. F3. */
function withRenames(configuration: Configuration, labels: ReadonlySet<string>, newLabel: string): DocumentChange[] {
  const former = [...labels].filter((label) => label !== newLabel);
  if (former.length === 0) return [];
  const kept = Object.entries(renamed(configuration)).filter(([label]) => label !== newLabel && !labels.has(label));
  const renames = [...kept, ...former.map((label) => [label, newLabel] as const)].slice(-RENAMES_KEPT_MAX);
  const document = { ...clientDocument(configuration), [RENAMED]: Object.fromEntries(renames) };
  return [{ collection: "client", id: CLIENT_DOCUMENT, document }];
}

/** A program of one campaign is renamed as well by a publish of that campaign under another label, unless that is another program's. */
export function noteRenameBy(
  configuration: Configuration,
  { campaign_id, published: before }: CampaignHead,
  after: CampaignBody | null | undefined,
): DocumentChange[] {
  if (before === null || after === null || after === undefined) return [];
  const others = labelsInUse(configuration, [campaign_id]);
  const isMove = others.has(before.program_label) || others.has(after.program_label);
  return isMove ? [] : withRenames(configuration, new Set([before.program_label]), after.program_label);
}

/** F1. The same value for the same document and labels. */
export function withFormerLabels(configuration: Configuration, documents: CampaignDocument[]): CampaignDocument[] {
  const former = formerLabels(configuration);
  return former.size === 0
    ? documents
    : documents.map((document) => withLabels(document, former.get(document.program_label) ?? []));
}

const made = new WeakMap<CampaignDocument, CampaignDocument>();

function withLabels(document: CampaignDocument, former_program_labels: string[]): CampaignDocument {
  if (former_program_labels.length === 0) return document;
  const before = made.get(document);
  if (before?.former_program_labels?.join() === former_program_labels.join()) return before;
  const after = { ...document, former_program_labels };
  made.set(document, after);
  return after;
}

/** F1. The labels by which programs are looked for, and all others of those programs. */
export function labelsMeant(configuration: Configuration, given: readonly string[]): readonly string[] {
  const renamed = [...formerLabels(configuration)].map(([label, former]) => [label, ...former]);
  return labelsOfPrograms(given, renamed, (left, right) => isNamed([left], right));
}

/** By the label of today. */
function formerLabels(configuration: Configuration): ReadonlyMap<string, string[]> {
  const labels = renamed(configuration);
  const found = new Map<string, string[]>();
  const names = Object.keys(labels).toSorted();
  if (names.length === 0) return found;
  const used = labelsInUse(configuration);
  for (const name of names) {
    const today = used.has(name) ? null : labelToday(labels, name, used);
    if (today !== null) found.set(today, [...(found.get(today) ?? []), name]);
  }
  return found;
}

function labelToday(labels: JsonObject, name: string, used: ReadonlySet<string>): string | null {
  let label = labels[name];
  for (let steps = Object.keys(labels).length; steps > 0 && typeof label === "string"; steps--) {
    if (used.has(label)) return label;
    label = Object.hasOwn(labels, label) ? labels[label] : null;
  }
  return null;
}

/** F2. Of what is published: nothing else decides. @param but these campaigns */
function labelsInUse(configuration: Configuration, but: readonly string[] = []): ReadonlySet<string> {
  const labels = listCampaigns(configuration).map(({ campaign_id, is_deleted, published }) =>
    is_deleted || published === null || but.includes(campaign_id) ? null : published.program_label,
  );
  return new Set(labels.filter((label) => label !== null));
}

function renamed(configuration: Configuration): JsonObject {
  const labels = clientDocument(configuration)[RENAMED];
  return isJsonObject(labels) ? labels : {};
}

function clientDocument(configuration: Configuration): JsonObject {
  return configuration.find("client", CLIENT_DOCUMENT) ?? {};
}
