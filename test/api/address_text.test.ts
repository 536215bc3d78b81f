// Addresses of connections, from the bytes of the kernel.

import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressText } from "../../src/api/http/address_text.ts";

test.each([
  [[127, 0, 0, 1], "127.0.0.1"],
  [[203, 0, 113, 255], "203.0.113.255"],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7], "203.0.113.7"],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "0000:0000:0000:0000:0000:0000:0000:0001"],
  [[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7], "2001:0db8:0000:0000:0000:ffff:cb00:7107"],
  [[], ""],
  [[1, 2, 3], ""],
])("%j is %s", (bytes, text) => {
  expect(addressText(Uint8Array.from(bytes))).toBe(text);
});

test("every address of 4 or 16 bytes is an address in text", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(bytes, (address) => {
      expect(isIP(addressText(address))).not.toBe(0);
    }),
  );
});
