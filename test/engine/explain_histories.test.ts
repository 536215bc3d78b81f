// What an explanation calls exact is what was decided, whatever happened: budgets near their end, merges, timers and canceled rewards, codes and limits that
// end and begin again, programmes under another name, many of them in one millisecond. A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import type { ProgramDocument, SupplierDocument, TriggerDocument } from "../../src/model/campaign.ts";
import { plainMove } from "../../src/model/reward.ts";
import { randomOf } from "../simulation/simulation.ts";
import { explainWell, LiveDecisions, withoutIds } from "../support/explaining.ts";
import { isSoak } from "../support/profile.ts";
import {
  action,
  campaign,
  CLIENT,
  condition,
  coupons,
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

const seeds = isSoak ? 3_000 : 2;
/** Of histories that once had a wrong explanation: rewards of somebody merged that got no budget afterwards. */
const FAILED_ONCE = [141];
const only = process.env["LAUREL_SEED"];

interface World {
  readonly document: ProgramDocument;
  /** Of the events that people send. */
  readonly names: readonly string[];
  readonly hasDevices: boolean;
  readonly hasCancels: boolean;
  readonly hasTicks: boolean;
  /** Of one that has codes, or a limit, that end. */
  readonly coupons?: { readonly canBeRefilled: boolean };
  /** What the programme is renamed to. */
  readonly renamed?: ProgramDocument;
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

function stockOuts(random: Random): World {
  const steps = [
    on("bought", { actions: [earn("COUPON")] }),
    on("won", { triggers: random(2) === 0 ? [atMost(2)] : [], actions: [earn("COUPON"), earn("auto")] }),
    onReward("heard", ["FULFILLED"], { triggers: random(2) === 0 ? [atMost(3)] : [] }),
    ...(random(2) === 0 ? [onReward("lost", ["CANCELED", "EXPIRED"])] : []),
    ...(random(2) === 0 ? [onType("INTERNAL", "reward_fulfillment_failed", { name: "sorry" })] : []),
    on("looked", {
      triggers: [condition("QUALIFYING", HAS_CODES)],
      actions: [action("SCHEDULE", { schedule_name: "reminder", delays: ["PT10M", "PT1H"] })],
    }),
    onType("SCHEDULED", "reminder", { name: "reminded", triggers: [atMost(3)] }),
    on("regretted", { actions: [action("CANCEL_REWARD", { reward_id: FIRST_REWARD })] }),
  ];
  const listed = Array.from({ length: random(6) }, (_, n) => `C-${n}`);
  const suppliers = [
    { ...coupons("COUPON", listed), ...limits(random) },
    supplier("auto", { auto_fulfillment_enabled: true, ...limits(random) }),
  ];
  const names = ["bought", "bought", "won", "looked", "regretted"];
  const hasDevices = random(3) === 0;
  const document = programme(steps, { suppliers });
  const more = { hasDevices, hasCancels: true, hasTicks: true, coupons: { canBeRefilled: random(4) > 0 } };
  return { document, names, ...more };
}

const HAS_CODES = "context.getPerson().getRewards().filter((own) => own.getPartnerRewardId() !== null).length < 2";
const FIRST_REWARD = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";

function limits(random: Random): Partial<SupplierDocument> {
  switch (random(3)) {
    case 0:
      return { limit_per_hour: 1 + random(4) };
    case 1:
      return { limit_per_day: 2 + random(6) };
    default:
      return {};
  }
}

/** Counts of the programme go on under its new label, or begin anew under one that is another's. */
function renames(random: Random): World {
  const isHalf = random(2) === 0;
  const few = (count_max: number): TriggerDocument =>
    priorSteps("QUALIFYING", "clicked", { count_max, filter_scope: "PROGRAM" });
  const steps = [
    on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
    on("clicked", { triggers: [few(1 + random(3))] }),
    on("won", { triggers: [atMost(1 + random(2))], actions: [earn("prize")] }),
    on("looked", { triggers: [trigger("LEGACY_LABEL_TARGETING")] }),
    onReward("heard", ["EARNED"], { triggers: isHalf ? [condition("QUALIFYING", IS_REFERRED)] : [] }),
  ];
  const suppliers = [supplier("prize", random(2) === 0 ? { budget: { count: 1 + random(8), value: null } } : {})];
  const document = programme(steps, { suppliers });
  const former = random(4) === 0 ? {} : { former_program_labels: ["refer"] };
  const renamed = { ...document, campaigns: [campaign(steps, { version: 2, program_label: "invite", ...former })] };
  const more = { hasDevices: random(2) === 0, hasCancels: false, hasTicks: false };
  return { document, names: ["registered", "clicked", "clicked", "won", "looked"], ...more, renamed };
}

const IS_REFERRED = "context.getTargetingContext().getReferral() !== null";

const worlds = [budgets, merges, timers, stockOuts, renames] as const;

interface Played {
  readonly story: Story;
  readonly live: LiveDecisions;
}

function play(world: World, random: Random): Played {
  const story = new Story(world.document, 1 + random(4));
  story.toldAtOnce = random(2) === 0 ? 1 + random(2) : null;
  const live = new LiveDecisions();
  for (const context of story.contexts) Object.assign(context, { observer: live });
  const people = 2 + random(4);
  for (let left = 10 + random(40); left > 0; left--) {
    // Most in the millisecond of the one before.
    if (random(3) > 0) story.nowMs--;
    if (random(12) === 0) story.nowMs += 1_000;
    const who = random(people);
    if (world.hasTicks && random(12) === 0) story.passes(30_000 + random(600_000));
    changeOperation(story, world, random);
    if (world.hasCancels && random(12) === 0) moveOne(story, world, random, `p${who}@x.com`);
    else story.arrives(world.names[random(world.names.length)] ?? "", dataOf(world, random, who));
    settleSome(story, random);
  }
  if (random(3) > 0) story.settle((ready) => ready[random(ready.length)] ?? 0);
  for (const context of story.contexts) Object.assign(context, { observer: undefined });
  return { story, live };
}

function dataOf({ hasDevices, renamed }: World, random: Random, who: number): { [name: string]: string } {
  const known = hasDevices ? random(4) : 0;
  return {
    order_id: `order-${random(8)}`,
    ...(renamed === undefined ? {} : renamedData(random, who)),
    ...(known === 1 ? {} : { email: `p${who}@x.com` }),
    ...(known === 1 || known === 2 ? { partner_user_id: `device${who}` } : {}),
  };
}

/** Links and apps go on saying the former label. */
function renamedData(random: Random, who: number): { [name: string]: string } {
  return {
    advocate_code: `CODE${random(2) === 0 ? who : random(3)}`,
    ...(random(2) === 0 ? { labels: random(2) === 0 ? "refer" : "invite" } : {}),
  };
}

function changeOperation(story: Story, { document, renamed, coupons: pool }: World, random: Random): void {
  if (pool?.canBeRefilled === true && random(10) === 0) upload(story, random);
  if (pool !== undefined && random(10) === 0) story.passes(600_000 + random(5_000_000));
  if (renamed !== undefined && random(12) === 0) story.uses(random(3) === 0 ? document : renamed);
}

function upload(story: Story, random: Random): void {
  // Of many, partitions are lent some.
  const count = random(4) === 0 ? 300 * story.partitions : 1 + random(5);
  const of = { client: CLIENT, supplierId: "COUPON" };
  const begin = { filename: "f", requested: count, isDiscarding: false };
  const operationId = story.asks({ kind: "begin_coupon_upload", ...of, ...begin });
  const codes = Array.from({ length: count }, (_, n) => `${operationId}-${n}`);
  const expires = random(3) === 0 ? codes.map(() => story.nowMs + 600_000 + random(10_000_000)) : null;
  story.asks({ kind: "add_coupons", ...of, operationId, codes, expires });
  story.asks({ kind: "end_coupon_upload", ...of, operationId, failure: null });
}

function moveOne(story: Story, world: World, random: Random, email: string): void {
  const rewards = story.personBy(email)?.rewards ?? [];
  const reward = rewards[random(Math.max(1, rewards.length))];
  if (reward === undefined) return;
  const verb = world.coupons !== undefined && random(3) === 0 ? "retry" : "cancel";
  story.asks({ kind: "move_reward", client: CLIENT, rewardId: reward.id, verb, order: plainMove(null) });
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
  const all = [...Array.from({ length: seeds }, (_, n) => n), ...FAILED_ONCE];
  for (const seed of only === undefined ? all : [Number(only)]) {
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
