// What somebody had then and nobody has now: an explanation that would need it is not called exact.

import { expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { partitionOfPartnerEvent } from "../../src/engine/1_route.ts";
import { explainWell } from "../support/explaining.ts";
import { CLIENT, datum, on, programme, Story } from "../support/story.ts";

interface Happened {
  readonly personId: string | null;
  readonly eventId: string;
}

function isExact(story: Story, { personId, eventId }: Happened): boolean | null {
  const told = explainWell(story, personId ?? "", eventId);
  return told.kind === "explained" ? told.explanation.isExact : null;
}

test("a key that somebody had who was erased since leaves doubt about those who said it was theirs", () => {
  const story = new Story(programme([on("visited")]), 1);
  const zoe = story.happens("visited", { email: "zoe@x.com", partner_user_id: "account-7" });
  story.passes(60_000);
  const first = story.happens("visited", { email: "bob@x.com" });
  const plain = story.happens("visited", { email: "bob@x.com" });
  const claiming = story.happens("visited", { email: "bob@x.com", partner_user_id: "account-7" });
  const areExact = (...those: readonly Happened[]): (boolean | null)[] =>
    those.map((happened) => isExact(story, happened));
  expect(areExact(first, plain)).toEqual([true, true]);
  story.passes(60_000);
  story.commands({ kind: "erase_person", client: CLIENT, personId: zoe.personId ?? "" });
  expect(areExact(first, plain, claiming)).toEqual([true, true, false]);
});

test("also where somebody new has the key by now", () => {
  const story = new Story(programme([on("visited")]), 1);
  const zoe = story.happens("visited", { email: "zoe@x.com", partner_user_id: "account-7" });
  const claiming = story.happens("visited", { email: "bob@x.com", partner_user_id: "account-7" });
  story.passes(60_000);
  story.commands({ kind: "erase_person", client: CLIENT, personId: zoe.personId ?? "" });
  story.passes(60_000);
  const newcomer = story.happens("visited", { email: "new@x.com", partner_user_id: "account-7" });
  expect([claiming, newcomer].map((happened) => isExact(story, happened))).toEqual([false, true]);
});

test("an order number that another order held for a moment leaves doubt about who was refused it", () => {
  const order = on("ordered", {
    data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY"), datum("receipt_id", "UNIQUE_PARTNER_EVENT_KEY")],
  });
  const story = new Story(programme([order]), 2);
  const living = (
    partition: number,
    text: (n: number) => string,
    partitionOfText: (text: string) => number,
  ): string => {
    for (let n = 0; ; n++) if (partitionOfText(text(n)) === partition) return text(n);
  };
  const idIn = (partition: number, name: string): string =>
    living(
      partition,
      (n) => `${name}-${n}`,
      (value) => partitionOfPartnerEvent(CLIENT, name, value, 2),
    );
  const personIn = (partition: number, name: string): string =>
    living(
      partition,
      (n) => `${name}${n}@x.com`,
      (email) => partitionOf(CLIENT, `email/${email}`, 2),
    );
  const [ann, bob, carl] = [personIn(0, "ann"), personIn(0, "bob"), personIn(1, "carl")];
  const [order_id, receipt_id] = [idIn(0, "order_id"), idIn(1, "receipt_id")];
  story.happens("ordered", { email: carl, receipt_id });
  story.passes(60_000);
  // Ann's holds the order's number until it hears that the receipt's is taken.
  story.arrives("ordered", { email: ann, order_id, receipt_id });
  const eventId = story.arrives("ordered", { email: bob, order_id });
  story.settle();
  const isDuplicate = [ann, bob].map((email) => story.who(email).steps.map((step) => step.isDuplicate));
  expect(isDuplicate).toEqual([[true], [true]]);
  const refused = { personId: story.who(bob).id, eventId };
  expect(isExact(story, refused)).toBe(false);
  story.passes(60_000);
  story.happens("ordered", { email: carl, order_id });
  expect(isExact(story, refused)).toBe(false);
});
