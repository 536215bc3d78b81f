// Opening a log asks the servers a few times, and no more.

import { expect, test } from "vitest";
import { askedAgain, StreamUnreachable } from "../../../src/log/jetstream/stream.ts";

function failing(times: number, error: Error): { readonly ask: () => Promise<number>; readonly asked: () => number } {
  let asked = 0;
  const ask = async (): Promise<number> => {
    if (++asked <= times) throw error;
    return asked;
  };
  return { ask, asked: () => asked };
}

test("servers that do not answer in time are asked again", async () => {
  const { ask } = failing(2, new StreamUnreachable("busy"));
  expect(await askedAgain(ask)).toBe(3);
});

test("servers that never do are given up", async () => {
  const { ask, asked } = failing(9, new StreamUnreachable("away"));
  await expect(askedAgain(ask)).rejects.toThrow("away");
  expect(asked()).toBe(3);
});

test("whatever else fails is not tried again", async () => {
  const { ask, asked } = failing(1, new Error("no permission"));
  await expect(askedAgain(ask)).rejects.toThrow("no permission");
  expect(asked()).toBe(1);
});
