// Reachability: says once that the servers do not answer, and once that they do again.

import type { ClusterNotice } from "./cluster_notice.ts";

export class Reachability {
  readonly #retryMs: number;
  readonly #nowMs: () => number;
  readonly #onNotice: (notice: ClusterNotice) => void;
  #awaySinceMs: number | null = null;

  constructor(retryMs: number, nowMs: () => number, onNotice: (notice: ClusterNotice) => void) {
    this.#retryMs = retryMs;
    this.#nowMs = nowMs;
    this.#onNotice = onNotice;
  }

  /** What became of a request. */
  note(isAnswered: boolean): void {
    if (!isAnswered && this.#awaySinceMs === null) {
      this.#awaySinceMs = this.#nowMs();
      const reason = "a request was not answered";
      this.#onNotice({ name: "cluster_unreachable", reason, retryMs: this.#retryMs });
    }
    if (isAnswered && this.#awaySinceMs !== null) {
      this.#onNotice({ name: "cluster_reachable", awayMs: this.#nowMs() - this.#awaySinceMs });
      this.#awaySinceMs = null;
    }
  }
}
