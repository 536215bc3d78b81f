// Senders of whom too much waits are held back at the door, for a while, and nobody else is.

import { describe, expect, it } from "vitest";
import { typedHash } from "../../src/base/hash.ts";
import { FrontIds } from "../../src/base/front_ids.ts";
import { senderHash } from "../../src/engine/mod.ts";
import { Unavailable } from "../../src/runtime/client.ts";
import { Appender } from "../../src/runtime/flow/appender.ts";
import { FlowControl } from "../../src/runtime/flow/flow_control.ts";
import { heldBackMs, isAnyCrowded, markCrowd, newCrowdMarks } from "../../src/runtime/fronts/crowd_marks.ts";
import { Front } from "../../src/runtime/fronts/front.ts";
import { Readiness } from "../../src/runtime/readiness.ts";
import { MemoryLog } from "./memory_log.ts";
import { eventOf } from "./open_node.ts";

const NOW = 1_800_000_000_000;
const ann = typedHash("demo", "email", "ann@example.com");
const bob = typedHash("demo", "email", "bob@example.com");

describe("marks", () => {
  it("hold a sender back for longer the more of its events wait, and end by themselves", () => {
    const marks = newCrowdMarks();
    expect(isAnyCrowded(marks, NOW)).toBe(false);
    markCrowd(marks, { sender: ann, size: 1 }, NOW);
    expect([isAnyCrowded(marks, NOW), heldBackMs(marks, ann, NOW), heldBackMs(marks, bob, NOW)]).toEqual([
      true,
      1_000,
      0,
    ]);
    markCrowd(marks, { sender: ann, size: 2.5 }, NOW);
    expect(heldBackMs(marks, ann, NOW + 500)).toBe(2_000);
    markCrowd(marks, { sender: ann, size: 1_000 }, NOW);
    expect(heldBackMs(marks, ann, NOW)).toBe(16_000);
    expect([isAnyCrowded(marks, NOW + 16_000), heldBackMs(marks, ann, NOW + 16_000)]).toEqual([false, 0]);
  });

  it("of senders with one place, the last is held back and the other is let in", () => {
    const marks = newCrowdMarks();
    markCrowd(marks, { sender: 5, size: 1 }, NOW);
    markCrowd(marks, { sender: 5 + 1_024, size: 1 }, NOW);
    expect([heldBackMs(marks, 5, NOW), heldBackMs(marks, 5 + 1_024, NOW)]).toEqual([0, 1_000]);
  });
});

describe("senders", () => {
  it("are told apart by client, and by the key that is looked at first", () => {
    const hashes = [
      senderHash("demo", { email: "ann@example.com" }, undefined),
      senderHash("acme", { email: "ann@example.com" }, undefined),
      senderHash("demo", { partner_user_id: "ann@example.com" }, undefined),
      senderHash("demo", {}, { device: "d1", personId: null }),
      senderHash("demo", {}, { device: "d1", personId: "1576864475494019072" }),
    ];
    expect(new Set(hashes).size).toBe(5);
    expect(senderHash("demo", { order_id: "A-1" }, undefined)).toBe(null);
  });

  it("are the same however they write their key", () => {
    expect(senderHash("demo", { Email: " Ann@Example.com", partner_user_id: "7" }, undefined)).toBe(ann);
  });
});

describe("a front", () => {
  it("takes nothing from who is held back, says for how long, and takes what others send", () => {
    const crowds = newCrowdMarks();
    const front = frontOver(crowds);
    markCrowd(crowds, { sender: ann, size: 3 }, Date.now());
    const refusal = refusalOf(() => front.accept(eventOf("visit", { email: "ann@example.com" })));
    expect([refusal?.reason, refusal?.retryAfterSeconds]).toEqual(["person_busy", 3]);
    expect(front.accepted).toBe(0);
    front.accept(eventOf("visit", { email: "bob@example.com" }));
    front.accept(eventOf("visit", { order_id: "A-1" }));
    expect(front.accepted).toBe(2);
  });

  it("refuses those alike who wait for the outcome", async () => {
    const crowds = newCrowdMarks();
    markCrowd(crowds, { sender: ann, size: 1 }, Date.now());
    const front = frontOver(crowds);
    await expect(front.acceptAndApply(eventOf("visit", { email: "ann@example.com" }))).rejects.toMatchObject({
      reason: "person_busy",
    });
  });
});

function frontOver(crowds: ReturnType<typeof newCrowdMarks>): Front {
  const [partitions, workers] = [16, 1];
  const flow = new FlowControl(workers, { recordsMax: 100, bytesMax: 1 << 20, paceMs: 1000, paceMsMax: 1000 });
  const sink = new Appender({ log: new MemoryLog(partitions), flow, workers, isShared: false, onProblem: () => {} });
  const ids = new FrontIds(0, { index: 0, of: 1 });
  const readiness = new Readiness();
  readiness.ready();
  return new Front({ sink, flow, readiness, partitions, workers, replyTimeoutMs: 1_000, ids, crowds });
}

function refusalOf(act: () => unknown): Unavailable | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof Unavailable) return error;
    throw error;
  }
}
