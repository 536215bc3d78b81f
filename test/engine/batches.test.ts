// Batches where they are kept: every row becomes an event once, and is told of.

import { describe, expect, test } from "vitest";
import { BATCH_COMING_MS, BATCH_KEPT_MS, BATCH_ROWS_AHEAD, BATCHES_KEPT_MAX } from "../../src/engine/limits.ts";
import { plainOrder } from "../support/batch_order.ts";
import { buyers, HOME, refusedRow, row, Shop } from "../support/batch_story.ts";
import { CLIENT } from "../support/story.ts";

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
