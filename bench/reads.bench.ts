// What back ends read all day: a person by its id, and the first page of a long list of rewards.
//
//   R1. The baseline is the raw server of the HTTP benchmarks, which parses a body and answers; it takes turns with the product.
//   R2. Every event of this section earns a reward, so that the list is as long as the events are many.

import { sendBlocks } from "./bulk_load.ts";
import { type LoadOrder, refusalsNote } from "./load_order.ts";
import { runLoad } from "./load_process.ts";
import { referenceProgram } from "./programs.ts";
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
import { emailOf } from "./workload.ts";

interface Budget {
  readonly rewards: number;
  readonly rounds: number;
  readonly roundMs: number;
  readonly pages: number;
}

const budgets: Readonly<Record<BenchMode, Budget>> = {
  quick: { rewards: 100_000, rounds: 3, roundMs: 1_000, pages: 30 },
  full: { rewards: 1_000_000, rounds: 5, roundMs: 5_000, pages: 100 },
};

const REWARDS_OF_A_PERSON = 10;
const PERSONS_READ = 1_000;
const CONNECTIONS = 128;
const LINES_AT_ONCE = 5_000;
/** Streams that no other benchmark reaches. */
const FIRST_STREAM = 4_100;

export async function run(): Promise<Row[]> {
  const [baseline, laurel] = [await startBaseline(), await startEarning()];
  await earn(laurel);
  const rows = [...(await personRows(baseline, laurel)), ...(await listRows(laurel))];
  await laurel.stop();
  await baseline.stop();
  return rows;
}

/** R2. */
function startEarning(): Promise<ServerProcess> {
  const { suppliers, campaigns, ...program } = referenceProgram();
  const [first] = campaigns;
  const [supplier] = suppliers;
  if (first === undefined || supplier === undefined)
    throw new Error("the reference program has a campaign and a supplier");
  const bought = { trigger_type: "EVENT", trigger_phase: "MATCHING", event_names: ["bought"], event_type: "INPUT" };
  const steps = first.steps.map((step) => ({
    ...step,
    triggers: [{ trigger_id: "bought", ...bought }],
    actions: [
      {
        action_id: "earn",
        action_type: "EARN_REWARD",
        quality: "ALWAYS",
        reward_supplier_id: supplier.id,
        reward_name: "credit",
        tags: [],
        slots: [],
        data: {},
      },
    ],
  }));
  const earning = { ...program, suppliers, campaigns: [{ ...first, steps }] } as ReturnType<typeof referenceProgram>;
  return startLaurel({ dataDirectory: newDirectory("reads"), program: earning });
}

async function earn(laurel: ServerProcess): Promise<void> {
  const { rewards } = budgets[benchMode()];
  for (let from = 0; from < rewards; from += LINES_AT_ONCE) {
    const lines: string[] = [];
    for (let n = from; n < Math.min(rewards, from + LINES_AT_ONCE); n++)
      lines.push(`{"event_name":"bought","data":{"email":"${emailOf(Math.floor(n / REWARDS_OF_A_PERSON))}"}}\n`);
    await sendBlocks(laurel, [{ bytes: Buffer.from(lines.join("")), events: lines.length }]);
  }
  await drainMs(laurel);
}

async function personRows(baseline: ServerProcess, laurel: ServerProcess): Promise<Row[]> {
  const { rounds } = budgets[benchMode()];
  const reads = await personPaths(laurel);
  const ours: Round[] = [];
  const ratios: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const raw = await measure(baseline, FIRST_STREAM + n, null);
    const own = await measure(laurel, FIRST_STREAM + n, reads);
    ours.push(own);
    ratios.push(own.perSecond / raw.perSecond);
  }
  const cpuUs = ours.map((round) => round.cpuUs);
  const throughputs = ours.map((round) => round.perSecond);
  return [
    {
      name: "person read",
      value: median(throughputs),
      unit: "reads/s",
      note: `${roundsNote(throughputs)}; ${ours.at(-1)?.note}`,
    },
    { name: "person read, server CPU", value: median(cpuUs), unit: "us", target: "<= 30", note: roundsNote(cpuUs) },
    {
      name: "person read, ratio to baseline",
      value: median(ratios),
      unit: "x",
      target: ">= 0.7",
      note: roundsNote(ratios),
    },
  ];
}

/** Persons spread over all partitions. */
async function personPaths(laurel: ServerProcess): Promise<string[]> {
  const paths: string[] = [];
  const { rewards } = budgets[benchMode()];
  const persons = rewards / REWARDS_OF_A_PERSON;
  for (let n = 0; n < PERSONS_READ; n++) {
    const email = emailOf(Math.floor((n * persons) / PERSONS_READ));
    const [person] = (await get(laurel, `/v5/persons?identity_key_value=${email}`)) as { readonly id: string }[];
    if (person === undefined) throw new Error(`${email} is nobody`);
    paths.push(`/v5/persons/${person.id}`);
  }
  return paths;
}

interface Round {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly note: string;
}

async function measure(server: ServerProcess, stream: number, reads: readonly string[] | null): Promise<Round> {
  const { roundMs } = budgets[benchMode()];
  const order: LoadOrder = {
    host: SERVER_HOST,
    port: server.port,
    path: "/v6/events",
    token: SERVER_TOKEN,
    connections: CONNECTIONS,
    warmUpMs: roundMs / 2,
    durationMs: roundMs,
    generator: { kind: "closed" },
    stream,
    bodies: PERSONS_READ,
    ...(reads === null ? {} : { content: { kind: "reads", paths: reads } as const }),
  };
  let cpuBefore = 0;
  const load = await runLoad(order, async () => {
    await drainMs(server);
    cpuBefore = server.cpuSeconds();
  });
  const answered = load.requests - load.non2xx;
  return {
    perSecond: answered / (load.durationMs / 1_000),
    cpuUs: ((server.cpuSeconds() - cpuBefore) * 1e6) / answered,
    note: `${refusalsNote([load])}; generator CPU share ${load.cpuShare.toFixed(2)}`,
  };
}

/** One after the other: what a page costs, not how many at a time. */
async function listRows(laurel: ServerProcess): Promise<Row[]> {
  const { rewards, pages } = budgets[benchMode()];
  const rows: Row[] = [];
  for (const query of ["", "?state=FULFILLED", "?limit=10"]) {
    const samples: number[] = [];
    for (let n = 0; n < pages; n++) {
      const startMs = performance.now();
      await get(laurel, `/v2/rewards${query}`);
      samples.push(performance.now() - startMs);
    }
    const name = `first page of ${rewards.toLocaleString("en")} rewards ${query}`.trim();
    const note = `${roundsNote(samples)}; worst ${Math.max(...samples).toFixed(0)} ms`;
    rows.push({ name, value: median(samples), unit: "ms", target: "<= 20", note });
  }
  return rows;
}

async function get(server: ServerProcess, path: string): Promise<unknown> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${SERVER_TOKEN}` } });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}
