// The properties that random programs hold, as functions of the number of runs: some in each run of the tests, millions when asked for (`npm run fuzz`).

import fc from "fast-check";
import { expect } from "vitest";
import {
  candidates,
  compileProgram,
  evaluate,
  evaluatePhase,
  evaluateRest,
  isRuleError,
  type RuleValue,
  shortlist,
  toJson,
} from "../../src/rules/mod.ts";
import { startOf } from "../../src/rules/run/phase_table.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { campaign, CAMPAIGN_ID, codeOf, compiled, context, controller, NOW_MS, onEvent, program } from "./fixtures.ts";
import { events, others, ownJourneys, people, qualityRules, rareTriggers } from "./rare_documents.ts";
import { rareVerdict } from "./rare_reference.ts";

/** Worlds that each random rule meets: compiling it costs as much as all of them. */
const WORLDS = 8;
/** Rules that are compiled as one program and meet the same worlds: making worlds and programs costs more than a rule. */
const RULES = 16;
/** Sources that are tried in one program. */
const SOURCES = 16;

export interface Seen {
  true: number;
  false: number;
  fault: number;
}

/** The machine against the plain interpreter, the head against the machine, the index against both. Returns how often each verdict was seen. */
export function fuzzRareTriggers(numRules: number, seed?: number): Seen {
  const seen: Seen = { true: 0, false: 0, fault: 0 };
  const world = fc.record({ event: events, person: people, other: others, journey: ownJourneys });
  const property = fc.property(
    fc.array(rareTriggers, { minLength: RULES, maxLength: RULES }),
    qualityRules,
    fc.array(world, { minLength: WORLDS, maxLength: WORLDS }),
    (all, rules, worlds) => {
      const steps = all.map((triggers, at) => controller(triggers, { id: `c${at}` }));
      const made = compiled(program([campaign(steps, { incentive: { quality_rules: rules } })]));
      // Compared by lists, since each `expect` costs as much as several verdicts.
      const decided: string[] = [];
      const expected: string[] = [];
      const odd: string[] = [];
      for (const { event, person, other, journey } of worlds) {
        const found = candidates(made, event);
        const listed = shortlist(made, { event, person });
        for (const [place, triggers] of all.entries()) {
          const own = made.controllers[place] ?? raise(`no controller ${place}`);
          const at = context(made, { event, person, otherPerson: other, journey, controller: own });
          const verdict = evaluatePhase(made, own.matching, at);
          const world = {
            nowMs: NOW_MS,
            event,
            person,
            other,
            journey,
            campaignId: CAMPAIGN_ID,
            program: "refer",
            rules,
          };
          const wanted = rareVerdict(triggers, world);
          seen[`${wanted}`]++;
          decided.push(isRuleError(verdict) ? "fault" : JSON.stringify(verdict));
          expected.push(String(wanted));
          if (!isSame(evaluate(codeOf(made), startOf(made.phases, own.matching), at), verdict))
            odd.push(`${own.id}: head`);
          if (verdict === true && !found.includes(own)) odd.push(`${own.id}: no candidate`);
          if (listed.includes(own.index)) {
            if (!isSame(evaluateRest(made, own.matching, at), verdict)) odd.push(`${own.id}: rest`);
          } else if (verdict !== false && found.includes(own)) odd.push(`${own.id}: not on the shortlist`);
        }
      }
      expect(odd).toEqual([]);
      expect(decided).toEqual(expected);
    },
  );
  fc.assert(property, { numRuns: Math.ceil(numRules / RULES), ...(seed === undefined ? {} : { seed }) });
  return seen;
}

function isSame(left: RuleValue, right: RuleValue): boolean {
  return isRuleError(left) && isRuleError(right)
    ? left.code === right.code && left.message === right.message
    : left === right;
}

function raise(message: string): never {
  throw new Error(message);
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
export function fuzzSources(numSources: number): number {
  let made = 0;
  const words = (list: readonly string[], language: string): fc.Arbitrary<string> =>
    fc
      .array(fc.constantFrom(...list), { maxLength: 14 })
      .chain((drawn) =>
        fc.constantFrom("runtime", "buildtime").map((phase) => `${language}@${phase}:${drawn.join("")}`),
      );
  const source = fc.oneof(words(scriptWords, "javascript"), words(templateWords, "handlebars"));
  const sources = fc.array(source, { minLength: SOURCES, maxLength: SOURCES });
  const property = fc.property(sources, events, people, (values, event, person) => {
    const data = values.map((value, at) => ({ name: `x${at}`, value }));
    const documentOf = (kept: typeof data): ProgramDocument =>
      program([campaign([controller([onEvent("purchase")], { data: kept })])]);
    const whole = compileProgram(documentOf(data));
    const errors = whole.ok ? [] : whole.error;
    for (const { message } of errors) expect(message).not.toBe("");
    // What nothing is said against compiles by itself, too.
    const refused = new Set(errors.map((error) => error.data));
    const kept = data.filter(({ name }) => !refused.has(name));
    made += kept.length;
    if (kept.length === 0) return;
    const without = compiled(documentOf(kept));
    const own = without.controllers[0]?.data ?? [];
    expect(own).toHaveLength(kept.length);
    for (const { value } of own)
      if (value.kind === "code") toJson(evaluate(codeOf(without), value.pc, context(without, { event, person })));
  });
  fc.assert(property, { numRuns: Math.ceil(numSources / SOURCES) });
  return made;
}
