// Checks of the sender, by what the front put into the event's record. What it did not find out is unknown (check.ts, C2).

import { unreachable } from "../base/assert.ts";
import type { Enrichment } from "../model/event.ts";
import { isInSubnet, type Subnet } from "./network.ts";
import type { RuleContext } from "./program.ts";
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
      readonly otherwise: "HIGH" | "LOW" | "ERROR";
    }
  /** Not from one of the countries. */
  | { readonly kind: "country"; readonly countries: readonly string[] }
  /** Not from one of the subnets. */
  | { readonly kind: "subnet"; readonly subnets: readonly Subnet[] }
  | { readonly kind: "bot" }
  /** Not referred by a page of one of the domains. */
  | { readonly kind: "referrer"; readonly domains: readonly string[] }
  /** The person's address is not in one of the domains, nor, if so asked, a throw-away one. */
  | { readonly kind: "email_domain"; readonly domains: readonly string[]; readonly refusesDisposable: boolean };

const nothing: Enrichment = {};

export function checkEnrichment(check: EnrichmentCheck, context: RuleContext): Verdict {
  const { ip, country, isBot, referrer, scopes, clientDomainId, isDisposableEmail } =
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
      const isInside = ip === undefined ? null : isInSubnet(ip, check.subnets);
      return isInside === null ? unknown("the address of the sender") : !isInside;
    }
    case "bot":
      return isBot === undefined ? unknown("whether the sender is a bot") : !isBot;
    case "referrer":
      if (referrer === undefined) return unknown("the referring page");
      return !check.domains.some((domain) => isWithinDomain(hostOf(referrer), domain));
    case "email_domain": {
      const { email } = context.person;
      if (email === null) return true;
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
