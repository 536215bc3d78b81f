// Erasure: who asks to be forgotten is, wherever something was kept of it; what others have, and what was counted, stays.

import { describe, expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { listMerged } from "../../src/engine/person/merged_persons.ts";
import { encodeOutcomes } from "../../src/engine/outcome.ts";
import type { Bearer } from "../../src/model/event.ts";
import { type AttemptResult, type Job, jobKey } from "../../src/model/job.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Person } from "../../src/model/person.ts";
import { recordKinds } from "../../src/model/record.ts";
import { plainMove } from "../../src/model/reward.ts";
import type { PartitionState } from "../../src/model/state.ts";
import { entriesWith } from "../support/sayings.ts";
import {
  action,
  CLIENT,
  coupons,
  datum,
  earn,
  emailsByPartition,
  on,
  type Outcome,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const ANN = "ann@x.com";
const ZOE = "zoe@x.com";
const DAY_MS = 86_400_000;

const shop = programme(
  [
    on("registered", {
      data: [
        datum("advocate_code", "PARTNER_PROFILE_KEY"),
        datum("card", "PARTNER_PROFILE_KEY"),
        datum("first_name", "NONE", { persist_types: ["PROFILE"] }),
      ],
    }),
    on("visited", { data: [datum("note")] }),
    on("clicked"),
    on("joined", { actions: [action("CREATE_MEMBERSHIP", { audience_id: "gold" })] }),
    on("shared", { actions: [action("SHARE_EVENT", { quality: "ALWAYS" })] }),
    on("asked", {
      actions: [
        action("WEBHOOK", { webhook_id: "W1", data: { name: "javascript@runtime:context.getPerson().getEmail()" } }),
        action("SCHEDULE", { schedule_name: "reminded", delays: ["P1D"], data: { name: "Zoe" } }),
      ],
    }),
    on("reminded"),
    on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")], actions: [earn("CREDIT")] }),
    on("won", { data: [datum("first_name")], actions: [earn("COUPON"), earn("CREDIT", { data: { to: "Zoe" } })] }),
    on("paid", { actions: [earn("CARD")] }),
  ],
  {
    audiences: [{ id: "gold", name: "gold" }],
    suppliers: [
      supplier("CREDIT"),
      coupons("COUPON", ["C-1", "C-2"]),
      supplier("CARD", { reward_supplier_type: "TANGO_V2", account_id: "A-1", utid: "U-1" }),
    ],
    webhooks: [{ id: "W1", name: "shop", url: "https://shop.example.com" }],
  },
);

function erase(story: Story, { id }: Pick<Person, "id">): Outcome {
  return story.commands({ kind: "erase_person", client: CLIENT, personId: id });
}

function statesOf({ contexts }: Story): PartitionState[] {
  return contexts.map(({ state }) => state);
}

function jobsOf(story: Story, personId: string): readonly Job[] {
  const answer = story.query(originOf(personId) ?? 0, { kind: "jobs", client: CLIENT, personId });
  return answer.kind === "jobs" ? answer.jobs : [];
}

function happensAt(story: Story, device: string, name: string, data: JsonObject = {}): Outcome {
  const bearer: Bearer = { device, personId: null };
  return story.happens(name, data, undefined, {
    scopes: ["UPDATE_PROFILE"],
    bearer,
    ip: "203.0.113.9",
    deviceId: device,
  });
}

/** Zoe does all that a person can. */
function zoeIsBusy(story: Story): Person {
  happensAt(story, "phone-of-zoe", "visited");
  happensAt(story, "phone-of-zoe", "visited", { email: ZOE });
  story.happens("registered", {
    email: ZOE,
    partner_user_id: "zoe-7",
    advocate_code: "ZOE10",
    card: "zoe-card",
    first_name: "Zoe",
  });
  for (let i = 0; i < 40; i++) story.happens("visited", { email: ZOE, note: "from Zoe" });
  story.happens("joined", { email: ZOE });
  story.happens("shared", {
    email: ZOE,
    channel: "EMAIL",
    recipient: "friend.of.zoe@x.com",
    share_message: "Zoe says hello",
  });
  story.happens("asked", { email: ZOE });
  story.happens("won", { email: ZOE, first_name: "Zoe" });
  story.happens("bought", { email: ZOE, order_id: "order-1" });
  return story.who(ZOE);
}

describe("a person that is erased", () => {
  test("is found by nothing that it was known by, and what is kept of it names nobody", () => {
    const story = new Story(shop);
    const zoe = zoeIsBusy(story);
    story.happens("clicked", { email: ANN, advocate_code: "ZOE10" });
    const kinds = new Set(entriesWith(statesOf(story), "zoe").map((entry) => entry.split(" ")[0]));
    expect(kinds).toEqual(new Set(["job", "key", "person", "reward", "stepPage", "timer"]));

    expect(erase(story, zoe)).toMatchObject({ personId: null, errorCode: null });
    expect(story.personById(zoe.id)).toBeNull();
    for (const [keyType, value] of [
      ["email", ZOE],
      ["partner_user_id", "zoe-7"],
      ["advocate_code", "ZOE10"],
      ["card", "zoe-card"],
    ] as const)
      expect(story.personBy(value, keyType), value).toBeNull();
    expect(entriesWith(statesOf(story), "zoe")).toEqual([]);
    story.passes(2 * DAY_MS);
    expect(entriesWith(statesOf(story), "zoe")).toEqual([]);
  });

  test("leaves its rewards in the ledger; one that was not handed out is canceled", () => {
    const story = new Story(shop);
    const zoe = zoeIsBusy(story);
    const before = zoe.rewards.map(({ id }) => story.rewardById(id));
    erase(story, zoe);
    const after = zoe.rewards.map(({ id }) => story.rewardById(id));
    expect(
      after.map(({ supplierId, state, faceValue, partnerRewardId }) => [supplierId, state, faceValue, partnerRewardId]),
    ).toEqual([
      ["COUPON", "FULFILLED", 10, "C-1"],
      ["CREDIT", "CANCELED", 25, null],
      ["CREDIT", "CANCELED", 25, null],
    ]);
    expect(after.map(({ personId, causeEventId, earnedMs }) => [personId, causeEventId, earnedMs])).toEqual(
      before.map(({ personId, causeEventId, earnedMs }) => [personId, causeEventId, earnedMs]),
    );
    const verb = { kind: "move_reward", client: CLIENT, rewardId: after[0]?.id ?? "", verb: "revoke" } as const;
    expect(story.commands({ ...verb, order: plainMove(null) }).errorCode).toBeNull();
  });

  test("comes back as somebody new, by each of its keys, and has the order only once", () => {
    const story = new Story(shop);
    const zoe = zoeIsBusy(story);
    erase(story, zoe);
    const again = story.happens("visited", { email: ZOE }).personId;
    expect(again).not.toBe(zoe.id);
    expect(story.stepNames(story.who(ZOE))).toEqual(["visited NONE"]);
    expect(story.happens("visited", { email: ZOE, partner_user_id: "zoe-7" }).personId).toBe(again);
    expect(story.happens("visited", { partner_user_id: "zoe-7" }).personId).toBe(again);
    story.happens("registered", { email: ZOE, card: "zoe-card" });
    expect(story.happens("visited", { card: "zoe-card" }).personId).toBe(again);
    story.happens("bought", { email: ZOE, order_id: "order-1" });
    expect(rewardsOf(story.who(ZOE))).toEqual([]);
    story.happens("bought", { email: ZOE, order_id: "order-2" });
    expect(rewardsOf(story.who(ZOE))).toEqual(["CREDIT EARNED 25"]);
  });

  test("lets go of a key that its client's rules had given up by then, too", () => {
    const card = { data: [datum("card", "PARTNER_PROFILE_KEY")] };
    const [withCard, withoutCard] = [programme([on("registered", card), on("visited")]), programme([on("visited")])];
    for (const value of ["card-1", "card-2", "card-3", "card-4"]) {
      const story = new Story(withCard);
      story.happens("registered", { email: ZOE, card: value });
      story.uses(withoutCard);
      story.settle();
      const zoe = story.who(ZOE);
      erase(story, zoe);
      story.uses(withCard);
      story.settle();
      const { personId, errorCode } = story.happens("visited", { card: value });
      expect(errorCode).toBeNull();
      expect(personId).not.toBe(zoe.id);
    }
  });

  test("takes with it whoever was merged into it, at one remove and at two, and their devices begin anew", () => {
    for (const email of emailsByPartition()) {
      const story = new Story(shop);
      const device = happensAt(story, "tablet", "visited").personId ?? "";
      happensAt(story, "tablet", "visited", { email: "old.zoe@x.com" });
      const old = story.who("old.zoe@x.com");
      story.happens("visited", { email });
      expect(story.forward(old, story.who(email))).toBeNull();
      expect(story.withId(device).id).toBe(story.who(email).id);

      erase(story, story.who(email));
      for (const id of [device, old.id]) expect(() => story.entry(id), id).toThrow();
      expect(story.personBy("old.zoe@x.com")).toBeNull();
      const anew = happensAt(story, "tablet", "visited");
      expect(anew).toMatchObject({ errorCode: null, value: { isIdentified: false } });
      expect(anew.personId).not.toBe(device);
      expect(story.refusals()).toEqual([]);
    }
  });

  test("takes with it a long line of persons, each of whom became the next", () => {
    const links = 5_000;
    const story = new Story(shop, 1);
    for (let n = 0; n <= links; n++) story.arrives("visited", { email: `p${n}@x.com` });
    story.settle();
    const ids = Array.from({ length: links + 1 }, (_, n) => story.personBy(`p${n}@x.com`)?.id ?? "");
    // As so many forwards leave it, each of which would hand on what all before it did.
    const [state] = statesOf(story);
    for (let n = 0; n < links; n++) {
      const person = state?.edit("person", ids[n] ?? "");
      if (state === undefined || person === undefined) throw new Error("everybody is there");
      person.forwardedTo = ids[n + 1] ?? "";
      listMerged(state, person);
    }
    story.contexts.forEach(({ effects }) => effects.replies.splice(0));
    erase(story, { id: ids[links] ?? "" });
    for (const id of [ids[0], ids[links - 1], ids[links]]) expect(() => story.entry(id ?? "")).toThrow();
  });

  test("is found by the id of whoever was merged into it", () => {
    const story = new Story(shop);
    story.happens("visited", { email: "old@x.com" });
    story.happens("visited", { email: ZOE });
    const old = story.who("old@x.com");
    story.forward(old, story.who(ZOE));
    erase(story, old);
    expect([story.personBy(ZOE), story.personBy("old@x.com")]).toEqual([null, null]);
  });

  test("twice, or of another client, is no error and changes nothing", () => {
    const story = new Story(shop);
    const ann = story.happens("visited", { email: ANN });
    erase(story, { id: ann.personId ?? "" });
    expect(erase(story, { id: ann.personId ?? "" }).errorCode).toBeNull();
    const zoe = story.happens("visited", { email: ZOE });
    story.commands({ kind: "erase_person", client: "other", personId: zoe.personId ?? "" });
    expect(story.who(ZOE).id).toBe(zoe.personId);
  });
});

describe("others", () => {
  test("count their friend as before, and see nobody behind it", () => {
    for (const advocate of emailsByPartition()) {
      const story = new Story(shop);
      story.happens("registered", { email: advocate, advocate_code: "CODE" });
      story.happens("clicked", { email: ZOE, advocate_code: "CODE" });
      expect(story.who(advocate).relationships).toMatchObject([{ myRole: "ADVOCATE", otherEmail: ZOE }]);
      const zoe = story.who(ZOE);
      erase(story, zoe);
      expect(story.who(advocate).relationships).toMatchObject([
        { myRole: "ADVOCATE", otherEmail: null, otherPersonId: zoe.id, isSelfReferral: false },
      ]);
      story.happens("clicked", { email: ZOE, advocate_code: "CODE" });
      expect(story.who(advocate).relationships).toHaveLength(2);
    }
  });

  test("that were referred by the person are so no more by its code", () => {
    const story = new Story(shop);
    zoeIsBusy(story);
    story.happens("clicked", { email: ANN, advocate_code: "ZOE10" });
    erase(story, story.who(ZOE));
    expect(story.who(ANN).relationships).toMatchObject([{ myRole: "FRIEND", otherEmail: null, data: [] }]);
    story.happens("clicked", { email: "bob@x.com", advocate_code: "ZOE10" });
    expect(story.who("bob@x.com").relationships).toEqual([]);
  });

  test("merge with nobody by the way: who was on the way to the person goes with it", () => {
    const story = new Story(shop);
    story.happens("visited", { email: ZOE });
    const device = happensAt(story, "tablet", "visited").personId ?? "";
    const bearer: Bearer = { device: "tablet", personId: null };
    const zoe = story.who(ZOE);
    for (let seen = 1; seen <= 6; seen++) {
      // The more is applied before the erasure comes, the further the device has got.
      const id = story.arrives("visited", { email: ZOE }, undefined, { scopes: [], bearer });
      for (let n = 0; n < seen; n++) {
        const ready = story.contexts.findIndex((_, partition) => story.hasNext(partition));
        if (ready >= 0) story.step(ready);
      }
      story.asks({ kind: "erase_person", client: CLIENT, personId: (story.personBy(ZOE) ?? zoe).id });
      story.settle();
      const replies = story.contexts.flatMap(({ effects }) => effects.replies.splice(0));
      expect(
        replies.map(({ errorCode }) => errorCode),
        `${id} after ${seen}`,
      ).toEqual([null, null]);
    }
    expect(story.refusals()).toEqual([]);
    expect(device).not.toBe("");
  });
});

describe("what is under way", () => {
  const card: AttemptResult = { kind: "done", value: { partner_reward_id: "T-1", sent_to: ZOE } };

  function waiting(story: Story, personId: string): Job {
    const job = jobsOf(story, personId).find(({ status }) => status === "WAITING");
    if (job === undefined) throw new Error("no job waits");
    return job;
  }

  function ends(story: Story, job: Job, result: AttemptResult): void {
    const payload = encodeOutcomes([{ jobKey: jobKey(job), attempt: job.attempts, tookMs: 1, result }]);
    const record = { kind: recordKinds.outcome, flags: 0, timeMs: ++story.nowMs, idHigh: 0, idLow: 0, payload };
    story.append(originOf(job.personId) ?? 0, record);
    story.settle();
  }

  test("a payment goes on, and nothing is left of whom it went to when it has ended", () => {
    const story = new Story(shop);
    story.happens("paid", { email: ZOE });
    const zoe = story.who(ZOE);
    const [reward] = zoe.rewards;
    erase(story, zoe);
    expect(story.rewardById(reward?.id ?? "")).toMatchObject({ state: "EARNED", isSubmitted: true });
    ends(story, waiting(story, zoe.id), card);
    expect(story.rewardById(reward?.id ?? "")).toMatchObject({ state: "SENT", partnerRewardId: "T-1" });
    expect(entriesWith(statesOf(story), "zoe")).toEqual([]);
  });

  test("a payment that fails ends the reward", () => {
    const story = new Story(shop);
    story.happens("paid", { email: ZOE });
    const zoe = story.who(ZOE);
    erase(story, zoe);
    ends(story, waiting(story, zoe.id), { kind: "answered", status: 422, body: "no funds", retryAfterMs: null });
    expect(story.rewardById(zoe.rewards[0]?.id ?? "")).toMatchObject({ state: "CANCELED", isSubmitted: false });
    expect(entriesWith(statesOf(story), "zoe")).toEqual([]);
  });

  test("calls and mails that were not made yet are not made, and an attempt that was is heard of by nobody", () => {
    const story = new Story(shop);
    story.happens("asked", { email: ZOE });
    const zoe = story.who(ZOE);
    const job = waiting(story, zoe.id);
    erase(story, zoe);
    expect(jobsOf(story, zoe.id)).toEqual([]);
    ends(story, job, { kind: "answered", status: 200, body: "thank you, Zoe", retryAfterMs: null });
    story.passes(2 * DAY_MS);
    expect([...entriesWith(statesOf(story), job.id), ...entriesWith(statesOf(story), "zoe")]).toEqual([]);
  });

  test("a token of the person has ended", () => {
    const story = new Story(shop);
    const { personId } = story.happens("visited", { email: ZOE });
    const bearer: Bearer = { device: "phone", personId };
    const visit = (): string | null => story.happens("visited", {}, undefined, { scopes: [], bearer }).errorCode;
    expect(visit()).toBeNull();
    erase(story, story.who(ZOE));
    expect(visit()).toBe("invalid_access_token");
    const answer = story.query(originOf(personId ?? "") ?? 0, { kind: "bearer", client: CLIENT, bearer });
    expect(answer).toMatchObject({ isEnded: true, person: null });
  });

  test("an event that names the person by id, or by an order alone, is about nobody", () => {
    const story = new Story(shop);
    const { personId } = story.happens("bought", { email: ZOE, order_id: "order-1" });
    erase(story, story.who(ZOE));
    expect(story.happens("visited", { person_id: personId ?? "" }).errorCode).toBe("person_not_found");
    expect(story.happens("visited", { person_id: personId ?? "", email: ZOE }).errorCode).toBe("person_not_found");
  });
});
