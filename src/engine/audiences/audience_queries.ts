// What a partition answers about its audiences: members, their number, operations. Read only.

import type { AudienceOperation } from "../../model/audience.ts";
import type { Person } from "../../model/person.ts";
import type { EngineContext } from "../context.ts";
import { OPERATIONS_KEPT_MAX } from "../limits.ts";
import { sizeKey } from "./memberships.ts";

export type AudienceQuery =
  /** Members of an audience in this partition, in order of their ids. */
  | MembersQuery
  | { readonly kind: "member_count"; readonly client: string; readonly audienceId: string }
  /** The newest first; one of them, or all without their lists. */
  | ({ readonly kind: "audience_operations" } & SoughtOperations);

interface SoughtOperations {
  readonly client: string;
  readonly audienceId: string;
  readonly operationId: string | null;
}

interface MembersQuery {
  readonly kind: "members";
  readonly client: string;
  readonly audienceId: string;
  readonly isReverse: boolean;
  /** Continues behind this person; null: from the first on. */
  readonly afterId: string | null;
  readonly limit: number;
  /** Data that a member has to have, all of them. */
  readonly has: readonly string[];
  /** Data that are answered; null: all of them. "ids": nothing but who is a member. */
  readonly shown: readonly string[] | null | "ids";
}

/** What is shown of a member: whole persons, with all their rewards and friends, took most of the time of a list. */
export type AudienceMember = Pick<Person, "id" | "email" | "partnerUserId" | "block" | "version" | "data">;

export type AudienceAnswer =
  | ListedMembers
  | { readonly kind: "member_count"; readonly count: number }
  | { readonly kind: "audience_operations"; readonly operations: readonly AudienceOperation[] };

interface ListedMembers {
  readonly kind: "members";
  /** None where ids were asked for. */
  readonly persons: readonly AudienceMember[];
  readonly ids: readonly string[];
  /** How many were looked at, whether they have the data or not. */
  readonly looked: number;
  /** Continues; null at the end. */
  readonly lastId: string | null;
}

export function answerAudienceQuery(context: EngineContext, query: AudienceQuery): AudienceAnswer {
  switch (query.kind) {
    case "members":
      return listMembers(context, query);
    case "member_count":
      return { kind: "member_count", count: countMembers(context, query.client, query.audienceId) };
    case "audience_operations":
      return { kind: "audience_operations", operations: listOperations(context, query) };
  }
}

function listMembers(
  { state }: EngineContext,
  { client, audienceId, isReverse, afterId, limit, has, shown }: MembersQuery,
): ListedMembers {
  const prefix = `${client}/${audienceId}/`;
  const isOfKeys = shown === "ids" && has.length === 0;
  const wanted = Math.min(limit, isOfKeys ? MEMBER_IDS_PER_ANSWER : MEMBERS_PER_ANSWER);
  const after = afterId === null ? null : prefix + afterId;
  const listed = state.list("audienceMember", { prefix, after, limit: wanted, isReverse });
  const persons: AudienceMember[] = [];
  const ids: string[] = [];
  for (const { key } of listed) {
    const id = key.slice(prefix.length);
    const person = isOfKeys ? null : state.find("person", id);
    if (person === undefined || (person !== null && !has.every((name) => Object.hasOwn(person.data, name)))) continue;
    ids.push(id);
    if (person !== null && shown !== "ids") persons.push(memberOf(person, shown));
  }
  const last = listed.at(-1)?.key.slice(prefix.length) ?? null;
  return { kind: "members", persons, ids, looked: listed.length, lastId: listed.length < wanted ? null : last };
}

function memberOf(
  { id, email, partnerUserId, block, version, data }: Person,
  shown: readonly string[] | null,
): AudienceMember {
  const own = shown === null ? data : Object.fromEntries(Object.entries(data).filter(([name]) => shown.includes(name)));
  return { id, email, partnerUserId, block, version, data: own };
}

/** Persons are looked up one by one, so an answer holds the partition's worker for about a millisecond; their ids are at hand. */
const MEMBERS_PER_ANSWER = 200;
const MEMBER_IDS_PER_ANSWER = 1_000;

function countMembers({ state }: EngineContext, client: string, audienceId: string): number {
  return state.find("audienceSize", sizeKey(client, audienceId))?.count ?? 0;
}

function listOperations(
  { state }: EngineContext,
  { client, audienceId, operationId }: SoughtOperations,
): AudienceOperation[] {
  const prefix = `${client}/${audienceId}/`;
  if (operationId !== null) {
    const found = state.find("audienceOperation", prefix + operationId);
    return found === undefined ? [] : [found];
  }
  return state
    .list("audienceOperation", { prefix, after: null, limit: OPERATIONS_KEPT_MAX, isReverse: true })
    .map(({ value }) => ({ ...value, members: [] }));
}
