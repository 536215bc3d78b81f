// CleanSlots: the slots of a partition's caches that may be dropped, in the order in which they are looked at. Hot path.
//
//   C1. Whoever becomes clean stands here once. A slot that changes stays where it stands and is let go when its turn comes: it comes back when it is written. So
//       changed slots, which fill most of a cache while much is written, are not looked at again and again.
//   C2. Second chance: a slot used since its last turn goes to the end.
//   C3. Slots that were dropped elsewhere are never more than half of those that stand here, and a constant.

/** What a queue of slots of any kind knows of one. */
export interface CleanSlot {
  readonly cache: { drop(slot: CleanSlot): void };
  readonly value: unknown;
  readonly bytes: number;
  readonly isDirty: boolean;
  readonly isPinned: boolean;
  isReferenced: boolean;
  /** Stands among the clean slots, though it may have changed since. */
  isQueued: boolean;
}

/** Of slots dropped elsewhere; fewer are not worth walking the queue for. */
const DROPPED_MIN = 1_024;

export class CleanSlots {
  /** Those from `#at` on are next, then those that came since. */
  #next: (CleanSlot | null)[] = [];
  #at = 0;
  #later: CleanSlot[] = [];
  #dropped = 0;

  add(slot: CleanSlot): void {
    if (slot.isQueued) return;
    slot.isQueued = true;
    this.#later.push(slot);
  }

  /** A slot that stands here is in no cache any more (C3). */
  countDropped(): void {
    this.#dropped++;
    const size = this.#next.length - this.#at + this.#later.length;
    if (this.#dropped < DROPPED_MIN || this.#dropped * 2 < size) return;
    this.#later = [...this.#next.slice(this.#at), ...this.#later].filter(isKept);
    this.#next = [];
    this.#at = 0;
    this.#dropped = 0;
  }

  /** Drops what was not used since its last turn, until that frees `wantedBytes`, looking at most at `steps` slots. */
  drop(wantedBytes: number, steps: number): void {
    let left = wantedBytes;
    for (let i = 0; i < steps && left > 0; i++) {
      const slot = this.#take();
      if (slot === null) return;
      left -= this.#visit(slot);
    }
  }

  /** Returns the bytes freed. */
  #visit(slot: CleanSlot): number {
    slot.isQueued = false;
    if (isDropped(slot)) this.#dropped--;
    else if (slot.isDirty || slot.isPinned) return 0;
    else if (slot.isReferenced) {
      slot.isReferenced = false;
      this.add(slot);
    } else {
      slot.cache.drop(slot);
      return slot.bytes;
    }
    return 0;
  }

  #take(): CleanSlot | null {
    if (this.#at === this.#next.length) {
      this.#next = this.#later;
      this.#later = [];
      this.#at = 0;
    }
    const slot = this.#next[this.#at] ?? null;
    // Held no longer than it stands here.
    if (slot !== null) this.#next[this.#at++] = null;
    return slot;
  }
}

function isKept(slot: CleanSlot | null): slot is CleanSlot {
  return slot !== null && !isDropped(slot);
}

function isDropped(slot: CleanSlot): boolean {
  return slot.value === undefined && !slot.isDirty && !slot.isPinned;
}
