// Changes of one client, one after the other: what the next one waits for, and what it does not. The partitions are the test's.

import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { ok } from "../../src/base/result.ts";
import type { DocumentChange } from "../../src/model/configuration.ts";
import { Configurations } from "../../src/runtime/configurations.ts";
import type { ProgramStore } from "../../src/runtime/programs.ts";
import { Publisher } from "../../src/runtime/publisher.ts";

const CLIENT = "shop";
const PARTITIONS = 4;

/** Partitions that switch when they are told to. */
class Partitions {
  revision = 0;
  hash: string | null = null;
  readonly switched = Array.from({ length: PARTITIONS }, () => 0);
  /** Which were asked whether they have switched, look by look. */
  readonly looks: (readonly number[])[] = [];
  readonly programs: ProgramStore = {
    store: async () => undefined,
    inEffect: async () => [],
    use: async () => undefined,
    behind: async ({ revision }, among) => {
      this.looks.push(among);
      return among.filter((partition) => (this.switched[partition] ?? 0) < revision);
    },
  };
}

function configurationsOn(partitions: Partitions): Configurations {
  return new Configurations({
    partitions: PARTITIONS,
    publisher: new Publisher({ programs: partitions.programs, partitions: PARTITIONS, timeoutMs: 5_000 }),
    newId: () => "1",
    ask: async () => ({
      kind: "changed_documents",
      page: { revision: partitions.revision, hash: partitions.hash, documents: [], lastKey: null },
    }),
    command: async (command) => {
      if (command.kind === "change_configuration") {
        partitions.revision++;
        partitions.hash = command.hash ?? partitions.hash;
      }
      return {
        eventId: "1",
        personId: null,
        errorCode: null,
        value: { isChanged: true, revision: partitions.revision },
      };
    },
  });
}

function audience(id: string): DocumentChange {
  return { collection: "audience", id, document: { id, name: id } };
}

const change = (configurations: Configurations, id: string) =>
  configurations.change(CLIENT, () => ok({ changes: [audience(id)], answer: id }));

test("the next change begins while partitions switch to the one before, and neither is answered early", async () => {
  const partitions = new Partitions();
  const configurations = configurationsOn(partitions);
  const answered: string[] = [];
  const note = (result: Awaited<ReturnType<typeof change>>): void => {
    if (result.ok) answered.push(`${result.value.answer} ${result.value.isInEffect}`);
  };
  const all = [change(configurations, "first").then(note), change(configurations, "second").then(note)];
  await expect.poll(() => partitions.revision).toBe(2);
  expect(answered).toEqual([]);
  partitions.switched.fill(1);
  await expect.poll(() => answered).toEqual(["first true"]);
  partitions.switched.fill(2);
  await Promise.all(all);
  expect(answered).toEqual(["first true", "second true"]);
});

test("the one after the next waits until the first is in effect", async () => {
  const partitions = new Partitions();
  const configurations = configurationsOn(partitions);
  const all = ["first", "second", "third"].map((id) => change(configurations, id));
  await expect.poll(() => partitions.revision).toBe(2);
  await pause(100);
  expect(partitions.revision).toBe(2);
  partitions.switched.fill(1);
  await expect.poll(() => partitions.revision).toBe(3);
  partitions.switched.fill(3);
  expect((await Promise.all(all)).map(({ ok: isMade }) => isMade)).toEqual([true, true, true]);
});

test("a change that fails holds up nobody", async () => {
  const partitions = new Partitions();
  const configurations = configurationsOn(partitions);
  const failing = configurations.change(CLIENT, () => {
    throw new Error("cannot decide");
  });
  const next = change(configurations, "next");
  await expect(failing).rejects.toThrow("cannot decide");
  await expect.poll(() => partitions.revision).toBe(1);
  partitions.switched.fill(1);
  expect(await next).toMatchObject({ ok: true });
});

test("only partitions that lag are asked again", async () => {
  const partitions = new Partitions();
  const changed = change(configurationsOn(partitions), "only");
  await expect.poll(() => partitions.looks.length).toBeGreaterThan(0);
  partitions.switched.fill(1, 0, 3);
  await expect.poll(() => partitions.looks.at(-1)).toEqual([3]);
  partitions.switched.fill(1);
  expect(await changed).toMatchObject({ ok: true, value: { isInEffect: true } });
  expect(partitions.looks[0]).toEqual([0, 1, 2, 3]);
});
