// Sends NDJSON bodies over a few connections and watches the server's memory meanwhile.

import { Agent, request } from "node:http";
import { SERVER_HOST, SERVER_TOKEN, type ServerProcess } from "./server_process.ts";
import type { NdjsonBlock } from "./workload.ts";

export const BULK_PATH = "/v6/async-events";
export const BLOCK_BYTES_MIN = 8 * 1024 * 1024;
/**
 * Few, because bulk senders are few; more than one, so that a body on its way hides another one's wait for the disk.
 */
export const BULK_CONNECTIONS = 3;
/** One body; at the slowest rate worth measuring (1,000 events/s) it would be cut. */
const BODY_TIMEOUT_MS = 60_000;
const ANSWER_CHARACTERS_MAX = 400;
const MEMORY_SAMPLE_MS = 50;

export interface BulkResult {
  readonly events: number;
  readonly durationMs: number;
  /** Highest resident memory seen while sending. */
  readonly memoryMaxMiB: number;
  /** CPU time of the sending process over wall time. */
  readonly senderCpuShare: number;
}

/**
 * Sends every block once, `BULK_CONNECTIONS` at a time. A refused body ends the round with an error that quotes the
 * answer.
 */
export async function sendBlocks(server: ServerProcess, blocks: Iterable<NdjsonBlock>): Promise<BulkResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: BULK_CONNECTIONS });
  let memoryMaxMiB = server.memory().nowMiB;
  const sampler = setInterval(() => {
    memoryMaxMiB = Math.max(memoryMaxMiB, server.memory().nowMiB);
  }, MEMORY_SAMPLE_MS);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const queue = blocks[Symbol.iterator]();
  let events = 0;
  // Connections share the queue: each takes the next block when its last one was answered.
  const drainQueue = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      await sendBlock(server, agent, next.value.bytes);
      events += next.value.events;
    }
  };
  try {
    await Promise.all(Array.from({ length: BULK_CONNECTIONS }, drainQueue));
    const durationMs = performance.now() - startMs;
    const cpu = process.cpuUsage(cpuBefore);
    return { events, durationMs, memoryMaxMiB, senderCpuShare: (cpu.user + cpu.system) / 1000 / durationMs };
  } finally {
    clearInterval(sampler);
    agent.destroy();
  }
}

function sendBlock(server: ServerProcess, agent: Agent, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/x-ndjson",
      "content-length": bytes.length,
      authorization: `Bearer ${SERVER_TOKEN}`,
    };
    const outgoing = request(
      { agent, host: SERVER_HOST, port: server.port, method: "POST", path: BULK_PATH, headers },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          if (text.length < ANSWER_CHARACTERS_MAX) text += chunk;
        });
        answer.on("error", reject);
        answer.on("end", () => {
          const status = answer.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve();
          else reject(new Error(`bulk body refused with ${status}: ${text.slice(0, ANSWER_CHARACTERS_MAX)}`));
        });
      },
    );
    outgoing.setTimeout(BODY_TIMEOUT_MS, () => outgoing.destroy(new Error(`no answer within ${BODY_TIMEOUT_MS} ms`)));
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}
