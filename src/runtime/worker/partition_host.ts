// PartitionHost: one partition inside its worker: its state, its position, and the engine applied to it.
//
//   P1. Records are applied in order of sequence, each once: what the state already reflects is skipped, a gap is a failure.
//   P2. A checkpoint is begun between two records, so it reflects the log up to exactly its position.

import { assert } from "../../base/assert.ts";
import {
  applyRecord,
  type EngineContext,
  listMergedBefore,
  listTimersBefore,
  nextDueMs,
  pageRewards,
  type Query,
  type QueryAnswer,
  runQuery,
} from "../../engine/mod.ts";
import { type LogRecord, recordKinds } from "../../model/record.ts";
import type { ChangeBatch, CheckpointEnd, PartitionStore, StoredPartitionState } from "../../store/mod.ts";
import type { PartitionDescription } from "../protocol.ts";
import { EXPLAIN_MS_MAX } from "../settings.ts";

export class PartitionHost {
  readonly partition: number;
  readonly #context: EngineContext;
  readonly #state: StoredPartitionState;
  readonly #store: PartitionStore;
  #position: number;
  #timerChanges = 0;
  #isDueAsked = false;
  #readyChanges = 0;

  constructor(context: EngineContext, state: StoredPartitionState, store: PartitionStore) {
    this.partition = context.partition;
    this.#context = context;
    this.#state = state;
    this.#store = store;
    this.#position = store.position();
  }

  /** Entries that an earlier version left take the form that this one reads. Before the first record, in this thread; the log is not needed. */
  renewEntries(): void {
    const position = this.#position;
    const onSome = (): void => {
      if (this.#state.wantsCheckpoint) this.#state.checkpoint(position);
      this.#state.trim();
    };
    const moved = pageRewards(this.#state, onSome);
    const isListed = listMergedBefore(this.#state, onSome);
    const areTimersListed = listTimersBefore(this.#state, onSome);
    if (moved > 0 || isListed || areTimersListed) this.#state.checkpoint(position);
  }

  get position(): number {
    return this.#position;
  }

  /** True when a checkpoint would write something. */
  get isBehind(): boolean {
    return this.#position > this.#store.position();
  }

  get cachedBytes(): number {
    return this.#state.cachedBytes;
  }

  get dirtyBytes(): number {
    return this.#state.dirtyBytes;
  }

  get wantsCheckpoint(): boolean {
    return this.#state.wantsCheckpoint;
  }

  apply(record: LogRecord): void {
    if (record.sequence <= this.#position) return;
    assert(
      record.sequence === this.#position + 1,
      `partition ${this.partition}: record ${record.sequence} follows ${this.#position}, what lies between is missing`,
    );
    applyRecord(this.#context, record);
    this.#position = record.sequence;
    if (record.kind === recordKinds.tick) this.#isDueAsked = true;
    this.#state.trim();
  }

  get isCheckpointing(): boolean {
    return this.#state.isCheckpointing;
  }

  beginCheckpoint(): void {
    this.#state.beginCheckpoint(this.#position);
  }

  /** Encodes up to `entries`; returns what is to be written when that was the last of it. */
  encodeCheckpoint(entries: number): ChangeBatch | null {
    return this.#state.encodeCheckpoint(entries) ? this.#state.takeCheckpoint() : null;
  }

  endCheckpoint(end: CheckpointEnd): void {
    this.#state.endCheckpoint(end);
  }

  query(query: Query): QueryAnswer {
    const answer = query.kind === "explain" ? this.#explain(query) : runQuery(this.#context, query);
    this.#state.trim();
    return answer;
  }

  #explain(query: Extract<Query, { readonly kind: "explain" }>): QueryAnswer {
    const untilMs = performance.now() + EXPLAIN_MS_MAX;
    return runQuery(this.#context, query, () => performance.now() > untilMs);
  }

  /** When the next timer is due (-1: none), or null when that cannot have changed since the last call. */
  takeDueMs(): number | null {
    const changes = this.#state.changesOf("timer");
    if (changes === this.#timerChanges && !this.#isDueAsked) return null;
    this.#timerChanges = changes;
    this.#isDueAsked = false;
    return nextDueMs(this.#state) ?? -1;
  }

  /** Whether other jobs may be ready than at the last call. */
  takeReady(): boolean {
    const changes = this.#state.changesOf("readyPage");
    if (changes === this.#readyChanges) return false;
    this.#readyChanges = changes;
    return true;
  }

  describe(): PartitionDescription {
    const meta = this.#state.find("meta", "meta");
    return {
      partition: this.partition,
      position: this.#position,
      checkpointPosition: this.#store.position(),
      outdated: this.#store.outdated(),
      highWater: Object.entries(meta?.highWater ?? {}).map(([source, [sequence, n]]) => [Number(source), sequence, n]),
      programs: Object.values(meta?.programs ?? {}),
      nextDueMs: nextDueMs(this.#state),
      lastIdMs: meta?.ids.lastMs ?? 0,
    };
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
