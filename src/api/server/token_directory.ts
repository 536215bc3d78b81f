// TokenDirectory: which grant stands behind a token: one that was given at start, or a document of its client.
//
//   K1. A token names its client, so that whoever gets it knows which partition to ask; all of it is hashed, so a changed name is another token.
//   K2. An unknown token costs one read and leaves nothing behind: nobody fills memory with clients that do not exist.

import { randomBytes, timingSafeEqual } from "node:crypto";
import { placesOf, type TokenRecord, tokenOf } from "../../management/mod.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { type Grant, hashToken, type TokenStore } from "../http/auth.ts";

/** A token of a client's configuration, by its text. */
export interface FoundToken {
  readonly client: string;
  readonly record: TokenRecord;
}

export class TokenDirectory implements TokenStore {
  readonly #given: TokenStore;
  readonly #configuration: ConfigurationClient;
  /** One number, seen by all fronts of the node. */
  readonly #changes: Int32Array;

  constructor(given: TokenStore, configuration: ConfigurationClient, changes: Int32Array) {
    this.#changes = changes;
    this.#given = given;
    this.#configuration = configuration;
  }

  get version(): number {
    return this.#given.version + Atomics.load(this.#changes, 0);
  }

  find(token: string): Grant | undefined | Promise<Grant | undefined> {
    const given = this.#given.find(token);
    if (given !== undefined) return given;
    return clientOf(token) === null ? undefined : this.#grantOf(token);
  }

  /** The document behind a token; null when there is none, as for tokens given at start. */
  async look(token: string): Promise<FoundToken | null> {
    const client = clientOf(token);
    if (client === null) return null;
    const { id, verifier } = placesOf(hashToken(token));
    const document = await this.#configuration.readDocument(client, "token", id);
    if (document === null) return null;
    const record = tokenOf(id, document);
    const isSame = timingSafeEqual(Buffer.from(record.verifier), Buffer.from(verifier));
    return isSame ? { client, record } : null;
  }

  /** To be called after every change of tokens through this node, before it is answered. */
  changed(): void {
    Atomics.add(this.#changes, 0, 1);
  }

  async #grantOf(token: string): Promise<Grant | undefined> {
    const found = await this.look(token);
    if (found === null) return undefined;
    return grantOf(found);
  }
}

export function grantOf({ client, record }: FoundToken): Grant {
  const { scopes, expiresMs, identity } = record;
  return { client, scopes, expiresMs, ...(identity === "" ? {} : { identity }) };
}

/** 160 random bits, then the client (K1). */
export function newTokenText(client: string): string {
  const secret = [...randomBytes(SECRET_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return `${secret}.${Buffer.from(client).toString("base64url")}`;
}

/** Five bits a letter: a byte's remainder by 32 is even. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_LENGTH = 32;
const TOKEN = /^[A-Z2-7]{32}\.([\w-]{1,340})$/;

function clientOf(token: string): string | null {
  const encoded = TOKEN.exec(token)?.[1];
  return encoded === undefined ? null : Buffer.from(encoded, "base64url").toString("utf8");
}
