// Suppositions: what nobody knows any more, supposed in every way that it may have been, one way after the other.

export interface Suppositions {
  /** Which of so many alternatives is supposed this time, at this record. Each time the same is asked first, and the same behind the same choices. */
  choose(alternatives: number, sequence: number): number;
  /** The first record at which there was more than one; null: none so far. */
  readonly from: number | null;
  /** Goes on to the next way; false: all were supposed. */
  next(): boolean;
  /** This way, for taking it again. */
  way(): readonly number[];
}

/** @param again a way to take; others come after it */
export function newSuppositions(again: readonly number[] = []): Suppositions {
  /** What was chosen, of how many. */
  const taken: { chosen: number; of: number }[] = again.map((chosen) => ({ chosen, of: chosen + 1 }));
  let at = 0;
  let from: number | null = null;
  return {
    choose: (of, sequence) => {
      if (of <= 1) return 0;
      from ??= sequence;
      if (at === taken.length) taken.push({ chosen: 0, of });
      const known = taken[at++];
      if (known !== undefined) known.of = of;
      return known?.chosen ?? 0;
    },
    get from() {
      return from;
    },
    next: () => {
      at = 0;
      from = null;
      for (let last = taken.pop(); last !== undefined; last = taken.pop()) {
        if (last.chosen + 1 >= last.of) continue;
        taken.push({ chosen: last.chosen + 1, of: last.of });
        return true;
      }
      return false;
    },
    way: () => taken.map(({ chosen }) => chosen),
  };
}
