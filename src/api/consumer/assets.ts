// A consumer's files: brought as a form, listed, handed out, taken away; public ones also to others.
//
//   B1. What a file is, is seen from its first bytes, whatever its sender calls it: nothing that a browser would run is kept.
//   B2. Files are handed out to be saved, never to be shown in the place of a page of ours.

import { originOf } from "../../base/ids.ts";
import { assert } from "../../base/assert.ts";
import { type Asset, assetTypes, type NewAsset } from "../../model/asset.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { PersonHead } from "../../model/person.ts";
import { fieldJson } from "../http/field_json.ts";
import type { ReceivedFile, ReceivedForm } from "../http/multipart.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { ASSET_BYTES_MAX, FORM_BYTES_BESIDE_MAX } from "../limits.ts";
import { memberOf, textOf } from "../server/bodies.ts";
import { exactly, listOf, text } from "../server/schema_words.ts";
import { profileRead } from "./profile_read.ts";
import { isRefusal, openPerson, type Self, type SelfParts, withSelf, withTrustedSelf } from "./self.ts";

const NAME_LENGTH_MAX = 255;
const TAGS_MAX = 20;
const own = "/api/v4/me/assets";
const others = "/api/v4/persons/{person_id}/assets";

/** B1. */
const kinds = [
  { mimeType: "image/png", begins: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], at: 0 },
  { mimeType: "image/jpeg", begins: [0xff, 0xd8, 0xff], at: 0 },
  { mimeType: "image/gif", begins: [0x47, 0x49, 0x46, 0x38], at: 0 },
  { mimeType: "image/webp", begins: [0x57, 0x45, 0x42, 0x50], at: 8 },
  { mimeType: "application/pdf", begins: [0x25, 0x50, 0x44, 0x46, 0x2d], at: 0 },
] as const;

const assetSchema: JsonSchema = exactly({
  id: text,
  name: text,
  filename: text,
  mime_type: text,
  data_type: { enum: [...assetTypes] },
  status: { enum: ["APPROVED"] },
  tags: listOf(text),
});

export function assetRoutes(parts: SelfParts): AnswerRoute[] {
  return [...ownRoutes(parts), ...othersRoutes(parts)];
}

function ownRoutes(parts: SelfParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", scopes: ["UPDATE_PROFILE"], query: [] } as const;
  const read = { ...common, method: "GET", request: null } as const;
  const withAsset = (call: Call, work: AssetWork): Promise<Answer> => withOwnAsset(parts, call, work);
  return [
    {
      ...read,
      operation: "listAssets",
      path: own,
      summary: "Own files, oldest first",
      response: listOf(assetSchema),
      run: (call) =>
        withTrustedSelf(parts, call, async ({ person }) =>
          answerJson(person === null ? [] : (await parts.directory.assets(person)).map(assetView)),
        ),
    },
    {
      ...common,
      method: "POST",
      operation: "createAsset",
      path: own,
      summary: "Bring a file: `asset` says what it is, `file` is it",
      request: { type: "object" },
      bodyBytesMax: ASSET_BYTES_MAX + FORM_BYTES_BESIDE_MAX,
      response: assetSchema,
      run: async () => answerError(apiError("unsupported_media_type")),
      runForm: (call, form) => withTrustedSelf(parts, call, (self) => add(parts, self, form)),
    },
    {
      ...read,
      operation: "downloadAssetByName",
      path: `${own}/download`,
      summary: "An own file by its name; of several, the newest",
      query: [{ name: "name", schema: text }],
      response: null,
      run: (call) =>
        withTrustedSelf(parts, call, async ({ person }) =>
          person === null ? notFound : handOut(parts, person, await assetByName(parts, person, call, () => true)),
        ),
    },
    {
      ...read,
      operation: "readAsset",
      path: `${own}/{asset_id}`,
      summary: "What an own file is",
      response: assetSchema,
      run: (call) => withAsset(call, async (_person, asset) => answerJson(assetView(asset))),
    },
    {
      ...common,
      method: "DELETE",
      operation: "deleteAsset",
      path: `${own}/{asset_id}`,
      summary: "Take an own file away",
      request: null,
      response: assetSchema,
      run: (call) => withAsset(call, (person, asset) => remove(parts, person, asset)),
    },
    {
      ...read,
      operation: "downloadAssetById",
      path: `${own}/{asset_id}/download`,
      summary: "An own file",
      response: null,
      run: (call) => withAsset(call, (person, asset) => handOut(parts, person, asset)),
    },
  ];
}

function othersRoutes(parts: SelfParts): AnswerRoute[] {
  const isPublic = ({ dataType }: Asset): boolean => dataType === "PUBLIC";
  const withAsset = (
    call: Call,
    work: (person: PersonHead, asset: Asset) => Promise<Answer> | Answer,
  ): Promise<Answer> =>
    withOther(parts, call, async (person) => {
      const asset = await assetById(parts, person, call.params[1]);
      return asset === undefined || !isPublic(asset) ? notFound : work(person, asset);
    });
  return [
    {
      ...profileRead,
      operation: "listPersonAssets",
      path: others,
      summary: "Public files of a person, oldest first",
      response: listOf(assetSchema),
      run: (call) =>
        withOther(parts, call, async (person) =>
          answerJson((await parts.directory.assets(person)).filter(isPublic).map(assetView)),
        ),
    },
    {
      ...profileRead,
      operation: "downloadPersonAssetByName",
      path: `${others}/download`,
      summary: "A public file of a person by its name",
      query: [{ name: "name", schema: text }],
      response: null,
      run: (call) =>
        withOther(parts, call, async (person) =>
          handOut(parts, person, await assetByName(parts, person, call, isPublic)),
        ),
    },
    {
      ...profileRead,
      operation: "getPersonAsset",
      path: `${others}/{asset_id}`,
      summary: "What a public file of a person is",
      response: assetSchema,
      run: (call) => withAsset(call, (_person, asset) => answerJson(assetView(asset))),
    },
    {
      ...profileRead,
      operation: "downloadPersonAsset",
      path: `${others}/{asset_id}/download`,
      summary: "A public file of a person",
      response: null,
      run: (call) => withAsset(call, (person, asset) => handOut(parts, person, asset)),
    },
  ];
}

const notFound: Answer = answerError(apiError("asset_not_found"));

type AssetWork = (person: PersonHead, asset: Asset) => Promise<Answer>;

function withOwnAsset(parts: SelfParts, call: Call, work: AssetWork): Promise<Answer> {
  return withTrustedSelf(parts, call, async ({ person }) => {
    const asset = person === null ? undefined : await assetById(parts, person, call.params[0]);
    return person === null || asset === undefined ? notFound : work(person, asset);
  });
}

function withOther(parts: SelfParts, call: Call, work: (person: PersonHead) => Promise<Answer>): Promise<Answer> {
  return withSelf(parts, call, async ({ holder }) => {
    const id = call.params[0] ?? "";
    if (originOf(id) === undefined) return answerError(apiError("invalid_person_id"));
    const person = await parts.directory.person(holder.client, id);
    return person === null ? answerError(apiError("person_not_found")) : work(person);
  });
}

async function assetById(
  { directory }: SelfParts,
  person: PersonHead,
  id: string | undefined,
): Promise<Asset | undefined> {
  return (await directory.assets(person)).find((asset) => asset.id === id);
}

async function assetByName(
  { directory }: SelfParts,
  person: PersonHead,
  call: Call,
  passes: (asset: Asset) => boolean,
): Promise<Asset | null> {
  const name = new QueryReader(call.query).text("name");
  return (await directory.assets(person)).findLast((asset) => asset.name === name && passes(asset)) ?? null;
}

async function add(parts: SelfParts, self: Self, form: ReceivedForm): Promise<Answer> {
  const asset = newAsset(form);
  if ("code" in asset) return answerError(asset);
  const person = await openPerson(parts, self);
  if (isRefusal(person)) return answerError(person);
  const { client, id: personId } = person;
  const content = { base64: form.file?.bytes.toString("base64") ?? "" };
  return afterCommand(await parts.runtime.command({ kind: "add_asset", client, personId, asset, content }));
}

async function remove({ runtime }: SelfParts, { client, id: personId }: PersonHead, { id }: Asset): Promise<Answer> {
  return afterCommand(await runtime.command({ kind: "delete_asset", client, personId, assetId: id }));
}

function afterCommand({ errorCode, value }: { readonly errorCode: string | null; readonly value: unknown }): Answer {
  if (errorCode === null) return answerJson(assetView(value as Asset));
  assert(isErrorCode(errorCode), `a command was refused with a code that is not in the catalogue: ${errorCode}`);
  return answerError(apiError(errorCode));
}

function newAsset({ fields, file }: ReceivedForm): NewAsset | ApiError {
  if (file === null) return apiError("missing_request_body");
  const asset = fieldJson(fields.get("asset") ?? "{}");
  if (!asset.ok) return asset.error;
  const said = asset.value;
  const name = textOf(said, "name")?.trim() ?? fields.get("name")?.trim() ?? file.name;
  const dataType = assetTypes.find(
    (each) => each === (textOf(said, "data_type") ?? fields.get("data_type") ?? "PRIVATE"),
  );
  if (name === "" || name.length > NAME_LENGTH_MAX || dataType === undefined) {
    return apiError("invalid_parameter", {
      name: dataType === undefined ? "data_type" : "name",
      limit: NAME_LENGTH_MAX,
    });
  }
  const { length } = file.bytes;
  if (length === 0 || length > ASSET_BYTES_MAX) return apiError("asset_size_invalid", { limit: ASSET_BYTES_MAX });
  const mimeType = mimeTypeOf(file);
  if (mimeType === null) return apiError("asset_mime_type_invalid");
  const tags = memberOf(said, "tags");
  return {
    name,
    filename: plainName(file.name),
    mimeType,
    dataType,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string").slice(0, TAGS_MAX) : [],
    bytes: length,
  };
}

function mimeTypeOf({ bytes }: ReceivedFile): string | null {
  const found = kinds.find(({ begins, at }) => begins.every((byte, i) => bytes[at + i] === byte));
  return found?.mimeType ?? null;
}

/** Fit for a header: without a path, quotes or what is no plain letter. */
function plainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  return last.replaceAll(/[^\w .-]/g, "_").slice(0, NAME_LENGTH_MAX) || "file";
}

/** B2. */
async function handOut({ directory }: SelfParts, person: PersonHead, asset: Asset | null): Promise<Answer> {
  const body = asset === null ? null : await directory.assetContent(person, asset.id);
  if (asset === null || body === null) return notFound;
  return {
    kind: "raw",
    status: 200,
    body,
    contentType: asset.mimeType,
    headers: [
      ["content-disposition", `attachment; filename="${asset.filename}"`],
      ["x-content-type-options", "nosniff"],
    ],
  };
}

function assetView({ id, name, filename, mimeType, dataType, tags }: Asset): object {
  return { id, name, filename, mime_type: mimeType, data_type: dataType, status: "APPROVED", tags };
}
