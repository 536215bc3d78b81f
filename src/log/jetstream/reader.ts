// Reader: gives the wanted records of the stream in order, at recovery.
//
//   D1. A reader sees what had been delivered when it was made, nothing later: together with what is delivered from then on, everything, once.
//       Of partitions that are not followed, what there is when it begins.
//   D2. Sequences follow each other, or it is a hole and nothing more is handed out.
//   D3. A batch is a buffer of its own, never used again: the receiver may keep it or transfer it to another thread.
//   D4. The servers send as fast as the receiver takes, and not what lies before the oldest wanted record. What is asked for ahead is
//       counted in messages: counted in bytes, the library asks for as many as it got before, the servers refuse the larger batch that does
//       not fit, and nothing comes until the library has missed two heartbeats.
//   D5. A reader of one partition asks for that alone. A purge of one subject makes servers (2.9) skip messages of other subjects for a
//       consumer that reads them together, and the log is cut partition by partition while others read.

import { type ConsumerMessages, DeliverPolicy, type JsMsg, jetstream } from "@nats-io/jetstream";
import { reasonOf } from "../../base/caught.ts";
import { LogHole, LogUnavailable } from "../errors.ts";
import { recordBytesAt, sequenceAt, viewOf } from "../record_codec.ts";
import { spanOf } from "./batch.ts";
import type { Connection } from "../../nats/mod.ts";
import type { Tail } from "./lane_host.ts";
import { tailOf } from "./looker.ts";
import type { StoredBatch, Stream } from "./stream.ts";

/** Messages are put together to about this much: enough to make a hand-over to a thread cheap. */
const BATCH_BYTES = 512 * 1024;
/** Asked for ahead of the receiver: at most 16 MiB of the largest batches. */
const AHEAD_MESSAGES = 64;
/** Servers that have nothing to send say so this often; a consumer that has died is missed after two of them. */
const HEARTBEAT_MS = 1_000;
const EXPIRES_MS = 5_000;

export interface ReadSource {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly timeoutMs: number;
}

interface Wanted {
  readonly partition: number;
  readonly startStreamSequence: number;
  readonly end: Tail;
  nextSequence: number;
}

/** @param from for each partition the first sequence that is wanted; @param tails where each ends; null: the servers know */
export async function* readStream(
  source: ReadSource,
  from: readonly number[],
  tails: readonly (Tail | null)[],
): AsyncGenerator<Uint8Array, void, void> {
  const wanted = new Map<number, Wanted>();
  for (const [partition, tail] of tails.entries()) {
    const nextSequence = Math.max(from[partition] ?? 1, 1);
    if (nextSequence === Number.POSITIVE_INFINITY) continue;
    const end = tail ?? tailOf(await lastOf(source.stream, partition));
    if (nextSequence > end.sequence) continue;
    const startStreamSequence = await findBatch(source.stream, partition, nextSequence, end);
    wanted.set(partition, { partition, startStreamSequence, end, nextSequence });
  }
  if (wanted.size === 0) return;
  const messages = await consume(source, wanted);
  // The consumer may die with its server, and what of it was on its way never comes.
  const stopListening = source.connection.onInterrupted(() => messages.stop());
  try {
    yield* collect(source, messages, wanted);
  } finally {
    stopListening();
    await messages.close();
  }
}

async function lastOf(stream: Stream, partition: number): Promise<StoredBatch | null> {
  try {
    return await stream.last(partition);
  } catch (error) {
    throw new LogUnavailable(`the stream could not be read: ${String(error)}`, { retryable: true, cause: error });
  }
}

async function consume(source: ReadSource, wanted: ReadonlyMap<number, Wanted>): Promise<ConsumerMessages> {
  try {
    const consumer = await jetstream(source.connection.client).consumers.get(source.stream.name, {
      filter_subjects: subjectOf(source.stream, wanted),
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.min(...[...wanted.values()].map((each) => each.startStreamSequence)),
    });
    const ahead = { max_messages: AHEAD_MESSAGES, expires: EXPIRES_MS, idle_heartbeat: HEARTBEAT_MS };
    return await consumer.consume(ahead);
  } catch (error) {
    const reason = reasonOf(error);
    throw new LogUnavailable(`the stream could not be read: ${reason}`, { retryable: true, cause: error });
  }
}

/** The one partition that is wanted, else all: servers before 2.10 filter by one subject. */
function subjectOf(stream: Stream, wanted: ReadonlyMap<number, Wanted>): string {
  const [partition] = wanted.keys();
  return partition === undefined || wanted.size > 1 ? stream.allSubjects : stream.subject(partition);
}

async function* collect(
  source: ReadSource,
  messages: ConsumerMessages,
  wanted: Map<number, Wanted>,
): AsyncGenerator<Uint8Array, void, void> {
  const lastStreamSequence = Math.max(...[...wanted.values()].map(({ end }) => end.streamSequence));
  const watchdog = new Watchdog(source.timeoutMs, () => messages.stop());
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  let isDone = false;
  try {
    for await (const message of messages) {
      const piece = take(source.stream, message, wanted);
      if (piece !== null) {
        pieces.push(piece);
        bytes += piece.length;
      }
      isDone = wanted.size === 0 || message.seq >= lastStreamSequence;
      if (bytes >= BATCH_BYTES || (isDone && bytes > 0)) {
        watchdog.pause();
        yield Buffer.concat(pieces);
        pieces = [];
        bytes = 0;
      }
      if (isDone) break;
      watchdog.start();
    }
  } finally {
    watchdog.stop();
  }
  for (const { partition, nextSequence, end } of wanted.values()) {
    if (!isDone) throw new LogUnavailable("the servers stopped sending", { retryable: true });
    throw new LogHole({ partition, wantedSequence: nextSequence, firstSequence: end.sequence + 1 });
  }
}

/** The wanted part of a message; null when there is none. */
function take(stream: Stream, message: JsMsg, wanted: Map<number, Wanted>): Uint8Array | null {
  const partition = stream.partitionOf(message.subject);
  const want = wanted.get(partition);
  if (want === undefined || message.seq < want.startStreamSequence || message.seq > want.end.streamSequence)
    return null;
  const data = message.data;
  const { firstSequence, lastSequence } = spanOf(data, partition);
  if (lastSequence < want.nextSequence) return null;
  if (firstSequence > want.nextSequence) {
    throw new LogHole({ partition, wantedSequence: want.nextSequence, firstSequence });
  }
  const wantedFrom = want.nextSequence;
  want.nextSequence = lastSequence + 1;
  if (lastSequence >= want.end.sequence) wanted.delete(partition);
  return data.subarray(offsetOf(data, wantedFrom));
}

function offsetOf(batch: Uint8Array, sequence: number): number {
  const view = viewOf(batch);
  let offset = 0;
  while (sequenceAt(view, offset) < sequence) offset += recordBytesAt(view, offset);
  return offset;
}

/** The message at or shortly before the batch that holds `sequence`. Throws `LogHole` when the stream no longer has it. */
async function findBatch(stream: Stream, partition: number, sequence: number, end: Tail): Promise<number> {
  const first = await stream.next(partition, 1);
  if (first === null || first.span.firstSequence > sequence) {
    const firstSequence = first?.span.firstSequence ?? end.sequence + 1;
    throw new LogHole({ partition, wantedSequence: sequence, firstSequence });
  }
  if (first.span.lastSequence >= sequence) return first.streamSequence;
  let low = first.streamSequence + 1;
  let high = end.streamSequence;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const probe = await stream.next(partition, middle);
    if (probe === null || probe.span.firstSequence > sequence) high = middle - 1;
    else if (probe.span.lastSequence < sequence) low = probe.streamSequence + 1;
    else return probe.streamSequence;
  }
  return low;
}

/** Bites when the servers send nothing while somebody waits for them. */
class Watchdog {
  readonly #timer: NodeJS.Timeout;
  #waitingSinceMs = performance.now();

  constructor(timeoutMs: number, onSilence: () => void) {
    this.#timer = setInterval(() => {
      if (performance.now() - this.#waitingSinceMs >= timeoutMs) onSilence();
    }, timeoutMs / 4);
  }

  /** The servers are waited for from now on. */
  start(): void {
    this.#waitingSinceMs = performance.now();
  }

  /** The receiver is: that may take as long as it likes. */
  pause(): void {
    this.#waitingSinceMs = Number.POSITIVE_INFINITY;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
