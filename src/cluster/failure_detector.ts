// Failure detector: hears the members, and buries those that fell silent.
//
//   Y2. Burial: a silent member's key is deleted behind its last heartbeat. Only then is it gone (`heartbeat.ts` H1).
//   Y5. Silence of others means nothing to who does not hear its own heartbeats (`members.ts` M2).

import type { Bucket } from "./bucket.ts";
import type { ClusterNotice } from "./cluster_notice.ts";
import type { HeardMember, Members } from "./members.ts";
import { memberKey, readMember } from "./records.ts";
import { Retries } from "./retries.ts";

export interface FailureDetectorParts {
  readonly bucket: Bucket;
  readonly members: Members;
  readonly node: string;
  /** This process's stay in the cluster. */
  readonly instance: () => string;
  readonly heartbeatMs: number;
  /** Who was silent for so long is buried. */
  readonly silentMs: number;
  readonly retryMs: number;
  readonly nowMs: () => number;
  readonly onAnswer: (isAnswered: boolean) => void;
  readonly onNotice: (notice: ClusterNotice) => void;
}

/** Own heartbeats that may fail to be heard before silence of others means nothing. */
const UNHEARD_MAX = 2;

export class FailureDetector {
  readonly #parts: FailureDetectorParts;
  readonly #retries: Retries<string>;
  readonly #burying = new Set<string>();
  #heardOwnMs = Number.NEGATIVE_INFINITY;
  #listeningSinceMs = Number.POSITIVE_INFINITY;

  constructor(parts: FailureDetectorParts) {
    this.#parts = parts;
    this.#retries = new Retries(parts.retryMs, parts.nowMs);
  }

  /** Y5. This process hears what is written, its own writes included. */
  get isListening(): boolean {
    const { nowMs, heartbeatMs } = this.#parts;
    return nowMs() - this.#heardOwnMs <= UNHEARD_MAX * heartbeatMs;
  }

  /** @param text null: deleted */
  hear(node: string, text: string | null, revision: number): void {
    const { members, instance, onNotice } = this.#parts;
    const nowMs = this.#parts.nowMs();
    const value = text === null ? null : readMember(text);
    if (text !== null && value === null) {
      onNotice({ name: "cluster_entry_unreadable", key: memberKey(node), reason: "not a heartbeat" });
    }
    if (node === this.#parts.node && value?.instance === instance()) {
      if (!this.isListening) this.#listeningSinceMs = nowMs;
      this.#heardOwnMs = nowMs;
    }
    const change = members.hear(node, value, revision, nowMs);
    if (change === "joined") onNotice({ name: "cluster_member_joined", node });
    if (change === "gone") {
      onNotice({ name: "cluster_member_gone", node, how: this.#burying.has(node) ? "silent" : "left" });
    }
  }

  /** This process is another instance from now on, of which nothing was heard yet. */
  startAnew(): void {
    this.#heardOwnMs = Number.NEGATIVE_INFINITY;
  }

  burySilent(nowMs: number): void {
    const { members, silentMs } = this.#parts;
    for (const member of members.silent(nowMs, this.#listeningSinceMs, silentMs)) {
      const { node } = member.value;
      if (node !== this.#parts.node && !this.#burying.has(node) && this.#retries.isDue(node)) void this.#bury(member);
    }
  }

  /** Y2 */
  async #bury(member: HeardMember): Promise<void> {
    const { bucket, onAnswer } = this.#parts;
    const { node } = member.value;
    this.#burying.add(node);
    this.#retries.begin(node);
    const key = memberKey(node);
    const outcome = await bucket.write(key, null, member.revision);
    onAnswer(outcome.kind !== "unknown");
    if (outcome.kind === "written") this.hear(node, null, outcome.revision);
    if (outcome.kind === "conflict") {
      // It beat, or somebody else was faster: the watch is late.
      const entry = await bucket.read(key).catch(() => null);
      if (entry !== null) this.hear(node, entry.value, entry.revision);
    }
    this.#burying.delete(node);
  }
}
