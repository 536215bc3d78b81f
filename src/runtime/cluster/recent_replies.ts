// RecentReplies: what a follower would have replied lately. A caller whose owner died with its reply gets it from the successor.

import type { Reply } from "../../model/effect.ts";

/** As long as anybody waits for a reply. */
const KEPT_MS = 15_000;
/** Bounds for bursts; who falls out waits until the deadline and reads the outcome. */
const KEPT_MAX = 16_384;
/** Of what zones showed, as text: a few seconds of usual ones. */
export const KEPT_CHARACTERS_MAX = 8 * 1024 * 1024;

interface Kept {
  readonly atMs: number;
  readonly reply: Reply;
  readonly characters: number;
}

export class RecentReplies {
  #replies: Kept[] = [];
  #characters = 0;

  get isEmpty(): boolean {
    return this.#replies.length === 0;
  }

  add(reply: Reply): void {
    const nowMs = performance.now();
    const characters = reply.value === null ? 0 : JSON.stringify(reply.value).length;
    this.#replies.push({ atMs: nowMs, reply, characters });
    this.#characters += characters;
    while (this.#replies.length > KEPT_MAX || this.#characters > KEPT_CHARACTERS_MAX) {
      this.#keep(this.#replies.slice(Math.ceil(this.#replies.length / 2)));
    }
    const oldest = this.#replies[0];
    if (oldest !== undefined && nowMs - oldest.atMs > 2 * KEPT_MS) {
      this.#keep(this.#replies.filter(({ atMs }) => nowMs - atMs <= KEPT_MS));
    }
  }

  take(): Reply[] {
    const taken = this.#replies.map(({ reply }) => reply);
    this.#keep([]);
    return taken;
  }

  #keep(replies: Kept[]): void {
    this.#replies = replies;
    this.#characters = replies.reduce((sum, { characters }) => sum + characters, 0);
  }
}
