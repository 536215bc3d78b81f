// Which events a campaign takes in each of its states, and when its dates move it from one to the next.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CampaignDocument, type CampaignState, campaignStates } from "../../src/model/campaign.ts";
import { compileProgram, stateAt, STOPPED_AFTER_END_MS } from "../../src/rules/mod.ts";
import {
  action,
  campaign,
  CAMPAIGN,
  earn,
  entry,
  fromEvent,
  on,
  onReward,
  onType,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const BOB = { email: "bob@x.com" };
const HOUR_MS = 3_600_000;

/** A programme whose campaign can be brought from state to state by its dates. */
function dated(
  dates: { [date: string]: number },
  steps: CampaignDocument["steps"],
  state: CampaignState = "LIVE",
): Story {
  const texts: { [date: string]: string } = {};
  for (const [name, ms] of Object.entries(dates)) texts[name] = new Date(ms).toISOString();
  return new Story(
    programme([], {
      campaigns: [campaign(steps, { state, ...texts })],
      suppliers: [supplier("CREDIT")],
    }),
  );
}

const startMs = new Story(programme([])).nowMs;
const inOneHour = startMs + HOUR_MS;
const firstReward = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";

const shop = [
  entry("FRIEND", "visited"),
  on("visited"),
  on("bought", {
    actions: [earn("CREDIT"), action("SCHEDULE", { schedule_name: "pending over", delays: ["PT2H"] })],
  }),
  on("paid_out", { actions: [action("FULFILL_REWARD", { reward_id: firstReward })] }),
  onType("SCHEDULED", "pending over", { name: "confirmed" }),
  onReward("reward_paid", ["FULFILLED"]),
];

function names(story: Story, email: string): string[] {
  return story.stepsOf(story.who(email)).map((step) => step.name);
}

describe("PAUSED", () => {
  const story = (): Story => dated({ pause_date: inOneHour }, shop);

  test("whoever is in goes on: steps, rewards and new journeys", () => {
    const shopping = story();
    shopping.happens("visited", ANN);
    shopping.passes(HOUR_MS);
    shopping.happens("bought", ANN);
    expect(names(shopping, "ann@x.com")).toEqual(["visited", "bought"]);
    expect(rewardsOf(shopping.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
  });

  test("nobody else comes in", () => {
    const shopping = story();
    shopping.passes(HOUR_MS);
    for (const name of ["visited", "bought"]) shopping.happens(name, BOB);
    expect(shopping.who("bob@x.com")).toMatchObject({ steps: [], journeys: [], rewards: [] });
  });

  test("an event of before the pause that is told afterwards is taken", () => {
    const shopping = story();
    shopping.passes(HOUR_MS);
    shopping.happens("visited", BOB, new Date(inOneHour - 1).toISOString());
    expect(names(shopping, "bob@x.com")).toEqual(["visited"]);
  });

  test("a document in that state needs no date", () => {
    const shopping = dated({}, shop, "PAUSED");
    shopping.happens("visited", BOB);
    expect(shopping.who("bob@x.com").steps).toEqual([]);
  });

  test("a friend who was referred in the campaign is in", () => {
    const code = { name: "advocate_code", value: fromEvent("advocate_code"), key_type: "PARTNER_PROFILE_KEY" as const };
    const shopping = dated({ pause_date: inOneHour }, [on("joined", { data: [code] }), on("clicked"), on("bought")]);
    shopping.happens("joined", { ...ANN, advocate_code: "ANN" });
    shopping.happens("clicked", { ...BOB, advocate_code: "ANN" });
    shopping.passes(HOUR_MS);
    shopping.happens("bought", BOB);
    expect(names(shopping, "bob@x.com")).toEqual(["clicked", "bought"]);
  });
});

describe("ENDED", () => {
  const story = (): Story => {
    const shopping = dated({ end_date: inOneHour }, shop);
    shopping.happens("visited", ANN);
    shopping.happens("bought", ANN);
    shopping.passes(HOUR_MS);
    return shopping;
  };

  test("what is pending completes: timers that run, and the rewards' own events", () => {
    const shopping = story();
    shopping.passes(HOUR_MS + 1);
    shopping.happens("paid_out", ANN);
    expect(names(shopping, "ann@x.com")).toEqual(["visited", "bought", "confirmed", "paid_out", "reward_paid"]);
    expect(rewardsOf(shopping.who("ann@x.com"))).toEqual(["CREDIT FULFILLED 25"]);
  });

  test("nothing new begins, not even for those who are in", () => {
    const shopping = story();
    for (const name of ["visited", "bought"]) shopping.happens(name, ANN);
    shopping.happens("bought", BOB);
    expect(names(shopping, "ann@x.com")).toEqual(["visited", "bought"]);
    expect(shopping.who("bob@x.com").steps).toEqual([]);
  });

  test("three months later it is stopped, and takes nothing", () => {
    const shopping = story();
    shopping.nowMs = inOneHour + STOPPED_AFTER_END_MS - 2;
    shopping.happens("paid_out", ANN);
    expect(names(shopping, "ann@x.com")).toEqual(["visited", "bought", "paid_out", "reward_paid"]);
    shopping.happens("paid_out", ANN);
    expect(names(shopping, "ann@x.com")).toHaveLength(4);
  });

  test("telling an event as of before the end does not bring a stopped campaign back", () => {
    const shopping = story();
    shopping.nowMs = inOneHour + STOPPED_AFTER_END_MS;
    shopping.happens("visited", BOB, new Date(inOneHour - 1).toISOString());
    expect(shopping.who("bob@x.com").steps).toEqual([]);
  });
});

describe("dates", () => {
  test("a campaign that is not launched is, from its start date on", () => {
    const shopping = dated({ start_date: inOneHour }, shop, "NOT_LAUNCHED");
    shopping.happens("visited", ANN);
    expect(shopping.who("ann@x.com").steps).toEqual([]);
    shopping.passes(HOUR_MS);
    shopping.happens("visited", ANN);
    expect(names(shopping, "ann@x.com")).toEqual(["visited"]);
  });

  test("after its stop date it takes nothing, not even its own timers", () => {
    const shopping = dated({ stop_date: inOneHour }, shop);
    shopping.happens("bought", ANN);
    shopping.passes(3 * HOUR_MS);
    shopping.happens("paid_out", ANN);
    expect(names(shopping, "ann@x.com")).toEqual(["bought"]);
    expect(rewardsOf(shopping.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
  });

  test("as time passes, a campaign never goes back, whatever its dates", () => {
    const order: readonly CampaignState[] = ["NOT_LAUNCHED", "LIVE", "PAUSED", "ENDED", "STOPPED", "ARCHIVED"];
    const date = fc.option(fc.integer({ min: 0, max: 50 }));
    fc.assert(
      fc.property(fc.constantFrom(...campaignStates), date, date, date, date, (state, start, pause, end, stop) => {
        const text = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
        const document = campaign([], {
          state,
          start_date: text(start),
          pause_date: text(pause),
          end_date: text(end),
          stop_date: text(stop),
        });
        const compiled = compileProgram(programme([], { campaigns: [document] }));
        const own = compiled.ok ? compiled.value.campaigns[0] : undefined;
        if (own === undefined) throw new Error("the campaign does not compile");
        const ranks = Array.from({ length: 60 }, (_, ms) => order.indexOf(stateAt(own, ms, ms)));
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
        const isWaiting = start !== null && (state === "LIVE" || state === "PAUSED" || state === "ENDED");
        if (!isWaiting) expect(ranks[0]).toBeGreaterThanOrEqual(order.indexOf(state));
      }),
    );
  });
});

describe("enabled_on_states", () => {
  test("a controller takes events in the listed states only", () => {
    const listed = dated({ pause_date: inOneHour }, [
      on("visited", { name: "while_live", enabled_on_states: ["LIVE"] }),
      on("visited", { id: "2", name: "while_paused", enabled_on_states: ["PAUSED"] }),
    ]);
    listed.happens("visited", ANN);
    listed.passes(HOUR_MS);
    listed.happens("visited", ANN);
    expect(names(listed, "ann@x.com")).toEqual(["while_live", "while_paused"]);
  });

  test("a list does not open what the campaign's state closes", () => {
    for (const state of ["NOT_LAUNCHED", "ENDED", "STOPPED", "ARCHIVED"] as const) {
      const listed = dated({}, [on("visited", { enabled_on_states: [...campaignStates] })], state);
      listed.happens("visited", ANN);
      expect(listed.who("ann@x.com").stepTotals[`${CAMPAIGN}/visited`], state).toBeUndefined();
    }
  });
});
