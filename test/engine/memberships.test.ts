// Memberships: who is in which audience, and what follows from joining and leaving.

import { describe, expect, test } from "vitest";
import {
  action,
  datum,
  dataOf,
  earn,
  on,
  onStep,
  priorSteps,
  programme,
  rewardsOf,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const join = (audience_id: string): ReturnType<typeof action> => action("CREATE_MEMBERSHIP", { audience_id });
const leave = (audience_id: string): ReturnType<typeof action> => action("REMOVE_MEMBERSHIP", { audience_id });
const isGold = trigger("AUDIENCE_MEMBERSHIP", {
  trigger_phase: "QUALIFYING",
  having_any_audience_id: ["gold", "black"],
});
const club = programme(
  [
    on("joined", { actions: [join("gold")] }),
    on("joined_vip", { actions: [join("vip")] }),
    on("left", { actions: [leave("gold")] }),
    on("bought", { triggers: [isGold], actions: [earn("BONUS")] }),
  ],
  { audiences: ["gold", "vip", "black"].map((id) => ({ id, name: id })), suppliers: [supplier("BONUS")] },
);

function audiences(story: Story, email = "ann@x.com"): string[] {
  return story.who(email).memberships.map((own) => own.audienceId);
}

describe("joining", () => {
  test("makes a member, dated by the event's arrival", () => {
    const story = new Story(club);
    story.happens("joined", ANN);
    expect(story.who("ann@x.com").memberships).toEqual([
      { audienceId: "gold", createdMs: story.nowMs, updatedMs: story.nowMs },
    ]);
  });

  test("twice changes nothing", () => {
    const story = new Story(club);
    story.happens("joined", ANN);
    const once = structuredClone(story.who("ann@x.com").memberships);
    story.nowMs += 60_000;
    story.happens("joined", ANN);
    expect(story.who("ann@x.com").memberships).toEqual(once);
  });

  test("concerns this person and this audience only", () => {
    const story = new Story(club);
    story.happens("joined", ANN);
    story.happens("joined_vip", ANN);
    story.happens("visited", { email: "bob@x.com" });
    expect(audiences(story)).toEqual(["gold", "vip"]);
    expect(audiences(story, "bob@x.com")).toEqual([]);
  });
});

describe("leaving", () => {
  test("ends the membership, and no other", () => {
    const story = new Story(club);
    for (const name of ["joined", "joined_vip", "left"]) story.happens(name, ANN);
    expect(audiences(story)).toEqual(["vip"]);
  });

  test("without being in changes nothing; the step counts", () => {
    const story = new Story(club);
    story.happens("left", ANN);
    expect(audiences(story)).toEqual([]);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["left NONE"]);
  });

  test("and joining again is a new membership", () => {
    const story = new Story(club);
    story.happens("joined", ANN);
    story.happens("left", ANN);
    story.happens("joined", ANN);
    expect(story.who("ann@x.com").memberships).toMatchObject([{ audienceId: "gold", createdMs: story.nowMs }]);
  });
});

describe("rules", () => {
  test("take members only, where the campaign says so", () => {
    const story = new Story(club);
    for (const name of ["bought", "joined_vip", "bought", "joined", "bought", "left", "bought"])
      story.happens(name, ANN);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["BONUS EARNED 25"]);
  });

  test("see the membership that the event itself makes only afterwards", () => {
    const story = new Story(
      programme(
        [on("joined", { actions: [join("gold")] }), on("joined", { id: "2", name: "welcomed", triggers: [isGold] })],
        {
          audiences: ["gold", "black"].map((id) => ({ id, name: id })),
        },
      ),
    );
    story.happens("joined", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["joined NONE"]);
    story.happens("joined", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["joined NONE", "joined NONE", "welcomed NONE"]);
  });

  test("a follow-up of the step that joins already sees it", () => {
    const story = new Story(
      programme([on("joined", { actions: [join("gold")] }), onStep("welcomed", "joined", { triggers: [isGold] })], {
        audiences: ["gold", "black"].map((id) => ({ id, name: id })),
      }),
    );
    story.happens("joined", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["joined NONE", "welcomed NONE"]);
  });

  test("a tier is reached by the purchase that completes the sum, not before and not twice", () => {
    const tier = onStep("tier", "bought", {
      triggers: [priorSteps("QUALIFYING", "bought", { sum_of_value_min: 500 })],
      actions: [join("gold")],
    });
    const story = new Story(
      programme([on("bought", { data: [datum("amount", "VALUE")] }), tier], {
        audiences: [{ id: "gold", name: "Gold" }],
      }),
    );
    const seen = ["120", "300", "79.99", "0.01", "50"].map((amount) => {
      story.happens("bought", { ...ANN, amount });
      return audiences(story);
    });
    expect(seen).toEqual([[], [], [], ["gold"], ["gold"]]);
  });
});

test("an action for members of any quality runs for a LOW step too", () => {
  const isNew = priorSteps("QUALITY", "bought", { count_max: 0 });
  const story = new Story(
    programme(
      [
        on("bought", {
          triggers: [isNew],
          data: [datum("n")],
          actions: [
            { ...join("new"), quality: "HIGH" },
            { ...join("returning"), quality: "LOW" },
          ],
        }),
      ],
      { audiences: ["new", "returning"].map((id) => ({ id, name: id })) },
    ),
  );
  story.happens("bought", { ...ANN, n: 1 });
  expect(audiences(story)).toEqual(["new"]);
  story.happens("bought", { ...ANN, n: 2 });
  expect(audiences(story)).toEqual(["new", "returning"]);
  expect(story.stepsOf(story.who("ann@x.com")).map((step) => dataOf(step)["n"])).toEqual([1, 2]);
});
