// Keys of requests: a claim ends by its own mark, whatever came between. (That a request is done once: `api/idempotency.test.ts`.)

import { expect, test } from "vitest";
import type { Command } from "../../src/engine/mod.ts";
import { CLIENT, on, programme, Story } from "../support/story.ts";

const PROGRAM = programme([on("seen")]);
const ANSWER = { status: 200, body: "{}", contentType: "application/json" };

const claims = (mark?: string): Command => ({
  kind: "claim_request",
  client: CLIENT,
  key: "k",
  requestHash: "h",
  ...(mark === undefined ? {} : { mark }),
});

const answers = (answer: typeof ANSWER | null, mark?: string): Command => ({
  kind: "answer_request",
  client: CLIENT,
  key: "k",
  answer,
  ...(mark === undefined ? {} : { mark }),
});

test("a key that was not claimed in time is given back, and may be claimed again", () => {
  const story = new Story(PROGRAM);
  expect(story.commands(claims("first")).value).toEqual({ kind: "new" });
  expect(story.commands(claims("again")).value).toEqual({ kind: "begun" });
  story.commands(answers(null, "again"));
  expect(story.commands(claims("again")).value).toEqual({ kind: "begun" });
  story.commands(answers(null, "first"));
  expect(story.commands(claims("again")).value).toEqual({ kind: "new" });
});

test("what gives a key back late does not take it from who claimed it since", () => {
  const story = new Story(PROGRAM);
  story.commands(claims("first"));
  story.commands(answers(null, "first"));
  story.commands(claims("second"));
  story.commands(answers(null, "first"));
  expect(story.commands(claims("third")).value).toEqual({ kind: "begun" });
  story.commands(answers(ANSWER, "second"));
  story.commands(answers(null, "first"));
  expect(story.commands(claims("third")).value).toEqual({ kind: "answered", answer: ANSWER });
});

test("records without marks mean what they did", () => {
  const story = new Story(PROGRAM);
  story.commands(claims());
  story.commands(answers(null));
  story.commands(claims());
  story.commands(answers(ANSWER, "a node that knows marks answers what one claimed that did not"));
  expect(story.commands(claims("later")).value).toEqual({ kind: "answered", answer: ANSWER });
});
