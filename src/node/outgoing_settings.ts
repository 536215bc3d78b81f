// Outgoing settings: what calls, mails, links and payouts go by, of the settings of a node.

import { clientsByHost, destinationsByClient, listedHosts, shareUrlsOf } from "../api/mod.ts";
import { WrongSetting } from "../base/wrong_setting.ts";
import type { Settings } from "../config/mod.ts";
import { allowedNetworks } from "../fronts/mod.ts";
import type { PayoutSettings, SalesforceSettings, ShareLinks } from "../fulfillment/mod.ts";
import type { ShareUrlOf } from "../model/share_url.ts";

export interface OutgoingSettings {
  /** Addresses that calls may go to although they are the operator's own. */
  readonly allowedNetworks: readonly string[];
  /** Null: mails stay in the outbox. */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly shareUrlOf: ShareUrlOf;
  readonly shareLinksOf: (client: string) => ShareLinks;
  readonly payouts: PayoutSettings;
  /** Null: no codes come from there. */
  readonly salesforce: SalesforceSettings | null;
}

/** What calls, mails and links go by. Throws `WrongSetting`, and so before there is anything that would have to be closed again. */
export function outgoingSettings(settings: Settings): OutgoingSettings {
  return {
    allowedNetworks: allowedNetworks(settings),
    smtpUrl: smtpUrlOf(settings),
    mailFrom: mailFromOf(settings),
    shareUrlOf: shareUrls(settings),
    shareLinksOf: shareLinks(settings),
    payouts: payoutsOf(settings),
    salesforce: salesforceOf(settings),
  };
}

function mailFromOf({ mailFrom }: Settings): string {
  if (/^[^@]+@[^@]+$/.test(mailFrom)) return mailFrom;
  throw new WrongSetting(`LAUREL_MAIL_FROM is an address such as Acme <no-reply@acme.com>, and ${mailFrom} is none`);
}

function smtpUrlOf({ smtpUrl }: Settings): string | null {
  if (smtpUrl === null || /^smtps?:\/\//i.test(smtpUrl)) return smtpUrl;
  throw new WrongSetting("LAUREL_SMTP_URL begins with smtp:// or smtps://, and what it is set to does not");
}

/** Mails lead where share links may lead. */
function shareLinks(settings: Settings): (client: string) => ShareLinks {
  const { shareDestination, shareDestinations, shareHosts } = settings;
  const shareUrlOf = shareUrls(settings);
  const destinations = destinationsByClient(shareDestinations);
  const hosts = listedHosts(shareHosts);
  return (client) => {
    const destination = destinations.get(client) ?? shareDestination;
    // One that is no address is refused where consumers are served.
    const leadsAway = destination !== null && URL.canParse(destination);
    return {
      shareUrl: shareUrlOf(client),
      hosts: new Set([...hosts, ...(leadsAway ? [new URL(destination).host] : [])]),
    };
  };
}

function shareUrls({ shareUrl, consumerHosts, consumerClient }: Settings): ShareUrlOf {
  return shareUrlsOf(shareUrl, { hosts: clientsByHost(consumerHosts), defaultClient: consumerClient });
}

/** A provider is known when all is said that it asks for. */
function payoutsOf(settings: Settings): PayoutSettings {
  const { tangoUrl, tangoPlatform, tangoKey, tangoCustomer, paypalUrl, paypalClientId, paypalSecret } = settings;
  return {
    tango:
      tangoPlatform === null || tangoKey === null || tangoCustomer === null
        ? null
        : { url: tangoUrl, platform: tangoPlatform, key: tangoKey, customer: tangoCustomer },
    paypal:
      paypalClientId === null || paypalSecret === null
        ? null
        : { url: paypalUrl, clientId: paypalClientId, secret: paypalSecret },
  };
}

function salesforceOf(settings: Settings): SalesforceSettings | null {
  const { salesforceUrl: url, salesforceTokenUrl: tokenUrl, salesforceSite: site } = settings;
  const { salesforceClientId: clientId, salesforceSecret: secret } = settings;
  return url === null || site === null || clientId === null || secret === null
    ? null
    : { url: url.replace(/\/$/, ""), tokenUrl, site, clientId, secret };
}
