// Key ring: credentials for calls, from the security keys of clients.

import type { Credential } from "./fulfillment/mod.ts";
import { clientKeyById } from "./management/mod.ts";
import { type KeyAlgorithm, placeOfSecret, type Sealer } from "./model/client_key.ts";
import type { ConfigurationClient } from "./runtime/mod.ts";

/** The credential of a client's key, or why there is none that signs a call. */
export function keyRing(
  configuration: ConfigurationClient,
  sealer: Sealer | null,
): (client: string, keyId: string) => Promise<Credential | { readonly missing: string }> {
  return async (client, keyId) => {
    const key = clientKeyById(await configuration.read(client), keyId);
    if (key === null || key.isArchived) return { missing: `there is no key ${keyId}` };
    if (sealer === null) return { missing: "this node has no key to open secrets with" };
    const credential = credentialOf(key.algorithm, sealer.open(key.kept, placeOfSecret(client, keyId, "key")));
    return credential ?? { missing: `a key of ${key.algorithm} does not sign calls` };
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
