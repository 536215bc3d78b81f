// What an explanation calls exact is what was decided, whatever happened: budgets near their end, merges, timers and canceled rewards, many of them in one
// millisecond. A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import type { ProgramDocument, TriggerDocument } from "../../src/model/campaign.ts";
import { plainMove } from "../../src/model/reward.ts";
import { randomOf } from "../simulation/simulation.ts";
import { explainWell, LiveDecisions, withoutIds } from "../support/explaining.ts";
import { isSoak } from "../support/profile.ts";
import {
  action,
  campaign,
  CLIENT,
  condition,
  datum,
  earn,
  on,
  onReward,
  onStep,
  onType,
  priorSteps,
  programme,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

type Random = (below: number) => number;

const seeds = isSoak ? 3_000 : 5;
const only = process.env["LAUREL_SEED"];

interface World {
  readonly document: ProgramDocument;
  /** Of the events that people send. */
  readonly names: readonly string[];
  readonly hasDevices: boolean;
  readonly hasCancels: boolean;
  readonly hasTicks: boolean;
}

function atMost(count_max: number): TriggerDocument {
  return trigger("HAS_PRIOR_REWARD", {
    trigger_phase: "QUALIFYING",
    filter_states: ["EARNED", "FULFILLED"],
    count_max,
  });
}

function budgets(random: Random): World {
  const steps = [
    on("won", { actions: [earn("prize")], triggers: random(2) === 0 ? [atMost(random(3))] : [] }),
    onStep("thanked", "won", { actions: random(2) === 0 ? [earn("bonus")] : [] }),
    on("played", {
      triggers: [priorSteps("QUALITY", "won", { count_max: 2 })],
      actions: [earn("auto"), earn("prize")],
    }),
    ...(random(2) === 0 ? [onReward("heard", ["EARNED"], { triggers: random(2) === 0 ? [atMost(4)] : [] })] : []),
    ...(random(3) === 0 ? [onReward("paid", ["FULFILLED", "CANCELED"])] : []),
    on("looked", { triggers: [atMost(1)] }),
  ];
  const suppliers = [
    supplier("prize", { budget: { count: 1 + random(8), value: null } }),
    supplier("bonus", random(2) === 0 ? { budget: { count: null, value: 25 * (1 + random(4)) } } : {}),
    supplier("auto", {
      auto_fulfillment_enabled: true,
      ...(random(2) === 0 ? { budget: { count: 1 + random(5), value: null } } : {}),
    }),
  ];
  const campaigns = [campaign(steps, random(4) === 0 ? { budget: { count: 2 + random(10), value: null } } : {})];
  const document = { ...programme(steps, { suppliers }), campaigns };
  const names = ["won", "won", "played", "looked"];
  return { document, names, hasDevices: false, hasCancels: random(2) === 0, hasTicks: false };
}

function merges(random: Random): World {
  const steps = [
    on("looked", { triggers: [priorSteps("QUALITY", "looked", { count_max: 2 })] }),
    on("won", { actions: [earn("prize")], triggers: [atMost(2)] }),
    onStep("thanked", "won"),
    on("ordered", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
    ...(random(2) === 0 ? [onType("IDENTIFIED", "identified", { name: "known" })] : []),
  ];
  const suppliers = [supplier("prize", random(2) === 0 ? { budget: { count: 1 + random(8), value: null } } : {})];
  const document = programme(steps, { suppliers });
  return { document, names: ["looked", "won", "ordered"], hasDevices: true, hasCancels: false, hasTicks: false };
}

function timers(random: Random): World {
  const most = `context.getPerson().getSteps().length < ${3 + random(5)}`;
  const steps = [
    on("looked", { actions: [action("SCHEDULE", { schedule_name: "reminder", delays: ["PT1M", "PT10M"] })] }),
    onType("SCHEDULED", "reminder", { name: "reminded", triggers: [atMost(2)], actions: [earn("prize")] }),
    on("won", { triggers: [condition("QUALIFYING", most)], actions: [earn("prize")] }),
    ...(random(2) === 0 ? [onReward("heard", ["EARNED"])] : []),
  ];
  const suppliers = [supplier("prize", { budget: { count: 1 + random(8), value: null } })];
  const document = programme(steps, { suppliers });
  const hasDevices = random(2) === 0;
  return { document, names: ["looked", "won"], hasDevices, hasCancels: random(2) === 0, hasTicks: true };
}

const worlds = [budgets, merges, timers] as const;

interface Played {
  readonly story: Story;
  readonly live: LiveDecisions;
}

function play(world: World, random: Random): Played {
  const story = new Story(world.document, 1 + random(4));
  const live = new LiveDecisions();
  for (const context of story.contexts) Object.assign(context, { observer: live });
  const people = 2 + random(4);
  for (let left = 10 + random(40); left > 0; left--) {
    // Most in the millisecond of the one before.
    if (random(3) > 0) story.nowMs--;
    if (random(12) === 0) story.nowMs += 1_000;
    const who = random(people);
    if (world.hasTicks && random(12) === 0) story.passes(30_000 + random(600_000));
    if (world.hasCancels && random(12) === 0) cancel(story, random, `p${who}@x.com`);
    else story.arrives(world.names[random(world.names.length)] ?? "", dataOf(world, random, who));
    settleSome(story, random);
  }
  if (random(3) > 0) story.settle((ready) => ready[random(ready.length)] ?? 0);
  for (const context of story.contexts) Object.assign(context, { observer: undefined });
  return { story, live };
}

function dataOf({ hasDevices }: World, random: Random, who: number): { [name: string]: string } {
  const known = hasDevices ? random(4) : 0;
  return {
    order_id: `order-${random(8)}`,
    ...(known === 1 ? {} : { email: `p${who}@x.com` }),
    ...(known === 1 || known === 2 ? { partner_user_id: `device${who}` } : {}),
  };
}

function cancel(story: Story, random: Random, email: string): void {
  const rewards = story.personBy(email)?.rewards ?? [];
  const reward = rewards[random(Math.max(1, rewards.length))];
  if (reward === undefined) return;
  story.asks({ kind: "move_reward", client: CLIENT, rewardId: reward.id, verb: "cancel", order: plainMove(null) });
}

function settleSome(story: Story, random: Random): void {
  const much = random(4);
  if (much === 0) return story.settle((ready) => ready[random(ready.length)] ?? 0);
  if (much > 1) return;
  for (let left = random(6); left > 0; left--) {
    const ready = story.contexts.flatMap((_, partition) => (story.hasNext(partition) ? [partition] : []));
    const next = ready[random(Math.max(1, ready.length))];
    if (next !== undefined) story.step(next);
  }
}

/** Of the event, that there are or that are held. */
function rewardsOf({ contexts }: Story, personId: string, eventId: string): string[] {
  const { state } = contexts[originOf(personId) ?? 0] ?? {};
  const everything = { prefix: "", after: null, limit: 10_000, isReverse: false };
  const rewards = (state?.list("reward", everything) ?? []).map(({ value }) => value);
  const held = (state?.list("heldReward", everything) ?? []).map(({ value }) => value.reward);
  const own = [...rewards, ...held].filter((each) => each.rootEventId === eventId && each.personId === personId);
  return own.map(({ id }) => id).toSorted();
}

test.each(worlds)(`what is called exact is what was decided: ${seeds} seeds of %o`, { timeout: 3_600_000 }, (world) => {
  let exact = 0;
  let explained = 0;
  for (const seed of only === undefined ? Array.from({ length: seeds }, (_, n) => n) : [Number(only)]) {
    const random = randomOf(seed);
    const { story, live } = play(world(random), random);
    for (const [key, decided] of live.byPersonAndRoot) {
      const [personId = "", eventId = ""] = key.split(" ");
      const told = explainWell(story, personId, eventId);
      explained++;
      if (told.kind !== "explained" || !told.explanation.isExact) continue;
      exact++;
      const where = `seed ${seed}, person ${personId}, event ${eventId}`;
      const { events, rewards } = told.explanation;
      expect(withoutIds(events), where).toEqual(withoutIds(decided.events()));
      expect(rewards.map(({ rewardId }) => rewardId).toSorted(), where).toEqual(rewardsOf(story, personId, eventId));
    }
  }
  // Most of them are, in the densest of histories.
  expect(exact / explained).toBeGreaterThan(0.5);
});
