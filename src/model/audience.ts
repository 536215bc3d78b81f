// Audiences: who is in one, and changes of many members at once.

import type { JsonObject } from "./json.ts";

export const operationTypes = ["ACTION", "ADD", "REMOVE", "REPLACE"] as const;
export type OperationType = (typeof operationTypes)[number];

/** Of the contract; this release has no use for PREPARING, VALIDATING and EXPIRED. */
export const operationStates = [
  "BUILDING",
  "CANCELED",
  "EXPIRED",
  "FAILED",
  "PREPARING",
  "READY",
  "VALIDATING",
] as const;
export type OperationState = (typeof operationStates)[number];

/** What an operator may do to an operation. */
export type OperationVerb = "cancel" | "retry";

/** What is kept of a person's membership beside the person, so that the members of an audience can be listed. */
export interface AudienceMember {
  /** The operation that named the person last; empty: none. */
  markedBy: string;
}

/** Members in one partition. */
export interface AudienceSize {
  count: number;
}

/** A person of a list, and what the list says of it. */
export interface ListedMember {
  readonly email: string;
  readonly data: JsonObject;
}

/** The event that an ACTION fires for each member. */
export interface MemberEvent {
  readonly name: string;
  readonly data: JsonObject;
  /** Data of the person that are copied into the event's. */
  readonly columns: readonly string[];
}

/** A change of many members: an actor in the partition of its audience, which hands out the list in parts and waits for each. */
export interface AudienceOperation {
  readonly id: string;
  readonly type: OperationType;
  readonly tags: readonly string[];
  /** ADD, REMOVE, REPLACE. */
  readonly members: readonly ListedMember[];
  /** ACTION. */
  readonly event: MemberEvent | null;
  readonly createdMs: number;
  state: OperationState;
  stateMs: number;
  updatedMs: number;
  retryCount: number;
  /** Members handed out so far. */
  next: number;
  /** The whole list has been handed out and dealt with. */
  isListDone: boolean;
  /** Partitions that have to go through their members yet, each with the person that it got to. */
  sweeps: { partition: number; after: string | null }[];
  /** Answers of sweeping partitions that are still to come. */
  sweeping: number;
  /** Events sent to persons, and how many of them were dealt with. */
  sent: number;
  done: number;
  /** Of the list: persons that are what the operation says, and those that could not be found or changed. */
  processed: number;
  refused: number;
}

/** Whose list an event about a membership belongs to. */
export interface OperationReference {
  readonly audienceId: string;
  readonly operationId: string;
}
