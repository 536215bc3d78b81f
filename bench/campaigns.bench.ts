// What operating campaigns costs: publishing with a hundred of them live, and publishing ten times a second in the middle of a firehose.
//
//   P1. The campaigns that are published are among those that decide the load's events.
//   P2. Rounds with and without publishing take turns; ratios are made round by round.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import type { CampaignDocument, ProgramDocument } from "../src/model/campaign.ts";
import { type LoadResult, refusalsNote } from "./load_order.ts";
import { runLoad } from "./load_process.ts";
import { REFERENCE_CLIENT, referenceProgram } from "./programs.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import { drainMs, newDirectory, SERVER_HOST, SERVER_TOKEN, type ServerProcess, startLaurel } from "./server_process.ts";

interface Budget {
  readonly publishes: number;
  readonly rounds: number;
  readonly roundMs: number;
  readonly bodies: number;
}

const budgets: Readonly<Record<BenchMode, Budget>> = {
  quick: { publishes: 20, rounds: 3, roundMs: 2_000, bodies: 30_000 },
  full: { publishes: 100, rounds: 5, roundMs: 5_000, bodies: 200_000 },
};

const LIVE_CAMPAIGNS = 100;
/** Begun when it is due, however long the ones before take: operators do not wait for one another. */
const PUBLISH_EVERY_MS = 100;
const OPERATORS = 5;
const CONNECTIONS = 128;
const WARM_UP_MS = 500;
/** Of the load that a server takes at most: where latency is told from queueing. */
const PACED_LOAD_SHARE = 0.5;
/** Streams that no other benchmark reaches. */
let nextStream = 3_000;

export async function run(): Promise<Row[]> {
  const directory = newDirectory("campaigns");
  const programs = join(directory, "many-programs");
  mkdirSync(programs, { recursive: true });
  const program = manyCampaigns();
  writeFileSync(join(programs, `${REFERENCE_CLIENT}.json`), JSON.stringify(program));
  const server = await startLaurel({ dataDirectory: directory, environment: { LAUREL_PROGRAMS: programs } });
  const operators = program.campaigns.slice(0, OPERATORS).map((campaign) => new Operator(server, campaign));
  const rows = [...(await publishRows(server, operators)), ...(await firehoseRows(server, operators))];
  await server.stop();
  return rows;
}

/** The reference program several times over, each time with ids of its own. */
function manyCampaigns(): ProgramDocument {
  const reference = referenceProgram();
  const copies = Array.from({ length: LIVE_CAMPAIGNS / reference.campaigns.length }, (_, copy) => {
    const text = JSON.stringify(reference.campaigns);
    return JSON.parse(
      text.replaceAll(/"691(\d)0000000000/g, `"69${copy + 2}$10000000000`),
    ) as ProgramDocument["campaigns"];
  });
  const campaigns = copies.flat().map((campaign, n) => ({ ...campaign, name: `${campaign.name} ${n}` }));
  return { ...reference, campaigns };
}

/** Changes a trigger of a campaign and publishes it, over and over. */
class Operator {
  readonly #server: ServerProcess;
  readonly #campaign: string;
  readonly #trigger: string;
  #n = 0;
  /** What was asked of this operator: one after the other. */
  #done: Promise<unknown> = Promise.resolve();

  constructor(server: ServerProcess, campaign: CampaignDocument) {
    this.#server = server;
    const [step] = campaign.steps;
    const trigger = step?.triggers.find(({ trigger_type }) => trigger_type === "EVENT");
    if (step === undefined || trigger === undefined) throw new Error("no trigger to change");
    this.#campaign = `/v2/campaigns/${campaign.campaign_id}`;
    this.#trigger = `${this.#campaign}/controllers/${step.id}/triggers/events/${trigger.trigger_id}`;
  }

  /** Time of the publish alone: the change of the draft before it switches nothing. Its answer means that every partition decides by it. */
  publish(): Promise<number> {
    const published = this.#done.then(() => this.#publish());
    this.#done = published;
    return published;
  }

  async #publish(): Promise<number> {
    await this.#send("PUT", this.#trigger, { event_names: ["page_viewed", `other_${this.#n++}`] });
    const startMs = performance.now();
    const answer = await this.#send("POST", `${this.#campaign}/publish`, {});
    if ("is_in_effect" in answer) throw new Error("a publish was answered before it was in effect");
    return performance.now() - startMs;
  }

  async #send(method: "PUT" | "POST", path: string, body: object): Promise<object> {
    // As `fetch` does it, at a fifth of the CPU, which is taken from what is measured.
    const response = await request(this.#server.url + path, {
      method,
      headers: { authorization: `Bearer ${SERVER_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.body.json();
    if (response.statusCode !== 200 || typeof answer !== "object" || answer === null)
      throw new Error(`${method} ${path}: ${response.statusCode} ${JSON.stringify(answer)}`);
    return answer;
  }
}

async function publishRows(server: ServerProcess, operators: readonly Operator[]): Promise<Row[]> {
  const samples: number[] = [];
  const cpuBefore = server.cpuSeconds();
  for (let n = 0; n < budgets[benchMode()].publishes / OPERATORS; n++)
    for (const operator of operators) samples.push(await operator.publish());
  const cpuMs = ((server.cpuSeconds() - cpuBefore) * 1000) / samples.length;
  samples.sort((a, b) => a - b);
  const worst = samples[Math.floor(samples.length * 0.95)] ?? Number.NaN;
  return [
    {
      name: `publish, ${LIVE_CAMPAIGNS} live campaigns`,
      value: median(samples),
      unit: "ms",
      target: "<= 100",
      note: `${roundsNote(samples)}; p95 ${worst.toFixed(0)} ms; until every partition has switched`,
    },
    { name: "server CPU of a publish", value: cpuMs, unit: "ms", note: "with the change of the draft before it" },
  ];
}

async function firehoseRows(server: ServerProcess, operators: readonly Operator[]): Promise<Row[]> {
  const full = await inTurns(server, operators, null);
  const undisturbed = median(full.calm.map(({ eventsPerSecond }) => eventsPerSecond));
  const rate = Math.max(1, Math.round(undisturbed * PACED_LOAD_SHARE));
  const paced = await inTurns(server, operators, rate);
  const throughput = ratios(full, ({ eventsPerSecond }) => eventsPerSecond);
  const latency = ratios(paced, ({ load }) => load.latencyP99Ms);
  const p99 = (all: readonly Round[]): string => median(all.map(({ load }) => load.latencyP99Ms)).toFixed(0);
  const all = [full, paced].flatMap(({ calm, disturbed }) => [...calm, ...disturbed]);
  const refused = refusalsNote(all.map(({ load }) => load));
  return [
    { name: "firehose, undisturbed", value: undisturbed, unit: "events/s", note: `${LIVE_CAMPAIGNS} live campaigns` },
    {
      name: "firehose while publishing",
      value: median(throughput),
      unit: "x",
      target: ">= 0.9",
      note: `${roundsNote(throughput)}; ${publishesNote(full)}, ${refused}`,
    },
    {
      name: "p99 while publishing",
      value: median(latency),
      unit: "x",
      target: "<= 2",
      note: `${roundsNote(latency)}; sync, open loop at ${rate}/s, ${publishesNote(paced)}: ${p99(paced.disturbed)} ms against ${p99(paced.calm)} ms`,
    },
  ];
}

/** P2. Neighbours belong together. */
interface Turns {
  readonly calm: readonly Round[];
  readonly disturbed: readonly Round[];
}

async function inTurns(server: ServerProcess, operators: readonly Operator[], rate: number | null): Promise<Turns> {
  const calm: Round[] = [];
  const disturbed: Round[] = [];
  for (let n = 0; n < budgets[benchMode()].rounds; n++) {
    calm.push(await round(server, [], rate));
    disturbed.push(await round(server, operators, rate));
  }
  return { calm, disturbed };
}

/** Disturbed over calm, of each pair of neighbours. */
function ratios({ calm, disturbed }: Turns, of: (round: Round) => number): number[] {
  return calm.map((each, n) => {
    const other = disturbed[n];
    return other === undefined ? Number.NaN : of(other) / of(each);
  });
}

/** How many were answered while the load ran, and in what time. */
function publishesNote({ disturbed }: Turns): string {
  const times = disturbed.flatMap(({ publishMs }) => publishMs);
  const perSecond = (times.length * 1000) / (disturbed.length * budgets[benchMode()].roundMs);
  return `${perSecond.toFixed(1)} publishes/s in ${median(times).toFixed(0)} ms`;
}

interface Round {
  readonly eventsPerSecond: number;
  /** Of each publish that was answered while the load ran. */
  readonly publishMs: readonly number[];
  readonly load: LoadResult;
}

/** @param operators publish in turn, ten times a second; none: nobody does */
async function round(
  server: ServerProcess,
  operators: readonly Operator[],
  ratePerSecond: number | null,
): Promise<Round> {
  const { roundMs, bodies } = budgets[benchMode()];
  const publishing = publishingBy(operators);
  const load = await runLoad(
    {
      host: SERVER_HOST,
      port: server.port,
      path: ratePerSecond === null ? "/v6/async-events" : "/v6/events",
      token: SERVER_TOKEN,
      connections: CONNECTIONS,
      warmUpMs: WARM_UP_MS,
      durationMs: roundMs,
      generator: ratePerSecond === null ? { kind: "closed" } : { kind: "paced", ratePerSecond },
      stream: nextStream++,
      bodies,
    },
    async () => {
      await drainMs(server);
      publishing.start();
    },
  );
  const publishMs = [...publishing.timesMs];
  await publishing.stop();
  const restMs = await drainMs(server);
  return { eventsPerSecond: (load.requests - load.non2xx) / ((load.durationMs + restMs) / 1000), publishMs, load };
}

interface Publishing {
  /** Of those that were answered so far. */
  readonly timesMs: readonly number[];
  start(): void;
  /** Begins no more; resolves when those under way are answered. Rejects if one was refused. */
  stop(): Promise<void>;
}

function publishingBy(operators: readonly Operator[]): Publishing {
  const timesMs: number[] = [];
  const underWay: Promise<void>[] = [];
  let n = 0;
  const begin = (): void => {
    const operator = operators[n++ % operators.length];
    if (operator !== undefined) underWay.push(operator.publish().then((tookMs) => void timesMs.push(tookMs)));
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    timesMs,
    start: () => {
      timer = setInterval(begin, PUBLISH_EVERY_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}
