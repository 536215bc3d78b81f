// The generator behind all benchmarks: same bytes on every run, and the distribution that the reference workload
// promises.

import { describe, expect, test } from "vitest";
import { EARNING_PURCHASE_SHARE, REFERENCE_CAMPAIGNS, referenceProgram } from "../../bench/programs.ts";
import { decodeRows } from "../../bench/report.ts";
import { median } from "../../bench/row.ts";
import {
  eventBodies,
  eventShares,
  ndjsonBlock,
  newWorkload,
  nextEvent,
  PAGE_VIEW_WITHOUT_EMAIL_SHARE,
  REFERENCE_PERSONS,
  REFERENCE_ZIPF_EXPONENT,
  referenceWorkload,
  signUpBlock,
  type WorkloadEvent,
} from "../../bench/workload.ts";

const SAMPLES = 200_000;
/**
 * Six standard deviations of a share near one half over the samples: a right generator never trips it, and the seed is
 * fixed.
 */
const SHARE_TOLERANCE = 0.007;

function sample(stream: number, count: number): WorkloadEvent[] {
  const workload = referenceWorkload(stream);
  return Array.from({ length: count }, () => nextEvent(workload));
}

function dataOf(event: WorkloadEvent): Record<string, unknown> {
  const body: { event_name: string; data: Record<string, unknown> } = JSON.parse(event.body);
  expect(body.event_name).toBe(event.name);
  return body.data;
}

function shareOf(events: readonly WorkloadEvent[], holds: (event: WorkloadEvent) => boolean): number {
  return events.filter(holds).length / events.length;
}

describe("workload", () => {
  const events = sample(1, SAMPLES);

  test("W1 the same options give the same bytes", () => {
    const once = Buffer.concat(eventBodies(referenceWorkload(7), 2_000));
    const again = Buffer.concat(eventBodies(referenceWorkload(7), 2_000));
    expect(once.equals(again)).toBe(true);
    expect(once.equals(Buffer.concat(eventBodies(referenceWorkload(8), 2_000)))).toBe(false);
  });

  test("W1 another seed gives other events", () => {
    const shape = { stream: 1, persons: REFERENCE_PERSONS, zipfExponent: REFERENCE_ZIPF_EXPONENT };
    const first = Buffer.concat(eventBodies(newWorkload({ ...shape, seed: 1 }), 1_000));
    const second = Buffer.concat(eventBodies(newWorkload({ ...shape, seed: 2 }), 1_000));
    expect(first.equals(second)).toBe(false);
  });

  test.each(eventShares)("events named $name have their share", ({ name, share }) => {
    expect(Math.abs(shareOf(events, (event) => event.name === name) - share)).toBeLessThan(SHARE_TOLERANCE);
  });

  test("the shares are those of the reference workload", () => {
    const shareOfName = new Map<string, number>(eventShares.map(({ name, share }) => [name, share]));
    expect(shareOfName.get("page_viewed")).toBe(0.6);
    expect((shareOfName.get("shared") ?? 0) + (shareOfName.get("share_clicked") ?? 0)).toBeCloseTo(0.25, 12);
    expect(shareOfName.get("signed_up")).toBe(0.1);
    expect(shareOfName.get("converted")).toBe(0.05);
    expect(eventShares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  test("W2 persons follow Zipf 1.1 over 100,000", () => {
    let harmonic = 0;
    for (let rank = 1; rank <= REFERENCE_PERSONS; rank++) harmonic += rank ** -REFERENCE_ZIPF_EXPONENT;
    for (const person of [0, 1, 2, 9]) {
      const expected = (person + 1) ** -REFERENCE_ZIPF_EXPONENT / harmonic;
      expect(Math.abs(shareOf(events, (event) => event.person === person) - expected)).toBeLessThan(SHARE_TOLERANCE);
    }
    let headExpected = 0;
    for (let rank = 1; rank <= 1_000; rank++) headExpected += rank ** -REFERENCE_ZIPF_EXPONENT / harmonic;
    expect(Math.abs(shareOf(events, (event) => event.person < 1_000) - headExpected)).toBeLessThan(SHARE_TOLERANCE);
    expect(events.every(({ person }) => Number.isInteger(person) && person >= 0 && person < REFERENCE_PERSONS)).toBe(
      true,
    );
    expect(events.some(({ person }) => person > REFERENCE_PERSONS / 2)).toBe(true);
  });

  test("W3 order ids are unique over streams", () => {
    const orders: unknown[] = [];
    for (const stream of [1, 2, 3]) {
      for (const event of sample(stream, 20_000)) {
        if (event.name === "converted") orders.push(dataOf(event)["order_id"]);
      }
    }
    expect(orders.length).toBeGreaterThan(2_000);
    expect(new Set(orders).size).toBe(orders.length);
  });

  test("W4 every body is JSON with the keys of its person", () => {
    let withoutEmail = 0;
    let views = 0;
    for (const event of events.slice(0, 20_000)) {
      const data = dataOf(event);
      const email = data["email"];
      if (email !== undefined) expect(email).toBe(`p${event.person}@example.com`);
      else {
        expect(event.name).toBe("page_viewed");
        expect(data["partner_user_id"]).toBe(`u${event.person}`);
        withoutEmail++;
      }
      if (event.name === "page_viewed") views++;
      if (event.name === "converted") {
        expect(data["order_id"]).toMatch(/^o\d+-1-\d+$/);
        expect(Number(data["cart_value"])).toBeGreaterThanOrEqual(10);
        expect(Number(data["cart_value"])).toBeLessThanOrEqual(500);
      }
    }
    expect(Math.abs(withoutEmail / views - PAGE_VIEW_WITHOUT_EMAIL_SHARE)).toBeLessThan(0.02);
  });

  test("NDJSON blocks are whole lines and reach their size", () => {
    const block = ndjsonBlock(referenceWorkload(1), 100_000);
    const lines = block.bytes.toString("utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.length).toBe(block.events);
    expect(block.bytes.length).toBeGreaterThanOrEqual(100_000);
    expect(block.bytes.length).toBeLessThan(101_000);
    expect(lines).toEqual(sample(1, block.events).map((event) => event.body));
  });

  test("sign-up blocks name each person once", () => {
    const block = signUpBlock(10, 13);
    expect(block.events).toBe(3);
    expect(block.bytes.toString("utf8").match(/p1[0-2]@example\.com/g)).toEqual([
      "p10@example.com",
      "p11@example.com",
      "p12@example.com",
    ]);
  });
});

describe("reference program", () => {
  const program = referenceProgram();
  const controllers = program.campaigns.flatMap((campaign) =>
    campaign.steps.flatMap((step) => (step.type === "JOURNEY_ENTRY" ? [] : [step])),
  );

  test("20 live campaigns of 3 to 8 triggers", () => {
    expect(program.campaigns.length).toBe(REFERENCE_CAMPAIGNS);
    expect(program.campaigns.every((campaign) => campaign.state === "LIVE")).toBe(true);
    const counts = controllers.map((controller) => controller.triggers.length);
    expect(Math.min(...counts)).toBe(3);
    expect(Math.max(...counts)).toBe(8);
  });

  test("P3 ids are fixed, unique and have 19 digits", () => {
    expect(referenceProgram()).toEqual(program);
    const ids = [...program.campaigns.map((campaign) => campaign.campaign_id), ...controllers.map(({ id }) => id)];
    expect(new Set(ids).size).toBe(2 * REFERENCE_CAMPAIGNS);
    for (const id of ids) expect(id).toMatch(/^[1-9]\d{18}$/);
  });

  test("all trigger kinds of the reference workload occur", () => {
    const kinds = new Set(controllers.flatMap(({ triggers }) => triggers.map((trigger) => trigger.trigger_type)));
    const expected = [
      "EVENT",
      "EXPRESSION",
      "GROUP",
      "HAS_IDENTITY",
      "HAS_PRIOR_REWARD",
      "HAS_PRIOR_STEP",
      "STEP_EVENT",
    ];
    expect([...kinds].sort()).toEqual(expected);
  });

  test("groups exist in the controller of their members", () => {
    for (const { triggers } of controllers) {
      const names = triggers
        .filter((trigger) => trigger.trigger_type === "GROUP")
        .map((group) => group["trigger_name"]);
      const parents = triggers.flatMap((trigger) => trigger["parent_trigger_group_name"] ?? []);
      for (const parent of parents) expect(names).toContain(parent);
      for (const name of names) expect(parents).toContain(name);
    }
  });

  test("P1 one event in 200 has a cart value in a paid band, and no value is in two bands", () => {
    const bands = controllers
      .filter(({ actions }) => (actions ?? []).length > 0)
      .map(({ triggers }) => {
        const text = triggers.map((trigger) => JSON.stringify(trigger["expression"] ?? "")).join("\n");
        return { from: Number(/>= ([\d.]+)/.exec(text)?.[1]), until: Number(/<=? ([\d.]+)/.exec(text)?.[1]) };
      });
    const events = sample(1, SAMPLES);
    let earning = 0;
    for (const event of events) {
      if (event.name !== "converted") continue;
      const value = Number(dataOf(event)["cart_value"]);
      const hits = bands.filter(({ from, until }) => value >= from && (value < until || until === 500)).length;
      expect(hits).toBeLessThanOrEqual(1);
      earning += hits;
    }
    expect(Math.abs(earning / events.length - 0.05 * EARNING_PURCHASE_SHARE)).toBeLessThan(0.001);
  });
});

describe("figures", () => {
  test("the median is the middle, or the mean of two", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test("rows of other origin are checked", () => {
    const good = { name: "a", value: 1, unit: "ms" };
    expect(decodeRows([good, { name: 3 }, null, { name: "b", value: null, unit: "x", note: "n" }])).toEqual([
      good,
      { name: "b", value: Number.NaN, unit: "x", note: "n" },
    ]);
    expect(decodeRows("no list")).toEqual([]);
  });
});
