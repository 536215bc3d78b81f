// Heartbeat: writes this node's member key again and again, each time on the condition that nobody else wrote it since.
//
//   H1. The chain: a heartbeat takes place only right behind this instance's last one. Whoever deletes the key behind the last one breaks the
//       chain for good, also for heartbeats that are still on their way: that is what makes a takeover safe.
//   H2. A broken chain is never mended. The process may come back as another instance.
//   H3. One heartbeat at a time. What became of one without an answer is looked up, and never counts for the lease.

import type { Bucket } from "./bucket.ts";
import type { Lease } from "./lease.ts";
import { type MemberValue, memberKey, readMember, writeValue } from "./records.ts";

export interface HeartbeatHost {
  readonly bucket: Bucket;
  readonly lease: Lease;
  readonly node: string;
  readonly heartbeatMs: number;
  readonly retryMs: number;
  nowMs(): number;
  heartbeatValue(instance: string): MemberValue;
  onRenewed(lapsedMs: number): void;
  /** H2. @param isBucketNew no trace of the key is left */
  onBroken(isBucketNew: boolean): void;
  onAnswer(isAnswered: boolean): void;
}

/** A change that others wait for is told this much sooner, as a part of the interval. */
const HURRY = 4;

export class Heartbeat {
  readonly instance: string;
  readonly #host: HeartbeatHost;
  #revision: number;
  #lastSentMs: number;
  #nextMs: number;
  #isBroken = false;
  #running: Promise<void> | null = null;

  /** @param sentMs when the write of `revision`, by this instance, was sent */
  constructor(host: HeartbeatHost, instance: string, revision: number, sentMs: number) {
    this.#host = host;
    this.instance = instance;
    this.#revision = revision;
    this.#lastSentMs = sentMs;
    this.#nextMs = sentMs + host.heartbeatMs;
  }

  get revision(): number {
    return this.#revision;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** What it says has changed. */
  hurry(): void {
    this.#nextMs = Math.min(this.#nextMs, this.#lastSentMs + this.#host.heartbeatMs / HURRY);
  }

  tick(): void {
    if (this.#isBroken || this.#running !== null || this.#host.nowMs() < this.#nextMs) return;
    this.#running = this.#beat().finally(() => {
      this.#running = null;
    });
  }

  /** No more of them; resolves when none is on its way. */
  async end(): Promise<void> {
    this.#isBroken = true;
    await this.#running;
  }

  async #beat(): Promise<void> {
    const { bucket, lease, node, heartbeatMs, retryMs } = this.#host;
    const sentMs = this.#host.nowMs();
    this.#lastSentMs = sentMs;
    this.#nextMs = sentMs + heartbeatMs;
    const value = writeValue(this.#host.heartbeatValue(this.instance));
    const outcome = await bucket.write(memberKey(node), value, this.#revision);
    this.#host.onAnswer(outcome.kind !== "unknown");
    if (outcome.kind === "written") {
      this.#revision = outcome.revision;
      if (!this.#isBroken) this.#host.onRenewed(lease.extend(sentMs));
    } else if (outcome.kind === "unknown") {
      this.#nextMs = this.#host.nowMs() + retryMs;
    } else {
      await this.#lookUp();
    }
  }

  /** H3: was it a late one of ours, or is the chain broken? */
  async #lookUp(): Promise<void> {
    this.#nextMs = this.#host.nowMs() + this.#host.retryMs;
    const entry = await this.#host.bucket.read(memberKey(this.#host.node)).catch(() => "unknown" as const);
    if (entry === "unknown" || this.#isBroken) return;
    const value = entry === null || entry.value === null ? null : readMember(entry.value);
    if (entry !== null && value?.instance === this.instance) {
      this.#revision = entry.revision;
      this.#nextMs = this.#host.nowMs();
      return;
    }
    this.#isBroken = true;
    this.#host.onBroken(entry === null);
  }
}
