// What is asked of a partition's owner, and what it says.

import { expect, test } from "vitest";
import type { Query, QueryAnswer } from "../../src/engine/mod.ts";
import { answerAsOwner, askOwner, type QuestionsParts } from "../../src/runtime/cluster/questions.ts";
import { decodeSpoken, encodeQuery, encodeSpoken } from "../../src/runtime/cluster/wire.ts";

const query: Query = { kind: "marks" };
const answerOf = (source: number): QueryAnswer => ({ kind: "marks", highWater: { [source]: [1, 0] }, programs: {} });
const here = answerOf(1);
const there = answerOf(2);

function partsWith(overrides: Partial<QuestionsParts>, link: Partial<QuestionsParts["link"]> = {}): QuestionsParts {
  return {
    link: {
      isOwner: () => true,
      isConnected: () => true,
      ask: () => Promise.resolve(encodeSpoken({ kind: "answer", answer: there })),
      ...link,
    },
    askHere: () => Promise.resolve(here),
    isServed: () => false,
    questionTimeoutMs: 100,
    ...overrides,
  };
}

test("who serves the partition is asked, here or elsewhere", async () => {
  expect(await askOwner(partsWith({ isServed: () => true }), 0, query)).toEqual(here);
  expect(await askOwner(partsWith({}), 0, query)).toEqual(there);
});

test("an owner that cannot answer is asked again, until there is one, perhaps this node", async () => {
  let asked = 0;
  const spoken = (): Promise<Uint8Array> =>
    ++asked < 2 ? Promise.resolve(encodeSpoken({ kind: "unavailable" })) : Promise.reject(new Error("nobody listens"));
  const isServed = (): boolean => asked === 2;
  expect(await askOwner(partsWith({ isServed, questionTimeoutMs: 10_000 }, { ask: spoken }), 0, query)).toEqual(here);
});

test("who is cut off asks nobody, and is refused in the end", async () => {
  let asked = 0;
  const ask = (): Promise<Uint8Array> => {
    asked++;
    return Promise.reject(new Error("nobody listens"));
  };
  const cutOff = partsWith({}, { isConnected: () => false, ask });
  await expect(askOwner(cutOff, 0, query)).rejects.toThrow("runtime unavailable: recovering");
  expect(asked).toBe(0);
});

test("an answer whose lease was lost while it was read is not given, nor one that could not be read", async () => {
  let isOwner = true;
  const askHere = (): Promise<QueryAnswer> => {
    isOwner = false;
    return Promise.resolve(here);
  };
  const ask = async (parts: QuestionsParts): Promise<unknown> =>
    decodeSpoken(await answerAsOwner(parts, 0, encodeQuery(query)));
  expect(await ask(partsWith({}))).toEqual({ kind: "answer", answer: here });
  expect(await ask(partsWith({ askHere }, { isOwner: () => isOwner }))).toEqual({ kind: "unavailable" });
  expect(await ask(partsWith({ askHere: () => Promise.reject(new Error("gone")) }))).toEqual({ kind: "unavailable" });
});
