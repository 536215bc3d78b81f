// Protocol between the main thread and its worker threads: every message that crosses, in one place.
//
//   W1. Messages of one direction arrive in the order in which they were posted.
//   W2. One report follows each slice of records; what a slice sent stands in its report, before any checkpoint that covers it.

import type { CrowdMarkMemory } from "./fronts/crowd_marks.ts";
import type { PersonMarkMemory } from "./fronts/person_marks.ts";
import type { ChangeBatch, CheckpointEnd, OutdatedStore, Snapshot } from "../store/mod.ts";
import type { Query, QueryAnswer } from "../engine/mod.ts";
import type { Alert, Crowd, ProgramSwitch, RuleFailure } from "../model/effect.ts";
import type { ProgramVersion } from "../model/state.ts";
import type { ThreadMeasures } from "./worker/thread_gauge.ts";
import type { SentParts } from "../rules/mod.ts";

/** What a worker thread opens with. */
export interface WorkerOptions {
  readonly workerIndex: number;
  readonly workers: number;
  readonly partitions: number;
  /** Opened at once; others are opened and closed by `host` and `unhost`. */
  readonly initialPartitions: readonly number[];
  readonly dataDirectory: string;
  readonly cacheBytesOfPartition: number;
  /** With more changed bytes in all its partitions the worker applies nothing while a checkpoint is under way; well before, one is begun. */
  readonly dirtyBytesMax: number;
  readonly checkpointIntervalMs: number;
  /** To be moved with each change of a person; null: nobody looks at them. */
  readonly personMarks: PersonMarkMemory | null;
  /** To be marked for persons behind whom too many events wait; null: they are reported, and it depends on the partition who is told. */
  readonly crowds: CrowdMarkMemory | null;
}

/** What a worker thread hears: nothing is open in it before `open`. */
export type ToThread =
  | { readonly kind: "open"; readonly options: WorkerOptions }
  /** Answered at once, whatever the worker does between two slices. */
  | { readonly kind: "ping" }
  | ToWorker;

export type ToWorker =
  /** Records in the binary form of `model/record.ts`, transferred. */
  | { readonly kind: "records"; readonly bytes: ArrayBuffer }
  | { readonly kind: "questions"; readonly questions: readonly Question[] }
  | { readonly kind: "describe" }
  /** Compiled by the main thread, before any record names it; without what it shares with the client's program that was sent before. */
  | { readonly kind: "program"; readonly parts: SentParts }
  /** Open this partition's store and take its records from now on. */
  | { readonly kind: "host"; readonly partition: number }
  /** Forget it: what was not checkpointed is in the log. */
  | { readonly kind: "unhost"; readonly partition: number }
  /** Ends the checkpoint that the worker handed out: written, or not (C3 of the store). */
  | { readonly kind: "checkpointed"; readonly partition: number; readonly end: CheckpointEnd }
  /** No more records will come. Drained: all are applied, so everything can be checkpointed. */
  | { readonly kind: "stop"; readonly isDrained: boolean };

export type FromWorker =
  /** After `open`, and in answer to `describe`. */
  | { readonly kind: "described"; readonly partitions: readonly PartitionDescription[] }
  /** Answers `host`. */
  | { readonly kind: "hosted"; readonly description: PartitionDescription }
  | SliceReport
  /** In any order, each once. */
  | { readonly kind: "answers"; readonly answers: readonly Answered[] }
  | CheckpointHandout
  | WorkerFailure
  /** Answers `ping`. */
  | { readonly kind: "pong"; readonly measures: ThreadMeasures }
  | { readonly kind: "stopped" };

export interface Question {
  readonly id: number;
  readonly partition: number;
  readonly query: Query;
  /** Answered when all records that were received before it are applied; otherwise at the next opportunity. */
  readonly isInOrder: boolean;
}

export type Answered =
  | { readonly kind: "answer"; readonly id: number; readonly answer: QueryAnswer }
  /** The partition is not here, or not any more. */
  | { readonly kind: "absent"; readonly id: number }
  | { readonly kind: "failed"; readonly id: number; readonly reason: string };

export interface PartitionDescription {
  readonly partition: number;
  /** Sequence of the last record applied. */
  readonly position: number;
  readonly checkpointPosition: number;
  /** Its store is of a format that is made anew: what is described here is an empty one. */
  readonly outdated: OutdatedStore | null;
  /** [source partition, sequence, n] of the newest message applied from each source. */
  readonly highWater: readonly (readonly [number, number, number])[];
  /** In effect, of all clients. */
  readonly programs: readonly ProgramVersion[];
  readonly nextDueMs: number | null;
  /** Unix ms of the newest id that the partition handed out; 0 when none. */
  readonly lastIdMs: number;
}

/** What a slice of records caused. Flat: the cost of copying it between threads grows with the number of objects. */
export interface SliceReport {
  readonly kind: "report";
  readonly records: number;
  readonly bytes: number;
  readonly replies: ReplyColumns | null;
  /** Records for other partitions in the binary form of `model/record.ts`, `partition` being the receiver's; transferred. */
  readonly messages: ArrayBuffer | null;
  /** Null: none, as nearly always. */
  readonly switches: readonly ProgramSwitch[] | null;
  /** Null: none, as nearly always, and where the worker marks them itself. */
  readonly crowds: readonly Crowd[] | null;
  /** Pairs of partition and due time of its next timer (-1: none), where they may have changed. */
  readonly due: readonly number[];
  /** Partitions in which other jobs may be ready than before. */
  readonly jobsReady: readonly number[];
  readonly eventsApplied: number;
  readonly stepsWritten: number;
  readonly rewardsEarned: number;
  readonly eventsRefused: number;
  readonly rulesFailed: number;
  readonly ruleFailures: readonly RuleFailure[];
  readonly alertsRaised: number;
  readonly alerts: readonly Alert[];
  readonly busyMs: number;
  readonly cachedBytes: number;
  readonly dirtyBytes: number;
}

/** Replies by column; `ids` has high and low half in turn. */
export interface ReplyColumns {
  /** Whose records completed them. */
  readonly partitions: Uint16Array;
  readonly ids: Uint32Array;
  readonly personIds: readonly (string | null)[];
  readonly errorCodes: readonly (string | null)[];
  readonly values: readonly unknown[];
}

/** To be written once every message that this worker sent before it is durable (C2 of the store). */
export interface CheckpointHandout {
  readonly kind: "checkpoint";
  readonly partition: number;
  /** Its bytes are transferred. */
  readonly batch: ChangeBatch;
}

/** To the thread that writes the stores. */
export type ToStoreWriter =
  /** With a snapshot of the store as it is afterwards, if one is wanted. */
  | {
      readonly kind: "write";
      readonly partition: number;
      readonly batch: ChangeBatch;
      readonly isSnapshotWanted: boolean;
    }
  /** Replaces the store of a partition that no worker has open by a snapshot; its bytes are transferred. */
  | { readonly kind: "restore"; readonly partition: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "stop" };

export type FromStoreWriter =
  | { readonly kind: "written"; readonly report: CheckpointReport }
  /** `isFinal`: it was not for want of room, so trying again is of no use. */
  | { readonly kind: "write_failed"; readonly partition: number; readonly reason: string; readonly isFinal: boolean }
  /** Follows `written`; its bytes are transferred. */
  | { readonly kind: "snapshot"; readonly partition: number; readonly snapshot: Snapshot }
  | { readonly kind: "snapshot_failed"; readonly partition: number; readonly reason: string }
  /** `reason` null: the store reflects the snapshot; otherwise nothing was changed. */
  | { readonly kind: "restored"; readonly partition: number; readonly reason: string | null };

export interface CheckpointReport {
  readonly partition: number;
  readonly position: number;
  readonly entries: number;
  readonly bytes: number;
  readonly tookMs: number;
}

/** A bug or damage: the worker has stopped applying, and nothing of what it did since its last checkpoint was written. */
export interface WorkerFailure {
  readonly kind: "failed";
  readonly workerIndex: number;
  /** Null when it failed outside of a record. */
  readonly partition: number | null;
  readonly sequence: number | null;
  readonly error: Error;
}
