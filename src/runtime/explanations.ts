// Explanations: why an event was decided as it was. Finds the page of the person's trail that has it, reads the page's records from the log, and
// has the person's partition apply them again. Control plane.

import { originOf, timeOf } from "../base/ids.ts";
import type { Query, QueryAnswer, TrailOfPage } from "../engine/mod.ts";
import { type EventLog, LogHole, RecordReader } from "../log/mod.ts";
import type { LogRecord } from "../model/record.ts";
import { busy } from "./flow/appender.ts";
import type { Explained } from "./client.ts";
import {
  EXPLAIN_MERGED_MAX,
  EXPLAIN_MERGES_MAX,
  EXPLAIN_PAGES_MAX,
  EXPLAIN_SCAN_BYTES_MAX,
  EXPLANATIONS_AT_ONCE_MAX,
} from "./settings.ts";

export interface ExplanationsParts {
  readonly log: EventLog;
  readonly partitions: number;
  readonly ask: (partition: number, query: Query) => Promise<QueryAnswer>;
}

export interface WantedExplanation {
  readonly client: string;
  readonly personId: string;
  /** Of the INPUT event. */
  readonly eventId: string;
}

type ExplainQuery = Extract<Query, { readonly kind: "explain" }>;

export class Explanations {
  readonly #parts: ExplanationsParts;
  #running = 0;

  constructor(parts: ExplanationsParts) {
    this.#parts = parts;
  }

  async explain(wanted: WantedExplanation): Promise<Explained> {
    if (this.#running >= EXPLANATIONS_AT_ONCE_MAX) throw busy;
    this.#running++;
    try {
      return await this.#explain(wanted, 0);
    } catch (error) {
      if (error instanceof LogHole) return { kind: "gone" };
      throw error;
    } finally {
      this.#running--;
    }
  }

  /** @param merges over how many the person was reached */
  async #explain({ client, personId, eventId }: WantedExplanation, merges: number): Promise<Explained> {
    const partition = originOf(personId);
    if (partition === undefined || partition >= this.#parts.partitions) return { kind: "unknown" };
    const newest = await this.#trail(partition, client, personId, null);
    if (newest === null || originOf(eventId) === undefined) return { kind: "unknown" };
    let isGone = false;
    let found: Explained | null = null;
    const takenOver = new Set<string>();
    for await (const { page, trail } of this.#pagesAround(partition, { client, personId, eventId }, newest)) {
      const records = await readRecords(this.#parts.log, partition, trail.touches);
      const query: ExplainQuery = { kind: "explain", client, personId, eventId, page, records };
      const answer = await this.#askWell(partition, query, newest);
      if (answer.kind !== "explain") continue;
      isGone ||= answer.isGone;
      for (const fromPersonId of answer.takenOver) takenOver.add(fromPersonId);
      const { explanation } = answer;
      if (explanation === null) continue;
      found = { kind: "explained", explanation };
      // Of an event of somebody who was merged, the person may have nothing but what became of its rewards later.
      if (explanation.events.some(({ id }) => id === eventId)) return found;
      break;
    }
    const ofOther = await this.#explainOfMerged({ client, eventId }, [...takenOver], merges);
    if (ofOther?.kind === "explained") return ofOther;
    if (found !== null) return found;
    isGone ||= ofOther?.kind === "gone";
    if (isGone) return { kind: "gone" };
    return newest.newest > 0 && (await this.#isBeyond(partition, { client, personId, eventId }, newest))
      ? { kind: "gone" }
      : { kind: "unknown" };
  }

  /** Who knows a person by its id of today asks for what it did under others, too. Null: nobody knows the event. */
  async #explainOfMerged(
    wanted: Pick<WantedExplanation, "client" | "eventId">,
    personIds: readonly string[],
    merges: number,
  ): Promise<Explained | null> {
    if (merges >= EXPLAIN_MERGES_MAX) return null;
    let found: Explained | null = null;
    for (const personId of personIds.slice(0, EXPLAIN_MERGED_MAX)) {
      const explained = await this.#explain({ ...wanted, personId }, merges + 1);
      if (explained.kind === "explained") return explained;
      if (explained.kind === "gone") found = explained;
    }
    return found;
  }

  /** What came behind the page is read where it may tell more. */
  async #askWell(partition: number, query: ExplainQuery, newest: TrailOfPage): Promise<QueryAnswer> {
    const answer = await this.#parts.ask(partition, query);
    if (answer.kind !== "explain" || !answer.wantsLater || answer.explanation?.isExact === true) return answer;
    const touches: number[] = [];
    for (let page = query.page + 1; page <= newest.newest; page++) {
      const trail = page === newest.newest ? newest : await this.#trail(partition, query.client, query.personId, page);
      touches.push(...(trail?.touches ?? []));
    }
    const later = await readRecords(this.#parts.log, partition, touches);
    return this.#parts.ask(partition, { ...query, later });
  }

  /**
   * The page on which the event should be by its time, then the ones after it: an event whose person had to wait, or that came by way of
   * other partitions, was processed later than it arrived.
   */
  async *#pagesAround(
    partition: number,
    { client, personId, eventId }: WantedExplanation,
    newest: TrailOfPage,
  ): AsyncGenerator<{ readonly page: number; readonly trail: TrailOfPage }> {
    const arrivedMs = timeOf(eventId);
    const pages: { readonly page: number; readonly trail: TrailOfPage }[] = [];
    for (let page = newest.newest; page >= 0; page--) {
      const trail = page === newest.newest ? newest : await this.#trail(partition, client, personId, page);
      if (trail === null) break;
      pages.push({ page, trail });
      if (pages.length > EXPLAIN_PAGES_MAX) pages.shift();
      // Of one millisecond, records are on both.
      if (trail.beforeMs < arrivedMs) break;
    }
    yield* pages.reverse();
  }

  /** Whether the event may have been before the oldest page that is kept. */
  async #isBeyond(
    partition: number,
    { client, personId, eventId }: WantedExplanation,
    newest: TrailOfPage,
  ): Promise<boolean> {
    let oldest = newest;
    for (let page = newest.newest - 1; page >= 0; page--) {
      const trail = await this.#trail(partition, client, personId, page);
      if (trail === null) break;
      oldest = trail;
    }
    return oldest.beforeMs >= timeOf(eventId);
  }

  async #trail(partition: number, client: string, personId: string, page: number | null): Promise<TrailOfPage | null> {
    const answer = await this.#parts.ask(partition, { kind: "trail", client, personId, page });
    return answer.kind === "trail" ? answer.trail : null;
  }
}

/**
 * Records of one partition by their sequences, ascending. Reads on as long as the next one is near, and starts anew where it is: the log
 * finds a place by segment, so a far one costs the scan of one segment.
 * @throws LogHole when one of them was retired
 */
async function readRecords(log: EventLog, partition: number, sequences: readonly number[]): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  const reader = new RecordReader();
  while (found.length < sequences.length) {
    const before = found.length;
    const from = log.lastSequences().map(() => Number.POSITIVE_INFINITY);
    from[partition] = sequences[before] ?? 1;
    let scanned = 0;
    for await (const batch of log.read(from, "passing")) {
      reader.reset(batch);
      while (reader.next()) {
        if (reader.partition !== partition || reader.sequence !== sequences[found.length]) continue;
        const record = reader.record();
        found.push({ ...record, payload: record.payload.slice() });
      }
      scanned += batch.length;
      if (found.length === sequences.length || (found.length > before && scanned > EXPLAIN_SCAN_BYTES_MAX)) break;
    }
    if (found.length === before) throw new Error(`partition ${partition} has no record ${sequences[before]}`);
  }
  return found;
}
