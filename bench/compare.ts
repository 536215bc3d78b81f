// `npm run bench:compare -- DIRECTORY [CASE ...]`: this checkout beside another one that is built, in turns.
//
//   C1. Within a round: raw uWS, the other, this. A change counts when its ratios to raw uWS and its CPU per event say
//       so over the rounds; times of two runs cannot be compared.
//   C2. Both servers stay up for all rounds of a case, so that both are as warm and have as much state.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type HttpCase, httpCases, prepared, startFor } from "./http_cases.ts";
import { measure, ratiosOf, type Round, type RoundOptions } from "./http_round.ts";
import { figureOf, markdownTable } from "./report.ts";
import { median, roundsNote } from "./row.ts";
import { laurelScript, startBaseline, stopAll } from "./server_process.ts";

const USAGE =
  "npm run bench:compare -- DIRECTORY [CASE ...] [--rounds 4] [--ms 2500] [--autocannon]\n" +
  `DIRECTORY: a checkout that is built; CASE: ${httpCases.map(({ name }) => `"${name}"`).join(", ")}; without: async and sync`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "4" },
    ms: { type: "string", default: "2500" },
    autocannon: { type: "boolean", default: false },
  },
});
const [directory, ...names] = positionals;
const rounds = Number(values.rounds);
const options: RoundOptions = {
  generator: { kind: values.autocannon ? "autocannon" : "closed" },
  warmUpMs: 1_000,
  durationMs: Number(values.ms),
  bodies: 100_000,
};
const other = directory === undefined ? null : join(resolve(directory), "dist/laurel/main.js");
const cases = (names.length === 0 ? ["async", "sync"] : names).map((name) =>
  httpCases.find((httpCase) => httpCase.name === name),
);
if (other === null || cases.includes(undefined) || !(rounds >= 1) || !(options.durationMs > 0)) refuse(USAGE);
else if (!existsSync(other)) refuse(`not found: ${other}; is the other checkout built?`);
else {
  process.once("exit", stopAll);
  for (const httpCase of cases) if (httpCase !== undefined) await compare(httpCase, other);
  process.exit(0);
}

async function compare(httpCase: HttpCase, otherScript: string): Promise<void> {
  const baseline = await startBaseline();
  const before = await startFor(httpCase, otherScript);
  const now = await startFor(httpCase, laurelScript());
  const sides = [
    { name: "raw uWS", server: baseline, content: await prepared(httpCase, now), rounds: [] as Round[] },
    { name: "the other", server: before, content: await prepared(httpCase, before), rounds: [] as Round[] },
    { name: "this", server: now, content: await prepared(httpCase, now), rounds: [] as Round[] },
  ];
  for (let i = 0; i < rounds; i++) {
    for (const side of sides) side.rounds.push(await measure(side.server, side.content, options));
  }
  const raw = sides[0]?.rounds ?? [];
  const rows = sides.map((side) => [side.name, ...cellsOf(side.rounds, raw)]);
  process.stdout.write(
    `${httpCase.name}, ${options.generator.kind}\n${markdownTable(["server", "events/s", "ratio to raw", "CPU us/event", "p50 ms", "p99 ms", "generator", "CPU of each round"], rows)}\n`,
  );
  await Promise.all(sides.map((side) => side.server.stop()));
}

function cellsOf(of: readonly Round[], raw: readonly Round[]): string[] {
  const middle = (figure: (round: Round) => number): string => figureOf(median(of.map(figure)));
  const ratios = ratiosOf(of, raw);
  return [
    middle((round) => round.eventsPerSecond),
    `${figureOf(median(ratios))} (${roundsNote(ratios)})`,
    middle((round) => round.cpuUsPerEvent),
    middle((round) => round.load.latencyP50Ms),
    middle((round) => round.load.latencyP99Ms),
    middle((round) => round.load.cpuShare),
    of.map((round) => figureOf(round.cpuUsPerEvent)).join(" "),
  ];
}

function refuse(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exitCode = 2;
}
