// Rules are hostile input: whatever they say, compiling and evaluating ends soon, never throws, and reaches nothing but data.

import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../src/model/json.ts";
import type { Step } from "../../src/model/person.ts";
import { evaluate, type RuleValue, toJson } from "../../src/rules/mod.ts";
import {
  campaign,
  codeOf,
  compiled,
  compileErrors,
  context,
  controller,
  event,
  match,
  NOW_MS,
  onEvent,
  person,
  program,
  step,
  trigger,
} from "./fixtures.ts";

function documentWith(expression: string): ReturnType<typeof program> {
  return program([
    campaign([controller([onEvent("purchase")], { data: [{ name: "x", value: `javascript@runtime:${expression}` }] })]),
  ]);
}

function valueOf(expression: string, data: { [name: string]: JsonValue } = {}): RuleValue {
  const of = compiled(documentWith(expression));
  const source = of.controllers[0]?.data[0]?.value;
  return evaluate(codeOf(of), source?.kind === "code" ? source.pc : -1, context(of, { event: event({ data }) }));
}

function refusalOf(expression: string): string {
  return compileErrors(documentWith(expression))[0]?.message ?? "";
}

describe("sources", () => {
  test.each([
    ["brackets", `${"(".repeat(900)}1${")".repeat(900)}`],
    ["lists", `${"[".repeat(900)}${"]".repeat(900)}`],
    ["an unclosed row of brackets", "(".repeat(2000)],
    ["negations", `${"!".repeat(1900)}1`],
    ["a chain of additions", `1${"+1".repeat(900)}`],
    ["conditionals", `1${"?1:1".repeat(400)}`],
    ["member access", `context${".a".repeat(900)}`],
    ["blocks", `() => { ${"{".repeat(500)}${"}".repeat(500)} }`],
  ])("deep nesting: %s", (_case, source) => {
    expect(refusalOf(source)).not.toBe("");
  });
  test("long sources are refused before they are parsed", () => {
    expect(refusalOf(`"${"a".repeat(3000)}"`)).toContain("may have 2048 characters");
  });
  test("text after the expression, comments and odd characters", () => {
    expect(refusalOf("1; process.exit()")).toContain("unexpected text");
    expect(refusalOf("\u2028\0")).not.toBe("");
    expect(refusalOf("1 //\n)")).toContain("unexpected text");
  });
});

describe("reaching behind data", () => {
  test.each(["__proto__", "constructor", "prototype"])("%s is refused as a computed key", (name) => {
    const [head, tail] = [name.slice(0, 4), name.slice(4)];
    expect(valueOf(`context.getCauseEvent().getData()["${head}" + "${tail}"]`)).toMatchObject({ code: "refused_name" });
    expect(valueOf(`context.getPerson().getData().get("${head}" + "${tail}")`)).toBe(null);
  });
  test("what objects inherit is no data", () => {
    for (const name of ["toString", "valueOf", "hasOwnProperty", "isPrototypeOf"]) {
      expect(valueOf(`context.getCauseEvent().getData().${name}`)).toBe(null);
      expect(valueOf(`context.getCauseEvent().getData()["a"]["${name}"]`, { a: {} })).toBe(null);
    }
    expect(
      match(
        [
          trigger("EXPRESSION", {
            expression: "javascript@runtime:context.getCauseEvent().getData().constructor === 'x'",
          }),
        ]
          .slice(1)
          .concat(onEvent("purchase")),
      ),
    ).toBe(true);
  });
  test("data with such names is data", () => {
    const data: { [name: string]: JsonValue } = { toString: "mine", valueOf: 3 };
    expect(valueOf("context.getCauseEvent().getData().toString", data)).toBe("mine");
    expect(valueOf("Number(context.getCauseEvent().getData().valueOf) > 2", data)).toBe(true);
  });
});

describe("work", () => {
  const text =
    "const a = 'xxxxxxxxxxxxxxxx'; const b = `${a}${a}${a}${a}${a}${a}${a}${a}`; const c = `${b}${b}${b}${b}${b}${b}${b}${b}`; const d = `${c}${c}${c}${c}${c}${c}${c}${c}`;";
  test("texts have a bound", () => {
    expect(valueOf(`() => { ${text} return d + d; }`)).toHaveLength(16_384);
    expect(valueOf(`() => { ${text} const e = d + d + d + d; return e + e; }`)).toHaveLength(65_536);
    expect(valueOf(`() => { ${text} const e = d + d + d + d; return e + e + "x"; }`)).toMatchObject({
      code: "text_length",
    });
    expect(valueOf(`() => { ${text} return d.split(""); }`)).toMatchObject({ code: "list_length" });
  });
  test("loops within loops run out of gas", () => {
    const items = Array.from({ length: 500 }, (_, at) => at);
    const list = "context.getCauseEvent().getData().items";
    expect(valueOf(`${list}.map(a => ${list}.map(b => ${list}.filter(c => c > 1).length))`, { items })).toMatchObject({
      code: "gas",
    });
    expect(valueOf(`${list}.filter(a => a > 1).length`, { items })).toBe(498);
    expect(valueOf(`${list}.filter(a => a > 1).length`, { items: [...items, ...items, ...items] })).toMatchObject({
      code: "list_length",
    });
  });
  test("building long texts in a loop runs out of gas", () => {
    const items = Array.from({ length: 900 }, () => 1);
    const source = `() => { ${text} return context.getCauseEvent().getData().items.map(x => d + d + d + d).length; }`;
    expect(valueOf(source, { items })).toMatchObject({ code: "gas" });
  });
  test("a small expression cannot yield a huge value", () => {
    const doubling = Array.from({ length: 30 }, (_, at) => `const l${at + 1} = [l${at}, l${at}, l${at}, l${at}];`).join(
      " ",
    );
    const value = valueOf(`() => { const l0 = [1, 2]; ${doubling} return l30; }`);
    expect(toJson(value)).toBe(null);
    expect(valueOf(`() => { const l0 = [1, 2]; ${doubling} return { a: l30 }; }`)).toMatchObject({ code: "map_size" });
    // 4^8 values each time.
    const items = Array.from({ length: 900 }, () => 1);
    const source = `() => { const l0 = [1, 2]; ${doubling.slice(0, doubling.indexOf("const l9"))} return context.getCauseEvent().getData().items.map(x => ({ a: l8 })); }`;
    expect(valueOf(source, { items })).toMatchObject({ type: "error" });
  });
  test("a long history runs out of gas instead of time", () => {
    const page: Step[] = Array.from({ length: 1000 }, (_, at) => step({ eventId: String(at), eventMs: NOW_MS }));
    const endless = person({ stepPages: 1_000_000 });
    let pages = 0;
    const stepPage = (): Step[] => {
      pages++;
      return page;
    };
    expect(match([trigger("HAS_PRIOR_STEP", { count_max: 2_000_000 })], { person: endless, stepPage })).toMatchObject({
      code: "gas",
    });
    expect(pages).toBeLessThan(1_000);
    const group = trigger("GROUP", { trigger_name: "g", operator: "OR" });
    const counting = trigger("HAS_PRIOR_STEP", {
      filter_expression: "javascript@runtime:context.getStep() !== null",
      count_max: 9e9,
      parent_trigger_group_name: "g",
    });
    const other = trigger("HAS_IDENTITY", { parent_trigger_group_name: "g" });
    // M4: no guard catches it, or a rule of many members would have as many times the gas.
    expect(match([group, counting, other], { person: endless, stepPage })).toMatchObject({ code: "gas" });
  });
});
