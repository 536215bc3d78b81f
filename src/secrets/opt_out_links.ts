// SignedOptOutLinks: marks that name a client and an address, signed by a key that signs nothing else. They hold for as long as the master key does: a mail is
// read when somebody has time for it.
//
//     base64url of: the first half of the HMAC-SHA256 of what follows (16), client, a zero byte, address
//
// Whoever has one may stop mails to that address, or ask for them again, and nothing more.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { OptOutLinks } from "../model/opt_out.ts";
import { keysFor } from "./token_keys.ts";

const SIGNATURE_BYTES = 16;
const PURPOSE = "opt-out links";
/** An address has at most 256 characters, a client's name 255. */
const MARK = /^[\w-]{24,2800}$/;

export class SignedOptOutLinks implements OptOutLinks {
  readonly #keys: readonly [Buffer, ...Buffer[]];

  /** @param masterKeys the first signs, all verify */
  constructor(masterKeys: readonly [Buffer, ...Buffer[]]) {
    this.#keys = keysFor(PURPOSE, masterKeys);
  }

  make(client: string, email: string): string {
    const said = Buffer.from(`${client}\0${email}`);
    return Buffer.concat([signatureOf(this.#keys[0], said), said]).toString("base64url");
  }

  read(mark: string): { readonly client: string; readonly email: string } | null {
    if (!MARK.test(mark)) return null;
    const bytes = Buffer.from(mark, "base64url");
    const [signature, said] = [bytes.subarray(0, SIGNATURE_BYTES), bytes.subarray(SIGNATURE_BYTES)];
    const isSigned = this.#keys.some((key) => timingSafeEqual(signatureOf(key, said), signature));
    const [client, email] = said.toString("utf8").split("\0");
    return isSigned && client !== undefined && email !== undefined ? { client, email } : null;
  }
}

function signatureOf(key: Buffer, said: Buffer): Buffer {
  return createHmac("sha256", key).update(said).digest().subarray(0, SIGNATURE_BYTES);
}
