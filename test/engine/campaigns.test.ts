// Stage 4: which controllers take an event, and with which quality?

import { describe, expect, test } from "vitest";
import { EVENT_CHAIN_MAX, EVENTS_CAUSED_MAX } from "../../src/engine/limits.ts";
import {
  action,
  campaign,
  condition,
  datum,
  earn,
  entry,
  on,
  onReward,
  onStep,
  onType,
  priorSteps,
  programme,
  rewardsOf,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const amountAbove = (limit: number): string => `Number(context.getCauseEvent().getData()["amount"]) > ${limit}`;

describe("the three phases", () => {
  const phased = programme([
    on("bought", {
      triggers: [
        condition("MATCHING", amountAbove(0)),
        condition("QUALIFYING", amountAbove(10)),
        condition("QUALITY", amountAbove(100)),
      ],
    }),
  ]);

  test("an event that does not match leaves nothing", () => {
    const story = new Story(phased);
    expect(story.happens("bought", { ...ANN, amount: "0" }).errorCode).toBeNull();
    expect(story.who("ann@x.com")).toMatchObject({ steps: [], stepTotals: {}, journeys: [] });
  });

  test("one that does not qualify leaves no step either", () => {
    const story = new Story(phased);
    story.happens("bought", { ...ANN, amount: "10" });
    expect(story.who("ann@x.com").steps).toEqual([]);
  });

  test("one of poor quality leaves a step of quality LOW", () => {
    const story = new Story(phased);
    story.happens("bought", { ...ANN, amount: "100" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought LOW"]);
  });

  test("one that passes all leaves a step of quality HIGH", () => {
    const story = new Story(phased);
    story.happens("bought", { ...ANN, amount: "100.01" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought HIGH"]);
  });

  test("without quality triggers a step has quality NONE", () => {
    const story = new Story(programme([on("bought")]));
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE"]);
  });

  test("all triggers of a phase must pass", () => {
    const story = new Story(
      programme([
        on("bought", { triggers: [condition("QUALITY", amountAbove(1)), condition("QUALITY", amountAbove(2))] }),
      ]),
    );
    story.happens("bought", { ...ANN, amount: "2" });
    story.happens("bought", { ...ANN, amount: "3" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought LOW", "bought HIGH"]);
  });

  test("a negated trigger passes where the plain one would not", () => {
    const isKnown = trigger("HAS_IDENTITY", { trigger_phase: "QUALIFYING", negated: true });
    const story = new Story(programme([on("visited", { triggers: [isKnown] })]));
    story.happens("visited", ANN);
    const { personId } = story.happens("visited");
    expect(story.who("ann@x.com").steps).toEqual([]);
    expect(story.stepNames(story.withId(personId))).toEqual(["visited NONE"]);
  });

  test("a rule that fails to evaluate does not match, does not qualify, and is poor quality", () => {
    const broken = "context.getPerson().getRewards()[0].getRewardId() === null";
    const story = new Story(
      programme([
        on("a", { triggers: [condition("MATCHING", broken)] }),
        on("b", { triggers: [condition("QUALIFYING", broken)] }),
        on("c", { triggers: [condition("QUALITY", broken)] }),
      ]),
    );
    for (const name of ["a", "b", "c"]) expect(story.happens(name, ANN).errorCode).toBeNull();
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["c LOW"]);
  });
});

describe("names", () => {
  test("events match in any case and with spaces around", () => {
    const story = new Story(programme([on("Bought")]));
    story.happens("  bOUGHT ", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["Bought NONE"]);
  });

  test("a part of a name does not match", () => {
    const story = new Story(programme([on("bought")]));
    story.happens("bought2", ANN);
    story.happens("bough", ANN);
    expect(story.who("ann@x.com").steps).toEqual([]);
  });

  test("an INPUT event named like a step is no step", () => {
    const story = new Story(programme([on("viewed"), onStep("after", "bought")]));
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").steps).toEqual([]);
  });
});

describe("quality of actions", () => {
  const checked = programme(
    [
      on("bought", {
        triggers: [condition("QUALITY", amountAbove(100))],
        actions: [
          earn("ANY", { quality: "ALWAYS" }),
          earn("GOOD", { quality: "HIGH" }),
          earn("POOR", { quality: "LOW" }),
        ],
      }),
    ],
    { suppliers: [supplier("ANY"), supplier("GOOD"), supplier("POOR")] },
  );

  test("a HIGH step runs what is for HIGH and for all", () => {
    const story = new Story(checked);
    story.happens("bought", { ...ANN, amount: "200" });
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["ANY EARNED 25", "GOOD EARNED 25"]);
  });

  test("a LOW step runs what is for LOW and for all", () => {
    const story = new Story(checked);
    story.happens("bought", { ...ANN, amount: "50" });
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["ANY EARNED 25", "POOR EARNED 25"]);
  });

  test("a step without quality counts as HIGH: nothing speaks against it", () => {
    const story = new Story(
      programme([on("bought", { actions: [earn("GOOD", { quality: "HIGH" }), earn("POOR", { quality: "LOW" })] })], {
        suppliers: [supplier("GOOD"), supplier("POOR")],
      }),
    );
    story.happens("bought", ANN);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["GOOD EARNED 25"]);
  });
});

describe("C1 all controllers of an event decide on the state before it", () => {
  test("whether a step was taken before does not depend on the order of controllers", () => {
    const first = on("bought", {
      id: "1",
      name: "first_purchase",
      triggers: [priorSteps("QUALIFYING", "any_purchase", { count_max: 0 })],
    });
    const any = on("bought", { id: "2", name: "any_purchase" });
    for (const steps of [
      [first, any],
      [any, first],
    ]) {
      const story = new Story(programme(steps));
      story.happens("bought", ANN);
      story.happens("bought", ANN);
      expect(story.stepNames(story.who("ann@x.com")).toSorted()).toEqual([
        "any_purchase NONE",
        "any_purchase NONE",
        "first_purchase NONE",
      ]);
    }
  });

  test("a reward of the same event is not seen", () => {
    const story = new Story(
      programme(
        [
          on("bought", { actions: [earn("CREDIT")] }),
          on("bought", {
            id: "2",
            name: "was_paid",
            triggers: [trigger("HAS_PRIOR_REWARD", { trigger_phase: "QUALIFYING" })],
          }),
        ],
        { suppliers: [supplier("CREDIT")] },
      ),
    );
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE"]);
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "bought NONE", "was_paid NONE"]);
  });

  test("profile data of the same event is not seen", () => {
    const story = new Story(
      programme([
        on("named", { data: [datum("first_name", "NONE", { persist_types: ["PROFILE"] })] }),
        on("named", {
          id: "2",
          name: "is_ann",
          triggers: [condition("QUALIFYING", 'context.getPerson().getFirstName() === "Ann"')],
        }),
      ]),
    );
    story.happens("named", { ...ANN, first_name: "Ann" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["named NONE"]);
  });

  test("controllers write in published order", () => {
    const names = ["c", "a", "b"];
    const story = new Story(programme(names.map((name) => on("bought", { id: name, name }))));
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["c NONE", "a NONE", "b NONE"]);
  });
});

describe("C2 nothing is written while an order id is being claimed", () => {
  test("the other controllers of the event wait with the one that claims", () => {
    const story = new Story(
      programme([
        on("bought"),
        on("bought", { id: "2", name: "once", data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
      ]),
    );
    const orders = Array.from({ length: 20 }, (_, n) => `A-${n}`);
    let waited = 0;
    for (const order of orders) {
      story.arrives("bought", { ...ANN, order_id: order });
      while (story.contexts.some((_, partition) => story.hasNext(partition))) {
        story.step(story.contexts.findIndex((_, partition) => story.hasNext(partition)));
        const ann = story.personBy("ann@x.com");
        if (ann?.isWaiting === true) waited++;
        const count = (name: string): number => ann?.stepTotals[`*/${name}`]?.count ?? 0;
        expect(count("bought")).toBe(count("once"));
      }
    }
    expect(waited).toBeGreaterThan(0);
    expect(story.who("ann@x.com").stepTotals["*/once"]?.count).toBe(20);
  });
});

describe("campaigns", () => {
  test.each(["NOT_LAUNCHED", "STOPPED", "ARCHIVED"] as const)("one that is %s takes no events", (state) => {
    const story = new Story(programme([], { campaigns: [campaign([on("bought")], { state })] }));
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").steps).toEqual([]);
  });

  test("several may take the same event, each with a step of its own", () => {
    const second = campaign([on("bought")], { campaign_id: "7078000000000000002", program_label: "loyalty" });
    const story = new Story(programme([], { campaigns: [campaign([on("bought")]), second] }));
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").steps.map((step) => [step.name, step.program])).toEqual([
      ["bought", "refer"],
      ["bought", "loyalty"],
    ]);
  });

  test("one takes events from its start until before its end", () => {
    const startMs = new Story(programme([])).nowMs + 10;
    const [start_date, end_date] = [new Date(startMs).toISOString(), new Date(startMs + 20).toISOString()];
    const story = new Story(programme([], { campaigns: [campaign([on("bought")], { start_date, end_date })] }));
    for (let n = 0; n < 40; n++) story.happens("bought", ANN);
    const [first, last] = [story.stepsOf(story.who("ann@x.com")).at(0), story.stepsOf(story.who("ann@x.com")).at(-1)];
    expect(first?.createdMs).toBe(startMs);
    expect(last?.createdMs).toBe(startMs + 19);
    expect(story.who("ann@x.com").stepTotals["*/bought"]?.count).toBe(20);
  });

  test("a controller that is switched off takes nothing", () => {
    const story = new Story(programme([on("bought", { enabled: false }), on("visited")]));
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").steps).toEqual([]);
  });

  test("a controller that sends once fires once a person", () => {
    const story = new Story(programme([on("bought", { send_policy: "FIRST_ONLY" })]));
    for (const email of ["ann@x.com", "ann@x.com", "bob@x.com"]) story.happens("bought", { email });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE"]);
    expect(story.stepNames(story.who("bob@x.com"))).toEqual(["bought NONE"]);
  });
});

describe("C3 events that the platform makes itself", () => {
  test("a step is an event that other controllers may take, and they see it counted", () => {
    const story = new Story(
      programme([
        on("bought"),
        onStep("third", "bought", { triggers: [priorSteps("QUALIFYING", "bought", { count_matches: [3] })] }),
      ]),
    );
    for (let n = 0; n < 4; n++) story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual([
      "bought NONE",
      "bought NONE",
      "bought NONE",
      "third NONE",
      "bought NONE",
    ]);
  });

  test("a step's event carries the step's data", () => {
    const story = new Story(
      programme([
        on("bought", { data: [datum("color")] }),
        onStep("bought_red", "bought", {
          triggers: [condition("QUALIFYING", 'context.getCauseEvent().getData()["color"] === "red"')],
        }),
      ]),
    );
    story.happens("bought", { ...ANN, color: "blue", size: "red" });
    story.happens("bought", { ...ANN, color: "red" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "bought NONE", "bought_red NONE"]);
  });

  test("a step of an alias is heard under the alias, once", () => {
    const story = new Story(
      programme([
        on("bought", { aliases: ["converted", "outcome"] }),
        onStep("heard", "converted"),
        onStep("heard_any", "bought"),
      ]),
    );
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "heard NONE", "heard_any NONE"]);
  });

  test("a reward is an event as well, for each state that it reaches", () => {
    const story = new Story(
      programme(
        [on("bought", { actions: [earn("CREDIT")] }), onReward("earned", ["EARNED"]), onReward("paid", ["FULFILLED"])],
        {
          suppliers: [supplier("CREDIT", { auto_fulfillment_enabled: true })],
        },
      ),
    );
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "earned NONE", "paid NONE"]);
  });

  test("what follows names its cause and its root", () => {
    const story = new Story(programme([on("bought"), onStep("second", "bought"), onStep("third", "second")]));
    const { eventId } = story.happens("bought", ANN);
    const [bought, second, third] = story.who("ann@x.com").steps;
    expect(bought).toMatchObject({ causeEventId: eventId, rootEventId: eventId });
    expect(second).toMatchObject({ causeEventId: bought?.eventId, rootEventId: eventId });
    expect(third).toMatchObject({ causeEventId: second?.eventId, rootEventId: eventId });
  });

  test("steps that cause each other end at the depth bound, and the reason is kept", () => {
    const story = new Story(
      programme([
        on("start"),
        onStep("ping", "start"),
        onStep("pong", "ping"),
        onStep("start", "pong", { id: "again" }),
      ]),
    );
    expect(story.happens("start", ANN).errorCode).toBeNull();
    // The step of the INPUT event and one for each of the events that it may cause in a row.
    expect(story.stepsOf(story.who("ann@x.com"))).toHaveLength(1 + EVENT_CHAIN_MAX);
    expect(story.refusals()).toEqual(["event_chain_max"]);
  });

  test("rewards that earn rewards end there too", () => {
    const story = new Story(
      programme(
        [on("bought", { actions: [earn("CREDIT")] }), onReward("again", ["EARNED"], { actions: [earn("CREDIT")] })],
        {
          suppliers: [supplier("CREDIT")],
        },
      ),
    );
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").rewards).toHaveLength(1 + EVENT_CHAIN_MAX);
    expect(story.refusals()).toEqual(["event_chain_max"]);
  });

  test("an event that would cause more than the bound causes nothing more, and the next event is as good as ever", () => {
    const steps = [on("start"), ...[1, 2].map((n) => onType("STEP", "start", { id: `s${n}`, name: "start" }))];
    const story = new Story(programme(steps));
    story.happens("start", ANN);
    expect(story.refusals()).toContain("events_caused_max");
    const count = story.who("ann@x.com").stepTotals["*/start"]?.count ?? 0;
    expect(count).toBeGreaterThan(EVENTS_CAUSED_MAX / 2);
    expect(count).toBeLessThanOrEqual(2 * (EVENTS_CAUSED_MAX + 1));
    expect(story.happens("start", { email: "bob@x.com" }).errorCode).toBeNull();
    expect(story.who("bob@x.com").stepTotals["*/start"]?.count).toBe(count);
  });

  test("a platform event that nobody listens to costs no depth", () => {
    const story = new Story(
      programme(
        [
          on("bought", { actions: [earn("CREDIT"), action("CREATE_MEMBERSHIP", { audience_id: "gold" })] }),
          entry("LOYALTY", "bought"),
        ],
        {
          suppliers: [supplier("CREDIT")],
          audiences: [{ id: "gold", name: "Gold" }],
        },
      ),
    );
    story.happens("bought", ANN);
    expect(story.refusals()).toEqual([]);
    expect(story.contexts.map(({ effects }) => effects.eventsApplied).reduce((sum, count) => sum + count)).toBe(1);
  });
});

describe("time", () => {
  test("a step happens when its event says it happened, and is created when it arrived", () => {
    const story = new Story(programme([on("bought")]));
    story.happens("bought", ANN, "2026-01-02T03:04:05Z");
    expect(story.who("ann@x.com").steps[0]).toMatchObject({
      eventMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      createdMs: story.nowMs,
    });
  });

  test("without a time of its own an event happened when it arrived", () => {
    const story = new Story(programme([on("bought")]));
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").steps[0]).toMatchObject({ eventMs: story.nowMs, createdMs: story.nowMs });
  });

  test("windows look at the time of the event: what is reported late has happened long ago", () => {
    const recent = priorSteps("QUALITY", "bought", { count_max: 0, filter_max_age: "P30D" });
    const story = new Story(programme([on("bought", { triggers: [recent] })]));
    story.happens("bought", ANN, "2026-01-02T03:04:05Z");
    story.happens("bought", ANN);
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought HIGH", "bought HIGH", "bought LOW"]);
  });
});
