// Merge: an anonymous person turns out to be one with an e-mail; a forwarded person becomes another.

import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { originOf } from "../../src/base/ids.ts";
import { EVENT_HOPS_MAX } from "../../src/engine/limits.ts";
import type { Person } from "../../src/model/person.ts";
import { plainMove } from "../../src/model/reward.ts";
import { randomOf } from "../simulation/simulation.ts";
import {
  action,
  CLIENT,
  coupons,
  datum,
  dataOf,
  earn,
  emailsByPartition,
  entry,
  on,
  onReward,
  onType,
  PARTITIONS,
  priorSteps,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const all = { count_min: 61, count_max: 61 };
const twenty = { count_min: 20, count_max: 20 };
const AUDIENCE = "5000000000000000002";
const shop = programme(
  [
    entry("LOYALTY", "visited"),
    on("visited", {
      journey_names: ["LOYALTY"],
      data: [datum("page", "NONE", { persist_types: ["STEP", "JOURNEY"] })],
    }),
    on("named", { data: [datum("first_name", "NONE", { persist_types: ["PROFILE"] })] }),
    on("joined", { actions: [action("CREATE_MEMBERSHIP", { audience_id: AUDIENCE })] }),
    on("bought", { data: [datum("amount", "VALUE")], actions: [earn("CREDIT")] }),
    on("played", { aliases: ["acted"], data: [datum("score", "VALUE")] }),
    on("scored", {
      triggers: [priorSteps("QUALITY", "played", { ...twenty, filter_min_value: 1, filter_max_age: "P7D" })],
    }),
    on("acted_on", {
      triggers: [priorSteps("QUALITY", "played", { ...all, filter_names: ["played", "acted"], filter_min_value: 1 })],
    }),
    on("returned", {
      actions: [
        action("CANCEL_REWARD", { reward_id: "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()" }),
      ],
    }),
    on("identified"),
    on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
    on("clicked"),
  ],
  { suppliers: [supplier("CREDIT")], audiences: [{ id: AUDIENCE, name: "gold" }] },
);

/** A device's events, and then the one that says whose device it is. */
function identify(story: Story, events: [string, { [name: string]: string }][], email = "ann@x.com"): string {
  let device = "";
  for (const [name, data] of events) {
    const { personId } = story.happens(name, { ...(device === "" ? {} : { person_id: device }), ...data });
    device = personId ?? "";
  }
  story.happens("identified", { person_id: device, email });
  return device;
}

test("a reward that is taken back while its person takes the device over and waits is told once, and its points are reversed once", () => {
  const points = supplier("POINTS", { type: "LOYALTY_POINTS", face_value_type: "POINTS" });
  const steps = [on("clicked"), on("scored", { actions: [earn("POINTS")] }), onReward("lost", ["CANCELED"])];
  const story = new Story(programme(steps, { suppliers: [points] }));
  const [email = "", advocate_email = ""] = emailsByPartition();
  story.happens("clicked", { email });
  // Who the device is lives beside the person, and is given away at once.
  const device =
    Array.from({ length: 50 }, () => story.happens("clicked").personId ?? "").find((id) => originOf(id) === 0) ?? "";
  story.happens("scored", { person_id: device });
  const { id: rewardId } = story.onlyReward(story.withId(device));
  // Asks the other partition, which has not answered when the reward is taken back.
  story.arrives("clicked", { person_id: device, email, advocate_email });
  story.asks({ kind: "move_reward", client: CLIENT, rewardId, verb: "cancel", order: plainMove(null) });
  story.settle();
  const person = story.who(email);
  expect(rewardsOf(person)).toEqual(["POINTS CANCELED 25"]);
  expect(person.points?.accounts["POINTS"]).toMatchObject({ earned: 2_500, reversed: 2_500 });
  expect(story.stepNames(person).filter((name) => name.startsWith("lost"))).toEqual(["lost NONE"]);
});

describe.each([1, PARTITIONS])("an anonymous person gives an e-mail (%i partitions)", (partitions) => {
  test("and its partner user id, which is not the one of the person: its past is taken over once", () => {
    const points = supplier("POINTS", { type: "LOYALTY_POINTS", face_value_type: "POINTS" });
    const steps = [on("visited"), on("scored", { actions: [earn("POINTS")] })];
    const story = new Story(programme(steps, { suppliers: [points] }), partitions);
    story.happens("scored", { email: "ann@x.com", partner_user_id: "phone" });
    const device = story.happens("scored", { partner_user_id: "laptop" }).personId ?? "";
    story.happens("visited", { person_id: device, email: "ann@x.com", partner_user_id: "laptop" });
    const ann = story.who("ann@x.com");
    expect(story.stepNames(ann)).toEqual(["scored NONE", "scored NONE", "visited NONE"]);
    expect(ann.stepTotals["*/scored"]?.count).toBe(2);
    expect(ann.points?.accounts["POINTS"]?.earned).toBe(5_000);
  });

  test("of a person who is given another meanwhile: nothing of its past is lost", () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = randomOf(seed);
      const story = new Story(shop, partitions);
      const personId = story.happens("visited", { email: "ann@x.com" }).personId ?? "";
      const device = story.happens("bought", { partner_user_id: "laptop" }).personId ?? "";
      story.arrives("named", { email: "ann@x.com", partner_user_id: "laptop" });
      const change = { kind: "identify", email: "anna@x.com" } as const;
      story.asks({ kind: "change_person", client: CLIENT, personId, change });
      story.settle((ready) => ready[random(ready.length)] ?? 0);
      const { forwardedTo } = story.entry(device);
      const names = story.stepNames(story.withId(personId)).toSorted();
      expect(names).toEqual([...(forwardedTo === null ? [] : ["bought NONE"]), "named NONE", "visited NONE"]);
      expect(rewardsOf(story.withId(device))).toEqual(["CREDIT EARNED 25"]);
    }
  });

  test("the event is answered with the person of the e-mail, and the old id leads there", () => {
    const story = new Story(shop, partitions);
    const device = story.happens("visited").personId ?? "";
    const { personId } = story.happens("identified", { person_id: device, email: "ann@x.com" });
    expect(personId).toBe(story.who("ann@x.com").id);
    expect(personId).not.toBe(device);
    expect(story.withId(device).id).toBe(personId);
    expect(story.entry(device).forwardedTo).toBe(personId);
  });

  test("its steps become those of the person, in the order in which they were taken", () => {
    const story = new Story(shop, partitions);
    const device = story.happens("visited").personId ?? "";
    story.happens("named", { email: "ann@x.com", first_name: "Ann" });
    story.happens("bought", { person_id: device, amount: "5" });
    story.happens("identified", { person_id: device, email: "ann@x.com" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual([
      "visited NONE",
      "named NONE",
      "bought NONE",
      "identified NONE",
    ]);
  });

  test("its steps keep their ids, and count in the totals of the person", () => {
    const story = new Story(shop, partitions);
    const { personId } = story.happens("bought", { amount: "5" });
    const before = story.stepsOf(story.withId(personId)).map((step) => step.id);
    story.happens("bought", { email: "ann@x.com", amount: "7" });
    story.happens("identified", { person_id: personId ?? "", email: "ann@x.com" });
    const ann = story.who("ann@x.com");
    expect(story.stepsOf(ann).map((step) => step.id)).toContain(before[0]);
    expect(ann.stepTotals["*/bought"]).toMatchObject({ count: 2, sums: { all: 12 } });
  });

  test("a long history moves as a whole, pages included", () => {
    const story = new Story(shop, partitions);
    const device = story.happens("bought", { amount: "1" }).personId ?? "";
    for (let n = 2; n <= 50; n++) story.happens("bought", { person_id: device, amount: String(n) });
    expect(story.withId(device).stepPages).toBeGreaterThan(0);
    story.happens("identified", { person_id: device, email: "ann@x.com" });
    const ann = story.who("ann@x.com");
    const amounts = story.stepsOf(ann).filter((step) => step.name === "bought");
    expect(new Set(amounts.map((step) => step.value))).toEqual(new Set(Array.from({ length: 50 }, (_, n) => n + 1)));
    expect(amounts).toHaveLength(50);
    expect(ann.stepTotals["*/bought"]).toMatchObject({ count: 50, sums: { all: 1275 } });
  });

  test("what a window holds is counted whole, however old the pages are that a device brings", () => {
    const story = new Story(shop, partitions);
    const device = story.happens("visited").personId ?? "";
    for (let n = 0; n < 41; n++) story.happens("played", { person_id: device, score: "1" });
    story.passes(100 * 86_400_000);
    story.happens("visited", { email: "ann@x.com" });
    for (let n = 0; n < 20; n++) story.happens("played", { email: "ann@x.com", score: "5" });
    story.happens("identified", { person_id: device, email: "ann@x.com" });
    for (const name of ["scored", "acted_on"]) story.happens(name, { email: "ann@x.com" });
    const asked = story.stepNames(story.who("ann@x.com")).filter((name) => /^(scored|acted_on)/.test(name));
    expect(asked).toEqual(["scored HIGH", "acted_on HIGH"]);
    story.passes(8 * 86_400_000);
    story.happens("scored", { email: "ann@x.com" });
    expect(story.stepNames(story.who("ann@x.com")).filter((name) => name.startsWith("scored"))).toEqual([
      "scored HIGH",
      "scored LOW",
    ]);
  });

  test("its journey becomes the person's, with its data", () => {
    const story = new Story(shop, partitions);
    identify(story, [["visited", { page: "home" }]]);
    const { journeys } = story.who("ann@x.com");
    expect(journeys.map((journey) => [journey.name, journey.data.map(({ value }) => value)])).toEqual([
      ["LOYALTY", ["home"]],
    ]);
  });

  test("where both are in the journey, the person's stands", () => {
    const story = new Story(shop, partitions);
    story.happens("visited", { email: "ann@x.com", page: "account" });
    const own = story.who("ann@x.com").journeys.map((journey) => journey.id);
    identify(story, [["visited", { page: "home" }]]);
    const { journeys } = story.who("ann@x.com");
    expect(journeys.map((journey) => journey.id)).toEqual(own);
    expect(journeys[0]?.data).toEqual([{ name: "page", value: "account", scope: "PRIVATE" }]);
  });

  test("its rewards become the person's and keep their ids", () => {
    const story = new Story(shop, partitions);
    const device = story.happens("bought").personId;
    const id = story.onlyReward(story.withId(device)).id;
    story.happens("identified", { person_id: device ?? "", email: "ann@x.com" });
    expect(story.who("ann@x.com").rewards.map((reward) => reward.id)).toEqual([id]);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
  });

  test("a reward that moved with the device can still be canceled by the person's events", () => {
    const story = new Story(shop, partitions);
    identify(story, [["bought", {}]]);
    story.happens("returned", { email: "ann@x.com" });
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT CANCELED 25"]);
    expect(story.onlyReward(story.who("ann@x.com")).history.map((move) => move.state)).toEqual(["EARNED", "CANCELED"]);
  });

  test("its memberships become the person's, each once", () => {
    const story = new Story(shop, partitions);
    story.happens("joined", { email: "ann@x.com" });
    identify(story, [["joined", {}]]);
    expect(story.who("ann@x.com").memberships.map((own) => own.audienceId)).toEqual([AUDIENCE]);
    const other = new Story(shop, partitions);
    identify(other, [["joined", {}]]);
    expect(other.who("ann@x.com").memberships.map((own) => own.audienceId)).toEqual([AUDIENCE]);
  });

  test("its profile fills gaps and overwrites nothing", () => {
    const story = new Story(shop, partitions);
    story.happens("named", { email: "ann@x.com", first_name: "Ann" });
    identify(story, [["named", { first_name: "Device" }]]);
    expect(story.who("ann@x.com").data["first_name"]?.value).toBe("Ann");
    identify(story, [["named", { first_name: "Device" }]], "bob@x.com");
    expect(story.who("bob@x.com").data["first_name"]?.value).toBe("Device");
  });

  test("who referred the device has referred the person", () => {
    const story = new Story(shop, partitions);
    story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
    identify(story, [["clicked", { advocate_code: "APRIL" }]]);
    const relationships = story.who("ann@x.com").relationships;
    expect(relationships.map((own) => [own.myRole, own.otherPersonId])).toEqual([
      ["FRIEND", story.who("april@x.com").id],
    ]);
  });

  test("the person's history says that a device was folded in", () => {
    const story = new Story(shop, partitions);
    story.happens("visited", { email: "ann@x.com" });
    identify(story, [["visited", {}]]);
    expect(story.who("ann@x.com").identityHistory).toMatchObject([
      { kind: "IDENTITY_SHIFT", shape: "DEVICE_NO_KEY_IDENTITY_WITH_KEY", oldKeyValue: null, atMs: story.nowMs },
    ]);
  });

  test("where the address is new, it says that the device got its first key", () => {
    const story = new Story(shop, partitions);
    identify(story, [["visited", {}]]);
    expect(story.who("ann@x.com").identityHistory).toMatchObject([
      { kind: "IDENTITY_SHIFT", shape: "DEVICE_WITH_KEY", oldKeyValue: null, atMs: story.nowMs },
    ]);
    story.happens("visited", { email: "ann@x.com" });
    expect(story.who("ann@x.com").identityHistory).toHaveLength(1);
  });

  test("a device that has done nothing that counts is noted all the same", () => {
    const story = new Story(shop, partitions);
    identify(story, [["ignored", {}]]);
    expect(story.who("ann@x.com").identityHistory).toMatchObject([{ shape: "DEVICE_WITH_KEY" }]);
  });

  test("a long history is one shift", () => {
    const story = new Story(shop, partitions);
    identify(
      story,
      Array.from({ length: 40 }, () => ["visited", {}]),
    );
    expect(story.who("ann@x.com").identityHistory.map((own) => own.kind)).toEqual(["IDENTITY_SHIFT"]);
  });

  test("a block of the device is the person's; the stricter of two stands", () => {
    const story = new Story(shop, partitions);
    const device = story.happens("visited").personId ?? "";
    story.block(story.withId(device), "REWARDS");
    story.happens("identified", { person_id: device, email: "ann@x.com" });
    expect(story.who("ann@x.com").block).toBe("REWARDS");
    story.happens("bought", { email: "ann@x.com" });
    expect(story.who("ann@x.com").rewards).toEqual([]);
    identify(story, [["visited", {}]]);
    expect(story.who("ann@x.com").block).toBe("REWARDS");
  });

  test("later events of the device are the person's", () => {
    const story = new Story(shop, partitions);
    const device = identify(story, [["visited", {}]]);
    expect(story.happens("visited", { person_id: device }).personId).toBe(story.who("ann@x.com").id);
    expect(story.entry(device).stepTotals["*/visited"]).toMatchObject({ count: 1 });
    expect(story.who("ann@x.com").stepTotals["*/visited"]).toMatchObject({ count: 2 });
  });

  test("what was scheduled for the device happens to the person", () => {
    const story = new Story(
      programme([
        on("visited", { actions: [action("SCHEDULE", { schedule_name: "reminder", delays: ["P1D"] })] }),
        on("identified"),
        onType("SCHEDULED", "reminder", { name: "reminded" }),
      ]),
      partitions,
    );
    identify(story, [["visited", {}]]);
    story.passes(86_400_000);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE", "identified NONE", "reminded NONE"]);
  });

  test("a partner user id of the device leads to the person", () => {
    const story = new Story(shop, partitions);
    identify(story, [["visited", { partner_user_id: "device-7" }]]);
    const ann = story.who("ann@x.com");
    expect(ann.partnerUserId).toBe("device-7");
    expect(story.happens("visited", { partner_user_id: "device-7" }).personId).toBe(ann.id);
  });

  test("an e-mail and the device's partner user id in one event merge as well", () => {
    const story = new Story(shop, partitions);
    story.happens("visited", { partner_user_id: "device-7" });
    story.happens("identified", { email: "ann@x.com", partner_user_id: "device-7" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE", "identified NONE"]);
    expect(story.personBy("device-7", "partner_user_id")?.id).toBe(story.who("ann@x.com").id);
  });

  test("a partner user id alone merges nobody: two devices stay two", () => {
    const story = new Story(shop, partitions);
    const first = story.happens("visited", { partner_user_id: "u-7" }).personId ?? "";
    const second = story.happens("visited").personId ?? "";
    expect(story.happens("visited", { person_id: second, partner_user_id: "u-7" }).personId).toBe(second);
    expect([story.entry(first), story.entry(second)]).toMatchObject([
      { forwardedTo: null, partnerUserId: "u-7" },
      { forwardedTo: null, partnerUserId: null, identityHistory: [{ kind: "SPLIT_LOSER", winningPersonId: first }] },
    ]);
    expect(story.happens("visited", { partner_user_id: "u-7" }).personId).toBe(first);
  });

  test("nor does it merge a device into the person of an address that the event does not carry", () => {
    const story = new Story(shop, partitions);
    const device = story.happens("visited", { partner_user_id: "u-7" }).personId ?? "";
    const ann = story.happens("visited", { email: "ann@x.com" }).personId ?? "";
    story.happens("visited", { person_id: ann, partner_user_id: "u-7" });
    expect(story.entry(device).forwardedTo).toBeNull();
    expect(story.who("ann@x.com").identityHistory).toMatchObject([{ kind: "SPLIT_LOSER", winningPersonId: device }]);
  });

  test("several devices may be one person's", () => {
    const story = new Story(shop, partitions);
    for (const page of ["phone", "tablet", "desktop"]) identify(story, [["visited", { page }]]);
    const pages = story.stepsOf(story.who("ann@x.com")).map((step) => dataOf(step)["page"]);
    expect(pages.filter((page) => page !== undefined)).toEqual(["phone", "tablet", "desktop"]);
  });

  test("a device that has a person is not handed to another: the old id stays with the first", () => {
    const story = new Story(shop, partitions);
    const device = identify(story, [["visited", {}]]);
    story.happens("identified", { person_id: device, email: "bob@x.com" });
    expect(story.withId(device).email).toBe("ann@x.com");
    expect(story.personBy("bob@x.com")).toBeNull();
  });
});

test("a blocked person gets neither the device's event nor its history", () => {
  const story = new Story(shop);
  story.happens("visited", { email: "ann@x.com" });
  story.block(story.who("ann@x.com"), "EVENTS");
  const device = story.happens("visited").personId ?? "";
  expect(story.happens("identified", { person_id: device, email: "ann@x.com" }).errorCode).toBe("event_blocked");
  expect(story.entry(device).forwardedTo).toBeNull();
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE"]);
});

test("rules of the identifying event already see what the device did", () => {
  const story = new Story(
    programme([on("visited"), on("identified", { triggers: [priorSteps("QUALIFYING", "visited", { count_min: 2 })] })]),
  );
  identify(story, [
    ["visited", {}],
    ["visited", {}],
  ]);
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE", "visited NONE", "identified NONE"]);
});

test("a coupon that is still on its way when the device is merged reaches the person", () => {
  const story = new Story(
    programme([on("bought", { actions: [earn("COUPON")] }), on("identified"), onReward("told", ["FULFILLED"])], {
      suppliers: [coupons("COUPON", ["C-1"])],
    }),
  );
  const device = story.happens("identified").personId ?? "";
  story.arrives("bought", { person_id: device });
  story.arrives("identified", { person_id: device, email: "ann@x.com" });
  // The pool answers last.
  const pool = partitionOf(CLIENT, "pool/COUPON", PARTITIONS);
  story.settle((ready) => ready.find((partition) => partition !== pool) ?? pool);
  expect(story.who("ann@x.com").rewards).toMatchObject([{ state: "FULFILLED", partnerRewardId: "C-1" }]);
  expect(story.stepNames(story.who("ann@x.com")).filter((name) => name === "told NONE")).toHaveLength(1);
});

describe("forwarded persons", () => {
  function chain(story: Story, length: number): Person[] {
    const people = Array.from({ length }, (_, n) => {
      story.happens("visited", { email: `link${n}@x.com` });
      return story.who(`link${n}@x.com`);
    });
    for (const [n, from] of people.entries()) {
      const to = people[n + 1];
      if (to !== undefined) expect(story.forward(from, to)).toBeNull();
    }
    return people;
  }

  test("an event follows as many links as it may take hops", () => {
    const story = new Story(shop, 1);
    const people = chain(story, EVENT_HOPS_MAX + 1);
    expect(story.happens("visited", { email: "link0@x.com" })).toMatchObject({
      personId: people[EVENT_HOPS_MAX]?.id,
      errorCode: null,
    });
    expect(story.who("link0@x.com").stepTotals["*/visited"]?.count).toBe(EVENT_HOPS_MAX + 2);
  });

  test("beyond that it is refused: nobody follows links for ever", () => {
    const story = new Story(shop, 1);
    chain(story, EVENT_HOPS_MAX + 2);
    expect(story.happens("visited", { email: "link0@x.com" })).toMatchObject({
      personId: null,
      errorCode: "person_not_found",
    });
    expect(story.refusals()).toEqual(["person_not_found"]);
  });

  test("the target's history keeps the old address", () => {
    const story = new Story(shop);
    const [from = "", to = ""] = emailsByPartition();
    story.happens("visited", { email: from });
    story.happens("visited", { email: to });
    story.forward(story.who(from), story.who(to));
    expect(story.who(to).identityHistory).toMatchObject([
      { kind: "IDENTITY_SHIFT", shape: "IDENTITY_MERGED", oldKeyValue: from },
    ]);
  });

  test("a block goes along: forwarding a person does not free it", () => {
    for (const [own, target, after] of [
      ["REWARDS", "NONE", "REWARDS"],
      ["NONE", "REWARDS", "REWARDS"],
      ["EVENTS", "REWARDS", "EVENTS"],
      ["REWARDS", "EVENTS", "EVENTS"],
    ] as const) {
      const story = new Story(shop);
      const [from = "", to = ""] = emailsByPartition();
      for (const email of [from, to]) story.happens("visited", { email });
      story.block(story.who(from), own);
      story.block(story.who(to), target);
      story.forward(story.who(from), story.who(to));
      expect(story.who(to).block).toBe(after);
    }
  });

  test.each([
    ["frank@y.com", "april@x.com"],
    ["april@x.com", "frank@y.com"],
  ])("two persons who know each other do not become their own friend (%s to %s)", (from, to) => {
    const story = new Story(shop);
    story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    expect(story.forward(story.who(from), story.who(to))).toBeNull();
    expect(story.who(to).relationships).toEqual([]);
  });

  test("nor when the two become one by way of a third", () => {
    const story = new Story(shop);
    story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    story.happens("visited", { email: "third@z.com" });
    for (const from of ["april@x.com", "frank@y.com"]) {
      expect(story.forward(story.who(from), story.who("third@z.com"))).toBeNull();
    }
    expect(story.who("third@z.com").relationships).toEqual([]);
  });
});
