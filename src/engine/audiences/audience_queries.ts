// What a partition answers about its audiences: members, their number, operations. Read only.

import type { AudienceOperation } from "../../model/audience.ts";
import type { Person } from "../../model/person.ts";
import type { EngineContext } from "../context.ts";
import { OPERATIONS_KEPT_MAX } from "../limits.ts";
import { sizeKey } from "./memberships.ts";

export interface MembersQuery {
  readonly kind: "members";
  readonly client: string;
  readonly audienceId: string;
  readonly isReverse: boolean;
  /** Where the answer before this one ended. */
  readonly afterKey: string | null;
  readonly limit: number;
}

/** What is shown of a member: whole persons, with all their rewards and friends, took most of the time of a list. */
export type AudienceMember = Pick<Person, "id" | "email" | "partnerUserId" | "block" | "version" | "data">;

export function listMembers(
  { state }: EngineContext,
  { client, audienceId, isReverse, afterKey, limit }: MembersQuery,
): { readonly kind: "members"; readonly persons: readonly AudienceMember[]; readonly lastKey: string | null } {
  const prefix = `${client}/${audienceId}/`;
  const wanted = Math.min(limit, MEMBERS_PER_ANSWER);
  const listed = state.list("audienceMember", { prefix, after: afterKey, limit: wanted, isReverse });
  const persons: AudienceMember[] = [];
  for (const { key } of listed) {
    const person = state.find("person", key.slice(prefix.length));
    if (person === undefined) continue;
    const { id, email, partnerUserId, block, version, data } = person;
    persons.push({ id, email, partnerUserId, block, version, data });
  }
  return { kind: "members", persons, lastKey: listed.length < wanted ? null : (listed.at(-1)?.key ?? null) };
}

/** Persons are looked up one by one, so an answer holds the partition's worker for about a millisecond. */
const MEMBERS_PER_ANSWER = 200;

export function countMembers({ state }: EngineContext, client: string, audienceId: string): number {
  return state.find("audienceSize", sizeKey(client, audienceId))?.count ?? 0;
}

export function listOperations(
  { state }: EngineContext,
  of: { readonly client: string; readonly audienceId: string; readonly operationId: string | null },
): AudienceOperation[] {
  const { client, audienceId, operationId } = of;
  const prefix = `${client}/${audienceId}/`;
  if (operationId !== null) {
    const found = state.find("audienceOperation", prefix + operationId);
    return found === undefined ? [] : [found];
  }
  return state
    .list("audienceOperation", { prefix, after: null, limit: OPERATIONS_KEPT_MAX, isReverse: true })
    .map(({ value }) => ({ ...value, members: [] }));
}
