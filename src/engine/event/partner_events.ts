// Partner events: business ids such as order numbers. Each is an actor of its own, in the partition of its value:
// it knows whose event carried it first, and which event holds it for each controller.

import { partitionOfPartnerEvent } from "../1_route.ts";
import { memberOf, setMember } from "../../base/members.ts";
import type { Answer, PartnerEventClaim } from "../../model/in_flight.ts";
import { send, type Turn } from "../context.ts";

export function partnerEventEntry(client: string, container: string, name: string, value: string): string {
  return `${client}/${container}/${name}/${value}`;
}

export function partitionOfClaim(turn: Turn, claim: { client: string; name: string; value: string }): number {
  return partitionOfPartnerEvent(claim.client, claim.name, claim.value, turn.context.partitions);
}

/** Grants the id to the first event that asks for it in a controller; asking again with the same event is granted again. */
export function claimPartnerEvent(turn: Turn, claim: ClientClaim & { readonly personId: string }): Answer {
  const key = partnerEventEntry(claim.client, claim.container, claim.name, claim.value);
  const entry = turn.state.edit("partnerEvent", key);
  if (entry === undefined) {
    turn.state.put("partnerEvent", key, { personId: claim.personId, claims: { [claim.controller]: claim.eventId } });
    return { kind: "claim", isGranted: true, personId: claim.personId };
  }
  const holder = memberOf(entry.claims, claim.controller);
  if (holder === undefined) setMember(entry.claims, claim.controller, claim.eventId);
  return { kind: "claim", isGranted: holder === undefined || holder === claim.eventId, personId: entry.personId };
}

/** As if the event had never asked. By way of this partition, where the id lives elsewhere. */
export function releasePartnerEvent(turn: Turn, claim: ClientClaim): void {
  const partition = partitionOfClaim(turn, claim);
  if (partition !== turn.context.partition) return send(turn, partition, { ...claim, kind: "release_claim" });
  const key = partnerEventEntry(claim.client, claim.container, claim.name, claim.value);
  const entry = turn.state.edit("partnerEvent", key);
  if (entry === undefined || memberOf(entry.claims, claim.controller) !== claim.eventId) return;
  delete entry.claims[claim.controller];
  if (Object.keys(entry.claims).length === 0) turn.state.remove("partnerEvent", key);
}

type ClientClaim = Omit<PartnerEventClaim, "kind"> & { readonly client: string };
