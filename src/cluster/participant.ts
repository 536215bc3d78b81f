// Participant: one process's part in the cluster, without sockets and timers: told what was heard and when to look, it writes records.
//
//   tick ──► heartbeat ──► bury who was silent ──► decide (ownership.ts) ──► acquire, hand over ──► tell the listener (duties.ts)
//
//   Y1. It acts only while its own lease is valid and it hears its own heartbeats: who is cut off accuses nobody and takes nothing.
//   Y2. Burial: a silent member's key is deleted behind its last heartbeat. Only then is it gone (`heartbeat.ts` H1).
//   Y3. The listener is called from `tick` and `stop` only.
//   Y4. Nothing here rejects but `stop` may take long; whoever calls it bounds it.

import type { Bucket } from "./bucket.ts";
import type { ClusterNotice } from "./cluster_notice.ts";
import { type ClusterView, viewOf } from "./cluster_view.ts";
import { Duties } from "./duties.ts";
import { claimFront, Entrance, reclaimFront } from "./entrance.ts";
import { ClusterUnavailable } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Lease } from "./lease.ts";
import { Leases } from "./leases.ts";
import { type HeardMember, Members } from "./members.ts";
import type { ClusterListener, LossReason } from "./mod.ts";
import { decide, type OwnershipAction, type PartitionState } from "./ownership.ts";
import { type Placement, place } from "./placement.ts";
import { frontKey, type HostedProgress, type MemberValue, memberKey, parseKey, type Programs } from "./records.ts";
import { readFront, readMember, readPartition } from "./records.ts";
import type { ClusterOptions } from "./settings.ts";

export interface ParticipantParts {
  readonly options: ClusterOptions;
  readonly bucket: Bucket;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Unix ms, for people. */
  readonly startedMs: number;
  readonly newInstance: () => string;
}

/** Partitions that are being acquired at a time. */
const ACQUISITIONS_MAX = 64;
/** Own heartbeats that may fail to be heard before silence of others means nothing. */
const UNHEARD_MAX = 2;

interface Drain {
  readonly deadlineMs: number;
  readonly giveUp: (reason: string) => void;
}

export class Participant {
  readonly lease: Lease;
  readonly leases: Leases;
  readonly members = new Members();
  readonly #parts: ParticipantParts;
  readonly #bucket: Bucket;
  readonly #options: ClusterOptions;
  readonly #nowMs: () => number;
  #instance: string;
  #entrance: Entrance;
  #heartbeat: Heartbeat | null = null;
  #front: number | null = null;
  /** A member, and the front number is confirmed to be its own. */
  #isEntered = false;
  #programs: Programs = {};
  #duties: Duties | null = null;
  #placement: Placement;
  /** By partition: when it was first seen without an owner; null: it has one. */
  readonly #ownerlessSinceMs: (number | null)[];
  readonly #acquiring = new Set<number>();
  /** By what was tried in vain: when it may be tried again. */
  readonly #retryAtMs = new Map<string, number>();
  readonly #burying = new Set<string>();
  #drain: Drain | null = null;
  #handingOver: number | null = null;
  #heardOwnMs = Number.NEGATIVE_INFINITY;
  #listeningSinceMs = Number.POSITIVE_INFINITY;
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #wasValid = false;
  #awaySinceMs: number | null = null;
  #rejoining: Promise<void> | null = null;
  #isOver = false;

  constructor(parts: ParticipantParts) {
    const { options, bucket, nowMs } = parts;
    this.#parts = parts;
    this.#bucket = bucket;
    this.#options = options;
    this.#nowMs = nowMs;
    this.lease = new Lease(options.leaseMs, nowMs);
    const onAnswer = (isAnswered: boolean): void => this.#noteAnswer(isAnswered);
    const onMemberRead = (node: string, text: string | null, revision: number): void =>
      this.#hearMember(node, text, revision);
    this.leases = new Leases({ bucket, node: options.node, nowMs, onAnswer, onMemberRead }, options.partitions);
    this.#instance = parts.newInstance();
    this.#entrance = new Entrance(bucket, this.#silentMs, nowMs);
    this.#placement = place([], options.partitions);
    this.#ownerlessSinceMs = Array.from({ length: options.partitions }, () => null);
  }

  get front(): number | null {
    return this.#front;
  }

  /** Hears what is written, its own writes included. */
  get isListening(): boolean {
    return this.#nowMs() - this.#heardOwnMs <= UNHEARD_MAX * this.#options.heartbeatMs;
  }

  isOwner(partition: number): boolean {
    return !this.#isOver && this.leases.heldEpoch(partition) !== null && this.lease.isValid;
  }

  start(listener: ClusterListener): void {
    this.#duties ??= new Duties(listener, this.#options.onNotice);
  }

  setHosted(partition: number, progress: HostedProgress): void {
    if (this.#duties?.report(partition, progress) === true) this.#heartbeat?.hurry();
  }

  setPrograms(programs: Programs): void {
    this.#programs = { ...programs };
    this.#heartbeat?.hurry();
  }

  /** One attempt to become a member with a front number. */
  async enter(): Promise<"entered" | "wait" | "inUse" | "taken"> {
    if (this.#heartbeat === null) {
      const outcome = await this.#entrance.join(this.#memberValue(this.#instance));
      if (outcome.kind === "inUse") return "inUse";
      if (outcome.kind === "wait") {
        this.#noteAnswer(outcome.isAnswered);
        return "wait";
      }
      if (this.#isOver) return "wait";
      this.#begin(outcome.revision, outcome.sentMs);
    }
    const { node } = this.#options;
    const claim = { node, instance: this.#instance, startedMs: this.#parts.startedMs };
    const front =
      this.#front === null
        ? await claimFront(this.#bucket, claim)
        : await reclaimFront(this.#bucket, claim, this.#front);
    if (front === "wait" || front === "taken") return front;
    this.#front = front;
    this.#isEntered = this.#heartbeat !== null;
    this.#heartbeat?.hurry();
    return "entered";
  }

  /** What the bucket holds, in the order of revisions within a key. @param text null: deleted */
  hear(key: string, text: string | null, revision: number): void {
    const parsed = parseKey(key);
    if (parsed?.kind === "member") this.#hearMember(parsed.node, text, revision);
    if (parsed?.kind !== "partition") return;
    const value = text === null ? null : readPartition(text);
    if (value === null) this.#notice({ name: "cluster_entry_unreadable", key, reason: "not a partition's record" });
    const was = this.leases.heldEpoch(parsed.partition);
    this.leases.hear(parsed.partition, value, revision);
    const epoch = this.leases.heldEpoch(parsed.partition);
    if (epoch !== null && epoch !== was && !this.#acquiring.has(parsed.partition)) {
      this.#notice({ name: "cluster_partition_owned", partition: parsed.partition, epoch, how: "handed" });
    }
  }

  tick(): void {
    if (this.#isOver) return;
    const nowMs = this.#nowMs();
    this.#heartbeat?.tick();
    if (!this.#isEntered) this.#rejoin();
    this.#noteLapse();
    if (this.#drain !== null && nowMs >= this.#drain.deadlineMs) {
      this.#drain.giveUp(`not drained within ${this.#options.drainMs} ms`);
    }
    if (this.lease.isValid && this.isListening) {
      this.#burySilent(nowMs);
      if (this.#duties !== null) for (const action of this.#decide(this.#duties, nowMs)) this.#act(action);
    }
    this.#tell("expelled");
  }

  /** Owner of nothing from this call on. Gives back what it can. */
  async stop(): Promise<void> {
    if (this.#isOver) return;
    const named = Array.from({ length: this.leases.partitions }, (_, each) => each).filter((partition) =>
      this.leases.isNamed(partition),
    );
    const heartbeat = this.#end();
    await heartbeat?.end();
    this.#tell("released");
    await Promise.all(named.map((partition) => this.leases.release(partition)));
    await this.#erase(frontKey(this.#front ?? 0), (text) => readFront(text)?.instance === this.#instance);
    await this.#erase(memberKey(this.#options.node), (text) => readMember(text)?.instance === this.#instance);
  }

  view(): ClusterView {
    const nowMs = this.#nowMs();
    const { bucket, node, standbys, partitions } = this.#options;
    return viewOf({
      bucket,
      self: { node, isLeaseValid: this.lease.isValid, leaseLeftMs: this.lease.leftMs },
      members: [...this.members.all].map(({ value, heardMs }) => ({ ...value, silentMs: nowMs - heardMs })),
      records: Array.from({ length: partitions }, (_, partition) => this.leases.record(partition)),
      standbys,
    });
  }

  get #silentMs(): number {
    return this.#options.leaseMs + this.#options.graceMs;
  }

  #notice(notice: ClusterNotice): void {
    this.#options.onNotice(notice);
  }

  #memberValue(instance: string): MemberValue {
    const { node, version, httpAddress } = this.#options;
    const hosts = this.#duties?.hosts ?? [];
    const { startedMs } = this.#parts;
    return { node, instance, front: this.#front, startedMs, version, httpAddress, hosts, programs: this.#programs };
  }

  #begin(revision: number, sentMs: number): void {
    const { node, heartbeatMs, retryMs } = this.#options;
    this.leases.begin(this.#instance);
    this.lease.extend(sentMs);
    this.#heartbeat = new Heartbeat(
      {
        bucket: this.#bucket,
        lease: this.lease,
        node,
        heartbeatMs,
        retryMs,
        nowMs: this.#nowMs,
        heartbeatValue: (instance) => this.#memberValue(instance),
        onRenewed: (lapsedMs) => {
          if (lapsedMs > 0) this.#notice({ name: "cluster_lease_renewed", lapsedMs });
        },
        onBroken: (isBucketNew) => this.#leaveBroken(isBucketNew),
        onAnswer: (isAnswered) => this.#noteAnswer(isAnswered),
      },
      this.#instance,
      revision,
      sentMs,
    );
  }

  /** Declared dead: another instance from here on, with nothing. */
  #leaveBroken(isBucketNew: boolean): void {
    this.#notice({ name: "cluster_expelled", partitions: this.#heldCount() });
    this.lease.end();
    this.leases.begin(null);
    this.#heartbeat = null;
    this.#isEntered = false;
    this.#instance = this.#parts.newInstance();
    this.#entrance = new Entrance(this.#bucket, this.#silentMs, this.#nowMs);
    this.#heardOwnMs = Number.NEGATIVE_INFINITY;
    if (!isBucketNew) return;
    // Nothing in a new bucket says who owned what: everybody's lease has to run out.
    this.members.forget();
    this.leases.forget();
    this.#quietUntilMs = this.#nowMs() + this.#silentMs;
  }

  #rejoin(): void {
    if (this.#front === null || this.#rejoining !== null || !this.#mayRetry("enter")) return;
    this.#retryLater("enter");
    this.#rejoining = this.enter()
      .then((outcome) => {
        if (outcome === "inUse") this.#fail("another process of this name became a member");
        if (outcome === "taken") this.#fail("the front number was given to another member");
      })
      .finally(() => {
        this.#rejoining = null;
      });
  }

  #fail(sentence: string): void {
    if (this.#isOver) return;
    void this.#end()?.end();
    this.#tell("expelled");
    this.#options.onFailure(new ClusterUnavailable(sentence));
  }

  #end(): Heartbeat | null {
    const heartbeat = this.#heartbeat;
    this.#isOver = true;
    this.lease.end();
    return heartbeat;
  }

  #hearMember(node: string, text: string | null, revision: number): void {
    const nowMs = this.#nowMs();
    const value = text === null ? null : readMember(text);
    if (text !== null && value === null) {
      this.#notice({ name: "cluster_entry_unreadable", key: memberKey(node), reason: "not a heartbeat" });
    }
    if (node === this.#options.node && value?.instance === this.#instance) {
      if (!this.isListening) this.#listeningSinceMs = nowMs;
      this.#heardOwnMs = nowMs;
    }
    const change = this.members.hear(node, value, revision, nowMs);
    if (change === "joined") this.#notice({ name: "cluster_member_joined", node });
    if (change === "gone") {
      this.#notice({ name: "cluster_member_gone", node, how: this.#burying.has(node) ? "silent" : "left" });
    }
  }

  #burySilent(nowMs: number): void {
    for (const member of this.members.silent(nowMs, this.#listeningSinceMs, this.#silentMs)) {
      const { node } = member.value;
      if (node !== this.#options.node && !this.#burying.has(node) && this.#mayRetry(node)) void this.#bury(member);
    }
  }

  /** Y2 */
  async #bury(member: HeardMember): Promise<void> {
    const { node } = member.value;
    this.#burying.add(node);
    this.#retryLater(node);
    const key = memberKey(node);
    const outcome = await this.#bucket.write(key, null, member.revision);
    this.#noteAnswer(outcome.kind !== "unknown");
    if (outcome.kind === "written") this.#hearMember(node, null, outcome.revision);
    if (outcome.kind === "conflict") {
      // It beat, or somebody else was faster: the watch is late.
      const entry = await this.#bucket.read(key).catch(() => null);
      if (entry !== null) this.#hearMember(node, entry.value, entry.revision);
    }
    this.#burying.delete(node);
  }

  #decide(duties: Duties, nowMs: number): OwnershipAction[] {
    const { node, partitions, standbys, takeoverPatienceMs, settleMs } = this.#options;
    if (this.#placement.members !== this.members.names) this.#placement = place(this.members.names, partitions);
    const caughtUp = Array.from({ length: partitions }, () => new Set<string>());
    for (const member of this.members.all) {
      if (member.value.node === node) continue;
      for (const partition of member.caughtUp) caughtUp[partition]?.add(member.value.node);
    }
    const states = caughtUp.map((names, partition): PartitionState => {
      if (duties.isCaughtUp(partition)) names.add(node);
      const record = this.leases.record(partition);
      const owner = this.members.isAlive(record.node, record.instance) ? record.node : null;
      const ownerlessSinceMs = owner === null ? (this.#ownerlessSinceMs[partition] ?? nowMs) : null;
      this.#ownerlessSinceMs[partition] = ownerlessSinceMs;
      return {
        isHosted: duties.isHosted(partition),
        caughtUp: names,
        owner,
        isHeld: this.leases.heldEpoch(partition) !== null,
        heldSinceMs: this.leases.heldSinceMs(partition),
        ownerlessSinceMs: ownerlessSinceMs ?? nowMs,
      };
    });
    const handingOver = this.#handingOver;
    const settings = { standbys, takeoverPatienceMs, settleMs };
    return decide({ self: node, nowMs, ...settings, placement: this.#placement, partitions: states, handingOver });
  }

  #act(action: OwnershipAction): void {
    const { partition } = action;
    switch (action.kind) {
      case "host":
        this.#duties?.host(partition);
        this.#heartbeat?.hurry();
        break;
      case "unhost":
        this.#duties?.unhost(partition);
        break;
      case "acquire":
        if (this.#mayAcquire(partition)) void this.#acquire(partition);
        break;
      case "handOver":
        void this.#handOver(partition, action.to);
        break;
    }
  }

  #mayAcquire(partition: number): boolean {
    if (this.#acquiring.has(partition) || this.#acquiring.size >= ACQUISITIONS_MAX) return false;
    return (
      partition !== this.#handingOver &&
      this.#nowMs() >= this.#quietUntilMs &&
      this.#mayRetry(partitionRetry(partition))
    );
  }

  async #acquire(partition: number): Promise<void> {
    this.#acquiring.add(partition);
    this.#retryLater(partitionRetry(partition));
    await this.leases.acquire(partition);
    this.#acquiring.delete(partition);
    const epoch = this.leases.heldEpoch(partition);
    if (epoch !== null) this.#notice({ name: "cluster_partition_owned", partition, epoch, how: "acquired" });
  }

  async #handOver(partition: number, to: string): Promise<void> {
    const target = this.members.get(to)?.value;
    const duties = this.#duties;
    const { gaps } = this.lease;
    const epoch = this.leases.heldEpoch(partition);
    if (target === undefined || duties === null) return;
    this.#handingOver = partition;
    const failure = await this.#drained(duties, partition);
    if (failure !== null) this.#notice({ name: "cluster_drain_incomplete", partition, reason: failure });
    if (!this.isOwner(partition) || this.lease.gaps !== gaps || this.leases.heldEpoch(partition) !== epoch) {
      this.#notice({ name: "cluster_handover_called_off", partition, reason: "no longer the owner" });
    } else if (!this.members.isAlive(to, target.instance)) {
      this.#notice({ name: "cluster_handover_called_off", partition, reason: `${to} is gone` });
      this.leases.resettle(partition);
      duties.askAgain(partition);
    } else if (await this.leases.handOver(partition, target)) {
      this.#notice({
        name: "cluster_partition_handed_over",
        partition,
        to,
        epoch: this.leases.record(partition).epoch,
      });
    }
    this.#handingOver = null;
  }

  /** Bounded by `drainMs`. Resolves to what went wrong; null: nothing. */
  #drained(duties: Duties, partition: number): Promise<string | null> {
    return new Promise((resolve) => {
      const end = (reason: string | null): void => {
        this.#drain = null;
        resolve(reason);
      };
      this.#drain = { deadlineMs: this.#nowMs() + this.#options.drainMs, giveUp: end };
      void duties.drain(partition).then(end);
    });
  }

  #tell(otherwise: LossReason): void {
    const duties = this.#duties;
    if (duties === null) return;
    const isValid = !this.#isOver && this.lease.isValid;
    const { gaps } = this.lease;
    for (let partition = 0; partition < this.leases.partitions; partition++) {
      const epoch = this.leases.heldEpoch(partition);
      duties.follow(partition, isValid && epoch !== null ? { epoch, gaps } : null, (told) => {
        if (this.#isOver) return otherwise;
        if (this.leases.isGivenUp(partition, told.epoch)) return "handed_over";
        return epoch === told.epoch ? "lease_lapsed" : "expelled";
      });
    }
  }

  #noteLapse(): void {
    const { isValid } = this.lease;
    if (this.#wasValid && !isValid) this.#notice({ name: "cluster_lease_lapsed", partitions: this.#heldCount() });
    this.#wasValid = isValid;
  }

  #heldCount(): number {
    let count = 0;
    for (let each = 0; each < this.leases.partitions; each++) if (this.leases.heldEpoch(each) !== null) count++;
    return count;
  }

  #noteAnswer(isAnswered: boolean): void {
    if (!isAnswered && this.#awaySinceMs === null) {
      this.#awaySinceMs = this.#nowMs();
      const { retryMs } = this.#options;
      this.#notice({ name: "cluster_unreachable", reason: "a request was not answered", retryMs });
    }
    if (isAnswered && this.#awaySinceMs !== null) {
      this.#notice({ name: "cluster_reachable", awayMs: this.#nowMs() - this.#awaySinceMs });
      this.#awaySinceMs = null;
    }
  }

  #mayRetry(what: string): boolean {
    return this.#nowMs() >= (this.#retryAtMs.get(what) ?? Number.NEGATIVE_INFINITY);
  }

  #retryLater(what: string): void {
    this.#retryAtMs.set(what, this.#nowMs() + this.#options.retryMs);
  }

  /** Deletes a key of its own; a late write of its own may come in between once. */
  async #erase(key: string, isOwn: (text: string) => boolean): Promise<void> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const entry = await this.#bucket.read(key).catch(() => null);
      if (entry === null || entry.value === null || !isOwn(entry.value)) return;
      if ((await this.#bucket.write(key, null, entry.revision)).kind === "written") return;
    }
  }
}

function partitionRetry(partition: number): string {
  return `partition ${partition}`;
}
