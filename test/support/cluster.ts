// A cluster of real processes: nodes over a NATS server (or three) on loopback ports, each with its data in a directory of its own.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFailed } from "vitest";
import { Line } from "./line.ts";
import { type NatsServer, startNatsCluster, startNatsServer } from "./nats_server.ts";
import { type ProcessEnd, type ServerProcess, startServer } from "./server_process.ts";

/** Short, so that a test that waits for a lease does not wait long; long enough for two cores that do everything. */
export const LEASE_MS = 1_500;

/** What a test that failed shows of the log of every process there was. */
const LOG_TAIL_LINES = 60;

export interface ClusterNode {
  readonly name: string;
  /** The process that runs now; the last one when none does. */
  readonly process: () => ServerProcess;
  /** kill -9. */
  kill(): Promise<void>;
  stop(): Promise<ProcessEnd>;
  /** Starts it again on its data; resolves when it is ready. */
  restart(): Promise<void>;
}

export interface ClusterLayout {
  /** NATS servers; default 1. */
  readonly servers?: number;
  /** Settings of every node. */
  readonly environment?: { readonly [name: string]: string };
  /** Every node reaches the server over a line of its own, which the test can cut. */
  readonly isLined?: boolean;
}

export interface RunningCluster {
  readonly nats: readonly NatsServer[];
  readonly nodes: readonly ClusterNode[];
  /** By node; empty when they are not lined. */
  readonly lines: readonly Line[];
  readonly natsUrl: string;
  readonly name: string;
  /** One node more. */
  join(): Promise<ClusterNode>;
  dispose(): Promise<void>;
}

export async function startCluster(size: number, layout: ClusterLayout = {}): Promise<RunningCluster> {
  const { servers = 1, environment = {}, isLined = false } = layout;
  const nats = servers === 1 ? [await startNatsServer()] : await startNatsCluster(servers);
  const base = mkdtempSync(join(tmpdir(), "laurel-cluster-"));
  const name = `c${randomBytes(4).toString("hex")}`;
  const natsUrl = `nats://${nats.map(({ address }) => address).join(",")}`;
  const nodes: ClusterNode[] = [];
  const lines: Line[] = [];
  const processes: (() => readonly ServerProcess[])[] = [];
  onTestFailed(() => {
    const logs = processes
      .flatMap((each) => each())
      .map((each) => `--- process ${each.pid}\n${tailOf(each.output())}\n`);
    process.stderr.write(logs.join(""));
  });
  const urlOf = async (i: number): Promise<string> => {
    if (!isLined) return natsUrl;
    const line = await Line.open(nats[0]?.address ?? "");
    lines[i] = line;
    return `nats://${line.address}`;
  };
  const open = async (i: number): Promise<ClusterNode> => {
    const url = await urlOf(i);
    const start = (): Promise<ServerProcess> =>
      startServer({
        dataDirectory: join(base, `node${i}`),
        environment: {
          ...nodeSettings({ cluster: name, natsUrl: url, servers, node: i }),
          LAUREL_LOG_LEVEL: "info",
          ...environment,
        },
      });
    let current = await start();
    const former: ServerProcess[] = [];
    processes.push(() => [...former, current]);
    return {
      name: `node${i}`,
      process: () => current,
      kill: () => current.kill(),
      stop: () => current.stop(),
      async restart() {
        const next = await start();
        former.push(current);
        current = next;
      },
    };
  };
  const dispose = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.kill()));
    await Promise.all(lines.map((line) => line.close()));
    await Promise.all(nats.map((server) => server.dispose()));
    rmSync(base, { recursive: true, force: true });
  };
  const opened = await Promise.allSettled(Array.from({ length: size }, (_, i) => open(i)));
  for (const each of opened) if (each.status === "fulfilled") nodes.push(each.value);
  for (const each of opened) {
    if (each.status === "fulfilled") continue;
    await dispose();
    throw each.reason;
  }
  return {
    nats,
    nodes,
    lines,
    natsUrl,
    name,
    async join() {
      const node = await open(nodes.length);
      nodes.push(node);
      return node;
    },
    dispose,
  };
}

/** Of one node of several. */
export function nodeSettings(of: {
  readonly cluster: string;
  readonly natsUrl: string;
  readonly servers: number;
  readonly node: number;
}): { readonly [name: string]: string } {
  return {
    LAUREL_NATS_URL: of.natsUrl,
    LAUREL_NATS_REPLICAS: String(of.servers === 1 ? 1 : 3),
    LAUREL_CLUSTER: of.cluster,
    LAUREL_NODE: `node${of.node}`,
    LAUREL_LEASE_MS: String(LEASE_MS),
    LAUREL_CHECKPOINT_INTERVAL_MS: "1000",
    // Several nodes share the cores; with more workers than one each: `cluster/kill.test.ts`.
    LAUREL_WORKERS: "1",
  };
}

function tailOf(output: string): string {
  return output.trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
}
