// One event a request: asynchronous (answered when durable) and synchronous (answered when applied), beside a raw uWS
// server.
//
//   H1. Baseline and product take turns (A B A B); rows are medians over the rounds, ratios are made round by round.

import { asyncCase, httpCases, type PreparedCase, prepared, startFor } from "./http_cases.ts";
import { measure, ratiosOf, type Round, type RoundOptions } from "./http_round.ts";
import { type LoadGenerator, refusalsNote } from "./load_order.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import { type ServerProcess, startBaseline } from "./server_process.ts";

interface Budget extends Omit<RoundOptions, "generator"> {
  readonly rounds: number;
}

const budgets: Readonly<Record<BenchMode, Budget>> = {
  quick: { warmUpMs: 500, durationMs: 1_000, rounds: 3, bodies: 30_000 },
  full: { warmUpMs: 1_500, durationMs: 5_000, rounds: 5, bodies: 200_000 },
};

const PACED_LOAD_SHARE = 0.8;
/** Above this the generator's one thread was the limit, and a throughput is a lower bound only. */
const GENERATOR_FULL_CPU_SHARE = 0.95;

export async function run(): Promise<Row[]> {
  const baseline = await startBaseline();
  const rows: Row[] = [];
  for (const httpCase of httpCases) {
    const laurel = await startFor(httpCase);
    rows.push(...(await compare(await prepared(httpCase, laurel), baseline, laurel)));
    await laurel.stop();
  }
  await baseline.stop();
  return rows;
}

/** The baseline alone, for the time before there is a product to compare. */
export async function runBaselineOnly(): Promise<Row[]> {
  const baseline = await startBaseline();
  const budget = budgets[benchMode()];
  const rounds: Round[] = [];
  for (let i = 0; i < budget.rounds; i++) {
    rounds.push(await measure(baseline, { ...asyncCase, sent: null }, { ...budget, generator: { kind: "closed" } }));
  }
  await baseline.stop();
  return roundRows("http baseline", rounds);
}

async function compare(httpCase: PreparedCase, baseline: ServerProcess, laurel: ServerProcess): Promise<Row[]> {
  const budget = budgets[benchMode()];
  const closed: RoundOptions = { ...budget, generator: { kind: "closed" } };
  const baselineRounds: Round[] = [];
  const laurelRounds: Round[] = [];
  for (let i = 0; i < budget.rounds; i++) {
    baselineRounds.push(await measure(baseline, httpCase, closed));
    laurelRounds.push(await measure(laurel, httpCase, closed));
  }
  const prefix = `http ${httpCase.name}`;
  const rows = [
    ...roundRows(`${prefix} laurel`, laurelRounds, httpCase.cpuTarget),
    ...roundRows(`${prefix} baseline`, baselineRounds),
    ratioRow(prefix, httpCase, laurelRounds, baselineRounds),
  ];
  // A generator that is full before the baseline is (see socket_load.ts): only where there is time.
  if (benchMode() === "full") rows.push(await autocannonRow(prefix, httpCase, baseline, laurel));
  if (httpCase.name === "sync") rows.push(...(await latencyRows(prefix, httpCase, baseline, laurel, laurelRounds)));
  return rows;
}

async function autocannonRow(
  prefix: string,
  httpCase: PreparedCase,
  baseline: ServerProcess,
  laurel: ServerProcess,
): Promise<Row> {
  const options: RoundOptions = { ...budgets[benchMode()], generator: { kind: "autocannon" } };
  const theirs: Round[] = [];
  const ours: Round[] = [];
  for (let i = 0; i < AUTOCANNON_ROUNDS; i++) {
    theirs.push(await measure(baseline, httpCase, options));
    ours.push(await measure(laurel, httpCase, options));
  }
  const ratios = ratiosOf(ours, theirs);
  return {
    name: `${prefix} ratio by autocannon`,
    value: median(ratios),
    unit: "x",
    target: httpCase.ratioTarget,
    note: `${perSecond(ours)} : ${perSecond(theirs)}; generator CPU share ${share(ours)}, ${share(theirs)}; ${roundsNote(ratios)}`,
  };
}

const AUTOCANNON_ROUNDS = 3;

async function latencyRows(
  prefix: string,
  httpCase: PreparedCase,
  baseline: ServerProcess,
  laurel: ServerProcess,
  laurelRounds: readonly Round[],
): Promise<Row[]> {
  const budget = budgets[benchMode()];
  const fullPerSecond = median(laurelRounds.map((round) => round.load.requests / (round.load.durationMs / 1000)));
  const ratePerSecond = Math.max(1, Math.round(fullPerSecond * PACED_LOAD_SHARE));
  const generator: LoadGenerator = { kind: "paced", ratePerSecond };
  const paced: RoundOptions = { ...budget, generator, durationMs: budget.durationMs * LATENCY_ROUNDS };
  const ours = await measure(laurel, httpCase, paced);
  const theirs = await measure(baseline, httpCase, paced);
  const note = `open loop at ${ratePerSecond}/s, from the due time`;
  return [
    { name: `${prefix} laurel p50 at 80 % load`, value: ours.load.latencyP50Ms, unit: "ms", note },
    {
      name: `${prefix} laurel p99 at 80 % load`,
      value: ours.load.latencyP99Ms,
      unit: "ms",
      target: "<= 10",
      note: `${note}; ${refusalsNote([ours.load])}`,
    },
    {
      name: `${prefix} baseline p99 at that rate`,
      value: theirs.load.latencyP99Ms,
      unit: "ms",
      note: "what generator and machine add",
    },
  ];
}

/** The latency round is longer than a throughput round: a p99 wants samples. */
const LATENCY_ROUNDS = 2;

function roundRows(name: string, rounds: readonly Round[], cpuTarget: string | null = null): Row[] {
  const throughputs = rounds.map((round) => round.eventsPerSecond);
  const cpuUs = rounds.map((round) => round.cpuUsPerEvent);
  const generator = rounds.map((round) => round.load.cpuShare);
  const isGeneratorFull = median(generator) >= GENERATOR_FULL_CPU_SHARE;
  const notes = [roundsNote(throughputs), refusalsNote(rounds.map(({ load }) => load))];
  if (isGeneratorFull) notes.push("generator full: a lower bound");
  const cpuRow: Row = { name: `${name} server CPU`, value: median(cpuUs), unit: "us/event", note: roundsNote(cpuUs) };
  return [
    { name: `${name} throughput`, value: median(throughputs), unit: "events/s", note: notes.join("; ") },
    cpuTarget === null ? cpuRow : { ...cpuRow, target: cpuTarget },
    { name: `${name} p99 at full load`, value: median(rounds.map((round) => round.load.latencyP99Ms)), unit: "ms" },
    { name: `${name} time to rest`, value: median(rounds.map((round) => round.drainMs)), unit: "ms" },
    { name: `${name} load generator CPU share`, value: median(generator), unit: "cores" },
  ];
}

function ratioRow(prefix: string, httpCase: PreparedCase, ours: readonly Round[], theirs: readonly Round[]): Row {
  const ratios = ratiosOf(ours, theirs);
  return {
    name: `${prefix} ratio to baseline`,
    value: median(ratios),
    unit: "x",
    target: httpCase.ratioTarget,
    note: roundsNote(ratios),
  };
}

function perSecond(rounds: readonly Round[]): string {
  return `${Math.round(median(rounds.map((round) => round.eventsPerSecond)))}/s`;
}

function share(rounds: readonly Round[]): string {
  return median(rounds.map((round) => round.load.cpuShare)).toFixed(2);
}
