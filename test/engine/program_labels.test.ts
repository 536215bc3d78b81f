// A programme that was renamed: what persons did under its former label is of the programme still.

import { describe, expect, test } from "vitest";
import type { TriggerDocument } from "../../src/model/campaign.ts";
import { campaign, condition, datum, on, priorSteps, programme, Story, trigger } from "../support/story.ts";

const before = campaign([on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }), on("clicked")], {
  program_label: "refer",
});

/** Who clicked under the former label buys under the present one. */
function boughtBy(rule: TriggerDocument, formerLabels: string[], data: { labels?: string } = {}): boolean {
  const after = campaign([on("bought", { triggers: [rule] })], {
    campaign_id: "7078714483452798777",
    name: "Invite",
    program_label: "invite",
    ...(formerLabels.length === 0 ? {} : { former_program_labels: formerLabels }),
  });
  const story = new Story(programme([], { campaigns: [before, after] }));
  story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
  story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
  story.happens("bought", { email: "frank@y.com", ...data });
  return story.who("frank@y.com").steps.some(({ name }) => name === "bought");
}

describe.each([
  ["referrals", condition("QUALIFYING", 'context.getOtherPerson().getEmail() === "april@x.com"'), {}],
  [
    "the referral that rules look at",
    condition("QUALIFYING", "context.getTargetingContext().getReferral() !== null"),
    {},
  ],
  ["steps that are counted", priorSteps("QUALIFYING", "clicked", { count_min: 1, filter_scope: "PROGRAM" }), {}],
  ["events that name it", trigger("LEGACY_LABEL_TARGETING", { trigger_phase: "MATCHING" }), { labels: "refer" }],
])("%s", (_what, rule, data) => {
  test("of a former label are the programme's", () => {
    expect(boughtBy(rule, ["refer"], data)).toBe(true);
  });

  test("of another label are not", () => {
    expect(boughtBy(rule, [], data)).toBe(false);
  });
});
