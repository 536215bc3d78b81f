// A NATS server with JetStream, or a cluster of them, as processes of their own: on free loopback ports, with their stores in temporary
// directories. Killed and started again on the same store, it shows what acknowledgements are worth.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { programOf } from "./debian_package.ts";
import { freePort } from "./free_port.ts";

/** A start that takes longer has failed. */
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 20;

export interface NatsServer {
  /** `host:port` for clients. */
  readonly address: string;
  readonly pid: number;
  /** Everything it wrote so far. */
  output(): string;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and the same store. */
  restart(): Promise<void>;
  /** Stops it and removes its store. */
  dispose(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** @param jetstream lines for the server's `jetstream` block, such as a limit of its store */
export async function startNatsServer(jetstream = ""): Promise<NatsServer> {
  const server = new Server(programOf("nats-server"), { port: await freePort(), cluster: "", jetstream });
  await server.start();
  return server;
}

/** Servers that know each other and have elected a leader. */
export async function startNatsCluster(size = 3): Promise<NatsServer[]> {
  const program = programOf("nats-server");
  const ports = await Promise.all(Array.from({ length: size * 2 }, freePort));
  const routes = ports.slice(size).map((port) => `nats-route://127.0.0.1:${port}`);
  const servers = routes.map((_, i) => {
    const cluster = `cluster { name: test, listen: "127.0.0.1:${ports[size + i] ?? 0}", routes: [${routes.map((route) => `"${route}"`).join(", ")}] }`;
    return new Server(program, { port: ports[i] ?? 0, cluster, jetstream: "" });
  });
  await Promise.all(servers.map((server) => server.start()));
  return servers;
}

class Server implements NatsServer {
  readonly address: string;
  readonly #program: string;
  readonly #port: number;
  readonly #directory = mkdtempSync(join(tmpdir(), "laurel-nats-"));
  readonly #configFile: string;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #output = "";

  constructor(program: string, { port, cluster, jetstream }: { port: number; cluster: string; jetstream: string }) {
    this.#program = program;
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
    const store = join(this.#directory, "store");
    mkdirSync(store);
    this.#configFile = join(this.#directory, "nats.conf");
    writeFileSync(
      this.#configFile,
      `server_name: "node-${port}"\nlisten: "${this.address}"\njetstream {\n  store_dir: "${store}"\n  ${jetstream}\n}\n${cluster}\n`,
    );
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  output(): string {
    return this.#output;
  }

  async start(): Promise<void> {
    const child = spawn(this.#program, ["-c", this.#configFile], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-65_536);
      });
    }
    this.#ended = new Promise((resolve) => {
      child.once("exit", () => {
        running.delete(child);
        resolve();
      });
    });
    const deadlineMs = Date.now() + READY_TIMEOUT_MS;
    while (!(await accepts(this.#port))) {
      if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}:\n${this.#output}`);
      if (Date.now() > deadlineMs)
        throw new Error(`nats-server was not ready in ${READY_TIMEOUT_MS} ms:\n${this.#output}`);
      await pause(POLL_MS);
    }
  }

  restart(): Promise<void> {
    return this.start();
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    await this.#ended;
  }
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
