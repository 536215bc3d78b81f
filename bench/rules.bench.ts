// What rules cost: evaluations of one rule, and whole events against 10 to 10,000 live rules, beside other engines.
//
// Every engine gets the same rules and the same events: name is one of 20, country is a literal, cart value at least n, the
// person has an identity, and fewer than n prior steps of a name. A rule is met only by all five. The others take every
// rule for every event, as they are meant to be used; Laurel's index leaves most of them out.
//
//   B1. Before anything is timed, all engines must agree on how many rules the events meet.
//   B2. Events are spread over the rules that exist, so that each event has about one rule for its name and country.

import { pathToFileURL } from "node:url";
import { type Decision, ruleEngines } from "./rule_engines.ts";
import { CASES, casesFor, type RuleCase, ruleProgram, rulesOf } from "./rule_cases.ts";
import { candidates, compileProgram, evaluate, type Program } from "../src/rules/mod.ts";
import { machine, tableOf } from "./report.ts";
import { median, type Row, roundsNote } from "./row.ts";

const RULE_COUNTS = [10, 100, 1_000, 10_000];
const ROUNDS = 5;
const ROUND_MS = 200;
/** Each rival and size: long enough for a figure, short because 10,000 rules take one of them 0.1 s an event. */
const RIVAL_MS = 700;
/** Events on which B1 compares; at 10,000 rules fewer, for the same reason. */
const COMPARED_EVENTS = 64;

export async function run(): Promise<Row[]> {
  const { cpu, cores, node } = machine();
  const rows: Row[] = [evaluationRow(`${cpu}, ${cores} cores, Node ${node}`)];
  const perEvent = new Map<number, number>();
  for (const count of RULE_COUNTS) {
    const row = matchingRow(count);
    perEvent.set(count, 1 / row.value);
    rows.push(row);
  }
  const growth = (perEvent.get(10_000) ?? 0) / (perEvent.get(10) ?? 1);
  rows.push({ name: "laurel: cost of an event, 10,000 rules over 10", value: growth, unit: "times", target: "<= 2" });
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

/** One rule whose five conditions all hold, so that nothing is cut short. */
function evaluationRow(note: string): Row {
  const program = openProgram(1);
  const cases = casesFor(program, 1).filter(({ context }) => evaluate(program, matchingOf(program), context) === true);
  if (cases.length === 0) throw new Error("no event meets the rule");
  const pc = matchingOf(program);
  const samples = rounds((calls) => {
    let met = 0;
    for (let i = 0; i < calls; i++) {
      const { context } = at(cases, i % cases.length);
      if (evaluate(program, pc, context) === true) met++;
    }
    return met;
  });
  return { name: "laurel: one rule of five conditions", value: median(samples), unit: "evaluations/s", target: ">= 20 M", note: `${roundsNote(samples)}; ${note}` };
}

function matchingOf(program: Program): number {
  return program.controllers[0]?.matching ?? -1;
}

function matchingRow(count: number): Row {
  const program = openProgram(count);
  const cases = casesFor(program, count);
  const samples = rounds((calls) => {
    let met = 0;
    for (let i = 0; i < calls; i++) met += meet(program, at(cases, i % CASES));
    return met;
  });
  const base = { name: `laurel: events against ${count} rules`, value: median(samples), unit: "events/s", note: roundsNote(samples) };
  return count === 100 ? { ...base, target: ">= 5 M" } : base;
}

/** How many rules the event meets. */
function meet(program: Program, { event, context, point }: RuleCase): number {
  const controllers = candidates(program, event);
  let met = 0;
  for (let i = 0; i < controllers.length; i++) {
    const controller = at(controllers, i);
    point(controller);
    if (evaluate(program, controller.matching, context) === true) met++;
  }
  return met;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}

/** Calls a second, a figure a round; the first round warms up and is dropped. */
function rounds(work: (calls: number) => number): number[] {
  const samples: number[] = [];
  let sink = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const startMs = performance.now();
    let calls = 0;
    let elapsedMs = 0;
    while (elapsedMs < ROUND_MS) {
      sink += work(20_000);
      calls += 20_000;
      elapsedMs = performance.now() - startMs;
    }
    if (round > 0) samples.push((calls * 1000) / elapsedMs);
  }
  // Keeps the work from being optimised away.
  if (sink < 0) throw new Error("unreachable");
  return samples;
}

async function rivalRow(name: string, decide: Decision, count: number): Promise<Row> {
  const program = openProgram(count);
  const cases = casesFor(program, count);
  const compared = cases.slice(0, count === 10_000 ? 8 : COMPARED_EVENTS);
  let expected = 0;
  let met = 0;
  for (const one of compared) {
    expected += meet(program, one);
    met += await decide(one.facts);
  }
  if (met !== expected) throw new Error(`B1: ${name} meets ${met} of ${count} rules, Laurel ${expected}`);
  const startMs = performance.now();
  let events = 0;
  while (performance.now() - startMs < RIVAL_MS) await decide(at(cases, events++ % CASES).facts);
  const value = (events * 1000) / (performance.now() - startMs);
  return { name: `${name}: events against ${count} rules`, value, unit: "events/s" };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${tableOf(await run())}\n`);
}
