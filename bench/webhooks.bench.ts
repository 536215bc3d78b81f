// Webhooks: calls a second to a local receiver, receiver included; and what ingestion loses while every receiver and the provider of payouts hang.
//
//   W1. The receiver is this process, answering as fast as bytes allow: its share of the two cores is part of the figure.
//   W2. For ingestion, two servers take turns (A B A B) under the same load and program: every reward is a gift card that is
//       ordered, and ten REWARD webhooks are told of it. Who receives both answers one server and never the other. The ratio
//       is made round by round.

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerDocument, ProgramDocument } from "../src/model/campaign.ts";
import type { SupplierDocument } from "../src/model/supplier.ts";
import type { WebhookDocument } from "../src/model/webhook.ts";
import { runLoad } from "./load_process.ts";
import { REFERENCE_CLIENT, referenceProgram } from "./programs.ts";
import { benchMode, median, type Row, roundsNote } from "./row.ts";
import { drainMs, newDirectory, SERVER_HOST, SERVER_TOKEN, type ServerProcess, startLaurel } from "./server_process.ts";

const budget =
  benchMode() === "quick"
    ? { events: 10_000, rounds: 3, roundMs: 1_000 }
    : { events: 50_000, rounds: 5, roundMs: 5_000 };
const REWARD_WEBHOOKS = 10;
const LINES_PER_REQUEST = 1_000;
const CONNECTIONS = 128;
const PATIENCE_MS = 60_000;

interface Receiver {
  readonly url: string;
  calls(): number;
  /** Of them, gift cards that were asked for or ordered. */
  orders(): number;
  stop(): void;
}

/** Counts requests by the blank lines behind their heads, and answers each, or none. */
async function startReceiver(isAnswering: boolean): Promise<Receiver> {
  let calls = 0;
  let orders = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      const answer = answerTo(chunk.toString("latin1", 0, REQUEST_LINE_BYTES));
      for (let at = chunk.indexOf("\r\n\r\n"); at >= 0; at = chunk.indexOf("\r\n\r\n", at + 4)) {
        calls++;
        if (answer !== "") orders++;
        if (isAnswering) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, SERVER_HOST, resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `http://${SERVER_HOST}:${port}`, calls: () => calls, orders: () => orders, stop };
}

const REQUEST_LINE_BYTES = 12;

/** As a receiver of webhooks does, and as a provider of gift cards that has none of the orders that it is asked for, and takes every new one. */
function answerTo(begin: string): string {
  if (begin.startsWith("GET /orders")) return `{"orders":[]}`;
  return begin.startsWith("POST /orders") ? `{"referenceOrderID":"R-1","status":"COMPLETE"}` : "";
}

const environment = { LAUREL_OUTGOING_ALLOW: SERVER_HOST, LAUREL_SUBSCRIBER_IN_FLIGHT_MAX: "256" };

export async function run(): Promise<Row[]> {
  return [...(await throughput()), ...(await ingestion())];
}

/** One call an event. */
function callingProgram(url: string): ProgramDocument {
  const called: ControllerDocument = {
    type: "CONTROLLER",
    id: "called",
    name: "called",
    triggers: [
      {
        trigger_id: "t",
        trigger_type: "EVENT",
        trigger_phase: "MATCHING",
        event_names: ["called"],
        event_type: "INPUT",
      },
    ],
    actions: [{ action_id: "a", action_type: "WEBHOOK", webhook_id: "W", data: { order: 1 } }],
  };
  return {
    client: REFERENCE_CLIENT,
    time_zone: "UTC",
    suppliers: [],
    audiences: [],
    webhooks: [{ id: "W", name: "calls", url }],
    campaigns: [
      {
        campaign_id: "6900000000000000009",
        name: "Calls",
        version: 1,
        state: "LIVE",
        program_label: "calls",
        steps: [called],
      },
    ],
  };
}

async function throughput(): Promise<Row[]> {
  const receiver = await startReceiver(true);
  const laurel = await startLaurel({
    dataDirectory: newDirectory("webhooks"),
    program: callingProgram(`${receiver.url}/hook`),
    environment,
  });
  await send(laurel, 0, LINES_PER_REQUEST);
  await until(() => receiver.calls() >= LINES_PER_REQUEST);
  const cpuBefore = laurel.cpuSeconds();
  const startMs = performance.now();
  for (let n = LINES_PER_REQUEST; n < budget.events; n += LINES_PER_REQUEST) await send(laurel, n, LINES_PER_REQUEST);
  await until(() => receiver.calls() >= budget.events);
  const seconds = (performance.now() - startMs) / 1000;
  const calls = budget.events - LINES_PER_REQUEST;
  const cpuUs = ((laurel.cpuSeconds() - cpuBefore) / calls) * 1e6;
  await laurel.stop();
  receiver.stop();
  const note = "one subscriber, events taken in, decided, called and ended";
  return [
    { name: "webhooks delivered", value: calls / seconds, unit: "calls/s", target: ">= 5000", note },
    { name: "webhooks CPU", value: cpuUs, unit: "us/call", note: "of the server, with the event that caused it" },
  ];
}

async function send({ url }: ServerProcess, from: number, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ event_name: "called", data: { email: `p${from + n}@example.com` } }),
  );
  const response = await fetch(`${url}/v6/async-events`, {
    method: "POST",
    headers: { authorization: `Bearer ${SERVER_TOKEN}`, "content-type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  if (response.status !== 200) throw new Error(`events were refused: ${response.status} ${await response.text()}`);
}

async function ingestion(): Promise<Row[]> {
  const rates: { well: number[]; hanging: number[]; ratio: number[] } = { well: [], hanging: [], ratio: [] };
  const receivers = [await startReceiver(true), await startReceiver(false)];
  const servers = await Promise.all(
    receivers.map(({ url }) =>
      startLaurel({
        dataDirectory: newDirectory("hanging"),
        program: rewardProgram(`${url}/hook`),
        environment: { ...environment, ...giftCards, LAUREL_TANGO_URL: url },
      }),
    ),
  );
  const [well, hanging] = servers;
  if (well === undefined || hanging === undefined) throw new Error("two servers were started");
  let stream = 1;
  for (let round = 0; round < budget.rounds; round++) {
    rates.well.push(await measure(well, stream++));
    rates.hanging.push(await measure(hanging, stream++));
    rates.ratio.push((rates.hanging.at(-1) ?? 0) / (rates.well.at(-1) ?? 1));
  }
  await checkSent(well);
  for (const server of servers) await server.stop();
  for (const receiver of receivers) receiver.stop();
  if (receivers.some(({ orders }) => orders() === 0)) throw new Error("no gift card was asked for");
  return [
    {
      name: "webhooks ingestion, receivers and payouts well",
      value: median(rates.well),
      unit: "events/s",
      note: roundsNote(rates.well),
    },
    {
      name: "webhooks ingestion, receivers and payouts hang",
      value: median(rates.hanging),
      unit: "events/s",
      note: roundsNote(rates.hanging),
    },
    {
      name: "webhooks ingestion ratio",
      value: median(rates.ratio),
      unit: "x",
      target: ">= 0.95",
      note: `hanging : well; ${roundsNote(rates.ratio)}`,
    },
  ];
}

/** What is well delivers: a server that tries again and again would be a slow one to compare with. */
/** What was ordered last is on its way still. */
async function checkSent({ url }: ServerProcess): Promise<void> {
  const headers = { authorization: `Bearer ${SERVER_TOKEN}` };
  for (const untilMs = performance.now() + SENT_MS; performance.now() < untilMs; await sleep(SENT_POLL_MS)) {
    const answer = await fetch(`${url}/v2/rewards?state=SENT&limit=100`, { headers });
    const sent: unknown = await answer.json();
    if (answer.ok && Array.isArray(sent) && sent.length === 100) return;
  }
  throw new Error("gift cards were ordered and not sent");
}

const SENT_MS = 20_000;
const SENT_POLL_MS = 200;

function rewardProgram(url: string): ProgramDocument {
  const webhooks = Array.from(
    { length: REWARD_WEBHOOKS },
    (_, n): WebhookDocument => ({ id: `R${n}`, name: `rewards ${n}`, type: "REWARD", url }),
  );
  const program = referenceProgram();
  const suppliers = program.suppliers.map(
    ({ id, name }): SupplierDocument => ({
      id,
      name,
      reward_supplier_type: "TANGO_V2",
      face_value_algorithm_type: "FIXED",
      face_value: 10,
      face_value_type: "USD",
      account_id: "A-1",
      utid: "U-1",
    }),
  );
  return { ...program, suppliers, webhooks };
}

const giftCards = { LAUREL_TANGO_PLATFORM: "platform", LAUREL_TANGO_KEY: "key", LAUREL_TANGO_CUSTOMER: "customer" };

async function measure(server: ServerProcess, stream: number): Promise<number> {
  const startMs = performance.now();
  const load = await runLoad(
    {
      host: SERVER_HOST,
      port: server.port,
      path: "/v6/async-events",
      token: SERVER_TOKEN,
      connections: CONNECTIONS,
      warmUpMs: 200,
      durationMs: budget.roundMs,
      generator: { kind: "closed" },
      stream,
      bodies: 20_000,
    },
    async () => void (await drainMs(server)),
  );
  await drainMs(server);
  if (performance.now() - startMs > PATIENCE_MS) throw new Error("a round did not end");
  return (load.requests - load.non2xx) / (load.durationMs / 1000);
}

async function until(claim: () => boolean): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!claim()) {
    if (performance.now() > endMs) throw new Error("the calls did not arrive");
    await sleep(5);
  }
}
