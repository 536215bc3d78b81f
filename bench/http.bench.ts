// One event a request: asynchronous (answered when durable) and synchronous (answered when applied), beside a raw uWS
// server.
//
//   H1. Baseline and product take turns (A B A B); rows are medians over the rounds, ratios are made round by round.
//   H2. Throughput counts what was accepted (2xx) and completely worked off: the time a server needs to come to rest
//       is part of its round.
//   H3. CPU is that of the server process alone, all threads, from before the first request until it rests.

import { fileURLToPath } from "node:url";
import { type LoadContent, type LoadGenerator, type LoadOrder, type LoadResult, refusalsNote } from "./load_order.ts";
import { runLoad } from "./load_process.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import {
  drainMs,
  newDirectory,
  SERVER_HOST,
  SERVER_TOKEN,
  type ServerProcess,
  startBaseline,
  startLaurel,
} from "./server_process.ts";

interface HttpCase {
  readonly name: string;
  readonly path: string;
  readonly ratioTarget: string;
  readonly cpuTarget: string | null;
  /** Of the demo programme, which is then the one that is served. Absent: events of the workload. */
  readonly content?: (laurel: ServerProcess) => Promise<LoadContent>;
}

/** With what is sent; null: events of the workload. */
interface PreparedCase extends HttpCase {
  readonly sent: LoadContent | null;
}

const asyncCase: HttpCase = { name: "async", path: "/v6/async-events", ratioTarget: ">= 0.6", cpuTarget: "<= 20" };
const syncCase: HttpCase = { name: "sync", path: "/v6/events", ratioTarget: ">= 0.5", cpuTarget: null };

const zoneCase: HttpCase = {
  name: "zone",
  path: "/v5/zones",
  ratioTarget: ">= 0.5",
  cpuTarget: null,
  content: async () => ({ kind: "zone", zone: "share_experience" }),
};

const tokenCase: HttpCase = {
  name: "consumer token",
  path: "/api/v5/token",
  ratioTarget: ">= 0.5",
  cpuTarget: null,
  content: async () => ({ kind: "visits", body: "{}", tokens: [] }),
};

const visitCase: HttpCase = {
  name: "consumer event",
  path: "/events",
  ratioTarget: ">= 0.5",
  cpuTarget: null,
  content: async (laurel) => ({ kind: "visits", body: VISIT, tokens: await visitorsOf(laurel) }),
};

const VISIT = JSON.stringify({
  event_name: "page_viewed",
  data: { page: "product", url: "https://shop.example.com/a" },
});
const VISITORS = 1_000;

async function visitorsOf({ url }: ServerProcess): Promise<string[]> {
  const headers = { "content-type": "application/json" };
  const tokens: string[] = [];
  while (tokens.length < VISITORS) {
    const reply = await fetch(`${url}/api/v5/token`, { method: "POST", body: "{}", headers });
    tokens.push(((await reply.json()) as { access_token: string }).access_token);
  }
  return tokens;
}

interface Budget {
  readonly warmUpMs: number;
  readonly roundMs: number;
  readonly rounds: number;
  readonly bodies: number;
}

const budgets: Readonly<Record<BenchMode, Budget>> = {
  quick: { warmUpMs: 500, roundMs: 1_000, rounds: 3, bodies: 30_000 },
  full: { warmUpMs: 1_500, roundMs: 5_000, rounds: 5, bodies: 200_000 },
};

const DEMO_PROGRAMS = fileURLToPath(new URL("../../config/programs", import.meta.url));

/** Enough in flight that group commit has something to group; the reference load of the targets. */
const CONNECTIONS = 128;
const PACED_LOAD_SHARE = 0.8;
/** Above this the generator's one thread was the limit, and a throughput is a lower bound only. */
const GENERATOR_FULL_CPU_SHARE = 0.95;

/** One round against one server. */
interface Round {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
  readonly load: LoadResult;
  readonly drainMs: number;
}

/** Streams are never reused within a run, so that order ids stay unique. */
let nextStream = 1;

export async function run(): Promise<Row[]> {
  const baseline = await startBaseline();
  const rows: Row[] = [];
  for (const httpCase of [asyncCase, syncCase, zoneCase, tokenCase, visitCase]) {
    const laurel = await startLaurel({
      dataDirectory: newDirectory(`http-${httpCase.name}`),
      ...(httpCase.content === undefined ? {} : { environment: { LAUREL_PROGRAMS: DEMO_PROGRAMS } }),
    });
    const sent = (await httpCase.content?.(laurel)) ?? null;
    rows.push(...(await compare({ ...httpCase, sent }, baseline, laurel)));
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
    rounds.push(await measure(baseline, { ...asyncCase, sent: null }, { kind: "closed" }, budget.roundMs));
  }
  await baseline.stop();
  return roundRows("http baseline", rounds);
}

async function compare(httpCase: PreparedCase, baseline: ServerProcess, laurel: ServerProcess): Promise<Row[]> {
  const budget = budgets[benchMode()];
  const closed: LoadGenerator = { kind: "closed" };
  const baselineRounds: Round[] = [];
  const laurelRounds: Round[] = [];
  for (let i = 0; i < budget.rounds; i++) {
    baselineRounds.push(await measure(baseline, httpCase, closed, budget.roundMs));
    laurelRounds.push(await measure(laurel, httpCase, closed, budget.roundMs));
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
  const { roundMs } = budgets[benchMode()];
  const theirs: Round[] = [];
  const ours: Round[] = [];
  for (let i = 0; i < AUTOCANNON_ROUNDS; i++) {
    theirs.push(await measure(baseline, httpCase, { kind: "autocannon" }, roundMs));
    ours.push(await measure(laurel, httpCase, { kind: "autocannon" }, roundMs));
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
  const { roundMs } = budgets[benchMode()];
  const fullPerSecond = median(laurelRounds.map((round) => round.load.requests / (round.load.durationMs / 1000)));
  const ratePerSecond = Math.max(1, Math.round(fullPerSecond * PACED_LOAD_SHARE));
  const paced: LoadGenerator = { kind: "paced", ratePerSecond };
  const ours = await measure(laurel, httpCase, paced, roundMs * LATENCY_ROUNDS);
  const theirs = await measure(baseline, httpCase, paced, roundMs * LATENCY_ROUNDS);
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

async function measure(
  server: ServerProcess,
  httpCase: PreparedCase,
  generator: LoadGenerator,
  durationMs: number,
): Promise<Round> {
  const order: LoadOrder = {
    host: SERVER_HOST,
    port: server.port,
    path: httpCase.path,
    token: SERVER_TOKEN,
    connections: CONNECTIONS,
    warmUpMs: budgets[benchMode()].warmUpMs,
    durationMs,
    generator,
    stream: nextStream++,
    bodies: budgets[benchMode()].bodies,
    ...(httpCase.sent === null ? {} : { content: httpCase.sent }),
  };
  let cpuBefore = server.cpuSeconds();
  const load = await runLoad(order, async () => {
    await drainMs(server);
    cpuBefore = server.cpuSeconds();
  });
  const restMs = await drainMs(server);
  const cpuSeconds = server.cpuSeconds() - cpuBefore;
  const accepted = load.requests - load.non2xx;
  return {
    eventsPerSecond: accepted / ((load.durationMs + restMs) / 1000),
    cpuUsPerEvent: (cpuSeconds * 1e6) / accepted,
    load,
    drainMs: restMs,
  };
}

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

/** H1. */
function ratiosOf(ours: readonly Round[], theirs: readonly Round[]): number[] {
  return ours.map((round, i) => round.eventsPerSecond / (theirs[i]?.eventsPerSecond ?? Number.NaN));
}

function perSecond(rounds: readonly Round[]): string {
  return `${Math.round(median(rounds.map((round) => round.eventsPerSecond)))}/s`;
}

function share(rounds: readonly Round[]): string {
  return median(rounds.map((round) => round.load.cpuShare)).toFixed(2);
}
