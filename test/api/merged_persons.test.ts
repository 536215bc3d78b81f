// Reads of persons who became others.

import { expect, test } from "vitest";
import { Directory } from "../../src/api/server/directory.ts";
import { newIdCounter, nextIdText } from "../../src/base/ids.ts";
import { emptyPerson } from "../../src/model/person.ts";
import { RecordingRuntime } from "./recording_runtime.ts";

const CLIENT = "demo";

test("who was forwarded again and again is found by the first of its ids", async () => {
  const runtime = new RecordingRuntime();
  const counter = newIdCounter(0);
  const ids = Array.from({ length: 101 }, () => nextIdText(counter, 1_800_000_000_000));
  for (const [n, id] of ids.entries())
    runtime.persons.set(id, { ...emptyPerson(id, CLIENT, 0), forwardedTo: ids[n + 1] ?? null });
  const person = await new Directory(runtime).profile(CLIENT, ids[0] ?? "");
  expect(person?.id).toBe(ids[100]);
});
