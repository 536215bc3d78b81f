// Starts, watches and ends one server under test, ours or the baseline, in a process of its own.
//
//   S1. A server that is not ready, or not gone, by its deadline is killed and reported with the end of its output.
//   S2. Nothing outlives the run: `stopAll` is called in every path of `run.ts`, and temporary directories go with it.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cpuSecondsOf, type ResidentMemory, residentMemoryOf } from "./proc_file.ts";
import type { ProgramDocument } from "../src/model/campaign.ts";
import { REFERENCE_CLIENT, referenceProgram } from "./programs.ts";

export const SERVER_HOST = "127.0.0.1";
export const SERVER_TOKEN = "bench-token";
/** Recovery of a few million records must fit. */
export const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;
const OUTPUT_CHARACTERS_MAX = 8_192;

export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  /** From the start of the process to the first 200 of /readyz. */
  readonly readyMs: number;
  cpuSeconds(): number;
  memory(): ResidentMemory;
  /** SIGTERM, and the time until the process was gone. */
  stop(): Promise<number>;
  /** SIGKILL: no farewell. */
  kill(): Promise<void>;
}

interface Launch {
  readonly name: string;
  readonly script: string;
  readonly scriptArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
}

const running = new Set<ChildProcess>();
const directories = new Set<string>();

/** The built product; benchmarks of it are skipped while it is absent. */
export function laurelScript(): string {
  return fileURLToPath(new URL("../laurel/main.js", import.meta.url));
}

export function isLaurelBuilt(): boolean {
  return existsSync(laurelScript());
}

/** A fresh directory on disk, removed by `stopAll`. */
export function newDirectory(purpose: string): string {
  const directory = mkdtempSync(join(tmpdir(), `laurel-bench-${purpose}-`));
  directories.add(directory);
  return directory;
}

export async function startLaurel(options: {
  readonly dataDirectory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Instead of the reference program. */
  readonly program?: ProgramDocument;
  /** `main.js` of another build. */
  readonly script?: string;
}): Promise<ServerProcess> {
  const programs = join(options.dataDirectory, "bench-programs");
  mkdirSync(programs, { recursive: true });
  const program = options.program ?? referenceProgram();
  writeFileSync(join(programs, `${REFERENCE_CLIENT}.json`), JSON.stringify(program, null, 2));
  const port = await freePort();
  return launch({
    name: "laurel",
    script: options.script ?? laurelScript(),
    scriptArguments: ["serve"],
    port,
    environment: {
      LAUREL_PORT: String(port),
      LAUREL_HOST: SERVER_HOST,
      LAUREL_DATA: join(options.dataDirectory, "data"),
      LAUREL_TOKEN: SERVER_TOKEN,
      LAUREL_LOG_LEVEL: "warn",
      LAUREL_PROGRAMS: programs,
      ...options.environment,
    },
  });
}

export async function startBaseline(): Promise<ServerProcess> {
  const port = await freePort();
  return launch({
    name: "baseline",
    script: fileURLToPath(new URL("./baseline_server.js", import.meta.url)),
    scriptArguments: [String(port)],
    port,
    environment: {},
  });
}

/** Kills what still runs and removes all temporary directories. */
export function stopAll(): void {
  const children = [...running];
  running.clear();
  for (const child of children) child.kill("SIGKILL");
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  directories.clear();
}

/**
 * Waits until the server has worked off what it accepted: a window with little CPU use. Returns the time that took
 * without that window.
 * Bounded by `DRAIN_TIMEOUT_MS`; a server that never rests is measured as busy for that long.
 */
export async function drainMs(server: ServerProcess): Promise<number> {
  const startMs = performance.now();
  let cpuBefore = server.cpuSeconds();
  while (performance.now() - startMs < DRAIN_TIMEOUT_MS) {
    const windowStartMs = performance.now();
    await sleep(DRAIN_WINDOW_MS);
    const cpuNow = server.cpuSeconds();
    const share = ((cpuNow - cpuBefore) * 1000) / (performance.now() - windowStartMs);
    if (share < DRAINED_CPU_SHARE) return windowStartMs - startMs;
    cpuBefore = cpuNow;
  }
  return performance.now() - startMs;
}

const DRAIN_TIMEOUT_MS = 10_000;
/** Ten ticks of the kernel's CPU clock: short enough to be a small error, long enough to see a share. */
const DRAIN_WINDOW_MS = 100;
const DRAINED_CPU_SHARE = 0.25;

async function launch(options: Launch): Promise<ServerProcess> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [options.script, ...options.scriptArguments], {
    env: { ...foreignEnvironment(), ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString("utf8")).slice(-OUTPUT_CHARACTERS_MAX);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let isEndExpected = false;
  const gone = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      // What measures it will fail on a missing /proc entry: the reason is here.
      if (!isEndExpected && running.has(child))
        process.stderr.write(`${options.name} ended by itself (${code ?? signal}):\n${output}\n`);
      running.delete(child);
      resolve();
    });
    child.once("error", (error) => {
      output += `\n${error.message}`;
      running.delete(child);
      resolve();
    });
  });
  const pid = child.pid;
  const url = `http://${SERVER_HOST}:${options.port}`;
  if (pid === undefined || !(await isReadyInTime(`${url}/readyz`, child))) {
    child.kill("SIGKILL");
    throw new Error(
      `${options.name} was not ready within ${READY_TIMEOUT_MS} ms or ended early; its output ends:\n${output}`,
    );
  }
  return {
    name: options.name,
    pid,
    url,
    port: options.port,
    readyMs: performance.now() - startMs,
    cpuSeconds: () => cpuSecondsOf(pid),
    memory: () => residentMemoryOf(pid),
    stop: async () => {
      isEndExpected = true;
      const stopStartMs = performance.now();
      child.kill("SIGTERM");
      const isGone = await Promise.race([gone.then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })]);
      if (!isGone) {
        child.kill("SIGKILL");
        throw new Error(
          `${options.name} did not stop within ${STOP_TIMEOUT_MS} ms of SIGTERM; its output ends:\n${output}`,
        );
      }
      return performance.now() - stopStartMs;
    },
    kill: async () => {
      isEndExpected = true;
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Our own environment without settings of the product: what is measured is its defaults. */
function foreignEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("LAUREL_")));
}

async function isReadyInTime(url: string, child: ChildProcess): Promise<boolean> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadlineMs && child.exitCode === null && child.signalCode === null) {
    if (await answersOk(url)) return true;
    await sleep(READY_POLL_MS);
  }
  return false;
}

/** Also the resolution of `readyMs`. */
const READY_POLL_MS = 5;

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    // Not listening yet: the caller polls until its deadline.
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, SERVER_HOST, () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no free port"));
        else resolve(address.port);
      });
    });
  });
}
