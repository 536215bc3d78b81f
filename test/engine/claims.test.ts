// Claims of an event that carries several unique business ids: all or nothing.

import { describe, expect, test } from "vitest";
import { campaign, datum, emailsByPartition, on, PARTITIONS, programme, Story } from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const BOB = { email: "bob@x.com" };

describe("two business ids in one controller", () => {
  const ids = [datum("payment_id", "UNIQUE_PARTNER_EVENT_KEY"), datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")];
  const counting = programme([on("bought", { data: ids })]);

  test.each([
    ["order_id", "payment_id"],
    ["payment_id", "order_id"],
  ])("a repetition by %s does not use up its %s", (repeated, other) => {
    const story = new Story(counting);
    story.happens("bought", { ...ANN, [repeated]: "1" });
    story.happens("bought", { ...ANN, [repeated]: "1", [other]: "2" });
    story.happens("bought", { ...BOB, [other]: "2" });
    expect(story.who("ann@x.com").steps.map((step) => step.isDuplicate)).toEqual([false, true]);
    expect(story.who("bob@x.com").steps.map((step) => step.isDuplicate)).toEqual([false]);
  });

  test("a repetition leaves no trace by which a person would be found", () => {
    const story = new Story(counting);
    story.happens("bought", { ...ANN, payment_id: "1" });
    story.happens("bought", { ...BOB, payment_id: "1", order_id: "2" });
    expect(story.happens("bought", { order_id: "2" }).personId).not.toBe(story.who("bob@x.com").id);
  });

  test("an id that the event took for another controller of the name stays taken", () => {
    const other = campaign([on("bought", { data: ids.slice(1) })], { campaign_id: "7078000000000000002" });
    const story = new Story(programme([], { campaigns: [campaign([on("bought", { data: ids })]), other] }));
    story.happens("bought", { ...ANN, payment_id: "1" });
    story.happens("bought", { ...ANN, payment_id: "1", order_id: "2" });
    story.happens("bought", { ...ANN, order_id: "2" });
    expect(story.who("ann@x.com").steps.map((step) => step.isDuplicate)).toEqual([
      false,
      false,
      true,
      false,
      true,
      true,
    ]);
  });

  test("an id that a rule cut within a character is one like any other", () => {
    const cut = 'javascript@runtime:context.getCauseEvent().getData()["name"].substring(0, 1)';
    const id = datum("payment_id", "UNIQUE_PARTNER_EVENT_KEY", { value: cut });
    const story = new Story(programme([on("bought", { data: [id] })]));
    for (const email of emailsByPartition())
      expect(story.happens("bought", { email, name: "😀" }).errorCode).toBeNull();
    const steps = emailsByPartition().map((email) => story.who(email).steps[0]);
    expect(steps.map((step) => step?.isDuplicate)).toEqual([false, true, true, true]);
  });

  test("of two events that want the same ids at once, one gets both", () => {
    for (let first = 0; first < PARTITIONS; first++) {
      const story = new Story(counting);
      const people = emailsByPartition();
      for (const email of people) story.arrives("bought", { email, payment_id: "1", order_id: "2" });
      story.settle((ready) => (ready.includes(first) ? first : (ready.at(-1) ?? 0)));
      const counted = people.filter((email) => story.who(email).steps[0]?.isDuplicate === false);
      expect(counted).toHaveLength(1);
    }
  });
});
