// CrowdTelling: senders behind whose persons too many events wait, told to the fronts of all nodes. Whoever applies the person's partition sees them: its owner and, while that is
// away, its standbys.
//
//   V1. Told in messages that are bounded in size and in rate, however many crowds there are and however fast they grow: of each sender the newest word, and what finds no place
//       in a message is told of again with the next events of its sender.
//   V2. Nothing depends on a word that is lost, late or said twice: without it more of what the sender sends is taken in, and with it less, for a while.

import type { Crowd } from "../../model/effect.ts";
import { type CrowdMarkMemory, markCrowd } from "../fronts/crowd_marks.ts";
import type { ClusterLink } from "./link.ts";
import { decodeCrowds, encodeCrowds } from "./wire.ts";

/** What is found meanwhile goes into one message: some hundred events of a fast sender. */
const TELLING_INTERVAL_MS = 20;

/** Senders in one message: a few kilobytes. */
export const CROWDS_TOLD_MAX = 256;

export class CrowdTelling {
  readonly #link: Pick<ClusterLink, "tellCrowds">;
  readonly #marks: CrowdMarkMemory;
  /** Size by sender, to be told. */
  readonly #found = new Map<number, number>();
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(link: Pick<ClusterLink, "tellCrowds" | "onCrowds">, marks: CrowdMarkMemory) {
    this.#link = link;
    this.#marks = marks;
    link.onCrowds((bytes) => this.#mark(decodeCrowds(bytes)));
  }

  /** Marks them here at once, and soon everywhere. */
  tell(crowds: readonly Crowd[]): void {
    this.#mark(crowds);
    for (const { sender, size } of crowds) {
      if (this.#found.size < CROWDS_TOLD_MAX || this.#found.has(sender)) this.#found.set(sender, size);
    }
    if (this.#found.size > 0 && !this.#isStopped) this.#timer ??= setTimeout(() => this.#send(), TELLING_INTERVAL_MS);
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #mark(crowds: readonly Pick<Crowd, "sender" | "size">[]): void {
    const nowMs = Date.now();
    for (const crowd of crowds) markCrowd(this.#marks, crowd, nowMs);
  }

  #send(): void {
    this.#timer = null;
    const found = [...this.#found].map(([sender, size]) => ({ sender, size }));
    this.#found.clear();
    this.#link.tellCrowds(encodeCrowds(found));
  }
}
