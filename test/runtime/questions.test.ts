// What is asked of a partition's owner, and what it says.

import { expect, test } from "vitest";
import type { Query, QueryAnswer } from "../../src/engine/mod.ts";
import { answerAsOwner, askOwner, type QuestionsParts } from "../../src/runtime/cluster/questions.ts";
import { decodeSpoken, encodeQuery, encodeSpoken } from "../../src/runtime/cluster/wire.ts";
import { notHere, Questions } from "../../src/runtime/fronts/questions.ts";
import { newCrowdMarks } from "../../src/runtime/fronts/crowd_marks.ts";
import { WorkerHost } from "../../src/runtime/worker/worker_host.ts";
import { newDirectory, removeDirectory } from "./open_node.ts";

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

test("a partition that moves away while it is asked is asked of its next owner, and refused without one", async () => {
  let isServed = true;
  const askHere = (): Promise<QueryAnswer> => {
    isServed = false;
    return Promise.reject(notHere);
  };
  const moving = { askHere, isServed: () => isServed, questionTimeoutMs: 10_000 };
  expect(await askOwner(partsWith(moving), 0, query)).toEqual(there);
  isServed = true;
  const ask = (): Promise<Uint8Array> => Promise.reject(new Error("nobody listens"));
  await expect(askOwner(partsWith({ ...moving, questionTimeoutMs: 50 }, { ask }), 0, query)).rejects.toThrow(
    "runtime unavailable: recovering",
  );
  const broken = (): Promise<QueryAnswer> => Promise.reject(new Error("a bug"));
  await expect(askOwner(partsWith({ askHere: broken, isServed: () => true }), 0, query)).rejects.toThrow("a bug");
});

test("who asks a worker for what it does not have is told to ask again", async () => {
  const directory = newDirectory();
  const options = {
    workerIndex: 0,
    workers: 1,
    initialPartitions: [0],
    partitions: 2,
    dataDirectory: directory,
    checkpointIntervalMs: 1_000_000,
    personMarks: null,
    crowds: newCrowdMarks(),
    cacheBytesOfPartition: 1 << 20,
    dirtyBytesMax: 1 << 20,
  };
  const worker = new WorkerHost(options, {
    post: (message) => (message.kind === "answers" ? questions.take(message.answers) : undefined),
  });
  const questions: Questions = new Questions({
    workers: 1,
    timeoutMs: 5_000,
    profiles: null,
    post: (_, asked) => worker.receive({ kind: "questions", questions: asked }),
  });
  worker.open();
  expect(await questions.ask(0, query, false)).toMatchObject({ kind: "marks" });
  await expect(questions.ask(1, query, false)).rejects.toMatchObject({ reason: "recovering", retryAfterSeconds: 1 });
  worker.receive({ kind: "unhost", partition: 0 });
  for (const isInOrder of [false, true]) await expect(questions.ask(0, query, isInOrder)).rejects.toBe(notHere);
  questions.stop();
  worker.receive({ kind: "stop", isDrained: false });
  removeDirectory(directory);
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
