// SandboxState: a partition's state in which one person is as it was, for applying records again. Nothing reaches the real state.
//
//   B1. The person, what it waits for and what it stashed come from the page of its trail and the records applied since, never from now.
//   B2. What lies beside the person (keys, business ids, steps in pages) is read as it is now, but for what somebody took later: these only grow, and what the
//       person took before is still its own. Other persons are as they are now, too, and so is which coupon codes are lent; whoever reads one makes
//       the explanation inexact, and `isExact` says so.

import { timeOf } from "../base/ids.ts";
import type { EntryKind, EntryKinds, ListedEntry, ListOptions, PartitionMeta, PartitionState } from "../model/state.ts";
import type { Person, Step } from "../model/person.ts";
import { META_KEY } from "./context.ts";

/** By how much clocks of a cluster's nodes may differ. */
const CLOCKS_APART_MS = 10_000;

export class SandboxState implements PartitionState {
  readonly #now: PartitionState;
  readonly #personId: string;
  /** By kind and key; null: removed. */
  readonly #own = new Map<string, EntryKinds[EntryKind] | null>();
  isExact = true;
  /** Null: now. */
  #atMs: number | null = null;

  /** @param before becomes the sandbox's own */
  constructor(now: PartitionState, personId: string, before: Person | null, meta: PartitionMeta) {
    this.#now = now;
    this.#personId = personId;
    if (before !== null) this.put("person", personId, before);
    this.put("meta", META_KEY, meta);
  }

  /** From here on, keys and business ids that somebody took after that time are nobody's yet. */
  goTo(atMs: number): void {
    this.#atMs = atMs;
  }

  find<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined {
    const own = this.#own.get(placeOf(kind, key));
    if (own !== undefined) return own === null ? undefined : (own as EntryKinds[K]);
    return this.#isOfPerson(kind, key) ? undefined : this.#asItIsNow(kind, key);
  }

  edit<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined {
    const known = this.#own.get(placeOf(kind, key));
    if (known !== undefined) return known === null ? undefined : (known as EntryKinds[K]);
    const found = this.find(kind, key);
    if (found === undefined) return undefined;
    const own = structuredClone(found);
    this.put(kind, key, own);
    return own;
  }

  put<K extends EntryKind>(kind: K, key: string, value: EntryKinds[K]): void {
    this.#own.set(placeOf(kind, key), value);
  }

  remove(kind: EntryKind, key: string): void {
    this.#own.set(placeOf(kind, key), null);
  }

  /** Timers that were due are handed in with their tick; nothing else is listed while records are applied. */
  list<K extends EntryKind>(_kind: K, _options: ListOptions): ListedEntry<K>[] {
    return [];
  }

  hotSteps(person: Person): readonly Step[] {
    return this.#now.hotSteps(person);
  }

  copyOf(person: Person): Uint8Array {
    return this.#now.copyOf(person);
  }

  personIn(copy: Uint8Array): Person {
    return this.#now.personIn(copy);
  }

  #isOfPerson(kind: EntryKind, key: string): boolean {
    if (kind === "person" || kind === "waiting") return key === this.#personId;
    return kind === "stash" && key.startsWith(`${this.#personId}/`);
  }

  #asItIsNow<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined {
    const value = this.#now.find(kind, key);
    if (value === undefined) return undefined;
    // A job has gone on since, too: what its outcome led to is not seen again.
    if (kind === "person" || kind === "lease" || kind === "couponLoan" || kind === "job") this.isExact = false;
    return this.#isYetToCome(kind, key) ? undefined : value;
  }

  /** Ids have the time of the node that made them: what is close to one may have been before or after it. */
  #isTakenLater(takenMs: number): boolean {
    if (this.#atMs === null || takenMs <= this.#atMs) return false;
    if (takenMs <= this.#atMs + CLOCKS_APART_MS) this.isExact = false;
    return true;
  }

  /**
   * Before a person began, nobody had the keys of the event that began it: it would have gone to whoever did. Later, what was taken after `#atMs` is nobody's. A
   * reward that the person does not have yet has yet to be earned.
   */
  #isYetToCome(kind: EntryKind, key: string): boolean {
    const person = this.find("person", this.#personId);
    switch (kind) {
      case "key": {
        const owned = this.#now.find("key", key);
        return person === undefined || this.#isTakenLater(owned?.sinceMs ?? 0);
      }
      case "partnerEvent": {
        const claims = Object.values(this.#now.find("partnerEvent", key)?.claims ?? {});
        return person === undefined || claims.every((eventId) => this.#isTakenLater(timeOf(eventId)));
      }
      case "reward":
        return (
          this.#now.find("reward", key)?.personId === this.#personId && !person?.rewards.some(({ id }) => id === key)
        );
      default:
        return false;
    }
  }
}

function placeOf(kind: EntryKind, key: string): string {
  return `${kind}/${key}`;
}
