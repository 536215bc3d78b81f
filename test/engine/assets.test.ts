// Files of a person when it becomes another: whoever was told who it is finds them there.

import { expect, test } from "vitest";
import { idTextOfHalves, originOf } from "../../src/base/ids.ts";
import { CLIENT, on, PARTITIONS, programme, Story } from "../support/story.ts";

const file = {
  asset: {
    name: "card",
    filename: "card.pdf",
    mimeType: "application/pdf",
    dataType: "PRIVATE",
    tags: [],
    bytes: 4,
  },
  content: { base64: "JVBERg==" },
} as const;

function device(story: Story): string {
  return story.happens("seen").personId ?? "";
}

/** Applies, last partition first, until the event is answered; returns whose it was. */
function untilAnswered(story: Story, eventId: string): string {
  for (;;) {
    const partition = story.contexts.findLastIndex((_, at) => story.hasNext(at));
    story.step(partition);
    for (const { effects } of story.contexts) {
      const reply = effects.replies.find(({ idHigh, idLow }) => idTextOfHalves(idHigh, idLow) === eventId);
      if (reply !== undefined) return reply.personId ?? "";
    }
  }
}

function assetsOf(story: Story, personId: string): unknown {
  return story.query(originOf(personId) ?? 0, { kind: "assets", client: CLIENT, personId });
}

test.each([1, PARTITIONS])(
  "a device's files are there when the event that names it is answered (%i partitions)",
  (n) => {
    const story = new Story(programme([on("seen"), on("identified")]), n);
    // Enough devices that some live in the partition of the e-mail, and some do not.
    for (let i = 0; i < 4 * n; i++) {
      const from = device(story);
      const { value } = story.commands({ kind: "add_asset", client: CLIENT, personId: from, ...file });
      const answered = story.arrives("identified", { person_id: from, email: `ann${i}@x.com` });
      const to = untilAnswered(story, answered);
      expect(assetsOf(story, to)).toEqual({ kind: "assets", assets: [value] });
      story.settle();
      expect(assetsOf(story, to)).toEqual({ kind: "assets", assets: [value] });
      expect(assetsOf(story, from)).toEqual({ kind: "assets", assets: [] });
    }
  },
);

test.each([1, PARTITIONS])("files go on with whoever is forwarded twice (%i partitions)", (n) => {
  const story = new Story(programme([on("seen")]), n);
  const [first = "", second = "", third = ""] = ["ann", "bob", "carl"].map(
    (name) => story.happens("seen", { email: `${name}@x.com` }).personId ?? "",
  );
  const { value } = story.commands({ kind: "add_asset", client: CLIENT, personId: first, ...file });
  expect(story.forward(story.entry(first), story.entry(second))).toBeNull();
  expect(story.forward(story.entry(second), story.entry(third))).toBeNull();
  expect(assetsOf(story, third)).toEqual({ kind: "assets", assets: [value] });
});
