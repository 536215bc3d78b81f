import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Query } from "../../src/engine/mod.ts";
import { recordKinds } from "../../src/model/record.ts";
import { isSoak } from "../support/profile.ts";
import { MemoryLog } from "./memory_log.ts";
import { originOf } from "../../src/base/ids.ts";
import { Unavailable, programPath, type Runtime } from "../../src/runtime/mod.ts";
import { replayAndVerify } from "../../src/runtime/replay.ts";
import {
  CLIENT,
  eventOf,
  isCalledThroughPort,
  isLogOnNats,
  type Node,
  newDirectory,
  openLog,
  openNode,
  PARTITIONS,
  programOf,
  removeDirectory,
} from "./open_node.ts";

/** Declares the tests; where the log lies was said before. */
export function runtimeCases(): void {
  /** What counts on the records in flight of a log of this node's own, on its files, or on a stop that checkpoints everything. */
  const itInDirectory = it.skipIf(isLogOnNats());
  /** What concerns log, stores and workers, and is the same whoever calls. */
  const itBehindFronts = it.skipIf(isCalledThroughPort());

  let directory = "";
  beforeEach(() => {
    directory = newDirectory();
  });
  afterEach(() => removeDirectory(directory));

  async function personByEmail(runtime: Runtime, email: string): Promise<string | null> {
    const answers = await runtime.queryAll({ kind: "owner_of_key", client: CLIENT, keyType: "email", value: email });
    for (const answer of answers) if (answer.kind === "owner" && answer.personId !== null) return answer.personId;
    return null;
  }

  async function personOf(runtime: Runtime, personId: string) {
    const answer = await runtime.query(originOf(personId) ?? 0, { kind: "person", client: CLIENT, personId });
    return answer.kind === "person" ? answer.person : null;
  }

  /** All that was appended is durable, applied and written: a checkpoint passes no record whose messages are not in the log. */
  function whenCheckpointed({ log, runtime }: Node): Promise<void> {
    const isDone = (): boolean => log.stats().pendingRecords === 0 && runtime.metrics().checkpointLagRecords === 0;
    return expect.poll(isDone, { timeout: 20_000 }).toBe(true);
  }

  describe("runtime", () => {
    describe("on one node", () => {
      let sharedDirectory = "";
      let shared: Node | null = null;
      beforeAll(async () => {
        sharedDirectory = newDirectory();
        shared = await openNode(sharedDirectory);
      });
      afterAll(async () => {
        await shared?.stop();
        removeDirectory(sharedDirectory);
        expect(shared?.failures).toEqual([]);
      });

      function open(): Node {
        if (shared === null) throw new Error("no node is open");
        return shared;
      }

      it("R1 an applied event is readable by every later query; an accepted one is durable", async () => {
        const { runtime } = open();
        expect(runtime.status()).toEqual({ isReady: true, reason: null });
        const applied = await runtime.acceptAndApply(eventOf("signup", { email: "ann@example.com" }));
        expect(applied.eventId).toMatch(/^\d{19}$/);
        expect(applied.errorCode).toBeNull();
        expect(await personByEmail(runtime, "ann@example.com")).toBe(applied.personId);
        const person = await personOf(runtime, applied.personId ?? "");
        expect(person?.email).toBe("ann@example.com");

        const accepted = runtime.accept(eventOf("purchase", { email: "ann@example.com" }));
        expect(accepted.eventId > applied.eventId).toBe(true);
        await accepted.durable;
      });

      it("an unknown person is refused with its code", async () => {
        const { runtime } = open();
        const refused = await runtime.acceptAndApply(eventOf("visit", { person_id: "1234567890123456789" }));
        expect(refused).toMatchObject({ personId: null, errorCode: "person_not_found" });
        const command = await runtime.command({
          kind: "forward_person",
          client: CLIENT,
          personId: "1234567890123456789",
          toPersonId: "1",
        });
        expect(command.errorCode).toBe("person_not_found");
      });

      it("a query that cannot be answered is refused to its asker; the runtime goes on", async () => {
        const { runtime } = open();
        const wrong: object = { kind: "no such query" };
        await expect(runtime.query(0, wrong as Query)).rejects.toThrow("unreachable");
        await expect(runtime.query(PARTITIONS, { kind: "rejected" })).rejects.toThrow("no such partition");
        expect(await runtime.query(1, { kind: "rejected" })).toMatchObject({ kind: "rejected" });
      });
    });

    it("a reply arrives also when the event travels between partitions of different workers", async () => {
      const node = await openNode(directory, { workers: 2 });
      const partitionsSeen = new Set<number>();
      for (let i = 0; i < 40; i++) {
        const applied = await node.runtime.acceptAndApply(
          eventOf("signup", { email: `p${i}@example.com`, partner_user_id: `u${i}` }),
        );
        expect(applied.errorCode).toBeNull();
        partitionsSeen.add(originOf(applied.personId ?? "") ?? -1);
        // By its other key: owned by another partition most of the time.
        const again = await node.runtime.acceptAndApply(eventOf("visit", { partner_user_id: `u${i}` }));
        expect(again.personId).toBe(applied.personId);
      }
      expect(partitionsSeen.size).toBeGreaterThan(PARTITIONS / 2);
      expect(node.runtime.metrics().inFlightRecords).toBe(0);
      await node.abandon();
    });

    itBehindFronts("after a clean stop nothing is replayed, and everything is still there", async () => {
      const first = await openNode(directory);
      const { personId } = await first.runtime.acceptAndApply(
        eventOf("signup", { email: "ann@example.com", partner_user_id: "u1" }),
      );
      await first.stop();

      const second = await openNode(directory);
      expect(second.runtime.metrics().recoveredRecords).toBe(0);
      expect(await personByEmail(second.runtime, "ann@example.com")).toBe(personId);
      const again = await second.runtime.acceptAndApply(eventOf("visit", { partner_user_id: "u1" }));
      expect(again.personId).toBe(personId);
      await second.abandon();
    });

    it("events accepted right before a stop are applied by it", async () => {
      const first = await openNode(directory);
      for (let i = 0; i < 500; i++)
        first.runtime.accept(eventOf("signup", { email: `p${i}@example.com`, partner_user_id: `u${i}` }));
      await first.stop();
      expect(() => first.runtime.accept(eventOf("late", { email: "late@example.com" }))).toThrow(Unavailable);

      const second = await openNode(directory);
      expect(second.runtime.metrics().recoveredRecords).toBe(0);
      for (const i of [0, 250, 499]) expect(await personByEmail(second.runtime, `p${i}@example.com`)).not.toBeNull();
      await second.abandon();
    });

    itBehindFronts(
      "the live state equals the log folded from its first record, across runs and many checkpoints",
      async () => {
        const settings = { checkpointIntervalMs: 20, cacheBytes: 1 << 16, checkpointDirtyBytes: 1 << 16 };
        // Over NATS a checkpoint waits for several round trips.
        const events = isLogOnNats() ? 200 : isSoak ? 600 : 300;
        for (let run = 0; run < 2; run++) {
          const node = await openNode(directory, { workers: 2, settings });
          for (let i = 0; i < events; i++) {
            node.runtime.accept(
              eventOf("visit", {
                email: `p${i % 97}@example.com`,
                partner_user_id: `u${i % 53}`,
                order_id: `o${run}-${i}`,
              }),
            );
            if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
          }
          // Who leaves a cluster checkpoints nothing whose messages its successor sends: the second run begins with what the first left undone,
          // far more than its workers may hold in memory, and what it has itself is all there is.
          if (isLogOnNats() && run === 1) await whenCheckpointed(node);
          await node.stop();
          expect(node.failures).toEqual([]);
          expect(node.runtime.metrics().checkpoints).toBeGreaterThan(isLogOnNats() && run === 0 ? 0 : PARTITIONS);
        }
        const log = await openLog(directory);
        const progress: number[] = [];
        const verdicts = await replayAndVerify({
          log,
          dataDirectory: directory,
          partitions: PARTITIONS,
          onProgress: (records) => progress.push(records),
        });
        await log.close();
        expect(verdicts.map(({ partition, equal }) => [partition, equal])).toEqual(
          Array.from({ length: PARTITIONS }, (_, p) => [p, true]),
        );
        expect(progress.at(-1)).toBeGreaterThanOrEqual(2 * events);
        expect(verdicts.reduce((sum, { records }) => sum + records, 0)).toBe(progress.at(-1));
        expect(new Set(verdicts.map(({ liveHash }) => liveHash)).size).toBe(PARTITIONS);
      },
    );

    itInDirectory("pushes back at the bound of records in flight, and says when there is room again", async () => {
      const node = await openNode(directory, { settings: { inFlightRecordsMax: 50 } });
      let accepted = 0;
      const fill = (): void => {
        for (; accepted < 1000; accepted++)
          node.runtime.accept(eventOf("visit", { email: `p${accepted}@example.com` }));
      };
      expect(fill).toThrow(Unavailable);
      expect(accepted).toBe(50);
      expect(node.runtime.isDeep()).toBe(true);
      await expect(node.runtime.acceptAndApply(eventOf("visit", { email: "x@example.com" }))).rejects.toMatchObject({
        reason: "busy",
      });
      await node.runtime.whenShallow();
      expect(node.runtime.isDeep()).toBe(false);
      expect(node.runtime.metrics().inFlightRecords).toBeLessThanOrEqual(25);
      await node.stop();
      expect(node.log.stats().committedRecords - PARTITIONS - 1).toBe(50);
    });

    it.skipIf(isLogOnNats() || isCalledThroughPort())(
      "a log that is shorter than the state is refused with a sentence",
      async () => {
        const first = await openNode(directory);
        await first.runtime.acceptAndApply(eventOf("signup", { email: "ann@example.com" }));
        await first.stop();
        rmSync(join(directory, "log"), { recursive: true });
        await expect(openNode(directory)).rejects.toThrow(/partition \d+: log ends at 0, state reflects \d+/);
      },
    );

    itInDirectory(
      "R2 a full disk: what was dropped was not accepted, nothing is taken meanwhile, and it resumes by itself",
      async () => {
        const log = new MemoryLog(PARTITIONS);
        log.isAutomatic = true;
        const node = await openNode(directory, { log });
        const applied = await node.runtime.acceptAndApply(eventOf("signup", { email: "ann@example.com" }));
        log.isAutomatic = false;
        const accepted = node.runtime.accept(eventOf("visit", { email: "ann@example.com" }));
        const waiting = node.runtime.acceptAndApply(eventOf("visit", { email: "ann@example.com" }));
        const outcomes = Promise.allSettled([accepted.durable, waiting]);
        log.pause();
        for (const outcome of await outcomes) {
          expect(outcome).toMatchObject({
            status: "rejected",
            reason: { name: "Unavailable", reason: "log_unavailable" },
          });
        }
        const refused = async (): Promise<void> =>
          node.runtime.accept(eventOf("visit", { email: "ann@example.com" })).durable;
        await expect(refused()).rejects.toThrow(/log_unavailable/);
        await expect.poll(() => node.runtime.status()).toEqual({ isReady: false, reason: "no room" });
        expect(node.runtime.metrics().inFlightRecords).toBe(0);
        log.isAutomatic = true;
        log.resume();
        for (let i = 0; i < 500 && !node.runtime.status().isReady; i++)
          await new Promise((resolve) => setTimeout(resolve, 10));
        expect(node.runtime.status().isReady).toBe(true);
        const again = await node.runtime.acceptAndApply(eventOf("visit", { email: "ann@example.com" }));
        expect(again.personId).toBe(applied.personId);
        expect(log.committed.filter(({ record }) => record.kind === recordKinds.event)).toHaveLength(2);
        await node.stop();
        expect(node.failures).toEqual([]);
      },
    );

    itBehindFronts("another number of partitions than at creation is refused", async () => {
      await (await openNode(directory)).abandon();
      await expect(openNode(directory, { partitions: PARTITIONS + 1 })).rejects.toThrow(/created with 8 partitions/);
    });

    itBehindFronts(
      "a program switches in all partitions before events are taken, and again by publishing",
      async () => {
        const first = await openNode(directory);
        expect(storedPrograms()).toHaveLength(1);
        const published = await first.runtime.replaceProgram(programOf("Europe/Berlin"));
        expect(published).toEqual({ ok: true, value: { answer: null, revision: 2, isInEffect: true } });
        await first.stop();
        const committed = first.log.stats().committedRecords;
        // Each time the change itself, and the switch of every partition.
        expect(committed).toBe(2 * (1 + PARTITIONS));

        const second = await openNode(directory, { programs: [programOf("Europe/Berlin")] });
        expect(second.log.stats().committedRecords).toBe(0);
        await second.abandon();
      },
    );

    itInDirectory(
      "a worker that cannot go on fails the runtime once, with partition, sequence and cause; what was durable is applied later",
      async () => {
        const node = await openNode(directory, { settings: { replyTimeoutMs: 2000 } });
        await node.runtime.acceptAndApply(eventOf("signup", { email: "ann@example.com" }));
        await node.stop();
        // A program named by the state that is not in the data directory any more: the next event of its client cannot be applied.
        const [hash] = storedPrograms();
        expect(storedPrograms()).toHaveLength(1);
        const path = programPath(directory, hash ?? "");
        const broken = await openNode(directory, { programs: [], settings: { replyTimeoutMs: 2000 } });
        rmSync(path);
        await expect(
          broken.runtime.acceptAndApply(eventOf("visit", { email: "ann@example.com" })),
        ).rejects.toMatchObject({
          name: "OutcomeUnknown",
        });
        expect(broken.failures).toHaveLength(1);
        expect(broken.failures[0]).toMatchObject({
          kind: "worker",
          sequence: expect.any(Number),
          partition: expect.any(Number),
        });
        expect(broken.failures[0]?.error.message).toContain(hash);
        expect(broken.runtime.status().isReady).toBe(false);
        expect(() => broken.runtime.accept(eventOf("visit", { email: "ann@example.com" }))).toThrow(Unavailable);
        await broken.stop();

        const repaired = await openNode(directory);
        expect(repaired.runtime.metrics().recoveredRecords).toBe(1);
        await repaired.abandon();
      },
    );
  });

  /** Hashes of the programs in the data directory. */
  function storedPrograms(): string[] {
    return readdirSync(join(directory, "programs")).map((name) => name.replace(/\.json$/, ""));
  }
}
