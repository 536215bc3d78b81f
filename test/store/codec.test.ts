import { fc } from "./property.ts";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { decodeValue, writePlainValue } from "../../src/store/codec.ts";
import { StoreCorrupt } from "../../src/store/mod.ts";

function encodeValue(value: unknown): Buffer {
  const writer = new ByteWriter();
  writePlainValue(writer, value);
  return Buffer.from(writer.take());
}

describe("value codec", () => {
  it("round trip: what is read is what was written", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        // JSON has no minus zero; the codec keeps none either.
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(decodeValue(encodeValue(plain), 0, "k")).toEqual(plain);
      }),
    );
  });

  it.each(['{"__proto__":1}', '[{"a":{"__proto__":{"b":[2]},"constructor":"x","toJSON":"y"}},"__proto__"]'])(
    "names that JavaScript objects inherit are names: %s",
    (text) => {
      const value: unknown = JSON.parse(text);
      expect(JSON.stringify(decodeValue(encodeValue(value), 0, "k"))).toBe(text);
    },
  );

  it("V1 equal values have equal bytes, also after a round trip and whatever was encoded before", () => {
    const value = { b: 1, a: { x: [1.5, null, "é"], 7: true }, n: 1_700_000_000_000 };
    const first = encodeValue(value);
    encodeValue({ a: "other", b: "shape" });
    expect(encodeValue(structuredClone(value)).equals(first)).toBe(true);
    expect(encodeValue(decodeValue(first, 0, "k")).equals(first)).toBe(true);
  });

  it("V2 every flipped bit is found and names partition and key", () => {
    const good = encodeValue({ person: "1234567890123456789", version: 3 });
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = Buffer.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeValue(bad, 5, "the key")).toThrow(StoreCorrupt);
    }
    expect(() => decodeValue(good.subarray(0, 4), 5, "the key")).toThrow(/partition 5 .*"the key"/);
  });
});
