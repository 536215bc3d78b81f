// Duties: what the listener was told, kept in step with what is so.
//
//   D1. `onHost` comes before `onOwn`, `onLose` before `onUnhost`, and no call twice in a row for one partition.
//   D2. A gap in the lease is told even when it was over before anybody looked: `onLose`, then `onOwn`.
//   D3. What a listener throws is a notice.

import { reasonOf } from "../base/caught.ts";
import type { ClusterNotice } from "./cluster_notice.ts";
import type { ClusterListener, LossReason } from "./mod.ts";
import type { HostedPartition, HostedProgress } from "./records.ts";

/** What this process has, at a moment. */
export interface Holding {
  readonly epoch: number;
  /** Of the lease: another number is another stretch of it. */
  readonly gaps: number;
}

const notYet: HostedProgress = { position: 0, lag: 0, isCaughtUp: false };

export class Duties {
  readonly #listener: ClusterListener;
  readonly #onNotice: (notice: ClusterNotice) => void;
  readonly #hosted = new Map<number, HostedProgress>();
  readonly #owned = new Map<number, Holding>();

  constructor(listener: ClusterListener, onNotice: (notice: ClusterNotice) => void) {
    this.#listener = listener;
    this.#onNotice = onNotice;
  }

  get hosts(): HostedPartition[] {
    return [...this.#hosted].map(([partition, progress]) => ({ partition, ...progress }));
  }

  isHosted(partition: number): boolean {
    return this.#hosted.has(partition);
  }

  isCaughtUp(partition: number): boolean {
    return this.#hosted.get(partition)?.isCaughtUp ?? false;
  }

  /** @returns whether others wait for it */
  report(partition: number, progress: HostedProgress): boolean {
    const was = this.#hosted.get(partition);
    // Sent before the runtime heard that it should no longer follow.
    if (was === undefined) return false;
    this.#hosted.set(partition, { ...progress });
    return was.isCaughtUp !== progress.isCaughtUp;
  }

  host(partition: number): void {
    if (this.#hosted.has(partition)) return;
    this.#hosted.set(partition, notYet);
    this.#call("onHost", partition, () => this.#listener.onHost(partition));
  }

  unhost(partition: number): void {
    if (this.#owned.has(partition) || !this.#hosted.delete(partition)) return;
    this.#call("onUnhost", partition, () => this.#listener.onUnhost(partition));
  }

  /** D2. @param reason asked only when something was lost */
  follow(partition: number, holding: Holding | null, reason: (told: Holding) => LossReason): void {
    const told = this.#owned.get(partition);
    if (told !== undefined && (told.epoch !== holding?.epoch || told.gaps !== holding.gaps)) {
      this.#owned.delete(partition);
      this.#call("onLose", partition, () => this.#listener.onLose(partition, reason(told)));
    }
    if (holding !== null && this.#hosted.has(partition) && !this.#owned.has(partition)) {
      this.#owned.set(partition, holding);
      this.#call("onOwn", partition, () => this.#listener.onOwn(partition, holding.epoch));
    }
  }

  /** The owner has drained for nothing: it will be told to go on. */
  askAgain(partition: number): void {
    this.#owned.delete(partition);
  }

  /** Resolves to what went wrong; null: drained. */
  async drain(partition: number): Promise<string | null> {
    try {
      await this.#listener.beforeHandOver(partition);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  #call(call: string, partition: number, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#onNotice({ name: "cluster_listener_failed", call, partition, reason: reasonOf(error) });
    }
  }
}
