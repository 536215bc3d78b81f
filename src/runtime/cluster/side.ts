// ClusterSide: what a node of a cluster does differently from a node alone.
//
// It follows the partitions that the cluster wants here, lets only those that it owns have effects, and passes replies and questions on
// to the nodes that they concern.
//
//   S1. Messages of a partition are appended by its owner; a follower keeps its own until the owner's have arrived (unconfirmed.ts).
//       Ownership can be believed wrongly for a moment without harm: both sides arrive at the same messages, and receivers drop repetitions.
//   S2. Questions are answered, and replies given, only while the lease is valid at that moment, and when all is applied that was durable
//       at its beginning (takeover.ts).
//   S3. A checkpoint is written when everything that was sent before it is durable, whoever sent it. What it waits for may itself wait for its
//       worker, which applies nothing while changes pile up: an owner sends what it kept, served or not, and nobody waits for ever.
//   S4. A follower says that it has caught up when it has, by the word of the log's leader, since this node was cut off last: nobody hands
//       a partition to a node that first has to learn what it missed.

import { setTimeout as sleep } from "node:timers/promises";
import { type Query, type QueryAnswer, messageIdentity } from "../../engine/mod.ts";
import { FRONT_ORIGIN_FIRST, originOfLow } from "../../base/ids.ts";
import { type EventLog, RecordReader } from "../../log/mod.ts";
import { Unavailable } from "../client.ts";
import type { FlowControl } from "../flow_control.ts";
import type { UsedProgram } from "../front.ts";
import type { JobDesk } from "../job_desk.ts";
import type { Outbox } from "../outbox.ts";
import type { PartitionDescription, ReplyColumns } from "../protocol.ts";
import type { RuntimeLogger } from "../runtime.ts";
import type { Ticks } from "../ticks.ts";
import { Follower } from "./follower.ts";
import type { ClusterListener, ClusterLink } from "./link.ts";
import { ProgramSync } from "./program_sync.ts";
import type { Snapshots } from "./snapshots.ts";
import { takeOver } from "./takeover.ts";
import {
  columnsOf,
  decodeQuery,
  decodeReplies,
  decodeSpoken,
  encodeQuery,
  encodeReplies,
  encodeSpoken,
  type OneReply,
  repliesOf,
} from "./wire.ts";

export interface ClusterSideParts {
  readonly link: ClusterLink;
  readonly log: EventLog;
  readonly flow: FlowControl;
  readonly outbox: Outbox;
  /** All of this node. */
  readonly fronts: { useProgram(program: UsedProgram): boolean; answer(replies: ReplyColumns): void };
  readonly ticks: Ticks;
  readonly jobs: Pick<JobDesk, "hint" | "lost">;
  readonly dataDirectory: string;
  readonly partitions: number;
  readonly workers: number;
  readonly heldBytesMax: number;
  readonly questionTimeoutMs: number;
  readonly logger: RuntimeLogger;
  readonly host: (partition: number) => Promise<PartitionDescription>;
  readonly unhost: (partition: number) => void;
  /** Replaces the store of a partition that is not hosted by a snapshot. Rejects when nothing was changed. */
  readonly restore: (partition: number, bytes: Uint8Array) => Promise<void>;
  readonly snapshots: Snapshots;
  /** Copies them. @param isAwaited somebody waits for the reply to one of them */
  readonly hand: (worker: number, records: Uint8Array, isAwaited: boolean) => void;
  /** Asks the worker of a partition that is hosted here. @param isInOrder behind the records that it has been handed */
  readonly askHere: (partition: number, query: Query, isInOrder?: boolean) => Promise<QueryAnswer>;
  readonly onFailure: (error: Error) => void;
}

/** Half of what NATS takes in one message unless it is configured otherwise; a single reply is smaller than the whole. */
const REPLIES_BYTES_MAX = 512 * 1024;

/** How often receivers are asked what they have applied, and how often the cluster is told how far this node is. */
const MARKS_INTERVAL_MS = 1_000;
const PROGRESS_INTERVAL_MS = 250;

/** A checkpoint waits this long for what was sent before it: receivers that can say what they have applied are asked several times. */
const SETTLE_PATIENCE_MS = 3 * MARKS_INTERVAL_MS;

/** A partition changes hands in milliseconds: a question waits that long for its next owner, and asks again this often. */
const OWNER_PATIENCE_MS = 1_000;
const OWNER_POLL_MS = 25;

const unavailable = { kind: "unavailable" } as const;
const nobodyAnswers = new Unavailable("recovering", 1);

export class ClusterSide implements ClusterListener {
  readonly programs: ProgramSync;
  readonly #parts: ClusterSideParts;
  readonly #followers = new Map<number, Follower>();
  /** Partitions owned and live, each with what ends its answering. */
  readonly #serving = new Map<number, () => void>();
  /** By partition that is owned and not served yet: the last attempt. */
  readonly #takeovers = new Map<number, symbol>();
  /** S4: followers that have heard of all that the log holds since this node was connected last. */
  #current = new WeakSet<Follower>();
  readonly #hearing = new WeakSet<Follower>();
  readonly #reader = new RecordReader();
  readonly #timers: NodeJS.Timeout[] = [];
  /** Checkpoints that wait for what was sent before them (S3): what gives each of them up. */
  readonly #unsettled = new Set<() => void>();
  #isStopping = false;

  constructor(parts: ClusterSideParts) {
    this.#parts = parts;
    const { link, fronts } = parts;
    const inUse: { [client: string]: string } = {};
    this.programs = new ProgramSync(link, parts.dataDirectory, (frame, revision) => {
      if (!fronts.useProgram({ frame, revision })) return;
      inUse[frame.client] = frame.hash;
      link.setPrograms({ ...inUse });
    });
    link.onReplies((bytes) => fronts.answer(columnsOf(decodeReplies(bytes))));
  }

  start(): void {
    this.#parts.link.start(this);
    this.#timers.push(setInterval(() => this.#report(), PROGRESS_INTERVAL_MS));
    this.#timers.push(setInterval(() => this.#confirm(), MARKS_INTERVAL_MS));
  }

  /** Whether every partition has an owner, and those of this node are served. */
  isComplete(): boolean {
    const { link, partitions } = this.#parts;
    for (let partition = 0; partition < partitions; partition++) {
      if (link.ownerOf(partition) === null) return false;
      if (link.isOwner(partition) && !this.#serving.has(partition)) return false;
    }
    return true;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const stopServing of this.#serving.values()) stopServing();
    this.#serving.clear();
    this.#takeovers.clear();
    this.#parts.snapshots.stop();
    await this.#parts.link.stop();
    this.programs.stop();
    for (const follower of this.#followers.values()) follower.stop();
    this.#isStopping = true;
    // Nobody will confirm anything any more; the next start applies those records again.
    for (const giveUp of this.#unsettled) giveUp();
  }

  onHost(partition: number): void {
    if (this.#followers.has(partition)) return;
    const { log, flow, partitions, workers, heldBytesMax, logger, snapshots } = this.#parts;
    const { host, unhost, restore, hand, onFailure } = this.#parts;
    const worker = partition % workers;
    const follower = new Follower({
      log,
      flow,
      programs: this.programs,
      partition,
      partitions,
      worker,
      heldBytesMax,
      host: () => host(partition),
      unhost: () => unhost(partition),
      restore: (bytes) => restore(partition, bytes),
      snapshots,
      logger,
      hand: (records, isAwaited) => hand(worker, records, isAwaited),
      onFailure,
    });
    this.#followers.set(partition, follower);
    // While the store opens. The follower asks again, and says so, when this fails.
    log.follow(partition).catch(() => undefined);
  }

  onUnhost(partition: number): void {
    this.#followers.get(partition)?.end();
    this.#followers.delete(partition);
    this.#parts.log.unfollow(partition);
    this.#parts.link.setHosted(partition, null);
  }

  onOwn(partition: number, epoch: number): void {
    this.onHost(partition);
    const follower = this.#followers.get(partition);
    if (follower === undefined) return;
    this.#parts.log.lead(partition, true);
    // What the owner before this one may not have got out.
    this.#sendKept(follower);
    void this.#takeOver(follower, epoch);
  }

  async #takeOver(follower: Follower, epoch: number): Promise<void> {
    const { log, askHere, logger } = this.#parts;
    const { partition } = follower;
    const turn = Symbol("turn");
    this.#takeovers.set(partition, turn);
    const isWanted = (): boolean => this.#takeovers.get(partition) === turn && !follower.isEnded;
    const whenApplied = (): Promise<unknown> => askHere(partition, { kind: "marks" }, true);
    if (await takeOver({ log, follower, whenApplied, isWanted, logger })) this.#serve(follower, epoch);
    if (this.#takeovers.get(partition) === turn) this.#takeovers.delete(partition);
  }

  onLose(partition: number, reason: string): void {
    this.#parts.log.lead(partition, false);
    this.#takeovers.delete(partition);
    this.#serving.get(partition)?.();
    this.#serving.delete(partition);
    this.#parts.ticks.set(partition, -1);
    this.#parts.jobs.lost(partition);
    this.#parts.logger.info({ partition, reason }, "partition_lost");
  }

  /** Nothing has to be finished: what this node does not get out any more, its successor has, and sends. */
  beforeHandOver(): Promise<void> {
    return Promise.resolve();
  }

  /** What the log committed, of one partition. */
  commit(records: Uint8Array): void {
    const reader = this.#reader;
    reader.reset(records);
    if (reader.next()) this.#followers.get(reader.partition)?.commit(records);
  }

  /** S1. Borrowed until the call returns. */
  sendMessages(bytes: Uint8Array): void {
    const reader = new RecordReader();
    const owned: Uint8Array[] = [];
    reader.reset(bytes);
    while (reader.next()) {
      const identity = messageIdentity(reader.payload);
      const record = bytes.subarray(reader.offset, reader.end);
      const follower = this.#followers.get(identity.source);
      if (this.#parts.link.isOwner(identity.source) && this.#serving.has(identity.source)) {
        // A lease may lapse and be renewed before anybody hears of it. What was kept meanwhile goes first: receivers count on the order.
        if (follower !== undefined) this.#sendKept(follower);
        owned.push(record);
      } else {
        follower?.unconfirmed.add(reader.partition, identity, record.slice());
      }
    }
    if (owned.length > 0) this.#parts.outbox.send(Buffer.concat(owned));
  }

  /** S2. What was kept while the lease had lapsed goes along. */
  answer(columns: ReplyColumns): void {
    const given: OneReply[] = [];
    for (const reply of repliesOf(columns)) {
      const kept = this.#followers.get(reply.partition)?.recentReplies;
      if (this.#serving.has(reply.partition) && this.#parts.link.isOwner(reply.partition)) {
        if (kept?.isEmpty === false) given.push(...kept.take());
        given.push(reply);
      } else {
        kept?.add(reply);
      }
    }
    this.#reply(given);
  }

  setDue(partition: number, dueMs: number): void {
    const follower = this.#followers.get(partition);
    if (follower !== undefined) follower.dueMs = dueMs;
    this.#parts.ticks.set(partition, this.#serving.has(partition) ? dueMs : -1);
  }

  jobsReady(partition: number): void {
    this.#parts.jobs.hint(partition);
  }

  /** Whether what this node says and does about a partition counts. */
  isServed(partition: number): boolean {
    return this.#serving.has(partition) && this.#parts.link.isOwner(partition);
  }

  /** S3. Calls `refuse` instead when that cannot come about any more, or does not within its time. */
  settle(partition: number, resolve: () => void, refuse: () => void): void {
    const { link, outbox } = this.#parts;
    const follower = this.#followers.get(partition);
    if (follower !== undefined && link.isOwner(partition)) this.#sendKept(follower);
    if (follower === undefined || (this.#isStopping && !follower.unconfirmed.isEmpty)) return refuse();
    const end = (then: () => void): void => {
      clearTimeout(patience);
      if (this.#unsettled.delete(giveUp)) then();
    };
    const giveUp = (): void => end(refuse);
    const patience = setTimeout(giveUp, SETTLE_PATIENCE_MS);
    this.#unsettled.add(giveUp);
    follower.unconfirmed.settle(() => outbox.settle(() => end(resolve)));
  }

  #sendKept({ unconfirmed }: Follower): void {
    unconfirmed.take((kept) => this.#parts.outbox.send(kept));
  }

  async query(partition: number, query: Query): Promise<QueryAnswer> {
    const { link, askHere, questionTimeoutMs } = this.#parts;
    if (this.#serving.has(partition) && link.isOwner(partition)) return askHere(partition, query);
    const question = encodeQuery(query);
    const patientUntilMs = performance.now() + Math.min(questionTimeoutMs, OWNER_PATIENCE_MS);
    for (;;) {
      // Who is cut off would only wait for an answer that cannot come.
      const spoken = link.isConnected()
        ? await link.ask(partition, question, questionTimeoutMs).then(decodeSpoken, () => unavailable)
        : unavailable;
      if (spoken.kind === "answer") return spoken.answer;
      if (performance.now() > patientUntilMs) throw nobodyAnswers;
      await sleep(OWNER_POLL_MS);
      if (this.#serving.has(partition) && link.isOwner(partition)) return askHere(partition, query);
    }
  }

  #serve(follower: Follower, epoch: number): void {
    const { link, ticks, logger } = this.#parts;
    const { partition, recentReplies } = follower;
    if (!link.isOwner(partition)) return;
    this.#serving.get(partition)?.();
    this.#serving.set(
      partition,
      link.serve(partition, (question) => this.#speak(partition, question)),
    );
    this.#sendKept(follower);
    this.#reply(recentReplies.take());
    ticks.set(partition, follower.dueMs);
    this.#parts.jobs.hint(partition);
    logger.info({ partition, epoch }, "partition_owned");
  }

  async #speak(partition: number, question: Uint8Array): Promise<Uint8Array> {
    const { link, askHere } = this.#parts;
    const answer = await askHere(partition, decodeQuery(question)).catch(() => null);
    // Looked at after the answer was read: what a lost lease would have said is not said.
    if (answer === null || !link.isOwner(partition)) return encodeSpoken({ kind: "unavailable" });
    return encodeSpoken({ kind: "answer", answer });
  }

  #reply(replies: readonly OneReply[]): void {
    const { link, fronts } = this.#parts;
    const byFront = new Map<number, OneReply[]>();
    for (const reply of replies) {
      const number = originOfLow(reply.idLow) - FRONT_ORIGIN_FIRST;
      const own = byFront.get(number) ?? [];
      own.push(reply);
      byFront.set(number, own);
    }
    for (const [number, own] of byFront) {
      if (number === link.frontNumber) fronts.answer(columnsOf(own));
      else this.#sendReplies(number, own);
    }
  }

  /** In messages that NATS takes: what a zone shows can be large. */
  #sendReplies(number: number, replies: readonly OneReply[]): void {
    const bytes = encodeReplies(replies);
    if (bytes.length <= REPLIES_BYTES_MAX || replies.length === 1) return this.#parts.link.sendReplies(number, bytes);
    const half = replies.length >> 1;
    this.#sendReplies(number, replies.slice(0, half));
    this.#sendReplies(number, replies.slice(half));
  }

  /** S4 */
  #report(): void {
    const { link, log } = this.#parts;
    if (!link.isConnected()) this.#current = new WeakSet();
    const ends = log.lastSequences();
    for (const follower of this.#followers.values()) {
      const { partition, position, isLive } = follower;
      const isCaughtUp = isLive && this.#current.has(follower);
      if (isLive && !isCaughtUp && link.isConnected()) this.#hear(follower);
      link.setHosted(partition, { position, lag: Math.max(0, (ends[partition] ?? 0) - position), isCaughtUp });
    }
  }

  /** S4. One look at a time; what was cut off meanwhile looks again. */
  #hear(follower: Follower): void {
    if (this.#hearing.has(follower)) return;
    this.#hearing.add(follower);
    const current = this.#current;
    this.#parts.log.whenHeard(follower.partition).then(
      () => {
        current.add(follower);
        this.#hearing.delete(follower);
      },
      // The log is away: asked again at the next turn.
      () => void this.#hearing.delete(follower),
    );
  }

  /** U1: asks the receivers of what is unconfirmed what they have applied. */
  #confirm(): void {
    const receivers = new Set<number>();
    for (const { unconfirmed } of this.#followers.values()) {
      for (const receiver of unconfirmed.receivers()) receivers.add(receiver);
    }
    for (const receiver of receivers) {
      this.query(receiver, { kind: "marks" }).then(
        (answer) => this.#confirmBy(receiver, answer),
        // No owner just now: asked again at the next turn.
        () => undefined,
      );
    }
  }

  #confirmBy(receiver: number, answer: QueryAnswer): void {
    if (answer.kind !== "marks") return;
    for (const [source, mark] of Object.entries(answer.highWater)) {
      this.#followers.get(Number(source))?.unconfirmed.confirm(receiver, mark);
    }
  }
}
