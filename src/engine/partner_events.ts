// Partner events: business ids such as order numbers. Each is an actor of its own, in the partition of its value:
// it knows whose event carried it first, and which event holds it for each controller.

import { partitionOfPartnerEvent } from "./1_route.ts";
import type { Turn } from "./context.ts";
import type { Answer } from "../model/state.ts";

export interface Claim {
  readonly client: string;
  readonly container: string;
  readonly name: string;
  readonly value: string;
  /** Controller name in lower case: uniqueness holds within it. */
  readonly controller: string;
  readonly eventId: string;
  readonly personId: string;
}

export function partnerEventEntry(client: string, container: string, name: string, value: string): string {
  return `${client}/${container}/${name}/${value}`;
}

export function partitionOfClaim(turn: Turn, claim: { client: string; name: string; value: string }): number {
  return partitionOfPartnerEvent(claim.client, claim.name, claim.value, turn.context.partitions);
}

/** Grants the id to the first event that asks for it in a controller, for ever; asking again with the same event is granted again. */
export function claimPartnerEvent(turn: Turn, claim: Claim): Answer {
  const key = partnerEventEntry(claim.client, claim.container, claim.name, claim.value);
  const entry = turn.state.edit("partnerEvent", key);
  if (entry === undefined) {
    turn.state.put("partnerEvent", key, { personId: claim.personId, claims: { [claim.controller]: claim.eventId } });
    return { kind: "claim", isGranted: true, personId: claim.personId };
  }
  const holder = Object.hasOwn(entry.claims, claim.controller) ? entry.claims[claim.controller] : undefined;
  if (holder === undefined) entry.claims[claim.controller] = claim.eventId;
  return { kind: "claim", isGranted: holder === undefined || holder === claim.eventId, personId: entry.personId };
}
