// Replies go to the front whose request they answer, in messages that are not too large.

import { expect, test } from "vitest";
import { FRONT_ORIGIN_FIRST } from "../../src/base/ids.ts";
import type { Reply } from "../../src/model/effect.ts";
import { deliverReplies, REPLIES_BYTES_MAX } from "../../src/runtime/cluster/reply_delivery.ts";
import { decodeReplies } from "../../src/runtime/cluster/wire.ts";

const HERE = 4;
const SEQUENCE_BITS = 12;

const replyTo = (front: number, idHigh: number, value: unknown = null): Reply => ({
  partition: 0,
  idHigh,
  idLow: ((FRONT_ORIGIN_FIRST + front) << SEQUENCE_BITS) >>> 0,
  personId: "1",
  errorCode: null,
  value,
});

interface Sent {
  readonly front: number;
  readonly bytes: number;
  readonly ids: readonly number[];
}

function deliver(replies: readonly Reply[]): { readonly here: number[]; readonly sent: Sent[] } {
  const here: number[] = [];
  const sent: Sent[] = [];
  const link = {
    frontNumber: HERE,
    sendReplies: (front: number, bytes: Uint8Array): void => {
      sent.push({ front, bytes: bytes.length, ids: decodeReplies(bytes).map(({ idHigh }) => idHigh) });
    },
  };
  deliverReplies({ link, fronts: { answer: ({ ids }) => here.push(...ids.filter((_, i) => i % 2 === 0)) } }, replies);
  return { here, sent };
}

test("each front gets its own, in order, one message a node", () => {
  const { here, sent } = deliver([replyTo(HERE, 1), replyTo(0, 2), replyTo(510, 3), replyTo(HERE, 4), replyTo(0, 5)]);
  expect(here).toEqual([1, 4]);
  expect(sent.map(({ front, ids }) => [front, ids])).toEqual([
    [0, [2, 5]],
    [510, [3]],
  ]);
});

test("what is too large for one message goes in several, in order; a single one goes as it is", () => {
  const large = { body: "x".repeat(REPLIES_BYTES_MAX / 3) };
  const ids = [1, 2, 3, 4, 5];
  const { sent } = deliver(ids.map((id) => replyTo(0, id, large)));
  expect(sent.flatMap((each) => each.ids)).toEqual(ids);
  expect(sent.length).toBeGreaterThan(1);
  for (const { bytes } of sent) expect(bytes).toBeLessThanOrEqual(REPLIES_BYTES_MAX);
  const whole = deliver([replyTo(0, 1, { body: "x".repeat(REPLIES_BYTES_MAX) })]);
  expect(whole.sent.map((each) => each.ids)).toEqual([[1]]);
});
