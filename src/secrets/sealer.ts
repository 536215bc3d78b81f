// AesSealer: secrets as AES-256-GCM texts.
//
//     s1.<name of the master key, 8 hex digits>.<base64url of nonce (12), tag (16), encrypted bytes>
//
//   S1. The place is authenticated: what was sealed for one place does not open at another.
//   S2. A nonce is random and used once; a key seals far fewer than 2^32 secrets.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { Sealer } from "../model/client_key.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NAME_DIGITS = 8;
const VERSION = "s1";

export class AesSealer implements Sealer {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #first: readonly [string, Buffer];

  /** @param keys the first seals, all open */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    const [first] = keys;
    this.#first = [nameOf(first), first];
    this.#keys = new Map(keys.map((key) => [nameOf(key), key]));
  }

  seal(secret: string, place: string): string {
    const [name, key] = this.#first;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    cipher.setAAD(Buffer.from(place));
    const encrypted = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
    const bytes = Buffer.concat([nonce, cipher.getAuthTag(), encrypted]);
    return `${VERSION}.${name}.${bytes.toString("base64url")}`;
  }

  open(sealed: string, place: string): string {
    const [version, name = "", encoded = ""] = sealed.split(".");
    if (version !== VERSION) throw new Error("a secret is kept in a form that this version does not know");
    const key = this.#keys.get(name);
    if (key === undefined) throw new Error(`a secret was sealed under the key ${name}, which is not here`);
    const bytes = Buffer.from(encoded, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const opened = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return opened.toString("utf8");
  }
}

/** Tells keys apart and says nothing of them. */
function nameOf(key: Buffer): string {
  return createHash("sha256").update("laurel master key").update(key).digest("hex").slice(0, NAME_DIGITS);
}
