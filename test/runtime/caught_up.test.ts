// When a start has caught up: what the log held is applied; what keeps itself going is not waited for.

import { describe, expect, test } from "vitest";
import { caughtUp } from "../../src/runtime/flow/caught_up.ts";
import { FlowControl } from "../../src/runtime/flow/flow_control.ts";

const settings = {
  recordsMax: 1_000,
  bytesMax: 1_000_000,
  paceMs: 20,
  paceMsMax: 1_000,
};
const LONG_MS = 60_000;
const SHORT_MS = 20;

function isOver(work: Promise<void>): () => Promise<boolean> {
  let over = false;
  void work.then(() => {
    over = true;
  });
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 2 * SHORT_MS));
    return over;
  };
}

describe("a start", () => {
  test("waits for what the log held, and for what follows from it", async () => {
    const flow = new FlowControl(2, settings);
    flow.addReadBack(0, 5, 100);
    flow.addReadBack(1, 3, 100);
    const over = isOver(caughtUp(flow, LONG_MS));
    flow.applied(0, 5, 100, 1);
    flow.add(1, 1, 10);
    flow.applied(1, 3, 100, 1);
    expect(await over()).toBe(false);
    flow.applied(1, 1, 10, 1);
    expect(await over()).toBe(true);
  });

  test("does not wait for ever for what keeps itself going", async () => {
    const flow = new FlowControl(1, settings);
    flow.addReadBack(0, 5, 100);
    const over = isOver(caughtUp(flow, SHORT_MS));
    for (let rounds = 0; rounds < 10; rounds++) {
      flow.add(0, 2, 20);
      flow.applied(0, 2, 20, 1);
    }
    expect(flow.isEmpty()).toBe(false);
    expect(await over()).toBe(true);
  });

  test("waits for the log's records, however long they take", async () => {
    const flow = new FlowControl(1, settings);
    flow.addReadBack(0, 5, 100);
    const over = isOver(caughtUp(flow, 0));
    flow.add(0, 9, 90);
    flow.applied(0, 4, 80, 1);
    expect(await over()).toBe(false);
    flow.applied(0, 1, 20, 1);
    expect(await over()).toBe(true);
  });
});
