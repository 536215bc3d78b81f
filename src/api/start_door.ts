// StartDoor: listens where the front is to listen, for as long as a start takes: it says that the process is up and what the start is at, and refuses all else as temporary. A start
// may take minutes, and whoever watches over the process would take one that nothing answers for one that hangs, and start it again, for ever.
//
//   S1. It knows nothing of clients: no answer but those two depends on the request.
//   S2. Whoever closes it and listens in the same turn leaves the port to nobody.

import { apiError } from "../model/errors.ts";
import { Unavailable } from "../runtime/client.ts";
import { newCommonState } from "./common_state.ts";
import type { Exchange } from "./http/exchange.ts";
import { HttpServer } from "./http/server.ts";
import { defaultLimits } from "./limits.ts";

export interface StartDoor {
  close(): void;
}

export interface StartDoorOptions {
  readonly host: string;
  readonly port: number;
  readonly connectionsMax: number;
  /** What the start is at. */
  readonly reason: () => string;
}

/** Null when the port is taken: whoever needs it will say so. */
export async function openStartDoor({
  host,
  port,
  connectionsMax,
  reason,
}: StartDoorOptions): Promise<StartDoor | null> {
  const limits = { ...defaultLimits, connectionsMax };
  const server = new HttpServer({
    host,
    limits,
    common: newCommonState(limits),
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    dispatch: (exchange) => answer(exchange, reason),
    wantedHeaders: new Set(),
    observeRequest: quiet,
  });
  try {
    await server.listen(port);
  } catch {
    server.abandon();
    return null;
  }
  return { close: () => server.abandon() };
}

const quiet = (): void => undefined;
const starting = new Unavailable("recovering", 2);

function answer(exchange: Exchange, reason: () => string): void {
  const { method, path } = exchange.head;
  const isRead = method === "GET" || method === "HEAD";
  if (isRead && path === "/healthz") return exchange.json(JSON.stringify({ status: "up" }));
  if (isRead && path === "/readyz") return exchange.refuse(apiError("service_unavailable", { reason: reason() }));
  exchange.fail(starting);
}
