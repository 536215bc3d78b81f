// Ports for the servers of a test: from a range of this test process alone, below those that the kernel gives to outgoing connections. A port that was
// merely free a moment ago may be another test's by the time its server listens, and its calls would go there.

import { createServer } from "node:net";

const FIRST_PORT = 12_000;
const PORTS_PER_PROCESS = 4_000;
/** Above what runs beside each other; more share ranges. */
const PROCESSES_MAX = 5;

/** Of vitest: one for each process that runs files beside others, from 1 on. */
const place = (Number(process.env["VITEST_POOL_ID"] ?? 0) || 0) % PROCESSES_MAX;
let taken = Math.floor(Math.random() * PORTS_PER_PROCESS);

/** Each call gives another one, until all of the range were given. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS_PER_PROCESS; tried++) {
    const port = FIRST_PORT + place * PORTS_PER_PROCESS + (taken++ % PORTS_PER_PROCESS);
    if (await isFree(port)) return port;
  }
  throw new Error("no port of this process is free");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
