// What an operator reads of documents that do not compile: each error with its place, whatever it stands in.

import { expect, test } from "vitest";
import { doesNotCompile } from "../../src/runtime/configuration/does_not_compile.ts";

const nowhere = { campaign: null, controller: null, trigger: null, action: null, data: null, parameter: null };

test("names the place from the outermost on, and within an expression line and column", () => {
  const inCampaign = {
    ...nowhere,
    campaign: "1",
    action: "a",
    parameter: "name",
    message: "is none",
    line: 2,
    column: 7,
  };
  expect(doesNotCompile("demo", [inCampaign])).toBe(
    "the program of client demo does not compile:\n  campaign 1, action a, parameter name: is none (line 2, column 7)",
  );
});

test.each(["prehandler", "supplier", "webhook"])("a %s is named, too", (kind) => {
  const error = { ...nowhere, [kind]: "X", parameter: "url", message: "is none", line: 0, column: 0 };
  expect(doesNotCompile("demo", [error])).toContain(`\n  ${kind} X, parameter url: is none`);
});
