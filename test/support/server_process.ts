// The built program as a process of its own, on a free port, with its data in a directory of its own.
//
// Real process, real disk: what a test does to it (kill, stop, fill its disk) is what an operator's day does to it.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free_port.ts";

/** A start that takes longer has failed. */
const READY_TIMEOUT_MS = 60_000;

/** A stop that takes longer has failed; above the node's own drain timeout. */
const EXIT_TIMEOUT_MS = 20_000;

/** Above what the product gives its threads to let go. */
const END_TIMEOUT_MS = 60_000;

const POLL_MS = 20;

/** What it says when it is ready. A look at `/readyz` takes the test 2 to 5 ms of CPU and the server some more, a look at what it said nothing. */
const WELCOME = "Laurel listens on";

/** As seldom is `/readyz` looked at before the welcome, which may have been cut off. */
const LOOKS_WITHOUT_WELCOME = 10;

/** One look at `/readyz`: a server that accepts and never answers must not hold the wait. */
const POLL_TIMEOUT_MS = 1_000;

const root = join(import.meta.dirname, "../..");
export const builtMain: string = join(root, "dist/laurel/main.js");
export const builtNode: string = join(root, "dist/laurel/node.js");

export const TOKEN = "test-token-0123456789abcdef";

/** Of a node that starts at little cost: where several workers or large segments are what a test is about, it says so. */
export const SMALL = {
  // One more takes half a second of CPU from its start to its end.
  LAUREL_WORKERS: "1",
  // A segment is filled with zeros before it is used, and the next one ahead of it: left to itself, each new log writes 128 MiB.
  LAUREL_SEGMENT_BYTES: String(4 << 20),
} as const;

export interface ServerOptions {
  /** Kept by the caller; a temporary one that goes with the process when absent. */
  readonly dataDirectory?: string;
  readonly environment?: { readonly [name: string]: string };
  /** Free, and asked for before, where the environment has to name it. */
  readonly port?: number;
  /** Of another version; the built one when absent. */
  readonly main?: string;
  /** By the package's `start` script, without its build: what is built is what all tests run. */
  readonly isByNpm?: boolean;
}

export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDirectory: string;
  /** Everything it wrote so far. */
  output(): string;
  /** SIGTERM; resolves with the exit code, or the signal that ended it. */
  stop(): Promise<ProcessEnd>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves with the exit code, or the signal, when it ends by itself. */
  exited(): Promise<ProcessEnd>;
}

export type ProcessEnd = number | NodeJS.Signals | null;

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts the program and waits until `/readyz` says yes. Rejects with its output when it ends or takes too long. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const server = await launchServer(options);
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  let code: ProcessEnd | undefined;
  let failure: unknown = null;
  server.exited().then(
    (exit) => {
      code = exit;
    },
    (error: unknown) => {
      failure = error;
    },
  );
  for (let looks = 1; Date.now() < deadlineMs; looks++) {
    if (failure !== null) throw new Error("the server could not be started", { cause: failure });
    if (code !== undefined) throw new Error(`the server ended with ${code} before it was ready:\n${server.output()}`);
    const isLookedAt = looks % LOOKS_WITHOUT_WELCOME === 0 || server.output().includes(WELCOME);
    if (isLookedAt && (await isReady(server.url))) return server;
    await pause(POLL_MS);
  }
  await server.kill();
  throw new Error(`the server was not ready in ${READY_TIMEOUT_MS} ms:\n${server.output()}`);
}

/** How a process ended that was to end by itself. Throws, with what it does instead, when it does not. */
export async function endOf(server: ServerProcess): Promise<ProcessEnd> {
  const controller = new AbortController();
  const late = pause(END_TIMEOUT_MS, null, { signal: controller.signal }).then(
    () => {
      throw new Error(`process ${server.pid} does not end:\n${threadsOf(server.pid)}\n${server.output()}`);
    },
    () => null,
  );
  try {
    return await Promise.race([server.exited(), late]);
  } finally {
    controller.abort();
  }
}

/** What each thread of a process waits for, as the kernel says it. */
function threadsOf(pid: number): string {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks)
      .map((thread) =>
        ["comm", "wchan", "syscall"].map((file) => readFileSync(`${tasks}/${thread}/${file}`, "utf8").trim()).join(" "),
      )
      .join("\n");
  } catch (error) {
    return `its threads cannot be read: ${String(error)}`;
  }
}

/** Starts the program without waiting for anything. */
export async function launchServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), "laurel-test-"));
  const folder = options.isByNpm === true ? startFolder() : null;
  const [command, args] =
    folder === null ? [process.execPath, [options.main ?? builtMain, "serve"]] : ["npm", ["start"]];
  const child = spawn(command, args, {
    cwd: folder ?? root,
    env: {
      PATH: process.env["PATH"],
      LAUREL_PORT: String(port),
      LAUREL_DATA: dataDirectory,
      LAUREL_TOKEN: TOKEN,
      LAUREL_LOG_LEVEL: "warn",
      ...SMALL,
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output = (output + text).slice(-65_536);
    });
  }
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    // Not started at all: no `exit` follows.
    child.once("error", (error) => {
      running.delete(child);
      reject(error);
    });
    child.once("exit", (code, signal) => {
      running.delete(child);
      if (folder !== null) rmSync(folder, { recursive: true });
      if (options.dataDirectory === undefined) rmSync(dataDirectory, { recursive: true, force: true });
      resolve(code ?? signal);
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<ProcessEnd> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), EXIT_TIMEOUT_MS);
    const code = await ended;
    clearTimeout(timer);
    return code;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? -1,
    dataDirectory,
    output: () => output,
    stop: () => end("SIGTERM"),
    kill: async () => {
      await end("SIGKILL");
    },
    exited: () => ended,
  };
}

/** The package as `npm start` sees it, with nothing to build. */
function startFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "laurel-start-"));
  const manifest: { readonly scripts: object } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ ...manifest, scripts: { ...manifest.scripts, build: "true" } }),
  );
  for (const name of ["dist", "config"]) symlinkSync(join(root, name), join(folder, name));
  return folder;
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(POLL_TIMEOUT_MS) })).ok;
  } catch {
    // Not listening yet, or too busy to answer: the caller's deadline decides.
    return false;
  }
}
