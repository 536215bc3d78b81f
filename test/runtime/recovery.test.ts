// A start whose log ends before the messages that its events send: after a kill in the middle of a backlog, or a copy that was taken of a running node.

import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { RecordReader } from "../../src/log/mod.ts";
import { recordKinds } from "../../src/model/record.ts";
import { eventOf, newDirectory, openLog, openNode, removeDirectory } from "./open_node.ts";

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) removeDirectory(directory);
});

function newOne(): string {
  const directory = newDirectory();
  directories.push(directory);
  return directory;
}

/** The log of `from` without its messages, and the programs. */
async function withoutMessages(from: string, into: string): Promise<void> {
  const [whole, rest] = [await openLog(from), await openLog(into)];
  const reader = new RecordReader();
  for await (const batch of whole.read([])) {
    reader.reset(batch);
    while (reader.next()) {
      const record = reader.record();
      if (record.kind !== recordKinds.message) rest.append(record.partition, record);
    }
  }
  await whole.close();
  await rest.close();
  mkdirSync(join(into, "programs"), { recursive: true });
  cpSync(join(from, "programs"), join(into, "programs"), { recursive: true });
}

test("F3 a start that sends more messages than a reader of the log may have before it goes on reading", async () => {
  const [whole, cut] = [newOne(), newOne()];
  const first = await openNode(whole);
  const persons = Array.from({ length: 100 }, (_, i) => ({ email: `p${i}@example.com`, partner_user_id: `u${i}` }));
  for (const person of persons) first.runtime.accept(eventOf("signup", person));
  await first.stop();
  await withoutMessages(whole, cut);

  // A reader of the log waits from 20 records on until there are less than 10.
  const second = await openNode(cut, { settings: { inFlightRecordsMax: 80 } });
  for (const [i, person] of persons.entries()) {
    const byOtherKey = await second.runtime.acceptAndApply(eventOf("visit", { partner_user_id: `u${i}` }));
    const byEmail = await second.runtime.acceptAndApply(eventOf("visit", { email: person.email }));
    expect(byOtherKey).toMatchObject({ personId: byEmail.personId, errorCode: null });
  }
  await second.stop();
  expect(second.failures).toEqual([]);
});
