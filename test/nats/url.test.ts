import { expect, test } from "vitest";
import { parseNatsUrl } from "../../src/nats/mod.ts";

test.each([
  ["nats://127.0.0.1:4222", { servers: ["127.0.0.1:4222"], user: "", password: "", token: "" }],
  ["a, b:5000", { servers: ["a:4222", "b:5000"], user: "", token: "" }],
  ["nats://laurel:p%40ss@n1:4222,n2:4222", { servers: ["n1:4222", "n2:4222"], user: "laurel", password: "p@ss" }],
  ["nats://s3cret@n1", { servers: ["n1:4222"], user: "", token: "s3cret" }],
  ["nats://[::1]:4222", { servers: ["[::1]:4222"] }],
])("%s", (text, wanted) => {
  expect(parseNatsUrl(text)).toMatchObject({ ok: true, value: wanted });
});

test.each(["", "nats://", "http://a", "nats://a b", "nats://user:secret@host/x/y"])("refuses %j", (text) => {
  const parsed = parseNatsUrl(text);
  expect(parsed.ok).toBe(false);
  expect(JSON.stringify(parsed)).not.toContain("secret");
});
