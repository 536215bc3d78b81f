// Stage 6, actions whose effect leaves the process: each leaves a job, an event or a signal, once, and what the campaign says of it.

import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { originOf } from "../../src/base/ids.ts";
import { JOBS_PER_PERSON_MAX, SIGNAL_KEPT_MS, SIGNALS_MAX } from "../../src/engine/limits.ts";
import type { Job } from "../../src/model/job.ts";
import type { Person } from "../../src/model/person.ts";
import type { Signal } from "../../src/model/signal.ts";
import { action, condition, datum, fromEvent, on, onType, programme, Story, trigger } from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const noContent = { title: null, description: null, imageUrl: null, url: null, partnerContentId: null };

function jobs(story: Story, person: Person): readonly Job[] {
  const answer = story.query(originOf(person.id) ?? 0, { kind: "jobs", client: "acme", personId: person.id });
  return answer.kind === "jobs" ? answer.jobs : [];
}

function signals(story: Story, pollingId: string): readonly Signal[] {
  const partition = partitionOf("acme", `polling/${pollingId}`, story.partitions);
  const answer = story.query(partition, { kind: "signals", client: "acme", pollingId });
  return answer.kind === "signals" ? answer.signals : [];
}

describe("jobs", () => {
  test("WEBHOOK, EMAIL and DATA_INTELLIGENCE each leave one, with evaluated data", () => {
    const actions = [
      action("WEBHOOK", { webhook_id: "W1", data: { order: fromEvent("order_id"), fixed: 1 } }),
      action("EMAIL", { zone_name: "thank_you", data: { name: fromEvent("name") } }),
      action("DATA_INTELLIGENCE", {
        event_name: "risk_known",
        intelligence_provider: "MAXMIND",
        profile_risk_update_interval: "P1D",
      }),
    ];
    const story = new Story(
      programme([on("bought", { actions })], {
        webhooks: [{ id: "W1", name: "shop", url: "https://shop.example.com" }],
      }),
    );
    const { eventId } = story.happens("bought", { ...ANN, order_id: "A-1", name: "Ann" });
    const ann = story.who("ann@x.com");
    const found = jobs(story, ann);
    expect(found.map(({ order }) => order)).toEqual([
      { kind: "WEBHOOK", webhookId: "W1" },
      { kind: "EMAIL", zoneName: "thank_you", recipient: "ann@x.com", mail: null },
      {
        kind: "DATA_INTELLIGENCE",
        provider: "MAXMIND",
        eventName: "risk_known",
        updateIntervalMs: 86_400_000,
        asked: { ip: null, email: "ann@x.com", userAgent: null },
      },
    ]);
    expect(found.map(({ data }) => data)).toEqual([{ order: "A-1", fixed: 1 }, { name: "Ann" }, {}]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(3);
    expect(found[0]).toMatchObject({ personId: ann.id, rootEventId: eventId, createdMs: story.nowMs });
  });

  test("an action that asks for another quality leaves none", () => {
    const low = on("bought", {
      triggers: [condition("QUALITY", "false")],
      actions: [action("EMAIL", { zone_name: "thanks", quality: "HIGH" })],
    });
    const story = new Story(programme([low]));
    story.happens("bought", ANN);
    expect(jobs(story, story.who("ann@x.com"))).toEqual([]);
  });

  test("another client, and another person, see nothing", () => {
    const story = new Story(programme([on("bought", { actions: [action("EMAIL", { zone_name: "thanks" })] })]));
    story.happens("bought", ANN);
    const ann = story.who("ann@x.com");
    const other = story.query(originOf(ann.id) ?? 0, { kind: "jobs", client: "other", personId: ann.id });
    expect(other).toEqual({ kind: "jobs", jobs: [] });
  });

  test("no more than a bound wait for one person; the next is refused and listed", () => {
    const story = new Story(programme([on("bought", { actions: [action("EMAIL", { zone_name: "thanks" })] })]), 1);
    for (let n = 0; n <= JOBS_PER_PERSON_MAX; n++) story.happens("bought", ANN);
    expect(jobs(story, story.who("ann@x.com")).length).toBe(JOBS_PER_PERSON_MAX);
    expect(story.refusals().at(-1)).toBe("jobs_per_person_max");
  });

  test("NOOP looks nothing up: the event that brings the answer follows at once", () => {
    const lookUp = action("DATA_INTELLIGENCE", { event_name: "risk_known", intelligence_provider: "NOOP" });
    const heard = on("never", { name: "heard", triggers: [] });
    const listener = {
      ...heard,
      triggers: [trigger("DATA_INTELLIGENCE_EVENT", { event_name: "Risk_Known" })],
    };
    const story = new Story(programme([on("bought", { actions: [lookUp] }), listener]));
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "heard NONE"]);
    expect(jobs(story, story.who("ann@x.com"))).toEqual([]);
  });
});

describe("SHARE_EVENT", () => {
  const hears = (channels: string[], more = {}): ReturnType<typeof on> => ({
    ...onType("SHARE", "shared"),
    id: "heard",
    name: "heard",
    triggers: [
      trigger("EVENT", { event_names: ["shared"], event_type: "SHARE" }),
      trigger("SHARE", { channels, trigger_phase: "QUALIFYING", ...more }),
    ],
  });
  const shares = on("shared", { actions: [action("SHARE_EVENT", { quality: "ALWAYS" })] });

  test("makes a share of the event's channel, which rules about shares hear", () => {
    const story = new Story(programme([shares, hears(["EXTOLE_TWITTER"])]));
    story.happens("shared", { ...ANN, "share.channel": "EXTOLE_TWITTER" });
    story.happens("shared", { ...ANN, "share.channel": "FACEBOOK" });
    expect(story.stepNames(story.who("ann@x.com")).filter((name) => name.startsWith("heard"))).toEqual(["heard NONE"]);
  });

  test("has the quality of the step", () => {
    const low = { ...shares, triggers: [...shares.triggers, condition("QUALITY", "false")] };
    const story = new Story(programme([low, hears(["ANY"], { quality: "LOW" })]));
    story.happens("shared", { ...ANN, channel: "EMAIL" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["shared LOW", "heard NONE"]);
  });

  test("by mail leaves a job with what is to be sent; without a recipient, none", () => {
    const story = new Story(programme([shares]));
    story.happens("shared", {
      ...ANN,
      "share.channel": "EXTOLE_EMAIL",
      "share.recipient": "bob@x.com",
      "share.subject": "Look",
      "share.message": "At this",
    });
    story.happens("shared", { ...ANN, "share.channel": "EXTOLE_EMAIL" });
    const [job, ...others] = jobs(story, story.who("ann@x.com"));
    expect(others).toEqual([]);
    expect(job).toMatchObject({
      order: { kind: "SHARE_EMAIL", recipient: "bob@x.com" },
      data: { subject: "Look", message: "At this", link: null },
    });
  });

  test("a mail has the code that the share says, if it is the sharer's; else that of its programme, else the newest", () => {
    const story = new Story(programme([shares, on("joined")]));
    const ann = (): Person => story.who("ann@x.com");
    const codes = (said: { [name: string]: string }): unknown => {
      const mail = { "share.channel": "EMAIL", "share.recipient": "bob@x.com", "share.message": "m" };
      story.happens("shared", { ...ANN, ...mail, ...said });
      return jobs(story, ann()).at(-1)?.data;
    };
    story.happens("joined", ANN);
    expect(codes({})).toEqual({ subject: null, message: "m", link: null });
    for (const [label, code] of [
      ["Refer", "ANN-1"],
      ["other", "ANN-2"],
    ] as const)
      story.commands({
        kind: "change_person",
        client: "acme",
        personId: ann().id,
        change: { kind: "create_shareable", codes: [code], label, key: null, content: noContent, data: {} },
      });
    expect(codes({})).toMatchObject({ code: "ANN-1" });
    expect(codes({ "share.shareable_code": "ANN-2" })).toMatchObject({ code: "ANN-2" });
    expect(codes({ "share.shareable_code": "BOB-1" })).toMatchObject({ code: "ANN-1" });
    expect(codes({ "share.link": "https://x.example/y" })).toEqual({
      subject: null,
      message: "m",
      link: "https://x.example/y",
    });
  });
});

describe("signals", () => {
  test("STEP_SIGNAL tells of the step; SIGNAL and SIGNAL_V1 what they are given", () => {
    const actions = [
      action("STEP_SIGNAL", { polling_id: fromEvent("poll") }),
      action("SIGNAL", { name: "done", signal_polling_id: fromEvent("poll"), data: { n: 1 } }),
      action("SIGNAL_V1", { signal_polling_id: "fixed", data: { order: fromEvent("order_id") } }),
    ];
    const bought = on("bought", { aliases: ["paid"], data: [datum("order_id", "PARTNER_EVENT_KEY")], actions });
    const story = new Story(programme([bought]));
    story.happens("bought", { ...ANN, poll: "p1", order_id: "A-1" });
    const step = { name: "order_id", value: "A-1" };
    expect(signals(story, "p1")).toMatchObject([
      { name: "bought", aliases: ["paid"], data: { order_id: "A-1" }, partnerEventId: step, quality: "NONE" },
      { name: "done", aliases: [], data: { n: 1 }, partnerEventId: step },
    ]);
    expect(signals(story, "fixed")).toMatchObject([{ name: null, data: { order: "A-1" } }]);
  });

  test("without a polling id it answers to the event's; without any, nobody can ask", () => {
    const story = new Story(programme([on("bought", { actions: [action("STEP_SIGNAL", { name: "paid" })] })]));
    story.happens("bought", { ...ANN, polling_id: "p2" });
    story.happens("bought", ANN);
    expect(signals(story, "p2")).toMatchObject([{ name: "paid" }]);
  });

  test("one polling id holds the newest of a bounded number", () => {
    const story = new Story(programme([on("bought", { actions: [action("STEP_SIGNAL", {})] })]));
    for (let n = 0; n <= SIGNALS_MAX; n++) story.happens("bought", { ...ANN, polling_id: "p" });
    expect(signals(story, "p").length).toBe(SIGNALS_MAX);
  });

  test("they end when nobody can be waiting for them any more", () => {
    const story = new Story(programme([on("bought", { actions: [action("STEP_SIGNAL", {})] })]), 1);
    story.happens("bought", { ...ANN, polling_id: "old" });
    story.passes(SIGNAL_KEPT_MS - 10);
    story.happens("bought", { ...ANN, polling_id: "young" });
    expect(signals(story, "old").length).toBe(1);
    story.passes(20);
    story.happens("bought", { ...ANN, polling_id: "new" });
    expect(signals(story, "old")).toEqual([]);
    expect(signals(story, "young").length).toBe(1);
  });
});
