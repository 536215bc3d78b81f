// Key ring: credentials for calls, from the security keys of clients.

import type { Credential, FindCredential, OAuthFlavour } from "./fulfillment/mod.ts";
import { clientKeyById, oauthOf } from "./management/mod.ts";
import { type ClientKey, type KeyAlgorithm, placeOfSecret, type Sealer } from "./model/client_key.ts";
import type { Configuration } from "./model/configuration.ts";
import type { ConfigurationClient } from "./runtime/mod.ts";

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

/** Which of them asks for tokens how. Not here: OAUTH_GENERIC, whose request is an expression; OAUTH_OPTIMOVE and OAUTH_LEAD_PERFECTION. */
const flavours: { readonly [A in KeyAlgorithm]?: OAuthFlavour } = {
  OAUTH: "basic",
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
  const { url, clientId, scope, accountId, username, keptPassword } = oauth;
  const password = keptPassword === null ? null : open(keptPassword, "password");
  return {
    kind: "oauth",
    flavour,
    url,
    clientId,
    secret: open(key.kept, "key"),
    scope,
    accountId: flavour === "salesforce" ? accountId : null,
    username: flavour === "password" ? username : null,
    password: flavour === "password" ? password : null,
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
