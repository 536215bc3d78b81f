// What a node is told about the consumers of its clients.

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
  readonly shareHosts: string | null;
  readonly trustedProxies: number;
  readonly pages: readonly ServedPage[];
}): ConsumerSettings {
  const { tokenKeys, trustedProxies, shareDestination, pages } = given;
  if (!/^https?:/i.test(shareDestination) || !URL.canParse(shareDestination))
    throw new WrongSetting(`share links cannot lead to ${shareDestination}: it is no web address`);
  return {
    tokenKeys,
    defaultClient: given.client,
    hosts: new Map(listed(given.hosts).map(clientByHost)),
    origins: listed(given.origins),
    shareDestination,
    shareHosts: listedHosts(given.shareHosts),
    trustedProxies,
    pages,
  };
}

/** As a setting lists them, in lower case. */
export function listedHosts(text: string | null): ReadonlySet<string> {
  return new Set(listed(text).map((host) => host.toLowerCase()));
}

function listed(text: string | null): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part.length > 0);
}

function clientByHost(pair: string): [string, string] {
  const [host = "", client = "", ...more] = pair.split("=").map((part) => part.trim());
  if (host === "" || client === "" || more.length > 0)
    throw new WrongSetting(`LAUREL_CONSUMER_HOSTS is a list of host=client, and ${pair} is none`);
  return [host.toLowerCase(), client];
}
