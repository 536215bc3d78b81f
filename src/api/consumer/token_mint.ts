// TokenMint: consumers' tokens, signed and complete in themselves. Whoever has the keys reads one without asking anybody.
//
//     0  u8 version (1)      1  u8 level           2  u32 issued, Unix s    6  u32 lifetime, s
//    10  12 bytes device    22  u64 person id, 0 when the device's           30  client, UTF-8
//     -16  the first half of the HMAC-SHA256 of all before
//
// as base64url, which needs no escapes in headers, queries and cookies.
//
//   M1. A token whose signature fails says nothing: neither its client nor its age is looked at before.
//       What is remembered of one is what it says itself, so that forgetting or remembering it makes no difference but of time.
//   M2. The device stays the same when a token is replaced by one that says more: it is the one thing that all tokens of a device have in common.

import { createHmac, randomBytes, randomFillSync, timingSafeEqual } from "node:crypto";
import { assert } from "../../base/assert.ts";
import { type Holder, type TrustLevel, trustLevels } from "../http/auth.ts";
import { CONSUMER_TOKENS_REMEMBERED_MAX } from "../limits.ts";

const VERSION = 1;
const LEVEL_AT = 1;
const ISSUED_AT = 2;
const LIFETIME_AT = 6;
const DEVICE_AT = 10;
export const DEVICE_BYTES = 12;
const PERSON_AT = DEVICE_AT + DEVICE_BYTES;
const CLIENT_AT = PERSON_AT + 8;
const SIGNATURE_BYTES = 16;
/** Some 70 characters with the names that clients have; more than this is none of ours. */
const TOKEN = /^[\w-]{60,420}$/;
const TOKEN_BYTES_MAX = 315;

export interface TokenWish {
  readonly client: string;
  /** Null: one that nobody has yet. */
  readonly device: string | null;
  readonly personId: string | null;
  readonly level: TrustLevel;
  readonly lifetimeSeconds: number;
}

/** Devices whose random bits are drawn together: a draw takes twenty times as long as the rest of making one. */
const DEVICES_DRAWN = 256;

export class TokenMint {
  readonly #keys: readonly [Buffer, ...Buffer[]];
  /** Tokens that were verified; oldest first. Only those: guesses cannot push them out. */
  readonly #verified = new Map<string, Holder>();
  /** Random bits for devices, and how many of them are used up. */
  readonly #drawn = Buffer.alloc(DEVICES_DRAWN * DEVICE_BYTES);
  #used = DEVICES_DRAWN * DEVICE_BYTES;
  /** Where a token is put together: what a page's first call costs is mostly this, and a buffer of its own a fifth of it. */
  readonly #bytes = Buffer.alloc(TOKEN_BYTES_MAX);

  /** @param keys the first signs, all verify */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    this.#keys = keys;
  }

  mint(wish: TokenWish, nowMs: number): Holder {
    const { client, personId, level, lifetimeSeconds } = wish;
    const device = wish.device ?? this.#newDevice();
    const issued = Math.floor(nowMs / 1_000);
    const bytes = this.#bytes;
    bytes[0] = VERSION;
    bytes[LEVEL_AT] = trustLevels.indexOf(level);
    bytes.writeUInt32LE(issued, ISSUED_AT);
    bytes.writeUInt32LE(lifetimeSeconds, LIFETIME_AT);
    bytes.write(device, DEVICE_AT, DEVICE_BYTES, "base64url");
    if (personId === null) bytes.fill(0, PERSON_AT, CLIENT_AT);
    else bytes.writeBigUInt64LE(BigInt(personId), PERSON_AT);
    const end = CLIENT_AT + bytes.write(client, CLIENT_AT);
    const length = end + SIGNATURE_BYTES;
    assert(length <= TOKEN_BYTES_MAX, "names of clients are shorter");
    bytes.write(signature(this.#keys[0], bytes.subarray(0, end)), end, SIGNATURE_BYTES, "latin1");
    const token = bytes.toString("base64url", 0, length);
    return {
      client,
      device,
      personId,
      level,
      token,
      issuedMs: issued * 1_000,
      expiresMs: (issued + lifetimeSeconds) * 1_000,
    };
  }

  /** Null when it is none of ours. Whether it has expired is the caller's to judge. */
  read(token: string): Holder | null {
    const known = this.#verified.get(token);
    if (known !== undefined) return known;
    const holder = this.#verify(token);
    if (holder !== null) this.#remember(token, holder);
    return holder;
  }

  #remember(token: string, holder: Holder): void {
    if (this.#verified.size >= CONSUMER_TOKENS_REMEMBERED_MAX) {
      for (const oldest of this.#verified.keys()) {
        this.#verified.delete(oldest);
        break;
      }
    }
    this.#verified.set(token, holder);
  }

  #newDevice(): string {
    if (this.#used === this.#drawn.length) {
      randomFillSync(this.#drawn);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += DEVICE_BYTES;
    return this.#drawn.toString("base64url", from, this.#used);
  }

  #verify(token: string): Holder | null {
    if (!TOKEN.test(token)) return null;
    const bytes = Buffer.from(token, "base64url");
    // The last letter has bits that say nothing: of the texts that decode to a token, one is it.
    if (bytes.toString("base64url") !== token) return null;
    const end = bytes.length - SIGNATURE_BYTES;
    if (end <= CLIENT_AT || !this.#isSigned(bytes.subarray(0, end), bytes.subarray(end))) return null;
    const level = trustLevels[bytes[LEVEL_AT] ?? -1];
    if (bytes[0] !== VERSION || level === undefined) return null;
    const issued = bytes.readUInt32LE(ISSUED_AT);
    const person = bytes.readBigUInt64LE(PERSON_AT);
    return {
      client: bytes.toString("utf8", CLIENT_AT, end),
      device: bytes.toString("base64url", DEVICE_AT, PERSON_AT),
      personId: person === 0n ? null : person.toString(),
      level,
      issuedMs: issued * 1_000,
      expiresMs: (issued + bytes.readUInt32LE(LIFETIME_AT)) * 1_000,
      token,
    };
  }

  #isSigned(signed: Buffer, given: Buffer): boolean {
    return this.#keys.some((key) => timingSafeEqual(Buffer.from(signature(key, signed), "latin1"), given));
  }
}

/** Of keys made for one purpose: what it signs is nothing elsewhere. */
export function mintFor(purpose: string, [first, ...others]: readonly [Buffer, ...Buffer[]]): TokenMint {
  const derived = (key: Buffer): Buffer => createHmac("sha256", key).update(purpose).digest();
  return new TokenMint([derived(first), ...others.map(derived)]);
}

/** 96 random bits. */
export function newDevice(): string {
  return randomBytes(DEVICE_BYTES).toString("base64url");
}

/** One character a byte: a buffer would take as long as the rest of it. */
function signature(key: Buffer, bytes: Buffer): string {
  return createHmac("sha256", key).update(bytes).digest("binary").slice(0, SIGNATURE_BYTES);
}
