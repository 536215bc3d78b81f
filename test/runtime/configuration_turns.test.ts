// Changes of one client, one after the other: what the next one waits for, and what it does not. The partitions are the test's.

import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { ok } from "../../src/base/result.ts";
import type { KeptDocument } from "../../src/engine/mod.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { DocumentChange } from "../../src/model/configuration.ts";
import { Configurations } from "../../src/runtime/configuration/configurations.ts";
import type { ProgramStore } from "../../src/runtime/configuration/programs.ts";
import { Publisher } from "../../src/runtime/configuration/publisher.ts";

const CLIENT = "shop";
const PARTITIONS = 4;

/** Partitions that switch when they are told to. */
class Partitions {
  revision = 0;
  hash: string | null = null;
  readonly switched = Array.from({ length: PARTITIONS }, () => 0);
  /** Names of the documents written, record by record. */
  readonly written: string[][] = [];
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
        partitions.written.push(namesOf(command.documents));
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

function nameOf(document: JsonObject | undefined): string {
  const name = document?.["name"];
  return typeof name === "string" ? name : "";
}

function namesOf(documents: readonly KeptDocument[]): string[] {
  const audiences = documents.filter(({ collection }) => collection === "audience");
  return audiences.map(({ text }) => nameOf(JSON.parse(text ?? "{}") as JsonObject));
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

test("those after the next wait until the first is in effect, and are made as one then", async () => {
  const partitions = new Partitions();
  const configurations = configurationsOn(partitions);
  const all = [change(configurations, "first"), change(configurations, "second")];
  await expect.poll(() => partitions.revision).toBe(2);
  all.push(...["third", "fourth", "fifth"].map((id) => change(configurations, id)));
  await pause(100);
  expect(partitions.revision).toBe(2);
  partitions.switched.fill(1);
  await expect.poll(() => partitions.revision).toBe(3);
  partitions.switched.fill(3);
  const made = (await Promise.all(all)).map((each) => (each.ok ? [each.value.answer, each.value.revision] : null));
  expect(made).toEqual([
    ["first", 1],
    ["second", 2],
    ["third", 3],
    ["fourth", 3],
    ["fifth", 3],
  ]);
  expect(partitions.written.at(-1)).toEqual(["third", "fourth", "fifth"]);
});

test("of a document that two of a group change, the later form is written, and the later one saw the earlier", async () => {
  const partitions = new Partitions();
  const configurations = configurationsOn(partitions);
  const append = (letter: string) =>
    configurations.change(CLIENT, (configuration) => {
      const name = `${nameOf(configuration.find("audience", "a"))}${letter}`;
      return ok({ changes: [{ collection: "audience", id: "a", document: { id: "a", name } }], answer: name });
    });
  const first = change(configurations, "first");
  const both = Promise.all([append("x"), append("y")]);
  await expect.poll(() => partitions.revision).toBe(2);
  partitions.switched.fill(2);
  await first;
  expect((await both).map((each) => each.ok && each.value.answer)).toEqual(["x", "xy"]);
  expect(partitions.written.at(-1)).toEqual(["xy"]);
});

test("a change that fails holds up nobody, alone or in a group", async () => {
  const partitions = new Partitions();
  const configurations = configurationsOn(partitions);
  const fails = () =>
    configurations.change(CLIENT, () => {
      throw new Error("cannot decide");
    });
  const alone = fails();
  const all = [change(configurations, "next"), fails(), change(configurations, "last")];
  await expect(alone).rejects.toThrow("cannot decide");
  await expect.poll(() => partitions.revision).toBe(1);
  partitions.switched.fill(1);
  const settled = await Promise.allSettled(all);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(partitions.written).toEqual([["next", "last"]]);
});

test("whoever changes nothing is answered without waiting for those who do", async () => {
  const partitions = new Partitions();
  const configurations = configurationsOn(partitions);
  const first = change(configurations, "first");
  const second = change(configurations, "second");
  const looker = configurations.change(CLIENT, () => ok({ changes: [], answer: "looked" }));
  expect(await looker).toMatchObject({ ok: true, value: { answer: "looked", revision: 2 } });
  partitions.switched.fill(2);
  expect([await first, await second]).toMatchObject([{ ok: true }, { ok: true }]);
});

test("what was compiled anew is answered when partitions run by it", async () => {
  const partitions = new Partitions();
  let isAnswered = false;
  const renewed = configurationsOn(partitions)
    .renewProgram(CLIENT)
    .then((answer) => {
      isAnswered = true;
      return answer;
    });
  await expect.poll(() => partitions.looks.length).toBeGreaterThan(1);
  expect(isAnswered).toBe(false);
  partitions.switched.fill(1);
  expect(await renewed).toMatchObject({ ok: true, value: { revision: 1, isInEffect: true } });
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
