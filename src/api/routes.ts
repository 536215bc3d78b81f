// Every path that this server answers, of all APIs.

import type { ShareUrlOf } from "../model/share_url.ts";
import type { KeptBlock } from "../model/block.ts";
import type { Sealer } from "../model/client_key.ts";
import type { LookUpSender } from "../model/event.ts";
import type { ConfigurationClient, RuntimeClient } from "../runtime/client.ts";
import type { OptOutLinks } from "../model/opt_out.ts";
import type { ProviderOffers } from "../model/provider_offers.ts";
import type { CommonState } from "./common_state.ts";
import { batchRoutes } from "./batches/batches.ts";
import { fileRoutes } from "./batches/files.ts";
import { membersInFile } from "./batches/listed_members.ts";
import { consumerRoutes } from "./consumer/routes.ts";
import type { ConsumerSettings } from "./consumer/settings.ts";
import { controllerRoutes } from "./expert/controllers.ts";
import { flowStepRoutes } from "./expert/flow_steps.ts";
import { partFamilyRoutes } from "./expert/part_families.ts";
import { prehandlerRoutes } from "./expert/prehandlers.ts";
import { signalRoutes } from "./expert/signals.ts";
import type { Origins } from "./http/cors.ts";
import type { Route } from "./http/route.ts";
import type { FrontLogger } from "./http/server.ts";
import type { ApiLimits } from "./limits.ts";
import { audienceRoutes } from "./management/audiences.ts";
import { blockRoutes } from "./management/blocks.ts";
import { clientKeyRoutes } from "./management/client_keys.ts";
import { budgetRoutes } from "./management/budgets.ts";
import { erasureRoutes } from "./management/erasures.ts";
import { couponRoutes } from "./management/coupons.ts";
import { optOutLinkRoutes, optOutRoutes } from "./management/opt_outs.ts";
import { promotionLinkRoutes } from "./management/promotion_links.ts";
import { managementCampaignRoutes } from "./management/campaigns.ts";
import { simulateRoutes } from "./management/simulate.ts";
import { salesforceRoutes } from "./management/salesforce_coupons.ts";
import { supplierRoutes } from "./management/suppliers.ts";
import { tangoRoutes } from "./management/tango_catalogue.ts";
import { type RefuseTarget, webhookRoutes } from "./management/webhooks.ts";
import type { ApiDescription } from "./openapi/document.ts";
import { openApiRoutes } from "./openapi/routes.ts";
import { segmentRoutes } from "./segment/routes.ts";
import { Directory } from "./server/directory.ts";
import { EventGate } from "./server/event_gate.ts";
import { serverRoutes } from "./server/routes.ts";
import type { DescribeSender } from "./server/sender.ts";
import type { TokenDirectory } from "./server/token_directory.ts";

export interface AllRouteParts {
  readonly runtime: RuntimeClient;
  readonly configuration: ConfigurationClient;
  readonly tokens: TokenDirectory;
  readonly shareUrlOf: ShareUrlOf;
  /** Pages are served over TLS. */
  readonly isSecure: boolean;
  readonly sealer: Sealer | null;
  readonly offers: ProviderOffers;
  /** Null: mails bear no links by which to opt out. */
  readonly optOutLinks: OptOutLinks | null;
  readonly refuseTarget: RefuseTarget;
  readonly limits: ApiLimits;
  readonly common: Pick<CommonState, "personRates">;
  readonly describeSender: DescribeSender;
  readonly lookUpSender: LookUpSender | null;
  /** Null: browsers and apps are not answered. */
  readonly consumers: ConsumerSettings | null;
  readonly origins: Origins;
  readonly globalBlocks: readonly KeptBlock[];
  readonly logger: FrontLogger;
  readonly metricsText: () => Promise<string>;
}

export function allRoutes(parts: AllRouteParts): Route[] {
  const { configuration } = parts;
  const apis: readonly ApiDescription[] = [
    {
      name: "integration-server",
      title: "Integration: back ends",
      description: "Events in, persons and rewards out and in: what back ends call all day.",
      routes: backEndRoutes(parts),
    },
    ...(parts.consumers === null ? [] : [consumerApi(parts, parts.consumers)]),
    {
      name: "collection",
      title: "Collection: analytics libraries",
      description: "Events as back-end analytics libraries send them.",
      routes: segmentRoutes(parts),
    },
    {
      name: "management",
      title: "Management",
      description:
        "Campaigns, audiences, reward suppliers, block lists, webhooks and security keys, as operators make them.",
      routes: [
        ...managementCampaignRoutes(configuration),
        ...blockRoutes(configuration, parts.globalBlocks),
        ...audienceRoutes(configuration, parts.runtime, (client, id) => membersInFile(parts.runtime, client, id)),
        ...clientKeyRoutes(configuration, parts.sealer),
        ...webhookRoutes(parts),
        ...supplierRoutes(configuration, parts.offers.readTangoCatalogue),
        ...couponRoutes(configuration, parts.runtime),
        ...budgetRoutes(configuration, parts.runtime),
        ...tangoRoutes(parts.offers.readTangoCatalogue),
        ...salesforceRoutes(configuration, parts.runtime, parts.offers.couponShop),
        ...optOutRoutes(parts),
        ...erasureRoutes(parts.runtime),
        ...promotionLinkRoutes(parts),
        ...simulateRoutes(configuration, parts.runtime),
      ],
    },
    {
      name: "management-expert",
      title: "Management, part by part",
      description: "Controllers, triggers, actions, flow steps, prehandlers and signals.",
      routes: [
        ...prehandlerRoutes(configuration),
        ...controllerRoutes(configuration),
        ...partFamilyRoutes(configuration),
        ...flowStepRoutes(configuration),
        ...signalRoutes(new Directory(parts.runtime)),
        ...optOutLinkRoutes(parts),
      ],
    },
  ];
  return [...apis.flatMap(({ routes }) => routes), ...openApiRoutes(apis)];
}

/** What back ends call. */
export function backEndRoutes(parts: Parameters<typeof serverRoutes>[0]): Route[] {
  const gate = new EventGate(parts.limits);
  return [...serverRoutes(parts), ...fileRoutes(parts.runtime), ...batchRoutes({ ...parts, gate })];
}

function consumerApi(
  parts: Omit<Parameters<typeof consumerRoutes>[0], "settings">,
  settings: ConsumerSettings,
): ApiDescription {
  return {
    name: "integration-consumer",
    title: "Integration: browsers and apps",
    description: "What pages and apps of consumers call: tokens, events, and what is theirs to see.",
    routes: consumerRoutes({ ...parts, settings }),
  };
}
