// Templates: what they yield, and what of Handlebars is refused.

import { expect, test } from "vitest";
import type { Person } from "../../src/model/person.ts";
import { evaluate, isRuleError, toJson } from "../../src/rules/mod.ts";
import { parseTemplate } from "../../src/rules/parse/template_parser.ts";
import {
  campaign,
  codeOf,
  compiled,
  compileErrors,
  context,
  controller,
  event,
  matchingVerdict,
  onEvent,
  person,
  program,
  reward,
  trigger,
} from "./fixtures.ts";

const ann: Partial<Person> = {
  data: {
    first_name: { value: "Ann <3", scope: "PUBLIC", createdMs: 0, updatedMs: 0 },
    plan: { value: "gold", scope: "CLIENT", createdMs: 0, updatedMs: 0 },
    address: { value: { city: "Bonn" }, scope: "CLIENT", createdMs: 0, updatedMs: 0 },
  },
  rewards: [reward({ name: "Ten", tags: ["a", "b"] }), reward({ name: null, id: "2" })],
};

function documentWith(template: string): ReturnType<typeof program> {
  const data = [{ name: "x", value: `handlebars@runtime:${template}` }];
  return program([campaign([controller([onEvent("purchase")], { data, aliases: ["outcome"] })])]);
}

function render(template: string): unknown {
  const of = compiled(documentWith(template));
  const source = of.controllers[0]?.data[0]?.value;
  const data = { items: ["x", "y"], empty: [], nested: { list: [{ n: 1 }, { n: 2 }] }, zero: 0, no: null };
  const value = evaluate(
    codeOf(of),
    source?.kind === "code" ? source.pc : -1,
    context(of, { event: event({ data }), person: person(ann) }),
  );
  return isRuleError(value) ? value.code : toJson(value);
}

test.each([
  ["plain", "plain"],
  ["", ""],
  ["Hi {{person.first_name}}!", "Hi Ann &lt;3!"],
  ["Hi {{{person.first_name}}}{{! nothing }}", "Hi Ann <3"],
  ["{{person.firstName}} {{person.email}}", "Ann &lt;3 ann@example.com"],
  ["{{person.data.plan}} {{person.data.address.city}} {{person.data.address.street}}", "gold Bonn "],
  ["[{{other_person.email}}]", "[]"],
  ["{{campaign_id}} {{campaign.name}} {{program_label}} {{step_name}}", "5100000000000000001 Spring refer converted"],
  ["{{#if person.data.plan}}yes{{else}}no{{/if}}", "yes"],
  ["{{#if person.data.none}}yes{{else if person.email}}mail{{else}}no{{/if}}", "mail"],
  ["{{#if cause_event.data.zero}}yes{{/if}}", ""],
  ["{{#if cause_event.data.empty}}yes{{else}}empty{{/if}}", "empty"],
  ["{{#unless person.blocked}}open{{/unless}}", "open"],
  ["{{#each person.rewards}}{{name}}:{{face_value}};{{/each}}", "Ten:10;:10;"],
  [
    "{{#each person.rewards}}{{#each tags}}{{this}},{{../name}},{{../../person.email}};{{/each}}{{/each}}",
    "a,Ten,ann@example.com;b,Ten,ann@example.com;welcome,,ann@example.com;",
  ],
  [
    "{{#each cause_event.data.items}}{{this}}{{@root.campaign_id}}{{/each}}",
    "x5100000000000000001y5100000000000000001",
  ],
  ["{{#each cause_event.data.nested.list}}{{n}}{{/each}}", "12"],
  ["{{#each cause_event.data.empty}}x{{else}}none{{/each}}{{#each cause_event.data.no}}x{{/each}}", "none"],
  ["{{person.rewards.length}} {{person.rewards.[0].name}} {{step_aliases.[0]}}", "2 Ten outcome"],
  ["{{#each cause_event.data.zero}}x{{/each}}", ""],
  ["{{#each person.email}}x{{/each}}", "refused"],
])("%s", (template, expected) => {
  if (expected === "refused") expect(compileErrors(documentWith(template))).not.toEqual([]);
  else expect(render(template)).toBe(expected);
});

test("what is no list faults in each, as in expressions", () => {
  expect(render("{{#each cause_event.data.nested}}x{{/each}}")).toBe("wrong_type");
});

test.each([
  ["{{person.shoe_size}}", "shoe_size", 1, 3],
  ["a\n {{helper 1}}", "helper helper", 2, 2],
  ["{{> partial}}", "PartialStatement", 1, 1],
  ["{{#with person}}x{{/with}}", "with", 1, 1],
  ["{{#each person.rewards as |r|}}{{r.name}}{{/each}}", "parameters", 1, 32],
  ["{{#each person.rewards}}{{@index}}{{/each}}", "@index", 1, 27],
  ["{{../x}}", "leads out", 1, 3],
  ["{{person.constructor}}", "constructor", 1, 3],
  ["{{person.__proto__}}", "__proto__", 1, 3],
  ["{{#if person}}x", "Expecting", 1, 1],
  ["{{#if a b}}x{{/if}}", "exactly one", 1, 1],
  ["{{person.recent_locations}}", "locations", 1, 3],
  ["x".repeat(2049), "2048", 1, 1],
])("%s is refused", (template, message, line, column) => {
  const [error] = compileErrors(documentWith(template));
  expect(error?.message.toLowerCase()).toContain(message.toLowerCase());
  if (message !== "Expecting") expect([error?.line, error?.column]).toEqual([line, column]);
});

test("a template as a verdict passes when it says true", () => {
  const verdict = (expression: string): unknown => {
    const of = compiled(program([campaign([controller([trigger("EXPRESSION", { expression })])])]));
    return matchingVerdict(of, context(of));
  };
  expect(verdict("handlebars@runtime:{{#if person.email}}true{{/if}}")).toBe(true);
  expect(verdict("handlebars@runtime:{{person.email}}")).toBe(false);
});

test("hostile templates end soon", () => {
  for (const source of [
    "{{#if a}}".repeat(200),
    "{{".repeat(900),
    "{{a.".repeat(500),
    `{{${"a.".repeat(900)}b}}`,
    "{{#each a}}".repeat(30) + "{{/each}}".repeat(30),
  ]) {
    expect(compileErrors(documentWith(source))).not.toEqual([]);
  }
  expect(parseTemplate("{{[constructor]}}").ok).toBe(false);
});
