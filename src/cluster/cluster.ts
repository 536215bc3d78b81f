// Cluster: a participant with a socket, a watch and a clock. Wires; decides nothing.
//
//   Z1. The connection is its own: a heartbeat does not wait behind batches of the log.
//   Z2. A watch that ends, or that does not bring back this node's own heartbeats, is replaced by another, which begins with all there is.
//   Z3. Every wait is bounded: the way in by `openTimeoutMs`, the way out by `stopTimeoutMs`.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "../nats/mod.ts";
import type { ClusterView } from "./cluster_view.ts";
import { ClusterMismatch, ClusterUnavailable, NodeNameInUse } from "./errors.ts";
import type { Cluster, ClusterListener } from "./mod.ts";
import { NatsBucket } from "./nats_bucket.ts";
import { Participant } from "./participant.ts";
import type { HostedProgress, Programs } from "./records.ts";
import { checkClusterOptions, type ClusterOptions } from "./settings.ts";

const INSTANCE_BYTES = 9;

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  checkClusterOptions(options);
  const connection = await Connection.open(options, `laurel-cluster-${options.node}`);
  const deadlineMs = performance.now() + options.openTimeoutMs;
  let membership: Membership | null = null;
  try {
    const bucket = await openBucket(connection, options, deadlineMs);
    membership = new Membership(options, connection, bucket);
    await membership.enter(deadlineMs);
    return membership;
  } catch (error) {
    await (membership?.stop() ?? connection.close());
    throw error;
  }
}

/** Servers that just started may not have elected a leader yet. */
async function openBucket(connection: Connection, options: ClusterOptions, deadlineMs: number): Promise<NatsBucket> {
  for (;;) {
    try {
      return await NatsBucket.open(connection, options, options.partitions);
    } catch (error) {
      if (error instanceof ClusterMismatch || performance.now() > deadlineMs) throw error;
      await sleep(options.retryMs);
    }
  }
}

class Membership implements Cluster {
  readonly node: string;
  readonly #options: ClusterOptions;
  readonly #connection: Connection;
  readonly #bucket: NatsBucket;
  readonly #participant: Participant;
  readonly #timer: NodeJS.Timeout;
  #watch: { stop(): void } | null = null;
  #watchSinceMs = 0;
  readonly #watching: Promise<void>;
  #isTickDue = false;
  #isStopped = false;
  #stopping: Promise<void> | null = null;

  constructor(options: ClusterOptions, connection: Connection, bucket: NatsBucket) {
    this.node = options.node;
    this.#options = options;
    this.#connection = connection;
    this.#bucket = bucket;
    this.#participant = new Participant({
      options,
      bucket,
      nowMs: () => performance.now(),
      startedMs: Date.now(),
      newInstance: () => randomBytes(INSTANCE_BYTES).toString("base64url"),
    });
    this.#timer = setInterval(() => this.#tick(), options.tickMs);
    this.#watching = this.#follow();
    connection.onInterrupted(() => this.#watch?.stop());
  }

  get frontNumber(): number {
    return this.#participant.front ?? -1;
  }

  get isLeaseValid(): boolean {
    return this.#participant.lease.isValid;
  }

  isOwner(partition: number): boolean {
    return this.#participant.isOwner(partition);
  }

  epochOf(partition: number): number | null {
    return this.#participant.isOwner(partition) ? this.#participant.leases.heldEpoch(partition) : null;
  }

  ownerOf(partition: number): string | null {
    const { node, instance } = this.#participant.leases.record(partition);
    return this.#participant.members.isAlive(node, instance) ? node : null;
  }

  start(listener: ClusterListener): void {
    this.#participant.start(listener);
    this.#tickSoon();
  }

  setHosted(partition: number, progress: HostedProgress): void {
    this.#participant.setHosted(partition, progress);
  }

  setPrograms(programs: Programs): void {
    this.#participant.setPrograms(programs);
  }

  view(): ClusterView {
    return this.#participant.view();
  }

  /** A member with a front number that has heard all there is. */
  async enter(deadlineMs: number): Promise<void> {
    const { node, bucket, retryMs, onNotice } = this.#options;
    let outcome: Awaited<ReturnType<Participant["enter"]>> = "wait";
    for (;;) {
      if (outcome !== "entered") outcome = await this.#participant.enter();
      if (outcome === "inUse") throw new NodeNameInUse(`another process is a member under the name ${node}`);
      if (outcome === "taken") throw new ClusterUnavailable("all front numbers are taken");
      if (outcome === "entered" && this.#participant.isListening) break;
      if (performance.now() > deadlineMs) {
        throw new ClusterUnavailable(`could not join within ${this.#options.openTimeoutMs} ms`);
      }
      await sleep(Math.min(retryMs, this.#options.tickMs));
    }
    onNotice({ name: "cluster_joined", node, front: this.frontNumber, bucket });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    const timeout = new AbortController();
    const givenBack = this.#participant.stop();
    const bound = sleep(this.#options.stopTimeoutMs, undefined, { signal: timeout.signal }).catch(() => {});
    await Promise.race([givenBack, bound]);
    timeout.abort();
    this.#watch?.stop();
    await this.#connection.close();
    await this.#watching;
  }

  #tickSoon(): void {
    if (this.#isTickDue || this.#isStopped) return;
    this.#isTickDue = true;
    setImmediate(() => {
      this.#isTickDue = false;
      this.#tick();
    });
  }

  #tick(): void {
    if (this.#isStopped) return;
    this.#participant.tick();
    const isStale = performance.now() - this.#watchSinceMs > this.#options.leaseMs;
    if (isStale && !this.#participant.isListening) this.#watch?.stop();
  }

  /** Z2 */
  async #follow(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#connection.whenUp(this.#options.leaseMs);
        this.#watchSinceMs = performance.now();
        const watch = await this.#bucket.watch();
        this.#watch = watch;
        if (this.#isStopped) watch.stop();
        for await (const entry of watch) {
          this.#participant.hear(entry.key, entry.value, entry.revision);
          this.#tickSoon();
        }
      } catch {
        // Servers away, bucket gone, nobody leads it: the lease runs out by itself, and the heartbeats say so.
      }
      this.#watch = null;
      if (!this.#isStopped) await sleep(this.#options.retryMs);
    }
  }
}
