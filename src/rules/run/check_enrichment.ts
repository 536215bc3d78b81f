// Checks of the sender, by what the front put into the event's record. What it did not find out is unknown (check.ts, C2).

import { unreachable } from "../../base/assert.ts";
import type { Enrichment } from "../../model/event.ts";
import type { DefaultScore } from "../../model/trigger.ts";
import { type BlockLists, findListing } from "../block_lists.ts";
import { isInSubnet, type Subnet } from "../network.ts";
import type { RuleContext } from "../program.ts";
import { unknown, type Verdict } from "./verdict.ts";

export type EnrichmentCheck =
  /** The caller's token has one of the scopes. Nobody vouches for a caller of whom nothing is known: that is no fault, but no pass. */
  | { readonly kind: "scope"; readonly scopes: readonly string[] }
  | { readonly kind: "client_domain"; readonly ids: readonly string[] }
  | {
      readonly kind: "risk";
      readonly riskMax: number;
      readonly ipMax: number;
      readonly allowsHighRiskEmail: boolean;
      /** The score where something is unknown and nothing known speaks against the event. */
      readonly otherwise: DefaultScore;
    }
  /** Not from one of the countries. */
  | { readonly kind: "country"; readonly countries: readonly string[] }
  /** Not from one of the subnets, nor on the client's list of them. */
  | { readonly kind: "subnet"; readonly subnets: readonly Subnet[] }
  /** Not a known bot, nor on the client's list of browsers. */
  | { readonly kind: "bot" }
  /** On no list that all clients share. */
  | { readonly kind: "not_globally_blocked" }
  /** Not referred by a page of one of the domains. */
  | { readonly kind: "referrer"; readonly domains: readonly string[] }
  /** The person's address is not in one of the domains, nor of one on the client's list, nor, if so asked, a throw-away one. */
  | { readonly kind: "email_domain"; readonly domains: readonly string[]; readonly refusesDisposable: boolean };

const nothing: Enrichment = {};
const nobody = { ip: null, email: null, userAgent: null };

/** What a white list of the client names is fine, whatever else speaks against it. */
export function checkEnrichment(check: EnrichmentCheck, context: RuleContext, blocks: BlockLists): Verdict {
  const { ip, country, isBot, referrer, scopes, clientDomainId, isDisposableEmail, userAgent } =
    context.event.enrichment ?? nothing;
  switch (check.kind) {
    case "scope":
      return scopes !== undefined && check.scopes.some((scope) => scopes.includes(scope));
    case "client_domain":
      return clientDomainId !== undefined && check.ids.includes(clientDomainId);
    case "risk":
      return isLowRisk(check, context.event.enrichment ?? nothing);
    case "country":
      return country === undefined ? unknown("the country of the sender") : !check.countries.includes(country);
    case "subnet": {
      const listing = findListing(blocks, { ...nobody, ip: ip ?? null }, ["CIDR"]);
      if (listing !== null) return listing.filter === "WHITE";
      const isInside = ip === undefined ? null : isInSubnet(ip, check.subnets);
      return isInside === null ? unknown("the address of the sender") : !isInside;
    }
    case "bot": {
      const listing = findListing(blocks, { ...nobody, userAgent: userAgent ?? null }, ["USER_AGENT"]);
      if (listing !== null) return listing.filter === "WHITE";
      return isBot === undefined ? unknown("whether the sender is a bot") : !isBot;
    }
    case "not_globally_blocked": {
      const { isGloballyBlocked } = context.event.enrichment ?? nothing;
      return isGloballyBlocked === undefined ? unknown("whether the sender is blocked everywhere") : !isGloballyBlocked;
    }
    case "referrer":
      if (referrer === undefined) return unknown("the referring page");
      return !check.domains.some((domain) => isWithinDomain(hostOf(referrer), domain));
    case "email_domain": {
      const { email } = context.person;
      if (email === null) return true;
      const listing = findListing(blocks, { ...nobody, email }, ["EMAIL_DOMAIN"]);
      if (listing !== null) return listing.filter === "WHITE";
      const domain = email.slice(email.lastIndexOf("@") + 1);
      if (check.domains.some((blocked) => isWithinDomain(domain, blocked))) return false;
      if (!check.refusesDisposable) return true;
      return isDisposableEmail === undefined ? unknown("whether the address is a throw-away one") : !isDisposableEmail;
    }
    default:
      return unreachable(check);
  }
}

function isLowRisk(check: Extract<EnrichmentCheck, { kind: "risk" }>, enrichment: Enrichment): Verdict {
  const { riskScore, ipRisk, isHighRiskEmail } = enrichment;
  if (riskScore !== undefined && riskScore > check.riskMax) return false;
  if (ipRisk !== undefined && ipRisk > check.ipMax) return false;
  if (!check.allowsHighRiskEmail && isHighRiskEmail === true) return false;
  const isEmailKnown = check.allowsHighRiskEmail || isHighRiskEmail !== undefined;
  if (riskScore !== undefined && ipRisk !== undefined && isEmailKnown) return true;
  return check.otherwise === "ERROR" ? unknown("the risk of the sender") : check.otherwise === "HIGH";
}

/** Of an URL or a bare host, in lower case; empty when there is none. */
function hostOf(url: string): string {
  const start = url.indexOf("//");
  const rest = start < 0 ? url : url.slice(start + 2);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  return authority
    .slice(authority.lastIndexOf("@") + 1)
    .replace(/:\d*$/, "")
    .toLowerCase();
}

function isWithinDomain(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
