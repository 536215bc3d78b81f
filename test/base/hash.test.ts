// What hashes come to must never change: ids of rewards, programs and places of persons follow from them.

import { describe, expect, it } from "vitest";
import { deriveHex, partitionOf, partitionOfTyped, placementHash } from "../../src/base/hash.ts";

describe("deriveHex", () => {
  it("is SHA-256 of the parts with a zero byte between them", () => {
    expect(deriveHex(["abc"])).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(deriveHex(["a", "b"])).not.toBe(deriveHex(["ab"]));
  });

  it("takes half of a surrogate pair for the replacement character, as UTF-8 does", () => {
    expect(deriveHex(["a", "\ud800"])).toBe("1586c38c888d98e90546b6e205b0c1728e908dc904de630cc43f8f8aa40eb5a3");
    expect(deriveHex(["a", "\ufffd"])).toBe(deriveHex(["a", "\ud800"]));
  });
});

/** As an earlier version placed it. */
const PLACED = 4_024_098_499;

it("places of keys stay where they are", () => {
  expect(placementHash("demo\nemail/ann@example.com")).toBe(PLACED);
  expect(partitionOf("demo", "email/ann@example.com", 16)).toBe(PLACED % 16);
  expect(partitionOfTyped("demo", "email", "ann@example.com", 16)).toBe(PLACED % 16);
});
