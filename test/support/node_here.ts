// The built program's node within the process of the tests: its threads, its disk and its port are real. What is left out is the process, whose
// start costs more than most tests do: for tests that ask over HTTP and stop cleanly, but kill nothing and read no output.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Logger, pino } from "pino";
import { readSettings } from "../../src/config/mod.ts";
import { makeDataDirectory } from "../../src/node/data_directory.ts";
import type { startNode } from "../../src/node.ts";
import { builtNode, type ServerOptions, SMALL, TOKEN } from "./server_process.ts";

export interface NodeHere {
  readonly url: string;
  readonly port: number;
  /** Clean, and once, however often it is asked; rejects when the node failed meanwhile. */
  stop(): Promise<void>;
  /** As it is, without its last checkpoint, which takes a third of what a node takes in all: for what is looked at no more. Once; rejects as `stop`. */
  abandon(): Promise<void>;
}

/** Starts a node and resolves when it is ready. It has one worker unless the test wants more: each takes a quarter of a second of CPU to start. */
export async function startHere({
  dataDirectory,
  environment = {},
  logger = pino({ level: "fatal" }),
}: Pick<ServerOptions, "dataDirectory" | "environment"> & { readonly logger?: Logger } = {}): Promise<NodeHere> {
  const data = dataDirectory ?? mkdtempSync(join(tmpdir(), "laurel-test-"));
  const own = { LAUREL_PORT: "0", LAUREL_DATA: data, LAUREL_TOKEN: TOKEN, ...SMALL };
  const settings = readSettings({}, { ...own, ...environment });
  if (!settings.ok) throw new Error(settings.error);
  const built: { readonly startNode: typeof startNode } = await import(pathToFileURL(builtNode).href);
  // As the command line does before it starts a node.
  makeDataDirectory(settings.value.data);
  const failures: Error[] = [];
  let stopping: Promise<void> | null = null;
  let letGo: (isAskedFor: boolean) => Promise<void> = () => Promise.resolve();
  const node = await built.startNode({
    settings: settings.value,
    token: TOKEN,
    logger,
    onFailure: (error) => failures.push(error),
    onStores: (how) => {
      letGo = how;
    },
  });
  return {
    url: `http://127.0.0.1:${node.port}`,
    port: node.port,
    stop() {
      stopping ??= stop();
      return stopping;
    },
    abandon() {
      stopping ??= letGo(false).then(stop);
      return stopping;
    },
  };

  async function stop(): Promise<void> {
    await node.stop();
    if (dataDirectory === undefined) rmSync(data, { recursive: true, force: true });
    if (failures.length > 0) throw new AggregateError(failures, "the node failed");
  }
}
