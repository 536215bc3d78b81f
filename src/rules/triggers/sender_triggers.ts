// Triggers about the sender of an event: what the front noted in its record (`Enrichment`).

import { callerScopes } from "../../model/event.ts";
import { defaultScores } from "../../model/trigger.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { Parameters } from "../documents/parameters.ts";
import { checked, type PreparedTrigger } from "./trigger.ts";

export function prepareAccess(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  parameters.require("trusted_scopes");
  const scopes = parameters.someOf("trusted_scopes", callerScopes) ?? [];
  if (scopes.length === 0 && parameters.has("trusted_scopes"))
    parameters.report("trusted_scopes", "trusted_scopes names no scope");
  return checked({ kind: "scope", scopes }, compilation, { mayFault: false });
}

export function prepareClientDomain(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  parameters.require("client_domain_ids");
  const ids = parameters.texts("client_domain_ids") ?? [];
  if (ids.length === 0 && parameters.has("client_domain_ids"))
    parameters.report("client_domain_ids", "client_domain_ids names no domain");
  return checked({ kind: "client_domain", ids }, compilation, { mayFault: false });
}

const SCORE_MAX = 99;
/** Above this an event counts as risky, unless the trigger says otherwise. */
const DEFAULT_THRESHOLD = 20;

/** Passes below the thresholds. Where a score is unknown, `default_quality_score` decides: LOW when it is not given. */
export function prepareRisk(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const otherwise = parameters.oneOf("default_quality_score", defaultScores) ?? "LOW";
  const check = {
    kind: "risk" as const,
    riskMax: readThreshold(parameters, "risk_threshold"),
    ipMax: readThreshold(parameters, "ip_threshold"),
    allowsHighRiskEmail: parameters.boolean("allow_high_risk_email", false),
    otherwise,
  };
  return checked(check, compilation, { mayFault: otherwise === "ERROR" });
}

function readThreshold(parameters: Parameters, name: string): number {
  const threshold = parameters.count(name) ?? DEFAULT_THRESHOLD;
  if (threshold > SCORE_MAX) parameters.report(name, `${name} is a score of 0 to ${SCORE_MAX}`);
  return threshold;
}
