// Campaigns as ZIP archives: `campaign.json`, `components/<name>/component.json`, `creatives/<action id>.zip`. The only file that knows fflate.
//
//   Z1. What an archive unfolds to is bounded before it is unfolded: number of files, and bytes of all together.
//   Z2. Only files that are known by name are looked at; paths lead nowhere.

import { type UnzipFileInfo, unzipSync, zipSync } from "fflate";
import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
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
/** Of every entry, so that the same campaign always gives the same bytes. */
const WRITTEN = new Date("1980-01-01T12:00:00Z");

const gate = new JsonGate(DOCUMENT_LIMITS);

export function writeArchive({ campaign, components, creatives }: Archived): Buffer {
  const files: { [path: string]: Uint8Array } = { [CAMPAIGN]: jsonBytes(campaign) };
  for (const [at, component] of components.entries()) {
    files[`components/${folderOf(component, at)}/component.json`] = jsonBytes(component);
  }
  for (const [id, bytes] of creatives) files[`creatives/${id}.zip`] = bytes;
  return Buffer.from(zipSync(files, { mtime: WRITTEN }));
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

/** Whether the bytes are an archive that may be unfolded. */
export function isArchive(bytes: Buffer): boolean {
  return unfold(bytes) !== null;
}

/** Z1. Null when it is none, or too much. */
function unfold(bytes: Buffer): Map<string, Buffer> | null {
  let total = 0;
  let count = 0;
  const isWithin = ({ originalSize }: UnzipFileInfo): boolean => {
    total += originalSize;
    count++;
    return total <= ARCHIVE_BYTES_MAX && count <= ARCHIVE_FILES_MAX;
  };
  try {
    const files = unzipSync(bytes, { filter: isWithin });
    if (total > ARCHIVE_BYTES_MAX || count > ARCHIVE_FILES_MAX || count === 0) return null;
    return new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
  } catch {
    // The library throws on whatever is no archive, or a damaged one: the sender's mistake, whatever its name.
    return null;
  }
}

function objectIn(bytes: Buffer, path: string): Result<JsonObject, ApiError> {
  const parsed = gate.parse(bytes);
  if (!parsed.ok) return fail(apiError("invalid_campaign_archive", { path, ...parsed.error.parameters }));
  return isObject(parsed.value) ? ok(parsed.value) : fail(apiError("invalid_campaign_archive", { path }));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function jsonBytes(value: JsonObject): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

function folderOf(component: JsonObject, at: number): string {
  const name = typeof component["name"] === "string" ? component["name"].replaceAll(/[^A-Za-z0-9_-]/g, "_") : "";
  return `${at}-${name}`;
}
