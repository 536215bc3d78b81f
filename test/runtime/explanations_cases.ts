// Explanations through the whole runtime: trail from the worker, records from the log, applied again in the worker.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/runtime/mod.ts";
import { replayAndVerify } from "../../src/runtime/replay.ts";
import { demoProgram } from "../simulation/simulation.ts";
import {
  CLIENT,
  eventOf,
  newDirectory,
  type Node,
  openLog,
  openNode,
  PARTITIONS,
  removeDirectory,
} from "./open_node.ts";

/** Declares the tests; where the log lies was said before. */
export function explanationCases(): void {
  async function buy(runtime: Runtime, email: string, order: string): Promise<{ personId: string; eventId: string }> {
    const data = { email, advocate_code: "CODE", order_id: order, cart_value: "10" };
    const { personId, eventId, errorCode } = await runtime.acceptAndApply(eventOf("converted", data));
    expect(errorCode).toBeNull();
    return { personId: personId ?? "", eventId };
  }

  it("an event is explained among many others, also after a restart", { timeout: 90_000 }, async () => {
    const directory = newDirectory();
    const open = (): Promise<Node> => openNode(directory, { programs: [demoProgram()] });
    const first = await open();
    const { runtime } = first;
    await runtime.acceptAndApply(eventOf("advocate_code_created", { email: "ann@x.com", advocate_code: "CODE" }));
    const bought = await buy(runtime, "bob@x.com", "o1");
    await Promise.all(Array.from({ length: 60 }, (_, i) => buy(runtime, `p${i % 7}@x.com`, `other-${i}`)));
    await Promise.all(Array.from({ length: 80 }, (_, i) => buy(runtime, "bob@x.com", `later-${i}`)));
    const explained = await runtime.explain({ client: CLIENT, ...bought });
    if (explained.kind !== "explained") throw new Error(explained.kind);
    expect(explained.explanation.events[0]).toMatchObject({ id: bought.eventId, type: "INPUT", name: "converted" });
    const fired = explained.explanation.events.flatMap(({ controllers }) => controllers);
    expect(fired).toContainEqual(expect.objectContaining({ controllerName: "converted", outcome: "fired" }));
    await first.stop();
    const second = await open();
    expect(await second.runtime.explain({ client: CLIENT, ...bought })).toEqual(explained);
    await second.abandon();
    removeDirectory(directory);
  });

  describe("on one node", () => {
    let sharedDirectory = "";
    let shared: Node | null = null;
    beforeAll(async () => {
      sharedDirectory = newDirectory();
      shared = await openNode(sharedDirectory, { programs: [demoProgram()] });
    });
    afterAll(async () => {
      await shared?.abandon();
      removeDirectory(sharedDirectory);
    });

    function sharedRuntime(): Runtime {
      if (shared === null) throw new Error("no node is open");
      return shared.runtime;
    }

    it("who is not known, of another client, or has had no such event, is told so", async () => {
      const runtime = sharedRuntime();
      const bought = await buy(runtime, "bob@x.com", "o1");
      const other = await buy(runtime, "eve@x.com", "o2");
      expect(await runtime.explain({ client: "another", ...bought })).toEqual({ kind: "unknown" });
      expect(await runtime.explain({ client: CLIENT, ...bought, eventId: other.eventId })).toEqual({ kind: "unknown" });
      expect(await runtime.explain({ client: CLIENT, ...bought, personId: "1" })).toEqual({ kind: "unknown" });
      expect(await runtime.explain({ client: CLIENT, ...bought, eventId: "no id" })).toEqual({ kind: "unknown" });
    });

    it("what somebody did before it was known is explained by whom it is now, wherever the two live", async () => {
      const runtime = sharedRuntime();
      const told: unknown[] = [];
      for (let n = 0; n < 6; n++) {
        const device = { partner_user_id: `device${n}` };
        const seen = await runtime.acceptAndApply(eventOf("share_clicked", device));
        const known = await runtime.acceptAndApply(eventOf("signed_up", { ...device, email: `p${n}@x.com` }));
        const asked = { client: CLIENT, personId: known.personId ?? "", eventId: seen.eventId };
        const explained = await runtime.explain(asked);
        const { personId } = explained.kind === "explained" ? explained.explanation : { personId: explained.kind };
        told.push([known.personId === seen.personId, personId === seen.personId]);
      }
      expect(told).toEqual(Array.from({ length: 6 }, () => [false, true]));
    });

    // The last one: it stops the node.
    it("explaining changes nothing: the log folds to the same state", async () => {
      const runtime = sharedRuntime();
      const bought = await buy(runtime, "bill@x.com", "o3");
      for (let i = 0; i < 3; i++) await runtime.explain({ client: CLIENT, ...bought });
      await shared?.stop();
      shared = null;
      const log = await openLog(sharedDirectory);
      const verdicts = await replayAndVerify({
        log,
        dataDirectory: sharedDirectory,
        partitions: PARTITIONS,
        onProgress: () => {},
      });
      await log.close();
      expect(verdicts.map(({ equal }) => equal)).toEqual(Array.from({ length: PARTITIONS }, () => true));
    });
  });
}
