// Events that somebody polls for, by an id of their own, when whoever sent them turns out to be somebody with a name.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { CLIENT, emailsByPartition, on, PARTITIONS, programme, Story } from "../support/story.ts";

const shop = programme([on("visited"), on("named")]);
const HOUR_MS = 3_600_000;

function polled(story: Story, personId: string, pollingId: string): string | null {
  const answer = story.query(originOf(personId) ?? 0, { kind: "polled_event", client: CLIENT, personId, pollingId });
  if (answer.kind !== "polled_event") throw new Error(answer.kind);
  return answer.eventId;
}

test.each([1, PARTITIONS])("what a device sent is found with whose device it was (%i partitions)", (partitions) => {
  const story = new Story(shop, partitions);
  for (const email of emailsByPartition()) {
    const { eventId, personId: person_id } = story.happens("visited", { polling_id: "poll" });
    story.happens("named", { person_id, email });
    expect(polled(story, story.who(email).id, "poll")).toBe(eventId);
  }
});

test("what somebody sent is found with whom an operator forwards to, and that one's own, if it is newer, goes before", () => {
  const story = new Story(shop);
  const [ann = "", bob = ""] = emailsByPartition();
  const older = story.happens("visited", { email: ann, polling_id: "older" });
  story.happens("visited", { email: ann, polling_id: "both" });
  const newer = story.happens("visited", { email: bob, polling_id: "both" });
  story.forward(story.who(ann), story.who(bob));
  expect(polled(story, story.who(bob).id, "older")).toBe(older.eventId);
  expect(polled(story, story.who(bob).id, "both")).toBe(newer.eventId);
});

test("it is found for a day in all, and not for a day more", () => {
  const story = new Story(shop);
  const { eventId, personId: person_id } = story.happens("visited", { polling_id: "poll" });
  story.passes(23 * HOUR_MS);
  story.happens("named", { person_id, email: "ann@x.com" });
  const { id } = story.who("ann@x.com");
  expect(polled(story, id, "poll")).toBe(eventId);
  story.passes(2 * HOUR_MS);
  for (let n = 0; n < 3; n++) story.happens("visited", { email: "ann@x.com", polling_id: `p${n}` });
  expect(polled(story, id, "poll")).toBeNull();
});
