// `laurel serve`: a node until a signal stops it.

import { randomBytes } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { type Logger, pino } from "pino";
import { errorCode } from "../base/caught.ts";
import type { Settings } from "../config/mod.ts";
import type { Node } from "../node.ts";
import { makeDataDirectory } from "../node/data_directory.ts";
import { startWorkers, whenEnded } from "../threads.ts";
import { commandSettings } from "./command_settings.ts";
import { Ending } from "./ending.ts";
import { Output } from "./output.ts";
import { stopSignal } from "./stop_signals.ts";
import { complain, exitCodeOf, exitCodes, usage } from "./usage.ts";

/** Of a start that failed, with threads that are still loading their code: a second, unless the machine is overwhelmed. */
const THREADS_PATIENCE_MS = 30_000;

export async function serve(args: readonly string[]): Promise<number> {
  const settings = commandSettings(process.env);
  if (args.length > 0 || !settings.ok) {
    process.stderr.write(settings.ok ? usage : `laurel: ${settings.error}\n`);
    return exitCodes.usage;
  }
  const output = new Output();
  const logger = pino({ level: settings.value.logLevel }, output);
  const ending = new Ending();
  ending.endOnBugs((error, kind) => logger.fatal({ err: error }, kind));
  const asked = stopSignal(ending);
  const token = settings.value.token ?? randomBytes(32).toString("base64url");
  const failure = newFailure();
  const node = await Promise.race([start(settings.value, token, logger, failure.onFailure, ending), asked]);
  if (typeof node === "string") {
    // What a start has done so far the next does again: it is not waited for, which may be long.
    logger.info({ signal: node }, "stopped_before_started");
    return ending.end(exitCodes.ok);
  }
  ending.letGoFirst(() => node.abandon());
  output.write(welcome(settings.value, node, token));
  const end = await Promise.race([asked, failure.failed]);
  if (end instanceof Error) return die(logger, ending, end);
  logger.info({ signal: end }, "stopping");
  const failed = await Promise.race([node.stop(), failure.failed]);
  if (failed instanceof Error) return die(logger, ending, failed);
  logger.info("stopped");
  return exitCodes.ok;
}

/** The node's failure as something to wait for. */
function newFailure(): { readonly failed: Promise<Error>; readonly onFailure: (error: Error) => void } {
  let onFailure: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    onFailure = resolve;
  });
  return { failed, onFailure };
}

async function start(
  settings: Settings,
  token: string,
  logger: Logger,
  onFailure: (error: Error) => void,
  ending: Ending,
): Promise<Node> {
  let workers: readonly Worker[] = [];
  let undo = (): void => undefined;
  try {
    // Before threads load code for it, and whoever is told of it waits for them.
    undo = makeDataDirectory(settings.data);
    // These threads take as long to load their code as this one takes for the rest.
    workers = startWorkers(settings);
    // Loaded here: whoever is told of a wrong setting does not wait for a whole node, and a signal is heard from the first moment on.
    const { startNode } = await import("../node.ts");
    const onStores = (letGo: (isAskedFor: boolean) => Promise<void>): void => ending.letGoFirst(letGo);
    return await startNode({ settings, token, logger, onFailure, onStores, workers });
  } catch (error) {
    // Its stores are being let go of: what fails over that is nobody's failure.
    if (ending.isBegun) return ending.end(exitCodes.ok);
    complain(saysNoRoom(error) ? `there is no room in ${settings.data}: ${String(error)}` : error);
    await whenEnded(workers, THREADS_PATIENCE_MS);
    undo();
    // What a failed start leaves behind is nothing that a restart needs; worker threads must not hold the process.
    process.exit(exitCodeOf(error));
  }
}

/** What Node says of it names no file. */
function saysNoRoom(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** After a failed disk or worker nothing in memory is trusted: the log and the checkpoints are, and the next start uses them. */
function die(logger: Logger, ending: Ending, error: Error): Promise<never> {
  logger.fatal({ err: error }, "node_failed");
  return ending.end(exitCodes.internal);
}

function welcome(settings: Settings, node: Node, token: string): string {
  const address = `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${node.port}`;
  const shown = settings.token === null ? token : "$LAUREL_TOKEN";
  const call = `curl -s -w '\\n' -X POST ${address}/v6/events -H "Authorization: Bearer ${shown}" -H 'Content-Type: application/json' -d`;
  return `
Laurel listens on ${address}
${settings.token === null ? `token of client demo, shown this once: ${token}` : "token of client demo: from LAUREL_TOKEN"}

Earn a reward: April registers a code, Frank buys with it, both are rewarded.

  ${call} '{"event_name":"advocate_code_created","data":{"email":"april@example.com","advocate_code":"APRIL"}}'
  ${call} '{"event_name":"converted","data":{"email":"frank@example.com","advocate_code":"APRIL","order_id":"A-1001","cart_value":"89.90"}}'
  curl -s -w '\\n' '${address}/v2/rewards' -H "Authorization: Bearer ${shown}"

`;
}
