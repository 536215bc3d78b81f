import { describe, expect, test } from "vitest";
import { WrongSetting } from "../../src/base/wrong_setting.ts";
import { readSettings } from "../../src/config/mod.ts";
import { type SetOptions, setOptions } from "../../src/fronts/front_options.ts";
import { connectionsFor, connectionsMax } from "../../src/fronts/open_files.ts";

function optionsWith(environment: Record<string, string>): SetOptions {
  const settings = readSettings({}, environment);
  if (!settings.ok) throw new Error(settings.error);
  const providers = { lookUp: null, globalBlocks: [] };
  const pagesFolder = new URL("file:///nowhere/");
  return setOptions(settings.value, { token: "first", providers, secrets: null, pagesFolder });
}

describe("tokens that are given at start", () => {
  test("each opens its client and no other", () => {
    const { tokens } = optionsWith({ LAUREL_CLIENT_TOKENS: "acme=second, rival=dGhpcmQ==" });
    const found = ["first", "second", "dGhpcmQ==", "dGhpcmQ", ""].map((token) => tokens.find(token));
    expect(found).toMatchObject([{ client: "demo" }, { client: "acme" }, { client: "rival" }, undefined, undefined]);
  });

  test("an entry that is none is told by its place, since it may be a secret", () => {
    expect(() => optionsWith({ LAUREL_CLIENT_TOKENS: "acme=second,c2VjcmV0" })).toThrow(
      new WrongSetting("LAUREL_CLIENT_TOKENS is a list of client=token, and its entry 2 is none"),
    );
  });

  test("one token cannot be that of two clients", () => {
    expect(() => optionsWith({ LAUREL_CLIENT_TOKENS: "acme=first" })).toThrow(WrongSetting);
  });
});

test("connections leave descriptors for what else a node opens", () => {
  const limits = (files: string): string =>
    `Limit   Soft Limit  Hard Limit  Units\nMax open files            ${files}   4096   files\n`;
  expect([256, 1024, 1_048_576].map((files) => connectionsFor(limits(String(files))))).toEqual([117, 693, 786_357]);
  expect(connectionsFor(limits("64"))).toBe(16);
  expect([limits("unlimited"), "", null].map(connectionsFor)).toEqual([0, 0, 0]);
  expect(connectionsMax()).toBeGreaterThan(0);
});
