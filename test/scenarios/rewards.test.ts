// Stories of rewards that take days, deliveries of codes, and operators: each file of `rewards`, through the pure engine, whose clock is ours.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { balanceOf, POINT_PARTS } from "../../src/model/points.ts";
import { plainMove, type RewardVerb } from "../../src/model/reward.ts";
import { parseDurationMs } from "../../src/rules/mod.ts";
import { CLIENT, PARTITIONS, Story } from "../support/story.ts";

/** Of a person; what is not mentioned is not looked at. */
interface Expected {
  /** "SUPPLIER STATE code" of each reward, in order. */
  readonly rewards?: readonly string[];
  /** Moves of the only reward; "failed" behind those that did not succeed. */
  readonly history?: readonly string[];
  /** Balance by type. */
  readonly points?: { readonly [type: string]: number };
  /** Steps by name. */
  readonly steps?: { readonly [name: string]: number };
}

type Step =
  | { readonly event: string; readonly data: { readonly [name: string]: string } }
  /** ISO 8601. */
  | { readonly passes: string }
  /** Codes, those that are there left out. */
  | { readonly upload: readonly string[]; readonly to: string }
  /** A verb of an operator; `reward` counts from 0; `code`: it is refused. */
  | { readonly do: RewardVerb; readonly of: string; readonly reward?: number; readonly code?: string }
  | { readonly spend: number; readonly of: string; readonly code?: string }
  | { readonly expect: { readonly [email: string]: Expected } }
  /** Available and issued, by supplier. */
  | { readonly stock: { readonly [supplier: string]: readonly [number, number] } }
  /** What operators were told since the last time. */
  | { readonly told: readonly string[] };

interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

const here = import.meta.dirname;
const read = (file: string): unknown => JSON.parse(readFileSync(join(here, file), "utf8"));
const program = read("programs/suppliers.json") as ProgramDocument;
const scenarios = readdirSync(join(here, "rewards")).map((file) => read(`rewards/${file}`) as Scenario);

test("there are scenarios", () => expect(scenarios.length).toBeGreaterThan(2));

test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s", (_title, scenario) => {
  const story = new Story(program);
  for (const [at, step] of scenario.steps.entries()) take(story, step, `step ${at}: ${JSON.stringify(step)}`);
});

function take(story: Story, step: Step, where: string): void {
  if ("event" in step) story.happens(step.event, step.data);
  else if ("passes" in step) story.passes((parseDurationMs(step.passes) ?? Number.NaN) + 1);
  else if ("upload" in step) upload(story, step.to, step.upload);
  else if ("do" in step) {
    const rewardId = story.who(step.of).rewards[step.reward ?? 0]?.id ?? "";
    const order = plainMove(null);
    const done = story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb: step.do, order });
    expect(done.errorCode, where).toBe(step.code ?? null);
  } else if ("spend" in step) {
    const change = {
      kind: "spend_points",
      type: "POINTS",
      amount: step.spend,
      partnerEventId: null,
      message: null,
    } as const;
    const personId = story.who(step.of).id;
    const done = story.commands({ kind: "change_person", client: CLIENT, personId, change });
    expect(done.errorCode, where).toBe(step.code ?? null);
  } else if ("stock" in step)
    for (const supplierId of Object.keys(step.stock)) expectStock(story, supplierId, step.stock, where);
  else if ("told" in step) {
    const told = story.contexts.flatMap(({ effects }) => effects.alerts.splice(0));
    expect(
      told.map(({ kind }) => kind),
      where,
    ).toEqual(step.told);
  } else for (const [email, expected] of Object.entries(step.expect)) expectPerson(story, email, expected, where);
}

function upload(story: Story, supplierId: string, codes: readonly string[]): void {
  const of = { client: CLIENT, supplierId };
  const begin = { filename: "codes.csv", requested: codes.length, isDiscarding: true };
  expect(story.commands({ kind: "begin_coupon_upload", ...of, ...begin }).errorCode).toBeNull();
  const partition = partitionOf(CLIENT, `pool/${supplierId}`, PARTITIONS);
  const answer = story.query(partition, { kind: "coupon_operations", ...of, operationId: null });
  const operationId = answer.kind === "coupon_operations" ? (answer.operations[0]?.id ?? "") : "";
  expect(story.commands({ kind: "add_coupons", ...of, operationId, codes, expires: null }).errorCode).toBeNull();
  expect(story.commands({ kind: "end_coupon_upload", ...of, operationId, failure: null }).errorCode).toBeNull();
}

function expectStock(
  story: Story,
  supplierId: string,
  stock: { readonly [supplier: string]: readonly [number, number] },
  where: string,
): void {
  const partition = partitionOf(CLIENT, `pool/${supplierId}`, PARTITIONS);
  const answer = story.query(partition, { kind: "coupon_stats", client: CLIENT, supplierId, atMs: story.nowMs });
  if (answer.kind !== "coupon_stats") throw new Error(answer.kind);
  expect([answer.available, answer.issued], where).toEqual(stock[supplierId]);
}

function expectPerson(story: Story, email: string, expected: Expected, where: string): void {
  const person = story.who(email);
  if (expected.rewards !== undefined) {
    const seen = person.rewards.map(({ supplierId, state, partnerRewardId }) =>
      [supplierId, state, ...(partnerRewardId === null ? [] : [partnerRewardId])].join(" "),
    );
    expect(seen, where).toEqual(expected.rewards);
  }
  if (expected.history !== undefined) {
    const { history } = story.onlyReward(person);
    expect(
      history.map(({ state, success }) => (success ? state : `${state} failed`)),
      where,
    ).toEqual(expected.history);
  }
  for (const [type, balance] of Object.entries(expected.points ?? {})) {
    const account = person.points?.accounts[type];
    expect(account === undefined ? 0 : balanceOf(account) / POINT_PARTS, where).toBe(balance);
  }
  for (const [name, count] of Object.entries(expected.steps ?? {}))
    expect(person.steps.filter((step) => step.name === name).length, where).toBe(count);
}
