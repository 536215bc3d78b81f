// Participant: one process's part in the cluster, without sockets and timers: told what was heard and when to look, it writes records.
//
//   tick ──► heartbeat ──► bury who was silent ──► acquire, hand over ──► tell the listener (duties.ts)
//                          (failure_detector.ts)   (rebalancer.ts, handover.ts)
//
//   Y1. It acts only while its own lease is valid and it hears its own heartbeats: who is cut off accuses nobody and takes nothing.
//   Y3. The listener is called from `tick` and `stop` only.
//   Y4. Nothing here rejects but `stop` may take long; whoever calls it bounds it.

import type { Bucket } from "./bucket.ts";
import type { ClusterNotice } from "./cluster_notice.ts";
import { type ClusterView, viewOf } from "./cluster_view.ts";
import { Duties } from "./duties.ts";
import { claimFront, Entrance, reclaimFront } from "./entrance.ts";
import { ClusterUnavailable } from "./errors.ts";
import { FailureDetector } from "./failure_detector.ts";
import { Handover } from "./handover.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Lease } from "./lease.ts";
import { Leases } from "./leases.ts";
import { Members } from "./members.ts";
import type { ClusterListener, LossReason } from "./mod.ts";
import { Reachability } from "./reachability.ts";
import { Rebalancer } from "./rebalancer.ts";
import {
  frontKey,
  type HostedProgress,
  memberKey,
  type MemberValue,
  parseKey,
  type Programs,
  readFront,
  readMember,
  readPartition,
} from "./records.ts";
import { Retries } from "./retries.ts";
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

export class Participant {
  readonly lease: Lease;
  readonly leases: Leases;
  readonly members = new Members();
  readonly #parts: ParticipantParts;
  readonly #bucket: Bucket;
  readonly #options: ClusterOptions;
  /** Who was silent for so long is gone. */
  readonly #silentMs: number;
  readonly #nowMs: () => number;
  #instance: string;
  #entrance: Entrance;
  #heartbeat: Heartbeat | null = null;
  #front: number | null = null;
  /** A member, and the front number is confirmed to be its own. */
  #isEntered = false;
  #programs: Programs = {};
  #duties: Duties | null = null;
  readonly #reachability: Reachability;
  readonly #detector: FailureDetector;
  readonly #handover: Handover;
  readonly #rebalancer: Rebalancer;
  readonly #retries: Retries<"enter">;
  #wasValid = false;
  #rejoining: Promise<void> | null = null;
  #isOver = false;

  constructor(parts: ParticipantParts) {
    const { options, bucket, nowMs } = parts;
    const { node, heartbeatMs, retryMs, drainMs, onNotice } = options;
    const { members } = this;
    const silentMs = options.leaseMs + options.graceMs;
    this.#parts = parts;
    this.#bucket = bucket;
    this.#options = options;
    this.#silentMs = silentMs;
    this.#nowMs = nowMs;
    this.#instance = parts.newInstance();
    this.#entrance = new Entrance(bucket, silentMs, nowMs);
    this.#retries = new Retries(retryMs, nowMs);
    this.#reachability = new Reachability(retryMs, nowMs, onNotice);
    const onAnswer = (isAnswered: boolean): void => this.#reachability.note(isAnswered);
    const instance = (): string => this.#instance;
    const heard = { bucket, members, node, instance, heartbeatMs, silentMs, retryMs, nowMs, onAnswer, onNotice };
    const detector = new FailureDetector(heard);
    const onMemberRead = (member: string, text: string | null, revision: number): void =>
      detector.hear(member, text, revision);
    const lease = new Lease(options.leaseMs, nowMs);
    const leases = new Leases({ bucket, node, nowMs, onAnswer, onMemberRead }, options.partitions);
    const isOwner = (partition: number): boolean => this.isOwner(partition);
    const handover = new Handover({ lease, leases, members, isOwner, drainMs, nowMs, onNotice });
    const onHosted = (): void => this.#heartbeat?.hurry();
    this.#rebalancer = new Rebalancer({ options, leases, members, handover, nowMs, onHosted, onNotice });
    this.#detector = detector;
    this.#handover = handover;
    this.lease = lease;
    this.leases = leases;
  }

  get front(): number | null {
    return this.#front;
  }

  /** Hears what is written, its own writes included. */
  get isListening(): boolean {
    return this.#detector.isListening;
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
        this.#reachability.note(outcome.isAnswered);
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
    if (parsed?.kind === "member") this.#detector.hear(parsed.node, text, revision);
    if (parsed?.kind !== "partition") return;
    const value = text === null ? null : readPartition(text);
    if (value === null) this.#notice({ name: "cluster_entry_unreadable", key, reason: "not a partition's record" });
    const was = this.leases.heldEpoch(parsed.partition);
    this.leases.hear(parsed.partition, value, revision);
    const epoch = this.leases.heldEpoch(parsed.partition);
    if (epoch !== null && epoch !== was && !this.#rebalancer.isAcquiring(parsed.partition)) {
      this.#notice({ name: "cluster_partition_owned", partition: parsed.partition, epoch, how: "handed" });
    }
  }

  tick(): void {
    if (this.#isOver) return;
    const nowMs = this.#nowMs();
    this.#heartbeat?.tick();
    if (!this.#isEntered) this.#rejoin();
    this.#noteLapse();
    this.#handover.tick(nowMs);
    if (this.lease.isValid && this.isListening) {
      this.#detector.burySilent(nowMs);
      if (this.#duties !== null) this.#rebalancer.step(this.#duties, nowMs);
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
        onAnswer: (isAnswered) => this.#reachability.note(isAnswered),
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
    this.#detector.startAnew();
    if (!isBucketNew) return;
    // Nothing in a new bucket says who owned what: everybody's lease has to run out.
    this.members.forget();
    this.leases.forget();
    this.#rebalancer.acquireNothingFor(this.#silentMs);
  }

  #rejoin(): void {
    if (this.#front === null || this.#rejoining !== null || !this.#retries.isDue("enter")) return;
    this.#retries.begin("enter");
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

  /** Deletes a key of its own; a late write of its own may come in between once. */
  async #erase(key: string, isOwn: (text: string) => boolean): Promise<void> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const entry = await this.#bucket.read(key).catch(() => null);
      if (entry === null || entry.value === null || !isOwn(entry.value)) return;
      if ((await this.#bucket.write(key, null, entry.revision)).kind === "written") return;
    }
  }
}
