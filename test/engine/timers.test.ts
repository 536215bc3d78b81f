// Timers: what a campaign schedules happens when a tick says that it is time.

import { describe, expect, test } from "vitest";
import { nextDueMs } from "../../src/engine/mod.ts";
import { EVENT_CHAIN_MAX } from "../../src/engine/limits.ts";
import type { JsonObject } from "../../src/model/json.ts";
import {
  action,
  condition,
  datum,
  dataOf,
  earn,
  emailsByPartition,
  fromEvent,
  on,
  onStep,
  onType,
  priorSteps,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function schedule(name: string, parameters: JsonObject): ReturnType<typeof action> {
  return action("SCHEDULE", { schedule_name: name, ...parameters });
}

function reminds(parameters: JsonObject): Story {
  return new Story(
    programme([
      on("visited", { actions: [schedule("reminder", parameters)] }),
      onType("SCHEDULED", "reminder", { name: "reminded", data: [datum("n"), datum("page")] }),
    ]),
  );
}

function timesReminded(story: Story): number {
  return story.who("ann@x.com").stepTotals["*/reminded"]?.count ?? 0;
}

function dueTimes(story: Story): number[] {
  return story.contexts.flatMap(({ state }) => nextDueMs(state) ?? []);
}

describe("a delay", () => {
  test("is over at its due time, not a millisecond before, and once", () => {
    const story = reminds({ delays: ["P1D"] });
    story.happens("visited", ANN);
    expect(dueTimes(story)).toEqual([story.nowMs + DAY_MS]);
    story.passes(DAY_MS - 1);
    expect(timesReminded(story)).toBe(0);
    story.passes(1);
    expect(timesReminded(story)).toBe(1);
    expect(dueTimes(story)).toEqual([]);
    story.passes(DAY_MS);
    expect(timesReminded(story)).toBe(1);
  });

  test("that a late tick finds over fires then, dated by the tick", () => {
    const story = reminds({ delays: ["P1D"] });
    story.happens("visited", ANN);
    story.passes(10 * DAY_MS);
    expect(story.who("ann@x.com").steps.at(-1)).toMatchObject({
      name: "reminded",
      eventMs: story.nowMs,
      createdMs: story.nowMs,
    });
  });

  test("counts from the arrival of the event, not from the time that the event tells", () => {
    const story = reminds({ delays: ["P1D"] });
    story.happens("visited", ANN, "2020-01-01T00:00:00Z");
    expect(dueTimes(story)).toEqual([story.nowMs + DAY_MS]);
  });

  test("several are as many events", () => {
    const story = reminds({ delays: ["PT1H", "P1D", "P3D"] });
    story.happens("visited", ANN);
    const counts = [HOUR_MS, DAY_MS, DAY_MS, DAY_MS].map((ms) => {
      story.passes(ms);
      return timesReminded(story);
    });
    expect(counts).toEqual([1, 2, 2, 3]);
  });

  test("a purchase that is made twice is scheduled twice", () => {
    const story = reminds({ delays: ["P1D"] });
    story.happens("visited", ANN);
    story.passes(HOUR_MS);
    story.happens("visited", ANN);
    story.passes(DAY_MS - HOUR_MS);
    expect(timesReminded(story)).toBe(1);
    story.passes(HOUR_MS);
    expect(timesReminded(story)).toBe(2);
  });
});

describe("a date", () => {
  test("is due at that moment", () => {
    const story = reminds({ dates: ["2026-05-04T12:00:00Z"] });
    story.happens("visited", ANN);
    expect(dueTimes(story)).toEqual([Date.UTC(2026, 4, 4, 12)]);
    story.passes(Date.UTC(2026, 4, 4, 12) - story.nowMs);
    expect(timesReminded(story)).toBe(1);
  });

  test("in the past is over, and the reason is kept", () => {
    const story = reminds({ dates: ["2020-01-01T00:00:00Z", "2026-05-04T12:00:00Z"] });
    story.happens("visited", ANN);
    expect(dueTimes(story)).toEqual([Date.UTC(2026, 4, 4, 12)]);
    expect(story.refusals()).toEqual(["schedule_date_in_the_past"]);
  });

  test("in the past is due at the next tick, when the action forces it", () => {
    const story = reminds({ dates: ["2020-01-01T00:00:00Z"], force: true });
    story.happens("visited", ANN);
    expect(timesReminded(story)).toBe(0);
    story.passes(0);
    expect(timesReminded(story)).toBe(1);
  });
});

describe("times that a rule works out", () => {
  test.each([
    ["delays", "PT1H", [HOUR_MS]],
    ["delays", ["PT1H", "P1D"], [HOUR_MS, DAY_MS]],
  ])("%s %j are due then", (name, when, after) => {
    const story = reminds({ [name]: fromEvent("when") });
    story.happens("visited", { ...ANN, when });
    const due = story.contexts.flatMap(({ state }) =>
      state.list("timer", { prefix: "", after: null, limit: 10, isReverse: false }).map(({ key }) => key.slice(0, 15)),
    );
    expect(due.map(Number)).toEqual(after.map((ms) => story.nowMs + ms));
  });

  test("a date of the event's data is due at that moment", () => {
    const story = reminds({ dates: fromEvent("when") });
    story.happens("visited", { ...ANN, when: "2026-05-04T12:00:00Z" });
    expect(dueTimes(story)).toEqual([Date.UTC(2026, 4, 4, 12)]);
  });

  test.each([["soon"], [""], [7], [["P1D", "soon"]], [Array.from({ length: 101 }, () => "P1D")]])(
    "%j are no times: nothing is scheduled, and the reason is kept",
    (when) => {
      const story = reminds({ delays: fromEvent("when") });
      story.happens("visited", { ...ANN, when });
      expect(dueTimes(story)).toEqual([]);
      expect(story.refusals()).toEqual(["schedule_times_invalid"]);
    },
  );
});

describe("order", () => {
  test("what is due first fires first, even if one tick fires both", () => {
    const story = new Story(
      programme([
        on("visited", { actions: [schedule("late", { delays: ["P2D"] }), schedule("early", { delays: ["P1D"] })] }),
        onType("SCHEDULED", "late"),
        onType("SCHEDULED", "early"),
      ]),
    );
    story.happens("visited", ANN);
    story.passes(7 * DAY_MS);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE", "early NONE", "late NONE"]);
  });

  test("what is due at the same time fires in the order in which it was scheduled", () => {
    const story = new Story(
      programme([
        on("visited", { actions: ["c", "a", "b"].map((name) => schedule(`timer ${name}`, { delays: ["P1D"] })) }),
        ...["a", "b", "c"].map((name) => onType("SCHEDULED", `timer ${name}`, { name })),
      ]),
    );
    story.happens("visited", ANN);
    story.passes(DAY_MS);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE", "c NONE", "a NONE", "b NONE"]);
  });

  test("each person's timers fire in her own partition", () => {
    const story = reminds({ delays: ["P1D"] });
    const emails = emailsByPartition();
    for (const email of emails) story.happens("visited", { email });
    expect(dueTimes(story)).toHaveLength(emails.length);
    story.passes(DAY_MS);
    for (const email of emails) {
      expect(story.stepNames(story.who(email))).toEqual(["visited NONE", "reminded NONE"]);
    }
  });

  test.each([
    ["as many as it says", 32],
    ["a thousand, as all did that say nothing", null],
  ])("one tick fires %s; the rest stays due at once", (_how, timersMax) => {
    const fired = timersMax ?? 1_000;
    const each = 20;
    const delays = Array.from({ length: each }, (_, n) => `PT${n + 1}S`);
    const story = new Story(
      programme([
        on("visited", { actions: [schedule("reminder", { delays })] }),
        onType("SCHEDULED", "reminder", { name: "reminded" }),
      ]),
      1,
    );
    const visits = Math.ceil(fired / each) + 1;
    for (let n = 0; n < visits; n++) story.happens("visited", ANN);
    story.passes(HOUR_MS, timersMax);
    expect(timesReminded(story)).toBe(fired);
    expect(dueTimes(story)[0]).toBeLessThanOrEqual(story.nowMs);
    story.passes(0, timersMax);
    expect(timesReminded(story)).toBe(visits * each);
    expect(dueTimes(story)).toEqual([]);
  });
});

describe("the scheduled event", () => {
  test("carries the data that the action gave it when it was scheduled", () => {
    const story = reminds({
      delays: ["P1D"],
      data: { page: fromEvent("page"), n: 7 },
      extra_data: "javascript@runtime:context.getCauseEvent().getData()['extra']",
    });
    story.happens("visited", { ...ANN, page: "home" });
    story.happens("visited", { ...ANN, page: "cart", extra: { n: 8 } });
    story.passes(DAY_MS);
    const reminded = story.stepsOf(story.who("ann@x.com")).filter((step) => step.name === "reminded");
    expect(reminded.map(dataOf)).toEqual([
      { n: 7, page: "home" },
      { n: 8, page: "cart" },
    ]);
  });

  test("names the step that scheduled it as its cause, and the visit as its root", () => {
    const story = reminds({ delays: ["P1D"] });
    const { eventId } = story.happens("visited", { ...ANN, container: "test" });
    story.passes(DAY_MS);
    expect(story.who("ann@x.com").steps.at(-1)).toMatchObject({
      name: "reminded",
      rootEventId: eventId,
      container: "test",
    });
  });

  test("is looked at with the rules and the history of its own day", () => {
    const story = new Story(
      programme(
        [
          on("bought"),
          on("canceled"),
          onStep("pending", "bought", { actions: [schedule("pending_over", { delays: ["P14D"] })] }),
          onType("SCHEDULED", "pending_over", {
            triggers: [priorSteps("QUALIFYING", "canceled", { count_max: 0 })],
            actions: [earn("CREDIT")],
          }),
        ],
        { suppliers: [supplier("CREDIT")] },
      ),
    );
    for (const [name, email] of [
      ["bought", "ann@x.com"],
      ["bought", "bob@x.com"],
      ["canceled", "bob@x.com"],
    ] as const) {
      story.happens(name, { email });
    }
    story.passes(14 * DAY_MS);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
    expect(rewardsOf(story.who("bob@x.com"))).toEqual([]);
  });

  test("is not an INPUT event, and needs a listener of its kind", () => {
    const story = new Story(programme([on("visited", { actions: [schedule("visited", { delays: ["P1D"] })] })]));
    story.happens("visited", ANN);
    story.passes(DAY_MS);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE"]);
    expect(dueTimes(story)).toEqual([]);
  });

  test("is refused for a person who was blocked meanwhile", () => {
    const story = reminds({ delays: ["P1D"] });
    story.happens("visited", ANN);
    story.block(story.who("ann@x.com"), "EVENTS");
    story.passes(DAY_MS);
    expect(timesReminded(story)).toBe(0);
    expect(story.refusals()).toEqual(["event_blocked"]);
  });

  test("without a name is not scheduled, and the reason is kept", () => {
    const story = new Story(
      programme([
        on("visited", { actions: [action("SCHEDULE", { schedule_name: fromEvent("name"), delays: ["P1D"] })] }),
      ]),
    );
    story.happens("visited", ANN);
    expect(dueTimes(story)).toEqual([]);
    expect(story.refusals()).toEqual(["schedule_without_name"]);
  });

  test("a LOW step schedules nothing where the action is for HIGH", () => {
    const story = new Story(
      programme([
        on("visited", {
          triggers: [condition("QUALITY", "false")],
          actions: [schedule("reminder", { delays: ["P1D"], quality: "HIGH" })],
        }),
      ]),
    );
    story.happens("visited", ANN);
    expect(dueTimes(story)).toEqual([]);
  });

  test("may schedule the next one, until the chain is as long as chains may be", () => {
    const story = new Story(
      programme([
        on("visited", { actions: [schedule("again", { delays: ["P1D"] })] }),
        onType("SCHEDULED", "again", { actions: [schedule("again", { delays: ["P1D"] })] }),
      ]),
    );
    story.happens("visited", ANN);
    for (let day = 0; day < 2 * EVENT_CHAIN_MAX; day++) story.passes(DAY_MS);
    expect(story.who("ann@x.com").stepTotals["*/again"]?.count).toBe(EVENT_CHAIN_MAX);
    expect(story.refusals()).toEqual(["event_chain_max"]);
  });
});

test("a date before 1970 that must be heeded is due at once, and a delay without an end after all others", () => {
  const story = reminds({ dates: ["1969-12-31T00:00:00Z"], delays: ["P999999999D", "P1D"], force: true });
  story.happens("visited", ANN);
  expect(dueTimes(story)).toEqual([0]);
  story.passes(1);
  expect(timesReminded(story)).toBe(1);
  expect(dueTimes(story)).toEqual([story.nowMs - 1 + DAY_MS]);
  story.passes(DAY_MS);
  expect(timesReminded(story)).toBe(2);
});
