// The route table of the consumer API: every path that browsers and apps are answered at.

import type { Sealer } from "../../model/client_key.ts";
import type { LookUpSender } from "../../model/event.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import type { Route } from "../http/route.ts";
import type { ApiLimits } from "../limits.ts";
import { Directory } from "../server/directory.ts";
import { ConsumerEvents } from "./consumer_events.ts";
import { consumerEventRoutes } from "./events.ts";
import { IdentityProofs } from "./identity_proof.ts";
import { pageRoutes } from "./pages.ts";
import type { ConsumerSettings } from "./settings.ts";
import { TokenMint } from "./token_mint.ts";
import { consumerTokenRoutes } from "./tokens.ts";
import { visitorsWith } from "./visitor_facts.ts";
import { consumerZoneRoutes } from "./zones.ts";

export interface ConsumerRouteParts {
  readonly runtime: RuntimeClient;
  readonly configuration: ConfigurationClient;
  readonly settings: ConsumerSettings;
  readonly sealer: Sealer | null;
  /** Where share links begin. */
  readonly shareUrl: string;
  readonly limits: ApiLimits;
  readonly lookUpSender: LookUpSender | null;
}

export function consumerRoutes(parts: ConsumerRouteParts): Route[] {
  const { runtime, settings } = parts;
  const directory = new Directory(runtime);
  const mint = new TokenMint(settings.tokenKeys);
  const proofs = new IdentityProofs(parts.configuration, parts.sealer);
  const describeVisitor = visitorsWith(parts.lookUpSender, settings.trustedProxies);
  const isSecure = parts.shareUrl.startsWith("https:");
  const events = new ConsumerEvents({
    shareUrl: parts.shareUrl,
    runtime,
    limits: parts.limits,
    mint,
    proofs,
    describeVisitor,
  });
  return [
    ...consumerTokenRoutes({ runtime, directory, mint, proofs }),
    ...pageRoutes(settings.pages),
    ...consumerEventRoutes({ events, mint, isSecure }),
    ...consumerZoneRoutes({ events, mint, isSecure }),
  ];
}
