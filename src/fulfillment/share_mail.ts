// Mails that recommend: what the share says, and a link.
//
// Whoever shares may be anybody, with any words, and the mail comes from the brand. So it leads only to where links of the brand may lead.

import { hostOfLink, linksIn } from "../base/text_links.ts";
import type { JsonObject } from "../model/json.ts";

export interface ShareLinks {
  /** Where share links begin. */
  readonly shareUrl: string;
  /** Where mails may lead besides, in lower case. */
  readonly hosts: ReadonlySet<string>;
}

/** Subject and text, or why there is no such mail. @param links null: mails have no links of ours, and may lead nowhere */
export function shareMail(
  data: JsonObject,
  links: ShareLinks | null,
): { readonly subject: string; readonly text: string } | { readonly reason: string } {
  const subject = (said(data, "subject") ?? "Something for you").replace(/\s+/g, " ");
  const message = said(data, "message");
  const link = said(data, "link") ?? ownLink(said(data, "code"), links);
  const parts = [message, link].filter((part) => part !== null);
  if (parts.length === 0) return { reason: "the share says nothing" };
  const hosts = [
    ...[subject, message ?? ""].flatMap(linksIn).map(hostOfLink),
    ...(link === null ? [] : [hostOfLink(link)]),
  ];
  const elsewhere = hosts.find((host) => !isOurs(host, links));
  return elsewhere === undefined
    ? { subject, text: parts.join("\n\n") }
    : { reason: `the share leads to ${elsewhere}` };
}

function said(data: JsonObject, name: string): string | null {
  const text = data[name];
  return typeof text === "string" && text.trim() !== "" ? text : null;
}

function ownLink(code: string | null, links: ShareLinks | null): string | null {
  return code === null || links === null ? null : `${links.shareUrl.replace(/\/$/, "")}/${code}`;
}

function isOurs(host: string, links: ShareLinks | null): boolean {
  return links !== null && (host === new URL(links.shareUrl).host || links.hosts.has(host));
}
