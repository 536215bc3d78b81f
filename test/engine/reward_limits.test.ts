// Rules that limit what a person earns by what she has earned.

import { describe, expect, test } from "vitest";
import {
  action,
  campaign,
  earn,
  on,
  onStep,
  programme,
  rewardsOf,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const firstReward = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";

describe("limits of rewards", () => {
  function limited(
    limit: { [name: string]: number | string | string[] },
    more: { [name: string]: string } = {},
  ): Story {
    const rule = trigger("HAS_PRIOR_REWARD", { trigger_phase: "QUALIFYING", ...limit });
    const other = campaign([onStep("paid", "bought", { triggers: [rule], actions: [earn("CREDIT")] })], {
      campaign_id: "7078000000000000002",
      ...more,
    });
    return new Story(
      programme([], {
        campaigns: [
          campaign([on("bought"), on("canceled", { actions: [action("CANCEL_REWARD", { reward_id: firstReward })] })]),
          other,
        ],
        suppliers: [supplier("CREDIT")],
      }),
    );
  }

  test("a person earns at most as many as the rule allows; further steps count without reward", () => {
    const story = limited({ count_max: 1 });
    for (let n = 0; n < 4; n++) story.happens("bought", ANN);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT EARNED 25", "CREDIT EARNED 25"]);
    expect(story.who("ann@x.com").stepTotals["*/bought"]?.count).toBe(4);
  });

  test("each person has a limit of her own", () => {
    const story = limited({ count_max: 0 });
    for (const email of ["ann@x.com", "bob@x.com", "ann@x.com"]) story.happens("bought", { email });
    expect(story.who("ann@x.com").rewards).toHaveLength(1);
    expect(story.who("bob@x.com").rewards).toHaveLength(1);
  });

  test("a sum caps what is paid, exactly, however many purchases arrive at once", () => {
    const story = limited({ sum_of_face_value_max: 75 });
    for (let n = 0; n < 8; n++) story.arrives("bought", ANN);
    story.settle((ready) => ready.at(-1) ?? 0);
    expect(story.who("ann@x.com").rewards.reduce((sum, own) => sum + own.faceValue, 0)).toBe(100);
  });

  test("rewards that were canceled make room where the rule counts live ones only", () => {
    const story = limited({
      count_max: 0,
      filter_states: ["EARNED", "FULFILLED", "SENT", "REDEEMED"],
      filter_scope: "CLIENT",
    });
    story.happens("bought", ANN);
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").rewards).toHaveLength(1);
    story.happens("canceled", ANN);
    story.happens("bought", ANN);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT CANCELED 25", "CREDIT EARNED 25"]);
  });

  test("a limit of a period forgets what lies before it", () => {
    const story = limited({ count_max: 0, filter_max_age: "P1D" });
    story.happens("bought", ANN);
    story.nowMs += 86_400_000 - 1000;
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").rewards).toHaveLength(1);
    story.nowMs += 1000;
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").rewards).toHaveLength(2);
  });
});
