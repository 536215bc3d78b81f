// RecentReplies: what a follower would have replied lately. A caller whose owner died with its reply gets it from the successor.

import type { OneReply } from "./wire.ts";

/** As long as anybody waits for a reply. */
const KEPT_MS = 15_000;
/** A bound for bursts; who falls out waits until the deadline and reads the outcome. */
const KEPT_MAX = 16_384;

export class RecentReplies {
  #replies: { readonly atMs: number; readonly reply: OneReply }[] = [];

  get isEmpty(): boolean {
    return this.#replies.length === 0;
  }

  add(reply: OneReply): void {
    const nowMs = performance.now();
    this.#replies.push({ atMs: nowMs, reply });
    if (this.#replies.length > KEPT_MAX) this.#replies = this.#replies.slice(KEPT_MAX / 2);
    const oldest = this.#replies[0];
    if (oldest !== undefined && nowMs - oldest.atMs > 2 * KEPT_MS) {
      this.#replies = this.#replies.filter(({ atMs }) => nowMs - atMs <= KEPT_MS);
    }
  }

  take(): OneReply[] {
    const taken = this.#replies.map(({ reply }) => reply);
    this.#replies = [];
    return taken;
  }
}
