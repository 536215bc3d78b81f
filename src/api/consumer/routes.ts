// The route table of the consumer API: every path that browsers and apps are answered at.

import type { ShareUrlOf } from "../../model/share_url.ts";
import type { Sealer } from "../../model/client_key.ts";
import type { LookUpSender } from "../../model/event.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import type { Origins } from "../http/cors.ts";
import type { Route } from "../http/route.ts";
import type { FrontLogger } from "../http/server.ts";
import type { ApiLimits } from "../limits.ts";
import { Directory } from "../server/directory.ts";
import { assetRoutes } from "./assets.ts";
import { ConsumerEvents } from "./consumer_events.ts";
import { consumerEventRoutes } from "./events.ts";
import { debugRoutes } from "./debug.ts";
import { firstShareableRoutes } from "./first_shareables.ts";
import { friendRoutes } from "./friends.ts";
import { mailRoutes } from "./mails.ts";
import { ownRecordRoutes } from "./own_records.ts";
import { parameterRoutes } from "./parameters.ts";
import { profileRoutes } from "./profile.ts";
import { publicPersonRoutes } from "./public_persons.ts";
import { publicShareRoutes } from "./public_shares.ts";
import { rewardStatusRoutes } from "./reward_status.ts";
import { shareLinkRoutes } from "./share_links.ts";
import { shareableRoutes } from "./shareables.ts";
import { shareRoutes } from "./shares.ts";
import { IdentityProofs } from "./identity_proof.ts";
import { pageRoutes } from "./pages.ts";
import type { ConsumerSettings } from "./settings.ts";
import { mintFor, TokenMint } from "./token_mint.ts";
import { consumerTokenRoutes } from "./tokens.ts";
import { visitorsWith } from "./visitor_facts.ts";
import { consumerZoneRoutes } from "./zones.ts";
import { verificationRoutes } from "./verification.ts";

export interface ConsumerRouteParts {
  readonly runtime: RuntimeClient;
  readonly configuration: ConfigurationClient;
  readonly origins: Origins;
  readonly settings: ConsumerSettings;
  readonly sealer: Sealer | null;
  /** Where share links begin. */
  readonly shareUrlOf: ShareUrlOf;
  readonly isSecure: boolean;
  readonly limits: ApiLimits;
  readonly lookUpSender: LookUpSender | null;
  readonly logger: FrontLogger;
}

export function consumerRoutes(parts: ConsumerRouteParts): Route[] {
  const { runtime, settings } = parts;
  const directory = new Directory(runtime);
  const mint = new TokenMint(settings.tokenKeys);
  const proofs = new IdentityProofs(parts.configuration, parts.sealer);
  const describeVisitor = visitorsWith(parts.lookUpSender);
  const { isSecure, shareUrlOf } = parts;
  const cookies = { isSecure, origins: parts.origins };
  const events = new ConsumerEvents({
    shareUrlOf,
    runtime,
    limits: parts.limits,
    mint,
    proofs,
    describeVisitor,
  });
  const self = { runtime, directory };
  const linkMint = mintFor("verification links", settings.tokenKeys);
  const markMint = mintFor("verification marks", settings.tokenKeys);
  return [
    ...consumerTokenRoutes({ runtime, directory, mint, proofs }),
    ...pageRoutes(settings.pages),
    ...consumerEventRoutes({ events, mint, cookies }),
    ...consumerZoneRoutes({ events, mint, cookies }),
    ...profileRoutes({ ...self, events }),
    ...parameterRoutes(self),
    ...ownRecordRoutes(self),
    ...friendRoutes(self),
    ...rewardStatusRoutes(self),
    ...shareableRoutes({ ...self, configuration: parts.configuration, shareUrlOf }),
    ...firstShareableRoutes({ ...self, configuration: parts.configuration, shareUrlOf }),
    ...shareRoutes({ ...self, events }),
    ...assetRoutes(self),
    ...mailRoutes({ ...self, events, linkMint, shareUrlOf }),
    ...verificationRoutes({ ...self, mint, linkMint, markMint, settings, cookies }),
    ...publicPersonRoutes(self),
    ...publicShareRoutes(self),
    ...debugRoutes({ logger: parts.logger, isSecure }),
    ...shareLinkRoutes({ events, directory, settings, cookies, configuration: parts.configuration }),
  ];
}
