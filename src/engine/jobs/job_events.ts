// What a person's rules hear of a job that has ended: a mail that went out or did not, an answer of a look-up.
//
//   V1. The chain of events goes on from the step that ordered the job, so that a rule which answers a mail by a mail ends.

import { partitionOfReward } from "../../base/ids.ts";
import type { AttemptResult, Job } from "../../model/job.ts";
import type { Enrichment, PersonEvent } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import { noDelivery, plainMove } from "../../model/reward.ts";
import { hasCandidates } from "../../rules/mod.ts";
import { deliverToPerson } from "../2_identity.ts";
import { newId, programOf, send, type Turn } from "../context.ts";
import { EVENT_CHAIN_MAX } from "../limits.ts";

interface Told {
  readonly type: "MESSAGE" | "MESSAGE_NOT_DELIVERED" | "DATA_INTELLIGENCE";
  readonly name: string;
  readonly data: JsonObject;
  readonly enrichment: Enrichment | null;
}

/** Of the person whom the job is for, if any rule listens. */
function tell(turn: Turn, job: Job, { type, name, data, enrichment }: Told): void {
  const { client, causeEventId: causeId, rootEventId: rootId, container, sandbox, depth } = job;
  const event: PersonEvent = {
    id: newId(turn),
    type,
    name,
    nameKey: name.trim().toLowerCase(),
    eventMs: turn.nowMs,
    requestMs: turn.nowMs,
    data,
    causeId,
    rootId,
    container,
    sandbox,
    depth: depth + 1,
    detail: { kind: "none" },
    enrichment,
  };
  const program = programOf(turn, client);
  if (program === undefined || event.depth > EVENT_CHAIN_MAX || !hasCandidates(program, event)) return;
  deliverToPerson(turn, { client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: null }, job.personId);
}

export function concludeMail(turn: Turn, job: Job, result: AttemptResult): void {
  const { order } = job;
  if (order.kind !== "EMAIL" && order.kind !== "SHARE_EMAIL") return;
  const name = order.kind === "EMAIL" ? order.zoneName : "share";
  const common = { job_id: job.id, recipient: order.recipient };
  const isSent = job.status === "DONE";
  if (isSent && job.rewardId !== null) sent(turn, job, job.rewardId, order.recipient);
  const why = result.kind === "done" ? {} : { reason: "reason" in result ? result.reason : `status ${result.status}` };
  tell(turn, job, {
    type: isSent ? "MESSAGE" : "MESSAGE_NOT_DELIVERED",
    name,
    data: { ...common, status: isSent ? "SENT" : statusOf(result), ...why },
    enrichment: null,
  });
}

/** The mail handed the reward over; where it may not become SENT any more, it stays what it is. */
function sent(turn: Turn, { client }: Job, rewardId: string, email: string | null): void {
  const home = partitionOfReward(rewardId);
  if (home === undefined || home >= turn.context.partitions) return;
  const move = { ...plainMove(null), delivery: { ...noDelivery, email } };
  send(turn, home, { kind: "move_reward", client, rewardId, to: "SENT", move });
}

function statusOf(result: AttemptResult): "UNKNOWN" | "NOT_SENT" | "FAILED" {
  if (result.kind === "unknown") return "UNKNOWN";
  return result.kind === "not_sent" && result.isWithheld === true ? "NOT_SENT" : "FAILED";
}

/** An answer that never came is one that knows nothing: rules about risk say "unknown" then. */
export function concludeIntelligence(turn: Turn, job: Job, result: AttemptResult): void {
  const { order } = job;
  if (order.kind !== "DATA_INTELLIGENCE") return;
  const found: JsonObject = result.kind === "done" ? result.value : { status: "FAILED" };
  const { ip, userAgent } = order.asked;
  const known = { ...(ip === null ? {} : { ip }), ...(userAgent === null ? {} : { userAgent }) };
  tell(turn, job, {
    type: "DATA_INTELLIGENCE",
    name: order.eventName,
    data: { provider: order.provider, ...found },
    enrichment: { ...known, ...findingsOf(found) },
  });
}

function findingsOf({ country, risk_score, ip_risk, is_high_risk_email }: JsonObject): Enrichment {
  return {
    ...(typeof country === "string" ? { country } : {}),
    ...(typeof risk_score === "number" ? { riskScore: risk_score } : {}),
    ...(typeof ip_risk === "number" ? { ipRisk: ip_risk } : {}),
    ...(typeof is_high_risk_email === "boolean" ? { isHighRiskEmail: is_high_risk_email } : {}),
  };
}
