// What earlier versions decided, this one decides the same. A history that comes out otherwise is never recorded anew: customers have such logs.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { foldHistory, foldHistoryAnew, readOutcome } from "./history.ts";
import { recordHistories } from "./record.ts";

const here = import.meta.dirname;
const recording = process.env["LAUREL_RECORD_HISTORY"];
if (recording !== undefined)
  test(`record the histories of ${recording}`, { timeout: 300_000 }, () => recordHistories(join(here, recording)));

const versions = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe.each(versions.map(({ name }) => name))("version %s", (version) => {
  const directory = join(here, version);
  const names = readdirSync(directory).flatMap((file) => /^(.+)\.records\.gz$/.exec(file)?.[1] ?? []);

  test.each(names)("%s", (name) => {
    const outcome = foldHistory(directory, name);
    expect(outcome.persons.length).toBeGreaterThan(0);
    expect(outcome).toEqual(readOutcome(directory, name));
  });

  test.each(names)("%s, with messages and timers that follow from the decisions", (name) => {
    expect(foldHistoryAnew(directory, name)).toEqual(foldHistory(directory, name));
  });

  test("rewards are among them, in more than one state", () => {
    const states = new Set(names.flatMap((name) => readOutcome(directory, name).rewards.map(stateOf)));
    expect(states.size).toBeGreaterThan(1);
  });
});

function stateOf(reward: object): unknown {
  return "state" in reward ? reward.state : null;
}
