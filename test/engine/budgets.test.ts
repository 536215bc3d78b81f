// Budgets in the small: refusals, order of events, limits that change, persons that are merged meanwhile.

import { describe, expect, test } from "vitest";
import type { LeaseGiven } from "../../src/engine/budgets/lease_answers.ts";
import { LEASE_TOLD_AT_ONCE } from "../../src/engine/limits.ts";
import { encodeMessage } from "../../src/engine/message.ts";
import { applyRecord } from "../../src/engine/mod.ts";
import { plainMove, type RewardVerb } from "../../src/model/reward.ts";
import type { BudgetLimit } from "../../src/model/budget.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { compileProgram } from "../../src/rules/mod.ts";
import { recordKinds } from "../../src/model/record.ts";
import {
  campaign,
  CLIENT,
  earn,
  emailsByPartition,
  fromEvent,
  on,
  onReward,
  programme,
  Story,
  supplier,
} from "../support/story.ts";

function document(budget: BudgetLimit | null, more: Partial<SupplierDocument> = {}): ProgramDocument {
  const steps = [
    on("won", { actions: [earn("CASH")] }),
    onReward("earned", ["EARNED"]),
    onReward("got", ["FULFILLED"]),
  ];
  const cash = supplier("CASH", { ...more, ...(budget === null ? {} : { budget }) });
  return programme(steps, { suppliers: [cash] });
}

function wins(story: Story, email: string): string[] {
  story.happens("won", { email });
  return story.who(email).rewards.map(({ state }) => state);
}

function budget(story: Story, name = "supplier/CASH"): { granted: number; held: number } {
  const sum = { granted: 0, held: 0 };
  for (let partition = 0; partition < story.partitions; partition++) {
    const answer = story.query(partition, { kind: "budget", client: CLIENT, budget: name });
    if (answer.kind !== "budget") throw new Error(answer.kind);
    sum.granted += answer.granted.count;
    sum.held += answer.held.count;
  }
  return sum;
}

/** What the budget says, applied out of turn. */
function lease({ contexts: [context], nowMs }: Story, given: LeaseGiven): void {
  if (context === undefined) throw new Error("no partition");
  const payload = encodeMessage({ source: 511, sequence: ++told, n: 0 }, { kind: "lease_given", ...given });
  const kind = recordKinds.message;
  applyRecord(context, {
    kind,
    flags: 0,
    timeMs: nowMs,
    idHigh: 0,
    idLow: 0,
    payload,
    partition: 0,
    sequence: 1000 + told,
  });
}
let told = 0;

function verb(story: Story, email: string, name: RewardVerb): string | null {
  const rewardId = story.who(email).rewards[0]?.id ?? "";
  return story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb: name, order: plainMove(null) })
    .errorCode;
}

describe("a budget", () => {
  test("is granted to its end and no further; what is refused leaves a reason and nothing else", () => {
    const story = new Story(document({ count: 3, value: null }));
    const people = [...emailsByPartition(), "last@x.com"];
    const given = people.map((email) => wins(story, email).length);
    expect(given).toEqual([1, 1, 1, 0, 0]);
    expect(story.refusals()).toEqual(["budget_exhausted", "budget_exhausted"]);
    expect(budget(story)).toEqual({ granted: 3, held: 0 });
    expect(story.stepNames(story.who("last@x.com"))).toEqual(["won NONE"]);
  });

  test.each([0.57, 1.13, 2.26, 4.35])("of %d is granted to what is worth as much", (value) => {
    const story = new Story(document({ count: null, value }, { face_value: value }));
    expect(wins(story, "ann@x.com")).toHaveLength(1);
    expect(wins(story, "bob@x.com")).toHaveLength(0);
  });

  test("of a value is granted as far as it fits: what is too much for it may be followed by what is not", () => {
    const cash = { face_value_algorithm_type: "CASH_BACK", cash_back_percentage: 1 } as const;
    const steps = [
      on("won", {
        data: [{ name: "v", value: "javascript@runtime:context.getCauseEvent().getData().v", key_type: "VALUE" }],
        actions: [earn("CASH")],
      }),
    ];
    const own = supplier("CASH", { ...cash, budget: { count: null, value: 10 } });
    const story = new Story(programme(steps, { suppliers: [own] }));
    const given = ["6.10", "4", "3.95", "0.05", "0.01", "-1"].map((v, n) => {
      story.happens("won", { email: `p${n}@x.com`, v });
      return story.who(`p${n}@x.com`).rewards.length;
    });
    // 6.10; not 4 nor 3.95, when 3.90 are left; cents; and what is worth nothing takes nothing.
    expect(given).toEqual([1, 0, 0, 1, 1, 1]);
  });

  test("whose rest is too small for those who wait says so to all of a partition at once, in their order", () => {
    const story = new Story(document({ count: null, value: 10 }, { face_value: 4 }));
    for (let n = 0; n < 40; n++) story.arrives("won", { email: `p${n}@x.com` });
    story.settle();
    expect(budget(story)).toEqual({ granted: 2, held: 0 });
    expect(story.refusals()).toEqual(Array.from({ length: 38 }, () => "budget_exhausted"));
    expect(story.messages().filter(({ kind }) => kind === "lease_wanted").length).toBeLessThan(4 * story.partitions);
  });

  test("that refuses without saying what there was, as it once did, refuses the first alone", () => {
    const story = new Story(document({ count: null, value: 10 }, { face_value: 40 }), 1);
    const limit = { count: null, value: 10 };
    for (const email of ["ann@x.com", "bob@x.com"]) story.arrives("won", { email });
    // The budget, whose turn comes behind these two, is not asked yet.
    story.step(0);
    story.step(0);
    const given = { client: CLIENT, budget: "supplier/CASH", share: null, limit, isClosed: false } as const;
    lease(story, given);
    expect(story.refusals()).toEqual(["budget_exhausted"]);
    lease(story, { ...given, free: { count: null, value: 100_000 } });
    expect(story.refusals()).toEqual(["budget_exhausted", "budget_exhausted"]);
  });

  test("gives back what a reward took of it when the next budget is known to have nothing left", () => {
    const steps = [on("won", { actions: [earn("CASH")] })];
    const document = programme(steps, { suppliers: [supplier("CASH", { budget: { count: 1, value: null } })] });
    const campaigns = [campaign(steps, { budget: { count: 5, value: null } })];
    const story = new Story({ ...document, campaigns });
    // More than the campaign's five in each partition, most of them after it heard that the supplier's is closed.
    for (let n = 0; n < 12; n++) for (const email of emailsByPartition()) wins(story, `${n}${email}`);
    expect(budget(story)).toEqual({ granted: 1, held: 0 });
    expect(budget(story, `campaign/${campaigns[0]?.campaign_id}`).granted).toBe(1);
  });

  test("that is none is none", () => {
    const story = new Story(document({ count: 0, value: null }));
    expect(wins(story, "a@x.com")).toEqual([]);
  });
});

describe("whose answer is for many", () => {
  /** Applies what there is record by record, and says of how many rewards each record told. */
  function toldByRecord(story: Story, between: (told: number) => void = () => undefined): number[] {
    const told: number[] = [];
    while (story.hasNext(0)) {
      const before = heldIds(story).size;
      story.step(0);
      const count = before - heldIds(story).size;
      if (count <= 0) continue;
      told.push(count);
      between(told.length);
    }
    return told;
  }

  function heldIds({ contexts: [context] }: Story): ReadonlySet<string> {
    const everything = { prefix: "", after: null, limit: 100_000, isReverse: false };
    return new Set((context?.state.list("heldReward", everything) ?? []).map(({ key }) => key));
  }

  function crowd(story: Story, count: number, from = 0): string[] {
    const emails = Array.from({ length: count }, (_, n) => `p${from + n}@x.com`);
    for (const email of emails) story.arrives("won", { email });
    return emails;
  }

  const SEVERAL = 5 * LEASE_TOLD_AT_ONCE + 1;

  test("tells of so many a record, in their order, and of all in the end", () => {
    const story = new Story(document({ count: 1_000_000, value: null }), 1);
    const emails = crowd(story, SEVERAL);
    const told = toldByRecord(story);
    expect(Math.max(...told)).toBeLessThanOrEqual(LEASE_TOLD_AT_ONCE);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(SEVERAL);
    expect(emails.map((email) => story.who(email).rewards.length)).toEqual(emails.map(() => 1));
    expect(budget(story).granted).toBe(SEVERAL);
    const entered = emails.map((email) => story.onlyReward(story.who(email)).history[0]?.atMs ?? 0);
    expect(entered).toEqual(entered.toSorted((a, b) => a - b));
  });

  test("refuses as many a record, too", () => {
    const story = new Story(document({ count: 0, value: null }), 1);
    const emails = crowd(story, SEVERAL);
    expect(Math.max(...toldByRecord(story))).toBeLessThanOrEqual(LEASE_TOLD_AT_ONCE);
    expect(emails.flatMap((email) => story.who(email).rewards)).toEqual([]);
    expect(story.contexts[0]?.effects.eventsRefused).toBe(SEVERAL);
  });

  test("lets nobody wait who comes meanwhile, while there is something left", () => {
    const story = new Story(document({ count: 1_000_000, value: null }), 1);
    crowd(story, SEVERAL);
    const late: string[] = [];
    let isHeld = false;
    toldByRecord(story, (records) => {
      if (records === 1) late.push(...crowd(story, 1, SEVERAL));
      isHeld ||= heldIds(story).size > 0 && late.some((email) => story.personBy(email)?.rewards.length === 1);
    });
    expect(isHeld).toBe(true);
    expect(budget(story).granted).toBe(SEVERAL + 1);
  });

  test("that nothing is left, and says that something is again meanwhile, grants that to who comes then", () => {
    const story = new Story(document({ count: 1, value: null }), 1);
    const [first = "", ...others] = crowd(story, 1 + SEVERAL);
    const told = toldByRecord(story, (records) => {
      if (records === 2) asksToCancel(story, first);
      if (records === 5) story.arrives("won", { email: "late@x.com" });
    });
    expect(told.length).toBeGreaterThan(5);
    expect(story.who("late@x.com").rewards.map(({ state }) => state)).toEqual(["EARNED"]);
    expect(others.flatMap((email) => story.who(email).rewards)).toEqual([]);
    expect(budget(story)).toEqual({ granted: 1, held: 0 });
  });

  function asksToCancel(story: Story, email: string): void {
    const rewardId = story.who(email).rewards[0]?.id ?? "";
    story.asks({ kind: "move_reward", client: CLIENT, rewardId, verb: "cancel", order: plainMove(null) });
  }

  test("is carried out in one record where it does not say of how many one tells, as it once did", () => {
    const story = new Story(document({ count: 1_000_000, value: null }), 1);
    const emails = crowd(story, SEVERAL);
    // The budget, whose turn comes behind these, is not asked yet.
    for (const _ of emails) story.step(0);
    const limit = { count: 1_000_000, value: null };
    const share = { count: SEVERAL, value: 0 };
    lease(story, { client: CLIENT, budget: "supplier/CASH", share, limit, isClosed: false });
    expect(heldIds(story).size).toBe(0);
  });
});

test("a reward that waited is told of and fulfilled as any other", () => {
  const story = new Story(document({ count: 5, value: null }, { auto_fulfillment_enabled: true }));
  for (const email of emailsByPartition()) {
    expect(wins(story, email)).toEqual(["FULFILLED"]);
    expect(story.stepNames(story.who(email))).toEqual(["won NONE", "earned NONE", "got NONE"]);
    const reward = story.onlyReward(story.who(email));
    expect(reward.history.map(({ state }) => state)).toEqual(["EARNED", "FULFILLED"]);
  }
});

test("rules that count rewards count the one that waits", () => {
  const once = {
    trigger_id: "once",
    trigger_type: "HAS_PRIOR_REWARD",
    trigger_phase: "QUALIFYING",
    count_max: 0,
  } as const;
  const steps = [on("won", { triggers: [once], actions: [earn("CASH")] })];
  const own = supplier("CASH", { budget: { count: 5, value: null } });
  const story = new Story(programme(steps, { suppliers: [own] }));
  for (let n = 0; n < 3; n++) story.arrives("won", { email: "a@x.com" });
  story.settle();
  expect(story.who("a@x.com").rewards).toHaveLength(1);
  expect(budget(story).granted).toBe(1);
});

test("a canceled reward gives its share back, also of a budget that was closed; a failed one keeps it until it is canceled", () => {
  const story = new Story(document({ count: 1, value: null }));
  expect(wins(story, "a@x.com")).toEqual(["EARNED"]);
  for (const email of emailsByPartition()) expect(wins(story, email)).toEqual([]);
  expect(verb(story, "a@x.com", "fail")).toBeNull();
  expect(wins(story, "b@x.com")).toEqual([]);
  expect(verb(story, "a@x.com", "retry")).toBeNull();
  expect(verb(story, "a@x.com", "fail")).toBeNull();
  expect(verb(story, "a@x.com", "cancel")).toBeNull();
  const [next = ""] = emailsByPartition();
  expect(wins(story, next)).toEqual(["EARNED"]);
  expect(wins(story, "c@x.com")).toEqual([]);
  expect(budget(story)).toEqual({ granted: 1, held: 0 });
});

test("what expires unfulfilled comes back; what was handed out does not", () => {
  const story = new Story(document({ count: 2, value: null }));
  for (const email of ["a@x.com", "b@x.com"]) wins(story, email);
  verb(story, "b@x.com", "fulfil");
  for (const email of ["a@x.com", "b@x.com"]) expect(verb(story, email, "expire")).toBeNull();
  expect(budget(story).granted).toBe(1);
  expect([wins(story, "c@x.com"), wins(story, "d@x.com")]).toEqual([["EARNED"], []]);
});

describe("another limit", () => {
  /** The program of this document takes effect in every partition. */
  function publish(story: Story, next: ProgramDocument, revision: number): void {
    const compiled = compileProgram(next);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    const program = compiled.value;
    for (const context of story.contexts) Object.assign(context, { programs: { find: () => program } });
    const payload = encodeMessage(
      { source: 509, sequence: revision, n: 0 },
      { kind: "use_program", client: CLIENT, hash: program.hash, revision },
    );
    for (let partition = 0; partition < story.partitions; partition++)
      story.append(partition, {
        kind: recordKinds.config,
        flags: 0,
        timeMs: story.nowMs,
        idHigh: 0,
        idLow: 0,
        payload,
      });
    story.settle();
  }

  test("counts what was granted and takes back what was only leased", () => {
    const story = new Story(document({ count: 1000, value: null }));
    const people = Array.from({ length: 12 }, (_, n) => `p${n}@x.com`);
    for (const email of people.slice(0, 6)) wins(story, email);
    expect(budget(story).held).toBeGreaterThan(20);
    publish(story, document({ count: 8, value: null }), 2);
    expect(budget(story)).toEqual({ granted: 6, held: 0 });
    const given = people.slice(6).map((email) => wins(story, email).length);
    expect(given).toEqual([1, 1, 0, 0, 0, 0]);
    publish(story, document({ count: 7, value: null }), 3);
    expect(wins(story, "late@x.com")).toEqual([]);
    publish(story, document({ count: 9, value: null }), 4);
    expect(wins(story, "late@x.com")).toEqual(["EARNED"]);
    expect(wins(story, "later@x.com")).toEqual([]);
  });

  test("may bound what was only counted so far", () => {
    const story = new Story(document({ count: 1000, value: null }));
    for (let n = 0; n < 6; n++) wins(story, `p${n}@x.com`);
    publish(story, document({ count: null, value: 200 }), 2);
    expect(wins(story, "a@x.com")).toEqual(["EARNED"]);
    expect(wins(story, "b@x.com")).toEqual(["EARNED"]);
    expect(wins(story, "c@x.com")).toEqual([]);
  });

  test("holds for what is worth nothing, too, where something was too much before", () => {
    const terms = { face_value_algorithm_type: "CASH_BACK", cash_back_percentage: 1 } as const;
    const steps = [on("won", { actions: [earn("CASH", { value_of_event_being_rewarded: fromEvent("v") })] })];
    const worth = (budget: BudgetLimit): ProgramDocument =>
      programme(steps, { suppliers: [supplier("CASH", { ...terms, budget })] });
    const story = new Story(worth({ count: null, value: 10 }));
    const given = ["11", "0", "0", "0", "0"].map((v, n) => {
      if (n === 1) publish(story, worth({ count: 2, value: 10 }), 2);
      story.happens("won", { email: "a@x.com", v });
      return story.who("a@x.com").rewards.length;
    });
    expect(given).toEqual([0, 1, 2, 2, 2]);
  });

  test("or none at all", () => {
    const story = new Story(document({ count: 1, value: null }));
    for (let n = 0; n < 3; n++) wins(story, `p${n}@x.com`);
    publish(story, document(null), 2);
    expect(wins(story, "a@x.com")).toEqual(["EARNED"]);
  });
});
