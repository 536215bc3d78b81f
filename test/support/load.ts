// Load with a memory: sends events from a seeded generator and notes each one whose 2xx arrived. The notes live in the test, outside the blast radius.

import { setTimeout as pause } from "node:timers/promises";
import { exchange, exchanged } from "./exchange.ts";
import { isSoak } from "./profile.ts";
import { TOKEN } from "./server_process.ts";

/** What a load notes. */
export class SentOrders {
  /** Event id by order. */
  readonly acknowledged = new Map<string, string>();
  /** Everybody of whom an order was sent: one that was not acknowledged may be there, too. */
  readonly persons = new Set<string>();
}

export interface LoadOptions {
  readonly url: string;
  readonly sent: SentOrders;
  /** Requests in flight at once. */
  readonly connections: number;
  /** Distinguishes the events of this load from those of another. */
  readonly round: number;
  readonly persons: number;
  /** Between an answer and the next request of a connection; `PACE_MS` unless said. Events that were taken in have to be applied before a verdict. */
  readonly paceMs?: number;
  /** Every event is a purchase, with an order id of its own, by a friend whom `advocate_code` LOAD referred. */
  readonly path: "/v6/events" | "/v6/async-events";
}

/** Keeps a server at work all the time; soaked, as fast as it goes. */
const PACE_MS = isSoak ? 0 : 10;

/** Keeps a cluster busy, and leaves no backlog that a verdict would have to wait for, nor cores without time for anything else. */
export const STEADY_MS = isSoak ? 50 : 200;

export interface RunningLoad {
  /** Stops sending; resolves when nothing is in flight. */
  stop(): Promise<void>;
  readonly refused: () => number;
}

export const ADVOCATE = "advocate@load.example";

export async function registerAdvocate(url: string): Promise<void> {
  const answer = await post(url, "/v6/events", {
    event_name: "advocate_code_created",
    data: { email: ADVOCATE, advocate_code: "LOAD" },
  });
  if (!answer.ok) throw new Error(`the advocate was refused: ${await answer.text()}`);
}

export function post(url: string, path: string, body: object, token = TOKEN): Promise<Response> {
  return exchanged(url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** How long a server may say "try again later": a partition that changes its owner takes a lease, and a busy machine some time. */
const TEMPORARY_MS = 30_000;
const RETRY_MS = 50;

/** As a client that honours 503: asks again. */
export async function get(url: string, path: string, token = TOKEN): Promise<unknown> {
  const deadlineMs = Date.now() + TEMPORARY_MS;
  const ask = (): Promise<Response> => exchanged(url + path, { headers: { authorization: `Bearer ${token}` } });
  let answer = await ask();
  while (answer.status === 503 && Date.now() < deadlineMs) {
    await pause(RETRY_MS);
    answer = await ask();
  }
  if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** A node that does not come to rest in this time never will. */
const QUIET_TIMEOUT_MS = 30_000;

const PROGRESS_TIMEOUT_MS = 40_000;
const POLL_MS = 20;

/** Waits until nothing is in flight: messages that an event caused are records, too. */
export async function quiet(url: string): Promise<void> {
  const deadlineMs = Date.now() + QUIET_TIMEOUT_MS;
  for (let calm = 0; calm < 2; ) {
    const { text } = await exchange(`${url}/metrics`);
    calm = /^laurel_records_in_flight 0$/m.test(text) ? calm + 1 : 0;
    if (Date.now() > deadlineMs) throw new Error("the node does not come to rest");
    await pause(POLL_MS);
  }
}

export function startLoad(options: LoadOptions): RunningLoad {
  const { paceMs = PACE_MS } = options;
  let isRunning = true;
  let next = 0;
  let refused = 0;
  const sender = async (): Promise<void> => {
    while (isRunning) {
      const n = next++;
      const person = `friend${n % options.persons}@load.example`;
      const key = `order-${options.round}-${n}`;
      const data = { email: person, advocate_code: "LOAD", order_id: key, cart_value: "10.00" };
      options.sent.persons.add(person);
      try {
        const answer = await post(options.url, options.path, { event_name: "converted", data });
        const body: unknown = await answer.json();
        if (answer.ok && isAnswer(body)) options.sent.acknowledged.set(key, body.event_id);
        else refused++;
        if (!answer.ok) await pause(RETRY_MS);
        else if (paceMs > 0) await pause(paceMs);
      } catch {
        // The connection broke: this event was not acknowledged, whatever became of it.
        return;
      }
    }
  };
  const senders = Array.from({ length: options.connections }, sender);
  return {
    stop: async () => {
      isRunning = false;
      await Promise.all(senders);
    },
    refused: () => refused,
  };
}

/** Resolves when as many more were acknowledged; a load that does not get there in this time never will. */
export async function moreAcknowledged({ acknowledged }: SentOrders, count: number): Promise<void> {
  const enough = acknowledged.size + count;
  const deadlineMs = Date.now() + PROGRESS_TIMEOUT_MS;
  while (acknowledged.size < enough) {
    if (Date.now() > deadlineMs) throw new Error(`${acknowledged.size} acknowledged, ${enough} expected`);
    await pause(POLL_MS);
  }
}

function isAnswer(body: unknown): body is { event_id: string } {
  return typeof body === "object" && body !== null && "event_id" in body && typeof body.event_id === "string";
}
