// JsonGate alone: what it lets through is what JSON.parse reads, and what it refuses it refuses without an exception.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { JsonGate } from "../../src/api/http/json_gate.ts";

const gate = new JsonGate({ depthMax: 10, keysTotalMax: 2_000 });

test("any JSON value within the bounds comes out as it went in", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value);
      const parsed = gate.parse(Buffer.from(text));
      if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text));
      else expect(hasReason(value)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

/** What the gate may refuse in a well-formed document. */
function hasReason(value: unknown): boolean {
  if (typeof value === "number") return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  if (typeof value === "string") return /[\p{Surrogate}]/u.test(value) || value.includes("\0");
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([name, inner]) => ["__proto__", "constructor", "prototype"].includes(name) || hasReason(name) || hasReason(inner),
  );
}

test("any bytes are refused or read as JSON.parse reads them", () => {
  const bytes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]",:\\u0019e.-truefalsn '))), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(bytes, (given) => {
      const body = Buffer.from(given);
      const parsed = gate.parse(body);
      if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(body.toString()));
    }),
    { numRuns: 5_000 },
  );
});

test("brackets, colons and quotes inside texts are only texts", () => {
  const value = { 'a"b\\': '[{"x":1}]:::\\"', list: ["{{{{{{{{{{{{{{{{", "\\", '"'] };
  const parsed = gate.parse(Buffer.from(JSON.stringify(value)));
  expect(parsed).toEqual({ ok: true, value });
});

test("depth counts what is open, not what was opened", () => {
  expect(gate.parse(Buffer.from(`[${"[[]],".repeat(500)}[]]`)).ok).toBe(true);
  expect(gate.parse(Buffer.from("[".repeat(10) + "]".repeat(10))).ok).toBe(true);
  expect(gate.parse(Buffer.from("[".repeat(11) + "]".repeat(11))).ok).toBe(false);
});

test("one megabyte of nesting costs a few bytes of looking", () => {
  for (const bomb of ["[".repeat(1 << 20), '{"a":'.repeat(200_000), `${'"x'}${"[".repeat(1 << 20)}`]) {
    expect(gate.parse(Buffer.from(bomb)).ok).toBe(false);
  }
});
