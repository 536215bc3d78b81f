// Security keys of a client as documents. Secrets come here sealed: nothing in this folder ever sees one.

import { type ClientKey, isKeyAlgorithm, keyAlgorithms, keyTypes } from "../model/client_key.ts";
import type { Configuration } from "../model/configuration.ts";
import { type ApiError, apiError, type ErrorCode } from "../model/errors.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { builtDocument, tokenExpressionError } from "../rules/mod.ts";
import { builtObject, findObject, type ObjectKind } from "./client_objects.ts";
import {
  anything,
  built,
  builtOrAtRuntime,
  componentFields,
  integer,
  listOf,
  oneOf,
  plain,
  required,
  text,
} from "./part_fields.ts";
import { areTags } from "./tags.ts";

const NAME_LENGTH_MAX = 255;
const DESCRIPTION_LENGTH_MAX = 1024;
const PARTNER_KEY_ID_LENGTH_MAX = 240;
const URL_LENGTH_MAX = 2048;
const OAUTH_TEXT_LENGTH_MAX = 2048;
/** Longer than any key, so that a key which is too long gets its own code. */
const longText: JsonObject = { type: "string", maxLength: 100_000 };

export const clientKeyKind: ObjectKind = {
  collection: "client_key",
  fields: {
    name: required("client_key_missing_name", built(text)),
    type: required("client_key_missing_type", plain(oneOf(...keyTypes))),
    algorithm: required("client_key_missing_algorithm", plain(oneOf(...Object.keys(keyAlgorithms)))),
    key: required("client_key_missing", plain(longText)),
    description: built(longText),
    partner_key_id: plain(longText),
    tags: plain(listOf(text)),
    authorization_url: built(text),
    oauth_client_id: plain(text),
    scope: plain(text),
    account_id: plain(integer),
    username: plain(text),
    password: plain(longText),
    app_key: plain(text),
    lead_perfection_client_id: plain(text),
    request: builtOrAtRuntime(anything),
    response_handler: builtOrAtRuntime(anything),
    ...componentFields,
  },
  defaults: { description: "", tags: [], component_ids: [], component_references: [] },
  notFound: "client_key_not_found",
  buildFailed: "client_key_build_failed",
  wrong: (key, others) => wrongWords(key) ?? wrongOAuth(key) ?? wrongPartnerKeyId(key, others),
  needed: (configuration, id) => {
    const user = configuration
      .list("webhook")
      .find((webhook) => webhook["is_archived"] !== true && keyIdOf(webhook) === id);
    return user === undefined
      ? null
      : apiError("client_key_associated_with_entity", { webhook_id: textOf(user["id"]) });
  },
};

/** As built: an expression may yield it. */
function keyIdOf({ client_key_id = null }: JsonObject): JsonValue {
  const built = builtDocument({ client_key_id });
  return (built.ok ? built.value["client_key_id"] : null) ?? client_key_id;
}

/** Members that are secret whatever the algorithm; `key` is, unless the algorithm is one of public keys. */
export const secretMembers = ["key", "password"] as const;

export function clientKeyById(configuration: Configuration, id: string): ClientKey | null {
  const document = configuration.find("client_key", id);
  return document === undefined ? null : clientKeyOf(id, document);
}

/** What a key says of an authorization server, as built; null: it is none of OAUTH, or cannot be built any more. */
export function oauthOf(configuration: Configuration, id: string): OAuthKey | null {
  const found = findObject(configuration, { kind: clientKeyKind, id });
  const own = found.ok ? builtObject(clientKeyKind, found.value) : found;
  if (!own.ok || oauthNeeds[textOf(own.value["algorithm"])] === undefined) return null;
  const { authorization_url, oauth_client_id, scope, account_id, username, password } = own.value;
  const { app_key, lead_perfection_client_id, request = null, response_handler = null } = own.value;
  const orNull = (value: JsonValue | undefined): string | null => (textOf(value) === "" ? null : textOf(value));
  return {
    url: textOf(authorization_url),
    clientId: textOf(oauth_client_id),
    scope: orNull(scope),
    accountId: typeof account_id === "number" ? String(account_id) : orNull(account_id),
    username: orNull(username),
    keptPassword: orNull(password),
    appKey: orNull(app_key),
    tenant: orNull(lead_perfection_client_id),
    request,
    responseHandler: response_handler,
  };
}

export interface OAuthKey {
  readonly url: string;
  readonly clientId: string;
  readonly scope: string | null;
  readonly accountId: string | null;
  readonly username: string | null;
  /** Sealed, as the key itself is. */
  readonly keptPassword: string | null;
  /** Of OAUTH_LEAD_PERFECTION. */
  readonly appKey: string | null;
  readonly tenant: string | null;
  /** Of OAUTH_GENERIC, a literal or an expression; null: not given. */
  readonly request: JsonValue;
  readonly responseHandler: JsonValue;
}

/** The key that a token's `kid` names: by the partner's name for it, or by its id. Archived keys are none. */
export function clientKeyByPartnerId(configuration: Configuration, partnerKeyId: string): ClientKey | null {
  const ids = configuration.ids("client_key");
  for (const [i, document] of configuration.list("client_key").entries()) {
    const key = clientKeyOf(ids[i] ?? "", document);
    if (key !== null && !key.isArchived && key.partnerKeyId === partnerKeyId) return key;
  }
  return null;
}

function clientKeyOf(id: string, document: JsonObject): ClientKey | null {
  const { algorithm, type, key, partner_key_id, is_archived } = document;
  const keyType = keyTypes.find((each) => each === type);
  if (!isKeyAlgorithm(algorithm) || keyType === undefined || typeof key !== "string") return null;
  const partnerKeyId = typeof partner_key_id === "string" ? partner_key_id : id;
  return { id, type: keyType, algorithm, partnerKeyId, kept: key, isArchived: is_archived === true };
}

function wrongWords({ name, description, tags }: JsonObject): ApiError | null {
  if (typeof name !== "string" || name.trim().length === 0 || name.length > NAME_LENGTH_MAX)
    return apiError("client_key_invalid_name", { length_max: NAME_LENGTH_MAX });
  if (typeof description !== "string" || description.length > DESCRIPTION_LENGTH_MAX)
    return apiError("client_key_invalid_description", { length_max: DESCRIPTION_LENGTH_MAX });
  return areTags(tags) ? null : apiError("client_key_invalid_tag");
}

function wrongPartnerKeyId({ id, partner_key_id = id }: JsonObject, others: readonly JsonObject[]): ApiError | null {
  const isFitting =
    typeof partner_key_id === "string" &&
    partner_key_id.trim() !== "" &&
    partner_key_id.length <= PARTNER_KEY_ID_LENGTH_MAX;
  if (!isFitting) return apiError("client_key_invalid_partner_key_id", { length_max: PARTNER_KEY_ID_LENGTH_MAX });
  const isTaken = others.some((other) => (other["partner_key_id"] ?? other["id"]) === partner_key_id);
  return isTaken ? apiError("client_key_duplicate_partner_key_id", { partner_key_id }) : null;
}

/** What each flavour of OAuth needs beside its secret, with the code for its absence. */
const oauthNeeds: { readonly [algorithm: string]: readonly (readonly [string, ErrorCode])[] } = {
  OAUTH: [],
  OAUTH_GENERIC: [],
  OAUTH_LISTRAK: [],
  OAUTH_OPTIMOVE: [],
  OAUTH_SFDC: [],
  OAUTH_SALESFORCE: [["account_id", "invalid_account_id"]],
  OAUTH_SFDC_PASSWORD: [
    ["username", "missing_username"],
    ["password", "missing_password"],
  ],
  OAUTH_LEAD_PERFECTION: [
    ["app_key", "missing_app_key"],
    ["lead_perfection_client_id", "missing_lead_perfection_client_id"],
  ],
};

function wrongOAuth(key: JsonObject): ApiError | null {
  const needs = oauthNeeds[textOf(key["algorithm"])];
  if (needs === undefined) return null;
  const common = [
    ["authorization_url", "missing_authorization_url"],
    ["oauth_client_id", "missing_oauth_client_id"],
  ] as const;
  for (const [member, missing] of [...common, ...needs]) if ((key[member] ?? "") === "") return apiError(missing);
  const url = textOf(key["authorization_url"]);
  if (url.length > URL_LENGTH_MAX) return apiError("authorization_url_too_long", { length_max: URL_LENGTH_MAX });
  if (!/^https?:\/\/[^\s/]+/.test(url)) return apiError("authorization_url_invalid_uri");
  if (textOf(key["oauth_client_id"]).length > OAUTH_TEXT_LENGTH_MAX)
    return apiError("oauth_client_id_too_long", { length_max: OAUTH_TEXT_LENGTH_MAX });
  if (textOf(key["scope"]).length > OAUTH_TEXT_LENGTH_MAX)
    return apiError("scope_too_long", { length_max: OAUTH_TEXT_LENGTH_MAX });
  return wrongExpression(key, "request", "token_request") ?? wrongExpression(key, "response_handler", "token_response");
}

/** One that cannot be compiled would fail at each call. */
function wrongExpression(
  key: JsonObject,
  parameter: "request" | "response_handler",
  root: Parameters<typeof tokenExpressionError>[1],
): ApiError | null {
  const error = tokenExpressionError(key[parameter] ?? null, root);
  if (error === null) return null;
  const { line, column } = error.place;
  return apiError("client_key_build_failed", { parameter, message: error.message, line, column });
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
