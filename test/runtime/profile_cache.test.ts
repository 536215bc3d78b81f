// Profiles that were asked for before: answered again as long as nobody changes the person, and never longer.

import { expect, test } from "vitest";
import { moveMark, newPersonMarks } from "../../src/runtime/fronts/person_marks.ts";
import type { QueryAnswer } from "../../src/engine/mod.ts";
import { Questions } from "../../src/runtime/fronts/questions.ts";
import { ProfileCache } from "../../src/runtime/fronts/profile_cache.ts";

const ANN = "7000000000000000001";
const BOB = "7000000000000000002";

/** A worker that counts how often it is asked. */
class Asked {
  count = 0;
  version = 1;
  /** What happens between question and answer. */
  meanwhile = (): void => undefined;

  answer = (id: string | null) => (): Promise<QueryAnswer> => {
    this.count++;
    this.meanwhile();
    const profile = id === null ? null : { id, email: null, version: this.version, locale: null };
    return Promise.resolve({ kind: "profile", profile, forwardedTo: null });
  };
}

const query = (personId: string, client = "shop") => ({ kind: "profile", client, personId }) as const;

test("the worker is asked once, until the person changes", async () => {
  const marks = newPersonMarks();
  const [cache, worker] = [new ProfileCache(marks, 10), new Asked()];
  const first = await cache.ask(query(ANN), worker.answer(ANN));
  expect(await cache.ask(query(ANN), worker.answer(ANN))).toEqual(first);
  expect(worker.count).toBe(1);
  moveMark(marks, ANN);
  worker.version = 2;
  expect(await cache.ask(query(ANN), worker.answer(ANN))).toMatchObject({ profile: { version: 2 } });
  expect(worker.count).toBe(2);
});

test("what changes between question and answer is asked again, whichever of both came first", async () => {
  const marks = newPersonMarks();
  const [cache, worker] = [new ProfileCache(marks, 10), new Asked()];
  worker.meanwhile = () => moveMark(marks, ANN);
  await cache.ask(query(ANN), worker.answer(ANN));
  worker.meanwhile = () => undefined;
  await cache.ask(query(ANN), worker.answer(ANN));
  expect(worker.count).toBe(2);
});

test("queries of other kinds, and nodes without a cache, always ask", async () => {
  let posted = 0;
  const open = (profiles: ProfileCache | null): Questions => {
    const questions: Questions = new Questions({
      workers: 1,
      timeoutMs: 5_000,
      profiles,
      post: (_, asked) => {
        posted += asked.length;
        questions.take(
          asked.map(({ id, query: { kind } }) => {
            const profile = { id: ANN, email: null, version: 1, locale: null };
            const answer: QueryAnswer =
              kind === "profile" ? { kind, profile, forwardedTo: null } : { kind: "member_count", count: 1 };
            return { kind: "answer", id, answer };
          }),
        );
      },
    });
    return questions;
  };
  const kept = open(new ProfileCache(newPersonMarks(), 10));
  for (let n = 0; n < 3; n++) await kept.ask(0, query(ANN), false);
  expect(posted).toBe(1);
  // Whoever asks in the order of the records gets its answer behind them.
  await kept.ask(0, query(ANN), true);
  expect(posted).toBe(2);
  for (let n = 0; n < 2; n++) await kept.ask(0, { kind: "member_count", client: "shop", audienceId: "a" }, false);
  expect(posted).toBe(4);
  const bare = open(null);
  for (let n = 0; n < 2; n++) await bare.ask(0, query(ANN), false);
  expect(posted).toBe(6);
  kept.stop();
  bare.stop();
});

test("another client gets an answer of its own", async () => {
  const [cache, worker] = [new ProfileCache(newPersonMarks(), 10), new Asked()];
  await cache.ask(query(ANN), worker.answer(ANN));
  expect(await cache.ask(query(ANN, "other"), worker.answer(null))).toMatchObject({ profile: null });
  expect(worker.count).toBe(2);
});

test("nobody is kept who is not there, and of others no more than there may be", async () => {
  const [cache, worker] = [new ProfileCache(newPersonMarks(), 1), new Asked()];
  await cache.ask(query(ANN), worker.answer(null));
  expect(cache.size).toBe(0);
  await cache.ask(query(ANN), worker.answer(ANN));
  await cache.ask(query(BOB), worker.answer(BOB));
  expect(cache.size).toBe(1);
  await cache.ask(query(BOB), worker.answer(BOB));
  expect(worker.count).toBe(3);
});
