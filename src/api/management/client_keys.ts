// Operations on security keys. Secrets are sealed here, before a document is made of them, and are never shown again.

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { fail, ok, type Result } from "../../base/result.ts";
import { type ClientObject, clientKeyKind, componentsOf, secretMembers } from "../../management/mod.ts";
import {
  isKeyAlgorithm,
  isSecret,
  type KeyAlgorithm,
  keyAlgorithms,
  placeOfSecret,
  type Sealer,
} from "../../model/client_key.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { wholePages } from "../http/query.ts";
import type { AnswerRoute } from "../http/route.ts";
import { CLIENT_KEY_LENGTH_MAX } from "../limits.ts";
import { lists } from "../server/parameters.ts";
import { objectRoutes, type Preparing } from "./client_objects.ts";

const MASK = "********";
const PRIVATE_PEM = /PRIVATE KEY/i;

export function clientKeyRoutes(configuration: ConfigurationClient, sealer: Sealer | null): AnswerRoute[] {
  return objectRoutes(configuration, {
    kind: clientKeyKind,
    name: "ClientKey",
    plural: "ClientKeys",
    path: "/v2/settings/security/keys",
    idName: "key_id",
    pageRule: wholePages,
    parameters: { both: lists("tags"), built: [] },
    isArchivedByDelete: true,
    prepare: (given, preparing) => withSealed(given, preparing, sealer),
    filter: (query) => {
      const wanted = query.list("tags");
      return ({ tags }) => wanted.every((tag) => Array.isArray(tags) && tags.includes(tag));
    },
    order: (a, b) => (a.id < b.id ? 1 : -1),
    view: keyView,
  });
}

/** The request with its secrets sealed, once they are keys of their algorithm. */
function withSealed(
  given: JsonObject,
  { client, id, before }: Preparing,
  sealer: Sealer | null,
): Result<JsonObject, ApiError> {
  const algorithm = given["algorithm"] ?? before?.["algorithm"];
  if (!isKeyAlgorithm(algorithm)) return ok(given);
  if (before !== null && algorithm !== before["algorithm"]) return fail(apiError("client_key_unsupported_type"));
  const { key } = given;
  const error = typeof key === "string" && key !== "" ? wrongKey(algorithm, key) : null;
  if (error !== null) return fail(error);
  const sealed: JsonObject = { ...given };
  for (const member of secretMembers) {
    const secret = given[member];
    if (typeof secret !== "string" || secret === "" || (member === "key" && !isSecret(algorithm))) continue;
    if (sealer === null)
      return fail(
        apiError("client_key_invalid", {
          description: "this node has no key to keep secrets under: LAUREL_SECRETS_KEY",
        }),
      );
    sealed[member] = sealer.seal(secret, placeOfSecret(client, id, member));
  }
  return ok(sealed);
}

function wrongKey(algorithm: KeyAlgorithm, key: string): ApiError | null {
  if (key.length > CLIENT_KEY_LENGTH_MAX) return apiError("client_key_too_long", { length_max: CLIENT_KEY_LENGTH_MAX });
  const material = keyAlgorithms[algorithm];
  switch (material.kind) {
    case "octets": {
      const { length } = Buffer.from(key);
      if (length < material.bytesMin) return apiError("client_key_too_short", { bytes_min: material.bytesMin });
      return length > material.bytesMax ? apiError("client_key_too_long", { bytes_max: material.bytesMax }) : null;
    }
    case "text":
      return algorithm === "HTTP_BASIC" && !key.includes(":")
        ? apiError("client_key_invalid", { description: "a pair user:password is needed" })
        : null;
    case "public":
      // Of a private key the public half could be read; but it would be kept, and shown, as it came.
      if (PRIVATE_PEM.test(key)) return invalid(algorithm);
      return isKeyOf(algorithm, () => createPublicKey(key)) ? null : invalid(algorithm);
    case "private":
      return isKeyOf(algorithm, () => createPrivateKey(key)) ? null : invalid(algorithm);
  }
}

function invalid(algorithm: KeyAlgorithm): ApiError {
  return apiError("client_key_invalid", { description: `a PEM of ${algorithm} is needed` });
}

/** RFC 7518, 3.3: with a shorter one nothing is signed or verified. */
const MODULUS_BITS_MIN = 2_048;

/** Curves as OpenSSL names them. */
const curves: { readonly [prefix: string]: string } = { ES256: "prime256v1", ES384: "secp384r1", ES512: "secp521r1" };

function isKeyOf(algorithm: KeyAlgorithm, parse: () => KeyObject): boolean {
  try {
    const key = parse();
    const curve = curves[algorithm.slice(0, "ES256".length)];
    if (curve !== undefined) return key.asymmetricKeyDetails?.namedCurve === curve;
    const isRsa =
      key.asymmetricKeyType === "rsa" || (algorithm.startsWith("PS") && key.asymmetricKeyType === "rsa-pss");
    return isRsa && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MODULUS_BITS_MIN;
  } catch {
    // What cannot be parsed is no key; why is not for whoever sent it.
    return false;
  }
}

function isPrivate(kept: unknown): boolean {
  return typeof kept === "string" && PRIVATE_PEM.test(kept);
}

/** Members that only some algorithms have, in the contract's spelling. */
const flavourMembers = [
  "authorization_url",
  "oauth_client_id",
  "account_id",
  "username",
  "request",
  "response_handler",
] as const;

function keyView(key: ClientObject): object {
  const { id, name = "", description = "", type, algorithm, tags = [], partner_key_id = id } = key;
  const { key: kept, password, app_key, lead_perfection_client_id, scope = null } = key;
  // Earlier versions took a private key for a public one, and kept it as it came.
  const isShown = isKeyAlgorithm(algorithm) && !isSecret(algorithm) && !isPrivate(kept);
  const own = { id, name, description, type, algorithm, key: isShown ? kept : MASK, partner_key_id, tags };
  const flavour = flavourMembers.flatMap((member) =>
    key[member] === undefined ? [] : [[member, key[member]] as const],
  );
  return {
    ...own,
    ...Object.fromEntries(flavour),
    ...(key["oauth_client_id"] === undefined ? {} : { scope }),
    ...(password === undefined ? {} : { password: MASK }),
    ...(app_key === undefined ? {} : { app_key, appKey: app_key }),
    ...(lead_perfection_client_id === undefined
      ? {}
      : { lead_perfection_client_id, leadPerfectionClientId: lead_perfection_client_id }),
    ...componentsOf(key),
    created_at: key.created_date,
    updated_at: key.updated_date,
  };
}
