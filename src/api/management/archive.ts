// Campaigns as ZIP archives: `campaign.json`, `components/<name>/component.json`, `creatives/<action id>.zip`.
//
//   A1. What an archive unfolds to is bounded (`base/zip.ts`).
//   A2. Only files that are known by name are looked at; paths lead nowhere.

import { fail, ok, type Result } from "../../base/result.ts";
import { foldZip, unfoldZip } from "../../base/zip.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { JsonGate } from "../http/json_gate.ts";
import { ARCHIVE_BYTES_MAX, ARCHIVE_FILES_MAX, DOCUMENT_LIMITS } from "../limits.ts";

export interface Archived {
  readonly campaign: JsonObject;
  readonly components: readonly JsonObject[];
  /** By the id of their action in the archive. */
  readonly creatives: ReadonlyMap<string, Buffer>;
}

const CAMPAIGN = "campaign.json";
const COMPONENT = /^components\/[^/]+\/component\.json$/;
const CREATIVE = /^creatives\/([A-Za-z0-9_-]+)\.zip$/;

const gate = new JsonGate(DOCUMENT_LIMITS);

export function writeArchive({ campaign, components, creatives }: Archived): Buffer {
  const files: { [path: string]: Uint8Array } = { [CAMPAIGN]: jsonBytes(campaign) };
  for (const [at, component] of components.entries()) {
    files[`components/${folderOf(component, at)}/component.json`] = jsonBytes(component);
  }
  for (const [id, bytes] of creatives) files[`creatives/${id}.zip`] = bytes;
  return Buffer.from(foldZip(files));
}

export function readArchive(bytes: Buffer): Result<Archived, ApiError> {
  const files = unfold(bytes);
  if (files === null) return fail(apiError("invalid_campaign_archive"));
  const campaignBytes = files.get(CAMPAIGN);
  if (campaignBytes === undefined) return fail(apiError("missing_campaign_json"));
  const campaign = objectIn(campaignBytes, CAMPAIGN);
  if (!campaign.ok) return campaign;
  const components: JsonObject[] = [];
  const creatives = new Map<string, Buffer>();
  for (const [path, content] of files) {
    const [, creativeId] = CREATIVE.exec(path) ?? [];
    if (creativeId !== undefined) creatives.set(creativeId, content);
    if (!COMPONENT.test(path)) continue;
    const component = objectIn(content, path);
    if (!component.ok) return component;
    components.push(component.value);
  }
  return ok({ campaign: campaign.value, components, creatives });
}

/** Null when it is none, or too much. */
function unfold(bytes: Buffer): Map<string, Buffer> | null {
  const files = unfoldZip(bytes, { bytesMax: ARCHIVE_BYTES_MAX, filesMax: ARCHIVE_FILES_MAX });
  return files === null ? null : new Map([...files].map(([path, content]) => [path, Buffer.from(content)]));
}

function objectIn(bytes: Buffer, path: string): Result<JsonObject, ApiError> {
  const parsed = gate.parse(bytes);
  if (!parsed.ok) return fail(apiError("invalid_campaign_archive", { path, ...parsed.error.parameters }));
  return isJsonObject(parsed.value) ? ok(parsed.value) : fail(apiError("invalid_campaign_archive", { path }));
}

function jsonBytes(value: JsonObject): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

function folderOf(component: JsonObject, at: number): string {
  const name = typeof component["name"] === "string" ? component["name"].replaceAll(/[^A-Za-z0-9_-]/g, "_") : "";
  return `${at}-${name}`;
}
