// A store that is opened again, and what was on its way to it before.

import { expect, it } from "vitest";
import { promised } from "../../src/base/promised.ts";
import { PartitionOpening } from "../../src/runtime/checkpoints/partition_opening.ts";
import type { PartitionDescription } from "../../src/runtime/protocol.ts";

function open(): { opening: PartitionOpening; posted: string[]; written: () => void } {
  const posted: string[] = [];
  const { promise: whenWritten, resolve: written } = promised();
  const opening = new PartitionOpening({
    post: (partition, message) => posted.push(`${message.kind} ${partition}`),
    whenWritten: () => whenWritten,
  });
  return { opening, posted, written };
}

function describing(partition: number, position: number): PartitionDescription {
  return {
    partition,
    position,
    checkpointPosition: position,
    outdated: null,
    highWater: [],
    programs: [],
    nextDueMs: null,
    lastIdMs: 0,
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("O1 a checkpoint of an opening that is over is not written", async () => {
  const { opening, written } = open();
  written();
  const mayBeWritten = opening.checkpoint(2);
  expect(mayBeWritten()).toBe(true);
  opening.close(2);
  expect(mayBeWritten()).toBe(false);
  const late = opening.checkpoint(2);
  const description = opening.open(2);
  await turn();
  opening.opened(describing(2, 7));
  expect(await description).toMatchObject({ position: 7 });
  expect([mayBeWritten(), late()]).toEqual([false, false]);
  expect(opening.checkpoint(2)()).toBe(true);
  expect(opening.checkpoint(3)()).toBe(true);
});

it("O2 a partition is opened when nothing of it is being written any more", async () => {
  const { opening, posted, written } = open();
  opening.close(2);
  const description = opening.open(2);
  await turn();
  expect(posted).toEqual(["unhost 2"]);
  written();
  await turn();
  expect(posted).toEqual(["unhost 2", "host 2"]);
  opening.opened(describing(2, 9));
  expect(await description).toMatchObject({ position: 9 });
});
