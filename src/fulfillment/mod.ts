// Fulfilment: what leaves the process. The only door of this folder.
//
// In: jobs that are ready, pulled from the partitions that this node serves. Out: calls and mails; what came of them, as outcomes.

import type { LookUpSender } from "../model/event.ts";
import type { IsOptedOut } from "../model/opt_out.ts";
import type { ProviderOffers } from "../model/provider_offers.ts";
import type { RewardStateOf } from "../model/reward.ts";
import type { FindWebhook } from "../model/webhook.ts";
import { Dispatcher, type DispatcherParts, type DispatcherStats } from "./dispatcher.ts";
import type { FulfillmentLogger, JobSource } from "./job_source.ts";
import { withLiveWebhooks } from "./live_webhooks.ts";
import { lookUpCarrier } from "./look_up.ts";
import { withOptOuts } from "./opt_outs.ts";
import { noPayouts, payoutCarrier, type PayoutSettings } from "./payouts.ts";
import { type FindCredential, type OptOutUrl, Pool } from "./pool.ts";
import { defaultFulfillmentSettings, type FulfillmentSettings } from "./settings.ts";
import { withoutTakenBack } from "./taken_back.ts";
import { type SalesforceSettings, SalesforceShop } from "./salesforce.ts";
import type { ShareLinks } from "./share_mail.ts";
import { TangoCatalogue } from "./tango_catalogue.ts";

export type { DispatcherStats } from "./dispatcher.ts";
export type { OAuthFlavour, TokenExchange } from "./oauth.ts";
export type { FindCredential } from "./pool.ts";
export type { Credential } from "./signing.ts";
export type { ShareLinks } from "./share_mail.ts";
export type { FulfillmentSettings } from "./settings.ts";
export type { PayoutSettings } from "./payouts.ts";
export type { SalesforceSettings } from "./salesforce.ts";
export { TargetGuard } from "./target.ts";

export interface FulfillmentOptions {
  readonly source: JobSource;
  readonly settings?: Partial<FulfillmentSettings>;
  readonly findCredential: FindCredential;
  readonly findWebhook: FindWebhook;
  /** Null: no provider is configured. */
  readonly lookUp: LookUpSender | null;
  readonly logger: FulfillmentLogger;
  /** Absent: no provider is known. */
  readonly payouts?: PayoutSettings;
  /** Absent or null: Salesforce Commerce is not known. */
  readonly salesforce?: SalesforceSettings | null;
  /** Who wants no mails. */
  readonly isOptedOut: IsOptedOut;
  /** What became of rewards that mails hand over. */
  readonly rewardStateOf: RewardStateOf;
  /** Where whoever gets a mail opts out; absent: mails do not say. */
  readonly optOutUrl?: OptOutUrl;
  /** Where mails that share lead; absent: nowhere. */
  readonly shareLinksOf?: (client: string) => ShareLinks;
  /** Compiled entry of the threads (thread.ts). */
  readonly threadEntry: URL;
}

/** Open: nothing leaves before `start`. */
export interface Fulfillment {
  readonly offers: ProviderOffers;
  /** Carries out what is ready, from now on. Once. */
  start(): void;
  stats(): DispatcherStats;
  stop(): Promise<void>;
}

function carriersOf(
  pool: Pool,
  { findWebhook, lookUp, payouts = noPayouts, isOptedOut, rewardStateOf }: FulfillmentOptions,
): DispatcherParts["carriers"] {
  const mail = withOptOuts(withoutTakenBack(pool.mail, rewardStateOf), isOptedOut);
  return {
    WEBHOOK: withLiveWebhooks(pool.call, findWebhook),
    EMAIL: mail,
    SHARE_EMAIL: mail,
    DATA_INTELLIGENCE: lookUpCarrier(lookUp),
    PAYOUT: payoutCarrier(payouts, pool.send),
  };
}

export function openFulfillment(options: FulfillmentOptions): Fulfillment {
  const settings = { ...defaultFulfillmentSettings, ...options.settings };
  const { source, findCredential, logger, threadEntry, optOutUrl = () => null, shareLinksOf = () => null } = options;
  const pool = new Pool({ settings, findCredential, optOutUrl, shareLinksOf, threadEntry });
  const dispatcher = new Dispatcher({ source, settings, logger, carriers: carriersOf(pool, options) });
  return {
    offers: offersOf(pool, options),
    start: () => dispatcher.start(),
    stats: () => dispatcher.stats(),
    stop: async () => {
      await dispatcher.stop();
      await pool.stop();
    },
  };
}

function offersOf({ send }: Pool, { payouts = noPayouts, salesforce = null }: FulfillmentOptions): ProviderOffers {
  const catalogue = payouts.tango === null ? null : new TangoCatalogue(payouts.tango, send);
  return {
    readTangoCatalogue: catalogue === null ? null : () => catalogue.read(),
    couponShop: salesforce === null ? null : new SalesforceShop(salesforce, send),
  };
}
