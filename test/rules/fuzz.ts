// The properties that random programs hold, as functions of the number of runs: some in each run of the tests, millions when asked for (`npm run fuzz`).

import fc from "fast-check";
import { expect } from "vitest";
import { candidates, compileProgram, evaluate, isRuleError, toJson } from "../../src/rules/mod.ts";
import { interpret } from "../../src/rules/vm.ts";
import { campaign, CAMPAIGN_ID, compiled, context, controller, NOW_MS, onEvent, program } from "./fixtures.ts";
import { events, others, ownJourneys, people, qualityRules, rareTriggers } from "./rare_documents.ts";
import { rareVerdict } from "./rare_reference.ts";

/** Worlds that one random program meets: compiling it costs as much as all of them. */
const WORLDS = 8;

export interface Seen {
  true: number;
  false: number;
  fault: number;
}

/** The machine against the plain interpreter, the head against the machine, the index against both. Returns how often each verdict was seen. */
export function fuzzRareTriggers(numRuns: number, seed?: number): Seen {
  const seen: Seen = { true: 0, false: 0, fault: 0 };
  const world = fc.record({ event: events, person: people, other: others, journey: ownJourneys });
  const property = fc.property(
    rareTriggers,
    qualityRules,
    fc.array(world, { minLength: WORLDS, maxLength: WORLDS }),
    (triggers, rules, worlds) => {
      const made = compiled(program([campaign([controller(triggers)], { incentive: { quality_rules: rules } })]));
      const [first] = made.controllers;
      for (const { event, person, other, journey } of worlds) {
        const at = context(made, { event, person, otherPerson: other, journey });
        const verdict = evaluate(made, first?.matching ?? -1, at);
        const expected = rareVerdict(triggers, {
          nowMs: NOW_MS,
          event,
          person,
          other,
          journey,
          campaignId: CAMPAIGN_ID,
          program: "refer",
          rules,
        });
        seen[`${expected}`]++;
        expect(isRuleError(verdict) ? "fault" : verdict).toBe(expected);
        expect(interpret(made, first?.matching ?? -1, at)).toEqual(verdict);
        if (verdict === true) expect(candidates(made, event)).toContain(first);
      }
    },
  );
  fc.assert(property, { numRuns, ...(seed === undefined ? {} : { seed }) });
  return seen;
}

const scriptWords = [
  "context",
  ".getPerson()",
  ".getSteps()",
  ".getData()",
  ".getCauseEvent()",
  ".x",
  "[0]",
  "[",
  "]",
  "(",
  ")",
  "{",
  "}",
  "=>",
  "a",
  ",",
  ";",
  "function",
  "return ",
  "const a = ",
  "if",
  "else",
  "1",
  "'t'",
  "`${",
  "}`",
  "/a+/",
  "/(a|b)*$/i",
  ".test",
  ".match",
  ".map",
  ".find",
  ".join",
  "+",
  "-",
  "===",
  "&&",
  "||",
  "??",
  "?",
  ":",
  "!",
  "null",
  ".getVariable",
  "Java.from",
  "Number",
  " ",
  "\n",
  "__proto__",
  "constructor",
  "\\",
  "\u2028",
];
const templateWords = [
  "{{",
  "}}",
  "{{{",
  "}}}",
  "{{#if ",
  "{{#each ",
  "{{#unless ",
  "{{/if}}",
  "{{/each}}",
  "{{/unless}}",
  "{{else}}",
  "{{else if ",
  "person",
  ".",
  "..",
  "/",
  "this",
  "@root",
  "@index",
  "first_name",
  "rewards",
  "cause_event",
  "data",
  "x",
  " ",
  "text",
  "<",
  '"',
  "=",
  "|",
  ">",
  "!",
  "--",
  "&",
  "[",
  "]",
  "0",
  "~",
  "\n",
  "constructor",
  "__proto__",
  "\\",
];

/** Whatever a source says: it is refused, or it compiles to what evaluates without throwing. Returns how many compiled. */
export function fuzzSources(numRuns: number): number {
  let made = 0;
  const words = (list: readonly string[], language: string): fc.Arbitrary<string> =>
    fc
      .array(fc.constantFrom(...list), { maxLength: 14 })
      .chain((drawn) =>
        fc.constantFrom("runtime", "buildtime").map((phase) => `${language}@${phase}:${drawn.join("")}`),
      );
  const source = fc.oneof(words(scriptWords, "javascript"), words(templateWords, "handlebars"));
  const property = fc.property(source, events, people, (value, event, person) => {
    const document = program([campaign([controller([onEvent("purchase")], { data: [{ name: "x", value }] })])]);
    const compilation = compileProgram(document);
    if (!compilation.ok) {
      expect(compilation.error[0]?.message).not.toBe("");
      return;
    }
    made++;
    const datum = compilation.value.controllers[0]?.data[0]?.value;
    if (datum?.kind === "code")
      toJson(evaluate(compilation.value, datum.pc, context(compilation.value, { event, person })));
  });
  fc.assert(property, { numRuns });
  return made;
}
