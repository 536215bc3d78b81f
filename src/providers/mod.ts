// Providers: what files of the operator know of senders. The only door of this folder.

import type { KeptBlock } from "../model/block.ts";
import type { LookUpSender, SenderFindings } from "../model/event.ts";
import { type CountryOf, openGeo } from "./geo.ts";
import { type IsGloballyBlocked, readGlobalBlocks } from "./global_blocks.ts";
import { readRiskList, type RiskOf } from "./risk_list.ts";

/** Paths; null: not configured. */
export interface ProviderFiles {
  readonly geo: string | null;
  readonly risk: string | null;
  readonly globalBlocks: string | null;
}

export interface Providers {
  /** Null: nobody is configured, so nothing is ever found out. */
  readonly lookUp: LookUpSender | null;
  readonly globalBlocks: readonly KeptBlock[];
}

/** @throws Error that names a file which is not what it should be */
export async function openProviders(files: ProviderFiles): Promise<Providers> {
  const countryOf = files.geo === null ? null : await openGeo(files.geo);
  const riskOf = files.risk === null ? null : readRiskList(files.risk);
  const global = files.globalBlocks === null ? null : readGlobalBlocks(files.globalBlocks);
  const isAny = countryOf !== null || riskOf !== null || global !== null;
  const lookUp = together(countryOf, riskOf, global?.isBlocked ?? null);
  return { lookUp: isAny ? lookUp : null, globalBlocks: global?.blocks ?? [] };
}

function together(
  countryOf: CountryOf | null,
  riskOf: RiskOf | null,
  isBlocked: IsGloballyBlocked | null,
): LookUpSender {
  return (sender) => {
    const country = sender.ip === null ? null : (countryOf?.(sender.ip) ?? null);
    const isGloballyBlocked = isBlocked?.(sender) ?? null;
    const findings: SenderFindings = {
      ...(country === null ? {} : { country }),
      ...riskOf?.(sender),
      ...(isGloballyBlocked === null ? {} : { isGloballyBlocked }),
    };
    return findings;
  };
}
