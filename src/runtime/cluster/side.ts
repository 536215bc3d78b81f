// ClusterSide: what a node of a cluster does differently from a node alone.
//
// It follows the partitions that the cluster wants here, lets only those that it owns have effects, and passes replies and questions on
// to the nodes that they concern.
//
//   S1. Messages of a partition are appended by its owner; a follower keeps its own until the owner's have arrived (unconfirmed.ts).
//       Ownership can be believed wrongly for a moment without harm: both sides arrive at the same messages, and receivers drop repetitions.
//   S2. Questions are answered, and replies given, only while the lease is valid at that moment, and when all is applied that was durable
//       at its beginning (takeover.ts).
//
// S3 is kept by `settlement.ts`, S4 by `progress.ts`.

import { type Query, type QueryAnswer, messageIdentity } from "../../engine/mod.ts";
import { type EventLog, RecordReader } from "../../log/mod.ts";
import type { Crowd, Reply } from "../../model/effect.ts";
import type { FlowControl } from "../flow/flow_control.ts";
import { type CrowdMarkMemory, HELD_BACK_MS_MAX } from "../fronts/crowd_marks.ts";
import type { UsedProgram } from "../fronts/front.ts";
import type { JobDesk } from "../job_desk.ts";
import type { Outbox } from "../flow/outbox.ts";
import type { PartitionDescription, ReplyColumns } from "../protocol.ts";
import type { RuntimeLogger } from "../runtime.ts";
import type { Ticks } from "../flow/ticks.ts";
import { CrowdTelling } from "./crowd_telling.ts";
import { Follower } from "./follower.ts";
import type { ClusterListener, ClusterLink } from "./link.ts";
import { ProgramSync } from "./program_sync.ts";
import { Progress, PROGRESS_INTERVAL_MS } from "./progress.ts";
import { answerAsOwner, askOwner, type QuestionsParts } from "./questions.ts";
import { deliverReplies } from "./reply_delivery.ts";
import { MARKS_INTERVAL_MS, Settlement } from "./settlement.ts";
import type { Snapshots } from "./snapshots.ts";
import { takeOver } from "./takeover.ts";
import type { Unconfirmed } from "./unconfirmed.ts";
import { columnsOf, decodeReplies, repliesOf } from "./wire.ts";

export interface ClusterSideParts {
  readonly link: ClusterLink;
  readonly log: EventLog;
  /** It takes nothing in just now. */
  readonly isLogAway: () => boolean;
  readonly flow: FlowControl;
  readonly outbox: Outbox;
  /** All of this node. */
  readonly fronts: { useProgram(program: UsedProgram): boolean; answer(replies: ReplyColumns): void };
  readonly ticks: Ticks;
  readonly jobs: Pick<JobDesk, "hint" | "hold" | "lost" | "served">;
  /** That all fronts of this node look at. */
  readonly crowds: CrowdMarkMemory;
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

export class ClusterSide implements ClusterListener {
  readonly programs: ProgramSync;
  readonly #parts: ClusterSideParts;
  readonly #followers = new Map<number, Follower>();
  /** Partitions owned and live, each with what ends its answering. */
  readonly #serving = new Map<number, () => void>();
  /** By partition that is owned and not served yet: the last attempt. */
  readonly #takeovers = new Map<number, symbol>();
  readonly #progress: Progress;
  readonly #settlement: Settlement;
  readonly #crowds: CrowdTelling;
  readonly #questions: QuestionsParts;
  readonly #reader = new RecordReader();
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(parts: ClusterSideParts) {
    this.#parts = parts;
    const { link, fronts, log, outbox, askHere, questionTimeoutMs } = parts;
    const isServed = (partition: number): boolean => this.isServed(partition);
    this.#questions = { link, askHere, isServed, questionTimeoutMs };
    this.#progress = new Progress(link, log, parts.isLogAway);
    this.#settlement = new Settlement({
      outbox,
      unconfirmedOf: (partition) => this.#followers.get(partition)?.unconfirmed,
      askMarks: (partition) => this.query(partition, { kind: "marks" }),
    });
    this.#crowds = new CrowdTelling(link, parts.crowds);
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
    this.#timers.push(setInterval(() => this.#progress.report(this.#followers.values()), PROGRESS_INTERVAL_MS));
    const unconfirmed = (): Unconfirmed[] => [...this.#followers.values()].map((follower) => follower.unconfirmed);
    this.#timers.push(setInterval(() => this.#settlement.confirm(unconfirmed()), MARKS_INTERVAL_MS));
  }

  /** Whether every partition has an owner, and those of this node are served. */
  isComplete(): boolean {
    const { partitions } = this.#parts;
    for (let partition = 0; partition < partitions; partition++) if (!this.#isSettled(partition)) return false;
    return true;
  }

  #isSettled(partition: number): boolean {
    const { link } = this.#parts;
    return link.ownerOf(partition) !== null && (!link.isOwner(partition) || this.#serving.has(partition));
  }

  /** How far that is, and what this node still has to apply of what it follows, as far as it has heard. */
  progress(): { readonly partitions: number; readonly of: number; readonly recordsBehind: number } {
    const { log, partitions } = this.#parts;
    const settled = Array.from({ length: partitions }, (_, each) => each).filter((each) => this.#isSettled(each));
    const ends = log.lastSequences();
    let recordsBehind = 0;
    for (const { partition, position } of this.#followers.values())
      recordsBehind += Math.max(0, (ends[partition] ?? 0) - position);
    return { partitions: settled.length, of: partitions, recordsBehind };
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
    this.#settlement.stop();
    this.#crowds.stop();
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
    this.#parts.log.lead(partition);
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
    this.#parts.log.stopLeading(partition);
    this.#takeovers.delete(partition);
    this.#serving.get(partition)?.();
    this.#serving.delete(partition);
    this.#parts.ticks.set(partition, -1);
    this.#parts.jobs.lost(partition);
    this.#parts.logger.info({ partition, reason }, "partition_lost");
  }

  /** Messages and replies that this node does not get out any more its successor has, and sends. Of jobs, it cannot know what was begun. */
  beforeHandOver(partition: number): Promise<void> {
    return this.#parts.jobs.hold(partition);
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
    const given: Reply[] = [];
    for (const reply of repliesOf(columns)) {
      const kept = this.#followers.get(reply.partition)?.recentReplies;
      if (this.isServed(reply.partition)) {
        if (kept?.isEmpty === false) given.push(...kept.take());
        given.push(reply);
      } else {
        kept?.add(reply);
      }
    }
    deliverReplies(this.#parts, given);
  }

  setDue(partition: number, dueMs: number): void {
    const follower = this.#followers.get(partition);
    if (follower !== undefined) follower.dueMs = dueMs;
    this.#parts.ticks.set(partition, this.#serving.has(partition) ? dueMs : -1);
  }

  jobsReady(partition: number): void {
    this.#parts.jobs.hint(partition);
  }

  /** A standby says so as well, since the owner may be away; but what was so when it lay behind concerns nobody any more. */
  crowded(crowds: readonly Crowd[]): void {
    const { link } = this.#parts;
    const sinceMs = Date.now() - HELD_BACK_MS_MAX;
    this.#crowds.tell(crowds.filter(({ partition, timeMs }) => timeMs > sinceMs || link.isOwner(partition)));
  }

  /** Whether what this node says and does about a partition counts. */
  isServed(partition: number): boolean {
    return this.#serving.has(partition) && this.#parts.link.isOwner(partition);
  }

  /** S3. Calls `refuse` instead when that cannot come about any more, or does not within its time. */
  settle(partition: number, resolve: () => void, refuse: () => void): void {
    const follower = this.#followers.get(partition);
    if (follower !== undefined && this.#parts.link.isOwner(partition)) this.#sendKept(follower);
    this.#settlement.settle(partition, resolve, refuse);
  }

  #sendKept({ unconfirmed }: Follower): void {
    unconfirmed.take((kept) => this.#parts.outbox.send(kept));
  }

  query(partition: number, query: Query): Promise<QueryAnswer> {
    return askOwner(this.#questions, partition, query);
  }

  #serve(follower: Follower, epoch: number): void {
    const { link, ticks, logger } = this.#parts;
    const { partition, recentReplies } = follower;
    if (!link.isOwner(partition)) return;
    this.#serving.get(partition)?.();
    this.#serving.set(
      partition,
      link.serve(partition, (question) => answerAsOwner(this.#questions, partition, question)),
    );
    this.#sendKept(follower);
    deliverReplies(this.#parts, recentReplies.take());
    ticks.set(partition, follower.dueMs);
    this.#parts.jobs.served(partition);
    logger.info({ partition, epoch }, "partition_owned");
  }
}
