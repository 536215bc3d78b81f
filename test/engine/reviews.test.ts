// Actions of older campaigns: INCENTIVIZE, APPROVE, DECLINE, INCENTIVIZE_STATUS_UPDATE, and the reward rules behind them.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REVIEWS_PER_PERSON_MAX } from "../../src/engine/limits.ts";
import type { CampaignDocument, ControllerDocument, ProgramDocument } from "../../src/model/campaign.ts";
import type { Review } from "../../src/model/incentive.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Person } from "../../src/model/person.ts";
import { compileProgram } from "../../src/rules/mod.ts";
import {
  action,
  campaign,
  CAMPAIGN,
  CLIENT,
  condition,
  datum,
  emailsByPartition,
  fromEvent,
  on,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const FRIEND = { email: "frank@x.com" };
const DAY_MS = 86_400_000;

const friendRule: JsonObject & { id: string } = {
  id: "R1",
  rewardee: "FRIEND",
  trigger_action_type: "ANY_PURCHASE",
  reward_supplier_id: "CREDIT",
};

interface Rules {
  readonly rewards?: readonly JsonObject[];
  readonly transitions?: readonly JsonObject[];
  readonly quality?: NonNullable<CampaignDocument["incentive"]>["quality_rules"];
}

const named = { partner_event_id: fromEvent("order_id") };

function bought(parameters: JsonObject = {}, more: Partial<ControllerDocument> = {}): ControllerDocument {
  return on("bought", {
    data: [datum("order_id", "PARTNER_EVENT_KEY"), datum("value", "VALUE"), datum("colour")],
    actions: [action("INCENTIVIZE", { incentivize_action_type: "PURCHASE", ...parameters })],
    ...more,
  });
}

const deciders = [
  on("approve", { actions: [action("APPROVE", { ...named, note: "fine", reward_tags: ["late"] })] }),
  on("insist", { actions: [action("APPROVE", { ...named, force: "true" })] }),
  on("decline", {
    actions: [action("DECLINE", { ...named, note: "returned", polling_id: "p1", polling_name: "done" })],
  }),
  on("release", { actions: [action("INCENTIVIZE_STATUS_UPDATE", { ...named, move_to_pending: true, message: "go" })] }),
  on("update", { actions: [action("INCENTIVIZE_STATUS_UPDATE", { ...named, review_status: fromEvent("to") })] }),
];

function older(steps: CampaignDocument["steps"], rules: Rules, more: Partial<CampaignDocument> = {}): ProgramDocument {
  const document: CampaignDocument = campaign([...steps, ...deciders], more);
  const incentive = {
    reward_rules: [...(rules.rewards ?? [friendRule])].map((rule) => ({ id: "R1", ...rule })),
    transition_rules: [...(rules.transitions ?? [])].map((rule) => ({ action_type: "ANY_PURCHASE", ...rule })),
    quality_rules: [...(rules.quality ?? [])],
  };
  return programme([], {
    suppliers: [supplier("CREDIT"), supplier("POINTS")],
    campaigns: [{ ...document, incentive }],
  });
}

function reviews(person: Person): readonly Review[] {
  return person.incentives?.reviews ?? [];
}

function status(story: Story, email = "frank@x.com"): string[] {
  return reviews(story.who(email)).map((review) => `${review.status} ${review.quality}`);
}

function paid(story: Story, email = "frank@x.com"): string[] {
  return rewardsOf(story.who(email)).map((reward) => reward.replace(/ \d+$/, ""));
}

const waits = [{ transition_period_milliseconds: 3 * DAY_MS, approve_high_quality: true, approve_low_quality: false }];

describe("INCENTIVIZE", () => {
  test("without a period is decided at once by its quality", () => {
    const story = new Story(older([bought()], {}));
    story.happens("bought", { ...FRIEND, order_id: "A-1", value: 20 });
    expect(status(story)).toEqual(["APPROVED HIGH"]);
    expect(paid(story)).toEqual(["CREDIT EARNED"]);
    expect(reviews(story.who("frank@x.com"))[0]).toMatchObject({
      actionType: "PURCHASE",
      name: "bought",
      campaignId: CAMPAIGN,
      value: 20,
      partnerEventId: { name: "order_id", value: "A-1" },
      causeName: "bought",
      causeType: "INPUT",
    });
  });

  test("a quality rule for its kind of action speaks against it; one for another kind does not", () => {
    const rule = (type: string): Rules["quality"] => [{ id: "Q", rule_type: "VALID_EMAIL", action_types: [type] }];
    for (const [type, expected] of [
      ["ANY_PURCHASE", "DECLINED LOW"],
      ["ANY_CLICK", "APPROVED HIGH"],
    ] as const) {
      const story = new Story(older([bought()], { quality: rule(type) }));
      const { personId } = story.happens("bought", { partner_user_id: "u1", order_id: "A-1" });
      expect(reviews(story.withId(personId)).map((own) => `${own.status} ${own.quality}`)).toEqual([expected]);
    }
  });

  test("a step of low quality is suspicious; a transition rule may take it all the same", () => {
    const low = bought({}, { triggers: [condition("QUALITY", "false")] });
    const strict = new Story(older([low], {}));
    strict.happens("bought", { ...FRIEND, order_id: "A-1" });
    expect(status(strict)).toEqual(["DECLINED LOW"]);
    const lenient = new Story(older([low], { transitions: [{ approve_low_quality: true }] }));
    lenient.happens("bought", { ...FRIEND, order_id: "A-1" });
    expect(status(lenient)).toEqual(["APPROVED LOW"]);
  });

  test("waits for the period of its kind, not a moment less, and is then decided once", () => {
    const story = new Story(older([bought()], { transitions: waits }));
    story.happens("bought", { ...FRIEND, order_id: "A-1" });
    expect(status(story)).toEqual(["PENDING HIGH"]);
    story.passes(3 * DAY_MS - 1);
    expect(status(story)).toEqual(["PENDING HIGH"]);
    story.passes(1);
    expect(status(story)).toEqual(["APPROVED HIGH"]);
    story.passes(30 * DAY_MS);
    expect(paid(story)).toEqual(["CREDIT EARNED"]);
  });

  test("EVALUATING is held until it is moved, and its period begins then", () => {
    const story = new Story(older([bought({ review_status: "EVALUATING" })], { transitions: waits }));
    story.happens("bought", { ...FRIEND, order_id: "A-1" });
    story.passes(30 * DAY_MS);
    expect(status(story)).toEqual(["EVALUATING HIGH"]);
    story.happens("release", { ...FRIEND, order_id: "A-1" });
    expect(status(story)).toEqual(["PENDING HIGH"]);
    story.passes(3 * DAY_MS);
    expect(status(story)).toEqual(["APPROVED HIGH"]);
    expect(reviews(story.who("frank@x.com"))[0]?.note).toBe("go");
  });

  test("overrides and data say it otherwise than the step", () => {
    const parameters = {
      action_name: fromEvent("kind"),
      overrides: { partner_event_id: fromEvent("invoice"), cart_value: "12.5" },
      data: { colour: "red", size: 3 },
    };
    const story = new Story(older([bought(parameters)], {}));
    story.happens("bought", { ...FRIEND, order_id: "A-1", invoice: "I-9", value: 20, colour: "blue", kind: "Big" });
    expect(reviews(story.who("frank@x.com"))[0]).toMatchObject({
      name: "Big",
      value: 12.5,
      partnerEventId: { name: "order_id", value: "I-9" },
      data: { order_id: "A-1", colour: "red", size: 3 },
    });
  });

  test("decided reviews make room; when all are open, the next is refused and listed", () => {
    const decided = new Story(older([bought()], {}), 1);
    for (let n = 0; n <= REVIEWS_PER_PERSON_MAX; n++) decided.happens("bought", { ...FRIEND, order_id: `A-${n}` });
    expect(reviews(decided.who("frank@x.com")).length).toBe(REVIEWS_PER_PERSON_MAX);
    const open = new Story(older([bought({ review_status: "EVALUATING" })], {}), 1);
    for (let n = 0; n <= REVIEWS_PER_PERSON_MAX; n++) open.happens("bought", { ...FRIEND, order_id: `A-${n}` });
    expect(reviews(open.who("frank@x.com")).length).toBe(REVIEWS_PER_PERSON_MAX);
    expect(open.refusals()).toEqual(["reviews_per_person_max"]);
  });
});

describe("APPROVE and DECLINE", () => {
  const pending = older([bought()], { transitions: waits });

  test("APPROVE decides before the period is over; the reward bears the tags; nothing follows at its end", () => {
    const story = new Story(pending);
    story.happens("bought", { ...FRIEND, order_id: "A-1" });
    story.happens("approve", { ...FRIEND, order_id: "A-2" });
    expect(status(story)).toEqual(["PENDING HIGH"]);
    story.happens("approve", { ...FRIEND, order_id: "a-1" });
    story.happens("approve", { ...FRIEND, order_id: "A-1" });
    story.passes(3 * DAY_MS);
    expect(status(story)).toEqual(["APPROVED HIGH"]);
    expect(paid(story)).toEqual(["CREDIT EARNED"]);
    expect(story.who("frank@x.com").rewards[0]?.tags).toEqual(["late"]);
    expect(reviews(story.who("frank@x.com"))[0]?.note).toBe("fine");
  });

  test("what is suspicious or declined is approved by force only", () => {
    const story = new Story(older([bought({}, { triggers: [condition("QUALITY", "false")] })], { transitions: waits }));
    story.happens("bought", { ...FRIEND, order_id: "A-1" });
    story.happens("approve", { ...FRIEND, order_id: "A-1" });
    expect(status(story)).toEqual(["PENDING LOW"]);
    story.passes(3 * DAY_MS);
    story.happens("approve", { ...FRIEND, order_id: "A-1" });
    expect(status(story)).toEqual(["DECLINED LOW"]);
    story.happens("insist", { ...FRIEND, order_id: "A-1" });
    expect(status(story)).toEqual(["APPROVED LOW"]);
    expect(paid(story)).toEqual(["CREDIT EARNED"]);
  });

  test("DECLINE of what waits earns nothing, ever, and tells whoever polls", () => {
    const story = new Story(pending, 1);
    story.happens("bought", { ...FRIEND, order_id: "A-1" });
    story.happens("decline", { ...FRIEND, order_id: "A-1" });
    story.passes(3 * DAY_MS);
    expect(status(story)).toEqual(["DECLINED HIGH"]);
    expect(paid(story)).toEqual([]);
    const [{ id }] = reviews(story.who("frank@x.com")) as [Review];
    expect(story.query(0, { kind: "signals", client: CLIENT, pollingId: "p1" })).toMatchObject({
      signals: [{ name: "done", data: { status: "DECLINED", reviews: [id] } }],
    });
  });

  test("DECLINE of what was approved takes back what is not handed out yet, and only that", () => {
    const auto = { ...supplier("POINTS"), auto_fulfillment_enabled: true };
    const document = older([bought()], {
      rewards: [friendRule, { ...friendRule, id: "R2", reward_supplier_id: "POINTS" }],
    });
    const story = new Story({ ...document, suppliers: [supplier("CREDIT"), auto] });
    story.happens("bought", { ...FRIEND, order_id: "A-1" });
    expect(paid(story)).toEqual(["CREDIT EARNED", "POINTS FULFILLED"]);
    story.happens("decline", { ...FRIEND, order_id: "A-1" });
    expect(paid(story)).toEqual(["CREDIT CANCELED", "POINTS FULFILLED"]);
    story.happens("decline", { ...FRIEND, order_id: "A-1" });
    expect(paid(story)).toEqual(["CREDIT CANCELED", "POINTS FULFILLED"]);
  });

  test("a block declines what is open, and a stopped campaign decides nothing", () => {
    const story = new Story(pending);
    story.happens("bought", { ...FRIEND, order_id: "A-1" });
    const { id } = story.who("frank@x.com");
    const change = { kind: "block", block: "REWARDS", reason: "fraud" } as const;
    story.commands({ kind: "change_person", client: CLIENT, personId: id, change });
    expect(status(story)).toEqual(["DECLINED HIGH"]);
    const stopped = new Story(older([bought()], { transitions: waits }, { stop_date: "2027-01-02T00:00:00Z" }), 1);
    stopped.nowMs = Date.parse("2027-01-01T00:00:00Z");
    stopped.happens("bought", { ...FRIEND, order_id: "A-1" });
    stopped.passes(3 * DAY_MS);
    expect(status(stopped)).toEqual(["PENDING HIGH"]);
    expect(stopped.refusals()).toContain("campaign_stopped");
  });

  test("each filter narrows what is meant; what the event does not have matches nothing", () => {
    const decide = (parameters: JsonObject) => on("now", { actions: [action("APPROVE", parameters)] });
    const cases: readonly (readonly [JsonObject, string])[] = [
      [{ event_type: "purchase" }, "APPROVED HIGH"],
      [{ event_type: "bought" }, "APPROVED HIGH"],
      [{ event_type: "CLICK" }, "PENDING HIGH"],
      [{ cause_type: "INPUT" }, "APPROVED HIGH"],
      [{ cause_type: "STEP" }, "PENDING HIGH"],
      [{ legacy_action_id: "the-action" }, "APPROVED HIGH"],
      [{ legacy_action_id: "another" }, "PENDING HIGH"],
      [{ partner_event_id: fromEvent("nothing") }, "PENDING HIGH"],
      [{}, "PENDING HIGH"],
    ];
    const incentivize = { ...action("INCENTIVIZE", { incentivize_action_type: "PURCHASE" }), action_id: "the-action" };
    for (const [parameters, expected] of cases) {
      const story = new Story(
        older([bought({}, { actions: [incentivize] }), decide(parameters)], { transitions: waits }),
      );
      story.happens("bought", { ...FRIEND, order_id: "A-1" });
      story.happens("now", FRIEND);
      expect(status(story), JSON.stringify(parameters)).toEqual([expected]);
    }
  });
});

describe("INCENTIVIZE_STATUS_UPDATE", () => {
  test("moves a review where the table lets it, and refuses the rest", () => {
    const story = new Story(older([bought({ review_status: "EVALUATING" })], {}), 1);
    const to = (wanted: string): void => {
      story.happens("update", { ...FRIEND, order_id: "A-1", to: wanted });
    };
    story.happens("bought", { ...FRIEND, order_id: "A-1" });
    to("nonsense");
    expect(status(story)).toEqual(["EVALUATING HIGH"]);
    to("declined");
    expect(status(story)).toEqual(["DECLINED HIGH"]);
    to("EVALUATING");
    expect(status(story)).toEqual(["DECLINED HIGH"]);
    to("APPROVED");
    expect(status(story)).toEqual(["APPROVED HIGH"]);
    to("PENDING");
    expect(status(story)).toEqual(["APPROVED HIGH"]);
    expect(story.refusals()).toEqual(["review_status_unknown", "review_status_illegal", "review_status_illegal"]);
    expect(paid(story)).toEqual(["CREDIT EARNED"]);
  });
});

describe("reward rules", () => {
  const buys = (story: Story, n: number, data: JsonObject = {}): void => {
    for (let i = 0; i < n; i++) story.happens("bought", { ...FRIEND, order_id: `A-${i}`, ...data });
  };
  const ruled = (rule: JsonObject): Story => new Story(older([bought()], { rewards: [{ ...friendRule, ...rule }] }), 1);

  test("conditions of the action: value, datum, pattern, expression", () => {
    const cases: readonly (readonly [JsonObject, JsonObject, number])[] = [
      [{ min_cart_value: 10 }, { value: 10 }, 1],
      [{ min_cart_value: 10 }, { value: 9.99 }, 0],
      [{ min_cart_value: 10 }, {}, 0],
      [{ data_attribute_name: "colour", data_attribute_value: "red" }, { colour: "red" }, 1],
      [{ data_attribute_name: "colour", data_attribute_value: "red" }, { colour: "reddish" }, 0],
      [
        { data_attribute_name: "colour", data_attribute_value: "^re", data_attribute_matcher_type: "REGEX" },
        { colour: "reddish" },
        1,
      ],
      [
        { expression: { type: "JS", value: "context.getCauseEvent().getData().colour === 'red'" } },
        { colour: "red" },
        1,
      ],
      [
        { expression: { type: "JS", value: "context.getCauseEvent().getData().colour === 'red'" } },
        { colour: "blue" },
        0,
      ],
      [{ trigger_action_type: "ANY_CLICK" }, {}, 0],
      [{ is_email_required: true }, {}, 1],
    ];
    for (const [rule, data, expected] of cases) {
      const story = ruled(rule);
      buys(story, 1, data);
      expect(paid(story).length, JSON.stringify([rule, data])).toBe(expected);
    }
  });

  test("an e-mail is required of the one who is rewarded", () => {
    const story = ruled({ is_email_required: true });
    const { personId } = story.happens("bought", { partner_user_id: "u1", order_id: "A-1" });
    expect(rewardsOf(story.withId(personId))).toEqual([]);
  });

  test("every third action; the first of a friend only; not more than two", () => {
    const third = ruled({ reward_every_x_friend_actions: 3 });
    buys(third, 7);
    expect(paid(third).length).toBe(2);
    const once = ruled({ is_unique_friend_required: true });
    buys(once, 3);
    expect(paid(once).length).toBe(1);
    const two = ruled({ reward_count_limit: 2 });
    buys(two, 5);
    expect(paid(two).length).toBe(2);
  });

  test("a limit of value counts what this one would pay; a window forgets", () => {
    const face = supplier("CREDIT").face_value ?? 0;
    const capped = ruled({ reward_value_limit: 2 * face });
    buys(capped, 4);
    expect(paid(capped).length).toBe(2);
    const document = older([bought()], { rewards: [{ ...friendRule, reward_value_limit: 0.3 }] });
    const cents = new Story({ ...document, suppliers: [supplier("CREDIT", { face_value: 0.1 })] }, 1);
    buys(cents, 4);
    expect(rewardsOf(cents.who("frank@x.com")).length).toBe(3);
    const windowed = ruled({ reward_count_limit: 1, reward_count_since_days: 7 });
    buys(windowed, 2);
    windowed.passes(8 * DAY_MS);
    buys(windowed, 2);
    expect(paid(windowed).length).toBe(2);
  });

  test("a limit that begins anew in a month", () => {
    const story = ruled({ reward_count_limit: 1, reward_count_since_month: 4 });
    story.nowMs = Date.parse("2027-03-30T00:00:00Z");
    buys(story, 2);
    story.passes(3 * DAY_MS);
    buys(story, 2);
    expect(paid(story).length).toBe(2);
  });

  test("the advocate is rewarded, wherever he lives, and loses it when it is declined", () => {
    const [near = "", , far = ""] = emailsByPartition();
    const advocateRule = { ...friendRule, rewardee: "ADVOCATE", referrals_per_reward: 2 };
    const story = new Story(
      older([on("coded", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }), bought()], {
        rewards: [advocateRule],
      }),
    );
    story.happens("coded", { email: far, advocate_code: "FAR" });
    story.happens("bought", { email: near, advocate_code: "FAR", order_id: "A-1" });
    story.happens("bought", { email: near, advocate_code: "FAR", order_id: "A-2" });
    expect(paid(story, far)).toEqual([]);
    story.happens("bought", { ...FRIEND, advocate_code: "FAR", order_id: "A-3" });
    expect(paid(story, far)).toEqual(["CREDIT EARNED"]);
    expect(paid(story, near)).toEqual([]);
    story.happens("decline", { ...FRIEND, order_id: "A-3" });
    expect(paid(story, far)).toEqual(["CREDIT CANCELED"]);
  });

  test("a share is the advocate's own action", () => {
    const shared = on("shared", { actions: [action("INCENTIVIZE", { incentivize_action_type: "SHARE" })] });
    const rule = { ...friendRule, rewardee: "ADVOCATE", trigger_action_type: "ANY_SHARE" };
    const story = new Story(older([shared], { rewards: [rule] }));
    story.happens("shared", FRIEND);
    expect(paid(story)).toEqual(["CREDIT EARNED"]);
  });

  test("reviews and what rules remember go along when a device becomes known", () => {
    const story = new Story(
      older([bought()], { transitions: waits, rewards: [{ ...friendRule, reward_count_limit: 1 }] }),
    );
    const { personId } = story.happens("bought", { partner_user_id: "u1", order_id: "A-1" });
    story.happens("bought", { ...FRIEND, partner_user_id: "u1", order_id: "A-2" });
    expect(story.entry(personId ?? "").forwardedTo ?? story.who("frank@x.com").id).toBe(story.who("frank@x.com").id);
    story.passes(3 * DAY_MS);
    expect(status(story)).toEqual(["APPROVED HIGH", "APPROVED HIGH"]);
    expect(paid(story)).toEqual(["CREDIT EARNED"]);
  });
});

describe("whatever happens", () => {
  const names = ["bought", "approve", "insist", "decline", "release", "update", "passes"] as const;
  interface Happening {
    readonly name: (typeof names)[number];
    readonly friend: number;
    readonly order: number;
    readonly to: string;
  }
  const happening: fc.Arbitrary<Happening> = fc.record({
    name: fc.constantFrom(...names),
    friend: fc.nat(1),
    order: fc.nat(2),
    to: fc.constantFrom("PENDING", "APPROVED", "DECLINED", "EVALUATING", "x"),
  });
  const advocateRule = { ...friendRule, id: "R2", rewardee: "ADVOCATE", reward_supplier_id: "POINTS" };
  const document = older([on("coded", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }), bought()], {
    transitions: waits,
    rewards: [friendRule, advocateRule],
  });

  /** Statuses by friend and order, and rewards of all, sorted. */
  function play(happenings: readonly Happening[], partitions: number): unknown {
    const story = new Story(document, partitions);
    story.happens("coded", { email: "april@x.com", advocate_code: "APRIL" });
    const friends = ["f0@x.com", "f1@x.com"] as const;
    for (const email of friends) story.happens("seen", { email, advocate_code: "APRIL" });
    for (const { name, friend, order, to } of happenings) {
      if (name === "passes") story.passes(DAY_MS);
      else story.happens(name, { email: friends[friend] ?? "", advocate_code: "APRIL", order_id: `A-${order}`, to });
    }
    const all = friends.map((email) => story.who(email));
    for (const person of all) {
      const approved = reviews(person).filter((review) => review.status === "APPROVED").length;
      const live = person.rewards.filter(({ state }) => state === "EARNED");
      expect(live.length, "a live reward for each approved review, and no other").toBe(approved);
    }
    const approved = all.flatMap((person) => reviews(person)).filter((review) => review.status === "APPROVED").length;
    const april = story.who("april@x.com");
    expect(april.rewards.filter(({ state }) => state === "EARNED").length, "the advocate's").toBe(approved);
    return all.map((person) => reviews(person).map(({ status: now, quality }) => `${now} ${quality}`));
  }

  test("rewards follow reviews, and partitions make no difference", () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 1, maxLength: 25 }), (happenings) => {
        expect(play(happenings, 4)).toEqual(play(happenings, 1));
      }),
      { numRuns: 60 },
    );
  });
});

describe("at publish", () => {
  const cases: readonly (readonly [string, ProgramDocument])[] = [
    ["there is no kind of action ANY_DANCE", older([bought({ incentivize_action_type: "ANY_DANCE" })], {})],
    ["email cannot be overridden", older([bought({ overrides: { email: "x" } })], {})],
    [
      "there is no reward supplier GOLD",
      older([bought()], { rewards: [{ ...friendRule, reward_supplier_id: "GOLD" }] }),
    ],
    ["SPEL", older([bought()], { rewards: [{ ...friendRule, expression: { type: "SPEL", value: "1 == 1" } }] })],
    ["there are two reward rules R1", older([bought()], { rewards: [friendRule, friendRule] })],
    ["unknown parameter colour", older([bought()], { rewards: [{ ...friendRule, colour: "red" }] })],
    ["a month is a number", older([bought()], { rewards: [{ ...friendRule, reward_count_since_month: 13 }] })],
    [
      "review_status must be one of",
      older([on("x", { actions: [action("INCENTIVIZE_STATUS_UPDATE", { review_status: "MAYBE" })] })], {}),
    ],
    [
      "either review_status or move_to_pending",
      older([on("x", { actions: [action("INCENTIVIZE_STATUS_UPDATE")] })], {}),
    ],
  ];

  test.each(cases)("%s", (message, document) => {
    const compiled = compileProgram(document);
    expect(compiled.ok ? [] : compiled.error.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
  });
});
