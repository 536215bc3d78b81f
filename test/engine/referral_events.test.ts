// A new relationship is an event for both of its sides.

import { expect, test } from "vitest";
import type { ControllerDocument } from "../../src/model/campaign.ts";
import { datum, emailsByPartition, on, programme, Story, trigger } from "../support/story.ts";

const named = (name: string, originator: string): ControllerDocument => ({
  type: "CONTROLLER",
  id: name,
  name,
  triggers: [trigger("REFERRED_BY_EVENT", { referral_originator: originator })],
  data: [datum("other_person_id"), datum("reason")],
});
const document = programme([on("bought"), named("brought a friend", "ADVOCATE"), named("was referred", "FRIEND")]);

test.each([1, 4])(
  "the friend is told that it was referred, the advocate whom it referred, once (%i partitions)",
  (partitions) => {
    const story = new Story(document, partitions);
    const [friend = "", advocate = ""] = emailsByPartition(partitions === 1 ? 2 : partitions);
    story.happens("visited", { email: advocate });
    story.happens("bought", { email: friend, advocate_email: advocate });
    story.happens("bought", { email: friend, advocate_email: advocate });
    expect(story.stepNames(story.who(friend))).toEqual(["bought NONE", "was referred NONE", "bought NONE"]);
    expect(story.stepNames(story.who(advocate))).toEqual(["brought a friend NONE"]);
    const [step] = story.stepsOf(story.who(advocate));
    expect(step?.data).toMatchObject([
      { name: "other_person_id", value: story.who(friend).id },
      { name: "reason", value: "ADVOCATE" },
    ]);
  },
);
