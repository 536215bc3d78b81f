// Placement: where each partition should be, given who is there. Pure: every node comes to the same result from the same members.
//
//   P1. Every node has floor(P / N) or ceil(P / N) partitions.
//   P2. A partition's preferences are rendezvous hashes, hence a node that joins or leaves changes little beyond what it takes or leaves behind.
//       The bound of P1 moves a few more: a node that is full passes a partition on, as one node's share never leaves the others' as they were.

import { placementHash } from "../base/hash.ts";

export interface Placement {
  /** Names, sorted. */
  readonly members: readonly string[];
  /** By partition: all members, the wanted owner first, then by preference; the first `standbys` of those follow the partition. Empty without members. */
  readonly preferences: readonly (readonly string[])[];
}

/** Pairs of a node and a partition that a number can hold below its score. */
const PAIRS_MAX = 2 ** 20;

export function place(names: readonly string[], partitions: number): Placement {
  const members = [...new Set(names)].toSorted();
  if (members.length === 0) return { members, preferences: Array.from({ length: partitions }, () => []) };
  const pairs = pairsByScore(members, partitions);
  const owners = assignOwners(pairs, members.length, partitions);
  const preferences = owners.map((owner) => [members[owner] ?? ""]);
  for (const pair of pairs) {
    const partition = Math.floor(pair / members.length);
    const member = pair % members.length;
    if (owners[partition] !== member) preferences[partition]?.push(members[member] ?? "");
  }
  return { members, preferences };
}

/** All pairs, as partition * members + member, highest score first. */
function pairsByScore(members: readonly string[], partitions: number): number[] {
  const scored = new Float64Array(members.length * partitions);
  const hashes = members.map(placementHash);
  for (let pair = 0; pair < scored.length; pair++) {
    const partition = Math.floor(pair / members.length);
    // In one number, because a sort of numbers needs no comparison function. Negative: ascending is then best first.
    scored[pair] = -score(hashes[pair % members.length] ?? 0, partition) * PAIRS_MAX - pair;
  }
  return Array.from(scored.sort(), (each) => -each % PAIRS_MAX);
}

/** Best pairs first, as long as the node has room: nobody gets a worse pair than two that would rather have each other. */
function assignOwners(pairs: readonly number[], members: number, partitions: number): number[] {
  const owners = Array.from({ length: partitions }, () => -1);
  const counts = Array.from({ length: members }, () => 0);
  const share = Math.floor(partitions / members);
  let larger = partitions % members;
  for (const pair of pairs) {
    const partition = Math.floor(pair / members);
    const member = pair % members;
    const count = counts[member] ?? 0;
    if (owners[partition] !== -1 || count > share || (count === share && larger === 0)) continue;
    if (count === share) larger--;
    owners[partition] = member;
    counts[member] = count + 1;
  }
  return owners;
}

/** 32 bits; independent between partitions and between nodes. */
function score(nodeHash: number, partition: number): number {
  let hash = nodeHash ^ Math.imul(partition + 1, 0x9e3779b1);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}
