// SandboxState: a partition's state in which one person is as it was, for applying records again. Nothing reaches the real state.
//
//   B1. The person, what it waits for and what it stashed come from the page of its trail and the records applied since, never from now.
//   B2. What lies beside the person (keys, business ids, steps in pages) is read as it is now, but for what somebody took later: these only grow (B5 apart),
//       and what the person took before is still its own. Pages of older rewards say themselves what they were (`summary_changes.ts`). Other persons are as
//       they are now, too, and so is which coupon codes are lent; whoever reads one makes the explanation inexact, unless it has not changed since, and
//       `isExact` says so.
//   B3. Who is merged into the person by a record keeps what it was, and before that record was what it is now, but for its link. Not so where its rewards have
//       changed since, or one may have got no budget: nothing says what they were.
//   B4. A business id that an event claims here, and does not hold now, was given back since, by that event or by another one that it was refused for: nothing
//       says which, so the explanation is inexact.
//   B5. A key or a person that is not there may have been there until an erasure: where there was one since, the explanation is inexact.

import { idTextOfHalves, timeOf } from "../../base/ids.ts";
import { memberOf } from "../../base/members.ts";
import type { LogRecord } from "../../model/record.ts";
import type {
  EntryKind,
  EntryKinds,
  KeyEntry,
  ListedEntry,
  ListOptions,
  PartitionMeta,
  PartitionState,
  SummaryPage,
} from "../../model/state.ts";
import type { Person, Step } from "../../model/person.ts";
import type { Reward } from "../../model/reward.ts";
import type { RewardTimer } from "../../model/timer.ts";
import { META_KEY } from "../context.ts";
import { dueMsOf } from "../due.ts";
import { pageBefore } from "../rewards/summary_changes.ts";
import { findOwn, summariesFrom } from "../rewards/summary_pages.ts";

/** By how much clocks of a cluster's nodes may differ. */
const CLOCKS_APART_MS = 10_000;

export class SandboxState implements PartitionState {
  readonly #now: PartitionState;
  readonly #personId: string;
  /** By kind and key; null: removed. */
  readonly #own = new Map<string, EntryKinds[EntryKind] | null>();
  /** Keys of business ids that the record at hand may have claimed. */
  readonly #idsOfRecord = new Set<string>();
  isExact = true;
  /** Null: now. */
  #at: {
    readonly timeMs: number;
    readonly sequence: number;
    readonly eventId: string;
    readonly ofMillisecond: readonly number[];
  } | null = null;

  /** @param before becomes the sandbox's own */
  constructor(now: PartitionState, personId: string, before: Person | null, meta: PartitionMeta) {
    this.#now = now;
    this.#personId = personId;
    if (before !== null) this.put("person", personId, before);
    this.put("meta", META_KEY, meta);
  }

  /**
   * From here on, keys and business ids that somebody took after that record are nobody's yet.
   *
   * @param ofMillisecond the person's records of that time
   */
  goTo({ timeMs, sequence, idHigh, idLow }: LogRecord, ofMillisecond: readonly number[]): void {
    this.#at = { timeMs, sequence, eventId: idTextOfHalves(idHigh, idLow), ofMillisecond };
  }

  find<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined {
    const own = this.#own.get(placeOf(kind, key));
    if (own !== undefined) return own === null ? undefined : (own as EntryKinds[K]);
    if (kind === "person" && this.#unlink(key)) return this.find(kind, key);
    return this.#isOfPerson(kind, key) ? undefined : this.#asItIsNow(kind, key);
  }

  edit<K extends EntryKind>(kind: K, key: string): EntryKinds[K] | undefined {
    if (kind === "partnerEvent") this.#idsOfRecord.add(key);
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

  /** B4. Behind each record. */
  noteGivenBack(): void {
    for (const key of this.#idsOfRecord) {
      const claims = this.find("partnerEvent", key)?.claims ?? {};
      const now = this.#now.find("partnerEvent", key)?.claims ?? {};
      for (const controller of Object.keys(claims))
        if (memberOf(now, controller) !== memberOf(claims, controller)) this.isExact = false;
    }
    this.#idsOfRecord.clear();
  }

  isOwn(kind: EntryKind, key: string): boolean {
    return this.#own.has(placeOf(kind, key));
  }

  rewardNow(rewardId: string): Reward | undefined {
    return this.#now.find("reward", rewardId);
  }

  /** Timers of rewards that were set here and are due by then; afterwards they are no more. */
  takeDue(untilMs: number): { readonly key: string; readonly timer: RewardTimer }[] {
    const prefix = placeOf("timer", "");
    const due: { readonly key: string; readonly timer: RewardTimer }[] = [];
    for (const [place, value] of this.#own) {
      const key = place.startsWith(prefix) ? place.slice(prefix.length) : null;
      if (key === null || value === null || !("rewardId" in value && "due" in value) || dueMsOf(key) > untilMs)
        continue;
      due.push({ key, timer: value });
      this.#own.set(place, null);
    }
    return due;
  }

  /** Timers that were due are fired with their tick (`past_ticks.ts`); nothing is listed while records are applied. */
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
    if (value === undefined) {
      if (kind === "key" || kind === "person") this.#noteErasure();
      return undefined;
    }
    // A job has gone on since, too: what its outcome led to is not seen again.
    if (kind === "lease" || kind === "couponLoan" || kind === "job") this.isExact = false;
    if (kind === "person" && this.#isChangedSince(this.#now.find("person", key))) this.isExact = false;
    if (kind === "summaryPage") return this.#pageBefore(key) as EntryKinds[K] | undefined;
    if (this.#isYetToCome(kind, key)) return undefined;
    if (kind === "reward") this.#noteChanged(this.#now.find("reward", key));
    return value;
  }

  /** B3. Whether the sandbox has the other person now. */
  #unlink(personId: string): boolean {
    if (this.#at === null || personId === this.#personId) return false;
    const { timeMs, sequence, ofMillisecond } = this.#at;
    const person = this.#now.find("person", personId);
    if (person === undefined || person.forwardedTo !== this.#personId || person.updatedMs !== timeMs) return false;
    // Of several records of that time that touched both, nothing says which one merged them.
    const shared = ofMillisecond.filter((touched) => person.trail.includes(touched));
    if (person.createdMs === timeMs || shared.length !== 1 || shared[0] !== sequence) return false;
    if (this.#hasChangedReward(person, timeMs) || this.#mayHaveLost(person, sequence)) return false;
    const trail = person.trail.filter((touched) => touched < sequence);
    this.put("person", personId, { ...structuredClone(person), forwardedTo: null, version: person.version - 1, trail });
    return true;
  }

  #hasChangedReward(person: Person, timeMs: number): boolean {
    for (const { id } of summariesFrom(this.#now, person, 0))
      if ((this.#now.find("reward", id)?.updatedMs ?? timeMs) >= timeMs) return true;
    return false;
  }

  /** A page is filled at once: whoever knows of it had all that is in it. */
  #pageBefore(key: string): SummaryPage | undefined {
    const now = this.#now.find("summaryPage", key);
    if (now === undefined || this.#at === null) return now;
    const { page, isKnown } = pageBefore(now, this.#at.sequence);
    if (!isKnown) this.isExact = false;
    return page;
  }

  /** A reward that waited for a budget and got none is not among those that it has now. */
  #mayHaveLost({ client, trail }: Person, sequence: number): boolean {
    if ((trail.at(-1) ?? sequence) <= sequence) return false;
    return this.#now.list("lease", { prefix: `${client}/`, after: null, limit: 1, isReverse: false }).length > 0;
  }

  /** L1 of `trail.ts`: who was last changed before this record is now as then. */
  #isChangedSince(person: Person | undefined): boolean {
    const last = person?.trail.at(-1);
    return this.#at === null || last === undefined || last >= this.#at.sequence;
  }

  /** B5. */
  #noteErasure(): void {
    const { erasedMs } = this.#now.find("meta", META_KEY) ?? {};
    if (this.#at !== null && erasedMs !== undefined && erasedMs >= this.#at.timeMs) this.isExact = false;
  }

  /** A reward of an earlier page has moved since. */
  #noteChanged(reward: Reward | undefined): void {
    if (this.#at !== null && reward !== undefined && reward.updatedMs > this.#at.timeMs) this.isExact = false;
  }

  /** Ids have the time of the node that made them: what is close to one may have been before or after it. Its own claim changes nothing for an event. */
  #isClaimedLater(eventId: string): boolean {
    if (this.#at === null || eventId === this.#at.eventId) return false;
    const apartMs = timeOf(eventId) - this.#at.timeMs;
    if (Math.abs(apartMs) <= CLOCKS_APART_MS) this.isExact = false;
    return apartMs > 0;
  }

  /** By somebody else, before the person began. */
  #isClaimedBefore(eventId: string): boolean {
    const apartMs = this.#at === null ? 0 : timeOf(eventId) - this.#at.timeMs;
    if (apartMs > 0) return false;
    if (apartMs >= -CLOCKS_APART_MS) this.isExact = false;
    return true;
  }

  /** Keys have the time of this partition's log. Of a millisecond, the records of their owners tell, as far as they can. */
  #isOwnedLater({ personId, sinceMs }: KeyEntry): boolean {
    if (this.#at === null || sinceMs < this.#at.timeMs) return false;
    // What the person takes here it has taken in the sandbox.
    if (sinceMs > this.#at.timeMs || personId === this.#personId) return true;
    const { sequence } = this.#at;
    const owner = this.#now.find("person", personId);
    if (owner?.trailPages === 0 && (owner.trail[0] ?? 0) > sequence) return true;
    if (owner === undefined || (owner.trail.at(-1) ?? sequence) >= sequence) this.isExact = false;
    return false;
  }

  /**
   * What was taken after `#at` is nobody's, and so is what the event that began the person took. The others of that event were somebody's: a prehandler that looked
   * at that one made it an event of somebody new. A reward that the person does not have yet has yet to be earned.
   */
  #isYetToCome(kind: EntryKind, key: string): boolean {
    const person = this.find("person", this.#personId);
    switch (kind) {
      case "key": {
        const owned = this.#now.find("key", key);
        if (owned === undefined || !this.#isOwnedLater(owned)) return false;
        if (owned.personId !== this.#personId || owned.sinceMs !== this.#at?.timeMs) this.#noteErasure();
        return true;
      }
      case "partnerEvent": {
        const known = this.#now.find("partnerEvent", key);
        const claims = Object.values(known?.claims ?? {});
        if (person !== undefined) return claims.every((eventId) => this.#isClaimedLater(eventId));
        return known?.personId === this.#personId || !claims.some((eventId) => this.#isClaimedBefore(eventId));
      }
      case "reward":
        return this.#isOwnReward(this.#now.find("reward", key)) && !this.#isEarned(person, key);
      case "heldReward":
        return this.#isOwnReward(this.#now.find("heldReward", key)?.reward) && !this.#isEarned(person, key);
      default:
        return false;
    }
  }

  #isOwnReward(reward: Pick<Reward, "personId"> | undefined): boolean {
    return reward !== undefined && reward.personId === this.#personId;
  }

  /** A reward that waits here is not there yet, whatever became of it. */
  #isEarned(person: Person | undefined, rewardId: string): boolean {
    const isKnown = person !== undefined && findOwn(this, person, rewardId) !== undefined;
    return isKnown && !this.#own.has(placeOf("heldReward", rewardId));
  }
}

function placeOf(kind: EntryKind, key: string): string {
  return `${kind}/${key}`;
}
