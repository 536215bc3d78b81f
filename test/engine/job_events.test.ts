// What rules hear of jobs that have ended: mails that went out or did not, answers of look-ups; and what opted-out persons do not get.

import { describe, expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { partitionOfKey } from "../../src/engine/1_route.ts";
import { OPT_OUT_LISTS_MAX } from "../../src/engine/limits.ts";
import { encodeOutcomes } from "../../src/engine/mod.ts";
import { type AttemptResult, type Job, jobKey } from "../../src/model/job.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { recordKinds } from "../../src/model/record.ts";
import {
  action,
  condition,
  coupons,
  earn,
  emailsByPartition,
  listener,
  on,
  onType,
  PARTITIONS,
  programme,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };

function jobs(story: Story): readonly Job[] {
  const { id } = story.who("ann@x.com");
  const answer = story.query(originOf(id) ?? 0, { kind: "jobs", client: "acme", personId: id });
  return answer.kind === "jobs" ? answer.jobs : [];
}

function ends(story: Story, result: AttemptResult): void {
  const job = jobs(story).find(({ status }) => status === "WAITING");
  if (job === undefined) throw new Error("no job waits");
  const payload = encodeOutcomes([{ jobKey: jobKey(job), attempt: job.attempts, tookMs: 1, result }]);
  const partition = originOf(job.id) ?? 0;
  story.append(partition, { kind: recordKinds.outcome, flags: 0, timeMs: ++story.nowMs, idHigh: 0, idLow: 0, payload });
  story.settle();
}

const mails = on("bought", { actions: [action("EMAIL", { zone_name: "thanks" })] });
const hears = (type: string): ReturnType<typeof on> => onType(type, "thanks", { id: type, name: type.toLowerCase() });

test("a mail that went out is a MESSAGE, one that did not is a MESSAGE_NOT_DELIVERED", () => {
  for (const [result, heard] of [
    [{ kind: "done", value: { handed_to: "smtp" } }, "message NONE"],
    [{ kind: "not_sent", reason: "nobody", isFinal: true }, "message_not_delivered NONE"],
    [{ kind: "unknown", reason: "silence" }, "message_not_delivered NONE"],
  ] as const) {
    const story = new Story(programme([mails, hears("MESSAGE"), hears("MESSAGE_NOT_DELIVERED")]));
    story.happens("bought", ANN);
    ends(story, result);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", heard]);
  }
});

test("a mail that nobody knows of is not sent again; one that could not go out yet is tried again", () => {
  const story = new Story(programme([mails]));
  story.happens("bought", ANN);
  ends(story, { kind: "not_sent", reason: "no server", isFinal: false });
  expect(jobs(story)).toMatchObject([{ status: "WAITING", attempts: 1 }]);
  story.passes(2_000);
  ends(story, { kind: "unknown", reason: "silence" });
  expect(jobs(story)).toMatchObject([{ status: "DEAD", attempts: 2 }]);
});

test("a mail that was held back is listed with the reason, and rules hear so", () => {
  const heard = onType("MESSAGE_NOT_DELIVERED", "thanks", {
    triggers: [
      trigger("EVENT", { event_names: ["thanks"], event_type: "MESSAGE_NOT_DELIVERED" }),
      condition("MATCHING", 'context.getCauseEvent().getData().status === "NOT_SENT"'),
    ],
  });
  const story = new Story(programme([mails, heard]));
  story.happens("bought", ANN);
  ends(story, { kind: "not_sent", reason: "opted out", isFinal: true, isWithheld: true });
  expect(jobs(story)).toMatchObject([{ status: "DEAD", tries: [{ outcome: "FAILED", detail: "opted out" }] }]);
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "thanks NONE"]);
});

describe("opting out", () => {
  const list = { name: null, listType: null, source: null, party: null };

  function set(story: Story, email: string, isOptedOut: boolean, name: string | null = null): void {
    const done = story.commands({
      kind: "set_opt_out",
      client: "acme",
      email,
      isOptedOut,
      list: { ...list, name },
    });
    expect(done.errorCode).toBeNull();
  }

  function listsOf(story: Story, email: string, client = "acme"): unknown {
    const answer = story.query(partitionOfKey("acme", "email", email, PARTITIONS), { kind: "opt_out", client, email });
    return answer.kind === "opt_out" ? answer.lists.map(({ name }) => name) : answer;
  }

  test("holds for an address that is nobody's yet, of one client, until it is on no list any more", () => {
    const story = new Story(programme([mails]));
    for (const email of emailsByPartition()) {
      set(story, email, true, "offers");
      set(story, email, true, "offers");
      set(story, email, true, "news");
      expect(listsOf(story, email)).toEqual(["offers", "news"]);
      expect(listsOf(story, email, "rival")).toEqual([]);
      set(story, email, false, "offers");
      expect(listsOf(story, email)).toEqual(["news"]);
      set(story, email, false);
      expect(listsOf(story, email)).toEqual([]);
    }
  });

  test("is bounded for an address", () => {
    const story = new Story(programme([mails]));
    for (let n = 0; n < OPT_OUT_LISTS_MAX + 5; n++) set(story, "ann@x.com", true, `list ${n}`);
    expect(listsOf(story, "ann@x.com")).toHaveLength(OPT_OUT_LISTS_MAX);
  });
});

describe("a reward that goes out by mail", () => {
  const handsOver = listener("thanks", [trigger("SEND_REWARD_EVENT", { reward_states: ["FULFILLED"] })], {
    actions: [action("EMAIL", { zone_name: "thanks" })],
  });
  const buys = on("bought", { actions: [earn("R")] });
  const custom = { reward_supplier_type: "CUSTOM_REWARD", auto_fulfillment_enabled: true } as const;

  function state(story: Story): string | undefined {
    return story.who("ann@x.com").rewards[0]?.state;
  }

  test.each<[string, SupplierDocument, string]>([
    ["a coupon", coupons("R", ["C-1"]), "SENT"],
    [
      "a custom reward that its supplier sends by itself",
      supplier("R", { ...custom, reward_email_auto_send_enabled: true }),
      "SENT",
    ],
    [
      "a custom reward that the client sends itself",
      supplier("R", { ...custom, reward_email_auto_send_enabled: false }),
      "FULFILLED",
    ],
  ])("%s", (_what, own, expected) => {
    const story = new Story(programme([buys, handsOver], { suppliers: [own] }));
    story.happens("bought", ANN);
    expect(state(story)).toBe("FULFILLED");
    ends(story, { kind: "done", value: { handed_to: "smtp" } });
    expect(state(story)).toBe(expected);
  });

  test("is not called sent before its mail has left, nor when nobody gets one", () => {
    for (const result of [
      { kind: "not_sent", reason: "opted out", isFinal: true, isWithheld: true },
      { kind: "unknown", reason: "silence" },
    ] as const) {
      const story = new Story(programme([buys, handsOver], { suppliers: [coupons("R", ["C-1"])] }));
      story.happens("bought", ANN);
      ends(story, result);
      expect(state(story)).toBe("FULFILLED");
    }
  });

  test("is not sent by a mail to somebody else", () => {
    const copy = listener("thanks", [trigger("SEND_REWARD_EVENT", { reward_states: ["FULFILLED"] })], {
      actions: [action("EMAIL", { zone_name: "thanks", data: { to: "office@x.com" } })],
    });
    const story = new Story(programme([buys, copy], { suppliers: [coupons("R", ["C-1"])] }));
    story.happens("bought", ANN);
    expect(jobs(story)).toMatchObject([{ order: { recipient: "office@x.com" }, rewardId: null }]);
    ends(story, { kind: "done", value: {} });
    expect(state(story)).toBe("FULFILLED");
  });
});

test("a rule that answers a mail by a mail ends", () => {
  const again = onType("MESSAGE", "thanks", {
    id: "again",
    name: "again",
    actions: [action("EMAIL", { zone_name: "thanks" })],
  });
  const story = new Story(programme([mails, again]));
  story.happens("bought", ANN);
  let sent = 0;
  while (jobs(story).some(({ status }) => status === "WAITING")) {
    ends(story, { kind: "done", value: {} });
    expect(++sent).toBeLessThan(50);
  }
  expect(sent).toBeGreaterThan(1);
});

test("an answer of a look-up is an event; where no provider is, what it would have said stays unknown", () => {
  const looksUp = on("bought", {
    actions: [action("DATA_INTELLIGENCE", { event_name: "risk_known", intelligence_provider: "MAXMIND" })],
  });
  const listener = {
    ...on("never", { name: "heard" }),
    triggers: [
      trigger("DATA_INTELLIGENCE_EVENT", { event_name: "risk_known" }),
      condition("QUALITY", "context.getCauseEvent().getData().risk_score < 50"),
    ],
  };
  for (const [value, step] of [
    [{ status: "ANSWERED", risk_score: 20 }, "heard HIGH"],
    [{ status: "ANSWERED", risk_score: 80 }, "heard LOW"],
    [{ status: "NO_PROVIDER" }, "heard LOW"],
  ] as const) {
    const story = new Story(programme([looksUp, listener]));
    story.happens("bought", ANN);
    expect(jobs(story)[0]?.order).toMatchObject({ asked: { email: "ann@x.com" } });
    ends(story, { kind: "done", value });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", step]);
  }
});
