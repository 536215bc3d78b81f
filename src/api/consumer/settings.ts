// What a node is told about the consumers of its clients.

import type { ShareUrlOf } from "../../model/share_url.ts";
import { WrongSetting } from "../../base/wrong_setting.ts";
import type { ServedPage } from "./pages.ts";

export interface ConsumerSettings {
  /** The first signs tokens, all verify them. */
  readonly tokenKeys: readonly [Buffer, ...Buffer[]];
  /** Whose consumers come by hosts that are not listed. */
  readonly defaultClient: string;
  /** Client by host, in lower case, without a port. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Whose pages may use cookies; "*": all. */
  readonly origins: readonly string[];
  /** Where share links lead that name no page. */
  readonly shareDestination: string;
  /** The same of clients that have one of their own. */
  readonly shareDestinations: ReadonlyMap<string, string>;
  /** Hosts, in lower case, to which contents of share links may lead besides. */
  readonly shareHosts: ReadonlySet<string>;
  /** The script for pages, and a shop that shows it. */
  readonly pages: readonly ServedPage[];
  /** Proxies before the node whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: number;
}

/** As the settings of a node write them. Throws a sentence for the operator. */
export function consumerSettings(given: {
  readonly tokenKeys: readonly [Buffer, ...Buffer[]];
  readonly client: string;
  readonly hosts: string | null;
  readonly origins: string | null;
  readonly shareDestination: string;
  readonly shareDestinations: string | null;
  readonly shareHosts: string | null;
  readonly trustedProxies: number;
  readonly pages: readonly ServedPage[];
}): ConsumerSettings {
  const { tokenKeys, trustedProxies, shareDestination, pages } = given;
  if (!isWebAddress(shareDestination))
    throw new WrongSetting(`share links cannot lead to ${shareDestination}: it is no web address`);
  return {
    tokenKeys,
    defaultClient: given.client,
    hosts: clientsByHost(given.hosts),
    origins: listed(given.origins).map(originIn),
    shareDestination,
    shareDestinations: destinationsByClient(given.shareDestinations),
    shareHosts: listedHosts(given.shareHosts),
    trustedProxies,
    pages,
  };
}

/** Where links of the client lead that name no page. */
export function destinationFor({ shareDestination, shareDestinations }: ConsumerSettings, client: string): string {
  return shareDestinations.get(client) ?? shareDestination;
}

/**
 * Links of a client lead to a host by which its own consumers come: by another they would be taken for somebody else's. That of the node as long as it is
 * one, else the same with the first that is listed for the client.
 */
export function shareUrlsOf(
  shareUrl: string,
  consumers: Pick<ConsumerSettings, "hosts" | "defaultClient"> | null,
): ShareUrlOf {
  const usual = shareUrl.replace(/\/$/, "");
  // One that is no URL is refused where the front is opened.
  if (consumers === null || !URL.canParse(shareUrl)) return () => usual;
  const { hosts, defaultClient } = consumers;
  const ofUsual = hosts.get(new URL(shareUrl).hostname) ?? defaultClient;
  const urls = new Map([[ofUsual, usual]]);
  for (const [host, client] of hosts) if (!urls.has(client)) urls.set(client, withHost(usual, host));
  return (client) => urls.get(client) ?? usual;
}

function withHost(address: string, host: string): string {
  const url = new URL(address);
  url.hostname = host;
  return url.href.replace(/\/$/, "");
}

/** As a setting lists them, in the form that addresses have. Throws a sentence for the operator. */
export function listedHosts(text: string | null): ReadonlySet<string> {
  return new Set(
    listed(text).map((written) => {
      const url = urlOfHost(written);
      if (url === null) throw new WrongSetting(`LAUREL_SHARE_HOSTS is a list of hosts, and ${written} is none`);
      return url.host;
    }),
  );
}

/** Null: it says more than a host, such as a scheme, or none. */
function urlOfHost(written: string): URL | null {
  return /^[^/?#@\s]+$/.test(written) && URL.canParse(`http://${written}`) ? new URL(`http://${written}`) : null;
}

/** As browsers write it, which compare no other form: without a path, and without a port that goes without saying. */
function originIn(written: string): string {
  if (written === "*") return written;
  const bare = written.replace(/\/$/, "");
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/?#@\s]+$/i.test(bare) || !URL.canParse(bare))
    throw new WrongSetting(
      `LAUREL_CONSUMER_ORIGINS is a list of origins such as https://shop.acme.com, and ${written} is none`,
    );
  const { origin } = new URL(bare);
  // Of an app's own scheme.
  return origin === "null" ? bare : origin;
}

function listed(text: string | null): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part.length > 0);
}

/** As a setting lists them: `host=client`. Throws a sentence for the operator. */
export function clientsByHost(text: string | null): ReadonlyMap<string, string> {
  return new Map(listed(text).map(clientByHost));
}

/** As a setting lists them: `client=address`. Throws a sentence for the operator. */
export function destinationsByClient(text: string | null): ReadonlyMap<string, string> {
  return new Map(
    listed(text).map((pair) => {
      const [, client, address] = /^([^=\s]+)=(\S+)$/.exec(pair) ?? [];
      if (client === undefined || address === undefined || !isWebAddress(address))
        throw new WrongSetting(`LAUREL_SHARE_DESTINATIONS is a list of client=address, and ${pair} is none`);
      return [client, address];
    }),
  );
}

function isWebAddress(text: string): boolean {
  return /^https?:/i.test(text) && URL.canParse(text);
}

function clientByHost(pair: string): [string, string] {
  const [host = "", client = "", ...more] = pair.split("=").map((part) => part.trim());
  const url = urlOfHost(host);
  if (url === null || client === "" || more.length > 0)
    throw new WrongSetting(`LAUREL_CONSUMER_HOSTS is a list of host=client, and ${pair} is none`);
  return [url.hostname, client];
}
