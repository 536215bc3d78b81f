// What the HTTP benchmarks send, and what the answers' throughput is held against.

import { fileURLToPath } from "node:url";
import type { LoadContent } from "./load_order.ts";
import { newDirectory, type ServerProcess, startLaurel } from "./server_process.ts";

export interface HttpCase {
  /** A file name may hold it. */
  readonly name: string;
  readonly path: string;
  readonly ratioTarget: string;
  readonly cpuTarget: string | null;
  /** Of the demo programme, which is then the one that is served. Absent: events of the workload. */
  readonly content?: (laurel: ServerProcess) => Promise<LoadContent>;
}

/** With what is sent; null: events of the workload. */
export interface PreparedCase extends HttpCase {
  readonly sent: LoadContent | null;
}

export const asyncCase: HttpCase = {
  name: "async",
  path: "/v6/async-events",
  ratioTarget: ">= 0.6",
  cpuTarget: "<= 20",
};

export const syncCase: HttpCase = { name: "sync", path: "/v6/events", ratioTarget: ">= 0.5", cpuTarget: null };

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

export const httpCases: readonly HttpCase[] = [asyncCase, syncCase, zoneCase, tokenCase, visitCase];

const VISIT = JSON.stringify({
  event_name: "page_viewed",
  data: { page: "product", url: "https://shop.example.com/a" },
});
const VISITORS = 1_000;
/** The programme of the first reward in a minute. */
export const DEMO_PROGRAMS = fileURLToPath(new URL("../../config/programs", import.meta.url));

/** A server that serves what the case is about; the program that is served is built in `script`, if one is given. */
export function startFor(httpCase: HttpCase, script?: string): Promise<ServerProcess> {
  return startLaurel({
    dataDirectory: newDirectory(`http-${httpCase.name}`),
    ...(httpCase.content === undefined ? {} : { environment: { LAUREL_PROGRAMS: DEMO_PROGRAMS } }),
    ...(script === undefined ? {} : { script }),
  });
}

export async function prepared(httpCase: HttpCase, laurel: ServerProcess): Promise<PreparedCase> {
  return { ...httpCase, sent: (await httpCase.content?.(laurel)) ?? null };
}

async function visitorsOf({ url }: ServerProcess): Promise<string[]> {
  const headers = { "content-type": "application/json" };
  const tokens: string[] = [];
  while (tokens.length < VISITORS) {
    const reply = await fetch(`${url}/api/v5/token`, { method: "POST", body: "{}", headers });
    tokens.push(((await reply.json()) as { access_token: string }).access_token);
  }
  return tokens;
}
