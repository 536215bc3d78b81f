// Files and batches where they are kept: every row of a batch becomes an event once, and is told of.

import { describe, expect, test } from "vitest";
import {
  BATCH_COMING_MS,
  BATCH_KEPT_MS,
  BATCH_ROWS_AHEAD,
  BATCHES_KEPT_MAX,
  FILE_COMING_MS,
  FILE_KEPT_MS,
  FILES_KEPT_MAX,
  FILES_PER_ANSWER,
} from "../../src/engine/limits.ts";
import { type Command, partitionOfFiles } from "../../src/engine/mod.ts";
import type { Batch, BatchRow, RowEnd } from "../../src/model/batch.ts";
import type { FileAsset } from "../../src/model/file_asset.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { encodeEventPayload } from "../support/event_payload.ts";
import { CLIENT, datum, on, PARTITIONS, programme, Story } from "../support/story.ts";
import { plainOrder } from "../support/batch_order.ts";

const shop = programme([
  on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY"), datum("value", "VALUE")] }),
  on("seen"),
]);

const HOME = partitionOfFiles(CLIENT, PARTITIONS);

function row(name: string, data: JsonObject): BatchRow {
  const body = Buffer.from(JSON.stringify({ event_name: name, data }));
  return { payload: encodeEventPayload({ client: CLIENT, form: "envelope", name: "", body }), refused: null };
}

const refusedRow: BatchRow = {
  payload: Buffer.from('{"data":{"email":"no@x.example"}}'),
  refused: { code: "missing_event_name", detail: "" },
};

class Shop extends Story {
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
    const steered = this.asks({ kind: "steer_batch", client: CLIENT, batchId, verb });
    expect(steered).not.toBe("");
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

const buyers = (count: number, from = 0): BatchRow[] =>
  Array.from({ length: count }, (_, n) => row("bought", { email: `b${from + n}@x.example`, order_id: `o${from + n}` }));

describe("a batch", () => {
  test("makes an event of each row, under an id of its own, and says whose it is", () => {
    const story = new Shop();
    const batchId = story.runs([
      row("bought", { email: "ann@x.example", order_id: "o1", value: "5" }),
      row("seen", { email: "bob@x.example" }),
    ]);
    expect(story.batch(batchId)).toMatchObject({ status: "DONE", rows: 2, succeeded: 2, failed: 0 });
    const [ann, bob] = [story.who("ann@x.example"), story.who("bob@x.example")];
    const { ends } = story.part(batchId, 0);
    expect(ends.map(({ personId }) => personId)).toEqual([ann.id, bob.id]);
    expect(story.stepNames(ann)).toHaveLength(1);
    const [step] = story.contexts
      .flatMap(({ state }) => [...state.hotSteps(ann)])
      .filter(({ name }) => name === "bought");
    expect(step?.causeEventId).toBe(ends[0]?.eventId);
  });

  test("goes on part after part, each when little of the one before is on its way", () => {
    const story = new Shop();
    const batchId = story.begins();
    const size = BATCH_ROWS_AHEAD + 1;
    for (let part = 0; part < 3; part++) story.brings(batchId, buyers(size, part * size));
    story.ends(batchId);
    const sent = (): number => story.batch(batchId)?.sent ?? 0;
    expect(sent()).toBe(0);
    story.rings(HOME);
    expect(sent()).toBe(size);
    for (let ticks = 0; ticks < 5; ticks++) {
      story.tick(HOME);
      while ((story.batch(batchId)?.done ?? 0) === 0 && story.hasNext(HOME)) story.step(HOME);
    }
    expect(sent()).toBe(size);
    story.passes(1);
    expect(sent()).toBe(2 * size);
    story.rests();
    expect(story.batch(batchId)).toMatchObject({ status: "DONE", rows: 3 * size, done: 3 * size, succeeded: 3 * size });
  });

  test("sends nothing before it is whole", () => {
    const story = new Shop();
    const batchId = story.begins();
    story.brings(batchId, buyers(3));
    story.passes(1);
    expect(story.batch(batchId)).toMatchObject({ status: "PENDING", sent: 0 });
    expect(() => story.who("b0@x.example")).toThrow();
  });

  test("tells of rows that were refused, before or when they were sent", () => {
    const story = new Shop();
    story.happens("bought", { email: "early@x.example", order_id: "o1" });
    const nobody = row("bought", { person_id: "7000000000000000001" });
    const batchId = story.runs(
      [refusedRow, nobody],
      [refusedRow],
      [refusedRow, row("seen", { email: "ok@x.example" })],
    );
    expect(story.batch(batchId)).toMatchObject({ status: "DONE", rows: 5, succeeded: 1, failed: 4 });
    expect(story.part(batchId, 0).ends.map(({ errorCode }) => errorCode)).toEqual([
      "missing_event_name",
      "person_not_found",
    ]);
    expect(story.part(batchId, 1).ends).toEqual([
      { eventId: null, personId: null, errorCode: "missing_event_name", detail: "" },
    ]);
    expect(story.part(batchId, 2).bodies[0]).toBe('{"data":{"email":"no@x.example"}}');
    expect(story.part(batchId, 2).bodies[1]).toBe('{"event_name":"seen","data":{"email":"ok@x.example"}}');
  });

  test("a row whose event was taken before is processed and changes nothing", () => {
    const story = new Shop();
    story.happens("bought", { email: "ann@x.example", order_id: "o1" });
    const batchId = story.runs([row("bought", { email: "ann@x.example", order_id: "o1" })]);
    expect(story.batch(batchId)).toMatchObject({ succeeded: 1, failed: 0 });
    expect(story.stepNames(story.who("ann@x.example"))).toHaveLength(1);
  });

  test("one of a client at a time, the oldest of those that are whole first", () => {
    const story = new Shop();
    const [first, second, third] = [story.begins(), story.begins(), story.begins()];
    for (const id of [first, second, third]) story.brings(id, [row("seen", { email: `${id}@x.example` })]);
    for (const id of [second, third, first]) story.ends(id);
    const statuses = (): unknown[] => [first, second, third].map((id) => story.batch(id)?.status);
    expect(statuses()).toEqual(["QUEUED", "IN_PROGRESS", "QUEUED"]);
    story.rests();
    expect(statuses()).toEqual(["DONE", "DONE", "DONE"]);
    const started = [second, first, third].map((id) => story.batch(id)?.startedMs ?? 0);
    expect(started.toSorted((a, b) => a - b)).toEqual(started);
  });

  test("is canceled: what is on its way arrives and is told of, the rest stays, and the next one begins", () => {
    const story = new Shop();
    const batchId = story.begins();
    story.brings(batchId, buyers(3));
    story.brings(batchId, buyers(3, 3));
    const next = story.begins();
    story.brings(next, [row("seen", { email: "next@x.example" })]);
    story.ends(batchId);
    story.ends(next);
    story.rings(HOME);
    expect(story.steersNow(batchId, "cancel")).toMatchObject({ status: "CANCELED", sent: 3, done: 0 });
    story.rests();
    expect(story.batch(batchId)).toMatchObject({ status: "CANCELED", sent: 3, done: 3, succeeded: 3 });
    expect(story.batch(next)).toMatchObject({ status: "DONE", succeeded: 1 });
    expect(story.steers(batchId, "cancel")).toBe("batch_job_invalid_state_transition");
  });

  test("that has not ended is neither expired nor deleted", () => {
    const story = new Shop();
    const batchId = story.begins();
    expect(story.steers(batchId, "expire")).toBe("batch_job_invalid_state_transition");
    expect(story.steers(batchId, "delete")).toBe("batch_job_delete_not_allowed");
    expect(story.steers(batchId, "cancel")).toBeNull();
    expect(story.steers(batchId, "delete")).toBeNull();
  });

  test("is forgotten a month after its end: first what its rows said, when an operator says so the rest", () => {
    const story = new Shop();
    const batchId = story.runs(buyers(3));
    const { dueMs = 0, endedMs } = story.batch(batchId) ?? {};
    expect(dueMs).toBe((endedMs ?? 0) + BATCH_KEPT_MS);
    story.passes(dueMs - story.nowMs - 1);
    expect(story.batch(batchId)?.status).toBe("DONE");
    story.passes(1);
    expect(story.batch(batchId)).toMatchObject({ status: "EXPIRED", rows: 3, succeeded: 3 });
    expect(story.part(batchId, 0)).toMatchObject({ bodies: [], ends: [] });
    expect(story.entries()).toBe(1);
    expect(story.steers(batchId, "expire")).toBe("batch_job_invalid_state_transition");
    expect(story.steers(batchId, "delete")).toBeNull();
    expect(story.entries()).toBe(0);
    expect(story.steers(batchId, "delete")).toBe("batch_job_not_found");
  });

  test("fails when its rows do not come, and takes none afterwards", () => {
    const story = new Shop();
    const batchId = story.begins();
    story.brings(batchId, buyers(2));
    story.passes(BATCH_COMING_MS);
    expect(story.batch(batchId)).toMatchObject({ status: "FAILED", failure: { code: "batch_job_data_source_empty" } });
    const rows = buyers(1);
    expect(story.ordered({ kind: "add_batch_rows", client: CLIENT, batchId, rows })).toBe(
      "batch_job_invalid_state_transition",
    );
    expect(story.entries()).toBe(1);
  });

  test("fails as a whole where its rows cannot be read, and sends none", () => {
    const story = new Shop();
    const batchId = story.begins();
    story.brings(batchId, buyers(2));
    const failure = { code: "missing_column", message: "There is no column tier." };
    expect(story.ordered({ kind: "end_batch_rows", client: CLIENT, batchId, failure })).toBeNull();
    story.passes(1);
    expect(story.batch(batchId)).toMatchObject({ status: "FAILED", sent: 0, failure });
    expect(() => story.who("b0@x.example")).toThrow();
  });

  test("makes room by the oldest that has ended, and is refused when none has", () => {
    const story = new Shop();
    const done = story.runs(buyers(1));
    for (let n = 1; n < BATCHES_KEPT_MAX; n++) story.begins();
    expect(story.ordered({ kind: "begin_batch", client: CLIENT, order: plainOrder })).toBeNull();
    expect(story.batch(done)).toBeNull();
    expect(story.ordered({ kind: "begin_batch", client: CLIENT, order: plainOrder })).toBe("too_many_requests");
  });

  test("is listed with the others, the newest first, some at a time", () => {
    const story = new Shop();
    const said = { note: "x".repeat(30_000) };
    const ids = Array.from({ length: 12 }, () =>
      story.asks({ kind: "begin_batch", client: CLIENT, order: { ...plainOrder, eventData: said } }),
    );
    story.settle();
    const found: string[] = [];
    let answers = 0;
    for (let beforeId: string | null = null; ; answers++) {
      const answer = story.query(HOME, { kind: "batches", client: CLIENT, beforeId });
      if (answer.kind !== "batches") throw new Error(`answered ${answer.kind}`);
      found.push(...answer.batches.map(({ id }) => id));
      beforeId = found.at(-1) ?? null;
      if (!answer.isMore) break;
    }
    expect(found).toEqual(ids.toReversed());
    expect(answers).toBeGreaterThan(1);
  });

  test("says what operators change of it", () => {
    const story = new Shop();
    const batchId = story.runs(buyers(1));
    const change = { kind: "change_batch", client: CLIENT, batchId } as const;
    expect(story.ordered({ ...change, name: "weekly", scopes: null, tags: ["t"] })).toBeNull();
    expect(story.ordered({ ...change, name: null, scopes: ["CLIENT_ADMIN"], tags: null })).toBeNull();
    expect(story.batch(batchId)?.order).toMatchObject({ name: "weekly", scopes: ["CLIENT_ADMIN"], tags: ["t"] });
    expect(story.ordered({ ...change, batchId: "1", name: "x", scopes: null, tags: null })).toBe("batch_job_not_found");
  });
});

describe("a file", () => {
  test("is there when all of it is, and gives back its parts", () => {
    const story = new Shop();
    const fileId = story.bringsFile("a.csv", "email\n", "a@x.example\n");
    expect(story.files()).toEqual([]);
    expect(story.ordered({ kind: "end_file", client: CLIENT, fileId })).toBeNull();
    expect(story.files()).toMatchObject([{ id: fileId, name: "a.csv", state: "AVAILABLE", parts: 2 }]);
    expect([story.filePart(fileId, 0), story.filePart(fileId, 1)]).toEqual(["email\n", "a@x.example\n"]);
    const late = { kind: "add_file_part", client: CLIENT, fileId, bytes: Buffer.from("late") } as const;
    expect(story.ordered(late)).toBe("file_asset_not_found");
  });

  test("that nobody goes on with is forgotten", () => {
    const story = new Shop();
    story.bringsFile("a.csv", "email\n");
    story.passes(FILE_COMING_MS - 10);
    expect(story.entries()).toBe(2);
    story.passes(10);
    expect(story.entries()).toBe(0);
  });

  test("has a name that no other has, as long as it is available", () => {
    const story = new Shop();
    const first = story.keepsFile("a.csv", "1");
    const command = {
      name: "a.csv",
      isNameGiven: true,
      format: "CSV",
      tags: [],
      bytes: 1,
      rows: 1,
      createdBy: "",
    } as const;
    expect(story.ordered({ kind: "begin_file", client: CLIENT, ...command })).toBe("file_asset_duplicated_name");
    expect(story.ordered({ kind: "steer_file", client: CLIENT, fileId: first, verb: "expire" })).toBeNull();
    const [one, two] = [story.bringsFile("a.csv", "2"), story.bringsFile("a.csv", "3")];
    expect(story.ordered({ kind: "end_file", client: CLIENT, fileId: two })).toBeNull();
    expect(story.ordered({ kind: "end_file", client: CLIENT, fileId: one })).toBe("file_asset_duplicated_name");
    const other = story.keepsFile("b.csv", "4");
    const rename = { kind: "change_file", client: CLIENT, fileId: other, tags: null } as const;
    expect(story.ordered({ ...rename, name: "a.csv" })).toBe("file_asset_duplicated_name");
    expect(story.ordered({ ...rename, name: "b.csv", tags: ["t"] })).toBeNull();
    expect(story.files().map(({ name, state }) => `${name} ${state}`)).toEqual([
      "b.csv AVAILABLE",
      "a.csv AVAILABLE",
      "a.csv EXPIRED",
    ]);
  });

  test("is listed with the others, the newest first, some at a time", () => {
    const story = new Shop();
    for (let n = 0; n < FILES_PER_ANSWER + 5; n++) story.keepsFile(`f${n}`, "1");
    const [first, rest] = [null, story.files().at(-1)?.id ?? ""].map((beforeId) =>
      story.query(HOME, { kind: "files", client: CLIENT, beforeId }),
    );
    expect(first).toMatchObject({ isMore: true });
    expect(rest).toMatchObject({ isMore: false });
    const names = [first, rest]
      .flatMap((answer) => (answer?.kind === "files" ? answer.files : []))
      .map(({ name }) => name);
    expect(names).toEqual(Array.from({ length: FILES_PER_ANSWER + 5 }, (_, n) => `f${FILES_PER_ANSWER + 4 - n}`));
  });

  test("without a name of its own has its id behind what it was called, if that is taken", () => {
    const story = new Shop();
    const ids = [1, 2].map(() => {
      const fileId = story.bringsTable("orders.csv", false, ["1"]);
      expect(story.ordered({ kind: "end_file", client: CLIENT, fileId })).toBeNull();
      return fileId;
    });
    expect(story.files().map(({ name }) => name)).toEqual([`orders.csv ${ids[1]}`, "orders.csv"]);
  });

  test("expires after a month, with what it said", () => {
    const story = new Shop();
    const fileId = story.keepsFile("a.csv", "1", "2");
    story.passes(FILE_KEPT_MS);
    expect(story.files()).toMatchObject([{ state: "EXPIRED" }]);
    expect(story.filePart(fileId, 0)).toBeNull();
    expect(story.ordered({ kind: "steer_file", client: CLIENT, fileId, verb: "delete" })).toBeNull();
    expect(story.entries()).toBe(0);
  });

  test("makes room by the oldest that has expired, and is refused when none has", () => {
    const story = new Shop();
    const first = story.keepsFile("0", "1");
    for (let n = 1; n < FILES_KEPT_MAX; n++) story.keepsFile(String(n), "1");
    const command = {
      name: "more",
      isNameGiven: true,
      format: "CSV",
      tags: [],
      bytes: 1,
      rows: 1,
      createdBy: "",
    } as const;
    expect(story.ordered({ kind: "begin_file", client: CLIENT, ...command })).toBe("too_many_requests");
    expect(story.ordered({ kind: "steer_file", client: CLIENT, fileId: first, verb: "expire" })).toBeNull();
    expect(story.ordered({ kind: "begin_file", client: CLIENT, ...command })).toBeNull();
  });
});
