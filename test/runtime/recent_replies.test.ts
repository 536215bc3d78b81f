// What a follower keeps of its replies: in order, for a while, and no more than fits.

import { expect, test } from "vitest";
import type { Reply } from "../../src/model/effect.ts";
import { KEPT_CHARACTERS_MAX, RecentReplies } from "../../src/runtime/cluster/recent_replies.ts";

function reply(idLow: number, value: unknown = null): Reply {
  return { partition: 0, idHigh: 0, idLow, personId: "1", errorCode: null, value };
}

test("gives what it kept once, in order", () => {
  const replies = new RecentReplies();
  for (let n = 0; n < 3; n++) replies.add(reply(n));
  expect(replies.take().map(({ idLow }) => idLow)).toEqual([0, 1, 2]);
  expect([replies.isEmpty, replies.take()]).toEqual([true, []]);
});

test("of large values the newest are kept, as many as fit", () => {
  const replies = new RecentReplies();
  const value = { rendered: { body: "x".repeat(KEPT_CHARACTERS_MAX / 16) } };
  for (let n = 0; n < 64; n++) replies.add(reply(n, value));
  const kept = replies.take();
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(16);
  expect(kept.at(-1)?.idLow).toBe(63);
  replies.add(reply(64, value));
  expect(replies.take().map(({ idLow }) => idLow)).toEqual([64]);
});
