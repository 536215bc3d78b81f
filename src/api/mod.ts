// The front: HTTP in, records and queries to the runtime, answers out. The only door of this folder.
//
// In: requests. Out: calls of `RuntimeClient`, and answers. It keeps no truth: killing it loses nothing that was acknowledged.
// `http/` knows HTTP and nothing of the domain; `server/` has the operations and the contract's words.

import { WrongSetting } from "../base/wrong_setting.ts";
import type { IdShare } from "../base/front_ids.ts";
import type { KeptBlock } from "../model/block.ts";
import type { Sealer } from "../model/client_key.ts";
import type { LookUpSender } from "../model/event.ts";
import type { IsOptedOut, OptOutLinks } from "../model/opt_out.ts";
import type { RewardStateOf } from "../model/reward.ts";
import { noOffers, type ProviderOffers } from "../model/provider_offers.ts";
import type { ConfigurationClient, RuntimeClient } from "../runtime/client.ts";
import { type CommonState, newCommonState } from "./common_state.ts";
import { type ConsumerSettings, shareUrlsOf } from "./consumer/settings.ts";
import { TokenMint } from "./consumer/token_mint.ts";
import { Visitors } from "./consumer/visitors.ts";
import type { TokenStore, VisitorBook } from "./http/auth.ts";
import { Origins } from "./http/cors.ts";
import { createDispatch } from "./http/dispatch.ts";
import { type FrontLogger, HttpServer, type HttpServerStats, type ObserveRequest } from "./http/server.ts";
import { type ApiLimits, defaultLimits } from "./limits.ts";
import { allRoutes } from "./routes.ts";
import type { RefuseTarget } from "./management/webhooks.ts";
import { Directory } from "./server/directory.ts";
import { senderWith } from "./server/sender.ts";
import { TokenDirectory } from "./server/token_directory.ts";

export {
  type BootstrapToken,
  bootstrapTokens,
  FixedTokens,
  type Grant,
  hashToken,
  type TokenScope,
} from "./http/auth.ts";
export type { FrontLogger, HttpServerStats } from "./http/server.ts";
export { openStartDoor, type StartDoor } from "./start_door.ts";
export { claimPort } from "./http/port_claim.ts";
export { type CommonState, newCommonState } from "./common_state.ts";
export { CouponWatch } from "./management/coupon_watch.ts";
export {
  clientsByHost,
  type ConsumerSettings,
  consumerSettings,
  destinationsByClient,
  listedHosts,
  shareUrlsOf,
} from "./consumer/settings.ts";
export { type ApiLimits, defaultLimits } from "./limits.ts";

export interface FrontOptions {
  readonly host: string;
  /** Other fronts of this process listen on the port, too, and this is one of them; absent: it is taken alone. */
  readonly share?: IdShare;
  /** What it counts together with them; absent: of its own. */
  readonly common?: CommonState;
  /** 0 lets the system choose. A function is asked when all else is ready. */
  readonly port: number | (() => Promise<number>);
  readonly runtime: RuntimeClient;
  readonly configuration: ConfigurationClient;
  /** Given at start; those of clients' configurations come on top. */
  readonly tokens: TokenStore;
  /** Where share links begin, such as `https://share.example.com`. */
  readonly shareUrl: string;
  /** Hides clients' secrets; absent or null: none can be kept. */
  readonly sealer?: Sealer | null;
  /** Absent or null: nobody opts out by a link. */
  readonly optOutLinks?: OptOutLinks | null;
  /** Absent: no provider is known here. */
  readonly offers?: ProviderOffers;
  /** Why no webhook may lead to an address; null: it may. Absent: they may lead anywhere. */
  readonly refuseTarget?: RefuseTarget;
  /** What differs from `defaultLimits`. */
  readonly limits: Partial<ApiLimits>;
  /** What providers know of senders; absent or null: there are none. */
  readonly lookUpSender?: LookUpSender | null;
  /** Absent or null: browsers and apps are not answered. */
  readonly consumers?: ConsumerSettings | null;
  /** Blocks of the platform; absent: none. */
  readonly globalBlocks?: readonly KeptBlock[];
  readonly metricsText: () => Promise<string>;
  readonly observeRequest: ObserveRequest;
  readonly logger: FrontLogger;
}

export interface Front {
  readonly port: number;
  /** Takes no new requests, finishes those in flight, then closes. */
  stop(): Promise<void>;
  /** For a process that must not go on: finishes nothing, closes at once. */
  abandon(): void;
  stats(): HttpServerStats;
}

/** Where no route is a consumer's. */
const nobodyVisits: VisitorBook = {
  identify: () => ({ client: "", holder: null, refusal: "missing_access_token" }),
  addressOf: (_head, remote) => remote,
};

export async function startFront(options: FrontOptions): Promise<Front> {
  const { host, runtime, configuration, globalBlocks = [], metricsText, observeRequest, logger } = options;
  if (!URL.canParse(options.shareUrl))
    throw new WrongSetting(`share links cannot begin with ${options.shareUrl}: it is no URL`);
  const limits = { ...defaultLimits, ...options.limits };
  const { share, common = newCommonState(limits) } = options;
  const tokens = new TokenDirectory(options.tokens, configuration, common.tokenChanges);
  const lookUpSender = options.lookUpSender ?? null;
  const describeSender = senderWith(lookUpSender);
  const consumers = options.consumers ?? null;
  const origins = new Origins(consumers?.origins ?? []);
  const visitors =
    consumers === null ? nobodyVisits : new Visitors(new TokenMint(consumers.tokenKeys), consumers, origins);
  const routes = allRoutes({
    runtime,
    configuration,
    tokens,
    shareUrlOf: shareUrlsOf(options.shareUrl, consumers),
    isSecure: options.shareUrl.startsWith("https:"),
    sealer: options.sealer ?? null,
    optOutLinks: options.optOutLinks ?? null,
    offers: options.offers ?? noOffers,
    refuseTarget: options.refuseTarget ?? (() => null),
    limits,
    common,
    describeSender,
    lookUpSender,
    consumers,
    origins,
    logger,
    globalBlocks,
    metricsText,
  });
  const dispatch = createDispatch({ runtime, routes, tokens, visitors, origins, limits, common });
  const { wantedHeaders } = runtime;
  const server = new HttpServer({
    host,
    ...(share === undefined ? {} : { share }),
    limits,
    common,
    logger,
    dispatch,
    wantedHeaders,
    observeRequest,
  });
  const port = await server.listen(typeof options.port === "number" ? options.port : await options.port());
  return { port, stop: () => server.stop(), abandon: () => server.abandon(), stats: () => server.stats() };
}

/** What became of a reward, asked of the partition that has it; null: there is none. */
export function rewardStatesIn(runtime: RuntimeClient): RewardStateOf {
  const directory = new Directory(runtime);
  return async (client, rewardId) => (await directory.reward(client, rewardId))?.state ?? null;
}

/** Whether an address wants no mails, asked of the partitions that know. */
export function optOutsIn(runtime: RuntimeClient): IsOptedOut {
  const directory = new Directory(runtime);
  return (client, email) => directory.isOptedOut(client, email);
}
