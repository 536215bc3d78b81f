// A client's files and batches where they are kept, as stories tell of them.

import { expect } from "vitest";
import { type Command, partitionOfFiles } from "../../src/engine/mod.ts";
import type { Batch, BatchRow, RowEnd } from "../../src/model/batch.ts";
import type { FileAsset } from "../../src/model/file_asset.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { plainOrder } from "./batch_order.ts";
import { encodeEventPayload } from "./event_payload.ts";
import { CLIENT, datum, on, PARTITIONS, programme, Story } from "./story.ts";

const shop = programme([
  on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY"), datum("value", "VALUE")] }),
  on("seen"),
]);

export const HOME: number = partitionOfFiles(CLIENT, PARTITIONS);

export function row(name: string, data: JsonObject): BatchRow {
  const body = Buffer.from(JSON.stringify({ event_name: name, data }));
  return { payload: encodeEventPayload({ client: CLIENT, form: "envelope", name: "", body }), refused: null };
}

export const refusedRow: BatchRow = {
  payload: Buffer.from('{"data":{"email":"no@x.example"}}'),
  refused: { code: "missing_event_name", detail: "" },
};

/** A shop whose back end brings tables. */
export class Shop extends Story {
  constructor() {
    super(shop);
  }

  begins(): string {
    return this.asks({ kind: "begin_batch", client: CLIENT, order: plainOrder });
  }

  brings(batchId: string, rows: readonly BatchRow[]): void {
    expect(this.ordered({ kind: "add_batch_rows", client: CLIENT, batchId, rows })).toBeNull();
  }

  /** Ticks until no batch goes on. */
  rests(): void {
    const isGoing = (): boolean => this.batches().some(({ status }) => status === "IN_PROGRESS");
    for (let ticks = 0; isGoing(); ticks++) {
      expect(ticks).toBeLessThan(100);
      this.passes(1);
    }
  }

  ends(batchId: string): void {
    expect(this.ordered({ kind: "end_batch_rows", client: CLIENT, batchId, failure: null })).toBeNull();
  }

  steers(batchId: string, verb: "cancel" | "expire" | "delete"): string | null {
    return this.ordered({ kind: "steer_batch", client: CLIENT, batchId, verb });
  }

  /** A tick of one partition, and no more than that. */
  rings(partition: number): void {
    this.tick(partition);
    this.step(partition);
  }

  /** Before what is on its way arrives. */
  steersNow(batchId: string, verb: "cancel"): Batch | null {
    this.asks({ kind: "steer_batch", client: CLIENT, batchId, verb });
    while (this.batch(batchId)?.status === "IN_PROGRESS") this.step(HOME);
    return this.batch(batchId);
  }

  ordered(command: Command): string | null {
    return this.commands(command).errorCode;
  }

  runs(...parts: (readonly BatchRow[])[]): string {
    const batchId = this.begins();
    for (const rows of parts) this.brings(batchId, rows);
    this.ends(batchId);
    this.rests();
    return batchId;
  }

  batch(batchId: string): Batch | null {
    const answer = this.query(HOME, { kind: "batch", client: CLIENT, batchId });
    return answer.kind === "batch" ? answer.batch : null;
  }

  batches(): readonly Batch[] {
    const answer = this.query(HOME, { kind: "batches", client: CLIENT, beforeId: null });
    return answer.kind === "batches" ? answer.batches : [];
  }

  part(batchId: string, part: number): { bodies: readonly string[]; ends: readonly RowEnd[] } {
    const answer = this.query(HOME, { kind: "batch_part", client: CLIENT, batchId, part });
    if (answer.kind !== "batch_part") throw new Error(`answered ${answer.kind}`);
    return answer;
  }

  bringsFile(name: string, ...parts: string[]): string {
    return this.bringsTable(name, true, parts);
  }

  bringsTable(name: string, isNameGiven: boolean, parts: string[]): string {
    const file = {
      name,
      isNameGiven,
      format: "CSV",
      tags: [],
      bytes: parts.join("").length,
      rows: 1,
      createdBy: "",
    } as const;
    const fileId = this.asks({ kind: "begin_file", client: CLIENT, ...file });
    for (const part of parts)
      expect(this.ordered({ kind: "add_file_part", client: CLIENT, fileId, bytes: Buffer.from(part) })).toBeNull();
    return fileId;
  }

  keepsFile(name: string, ...parts: string[]): string {
    const fileId = this.bringsFile(name, ...parts);
    expect(this.ordered({ kind: "end_file", client: CLIENT, fileId })).toBeNull();
    return fileId;
  }

  files(): readonly FileAsset[] {
    const answer = this.query(HOME, { kind: "files", client: CLIENT, beforeId: null });
    return answer.kind === "files" ? answer.files : [];
  }

  filePart(fileId: string, part: number): string | null {
    const answer = this.query(HOME, { kind: "file_part", client: CLIENT, fileId, part });
    return answer.kind === "file_part" && answer.bytes !== null ? Buffer.from(answer.bytes).toString() : null;
  }

  /** Entries of the client's files and batches, whatever they are of. */
  entries(): number {
    const state = this.contexts[HOME]?.state;
    if (state === undefined) throw new Error("no partition");
    const all = { prefix: "", after: null, limit: 10_000, isReverse: false };
    const kinds = ["fileAsset", "filePart", "batch", "batchRows", "batchEnds"] as const;
    return kinds.reduce((sum, kind) => sum + state.list(kind, all).length, 0);
  }
}

/** Each a purchase of somebody else. */
export const buyers = (count: number, from = 0): BatchRow[] =>
  Array.from({ length: count }, (_, n) => row("bought", { email: `b${from + n}@x.example`, order_id: `o${from + n}` }));
