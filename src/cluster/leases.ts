// Leases: the records of who owns which partition, and which of them this process holds.
//
//   R1. A record changes only from the revision that the writer knows, and its epoch grows by one each time.
//   R2. Held is what a record names this instance for, unless the epoch is one that this process has given up: from the moment a handover or a
//       release is sent, whatever becomes of it. A partition that was given up and did not go comes back only with a new epoch.
//   R3. From an instance that is named, a partition is taken only when the member key of its node, asked for now, is not that instance's: the chain of its
//       heartbeats is then broken (`heartbeat.ts` H1), hence its last lease had run out when that was done.
//   R4. Epochs grow, also when the bucket was lost, as long as one process remembers them.

import type { Bucket } from "./bucket.ts";
import { memberKey, type PartitionValue, partitionKey, readMember, readPartition, writeValue } from "./records.ts";

export interface PartitionRecord extends PartitionValue {
  /** 0: never written. */
  readonly revision: number;
}

export interface LeasesHost {
  readonly bucket: Bucket;
  readonly node: string;
  nowMs(): number;
  onAnswer(isAnswered: boolean): void;
  /** A member key that had to be asked for. @param text null: deleted */
  onMemberRead(node: string, text: string | null, revision: number): void;
}

interface Lane {
  record: PartitionRecord;
  /** Null: not held. */
  heldEpoch: number | null;
  heldSinceMs: number;
  givenUpEpoch: number;
  epochMax: number;
}

const nobody: PartitionRecord = { node: null, instance: null, epoch: 0, revision: 0 };

export class Leases {
  readonly #host: LeasesHost;
  readonly #lanes: readonly Lane[];
  /** This process's stay in the cluster; null while it has none. */
  #instance: string | null = null;

  constructor(host: LeasesHost, partitions: number) {
    this.#host = host;
    this.#lanes = Array.from({ length: partitions }, () => ({
      record: nobody,
      heldEpoch: null,
      heldSinceMs: 0,
      givenUpEpoch: 0,
      epochMax: 0,
    }));
  }

  get partitions(): number {
    return this.#lanes.length;
  }

  heldEpoch(partition: number): number | null {
    return this.#lanes[partition]?.heldEpoch ?? null;
  }

  heldSinceMs(partition: number): number {
    return this.#lanes[partition]?.heldSinceMs ?? 0;
  }

  record(partition: number): PartitionRecord {
    return this.#lanes[partition]?.record ?? nobody;
  }

  isNamed(partition: number): boolean {
    const { instance } = this.record(partition);
    return instance !== null && instance === this.#instance;
  }

  isGivenUp(partition: number, epoch: number): boolean {
    return epoch <= (this.#lanes[partition]?.givenUpEpoch ?? 0);
  }

  /** Holds nothing of what it held as another instance. */
  begin(instance: string | null): void {
    this.#instance = instance;
    for (const lane of this.#lanes) lane.heldEpoch = null;
  }

  /** The bucket is a new one. R4 */
  forget(): void {
    for (const lane of this.#lanes) lane.record = nobody;
  }

  hear(partition: number, value: PartitionValue | null, revision: number): void {
    const lane = this.#lanes[partition];
    if (lane === undefined || revision <= lane.record.revision) return;
    // Unreadable: nobody's, under an epoch that is not known to be smaller than any.
    lane.record = { ...(value ?? { node: null, instance: null, epoch: lane.epochMax }), revision };
    lane.epochMax = Math.max(lane.epochMax, lane.record.epoch);
    const isHeld = this.isNamed(partition) && lane.record.epoch > lane.givenUpEpoch;
    if (isHeld && lane.heldEpoch !== lane.record.epoch) lane.heldSinceMs = this.#host.nowMs();
    lane.heldEpoch = isHeld ? lane.record.epoch : null;
  }

  /** Its settling begins again. */
  resettle(partition: number): void {
    const lane = this.#lanes[partition];
    if (lane !== undefined) lane.heldSinceMs = this.#host.nowMs();
  }

  /** R3. @returns whether this process now holds it */
  async acquire(partition: number): Promise<boolean> {
    const instance = this.#instance;
    const { record } = this.#lanes[partition] ?? { record: nobody };
    if (instance === null || !(this.isNamed(partition) || (await this.#isOwnerGone(record)))) return false;
    return this.#write(partition, record, { node: this.#host.node, instance });
  }

  /** R2. @returns whether the record was written */
  async handOver(partition: number, to: { readonly node: string; readonly instance: string }): Promise<boolean> {
    this.#giveUp(partition);
    return this.#write(partition, this.record(partition), { node: to.node, instance: to.instance });
  }

  /** R2. What another has taken meanwhile is that one's. */
  async release(partition: number): Promise<void> {
    if (!this.isNamed(partition)) return;
    this.#giveUp(partition);
    await this.#write(partition, this.record(partition), { node: null, instance: null });
  }

  #giveUp(partition: number): void {
    const lane = this.#lanes[partition];
    if (lane === undefined) return;
    lane.givenUpEpoch = Math.max(lane.givenUpEpoch, lane.record.epoch);
    lane.heldEpoch = null;
  }

  async #isOwnerGone({ node, instance }: PartitionRecord): Promise<boolean> {
    if (node === null) return true;
    try {
      const entry = await this.#host.bucket.read(memberKey(node));
      this.#host.onAnswer(true);
      if (entry === null) return true;
      this.#host.onMemberRead(node, entry.value, entry.revision);
      return entry.value === null || readMember(entry.value)?.instance !== instance;
    } catch {
      this.#host.onAnswer(false);
      return false;
    }
  }

  /** R1. @param record the one that it replaces */
  async #write(
    partition: number,
    record: PartitionRecord,
    to: { readonly node: string | null; readonly instance: string | null },
  ): Promise<boolean> {
    const epochMax = this.#lanes[partition]?.epochMax ?? 0;
    const value = { ...to, epoch: Math.max(record.epoch, epochMax) + 1 };
    const key = partitionKey(partition);
    const outcome = await this.#host.bucket.write(key, writeValue(value), record.revision);
    this.#host.onAnswer(outcome.kind !== "unknown");
    if (outcome.kind === "written") {
      this.hear(partition, value, outcome.revision);
      return true;
    }
    if (outcome.kind === "conflict") await this.#lookUp(partition);
    return false;
  }

  async #lookUp(partition: number): Promise<void> {
    const entry = await this.#host.bucket.read(partitionKey(partition)).catch(() => null);
    if (entry === null) return;
    this.hear(partition, entry.value === null ? null : readPartition(entry.value), entry.revision);
  }
}
