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

describe("programmes that a rule looks for by their labels", () => {
  const looksFor = (label: string | string[]): TriggerDocument =>
    priorSteps("QUALIFYING", "clicked", { count_min: 1, filter_scope: "CLIENT", filter_program_labels: label });

  test("are meant by any label that they have or had", () => {
    expect(boughtBy(looksFor(["invite"]), ["refer"])).toBe(true);
    expect(boughtBy(looksFor(["first", "other"]), ["first", "refer"])).toBe(true);
    expect(boughtBy(looksFor('javascript@runtime:["invite"]'), ["refer"])).toBe(true);
    expect(boughtBy(looksFor(["refer"]), [])).toBe(true);
    for (const label of ["invite", "toString"]) expect(boughtBy(looksFor([label]), [])).toBe(false);
    expect(boughtBy(looksFor(["other"]), ["refer"])).toBe(false);
  });

  test("also by rules of another programme, which are the same after the rename", () => {
    const rule = looksFor(["invite"]);
    const club = campaign([on("bought", { triggers: [rule] })], {
      campaign_id: "7078714483452798778",
      name: "Club",
      program_label: "club",
    });
    const renamed = { ...before, program_label: "invite", former_program_labels: ["refer"] };
    const story = new Story(programme([], { campaigns: [before, club] }));
    const buys = (): number => {
      story.happens("bought", { email: "frank@y.com" });
      return story.who("frank@y.com").steps.filter(({ name }) => name === "bought").length;
    };
    story.happens("clicked", { email: "frank@y.com" });
    expect(buys()).toBe(0);
    story.uses(programme([], { campaigns: [renamed, club] }));
    story.settle();
    expect(buys()).toBe(1);
  });
});
