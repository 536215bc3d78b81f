// Audience memberships of a person: by actions, where joining twice or leaving without being in changes nothing and causes nothing, and by orders
// from outside (the API, lists), where being named again is an update.
//
//   V1. Beside each membership of a person there is an `audienceMember` entry in the person's partition, and `audienceSize` counts them.

import type { OperationReference } from "../../model/audience.ts";
import type { EventDetail, MembershipChange, PersonEvent } from "../../model/event.ts";
import type { Membership, Person } from "../../model/person.ts";
import { memberOf } from "../../base/members.ts";
import type { LogRecord } from "../../model/record.ts";
import { deliverToPerson } from "../2_identity.ts";
import type { Progress } from "../3_ask.ts";
import { cause } from "../event/cause.ts";
import type { Acting } from "../6_act.ts";
import { tellOperation } from "./audience_operations.ts";
import type { OrderMembership } from "../command.ts";
import { idOf, newId, reply, type Turn } from "../context.ts";
import { settleReview } from "../rewards/incentive_rewards.ts";
import { setDatum } from "../person/person_data.ts";

/** Of who is a member; UPDATED are the dates of one. */
export type JoinOrLeave = Exclude<MembershipChange, "UPDATED">;
type Order = Extract<EventDetail, { readonly kind: "membership_order" }>;

export function changeMembership(acting: Acting, audienceId: string, change: JoinOrLeave): void {
  const { turn, progress } = acting;
  const { person } = progress;
  const isMember = isMemberOf(person, audienceId);
  if ((change === "CREATED") === isMember) return;
  if (change === "CREATED") join(turn, person, audienceId);
  else leave(turn, person, audienceId);
  cause(turn, progress, acting.program, membershipEvent(acting, audienceId, change));
}

/** Answers when the person has become a member, or is none any more, and campaigns have heard of it. */
export function orderMembership(turn: Turn, record: LogRecord, command: OrderMembership): void {
  const { client, personId, audienceId, isMember } = command;
  const event = orderEvent(idOf(record), turn.nowMs, { audienceId, isMember, operation: null, data: {} });
  deliverToPerson(turn, { client, event, wantsReply: true, hops: 0, absorbs: null, otherPerson: null }, personId);
}

function isMemberOf({ memberships }: Person, audienceId: string): boolean {
  return memberships.some((own) => own.audienceId === audienceId);
}

/** What has arrived at the person, as campaigns are to see it; null: nothing that they would have to know. Hot path. */
export function arrivedEvent(turn: Turn, progress: Progress): PersonEvent | null {
  const { event, client } = progress.inFlight;
  switch (event.detail.kind) {
    case "membership_order": {
      const made = carryOutOrder(turn, progress, event, event.detail);
      tellOperation(turn, client, event, "processed");
      return made;
    }
    case "review_due":
    case "incentivized":
      return settleReview(turn, progress, event);
    case "member_event":
      return withColumns(progress.person, event, event.detail.columns);
    default:
      return event;
  }
}

function withColumns({ data: known }: Person, event: PersonEvent, columns: readonly string[]): PersonEvent {
  const found = columns.flatMap((name) => {
    const datum = memberOf(known, name);
    return datum === undefined || Object.hasOwn(event.data, name) ? [] : [[name, datum.value] as const];
  });
  return found.length === 0 ? event : { ...event, data: { ...event.data, ...Object.fromEntries(found) } };
}

/** The event that the order comes to; null when it changes nothing. Whoever waits for the order is told why. */
function carryOutOrder(turn: Turn, progress: Progress, event: PersonEvent, order: Order): PersonEvent | null {
  const { person, inFlight } = progress;
  const { audienceId, operation } = order;
  const wasMember = isMemberOf(person, audienceId);
  if (operation === null && person.email === null)
    return fail(turn, event, inFlight.wantsReply, "person_not_identified");
  if (operation === null && !order.isMember && !wasMember)
    return fail(turn, event, inFlight.wantsReply, "membership_not_found");
  for (const [name, value] of Object.entries(order.data)) setDatum(turn, person, { name, value, scope: "PUBLIC" });
  if (order.isMember) join(turn, person, audienceId, operation?.operationId);
  else if (wasMember) leave(turn, person, audienceId);
  else return null;
  const given: MembershipChange = wasMember ? "UPDATED" : "CREATED";
  const change = order.isMember ? given : "REMOVED";
  const name = nameOf(change);
  return { ...event, name, nameKey: name, detail: { kind: "membership", audienceId, change } };
}

function fail(turn: Turn, { id }: PersonEvent, isAwaited: boolean, errorCode: string): null {
  if (isAwaited) reply(turn, id, { personId: null, errorCode });
  return null;
}

/** An event that orders a membership; it has reached nobody yet. */
export function orderEvent(
  id: string,
  nowMs: number,
  of: {
    readonly audienceId: string;
    readonly isMember: boolean;
    readonly operation: OperationReference | null;
    readonly data: Order["data"];
  },
): PersonEvent {
  const name = nameOf(of.isMember ? "CREATED" : "REMOVED");
  return {
    id,
    type: "AUDIENCE_MEMBERSHIP",
    name,
    nameKey: name,
    eventMs: nowMs,
    requestMs: nowMs,
    data: { audience_id: of.audienceId },
    causeId: id,
    rootId: id,
    container: "production",
    sandbox: "production-production",
    depth: 0,
    detail: { kind: "membership_order", ...of },
    enrichment: null,
  };
}

/** V1. Also for who is in already: the time of the last mention, and whose it was. */
function join(turn: Turn, person: Person, audienceId: string, markedBy = ""): void {
  const known = person.memberships.find((own) => own.audienceId === audienceId);
  if (known === undefined) {
    person.memberships.push({ audienceId, createdMs: turn.nowMs, updatedMs: turn.nowMs });
    count(turn, person.client, audienceId, 1);
  } else known.updatedMs = turn.nowMs;
  turn.state.put("audienceMember", memberKey(person, audienceId), { markedBy });
}

function leave(turn: Turn, person: Person, audienceId: string): void {
  const at = person.memberships.findIndex((own) => own.audienceId === audienceId);
  if (at < 0) return;
  person.memberships.splice(at, 1);
  forget(turn, person, audienceId);
}

/** V1. Memberships that went over to another person. */
export function leaveAll(turn: Turn, person: Person): void {
  for (const { audienceId } of person.memberships) forget(turn, person, audienceId);
}

/** V1. A membership that another person had. */
export function takeOver(turn: Turn, person: Person, membership: Membership): void {
  if (isMemberOf(person, membership.audienceId)) return;
  person.memberships.push({ ...membership });
  count(turn, person.client, membership.audienceId, 1);
  turn.state.put("audienceMember", memberKey(person, membership.audienceId), { markedBy: "" });
}

export function sizeKey(client: string, audienceId: string): string {
  return `${client}/${audienceId}`;
}

function memberKey({ client, id }: Person, audienceId: string): string {
  return `${client}/${audienceId}/${id}`;
}

function forget(turn: Turn, person: Person, audienceId: string): void {
  turn.state.remove("audienceMember", memberKey(person, audienceId));
  count(turn, person.client, audienceId, -1);
}

function count(turn: Turn, client: string, audienceId: string, by: number): void {
  const key = sizeKey(client, audienceId);
  const size = turn.state.edit("audienceSize", key);
  if (size === undefined) turn.state.put("audienceSize", key, { count: by });
  else size.count += by;
}

function nameOf(change: MembershipChange): string {
  return `audience_membership_${change.toLowerCase()}`;
}

function membershipEvent(acting: Acting, audienceId: string, change: JoinOrLeave): PersonEvent {
  const by = acting.progress.inFlight.event;
  const name = nameOf(change);
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
