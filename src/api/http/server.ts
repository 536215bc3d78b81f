// HttpServer: listens, hands each request to `dispatch` as an Exchange, and stops without losing one. The only caller of the server library.
//
//   H1. No handler of the library is registered but `#guard`: what it calls cannot throw into the library or forget the abort handler.
//   H2. A request whose head is malformed is refused and its connection closed before anything looks at it. It is refused a turn later:
//       an answer on the spot would let the library execute what lies behind the request in the same packet, although it is to close;
//       while an answer is pending it cuts the connection instead.
//   H3. `stop` refuses new connections at once, lets requests in flight finish for `drainTimeoutMs`, then cuts what is left.
//   H4. `abandon` cuts all at once and says nothing more. Either leaves no socket to the event loop: a thread that ends with one open aborts the process.
//   H5. The library never lets go of the handler that it was given, nor of this server with it: who has stopped keeps nothing of what it served with.

import { assert } from "../../base/assert.ts";
import { FrontIds, type IdShare } from "../../base/front_ids.ts";
import { PARTITIONS_MAX } from "../../base/ids.ts";
import { apiError } from "../../model/errors.ts";
import { loadUws, type UwsApp, type UwsListenSocket, type UwsRequest, type UwsResponse } from "../../native/mod.ts";
import type { CommonState } from "../common_state.ts";
import type { ApiLimits } from "../limits.ts";
import { ByteBudget } from "./byte_budget.ts";
import { Connections } from "./connections.ts";
import { Exchange, type ExchangeHost, type Refusal } from "./exchange.ts";
import { HeadReader } from "./request_head.ts";

/** The part of a logger that the front needs; pino has it. */
export interface FrontLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** May answer at once, later, or with a promise that it has; what it throws is answered as a failure. */
export type Dispatch = (exchange: Exchange) => void | Promise<void>;

export interface HttpServerOptions {
  readonly host: string;
  /** Others of this process listen there as well; absent: the port is taken alone. */
  readonly share?: IdShare;
  readonly limits: ApiLimits;
  readonly common: Pick<CommonState, "bodyBytes" | "answerBytes" | "connections">;
  readonly logger: FrontLogger;
  readonly dispatch: Dispatch;
  /** Headers, in lower case, that are kept beside those that every request is looked at for. */
  readonly wantedHeaders: ReadonlySet<string>;
  readonly observeRequest: ObserveRequest;
}

/** Of the library: no option. */
const LISTEN_SHARED = 0;

/** Told once a request, when it has ended: its route's path ("" without a route), the status of its answer (0: none) and how long it took. Hot path. */
export type ObserveRequest = (routePath: string, status: number, seconds: number) => void;

export interface HttpServerStats {
  readonly inFlight: number;
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  readonly bodyBytesHeld: number;
  readonly answerBytesHeld: number;
  /** Of all fronts of the node. */
  readonly connections: number;
  readonly connectionsRefused: number;
}

/** Ids of refusals count as a front that there is not. */
const REFUSAL_FRONT = PARTITIONS_MAX - 1;

export class HttpServer implements ExchangeHost {
  readonly bodyBytes: ByteBudget;
  readonly answerBytes: ByteBudget;
  readonly writeTimeoutMs: number;
  isStopping = false;
  readonly #options: Omit<HttpServerOptions, "dispatch">;
  /** Null: closed (H5). */
  #dispatch: Dispatch | null;
  readonly #heads: HeadReader;
  readonly #refusalIds: FrontIds;
  /** Each knows its place: a set of what comes and goes with every request costs several times as much. */
  readonly #inFlight: Exchange[] = [];
  readonly #loaded = loadUws();
  readonly #app: UwsApp;
  readonly #connections: Connections;
  #socket: UwsListenSocket | null = null;
  #whenEmpty: (() => void) | null = null;
  #stopped: Promise<void> | null = null;
  #isClosed = false;
  #requests = 0;
  #refused = 0;
  #failed = 0;

  constructor({ dispatch, ...options }: HttpServerOptions) {
    this.#options = options;
    this.#dispatch = dispatch;
    this.#heads = new HeadReader(options.wantedHeaders);
    const { limits, common } = options;
    this.#refusalIds = new FrontIds(REFUSAL_FRONT, options.share);
    this.bodyBytes = new ByteBudget(limits.bodyBytesInFlightMax, common.bodyBytes);
    this.answerBytes = new ByteBudget(limits.answerBytesInFlightMax, common.answerBytes);
    this.writeTimeoutMs = options.limits.writeTimeoutMs;
    this.#app = this.#loaded.uws.App();
    this.#connections = new Connections(limits.connectionsMax, common.connections, options.logger);
    this.#app.filter?.((response, change) => this.#count(response, change));
    this.#app.any("/*", (response, request) => this.#guard(response, request));
  }

  /** The port. @param port 0 lets the system choose */
  listen(port: number): Promise<number> {
    const { host, share, logger } = this.#options;
    const { uws, build } = this.#loaded;
    return new Promise((resolve, reject) => {
      // Exclusive: without it a second server on this port would silently get half of the connections. Fronts that share it have had it claimed.
      const how = share === undefined ? uws.LIBUS_LISTEN_EXCLUSIVE_PORT : LISTEN_SHARED;
      this.#app.listen(host, port, how, (socket) => {
        if (socket === false) return reject(new Error(`cannot listen on ${host}:${port}: is it in use?`));
        this.#socket = socket;
        const bound = uws.us_socket_local_port(socket);
        logger.info({ host, port: bound, build }, "listening");
        resolve(bound);
      });
    });
  }

  /** H3. */
  stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    return this.#stopped;
  }

  /** H4. */
  abandon(): void {
    this.isStopping = true;
    this.#close();
  }

  stats(): HttpServerStats {
    return {
      inFlight: this.#inFlight.length,
      requests: this.#requests,
      refused: this.#refused,
      failed: this.#failed,
      bodyBytesHeld: this.bodyBytes.bytes,
      answerBytesHeld: this.answerBytes.bytes,
      connections: this.#connections.open,
      connectionsRefused: this.#connections.refused,
    };
  }

  nextUniqueId(): string {
    return this.#refusalIds.next(Date.now());
  }

  onEnd(exchange: Exchange): void {
    this.#forget(exchange);
    this.#options.observeRequest(exchange.routePath, exchange.status, (performance.now() - exchange.startedMs) / 1000);
    if (this.#inFlight.length === 0) this.#whenEmpty?.();
  }

  /** The last one takes its place. */
  #forget(exchange: Exchange): void {
    const last = this.#inFlight.pop();
    assert(last !== undefined, "an exchange ends once");
    if (last === exchange) return;
    this.#inFlight[exchange.place] = last;
    last.place = exchange.place;
  }

  onRefused(refusal: Refusal): void {
    this.#refused++;
    const { error, ...fields } = refusal;
    if (error === undefined) return this.#options.logger.debug(fields, "refused");
    this.#failed++;
    this.#options.logger.error({ ...fields, err: error }, "request failed");
  }

  #count(response: UwsResponse, change: number): void {
    if (change < 0) this.#connections.closed();
    else if (!this.#connections.opened()) response.close();
  }

  /** H1. Nothing is thrown out of here: the library would end the process. */
  #guard(response: UwsResponse, request: UwsRequest): void {
    this.#requests++;
    const exchange = new Exchange(response, this, () => this.#heads.read(request));
    exchange.place = this.#inFlight.push(exchange) - 1;
    try {
      const { problem } = exchange.head;
      if (problem !== null) return void setImmediate(() => exchange.refuseAndClose(apiError(problem)));
      assert(this.#dispatch !== null, "the library tells a closed server of no request");
      const done = this.#dispatch(exchange);
      if (done !== undefined) done.catch((error: unknown) => exchange.fail(error));
    } catch (error) {
      exchange.fail(error);
    }
  }

  async #drain(): Promise<void> {
    this.isStopping = true;
    if (this.#socket !== null) this.#loaded.uws.us_listen_socket_close(this.#socket);
    this.#socket = null;
    // Some end by it, and leave the list.
    for (const exchange of this.#inFlight.slice()) exchange.noticeStop();
    await this.#whenNoneInFlight();
    // An answer that was made while a part of its body was received leaves when the library is back from that.
    await new Promise((resolve) => setImmediate(resolve));
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A cut exchange leaves the list.
    for (let last = this.#inFlight.at(-1); last !== undefined; last = this.#inFlight.at(-1)) last.cut();
    this.#app.close();
    this.#dispatch = null;
  }

  #whenNoneInFlight(): Promise<void> {
    if (this.#inFlight.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.limits.drainTimeoutMs);
      this.#whenEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
