// What rules hear of jobs that have ended: mails that went out or did not, answers of look-ups; and what opted-out persons do not get.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { encodeOutcomes } from "../../src/engine/mod.ts";
import type { AttemptResult, Job } from "../../src/model/job.ts";
import { jobKey } from "../../src/model/job.ts";
import { recordKinds } from "../../src/model/record.ts";
import { action, condition, datum, on, onType, programme, Story, trigger } from "../support/story.ts";

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

test("a person that opted out gets no mail, and rules hear so", () => {
  const keeps = on("left", { data: [datum("optout", "NONE", { persist_types: ["PROFILE"] })] });
  const story = new Story(programme([mails, keeps, hears("MESSAGE_NOT_DELIVERED")]));
  story.happens("left", { ...ANN, optout: "true" });
  story.happens("bought", ANN);
  expect(jobs(story)).toEqual([]);
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["left NONE", "bought NONE", "message_not_delivered NONE"]);
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
