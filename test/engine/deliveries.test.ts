// The life of a job: ready at once, due again later, done or dead; in order for each person; what an outcome changes and what it does not.

import { describe, expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { encodeOutcomes } from "../../src/engine/mod.ts";
import {
  DEAD_JOBS_KEPT_MS,
  ENDED_JOBS_PER_DROP,
  ENDED_JOBS_PER_PERSON_MAX,
  JOBS_REDRIVEN_AT_ONCE,
} from "../../src/engine/limits.ts";
import { type AttemptResult, type Job, jobKey } from "../../src/model/job.ts";
import { recordKinds } from "../../src/model/record.ts";
import type { WebhookDocument } from "../../src/model/webhook.ts";
import { action, earn, fromEvent, on, programme, Story, supplier } from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const HOUR = 3_600_000;
const ok: AttemptResult = { kind: "answered", status: 200, body: null, retryAfterMs: null };
const down: AttemptResult = { kind: "answered", status: 500, body: "down", retryAfterMs: null };

const shop: WebhookDocument = { id: "W1", name: "shop", url: "https://shop.example.com/hook" };

function calls(webhook: Partial<WebhookDocument> = {}, data: object = { order: fromEvent("order_id") }): Story {
  const actions = [action("WEBHOOK", { webhook_id: "W1", data: { ...data } })];
  return new Story(programme([on("bought", { actions })], { webhooks: [{ ...shop, ...webhook }] }), 1);
}

function rewards(webhook: Partial<WebhookDocument> = {}): Story {
  const steps = [on("bought", { actions: [earn("CREDIT", { tags: ["spring"] })] })];
  const suppliers = [supplier("CREDIT")];
  return new Story(programme(steps, { suppliers, webhooks: [{ ...shop, type: "REWARD", ...webhook }] }), 1);
}

function jobs(story: Story): Job[] {
  const { id } = story.who("ann@x.com");
  const answer = story.query(originOf(id) ?? 0, { kind: "jobs", client: "acme", personId: id });
  return answer.kind === "jobs" ? [...answer.jobs] : [];
}

const page = { afterSubscriber: null, skipped: [], cursors: [], perSubscriber: 10, limit: 100 } as const;

function ready(story: Story): Job[] {
  const answer = story.query(0, { kind: "ready_jobs", ...page });
  return answer.kind === "ready_jobs" ? [...answer.jobs] : [];
}

/** An attempt at a job has ended. */
function ends(story: Story, job: Job, result: AttemptResult, attempt = job.attempts): void {
  const payload = encodeOutcomes([{ jobKey: jobKey(job), attempt, tookMs: 5, result }]);
  story.append(0, { kind: recordKinds.outcome, flags: 0, timeMs: ++story.nowMs, idHigh: 0, idLow: 0, payload });
  story.settle();
}

function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length > 1) throw new Error(`${list.length} of what should be one`);
  return first;
}

describe("a job", () => {
  test("is ready at once with its call, and done when that is answered", () => {
    const story = calls();
    story.happens("bought", { ...ANN, order_id: "A-1" });
    const job = only(ready(story));
    expect(job.request).toEqual({
      method: "POST",
      url: shop.url,
      headers: { "content-type": "application/json" },
      body: '{"order":"A-1"}',
      keyId: null,
      readsAnswer: false,
    });
    ends(story, job, ok);
    expect(ready(story)).toEqual([]);
    expect(only(jobs(story))).toMatchObject({
      status: "DONE",
      attempts: 1,
      tries: [{ outcome: "OK", httpStatus: 200 }],
    });
  });

  test("D2 an outcome counts once, and for its own attempt", () => {
    const story = calls();
    story.happens("bought", { ...ANN, order_id: "A-1" });
    const job = structuredClone(only(ready(story)));
    ends(story, job, ok, 1);
    expect(only(jobs(story))).toMatchObject({ status: "WAITING", attempts: 0 });
    ends(story, job, down);
    ends(story, job, ok);
    expect(only(jobs(story))).toMatchObject({ status: "WAITING", attempts: 1 });
    ends(story, { ...job, id: "7000000000000000009" }, ok);
  });

  test("that fails is due again by the schedule, within a tenth, and is dead after the last attempt", () => {
    const story = calls();
    story.happens("bought", { ...ANN, order_id: "A-1" });
    const delays = [1000, HOUR, 3 * HOUR, 12 * HOUR, 12 * HOUR];
    for (const delay of delays) {
      ends(story, only(ready(story)), down);
      expect(ready(story)).toEqual([]);
      const { dueMs } = only(jobs(story));
      const waits = (dueMs ?? 0) - story.nowMs;
      expect(Math.abs(waits / delay - 1)).toBeLessThanOrEqual(0.1);
      story.passes(waits - 1);
      expect(ready(story)).toEqual([]);
      story.passes(1);
    }
    ends(story, only(ready(story)), down);
    story.passes(100 * HOUR);
    expect(ready(story)).toEqual([]);
    expect(only(jobs(story))).toMatchObject({ status: "DEAD", attempts: 6, tries: { length: 6 } });
  });

  test("has the schedule that its webhook says, and waits as long as the receiver asks", () => {
    const story = calls({ retry_intervals: [60, "PT2M"] });
    story.happens("bought", { ...ANN, order_id: "A-1" });
    ends(story, only(ready(story)), { ...down, status: 503, retryAfterMs: 10 * HOUR });
    expect((only(jobs(story)).dueMs ?? 0) - story.nowMs).toBe(10 * HOUR);
    story.passes(10 * HOUR);
    ends(story, only(ready(story)), { kind: "unknown", reason: "no answer" });
    story.passes(140_000);
    ends(story, only(ready(story)), { kind: "not_sent", reason: "refused", isFinal: false });
    expect(only(jobs(story))).toMatchObject({
      status: "DEAD",
      tries: [{ outcome: "FAILED" }, { outcome: "UNKNOWN", detail: "no answer" }, { outcome: "FAILED" }],
    });
  });

  test("ends at once where nothing will ever be taken", () => {
    for (const result of [{ ...down, status: 410 }, { kind: "not_sent", reason: "private", isFinal: true } as const]) {
      const story = calls();
      story.happens("bought", { ...ANN, order_id: "A-1" });
      ends(story, only(ready(story)), result);
      expect(only(jobs(story))).toMatchObject({ status: "DEAD", attempts: 1 });
    }
  });

  test("D3 waits for the one before it of its person, and for nobody else's", () => {
    const story = calls();
    for (const order_id of ["A-1", "A-2", "A-3"]) story.happens("bought", { ...ANN, order_id });
    story.happens("bought", { email: "bob@x.com", order_id: "B-1" });
    const bodies = (): unknown[] => ready(story).map(({ data }) => data["order"]);
    expect(bodies()).toEqual(["A-1", "B-1"]);
    ends(story, ready(story)[0] as Job, down);
    expect(bodies()).toEqual(["B-1"]);
    story.passes(2000);
    expect(bodies()).toEqual(["B-1", "A-1"]);
    ends(story, ready(story)[1] as Job, ok);
    expect(bodies()).toEqual(["B-1", "A-2"]);
  });

  test("that is dead begins anew by command, with a schedule of its own and the same call", () => {
    const story = calls({ retry_intervals: [] });
    story.happens("bought", { ...ANN, order_id: "A-1" });
    const before = structuredClone(only(ready(story)));
    ends(story, before, down);
    const redrive = {
      kind: "redrive_jobs",
      client: "acme",
      partition: 0,
      subscriber: "webhook/W1",
      jobKey: null,
    } as const;
    expect(
      story.query(0, {
        kind: "ended_jobs",
        client: "acme",
        subscriber: "webhook/W1",
        status: "DEAD",
        beforeKey: null,
        limit: 10,
      }),
    ).toMatchObject({ ended: [{ id: before.id, jobKey: jobKey(before) }] });
    const byKey = { kind: "jobs_by_key", jobKeys: [jobKey(before), "nobody/1"] } as const;
    expect(story.query(0, { ...byKey, client: "acme" })).toMatchObject({ jobs: [{ id: before.id }, null] });
    expect(story.query(0, { ...byKey, client: "other" })).toMatchObject({ jobs: [null, null] });
    story.commands({ ...redrive, client: "other" });
    expect(ready(story)).toEqual([]);
    story.commands(redrive);
    const again = only(ready(story));
    expect(again).toMatchObject({
      id: before.id,
      request: before.request,
      idempotencyKey: before.idempotencyKey,
      attempts: 1,
    });
    ends(story, again, ok);
    expect(only(jobs(story))).toMatchObject({ status: "DONE", tries: [{ outcome: "FAILED" }, { outcome: "OK" }] });
    story.commands({ ...redrive, jobKey: jobKey(before) });
    expect(only(ready(story)).id).toBe(before.id);
  });

  test("is begun anew once by an operator who wants all of them, however soon it dies again", () => {
    const story = calls();
    const bought = (n: number): void => void story.happens("bought", { email: `p${n}@x.com`, order_id: `A-${n}` });
    const gone: AttemptResult = { kind: "answered", status: 410, body: null, retryAfterMs: null };
    const allEnd = (): void => {
      for (let found = ready(story); found.length > 0; found = ready(story))
        for (const job of found) ends(story, job, gone);
    };
    for (let n = 0; n < JOBS_REDRIVEN_AT_ONCE + 10; n++) bought(n);
    allEnd();
    const all = { kind: "redrive_jobs", client: "acme", partition: 0, subscriber: "webhook/W1", jobKey: null } as const;
    const { value } = story.commands(all);
    expect(value).toMatchObject({ count: JOBS_REDRIVEN_AT_ONCE, isMore: true });
    allEnd();
    const { untilPlace } = value as { untilPlace: string };
    expect(story.commands({ ...all, untilPlace }).value).toMatchObject({ count: 10, isMore: false });
  });

  test("that has ended is kept for a while: the newest of a person, and no longer than a week", () => {
    const story = calls({ retry_intervals: [] });
    for (let n = 0; n < ENDED_JOBS_PER_PERSON_MAX + 5; n++) {
      story.happens("bought", { ...ANN, order_id: `A-${n}` });
      ends(story, only(ready(story)), down);
    }
    expect(jobs(story)).toHaveLength(ENDED_JOBS_PER_PERSON_MAX);
    story.nowMs += DEAD_JOBS_KEPT_MS + HOUR;
    const old = (): number => jobs(story).filter(({ data }) => JSON.stringify(data).includes("A-")).length;
    // One in so many that end takes those along that are past their time.
    for (let n = 0; n < 20 * ENDED_JOBS_PER_DROP && old() > 0; n++) {
      story.happens("bought", { email: "bob@x.com", order_id: `B-${n}` });
      ends(story, only(ready(story)), down);
    }
    expect(old()).toBe(0);
  });
});

test("a hanging subscriber's backlog hides nobody else's jobs", () => {
  const actions = ["W1", "W2"].map((id) => action("WEBHOOK", { webhook_id: id }));
  const webhooks = [shop, { ...shop, id: "W2", name: "other" }];
  const story = new Story(programme([on("bought", { actions })], { webhooks }), 1);
  for (let n = 0; n < 30; n++) story.happens("bought", { email: `p${n}@x.com` });
  const subscribers = (more: object): string[] => {
    const answer = story.query(0, { kind: "ready_jobs", ...page, ...more });
    return answer.kind === "ready_jobs" ? answer.jobs.map(({ subscriber }) => subscriber) : [];
  };
  expect(subscribers({ perSubscriber: 2 })).toEqual(["webhook/W1", "webhook/W1", "webhook/W2", "webhook/W2"]);
  expect(subscribers({ perSubscriber: 2, skipped: ["acme/webhook/W1"] })).toEqual(["webhook/W2", "webhook/W2"]);
  const [, second] = ready(story);
  const place = second?.place ?? "";
  const cursors = [["acme/webhook/W1", place]];
  expect(subscribers({ perSubscriber: 100, cursors, skipped: ["acme/webhook/W2"] })).toHaveLength(28);
});

describe("REWARD webhooks", () => {
  test("hear of every move, under a key of its own, in order", () => {
    const story = rewards();
    story.happens("bought", ANN);
    const reward = story.onlyReward(story.who("ann@x.com"));
    const earned = only(ready(story));
    expect(earned.idempotencyKey).toBe(`${reward.id}-reward_earned-1`);
    expect(JSON.parse(earned.request?.body ?? "")).toEqual({
      type: "reward_earned",
      event_id: earned.id,
      event_time: expect.any(String) as string,
      reward_id: reward.id,
      reward_supplier_id: "CREDIT",
      reward_supplier_name: "CREDIT",
      partner_reward_supplier_id: null,
      reward_supplier_type: "CUSTOM_REWARD",
      person_id: reward.personId,
      partner_user_id: null,
      face_value: 25,
      face_value_type: "USD",
      message: "",
      data: {},
      schema_version: "1",
    });
    const { id: rewardId } = reward;
    const order = {
      success: true,
      message: "m",
      partnerRewardId: "CR-77",
      amount: null,
      partnerEventId: null,
      data: {},
      delivery: null,
      eventMs: null,
    };
    story.commands({
      kind: "move_reward",
      client: "acme",
      rewardId,
      verb: "fulfil",
      order: { ...order, success: false },
    });
    story.commands({ kind: "move_reward", client: "acme", rewardId, verb: "fulfil", order });
    const types = jobs(story).map(({ data }) => data["type"]);
    expect(types).toEqual(["reward_earned", "reward_fulfillment_failed", "reward_fulfilled"]);
    expect(only(ready(story)).data["type"]).toBe("reward_earned");
    expect(jobs(story)[2]?.data).toMatchObject({ partner_reward_id: "CR-77", message: "m" });
  });

  test.each([
    [[{ type: "STATE", states: ["EARNED"] }], 1],
    [[{ type: "STATE", states: ["SENT"] }], 0],
    [
      [
        { type: "STATE", states: ["SENT"] },
        { type: "STATE", states: ["EARNED"] },
      ],
      1,
    ],
    [[{ type: "SUPPLIER", reward_supplier_id: "CREDIT" }], 1],
    [
      [
        { type: "SUPPLIER", reward_supplier_id: "OTHER" },
        { type: "STATE", states: ["EARNED"] },
      ],
      0,
    ],
    [[{ type: "TAGS", tags: ["spring", "x"] }], 1],
    [[{ type: "TAGS", tags: ["x"] }], 0],
    [[{ type: "EXPRESSION", expression: "javascript@runtime:Number(context.getReward().getFaceValue()) === 25" }], 1],
    [[{ type: "EXPRESSION", expression: "javascript@runtime:context.getReward().getName() === 'x'" }], 0],
  ])("filters %j let %i through", (filters, count) => {
    const story = rewards({ filters });
    story.happens("bought", ANN);
    expect(ready(story)).toHaveLength(count);
  });

  test("a disabled one hears nothing", () => {
    const story = rewards({ enabled: "javascript@buildtime:1 > 2" });
    story.happens("bought", ANN);
    expect(ready(story)).toEqual([]);
  });
});

describe("expressions", () => {
  test.each([
    [
      "javascript@runtime:({ url: 'https://x.example.com/a', method: 'PUT', headers: { 'X-A': ['1'] }, body: 'plain' })",
      { method: "PUT", url: "https://x.example.com/a", body: "plain", headers: { "X-A": "1" } },
    ],
    [
      "javascript@runtime:context.createRequestBuilderWithDefaults().addHeader('X-Order', context.getData().order).build()",
      { url: shop.url, body: '{"order":"A-1"}', headers: { "X-Order": "A-1" } },
    ],
    [
      "javascript@runtime:context.createRequestBuilder().withUrl('https://x.example.com/{order}').addUrlTemplateParameter('order', 'A 1').withBody({ a: 1 })",
      { url: "https://x.example.com/A%201", body: '{"a":1}' },
    ],
    ['handlebars@runtime:{"body": "order {{data.order}}"}', { url: shop.url, body: "order A-1" }],
    [
      { url: "https://x.example.com/b", method: "GET" },
      { method: "GET", body: null },
    ],
  ])("request %j", (request, wanted) => {
    const story = calls({ request });
    story.happens("bought", { ...ANN, order_id: "A-1" });
    expect(only(ready(story)).request).toMatchObject(wanted);
  });

  test.each([
    [
      "😀",
      "javascript@runtime:({ urlTemplateParameters: { order: context.getData().order.substring(0, 1) } })",
      "%EF%BF%BD",
    ],
    ["\\ud83d", 'handlebars@runtime:{"body": "", "urlTemplateParameters": {"order": "{{{data.order}}}"}}', "%EF%BF%BD"],
    [
      "a/../b?c#d",
      "javascript@runtime:({ urlTemplateParameters: { order: context.getData().order } })",
      "a%2F..%2Fb%3Fc%23d",
    ],
    ["..", "javascript@runtime:({ urlTemplateParameters: { order: context.getData().order } })", "{order}"],
  ])("%s in an address, by %s, stays what it is there", (order, request, wanted) => {
    const story = calls({ request, url: "https://x.example.com/orders/{order}/paid" });
    story.happens("bought", { ...ANN, order_id: order });
    expect(only(ready(story)).request?.url).toBe(`https://x.example.com/orders/${wanted}/paid`);
  });

  test.each([
    ["javascript@runtime:({ url: 'ftp://x' })", "webhook_url_invalid"],
    ["javascript@runtime:({ headers: { 'X-A': 'a\\r\\nX-B: c' } })", "webhook_headers_invalid"],
    ["javascript@runtime:context.getData().nobody.here", "webhook_request_failed"],
    ['handlebars@runtime:{"url": "https://x.example.com/{{data.order}}", "body": "b"}', "webhook_url_invalid"],
  ])("request %s is refused and listed", (request, reason) => {
    const story = calls({ request });
    story.happens("bought", { ...ANN, order_id: "A-1" });
    expect(jobs(story)).toEqual([]);
    expect(story.refusals()).toContain(reason);
  });

  test.each(["javascript@runtime:context.getData().order", "handlebars@runtime:{{{data.order}}}"])(
    "K3 a text that is all of what was sent in, by %s, leads to the webhook's receiver alone",
    (request) => {
      const story = calls({ request, client_key_id: "K" });
      const sends = (url: string): void => {
        story.happens("bought", { ...ANN, order_id: JSON.stringify({ url, body: "mine" }) });
      };
      for (const url of [
        "https://evil.example.com/",
        "https://shop.example.com@evil.example.com/",
        "https://shop.example.com.evil.example.com/",
        "http://shop.example.com/",
      ])
        sends(url);
      expect(jobs(story)).toEqual([]);
      sends("https://SHOP.example.com/other");
      expect(only(ready(story)).request).toMatchObject({ url: "https://SHOP.example.com/other", body: "mine" });
    },
  );

  test("a response handler says RETRY or OK, whatever the status", () => {
    const handler = "javascript@runtime:context.getResponse().getJson().state === 'later' ? 'RETRY' : 'OK'";
    const story = calls({ response_handler: handler });
    story.happens("bought", { ...ANN, order_id: "A-1" });
    ends(story, only(ready(story)), { ...ok, body: '{"state":"later"}' });
    expect(only(jobs(story))).toMatchObject({ status: "WAITING", attempts: 1 });
    story.passes(2000);
    ends(story, only(ready(story)), { ...down, body: '{"state":"done"}' });
    expect(only(jobs(story)).status).toBe("DONE");
  });

  test("a response handler that fails leaves it to the status", () => {
    const story = calls({ response_handler: "javascript@runtime:context.getResponse().getJson().a.b.c" });
    story.happens("bought", { ...ANN, order_id: "A-1" });
    ends(story, only(ready(story)), { ...down, body: "no json" });
    expect(only(jobs(story)).status).toBe("WAITING");
  });

  test("a response handler fulfils and fails rewards", () => {
    const service = "context.getRewardService()";
    const id = "context.getReward().getRewardId()";
    const handler = `javascript@runtime:context.getResponse().getStatusCode() < 300
      ? ${service}.createFulfillRewardCommandEventBuilder(${id}).withPartnerRewardId(context.getResponse().getJson().order).send()
      : ${service}.createFailRewardCommandEventBuilder(${id}).withMessage('no').send()`;
    for (const [result, state, partnerRewardId] of [
      [{ ...ok, body: '{"order":"O-1"}' }, "FULFILLED", "O-1"],
      [{ ...down, status: 400 }, "FAILED", null],
    ] as const) {
      const story = rewards({ response_handler: handler, filters: [{ type: "STATE", states: ["EARNED"] }] });
      story.happens("bought", ANN);
      ends(story, only(ready(story)), result);
      expect(story.onlyReward(story.who("ann@x.com"))).toMatchObject({ state, partnerRewardId });
    }
  });

  test.each<[Partial<WebhookDocument>, string]>([
    [{ retry_intervals: ["soon"] }, "retry_intervals"],
    [{ request: "javascript@runtime:context.getPerson()" }, "request"],
    [{ type: "REWARD", filters: [{ type: "EXPRESSION", expression: "true" }] }, "expression"],
    [{ url: " " }, "url"],
  ])("what is wrong with %j is said at its place", (webhook, parameter) => {
    expect(() => calls(webhook)).toThrow(`"parameter":"${parameter}"`);
  });
});
