// A NATS server with JetStream as a process of its own, its store in a directory of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSecondsOf } from "./proc_file.ts";
import { newDirectory } from "./server_process.ts";

const READY_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** Since the server's start. */
export interface NatsCounts {
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** To all buckets. */
  readonly keyValueWrites: number;
  /** Open now. */
  readonly connections: number;
}

export interface NatsProcess {
  readonly url: string;
  counts(): Promise<NatsCounts>;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** Where the program is, or null: Debian's package puts it outside of many PATHs. */
export function natsProgram(): string | null {
  const places = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"];
  return places.map((place) => join(place, "nats-server")).find((path) => existsSync(path)) ?? null;
}

export async function startNats(program: string): Promise<NatsProcess> {
  const port = await freePort();
  const monitor = await freePort();
  const args = ["-js", "-sd", newDirectory("nats"), "-a", "127.0.0.1", "-p", String(port), "-m", String(monitor)];
  const child: ChildProcess = spawn(program, args, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  process.once("exit", () => child.kill("SIGKILL"));
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error("nats-server does not accept");
    await sleep(POLL_MS);
  }
  const pid = child.pid ?? -1;
  return {
    url: `nats://127.0.0.1:${port}`,
    cpuSeconds: () => cpuSecondsOf(pid),
    counts: () => readCounts(monitor),
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function readCounts(port: number): Promise<NatsCounts> {
  const answer = await asked(port, "/varz");
  const count = (name: string): number => {
    const value = memberOf(answer, name);
    if (typeof value !== "number") throw new Error(`nats-server does not say ${name}`);
    return value;
  };
  return {
    messagesIn: count("in_msgs"),
    messagesOut: count("out_msgs"),
    bytesIn: count("in_bytes"),
    bytesOut: count("out_bytes"),
    keyValueWrites: keyValueWrites(await asked(port, "/jsz?streams=true")),
    connections: count("connections"),
  };
}

/** A bucket is a stream whose name says so; each write is a message of it, also one that replaces another. */
function keyValueWrites(answer: unknown): number {
  return listOf(answer, "account_details")
    .flatMap((account) => listOf(account, "stream_detail"))
    .filter((stream) => String(memberOf(stream, "name")).startsWith("KV_"))
    .reduce<number>((sum, stream) => sum + Number(memberOf(memberOf(stream, "state"), "last_seq")), 0);
}

async function asked(port: number, path: string): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).json();
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
