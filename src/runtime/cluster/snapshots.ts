// Snapshots: keeps copies of this node's owned partitions where every node can get them, and fetches those that it needs itself.
//
//   P1. A partition's owner makes one when it has checkpointed and the last one is older than the interval; one a partition is under way.
//   P2. The log gives back what a snapshot covers after the snapshot is stored, never before (with `logRetention: checkpoint`).
//   P3. A snapshot that cannot be fetched after a few tries counts as missing: the log may still have everything.

import { setTimeout as sleep } from "node:timers/promises";
import type { EventLog } from "../../log/mod.ts";
import type { RuntimeLogger } from "../runtime.ts";
import { RETRY_MS } from "../settings.ts";
import type { ClusterLink, StoredSnapshot } from "./link.ts";

export interface SnapshotsParts {
  readonly link: ClusterLink;
  readonly log: EventLog;
  readonly partitions: number;
  readonly intervalMs: number;
  /** Whether the log may give back what a snapshot covers. */
  readonly isRetiring: boolean;
  readonly logger: RuntimeLogger;
  readonly onPut: (isStored: boolean) => void;
}

const FETCH_TRIES = 5;

export class Snapshots {
  readonly #parts: SnapshotsParts;
  /** By partition: when the last one was stored. */
  readonly #storedMs = new Map<number, number>();
  readonly #underWay = new Set<number>();
  #isStopped = false;

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
  }

  /** P1. Whether one is to be made of what is about to be checkpointed; then `made` or `failed` has to follow. */
  begin(partition: number): boolean {
    const { link, intervalMs } = this.#parts;
    if (this.#isStopped || this.#underWay.has(partition) || !link.isOwner(partition)) return false;
    const storedMs = this.#storedMs.get(partition) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() - storedMs < intervalMs) return false;
    this.#underWay.add(partition);
    return true;
  }

  made(partition: number, snapshot: StoredSnapshot): void {
    this.#put(partition, snapshot).then(
      () => void this.#underWay.delete(partition),
      (error: unknown) => this.failed(partition, String(error)),
    );
  }

  /** Tried again at the next checkpoint. */
  failed(partition: number, reason: string): void {
    this.#underWay.delete(partition);
    if (this.#isStopped) return;
    this.#parts.onPut(false);
    this.#parts.logger.warn({ partition, reason }, "snapshot_failed");
  }

  /** The stored one; null when there is none above `position`, or none can be had (P3). */
  async fetch(partition: number, position: number): Promise<StoredSnapshot | null> {
    const { link, logger } = this.#parts;
    for (let tries = 0; tries < FETCH_TRIES && !this.#isStopped; tries++) {
      if (tries > 0) await sleep(RETRY_MS);
      try {
        const found = await link.getSnapshot(partition);
        return found !== null && found.position > position ? found : null;
      } catch (error) {
        logger.warn({ partition, reason: String(error) }, "snapshot_not_fetched");
      }
    }
    return null;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #put(partition: number, { position, bytes }: StoredSnapshot): Promise<void> {
    const { link, onPut, logger } = this.#parts;
    const startedMs = performance.now();
    // Refused: somebody else owns the partition by now, and makes its own.
    if (!(await link.putSnapshot(partition, position, bytes))) return;
    this.#storedMs.set(partition, performance.now());
    onPut(true);
    const tookMs = Math.round(performance.now() - startedMs);
    logger.info({ partition, position, bytes: bytes.length, tookMs }, "snapshot_stored");
    await this.#retire(partition, position);
  }

  /** P2. A failure costs room, nothing else: the next snapshot retires as well. */
  async #retire(partition: number, position: number): Promise<void> {
    const { log, partitions, isRetiring, logger } = this.#parts;
    if (!isRetiring || this.#isStopped) return;
    const from = Array.from({ length: partitions }, (_, each) => (each === partition ? position + 1 : 1));
    await log
      .retire(from)
      .catch((error: unknown) => logger.error({ partition, reason: String(error) }, "log_retire_failed"));
  }
}
