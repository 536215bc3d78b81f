// RSA keys as the library that verifies takes them: it knows none that say of themselves that they are for PSS alone (RFC 4055), though their numbers are
// those of any other.

import { createPublicKey, type KeyObject } from "node:crypto";

/** What the key says of hashes and salts is left out: the algorithm that the client named for it is what counts. */
export function plainRsa(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== "rsa-pss") return key;
  const der = key.export({ type: "spki", format: "der" });
  const algorithm = partAt(der, partAt(der, 0).from);
  const numbers = partAt(der, algorithm.end);
  // A string of bits begins with how many of its last byte's bits do not count: none.
  return createPublicKey({ key: der.subarray(numbers.from + 1, numbers.end), format: "der", type: "pkcs1" });
}

/** Where the content of the DER value at `at` begins and ends. */
function partAt(der: Buffer, at: number): { readonly from: number; readonly end: number } {
  const first = der.readUInt8(at + 1);
  const lengthBytes = first < LONG_LENGTH ? 0 : first - LONG_LENGTH;
  const from = at + 2 + lengthBytes;
  return { from, end: from + (lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes)) };
}

/** From here on the byte says in how many bytes the length follows. */
const LONG_LENGTH = 0x80;
