// The load balancer of `config/haproxy.cfg` as a process: its addresses replaced by those of the test, each request to a node at random.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { programOf } from "./debian_package.ts";
import { freePort } from "./free_port.ts";

const READY_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

export interface Balancer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The configuration that we ship. */
export function balancerConfiguration(): string {
  return readFileSync(join(import.meta.dirname, "../../config/haproxy.cfg"), "utf8");
}

export async function startBalancer(
  nodePorts: readonly number[],
  configuration = balancerConfiguration(),
): Promise<Balancer> {
  const program = programOf("haproxy");
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "laurel-haproxy-"));
  const file = join(directory, "haproxy.cfg");
  const text = configuration
    .replace("127.0.0.1:8000", `127.0.0.1:${port}`)
    .replace("balance leastconn", "balance random(1)")
    .replace(/^ {2}server node.*\n/gm, "")
    .concat(nodePorts.map((nodePort, i) => `  server node${i} 127.0.0.1:${nodePort}\n`).join(""));
  writeFileSync(file, text);
  const child = spawn(program, ["-f", file], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadlineMs) throw new Error(`haproxy does not answer:\n${output}`);
    await pause(POLL_MS);
  }
  return {
    url,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    // Not listening yet: the caller's deadline decides.
    return false;
  }
}
