// `laurel serve`: a node until a signal stops it.

import { randomBytes } from "node:crypto";
import { pino, type Logger } from "pino";
import type { Settings } from "../config.ts";
import { LogLocked } from "../log/mod.ts";
import { type Node, startNode } from "../node.ts";
import { commandSettings } from "./command_settings.ts";
import { exitCodes, usage } from "./usage.ts";

export async function serve(args: readonly string[]): Promise<number> {
  const settings = commandSettings(process.env);
  if (args.length > 0 || !settings.ok) {
    process.stderr.write(settings.ok ? usage : `laurel: ${settings.error}\n`);
    return exitCodes.usage;
  }
  const logger = pino({ level: settings.value.logLevel });
  dieOnBugs(logger);
  const token = settings.value.token ?? randomBytes(32).toString("base64url");
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const started = await start(settings.value, token, logger, fail);
  if (typeof started === "number") return started;
  welcome(settings.value, started, token);
  const end = await Promise.race([signal(), failed]);
  if (end instanceof Error) {
    logger.fatal({ err: end }, "node_failed");
    return die();
  }
  logger.info({ signal: end }, "stopping");
  process.once(end, () => process.exit(exitCodes.different));
  await started.stop();
  logger.info("stopped");
  return exitCodes.ok;
}

async function start(
  settings: Settings,
  token: string,
  logger: Logger,
  onFailure: (error: Error) => void,
): Promise<Node | number> {
  try {
    return await startNode({ settings, token, logger, onFailure });
  } catch (error) {
    process.stderr.write(`laurel: ${error instanceof Error ? error.message : String(error)}\n`);
    // What a failed start leaves behind is nothing that a restart needs; worker threads must not hold the process.
    process.exit(error instanceof LogLocked ? exitCodes.temporary : exitCodes.internal);
  }
}

function signal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve(name));
  });
}

/** After a bug or a failed disk nothing in memory is trusted: the log and the checkpoints are, and the next start uses them. */
function dieOnBugs(logger: Logger): void {
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(kind, (error: unknown) => {
      logger.fatal({ err: error }, kind);
      die();
    });
  }
}

function die(): never {
  process.exit(exitCodes.internal);
}

function welcome(settings: Settings, node: Node, token: string): void {
  const address = `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${node.port}`;
  const shown = settings.token === null ? token : "$LAUREL_TOKEN";
  const call = `curl -s -X POST ${address}/v6/events -H "Authorization: Bearer ${shown}" -H 'Content-Type: application/json' -d`;
  process.stdout.write(`
Laurel listens on ${address}
${settings.token === null ? `token of client demo, shown this once: ${token}` : "token of client demo: from LAUREL_TOKEN"}

Earn a reward: April registers a code, Frank buys with it, both are rewarded.

  ${call} '{"event_name":"advocate_code_created","data":{"email":"april@example.com","advocate_code":"APRIL"}}'
  ${call} '{"event_name":"converted","data":{"email":"frank@example.com","advocate_code":"APRIL","order_id":"A-1001","cart_value":"89.90"}}'
  curl -s '${address}/v2/rewards' -H "Authorization: Bearer ${shown}"

`);
}
