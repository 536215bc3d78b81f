// Persons with very many events: one who buys all the time, and an advocate whose code everybody uses.
//
//   Y1. Counts are checked, not only timed: every accepted event is applied, none is refused afterwards.
//   Y2. What an advocate's friends cost must not grow with their number: the last of them are held against the first.

import { sendBlocks } from "./bulk_load.ts";
import { DEMO_PROGRAMS } from "./http_cases.ts";
import { type BenchMode, benchMode, type Row } from "./row.ts";
import { drainMs, newDirectory, SERVER_TOKEN, type ServerProcess, startLaurel } from "./server_process.ts";
import type { NdjsonBlock } from "./workload.ts";

interface Sizes {
  /** Of one person. */
  readonly purchases: number;
  /** Of one advocate. */
  readonly friends: number;
}

const sizes: Readonly<Record<BenchMode, Sizes>> = {
  quick: { purchases: 5_000, friends: 8_000 },
  full: { purchases: 20_000, friends: 20_000 },
};
const EVENTS_PER_BLOCK = 1_000;
/** Of the friends: the first of them, and as many at the end. */
const COMPARED_SHARE = 0.25;
const APPLIED_TIMEOUT_MS = 240_000;
const LOOK_MS = 50;

export async function run(): Promise<Row[]> {
  const environment = { LAUREL_PROGRAMS: DEMO_PROGRAMS };
  const server = await startLaurel({ dataDirectory: newDirectory("busy"), environment });
  const rows = [...(await onePersonRows(server)), ...(await advocateRows(server))];
  await server.stop();
  return rows;
}

async function onePersonRows(server: ServerProcess): Promise<Row[]> {
  const { purchases } = sizes[benchMode()];
  // What is first of its kind is slow; of somebody else.
  await applied(
    server,
    purchasesOf(2_000, (n) => ({ email: `warm${n}@example.com`, order_id: `W-${n}` })),
  );
  const { perSecond, cpuUs } = await applied(
    server,
    purchasesOf(purchases, (n) => ({ email: "guest@example.com", order_id: `G-${n}` })),
  );
  const name = `purchases of one person, ${purchases.toLocaleString("en")}`;
  return [
    { name, value: perSecond, unit: "events/s", note: "each claims its order id in another partition" },
    { name: `${name}: server CPU`, value: cpuUs, unit: "us/event" },
  ];
}

async function advocateRows(server: ServerProcess): Promise<Row[]> {
  const { friends } = sizes[benchMode()];
  await registerCode(server);
  const compared = friends * COMPARED_SHARE;
  const friend = (n: number): object => ({
    email: `friend${n}@example.com`,
    order_id: `F-${n}`,
    advocate_code: "STAR",
  });
  const first = await applied(server, purchasesOf(compared, friend));
  await applied(server, purchasesOf(friends - 2 * compared, friend, compared));
  const last = await applied(server, purchasesOf(compared, friend, friends - compared));
  const name = `friends of one advocate, up to ${friends.toLocaleString("en")}`;
  return [
    { name: `${name}: the first quarter`, value: first.perSecond, unit: "events/s" },
    { name: `${name}: the last quarter`, value: last.perSecond, unit: "events/s" },
    { name: `${name}: the last quarter, server CPU`, value: last.cpuUs, unit: "us/event" },
    {
      name: `${name}: CPU of the last to that of the first`,
      value: last.cpuUs / first.cpuUs,
      unit: "x",
      target: "<= 2",
    },
  ];
}

function purchasesOf(count: number, data: (n: number) => object, from = 0): NdjsonBlock[] {
  const blocks: NdjsonBlock[] = [];
  for (let at = from; at < from + count; at += EVENTS_PER_BLOCK) {
    const events = Math.min(EVENTS_PER_BLOCK, from + count - at);
    const lines = Array.from({ length: events }, (_, i) =>
      JSON.stringify({ event_name: "converted", data: { cart_value: "20", ...data(at + i) } }),
    );
    blocks.push({ bytes: Buffer.from(`${lines.join("\n")}\n`), events });
  }
  return blocks;
}

/** Y1. Until all that was sent is applied, with what follows from it. */
async function applied(
  server: ServerProcess,
  blocks: readonly NdjsonBlock[],
): Promise<{ readonly perSecond: number; readonly cpuUs: number }> {
  const before = await counts(server);
  const cpuBefore = server.cpuSeconds();
  const startMs = performance.now();
  const { events } = await sendBlocks(server, blocks);
  for (let now = before; now.applied < before.applied + events; now = await counts(server)) {
    if (now.refused > before.refused) throw new Error(`${now.refused - before.refused} accepted events were refused`);
    if (performance.now() - startMs > APPLIED_TIMEOUT_MS)
      throw new Error(`${now.applied - before.applied} of ${events} events applied in time`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const tookMs = performance.now() - startMs;
  await drainMs(server);
  return {
    perSecond: (events * 1000) / tookMs,
    cpuUs: ((server.cpuSeconds() - cpuBefore) * 1e6) / events,
  };
}

async function counts({ url }: ServerProcess): Promise<{ readonly applied: number; readonly refused: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const count = (result: string): number =>
    Number(new RegExp(`^laurel_events_total\\{result="${result}"\\} (\\d+)`, "m").exec(text)?.[1]);
  return { applied: count("applied"), refused: count("refused") };
}

async function registerCode({ url }: ServerProcess): Promise<void> {
  const answer = await fetch(`${url}/v6/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${SERVER_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({
      event_name: "advocate_code_created",
      data: { email: "star@example.com", advocate_code: "STAR" },
    }),
  });
  if (!answer.ok) throw new Error(`the advocate's code was answered ${answer.status}`);
  await answer.arrayBuffer();
}
