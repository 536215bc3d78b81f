// Audience memberships of a person. Joining twice or leaving without being in changes nothing and causes nothing.

import type { PersonEvent } from "../model/event.ts";
import { cause } from "./4_campaigns.ts";
import type { Acting } from "./6_act.ts";
import { newId } from "./context.ts";

export function changeMembership(acting: Acting, audienceId: string, change: "CREATED" | "REMOVED"): void {
  const { turn, progress } = acting;
  const { memberships } = progress.person;
  const at = memberships.findIndex((own) => own.audienceId === audienceId);
  if ((change === "CREATED") === at >= 0) return;
  if (change === "CREATED") memberships.push({ audienceId, createdMs: turn.nowMs, updatedMs: turn.nowMs });
  else memberships.splice(at, 1);
  cause(turn, progress, acting.program, membershipEvent(acting, audienceId, change));
}

function membershipEvent(acting: Acting, audienceId: string, change: "CREATED" | "REMOVED"): PersonEvent {
  const by = acting.progress.inFlight.event;
  const name = `audience_membership_${change.toLowerCase()}`;
  return {
    id: newId(acting.turn),
    type: "AUDIENCE_MEMBERSHIP",
    name,
    nameKey: name,
    eventMs: by.eventMs,
    requestMs: by.requestMs,
    data: { audience_id: audienceId },
    causeId: acting.stepEvent.id,
    rootId: by.rootId,
    container: by.container,
    sandbox: by.sandbox,
    depth: by.depth + 1,
    detail: { kind: "membership", audienceId, change },
    enrichment: by.enrichment,
  };
}
