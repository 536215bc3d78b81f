// Why somebody did or did not get it: records applied again say what was decided then.

import fc from "fast-check";
import { expect, test } from "vitest";
import { TRAIL_PAGES_MAX, TRAIL_TOUCHES } from "../../src/engine/limits.ts";
import type { Explanation } from "../../src/engine/mod.ts";
import type { PrehandlerDocument } from "../../src/model/prehandler.ts";
import { plainMove } from "../../src/model/reward.ts";
import { originOf } from "../../src/base/ids.ts";
import { demoProgram } from "../simulation/simulation.ts";
import { EngineNode } from "../support/engine_node.ts";
import { explainWell, LiveDecisions, withoutIds } from "../support/explaining.ts";
import { isSoak } from "../support/profile.ts";
import { uploads } from "../support/coupon_story.ts";
import {
  action,
  campaign,
  CLIENT,
  condition,
  coupons,
  datum,
  earn,
  emailsByPartition,
  entry,
  fromEvent,
  on,
  onReward,
  onStep,
  onType,
  priorSteps,
  programme,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

function explain(node: EngineNode, personId: string, eventId: string): Explanation | null {
  const told = explainWell(node, personId, eventId);
  return told.kind === "explained" ? told.explanation : null;
}

function controllerOf(explanation: Explanation | null, name: string) {
  return explanation?.events.flatMap(({ controllers }) => controllers).find((each) => each.controllerName === name);
}

const spender = programme(
  [
    on("bought", {
      triggers: [
        condition("QUALIFYING", `${fromEvent("amount").slice("javascript@runtime:".length)} >= 50`),
        priorSteps("QUALITY", "bought", { count_max: 1 }),
      ],
      data: [datum("amount")],
      actions: [earn("credit")],
    }),
    onStep("thanked", "bought"),
  ],
  { suppliers: [supplier("credit")] },
);

/** Of rewards that were not taken back. */
const atMostOne = trigger("HAS_PRIOR_REWARD", {
  trigger_phase: "QUALIFYING",
  filter_states: ["EARNED", "FULFILLED"],
  count_max: 0,
});

test("who did not qualify learns which trigger, what it saw and what it wants", () => {
  const story = new Story(spender);
  const { eventId, personId } = story.happens("bought", { email: "ann@x.com", amount: 49 });
  const explanation = explain(story, personId ?? "", eventId);
  const controller = controllerOf(explanation, "bought");
  expect(controller?.outcome).toBe("not_qualified");
  const failing = controller?.triggers.filter(({ verdict }) => !verdict);
  expect(failing?.map(({ phase, triggerType }) => `${phase} ${triggerType}`)).toEqual(["QUALIFYING EXPRESSION"]);
  expect(JSON.stringify(failing?.[0]?.seen)).toContain("49");
  expect(failing?.[0]?.wants.join()).toContain("50");
  expect(explanation?.rewards).toEqual([]);
});

test("who earned learns the actions, the rewards, and the events that followed", () => {
  const story = new Story(spender);
  const { eventId, personId } = story.happens("bought", { email: "ann@x.com", amount: 60 });
  const explanation = explain(story, personId ?? "", eventId);
  expect(explanation?.events.map(({ type, name }) => `${type} ${name}`)).toEqual(["INPUT bought", "STEP bought"]);
  expect(controllerOf(explanation, "bought")).toMatchObject({
    outcome: "fired",
    quality: "HIGH",
    actions: [{ actionType: "EARN_REWARD", isRun: true }],
  });
  expect(controllerOf(explanation, "thanked")).toMatchObject({ outcome: "fired" });
  const [reward] = story.who("ann@x.com").rewards;
  expect(explanation?.rewards).toEqual([
    { rewardId: reward?.id, name: reward?.name, supplierId: "credit", stateNow: reward?.state },
  ]);
  expect(explanation?.isExact).toBe(true);
});

test("what takes too long is told as far as it came, as not exact, and else as gone", () => {
  const story = new Story(spender);
  const ids = Array.from({ length: 10 }, () => story.happens("bought", { email: "ann@x.com", amount: 60 }));
  const { eventId, personId } = ids[5] ?? { eventId: "", personId: null };
  const whole = explainWell(story, personId ?? "", eventId);
  const after = explainWell(story, personId ?? "", eventId, 7);
  if (whole.kind !== "explained" || after.kind !== "explained") throw new Error("it is not explained");
  expect(whole.explanation.isExact).toBe(true);
  expect(after.explanation).toEqual({ ...whole.explanation, isExact: false });
  expect(explainWell(story, personId ?? "", eventId, 5)).toEqual({ kind: "gone" });
});

test("what a budget said then is told, whatever it has left by now", () => {
  const prize = supplier("prize", { budget: { count: 1, value: null } });
  const won = on("won", { triggers: [atMostOne], actions: [earn("prize")] });
  const story = new Story(programme([won], { suppliers: [prize] }), 1);
  const outcomes = ["ann@x.com", "ann@x.com", "ann@x.com", "bob@x.com"].map((email) => {
    const { eventId, personId } = story.happens("won", { email });
    return { eventId, personId: personId ?? "" };
  });
  const told = outcomes.map(({ eventId, personId }) => {
    const explanation = explain(story, personId, eventId);
    return [controllerOf(explanation, "won")?.outcome, explanation?.rewards.length, explanation?.refusals];
  });
  expect(told).toEqual([
    ["fired", 1, []],
    ["not_qualified", 0, []],
    ["not_qualified", 0, []],
    ["fired", 0, ["budget_exhausted"]],
  ]);
});

test("a reward that waited for a budget in vain counted until it was refused", () => {
  const prize = supplier("prize", { budget: { count: 1, value: null } });
  const won = on("won", { triggers: [atMostOne], actions: [earn("prize")] });
  const story = new Story(programme([won], { suppliers: [prize] }));
  const [ann = "", bob = ""] = emailsByPartition();
  story.happens("won", { email: ann });
  const ids = [story.arrives("won", { email: bob }), story.arrives("won", { email: bob })];
  story.settle();
  expect(story.stepNames(story.who(bob))).toEqual(["won NONE"]);
  const told = ids.map((eventId) => {
    const explanation = explain(story, story.who(bob).id, eventId);
    return [controllerOf(explanation, "won")?.outcome, explanation?.refusals, explanation?.isExact];
  });
  expect(told).toEqual([
    ["fired", ["budget_exhausted"], true],
    ["not_qualified", [], true],
  ]);
});

test("a reward that waited for its budget was granted when that said so, and so are those that follow", () => {
  const prize = supplier("prize", { budget: { count: 9, value: null } });
  const steps = [on("won", { actions: [earn("prize")] }), onReward("heard", ["EARNED"]), onStep("thanked", "heard")];
  const story = new Story(programme(steps, { suppliers: [prize] }));
  const explained = emailsByPartition().flatMap((email) => {
    const ids = [story.arrives("won", { email }), story.arrives("won", { email })];
    story.settle();
    return ids.map((eventId) => explain(story, story.who(email).id, eventId));
  });
  for (const explanation of explained) {
    expect(controllerOf(explanation, "thanked")?.outcome).toBe("fired");
    expect([explanation?.rewards.length, explanation?.isExact]).toEqual([1, true]);
  }
});

test("whom a person's later event looked at, and who changed after that, makes nothing inexact that was decided before", () => {
  const never = condition("QUALIFYING", 'context.getPerson().getFirstName() === "Nobody"');
  const story = new Story(programme([on("looked"), on("shared", { triggers: [never] })]), 1);
  story.happens("looked", { email: "bob@x.com" });
  const before = story.happens("looked", { email: "ann@x.com" });
  const reading = story.happens("shared", { email: "ann@x.com", advocate_email: "bob@x.com" });
  const areExact = () => [before, reading].map((each) => explain(story, each.personId ?? "", each.eventId)?.isExact);
  // As long as he is who he was.
  expect(areExact()).toEqual([true, true]);
  story.happens("looked", { email: "bob@x.com" });
  expect(areExact()).toEqual([true, false]);
});

test("rewards of what followed are those that there are, and later records find them", () => {
  const steps = [on("bought", { triggers: [atMostOne] }), onStep("thanked", "bought", { actions: [earn("credit")] })];
  const story = new Story(programme(steps, { suppliers: [supplier("credit")] }), 1);
  const emails = ["ann@x.com", "bob@x.com"];
  for (const email of emails) story.happens("visited", { email });
  // In one millisecond, so that the ids of the second go on from those of the first.
  const atMs = story.nowMs + 1;
  const bought = emails.map((email) => {
    story.nowMs = atMs - 1;
    return story.happens("bought", { email }).eventId;
  });
  const { id: personId } = story.who("bob@x.com");
  const { id: rewardId } = story.onlyReward(story.who("bob@x.com"));
  story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb: "cancel", order: plainMove(null) });
  expect(explain(story, personId, bought[1] ?? "")?.rewards).toMatchObject([{ rewardId, stateNow: "CANCELED" }]);
  const { eventId } = story.happens("bought", { email: "bob@x.com" });
  expect(controllerOf(explain(story, personId, eventId), "bought")?.outcome).toBe("fired");
});

test("moves from elsewhere are told by the events that they were, among those of others in their millisecond", () => {
  const steps = [on("bought", { actions: [earn("credit")] }), onReward("heard", ["CANCELED"])];
  const story = new Story(programme(steps, { suppliers: [supplier("credit")] }), 1);
  const bought = ["ann@x.com", "bob@x.com"].map((email) => story.happens("bought", { email }));
  const rewardIds = ["ann@x.com", "bob@x.com"].map((email) => story.onlyReward(story.who(email)).id);
  const atMs = story.nowMs + 1;
  for (const rewardId of rewardIds) {
    story.nowMs = atMs - 1;
    story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb: "cancel", order: plainMove(null) });
  }
  for (const { personId, eventId } of bought) {
    const explanation = explain(story, personId ?? "", eventId);
    const heard = explanation?.events.flatMap(({ controllers }) => controllers.map(({ outcome }) => outcome)) ?? [];
    expect([heard.at(-1), explanation?.isExact]).toEqual(["fired", true]);
  }
});

test("a timer that fired and a reward that was granted in one millisecond are told apart", () => {
  const story = new Story(
    programme(
      [
        on("looked", { actions: [action("SCHEDULE", { schedule_name: "reminder", delays: ["PT1M"] })] }),
        onType("SCHEDULED", "reminder", { name: "reminded", actions: [earn("prize")] }),
        onReward("heard", ["EARNED"]),
      ],
      { suppliers: [supplier("prize", { budget: { count: 5, value: null } })] },
    ),
  );
  const { eventId, personId } = story.happens("looked", { email: "ann@x.com" });
  story.passes(60_000);
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["looked NONE", "reminded NONE", "heard NONE"]);
  expect(explain(story, personId ?? "", eventId)?.isExact).toBe(true);
});

const couponBuyer = programme(
  [
    on("bought", { actions: [earn("COUPON")] }),
    onType("INTERNAL", "reward_fulfillment_failed", { name: "sorry" }),
    onReward("lost", ["EXPIRED"]),
    on("looked", { triggers: [atMostOne] }),
  ],
  { suppliers: [coupons("COUPON", [])] },
);

test("who waited for a code, was told so and got it in the end has exact explanations, whoever else waited then", () => {
  const story = new Story(couponBuyer, 1);
  story.arrives("bought", { email: "bob@x.com" });
  story.nowMs--;
  const bought = story.arrives("bought", { email: "ann@x.com" });
  story.settle();
  const between = story.happens("looked", { email: "ann@x.com" }).eventId;
  uploads(story, ["C-1", "C-2"]);
  const after = story.happens("looked", { email: "ann@x.com" }).eventId;
  const { id } = story.who("ann@x.com");
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "sorry NONE"]);
  const explained = [bought, between, after].map((eventId) => explain(story, id, eventId));
  expect(explained.map((each) => each?.isExact)).toEqual([true, true, true]);
  expect(explained[0]?.rewards.map(({ stateNow }) => stateNow)).toEqual(["FULFILLED"]);
});

test("who took a code that was lent has an exact explanation, whatever is lent by now", () => {
  const story = new Story(couponBuyer, 1);
  uploads(
    story,
    Array.from({ length: 900 }, (_, n) => `C-${n}`),
  );
  const first = story.happens("bought", { email: "ann@x.com" });
  const second = story.happens("bought", { email: "ann@x.com" });
  story.happens("bought", { email: "bob@x.com" });
  const explained = [first, second].map(({ eventId }) => explain(story, first.personId ?? "", eventId));
  expect(explained.map((each) => each?.isExact)).toEqual([true, true]);
  expect(explained.map((each) => each?.rewards.length)).toEqual([1, 1]);
  expect(explained.map((each) => each?.messages.map(({ kind }) => kind))).toEqual([[], []]);
});

test("a reward that ended by itself ends by itself again", () => {
  const story = new Story(couponBuyer);
  uploads(story, ["C-1"], [story.nowMs + 60_000]);
  const bought = story.happens("bought", { email: "ann@x.com" });
  const before = story.happens("looked", { email: "ann@x.com" });
  story.passes(60_000);
  const after = story.happens("looked", { email: "ann@x.com" });
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "lost NONE", "looked NONE"]);
  const explained = [bought, before, after].map(({ eventId }) => explain(story, bought.personId ?? "", eventId));
  expect(explained.map((each) => each?.isExact)).toEqual([true, true, true]);
  expect(explained.map((each) => controllerOf(each, "looked")?.outcome)).toEqual([undefined, "not_qualified", "fired"]);
});

test("a reward whose end was changed ends by itself again, then, and what follows is explained", () => {
  const steps = [
    on("won", { actions: [earn("prize")] }),
    onReward("lost", ["EXPIRED"], { actions: [earn("comfort")] }),
  ];
  const ends = { reward_expires_at: "javascript@runtime:'P30D'" };
  const story = new Story(programme(steps, { suppliers: [supplier("prize", ends), supplier("comfort")] }), 1);
  const live = new LiveDecisions();
  for (const context of story.contexts) Object.assign(context, { observer: live });
  const { eventId, personId } = story.happens("won", { email: "ann@x.com" });
  const { id: rewardId } = story.onlyReward(story.who("ann@x.com"));
  const expiresMs = story.nowMs + 60_000;
  story.commands({ kind: "change_reward", client: CLIENT, rewardId, container: null, expiresMs });
  story.passes(61_000);
  for (const context of story.contexts) Object.assign(context, { observer: undefined });
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["won NONE", "lost NONE"]);
  const explanation = explain(story, personId ?? "", eventId);
  expect(explanation?.isExact).toBe(true);
  expect(explanation?.rewards.map(({ supplierId }) => supplierId)).toEqual(["prize", "comfort"]);
  const decided = live.byPersonAndRoot.get(`${personId} ${eventId}`);
  expect(withoutIds(explanation?.events)).toEqual(withoutIds(decided?.events()));
});

test("a reward of an earlier page that ended by itself leaves doubt about what follows alone", () => {
  const story = new Story(couponBuyer);
  uploads(story, ["C-1"], [story.nowMs + 3_600_000]);
  const { personId } = story.happens("bought", { email: "ann@x.com" });
  for (let n = 0; n < TRAIL_TOUCHES; n++) story.happens("looked", { email: "ann@x.com" });
  const before = story.happens("looked", { email: "ann@x.com" });
  story.passes(3_600_000);
  const after = story.happens("looked", { email: "ann@x.com" });
  const explained = [before, after].map(({ eventId }) => explain(story, personId ?? "", eventId));
  expect(explained.map((each) => each?.isExact)).toEqual([true, false]);
});

test("steps of a millisecond that another person brought in a merge contradict nothing", () => {
  const story = new Story(programme([on("looked"), on("signed_up")]), 1);
  const device = { partner_user_id: "device" };
  const atMs = story.nowMs + 1;
  const [, ann] = [device, { email: "ann@x.com" }].map((who) => {
    story.nowMs = atMs - 1;
    return story.happens("looked", who);
  });
  story.happens("signed_up", { email: "ann@x.com", ...device });
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["looked NONE", "looked NONE", "signed_up NONE"]);
  const explanation = explain(story, story.who("ann@x.com").id, ann?.eventId ?? "");
  expect(controllerOf(explanation, "looked")?.outcome).toBe("fired");
  expect(explanation?.isExact).toBe(true);
});

test("what was decided with what another person of the partition brought in a merge is exact, also by whom it is now", () => {
  const steps = [on("looked", { triggers: [priorSteps("QUALITY", "looked", { count_max: 1 })] }), on("signed_up")];
  const story = new Story(programme(steps), 1);
  const device = { partner_user_id: "device" };
  story.happens("looked", device);
  story.happens("looked", { email: "ann@x.com" });
  const merging = story.happens("signed_up", { email: "ann@x.com", ...device });
  const after = story.happens("looked", device);
  expect(after.personId).toBe(story.who("ann@x.com").id);
  story.happens("looked", device);
  const told = [merging, after].map(({ personId, eventId }) => explain(story, personId ?? "", eventId));
  expect(told.map((explanation) => explanation?.isExact)).toEqual([true, true]);
  expect(controllerOf(told[1] ?? null, "looked")?.quality).toBe("LOW");
});

test("a business id that somebody else took later was nobody's then", () => {
  const ordered = on("ordered", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] });
  const story = new Story(programme([ordered, on("looked")]), 1);
  const { eventId, personId } = story.happens("looked", { order_id: "A-1" });
  story.happens("ordered", { email: "ann@x.com", order_id: "A-1" });
  const explanation = explain(story, personId ?? "", eventId);
  expect(controllerOf(explanation, "looked")?.outcome).toBe("fired");
  expect(explanation?.isExact).toBe(true);
});

// Whoever sends a gift is told apart from whom it is for: the event is that one's, who begins with it.
test.each([
  ["a partner user id, and becomes the same person", { partner_user_id: "device" }, true],
  ["a business id, and is another, as it is now", { order_id: "A-1" }, false],
])("somebody to whom an event was traced first had what it was traced by: %s", (_, of, isExact) => {
  const ordered = on("ordered", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] });
  const isGift = condition("QUALIFYING", "context.getCauseEvent().getData()['email'] === 'ann@x.com'");
  const candidate = "context.getCandidatePerson()";
  const to = "context.getProcessedRawEvent().getData().to";
  const javascript = `if (${candidate} != null && ${candidate}.getEmail() !== ${to}) context.getEventBuilder().addData('email', ${to})`;
  const gift: PrehandlerDocument = {
    id: "gift",
    name: "gift",
    enabled: true,
    order: 1,
    conditions: [{ type: "EVENT_NAME_MATCH", event_names: ["gave"] }],
    actions: [{ type: "JAVASCRIPT_V1", javascript }],
  };
  const steps = [ordered, on("gave", { triggers: [isGift] })];
  const story = new Story(programme(steps, { prehandlers: [gift] }), 1);
  story.happens("ordered", { partner_user_id: "device", order_id: "A-1" });
  story.passes(60_000);
  const { eventId } = story.happens("gave", { ...of, to: "ann@x.com" });
  const explanation = explain(story, story.who("ann@x.com").id, eventId);
  expect(controllerOf(explanation, "gave")?.outcome).toBe("fired");
  expect(explanation?.isExact).toBe(isExact);
});

test("what was decided long ago is explained by what was known then", () => {
  const story = new Story(spender);
  const first = story.happens("bought", { email: "ann@x.com", amount: 60 });
  for (let i = 0; i < 3 * TRAIL_TOUCHES; i++) story.happens("bought", { email: "ann@x.com", amount: 60 });
  const qualities = (eventId: string) => controllerOf(explain(story, first.personId ?? "", eventId), "bought")?.quality;
  expect(qualities(first.eventId)).toBe("HIGH");
  const last = story.happens("bought", { email: "ann@x.com", amount: 60 });
  expect(qualities(last.eventId)).toBe("LOW");
  expect(qualities(first.eventId)).toBe("HIGH");
});

test("beyond the pages that are kept nothing is explained, and nothing more is kept", () => {
  const story = new Story(spender);
  const first = story.happens("visited", { email: "ann@x.com" });
  const personId = first.personId ?? "";
  for (let i = 0; i < (TRAIL_PAGES_MAX + 2) * TRAIL_TOUCHES; i++) story.happens("visited", { email: "ann@x.com" });
  expect(explain(story, personId, first.eventId)).toBeNull();
  const { state } = story.contexts[originOf(personId) ?? 0] ?? {};
  const pages = state?.list("trailPage", { prefix: `${personId}/`, after: null, limit: 1000, isReverse: false });
  expect(pages?.length).toBeLessThanOrEqual(TRAIL_PAGES_MAX + 1);
});

const happenings = fc.array(
  fc.record({
    person: fc.nat(4),
    name: fc.constantFrom("converted", "share_clicked", "shared", "signed_up", "canceled"),
    order: fc.nat(12),
    passes: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30, size: "max" },
);

/** Some fifteen minutes for the soak's ten thousand on a machine with ten others' work on it. */
const LONG_MS = isSoak ? 3_600_000 : 300_000;

test("an explanation equals what was decided live, for every person and event", { timeout: LONG_MS }, () => {
  let compared = 0;
  fc.assert(
    fc.property(happenings, fc.integer({ min: 1, max: 4 }), (stream, partitions) => {
      const node = new EngineNode(demoProgram(), partitions);
      const live = new LiveDecisions();
      for (const context of node.contexts) Object.assign(context, { observer: live });
      node.send("advocate_code_created", { email: "advocate@x.com", advocate_code: "CODE" });
      node.settle();
      for (const { person, name, order, passes } of stream) {
        const data = { email: `p${person}@y.com`, advocate_code: "CODE", order_id: `order-${order}`, cart_value: "10" };
        node.send(name, data);
        if (passes) node.settle();
      }
      node.settle();
      for (const context of node.contexts) Object.assign(context, { observer: undefined });
      for (const [key, recorder] of live.byPersonAndRoot) {
        const [personId = "", eventId = ""] = key.split(" ");
        const explained = explain(node, personId, eventId);
        expect(withoutIds(explained?.events)).toEqual(withoutIds(recorder.events()));
        compared++;
      }
    }),
    { numRuns: isSoak ? 2_000 : 20 },
  );
  expect(compared).toBeGreaterThan(isSoak ? 10_000 : 100);
});

test("what the campaign's choice refused is told apart from what did not match", () => {
  const second = campaign([entry("FRIEND", "visited", { id: "late", priority: "2" })], {
    campaign_id: "7078000000000000002",
  });
  const first = campaign([
    entry("FRIEND", "visited", { id: "early", priority: "1" }),
    on("visited", { id: "targeted", name: "targeted", selectors: ["TARGET"] }),
    on("visited", {
      id: "2",
      name: "anns_only",
      selectors: ["TARGET"],
      triggers: [condition("MATCHING", 'context.getPerson().getFirstName() === "Ann"')],
    }),
  ]);
  const story = new Story(programme([], { campaigns: [second, first] }));
  const { eventId, personId } = story.happens("visited", { email: "ann@x.com" });
  const outcomes = explain(story, personId ?? "", eventId)?.events[0]?.controllers.map((each) => [
    each.controllerId,
    each.outcome,
  ]);
  expect(outcomes?.toSorted()).toEqual([
    ["2", "not_matched"],
    ["early", "journey_entered"],
    ["late", "outranked"],
    ["targeted", "not_selected"],
  ]);
});
