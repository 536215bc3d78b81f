// Audience operations: a list of persons joins or leaves an audience, becomes the audience, or an event is fired for each member.
//
// An operation is an actor in the partition of its audience. It works in rounds: hands out some members of its list, or lets every partition go
// through some of its members, and goes on when all that was sent in the round has been dealt with.
//
//   O1. One operation of an audience at a time.
//   O2. What a round sends is bounded, however long the list and however large the audience.
//   O3. Each person is told by an event of its own, which passes identity and campaigns as any other: a record of its own in its trail.

import { partitionOf } from "../../base/hash.ts";
import type {
  AudienceOperation,
  ListedMember,
  MemberEvent,
  OperationReference,
  OperationType,
  OperationVerb,
} from "../../model/audience.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { LogRecord } from "../../model/record.ts";
import type { EventInFlight } from "../../model/in_flight.ts";
import { partitionOfKey } from "../1_route.ts";
import { idOf, newId, reply, send, type Turn } from "../context.ts";
import { OPERATION_ROUND_MEMBERS, OPERATIONS_KEPT_MAX } from "../limits.ts";
import { orderEvent } from "./memberships.ts";
import { operationsKnown, operationsKnownYet } from "./operations_known.ts";

export interface BeginOperation {
  readonly kind: "begin_audience_operation";
  readonly client: string;
  readonly audienceId: string;
  readonly type: OperationType;
  readonly tags: readonly string[];
  readonly members: readonly ListedMember[];
  readonly event: MemberEvent | null;
}

export interface SteerOperation {
  readonly kind: "steer_audience_operation";
  readonly client: string;
  readonly audienceId: string;
  readonly operationId: string;
  readonly verb: OperationVerb;
}

/** What a partition is to do with its members. */
export interface Sweep {
  readonly client: string;
  readonly reference: OperationReference;
  readonly after: string | null;
  /** Null: those whom the operation did not name leave. */
  readonly event: MemberEvent | null;
  /** Members to go through at most. Absent, as it once was: as many as a round sends to. */
  readonly membersMax?: number;
}

/** How far a partition got. */
export interface Swept {
  readonly client: string;
  readonly reference: OperationReference;
  readonly partition: number;
  readonly sent: number;
  /** Null: that were all. */
  readonly after: string | null;
}

export function partitionOfAudience(client: string, audienceId: string, partitions: number): number {
  return partitionOf(client, `audience/${audienceId}`, partitions);
}

interface AudienceReference {
  readonly client: string;
  readonly audienceId: string;
}

function keyPrefix({ client, audienceId }: AudienceReference): string {
  return `${client}/${audienceId}/`;
}

function operationKey(client: string, { audienceId, operationId }: OperationReference): string {
  return keyPrefix({ client, audienceId }) + operationId;
}

/** Answers with the operation's id. */
export function beginOperation(turn: Turn, record: LogRecord, command: BeginOperation): void {
  const { client, audienceId, type, tags, members, event } = command;
  const id = idOf(record);
  const known = operationsKnown(turn.state, keyPrefix(command));
  if (known.runningId !== null) return refuse(turn, id, "audience_operation_another_operation_in_progress");
  const operation: AudienceOperation = {
    id,
    type,
    tags,
    members,
    event,
    createdMs: turn.nowMs,
    state: "BUILDING",
    stateMs: turn.nowMs,
    updatedMs: turn.nowMs,
    retryCount: 0,
    ...fromTheStart(turn, type),
  };
  turn.state.put("audienceOperation", operationKey(client, { audienceId, operationId: id }), operation);
  known.runningId = id;
  known.kept++;
  forgetOldest(turn, command);
  reply(turn, id, { personId: null, errorCode: null, value: id });
  advance(turn, { client, audienceId }, operation);
}

/** A canceled operation sends nothing more; what is on its way arrives. Only a failed one runs again. */
export function steerOperation(turn: Turn, record: LogRecord, command: SteerOperation): void {
  const { client, audienceId, operationId, verb } = command;
  const id = idOf(record);
  const operation = turn.state.edit("audienceOperation", operationKey(client, { audienceId, operationId }));
  if (operation === undefined) return refuse(turn, id, "audience_operation_operation_not_found");
  if (verb === "cancel") {
    if (operation.state === "BUILDING") enter(turn, command, operation, "CANCELED");
    return reply(turn, id, { personId: null, errorCode: null, value: operationId });
  }
  if (operation.state !== "FAILED") return refuse(turn, id, "retry_audience_operation_state_not_allowed");
  if (operationsKnown(turn.state, keyPrefix(command)).runningId !== null)
    return refuse(turn, id, "audience_operation_another_operation_in_progress");
  enter(turn, command, operation, "BUILDING");
  operation.retryCount++;
  Object.assign(operation, fromTheStart(turn, operation.type));
  reply(turn, id, { personId: null, errorCode: null, value: operationId });
  advance(turn, { client, audienceId }, operation);
}

/** A person's event has been dealt with. */
export function memberDone(
  turn: Turn,
  of: { client: string; reference: OperationReference; isProcessed: boolean },
): void {
  const operation = turn.state.edit("audienceOperation", operationKey(of.client, of.reference));
  if (operation === undefined) return;
  operation.done++;
  operation.updatedMs = turn.nowMs;
  // Who leaves because the list did not name it is not of the list.
  if (!operation.isListDone || operation.type === "ACTION") {
    if (of.isProcessed) operation.processed++;
    else operation.refused++;
  }
  advance(turn, { client: of.client, audienceId: of.reference.audienceId }, operation);
}

/** Goes through some members of this partition; O3. */
export function sweepMembers(turn: Turn, sweep: Sweep): void {
  const { client, reference, after, event, membersMax = OPERATION_ROUND_MEMBERS } = sweep;
  const { audienceId, operationId } = reference;
  const prefix = `${client}/${audienceId}/`;
  const listed = turn.state.list("audienceMember", {
    prefix,
    after: after === null ? null : prefix + after,
    limit: membersMax,
    isReverse: false,
  });
  let sent = 0;
  for (const { key, value } of listed) {
    if (event === null && value.markedBy === operationId) continue;
    const personId = key.slice(prefix.length);
    const about = event === null ? leavingEvent(turn, reference) : firedEvent(turn, reference, event);
    send(turn, turn.context.partition, {
      kind: "event",
      target: { kind: "person", personId },
      inFlight: inFlightOf(client, about),
    });
    sent++;
  }
  const last = listed.length < membersMax ? null : (listed.at(-1)?.key.slice(prefix.length) ?? null);
  send(turn, partitionOfAudience(client, audienceId, turn.context.partitions), {
    kind: "members_swept",
    client,
    reference,
    partition: turn.context.partition,
    sent,
    after: last,
  });
}

export function membersSwept(turn: Turn, { client, reference, partition, sent, after }: Swept): void {
  const operation = turn.state.edit("audienceOperation", operationKey(client, reference));
  if (operation === undefined) return;
  operation.sweeping--;
  operation.sent += sent;
  operation.updatedMs = turn.nowMs;
  if (after !== null) operation.sweeps.push({ partition, after });
  advance(turn, { client, audienceId: reference.audienceId }, operation);
}

/** Tells the operation, if the event belongs to one, that it has been dealt with. */
export function tellOperation(
  turn: Turn,
  client: string,
  { detail }: PersonEvent,
  became: "processed" | "refused",
): void {
  const reference = detail.kind === "membership_order" || detail.kind === "member_event" ? detail.operation : null;
  if (reference === null) return;
  const home = partitionOfAudience(client, reference.audienceId, turn.context.partitions);
  send(turn, home, { kind: "member_done", client, reference, isProcessed: became === "processed" });
}

type Place = Pick<
  AudienceOperation,
  "next" | "isListDone" | "sweeps" | "sweeping" | "sent" | "done" | "processed" | "refused"
>;

function fromTheStart(turn: Turn, type: OperationType): Place {
  const isSweeping = type === "ACTION" || type === "REPLACE";
  const partitions = isSweeping ? Array.from({ length: turn.context.partitions }, (_, partition) => partition) : [];
  const sweeps = partitions.map((partition) => ({ partition, after: null }));
  return { next: 0, isListDone: false, sweeps, sweeping: 0, sent: 0, done: 0, processed: 0, refused: 0 };
}

/** The next round, when the one before has been dealt with. */
function advance(turn: Turn, of: AudienceReference, operation: AudienceOperation): void {
  if (operation.state !== "BUILDING" || operation.sweeping > 0 || operation.done < operation.sent) return;
  const reference = { audienceId: of.audienceId, operationId: operation.id };
  if (operation.next < operation.members.length) return handOut(turn, of.client, reference, operation);
  operation.isListDone = true;
  if (operation.sweeps.length > 0) return sweep(turn, of.client, reference, operation);
  const isNobodyReached = operation.processed === 0 && operation.refused > 0;
  enter(turn, of, operation, isNobodyReached ? "FAILED" : "READY");
}

function handOut(turn: Turn, client: string, reference: OperationReference, operation: AudienceOperation): void {
  const { partitions } = turn.context;
  const part = operation.members.slice(operation.next, operation.next + OPERATION_ROUND_MEMBERS);
  for (const { email, data } of part) {
    const isMember = operation.type !== "REMOVE";
    const order = { audienceId: reference.audienceId, isMember, operation: reference, data: isMember ? data : {} };
    send(turn, partitionOfKey(client, "email", email, partitions), {
      kind: "event",
      target: { kind: "key", keyType: "email", value: email },
      inFlight: inFlightOf(client, orderEvent(newId(turn), turn.nowMs, order)),
    });
  }
  operation.next += part.length;
  operation.sent += part.length;
}

/** O2. All partitions together send as many as a list does: were each to send a round, events from outside would wait behind thousands. */
function sweep(turn: Turn, client: string, reference: OperationReference, operation: AudienceOperation): void {
  const membersMax = Math.ceil(OPERATION_ROUND_MEMBERS / turn.context.partitions);
  for (const { partition, after } of operation.sweeps.splice(0)) {
    operation.sweeping++;
    send(turn, partition, { kind: "sweep_members", client, reference, after, event: operation.event, membersMax });
  }
}

function leavingEvent(turn: Turn, operation: OperationReference): PersonEvent {
  const { audienceId } = operation;
  return orderEvent(newId(turn), turn.nowMs, { audienceId, isMember: false, operation, data: {} });
}

/** As if it had come from outside, so that campaigns which listen to the name hear it. */
function firedEvent(turn: Turn, operation: OperationReference, { name, data, columns }: MemberEvent): PersonEvent {
  const id = newId(turn);
  return {
    id,
    type: "INPUT",
    name,
    nameKey: name.toLowerCase(),
    eventMs: turn.nowMs,
    requestMs: turn.nowMs,
    data,
    causeId: id,
    rootId: id,
    container: "production",
    sandbox: "production-production",
    depth: 0,
    detail: { kind: "member_event", operation, columns },
    enrichment: null,
  };
}

function inFlightOf(client: string, event: PersonEvent): EventInFlight {
  return { client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: null };
}

function enter(
  turn: Turn,
  of: AudienceReference,
  operation: AudienceOperation,
  state: AudienceOperation["state"],
): void {
  operation.state = state;
  operation.stateMs = turn.nowMs;
  operation.updatedMs = turn.nowMs;
  const known = operationsKnownYet(turn.state, keyPrefix(of));
  if (known === null) return;
  if (state === "BUILDING") known.runningId = operation.id;
  else if (known.runningId === operation.id) known.runningId = null;
}

function forgetOldest(turn: Turn, of: AudienceReference): void {
  const prefix = keyPrefix(of);
  const known = operationsKnown(turn.state, prefix);
  if (known.kept <= OPERATIONS_KEPT_MAX) return;
  const [oldest] = turn.state.list("audienceOperation", { prefix, after: null, limit: 1, isReverse: false });
  if (oldest === undefined) return;
  turn.state.remove("audienceOperation", oldest.key);
  known.kept--;
}

function refuse(turn: Turn, id: string, errorCode: string): void {
  reply(turn, id, { personId: null, errorCode });
}
