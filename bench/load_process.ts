// Generates HTTP load in a process of its own, so that its CPU time is measured apart from the server's.
//
// Started by `runLoad` with an IPC channel: receives a `LoadOrder`, prepares all bodies and warms up, says "ready",
// waits for "go", reports a `LoadResult`. The generators are described at `LoadGenerator`.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { unreachable } from "../src/base/assert.ts";
import type { LoadOrder, LoadResult } from "./load_order.ts";
import { prepareSockets } from "./socket_load.ts";
import { eventBodies, referenceWorkload, zoneRequest } from "./workload.ts";

type ParentMessage = { readonly kind: "order"; readonly order: LoadOrder } | { readonly kind: "go" };
type ChildMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly result: LoadResult }
  | { readonly kind: "failed"; readonly message: string };

const PREPARE_TIMEOUT_MS = 60_000;
/** Beyond the ordered duration: slow last answers. */
const FINISH_TIMEOUT_MS = 30_000;

/** Runs one round; it starts when what `onReady` returned is settled, which is after warming up. */
export function runLoad(order: LoadOrder, onReady: () => Promise<void>): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(fileURLToPath(new URL("./load_process.js", import.meta.url)), ["child"]);
    const deadline = setTimeout(
      () => {
        child.kill("SIGKILL");
        reject(new Error("the load generator did not finish in time"));
      },
      PREPARE_TIMEOUT_MS + order.warmUpMs + order.durationMs + FINISH_TIMEOUT_MS,
    );
    child.once("exit", (code) => {
      clearTimeout(deadline);
      reject(new Error(`the load generator ended with code ${code} before its result`));
    });
    child.on("message", (message: ChildMessage) => {
      switch (message.kind) {
        case "ready":
          onReady().then(() => send(child, { kind: "go" }), reject);
          return;
        case "result":
          clearTimeout(deadline);
          resolve(message.result);
          return;
        case "failed":
          clearTimeout(deadline);
          reject(new Error(`the load generator failed: ${message.message}`));
          return;
      }
    });
    send(child, { kind: "order", order });
  });
}

function send(child: ChildProcess, message: ParentMessage): void {
  child.send(message);
}

/** The child's side. */
function serveParent(): void {
  let round: (() => Promise<LoadResult>) | null = null;
  process.on("message", (message: ParentMessage) => {
    switch (message.kind) {
      case "order":
        prepare(message.order).then((prepared) => {
          round = prepared;
          report({ kind: "ready" });
        }, fail);
        return;
      case "go":
        if (round === null) return report({ kind: "failed", message: "go before order" });
        round().then((result) => report({ kind: "result", result }), fail);
        return;
    }
  });
}

function fail(error: unknown): void {
  report({ kind: "failed", message: String(error) });
}

function report(message: ChildMessage): void {
  if (process.send === undefined) throw new Error("load_process is started by runLoad only");
  // The parent has all it wanted after a result or a failure: leaving keeps no socket behind.
  process.send(message, undefined, undefined, () => {
    if (message.kind !== "ready") process.exit(0);
  });
}

async function prepare(order: LoadOrder): Promise<() => Promise<LoadResult>> {
  const events = eventBodies(referenceWorkload(order.stream), order.bodies);
  const { content } = order;
  const bodies = content?.kind === "zone" ? events.map((body) => zoneRequest(body, content.zone)) : events;
  const generate = await prepareGenerator(order, bodies);
  return async () => {
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    const outcome = await generate();
    const cpu = process.cpuUsage(cpuBefore);
    return { ...outcome, cpuShare: (cpu.user + cpu.system) / 1000 / (performance.now() - startMs) };
  };
}

async function prepareGenerator(
  order: LoadOrder,
  bodies: readonly Buffer[],
): Promise<() => Promise<Omit<LoadResult, "cpuShare">>> {
  const { generator } = order;
  switch (generator.kind) {
    case "closed":
      return prepareSockets(order, Number.POSITIVE_INFINITY, bodies);
    case "paced":
      return prepareSockets(order, generator.ratePerSecond, bodies);
    case "autocannon":
      return () => runAutocannon(order, bodies);
    default:
      return unreachable(generator);
  }
}

async function runAutocannon(order: LoadOrder, bodies: readonly Buffer[]): Promise<Omit<LoadResult, "cpuShare">> {
  let client = 0;
  const requests = autocannonRequests(order, bodies);
  const share = Math.max(1, Math.floor(requests.length / order.connections));
  const result = await autocannon({
    url: `http://${order.host}:${order.port}${order.path}`,
    method: "POST",
    connections: order.connections,
    duration: order.durationMs / 1000,
    // Autocannon stops at a sampling tick: with the default of one second, rounds would be too long by up to that.
    sampleInt: SAMPLE_MS,
    // Each connection sends its own slice: requests are built once, here, and no body is sent twice in a short round.
    setupClient: (connection) => {
      const from = (client++ * share) % requests.length;
      connection.setRequests(requests.slice(from, from + share));
    },
  });
  return {
    requests: result["2xx"] + result.non2xx,
    durationMs: result.duration * 1000,
    non2xx: result.non2xx,
    refusals: refusalsOf(result.statusCodeStats),
    errors: result.errors + result.timeouts,
    latencyP50Ms: result.latency.p50,
    latencyP99Ms: result.latency.p99,
  };
}

/** What the plain sockets would send. */
function autocannonRequests({ content, path, token }: LoadOrder, bodies: readonly Buffer[]): autocannon.Request[] {
  const request = (body: Buffer, bearer: string | null): autocannon.Request => ({
    method: "POST",
    path,
    body,
    headers: {
      "content-type": "application/json",
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
    },
  });
  switch (content?.kind) {
    case "reads":
      return content.paths.map((read) => ({
        method: "GET",
        path: read,
        headers: { authorization: `Bearer ${token}` },
      }));
    case "visits": {
      const body = Buffer.from(content.body);
      return content.tokens.length === 0
        ? [request(body, null)]
        : content.tokens.map((visitor) => request(body, visitor));
    }
    case "zone":
    case undefined:
      return bodies.map((body) => request(body, token));
  }
}

const SAMPLE_MS = 100;

/** Autocannon keeps of an answer its status alone. */
function refusalsOf(counts: autocannon.Result["statusCodeStats"]): LoadResult["refusals"] {
  const refused = Object.entries(counts ?? {}).filter(([status]) => !status.startsWith("2"));
  return Object.fromEntries(refused.map(([status, { count }]) => [status, count ?? 0]));
}

if (process.argv[2] === "child") serveParent();
