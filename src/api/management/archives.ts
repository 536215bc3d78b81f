// Campaigns and creatives as files: uploaded whole, and read back.

import {
  addCreative,
  bodyOfUpload,
  bodySchema,
  campaignToRead,
  CREATIVE_ARCHIVE,
  createCampaign,
  creativeArchiveError,
  editCampaign,
  findPart,
  findStep,
  listAt,
  type Part,
  type CampaignBody,
} from "../../management/mod.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { type Answer, type AnswerRoute, answerError } from "../http/route.ts";
import { type JsonSchema, schemaError } from "../http/schema.ts";
import { CREATIVE_BYTES_MAX } from "../limits.ts";
import { type Archived, readArchive, writeArchive } from "./archive.ts";
import { campaignAsOf, decided } from "./campaign_answers.ts";
import { campaignView, partView } from "./campaign_views.ts";
import { changeAndAnswer } from "./change.ts";
import { type CampaignCall, campaignRoutes } from "./paths.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

const ZIP = "application/zip";

export function archiveRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  const creative = "/controllers/{controller_id}/actions/creatives/{action_id}";
  return [
    {
      ...write,
      kind: "answer",
      operation: "uploadNewCampaignArchive",
      method: "POST",
      path: "/v2/campaigns/upload-bundle",
      summary: "Create a campaign from an archive",
      request: onlyFiles,
      run: noFile,
      runFile: ({ grant }, file) => uploadNew(configuration, grant.client, file),
    },
    ...campaignRoutes([
      {
        ...write,
        operation: "updateWithCampaignArchive",
        method: "PUT",
        summary: "Replace a campaign by an archive",
        below: "/upload-bundle",
        request: onlyFiles,
        run: noFile,
        runFile: (call, file) => uploadOver(configuration, call, file),
      },
      {
        ...read,
        operation: "downloadCampaignBundle",
        summary: "Read a campaign as an archive",
        below: ".zip",
        response: null,
        run: (call) => download(configuration, call),
      },
      {
        ...write,
        operation: "uploadCreativeAction",
        method: "POST",
        summary: "Give an action its creative",
        below: creative,
        request: onlyFiles,
        run: noFile,
        runFile: (call, file) => uploadCreative(configuration, call, file),
      },
      {
        ...read,
        operation: "downloadCreativeAction",
        summary: "Read the creative of an action",
        below: `${creative}.zip`,
        response: null,
        run: (call) => downloadCreative(configuration, call),
      },
    ]),
  ];
}

/** A body that is no file is refused. */
const onlyFiles: JsonSchema = { type: "object", maxProperties: 0, additionalProperties: false };

async function noFile(): Promise<Answer> {
  return answerError(apiError("unsupported_media_type"));
}

export function uploadNew(configuration: ConfigurationClient, client: string, file: Buffer): Promise<Answer> {
  const archived = readArchive(file);
  if (!archived.ok) return Promise.resolve(answerError(archived.error));
  return decided(configuration, client, undefined, (current, { newId, nowMs }, author) => {
    const body = bodyOfUpload(null, asTexts(archived.value), { configuration: current, nowMs, newId, checkPart });
    return body.ok ? createCampaign(current, named(body.value), newId(), author) : body;
  });
}

export function uploadOver(
  configuration: ConfigurationClient,
  { grant, reference }: Pick<CampaignCall, "grant" | "reference">,
  file: Buffer,
): Promise<Answer> {
  const archived = readArchive(file);
  if (!archived.ok) return Promise.resolve(answerError(archived.error));
  return decided(configuration, grant.client, undefined, (current, { newId, nowMs }, author) => {
    const found = campaignToRead(current, reference.campaignId);
    if (!found.ok) return found;
    const means = { configuration: current, nowMs, newId, checkPart };
    const body = bodyOfUpload(found.value.draft, asTexts(archived.value), means);
    return body.ok ? editCampaign(current, reference, named(body.value), author) : body;
  });
}

/** A label that the archive does not give is not taken away. */
function named({ program_label, labels, ...body }: CampaignBody): Partial<CampaignBody> {
  return {
    ...body,
    ...(program_label === "" ? {} : { program_label }),
    ...(labels.length === 0 ? {} : { labels }),
  };
}

function asTexts({ campaign, components, creatives }: Archived): Parameters<typeof bodyOfUpload>[1] {
  const texts = [...creatives].map(([id, bytes]) => [id, bytes.toString("base64")] as const);
  return { campaign, components, creatives: new Map(texts) };
}

/** Of each type of part, once: schemas are compiled when they are first used. */
const partSchemas = new Map<string, JsonSchema>();

function checkPart(type: string, fields: Parameters<typeof bodySchema>[0], part: JsonObject): ApiError | null {
  let schema = partSchemas.get(type);
  if (schema === undefined) {
    schema = bodySchema(fields, { isPartial: false });
    partSchemas.set(type, schema);
  }
  const error = schemaError(schema, part);
  return error === null ? null : apiError("invalid_campaign_archive", { part: type, ...error.parameters });
}

async function download(configuration: ConfigurationClient, call: CampaignCall): Promise<Answer> {
  const found = await campaignAsOf(configuration, call);
  if (!found.ok) return answerError(found.error);
  const { head, body } = found.value;
  const { components: _components, ...campaign } = campaignView(head, body) as JsonObject;
  const creatives = new Map<string, Buffer>();
  for (const step of body.steps) {
    for (const action of listAt(step, "actions")) {
      const archive = archiveOf(action);
      if (archive !== null && typeof action["action_id"] === "string") creatives.set(action["action_id"], archive);
    }
  }
  const bytes = writeArchive({ campaign, components: body.components, creatives });
  return { kind: "file", bytes, contentType: ZIP };
}

function uploadCreative(configuration: ConfigurationClient, call: CampaignCall, file: Buffer): Promise<Answer> {
  const [stepId = "", actionId = ""] = call.rest;
  const problem = creativeProblem(file);
  if (problem !== null) return Promise.resolve(answerError(problem));
  return changeAndAnswer(
    configuration,
    call.grant.client,
    (current, { nowMs }) =>
      addCreative(
        current,
        call.reference,
        { stepId, actionId, archive: file.toString("base64") },
        { nowMs, message: "" },
      ),
    (action) => partView(action),
  );
}

function creativeProblem(file: Buffer): ApiError | null {
  if (file.length > CREATIVE_BYTES_MAX)
    return apiError("creative_archive_size_too_big", { bytes_max: CREATIVE_BYTES_MAX });
  return creativeArchiveError(file.toString("base64"));
}

async function downloadCreative(configuration: ConfigurationClient, call: CampaignCall): Promise<Answer> {
  const campaign = await campaignAsOf(configuration, call);
  if (!campaign.ok) return answerError(campaign.error);
  const action = creativeIn(campaign.value.body, call.rest);
  if (!action.ok) return answerError(action.error);
  const bytes = archiveOf(action.value);
  if (bytes === null) return answerError(apiError("campaign_controller_action_creative_missing_archive"));
  return { kind: "file", bytes, contentType: ZIP };
}

function creativeIn(body: CampaignBody, [stepId = "", actionId = ""]: readonly string[]): Result<Part, ApiError> {
  const step = findStep(body, stepId);
  if (!step.ok) return fail(step.error);
  const action = findPart(step.value, "action", actionId, "CREATIVE");
  return action.ok ? ok(action.value) : action;
}

function archiveOf(action: Part): Buffer | null {
  const archive = action[CREATIVE_ARCHIVE];
  return typeof archive === "string" ? Buffer.from(archive, "base64") : null;
}
