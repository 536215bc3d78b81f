import { expect, test } from "vitest";
import { encodeEventHead, type EventHead } from "../../src/engine/mod.ts";
import { EventHeads } from "../../src/runtime/fronts/event_heads.ts";

const head = { client: "acme", form: "envelope", name: "" } as const;

function encoded(facts: EventHead): Buffer {
  return Buffer.from(encodeEventHead(facts));
}

test("facts that come again are encoded once, whatever they say", () => {
  const heads = new EventHeads();
  for (const enrichment of [{ scopes: ["BACKEND"] }, { scopes: ["BACKEND"], shareUrl: "https://x.example" }]) {
    const [first, second, third] = Array.from({ length: 3 }, () => heads.of({ ...head, enrichment }));
    expect(second).toEqual(first);
    expect(third).toBe(second);
    expect(Buffer.from(first ?? [])).toEqual(encoded({ ...head, enrichment }));
  }
});

test("what is remembered of facts is for the same client, form and name alone", () => {
  const heads = new EventHeads();
  const enrichment = { scopes: ["BACKEND"] };
  for (let n = 0; n < 3; n++) heads.of({ ...head, enrichment });
  for (const other of [
    { ...head, client: "rival", enrichment },
    { ...head, form: "named", name: "bought", enrichment } as const,
    { ...head, form: "named", name: "sold", enrichment } as const,
  ]) {
    for (let n = 0; n < 3; n++) expect(Buffer.from(heads.of(other))).toEqual(encoded(other));
  }
});

test("among many facts of one event each, those that are shared are still found", () => {
  const heads = new EventHeads();
  const shared = { scopes: ["BACKEND"], shareUrl: "https://x.example" };
  const seen = new Set<Uint8Array>();
  for (let n = 0; n < 2_000; n++) {
    const own = { scopes: ["UPDATE_PROFILE"], deviceId: `d${n}` };
    expect(encoded({ ...head, enrichment: own }).equals(heads.of({ ...head, enrichment: own }))).toBe(true);
    seen.add(heads.of({ ...head, enrichment: shared }));
  }
  expect(seen.size).toBeLessThan(5);
});
