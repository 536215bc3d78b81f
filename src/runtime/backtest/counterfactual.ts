// Counterfactual: the log folded by other programs than those that decided. What came from outside is taken from the log; what partitions tell
// each other, and which timers they have, follows from the new decisions.
//
//   C1. By the programs that decided, it comes to the state that the log's own messages come to.
//       Nothing is asked ahead before the log has it, as earlier versions did not.
//   C2. Messages travel as `lane.ts` says: with those of the log, or at once where the log has none.
//   C3. Timers fire with the log's ticks. One that waits for a tick longer than TICK_PATIENCE_MS has none, and fires as if it had been due then.
//   C4. Nothing leaves: jobs that the log knows have the outcomes that it tells, the others stay ready.

import { messageIdentity, nextDueMs, type ProgramLookup } from "../../engine/mod.ts";
import type { Message } from "../../model/effect.ts";
import { type LogRecord, type NewRecord, recordKinds } from "../../model/record.ts";
import { FoldedPartition } from "../folded_partition.ts";
import { tickAt } from "../flow/ticks.ts";
import { Lane } from "./lane.ts";
import { LoggedMessages } from "./logged_messages.ts";

/** Longer than a node that is busy takes for a tick. */
const TICK_PATIENCE_MS = 10_000;

const NEVER = Number.POSITIVE_INFINITY;

export interface CounterfactualOptions {
  readonly partitions: number;
  readonly programs: ProgramLookup;
  /** Of the whole log. */
  readonly logged: LoggedMessages;
  /** Called before what happens at this time is decided. */
  readonly onTime: (nowMs: number) => void;
}

interface Folding {
  readonly folded: FoldedPartition;
  /** By receiver; made when the first message is sent. */
  readonly lanes: Map<number, Lane>;
  /** The last record of the log that was read of it. */
  logSequence: number;
  /** The last that was applied: that of the log, as long as no program sends more than those that decided. */
  sequence: number;
  timeMs: number;
  dueMs: number;
  timerChanges: number;
}

export class Counterfactual {
  readonly #options: CounterfactualOptions;
  readonly #partitions: Folding[];
  /** Which of the log's messages were read: repetitions stand for nothing. */
  readonly #read: LoggedMessages;
  /** Lanes in which something was sent, since the last look. */
  readonly #touched = new Set<Lane>();

  constructor(options: CounterfactualOptions) {
    const { partitions, programs } = options;
    this.#options = options;
    this.#read = new LoggedMessages(partitions);
    this.#partitions = Array.from({ length: partitions }, (_, partition) => ({
      folded: new FoldedPartition(partition, partitions, programs, options.logged.aheadFrom(partition)),
      lanes: new Map(),
      logSequence: 0,
      sequence: 0,
      timeMs: 0,
      dueMs: NEVER,
      timerChanges: 0,
    }));
  }

  get folded(): readonly FoldedPartition[] {
    return this.#partitions.map(({ folded }) => folded);
  }

  /** The log's next record. */
  take(record: LogRecord): void {
    this.#fireOverdue(record.timeMs - TICK_PATIENCE_MS);
    const folding = this.#at(record.partition);
    folding.logSequence = record.sequence;
    if (record.kind === recordKinds.message || record.kind === recordKinds.config) this.#logged(record);
    else this.#apply(folding, record, record.timeMs);
    this.#deliverUnawaited(record.timeMs);
  }

  /** Behind the last record: what is still under way arrives. */
  end(): void {
    const lanes = (): Lane[] => this.#partitions.flatMap((folding) => [...folding.lanes.values()]);
    const rest = (): [Lane, Message[]][] =>
      lanes()
        .map((lane): [Lane, Message[]] => [lane, lane.rest()])
        .filter(([, messages]) => messages.length > 0);
    for (let left = rest(); left.length > 0; left = rest()) {
      for (const [lane, messages] of left) this.#deliver(lane, messages, 0);
    }
  }

  #logged(record: LogRecord): void {
    const identity = messageIdentity(record.payload);
    if (!this.#read.note(record.partition, identity)) return;
    const lane = this.#lane(identity.source, record.partition);
    this.#deliver(lane, lane.logged(), record.timeMs);
    this.#touched.add(lane);
  }

  /** Ends, since the engine bounds how far an event leads. */
  #deliverUnawaited(nowMs: number): void {
    for (const lane of this.#touched) {
      this.#touched.delete(lane);
      this.#deliver(lane, lane.unawaited(), nowMs);
    }
  }

  #deliver({ toPartition }: Lane, messages: readonly Message[], nowMs: number): void {
    const folding = this.#at(toPartition);
    for (const { record } of messages) this.#apply(folding, record, Math.max(nowMs, record.timeMs));
  }

  #apply(folding: Folding, record: NewRecord, timeMs: number): void {
    folding.timeMs = Math.max(folding.timeMs, timeMs);
    folding.sequence = Math.max(folding.sequence + 1, folding.logSequence);
    const { partition } = folding.folded.context;
    this.#options.onTime(folding.timeMs);
    const sent = folding.folded.apply({ ...record, partition, sequence: folding.sequence, timeMs: folding.timeMs });
    for (const message of sent) {
      const lane = this.#lane(partition, message.toPartition);
      lane.send(folding.logSequence, message);
      this.#touched.add(lane);
    }
    noteDue(folding, record.kind === recordKinds.tick);
  }

  #fireOverdue(beforeMs: number): void {
    for (const folding of this.#partitions) {
      while (folding.dueMs < beforeMs) this.#apply(folding, tickAt(folding.dueMs), folding.dueMs);
    }
  }

  #lane(source: number, toPartition: number): Lane {
    const { lanes } = this.#at(source);
    let lane = lanes.get(toPartition);
    if (lane === undefined) {
      lane = new Lane(toPartition, this.#options.logged.causes(source, toPartition));
      lanes.set(toPartition, lane);
    }
    return lane;
  }

  #at(partition: number): Folding {
    const folding = this.#partitions[partition];
    if (folding === undefined) throw new Error(`the log has a record of partition ${partition}, and there is no such`);
    return folding;
  }
}

function noteDue(folding: Folding, wasTick: boolean): void {
  const { state } = folding.folded;
  const changes = state.changesOf("timer");
  if (changes === folding.timerChanges && !wasTick) return;
  folding.timerChanges = changes;
  folding.dueMs = nextDueMs(state) ?? NEVER;
}
