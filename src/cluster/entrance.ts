// Entrance: how a process becomes a member, and gets its front number.
//
//   G1. A name that another instance holds is taken only when that one was silent for a lease and its grace; one that beats is left alone.
//   G2. A front number is claimed by a member, and is anybody's only when its claimant is none: numbers are unique among live members.
//   G3. What became of a write without an answer shows at the next attempt, which finds its own name.

import type { Bucket, Entry } from "./bucket.ts";
import {
  frontKey,
  FRONTS_PREFIX,
  type FrontValue,
  memberKey,
  type MemberValue,
  parseKey,
  readFront,
  readMember,
  writeValue,
} from "./records.ts";

/** As many as ids can name (`base/ids.ts`). */
const FRONTS_MAX = 511;

export type JoinOutcome =
  | { readonly kind: "joined"; readonly revision: number; readonly sentMs: number }
  /** Try again: nobody answered, somebody was faster, or the one before may still be alive. */
  | { readonly kind: "wait"; readonly isAnswered: boolean }
  | { readonly kind: "inUse" };

export class Entrance {
  readonly #bucket: Bucket;
  readonly #silentMs: number;
  readonly #nowMs: () => number;
  /** Who holds the name, and since when this process knows of that heartbeat. */
  #former: { readonly revision: number; readonly sinceMs: number } | null = null;

  constructor(bucket: Bucket, silentMs: number, nowMs: () => number) {
    this.#bucket = bucket;
    this.#silentMs = silentMs;
    this.#nowMs = nowMs;
  }

  async join(value: MemberValue): Promise<JoinOutcome> {
    const key = memberKey(value.node);
    let entry: Entry | null;
    try {
      entry = await this.#bucket.read(key);
    } catch {
      return { kind: "wait", isAnswered: false };
    }
    if (entry !== null && entry.value !== null && readMember(entry.value)?.instance !== value.instance) {
      const nowMs = this.#nowMs();
      this.#former ??= { revision: entry.revision, sinceMs: nowMs };
      if (this.#former.revision !== entry.revision) return { kind: "inUse" };
      if (nowMs - this.#former.sinceMs <= this.#silentMs) return { kind: "wait", isAnswered: true };
    }
    const sentMs = this.#nowMs();
    const outcome = await this.#bucket.write(key, writeValue(value), entry?.revision ?? 0);
    if (outcome.kind === "written") return { kind: "joined", revision: outcome.revision, sentMs };
    return { kind: "wait", isAnswered: outcome.kind === "conflict" };
  }
}

/** The number claimed; "taken" when all are; "wait" to try again. */
export async function claimFront(bucket: Bucket, claim: FrontValue): Promise<number | "taken" | "wait"> {
  try {
    const entries = new Map<number, Entry>();
    for (const entry of await bucket.list(FRONTS_PREFIX)) {
      const key = parseKey(entry.key);
      if (key?.kind === "front") entries.set(key.front, entry);
    }
    const front = await chooseFront(bucket, claim, entries);
    if (front === null) return "taken";
    return (await writeClaim(bucket, claim, front, entries.get(front) ?? null)) ? front : "wait";
  } catch {
    return "wait";
  }
}

/** For a process that is a member again, under the number that it gave out ids with. */
export async function reclaimFront(
  bucket: Bucket,
  claim: FrontValue,
  front: number,
): Promise<number | "taken" | "wait"> {
  try {
    const entry = await bucket.read(frontKey(front));
    const claimant = claimantOf(entry);
    if (claimant !== null && claimant.node !== claim.node) return "taken";
    return (await writeClaim(bucket, claim, front, entry)) ? front : "wait";
  } catch {
    return "wait";
  }
}

/** This node's former number, else one that was given back or never given out, else one whose claimant is gone: the longer unused, the better. */
async function chooseFront(
  bucket: Bucket,
  claim: FrontValue,
  entries: ReadonlyMap<number, Entry>,
): Promise<number | null> {
  for (const [front, entry] of entries) if (claimantOf(entry)?.node === claim.node) return front;
  for (let front = 0; front < FRONTS_MAX; front++) if (claimantOf(entries.get(front) ?? null) === null) return front;
  for (const [front, entry] of entries) {
    const claimant = claimantOf(entry);
    if (front >= FRONTS_MAX || claimant === null) continue;
    const member = await bucket.read(memberKey(claimant.node));
    const instance = member === null || member.value === null ? null : readMember(member.value)?.instance;
    if (instance !== claimant.instance) return front;
  }
  return null;
}

async function writeClaim(bucket: Bucket, claim: FrontValue, front: number, entry: Entry | null): Promise<boolean> {
  const outcome = await bucket.write(frontKey(front), writeValue(claim), entry?.revision ?? 0);
  return outcome.kind === "written";
}

function claimantOf(entry: Entry | null): FrontValue | null {
  return entry === null || entry.value === null ? null : readFront(entry.value);
}
