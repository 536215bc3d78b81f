// What a supplier says about its rewards: where they may go, when they end, and whether there are any.

import { expect, test } from "vitest";
import { plainMove, type Reward, type RewardVerb } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { action, CLIENT, earn, fromEvent, on, programme, Story, supplier } from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const HOUR_MS = 3_600_000;

function open(more: Partial<SupplierDocument>): Story {
  const own = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";
  const steps = [
    on("bought", { actions: [earn("CREDIT")] }),
    on("canceled", { actions: [action("CANCEL_REWARD", { reward_id: own })] }),
  ];
  return new Story(programme(steps, { suppliers: [supplier("CREDIT", more)] }));
}

function earned(story: Story, data: { [name: string]: string } = {}): Reward {
  story.happens("bought", { ...ANN, ...data });
  return story.onlyReward(story.who(ANN.email));
}

function verb(story: Story, rewardId: string, name: RewardVerb): string | null {
  const order = plainMove(null);
  return story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb: name, order }).errorCode;
}

test("a supplier's transitions replace the row of each state that it names, for the API and for rules", () => {
  const story = open({ state_transitions: { EARNED: ["FULFILLED"], REVOKED: ["EARNED"] } });
  const { id } = earned(story);
  expect(verb(story, id, "cancel")).toBe("reward_illegal_state_transition");
  story.happens("canceled", ANN);
  expect(story.rewardById(id).state).toBe("EARNED");
  expect(verb(story, id, "fulfil")).toBeNull();
  expect(verb(story, id, "revoke")).toBeNull();
  expect(story.rewardById(id).history.map(({ state }) => state)).toEqual(["EARNED", "FULFILLED", "REVOKED"]);
});

test("they neither allow nor forbid expiry", () => {
  const story = open({ state_transitions: { EARNED: [], FULFILLED: ["EXPIRED"] } });
  expect(verb(story, earned(story).id, "expire")).toBeNull();
});

test("a failed reward can be given up for good", () => {
  const story = open({});
  const { id } = earned(story);
  for (const name of ["fail", "cancel"] as const) expect(verb(story, id, name)).toBeNull();
  expect(verb(story, id, "retry")).toBe("reward_in_not_retryable_state");
});

test.each([{ enabled: false }, { is_archived: true }])("a supplier that is %j earns nothing new", (more) => {
  const program = programme([on("bought", { actions: [earn("CREDIT")] })], { suppliers: [supplier("CREDIT", more)] });
  if (more.is_archived === true) {
    expect(() => new Story(program)).toThrow("there is no reward supplier CREDIT");
    return;
  }
  const story = new Story(program);
  story.happens("bought", ANN);
  expect(story.who(ANN.email).rewards).toEqual([]);
  expect(story.refusals()).toEqual(["reward_supplier_disabled"]);
});

test.each([
  ["2026-05-01T01:00:00Z", {}],
  [fromEvent("until"), { until: "2026-05-01T01:00:00Z" }],
  [fromEvent("until"), { until: "PT1H" }],
])("a reward expires at %s of its supplier, given %j", (reward_expires_at, data) => {
  const story = open({ reward_expires_at });
  const { id, expiresMs, earnedMs } = earned(story, data);
  expect([Date.UTC(2026, 4, 1, 1), earnedMs + HOUR_MS]).toContain(expiresMs);
  story.passes(HOUR_MS - 1000);
  expect(story.rewardById(id).state).toBe("EARNED");
  story.passes(2000);
  expect(story.rewardById(id).state).toBe("EXPIRED");
});

test("what is neither date nor duration is no expiry", () => {
  const story = open({ reward_expires_at: fromEvent("until") });
  expect(earned(story, { until: "soon" }).expiresMs).toBeNull();
});
