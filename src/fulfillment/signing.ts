// Who we are, for whoever is called: credentials and signatures, made anew at each attempt over the exact bytes that are sent.

import { createHmac } from "node:crypto";

export type Credential =
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "basic"; readonly pair: string }
  | { readonly kind: "hmac"; readonly hash: "sha256" | "sha384" | "sha512"; readonly secret: string };

/** The part of a secret in the form of Standard Webhooks that is base64. */
const STANDARD_SECRET = /^whsec_([A-Za-z0-9+/=]+)$/;

/**
 * @param id the same at every attempt, without a dot
 * @param nowMs of the attempt
 */
export function signedHeaders(
  credential: Credential | null,
  { id, body, nowMs }: { readonly id: string; readonly body: string; readonly nowMs: number },
): { [name: string]: string } {
  const seconds = String(Math.floor(nowMs / 1000));
  const common = { "idempotency-key": id, "webhook-id": id, "webhook-timestamp": seconds };
  switch (credential?.kind) {
    case undefined:
      return common;
    case "bearer":
      return { ...common, authorization: `Bearer ${credential.token}` };
    case "basic":
      return { ...common, authorization: `Basic ${Buffer.from(credential.pair).toString("base64")}` };
    case "hmac": {
      const { hash, secret } = credential;
      const encoded = STANDARD_SECRET.exec(secret)?.[1];
      const key = encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, "base64");
      const standard = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
      const extole = createHmac(hash, Buffer.from(secret)).update(body).digest("hex");
      return { ...common, "webhook-signature": `v1,${standard}`, "x-extole-signature": extole };
    }
  }
}
