// Messages between partitions: each is applied once, however often it arrives.

import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage, type Message, messageIdentity } from "../../src/engine/message.ts";
import { type LogRecord, recordKinds } from "../../src/model/record.ts";
import { plainMove } from "../../src/model/reward.ts";
import {
  action,
  coupons,
  datum,
  earn,
  emailsByPartition,
  on,
  onType,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const moved: Message = {
  kind: "move_reward",
  client: "acme",
  rewardId: "0".repeat(24),
  to: "SENT",
  move: plainMove(null),
};

describe("the payload", () => {
  test.each([
    { source: 0, sequence: 1, n: 0 },
    { source: 511, sequence: 2 ** 40 + 1, n: 65_536 },
  ])("gives back identity and message: %j", (identity) => {
    const payload = encodeMessage(identity, moved);
    expect(messageIdentity(payload)).toEqual(identity);
    expect(decodeMessage(payload)).toEqual({ identity, message: moved });
  });

  test("depends on the message alone, not on what was encoded before it", () => {
    const identity = { source: 1, sequence: 2, n: 3 };
    const first = Buffer.from(encodeMessage(identity, moved));
    encodeMessage(identity, { kind: "take_key", client: "acme", keyType: "card", value: "1", personId: "2" });
    expect(Buffer.from(encodeMessage(identity, moved)).equals(first)).toBe(true);
  });

  test("that is too short for a message is a bug, and said so", () => {
    expect(() => messageIdentity(new Uint8Array(16))).toThrow("message payload is not a message");
  });
});

describe("between partitions", () => {
  const refer = programme(
    [
      on("bought", {
        data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")],
        actions: [
          earn("FRIEND"),
          action("FIRE_AS_PERSON", {
            event_name: "friend_bought",
            as_person_identification: { person_identification_type: "EMAIL", value: "april@x.com" },
          }),
        ],
      }),
      onType("INTERNAL", "friend_bought", { actions: [earn("ADVOCATE")] }),
    ],
    { suppliers: [coupons("FRIEND", ["C-0", "C-1", "C-2"]), supplier("ADVOCATE")] },
  );

  function purchases(story: Story): void {
    for (const [n, email] of emailsByPartition().entries()) story.happens("bought", { email, order_id: `A-${n}` });
  }

  function outcome(story: Story): unknown {
    return [...emailsByPartition(), "april@x.com"].map((email) => {
      const person = story.who(email);
      return [story.stepNames(person), rewardsOf(person), person.version];
    });
  }

  test("senders number what one record sends, from 0, and receivers get it in order", () => {
    const story = new Story(refer);
    purchases(story);
    const sent = new Map<string, number[]>();
    for (const log of story.logs) {
      const newest = new Map<number, [number, number]>();
      for (const { payload } of log.filter((record) => record.kind === recordKinds.message)) {
        const { source, sequence, n } = messageIdentity(payload);
        const [sequenceBefore, nBefore] = newest.get(source) ?? [0, 0];
        expect(sequence > sequenceBefore || (sequence === sequenceBefore && n > nBefore)).toBe(true);
        newest.set(source, [sequence, n]);
        sent.set(`${source}/${sequence}`, [...(sent.get(`${source}/${sequence}`) ?? []), n]);
      }
    }
    expect(sent.size).toBeGreaterThan(emailsByPartition().length);
    for (const numbers of sent.values()) expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, n) => n));
    expect(Math.max(...[...sent.values()].map((numbers) => numbers.length))).toBeGreaterThan(1);
  });

  test("E2 a message that arrives a second time, at any later moment, changes nothing", () => {
    const story = new Story(refer);
    purchases(story);
    const before = structuredClone(outcome(story));
    const lengths = story.logs.map((log) => log.length);
    const again: [number, LogRecord][] = story.logs.flatMap((log, partition) =>
      log
        .filter((record) => record.kind === recordKinds.message)
        .map((record): [number, LogRecord] => [partition, record]),
    );
    for (const [partition, record] of again) story.append(partition, { ...record, timeMs: story.nowMs });
    story.settle();
    expect(outcome(story)).toEqual(before);
    // Nothing but the repetitions was appended: they sent nothing.
    expect(story.logs.flat()).toHaveLength(lengths.reduce((sum, length) => sum + length) + again.length);
  });

  test("E1 the same log gives the same people, bit for bit", () => {
    const [one, other] = [new Story(refer), new Story(refer)];
    purchases(one);
    purchases(other);
    const people = (story: Story): unknown => emailsByPartition().map((email) => story.who(email));
    expect(people(one)).toEqual(people(other));
    expect(one.logs.map((log) => log.map(({ payload }) => Buffer.from(payload).toString("hex")))).toEqual(
      other.logs.map((log) => log.map(({ payload }) => Buffer.from(payload).toString("hex"))),
    );
  });
});
