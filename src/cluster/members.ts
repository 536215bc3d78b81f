// Members: who is there, as far as this node has heard, and who has been silent for too long. All times are this node's.
//
//   M1. A member is there until its key is seen deleted or replaced: silence alone ends nothing, it only makes it a candidate for burial.
//   M2. Silence counts from the last new revision, and only while this node can hear (`listeningSinceMs`): who was cut off itself accuses nobody.
//   M3. What is told late, twice or out of order changes nothing.

import type { MemberValue } from "./records.ts";

export interface HeardMember {
  readonly value: MemberValue;
  readonly revision: number;
  readonly heardMs: number;
  /** Partitions that it follows and has caught up on. */
  readonly caughtUp: ReadonlySet<number>;
}

export class Members {
  readonly #byNode = new Map<string, HeardMember>();
  /** Last revision of each key, of deleted ones too. */
  readonly #revisions = new Map<string, number>();
  #names: readonly string[] = [];

  /** Sorted. The same array until somebody comes or goes. */
  get names(): readonly string[] {
    return this.#names;
  }

  get all(): Iterable<HeardMember> {
    return this.#byNode.values();
  }

  get(node: string): HeardMember | undefined {
    return this.#byNode.get(node);
  }

  isAlive(node: string | null, instance: string | null): boolean {
    return node !== null && this.#byNode.get(node)?.value.instance === instance;
  }

  /** @param value null: deleted, or unreadable */
  hear(node: string, value: MemberValue | null, revision: number, nowMs: number): "joined" | "gone" | "same" {
    if (revision <= (this.#revisions.get(node) ?? 0)) return "same";
    this.#revisions.set(node, revision);
    const was = this.#byNode.get(node);
    if (value === null) {
      if (was === undefined) return "same";
      this.#byNode.delete(node);
      this.#sort();
      return "gone";
    }
    const caughtUp = new Set(value.hosts.filter((each) => each.isCaughtUp).map((each) => each.partition));
    this.#byNode.set(node, { value, revision, heardMs: nowMs, caughtUp });
    if (was === undefined) this.#sort();
    return was?.value.instance === value.instance ? "same" : "joined";
  }

  /** M2 */
  silent(nowMs: number, listeningSinceMs: number, allowedMs: number): HeardMember[] {
    const since = nowMs - allowedMs;
    if (listeningSinceMs > since) return [];
    return [...this.#byNode.values()].filter((each) => each.heardMs < since);
  }

  /** The bucket is a new one. */
  forget(): void {
    this.#byNode.clear();
    this.#revisions.clear();
    this.#names = [];
  }

  #sort(): void {
    this.#names = [...this.#byNode.keys()].toSorted();
  }
}
