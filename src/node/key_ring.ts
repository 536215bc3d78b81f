// Key ring: credentials for calls, from the security keys of clients.

import type { Credential, FindCredential, OAuthFlavour, TokenExchange } from "../fulfillment/mod.ts";
import { clientKeyById, type OAuthKey, oauthOf } from "../management/mod.ts";
import { type ClientKey, type KeyAlgorithm, placeOfSecret, type Sealer } from "../model/client_key.ts";
import type { Configuration } from "../model/configuration.ts";
import { type ClientShown, tokenIn, tokenRequest } from "../rules/mod.ts";
import type { ConfigurationClient } from "../runtime/mod.ts";

/** The credential of a client's key, what gets one, or why there is none that signs a call. */
export function keyRing(configuration: ConfigurationClient, sealer: Sealer | null): FindCredential {
  return async (client, keyId) => {
    const current = await configuration.read(client);
    const key = clientKeyById(current, keyId);
    if (key === null || key.isArchived) return { missing: `there is no key ${keyId}` };
    if (sealer === null) return { missing: "this node has no key to open secrets with" };
    const open = (kept: string, member: string): string => sealer.open(kept, placeOfSecret(client, keyId, member));
    const flavour = flavours[key.algorithm];
    if (flavour !== undefined) return grantOf(current, { key, flavour, open });
    const credential = credentialOf(key.algorithm, open(key.kept, "key"));
    return credential ?? { missing: `a key of ${key.algorithm} does not sign calls` };
  };
}

/** Which of them asks for tokens how. Not here: OAUTH_OPTIMOVE, of which nobody says what it asks. */
const flavours: { readonly [A in KeyAlgorithm]?: OAuthFlavour } = {
  OAUTH: "basic",
  // Where it says nothing itself.
  OAUTH_GENERIC: "basic",
  OAUTH_LEAD_PERFECTION: "lead_perfection",
  OAUTH_LISTRAK: "post",
  OAUTH_SFDC: "post",
  OAUTH_SFDC_PASSWORD: "password",
  OAUTH_SALESFORCE: "salesforce",
};

function grantOf(
  configuration: Configuration,
  {
    key,
    flavour,
    open,
  }: {
    readonly key: ClientKey;
    readonly flavour: OAuthFlavour;
    readonly open: (kept: string, member: string) => string;
  },
): Awaited<ReturnType<FindCredential>> {
  const oauth = oauthOf(configuration, key.id);
  if (oauth === null) return { missing: `what key ${key.id} says of its authorization server cannot be built` };
  const { url, clientId, scope, accountId, username, keptPassword, tenant, appKey } = oauth;
  const secret = open(key.kept, "key");
  const password = keptPassword === null ? null : open(keptPassword, "password");
  const isGeneric = key.algorithm === "OAUTH_GENERIC";
  return {
    kind: "oauth",
    flavour,
    url,
    clientId,
    secret,
    scope,
    accountId: flavour === "salesforce" ? accountId : null,
    username: flavour === "password" ? username : null,
    password: flavour === "password" ? password : null,
    tenant: flavour === "lead_perfection" ? tenant : null,
    appKey: flavour === "lead_perfection" ? appKey : null,
    exchange: isGeneric ? exchangeOf(oauth, { url, clientId, secret, scope }) : null,
  };
}

/** Evaluated when a token is asked for, not for each call that bears it. */
function exchangeOf({ request, responseHandler }: OAuthKey, shown: ClientShown): TokenExchange {
  return {
    written: JSON.stringify([request, responseHandler]),
    makeRequest: request === null ? null : () => tokenRequest(request, { shown, answer: null }),
    readToken: responseHandler === null ? null : (answer) => tokenIn(responseHandler, { shown, answer }),
  };
}

function credentialOf(algorithm: KeyAlgorithm, secret: string): Credential | null {
  switch (algorithm) {
    case "PASSWORD":
      return { kind: "bearer", token: secret };
    case "HTTP_BASIC":
      return { kind: "basic", pair: secret };
    case "HS256":
      return { kind: "hmac", hash: "sha256", secret };
    case "HS384":
      return { kind: "hmac", hash: "sha384", secret };
    case "HS512":
      return { kind: "hmac", hash: "sha512", secret };
    default:
      return null;
  }
}
