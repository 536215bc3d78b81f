// Look-ups: what the operator's providers know of a sender, asked for by DATA_INTELLIGENCE actions.

import type { LookUpSender, SenderFindings } from "../model/event.ts";
import type { AttemptResult, Job } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { Carrier } from "./dispatcher.ts";

/** @param lookUp null: no provider is configured, which is what the answer says then */
export function lookUpCarrier(lookUp: LookUpSender | null): Carrier {
  return (jobs) => Promise.resolve(jobs.map((job) => ({ result: answerOf(job, lookUp), tookMs: 0 })));
}

function answerOf({ order }: Job, lookUp: LookUpSender | null): AttemptResult {
  if (order.kind !== "DATA_INTELLIGENCE") return { kind: "not_sent", reason: "that is no look-up", isFinal: true };
  if (lookUp === null) return { kind: "done", value: { status: "NO_PROVIDER" } };
  return { kind: "done", value: { status: "ANSWERED", ...viewOf(lookUp(order.asked)) } };
}

function viewOf({ country, riskScore, ipRisk, isHighRiskEmail }: SenderFindings): JsonObject {
  return {
    ...(country === undefined ? {} : { country }),
    ...(riskScore === undefined ? {} : { risk_score: riskScore }),
    ...(ipRisk === undefined ? {} : { ip_risk: ipRisk }),
    ...(isHighRiskEmail === undefined ? {} : { is_high_risk_email: isHighRiskEmail }),
  };
}
