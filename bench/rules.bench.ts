// What rules cost: evaluations of one rule, and whole events against 10 to 10,000 live rules, beside other engines.
//
// Every engine gets the same rules and the same events: name is one of 20, country is a literal, cart value at least n, the
// person has an identity, and fewer than n prior steps of a name. A rule is met only by all five. The others take every
// rule for every event, as they are meant to be used; Laurel's index leaves most of them out.
//
//   B0. Figures are per second of CPU of the whole process: a rival that spreads over threads gains nothing by that.
//   B1. Before anything is timed, all engines must agree on how many rules the events meet.
//   B2. Events are spread over the rules that exist, so that each event has exactly one rule for its name and country.
//   B3. Sizes take turns of a fifth of a second: the memory of these machines is twice as fast in one minute as in the next.

import { pathToFileURL } from "node:url";
import { type Decision, ruleEngines } from "./rule_engines.ts";
import { CASES, casesFor, factsOf, handWritten, type RuleCase, ruleProgram, rulesOf } from "./rule_cases.ts";
import {
  compileProgram,
  evaluatePhase,
  evaluateRest,
  type Phase,
  type Program,
  type RuleContext,
  shortlist,
} from "../src/rules/mod.ts";
import { machine, tableOf } from "./report.ts";
import { median, type Row, roundsNote } from "./row.ts";

const RULE_COUNTS = [10, 100, 1_000, 10_000];
const ROUNDS = 5;
const ROUND_MS = 200;
const TURNS = 15;
/** Looking at the clock costs a microsecond; so it is done seldom. */
const CALLS_PER_LOOK = 20_000;
/** Each rival and size: long enough for a figure, short because 10,000 rules take one of them 0.1 s an event. */
const RIVAL_MS = 700;
/** Events on which B1 compares; at 10,000 rules fewer, for the same reason. */
const COMPARED_EVENTS = 64;

export async function run(): Promise<Row[]> {
  const rows: Row[] = [...evaluationRows(), ...matchingRows()];
  for (const engine of ruleEngines) {
    for (const count of RULE_COUNTS) rows.push(await rivalRow(engine.name, engine.open(rulesOf(count)), count));
  }
  return rows;
}

function openProgram(count: number): Program {
  const compiled = compileProgram(ruleProgram(rulesOf(count)));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error[0]));
  return compiled.value;
}

/** One rule whose five conditions all hold, so that nothing is cut short; and the same as a JavaScript function. */
function evaluationRows(): Row[] {
  const program = openProgram(1);
  const phase = matchingOf(program);
  const cases = casesFor(program, 1).filter(({ context }) => evaluatePhase(program, phase, context) === true);
  const limit = at(rulesOf(1).map(handWritten), 0);
  const overAll = (verdict: (context: RuleContext) => boolean): number[] =>
    rounds((calls) => {
      let met = 0;
      for (let i = 0; i < calls; i++) if (verdict(at(cases, i % cases.length).context)) met++;
      return met;
    });
  const samples = overAll((context) => evaluatePhase(program, phase, context) === true);
  const best = overAll(limit);
  const { cpu, cores, node } = machine();
  const where = `${cpu}, ${cores} cores, Node ${node}; per second of CPU`;
  return [
    {
      name: "one rule of five conditions",
      value: median(samples),
      unit: "evaluations/s",
      target: ">= 20 M",
      note: `${roundsNote(samples)}; ${where}`,
    },
    {
      name: "the same rule as a JavaScript function",
      value: median(best),
      unit: "evaluations/s",
      note: roundsNote(best),
    },
  ];
}

function matchingOf({ controllers: [controller] }: Program): Phase {
  if (controller === undefined) throw new Error("a program without rules");
  return controller.matching;
}

/** B3. Figures of sizes, and what an event costs more at the largest than at the smallest, of each turn. */
function matchingRows(): Row[] {
  const sizes = RULE_COUNTS.map((count) => {
    const program = openProgram(count);
    return { count, program, cases: casesFor(program, count), samples: [] as number[] };
  });
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const { program, cases, samples } of sizes) {
      const perSecond = round((calls) => {
        let met = 0;
        for (let i = 0; i < calls; i++) met += meet(program, at(cases, i % CASES));
        return met;
      });
      if (turn > 0) samples.push(perSecond);
    }
  }
  const rows = sizes.map(({ count, samples }): Row => {
    const row = { name: `events against ${count} rules`, value: median(samples), unit: "events/s" };
    const note = `${roundsNote(samples)}; ${Math.max(...samples).toExponential(1)} at best`;
    return count === 100 ? { ...row, note, target: ">= 5 M" } : { ...row, note };
  });
  const [least, most] = [at(sizes, 0).samples, at(sizes, sizes.length - 1).samples];
  const growth = least.map((fast, turn) => fast / at(most, turn)).sort((a, b) => a - b);
  // Memory, not work: what is looked at is as much, but no longer in the cache.
  rows.push({
    name: "cost of an event, 10,000 rules over 10",
    value: median(growth),
    unit: "times",
    target: "<= 2",
    note: `${roundsNote(growth)}; ${at(growth, 0).toFixed(1)} to ${at(growth, growth.length - 1).toFixed(1)}`,
  });
  return rows;
}

/** How many rules the event meets. */
function meet(program: Program, { context, point }: RuleCase): number {
  const numbers = shortlist(program, context);
  let met = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = at(numbers, i);
    point(at(program.controllers, number));
    if (evaluateRest(program, number, context) === true) met++;
  }
  return met;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}

/** Calls a second of CPU, a figure a round; the first round warms up and is dropped. */
function rounds(work: (calls: number) => number): number[] {
  return Array.from({ length: ROUNDS + 1 }, () => round(work)).slice(1);
}

/** @param work returns how many rules were met, which keeps it from being optimised away */
function round(work: (calls: number) => number): number {
  const startMs = cpuMs();
  let calls = 0;
  let met = 0;
  for (let elapsedMs = 0; elapsedMs < ROUND_MS; elapsedMs = cpuMs() - startMs) {
    met += work(CALLS_PER_LOOK);
    calls += CALLS_PER_LOOK;
  }
  if (met === 0) throw new Error("no event met a rule");
  return (calls * 1000) / (cpuMs() - startMs);
}

/** Of all threads of the process: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function rivalRow(name: string, decide: Decision, count: number): Promise<Row> {
  const program = openProgram(count);
  const cases = casesFor(program, count);
  let expected = 0;
  let met = 0;
  for (const one of cases.slice(0, count === 10_000 ? COMPARED_EVENTS / 8 : COMPARED_EVENTS)) {
    expected += meet(program, one);
    met += await decide(factsOf(one));
  }
  if (met !== expected) throw new Error(`B1: ${name} meets ${met} of ${count} rules, Laurel ${expected}`);
  const facts = cases.map(factsOf);
  const startMs = cpuMs();
  let events = 0;
  while (cpuMs() - startMs < RIVAL_MS) await decide(at(facts, events++ % CASES));
  const value = (events * 1000) / (cpuMs() - startMs);
  return { name: `${name}: events against ${count} rules`, value, unit: "events/s" };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${tableOf(await run())}\n`);
}
