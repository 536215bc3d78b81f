// A client that has a little of everything, and what people, operators, providers and time do there, as a seed has it.

import type { ProgramDocument, SupplierDocument } from "../../src/model/campaign.ts";
import { type AttemptResult, jobKey } from "../../src/model/job.ts";
import type { Bearer } from "../../src/model/event.ts";
import type { Person } from "../../src/model/person.ts";
import type { PersonChange } from "../../src/model/person_change.ts";
import { plainMove, type Reward, rewardVerbs } from "../../src/model/reward.ts";
import { EventRefused } from "../../src/runtime/client.ts";
import {
  action,
  campaign,
  CLIENT,
  coupons,
  datum,
  earn,
  entry,
  fromEvent,
  on,
  onReward,
  onStep,
  onType,
  priorSteps,
  programme,
  supplier,
  trigger,
} from "../support/story.ts";
import { entries, type Simulation } from "./simulation.ts";

export type Random = (below: number) => number;

const PEOPLE = 6;
export const COUPONS = 12;
/** Nobody there may send events. */
const SPAM = "p0@spam.example";

export interface Limits {
  readonly ofCampaign: number;
  readonly ofCash: number;
  readonly perHour: number;
}

export function limitsOf(random: Random): Limits {
  return { ofCampaign: 5 + random(40), ofCash: 5 + random(60), perHour: 1 + random(5) };
}

const orderId = datum("order_id", "UNIQUE_PARTNER_EVENT_KEY");
const ofOrder = { partner_event_id: fromEvent("order_id") };

const steps = [
  entry("SHOP", "clicked"),
  on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
  on("visited"),
  on("revisited"),
  on("clicked", { journey_names: ["SHOP"] }),
  on("bought", {
    data: [orderId, datum("value", "VALUE")],
    actions: [earn("CASH", { value_of_event_being_rewarded: fromEvent("value") }), earn("CREDIT")],
  }),
  onStep("thanked", "bought"),
  on("won", { actions: [earn("COUPON")] }),
  on("played", { actions: [earn("AUTO")] }),
  on("scored", { actions: [earn("POINTS")] }),
  on("carded", { actions: [earn("CARD")] }),
  on("looked", { actions: [action("SCHEDULE", { schedule_name: "reminder", delays: ["PT10M", "PT1H"] })] }),
  onType("SCHEDULED", "reminder", { name: "reminded", actions: [earn("CREDIT")] }),
  on("joined", { actions: [action("CREATE_MEMBERSHIP", { audience_id: "gold" })] }),
  on("left", { actions: [action("REMOVE_MEMBERSHIP", { audience_id: "gold" })] }),
  on("regretted", {
    actions: [
      action("CANCEL_REWARD", {
        reward_id: "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()",
      }),
    ],
  }),
  onType("IDENTIFIED", "identified", { name: "known" }),
  onReward("heard", ["FULFILLED"], { triggers: [priorSteps("QUALIFYING", "heard", { count_max: 5 })] }),
  onReward("lost", ["CANCELED", "EXPIRED"]),
  onType("REFERRED", "referred", { name: "was_referred_to" }),
  on("shared", { actions: [action("SHARE_EVENT")] }),
  on("told", {
    actions: [
      action("FIRE_AS_PERSON", {
        event_name: "heard_of",
        as_person_identification: { person_identification_type: "EMAIL", value: fromEvent("to") },
      }),
    ],
  }),
  onType("INTERNAL", "heard_of", { name: "was_told", actions: [earn("CREDIT")] }),
  on("purchased", {
    data: [datum("order_id", "PARTNER_EVENT_KEY"), datum("value", "VALUE")],
    actions: [action("INCENTIVIZE", { incentivize_action_type: "PURCHASE" })],
  }),
  on("approved", { actions: [action("APPROVE", ofOrder)] }),
  on("declined", { actions: [action("DECLINE", ofOrder)] }),
  on("called", {
    triggers: [trigger("AUDIENCE_MEMBERSHIP", { trigger_phase: "QUALITY", having_any_audience_id: ["gold"] })],
  }),
];

const incentive = {
  reward_rules: [
    { id: "R1", rewardee: "FRIEND", trigger_action_type: "ANY_PURCHASE", reward_supplier_id: "CREDIT" },
    { id: "R2", rewardee: "ADVOCATE", trigger_action_type: "ANY_PURCHASE", reward_supplier_id: "POINTS" },
  ],
  transition_rules: [
    { action_type: "ANY_PURCHASE", transition_period_milliseconds: 3_600_000, approve_high_quality: true },
  ],
};

export function everything(limits: Limits): ProgramDocument {
  const suppliers: SupplierDocument[] = [
    supplier("CREDIT", { reward_expires_at: "javascript@runtime:'P2D'" }),
    supplier("CASH", {
      face_value_algorithm_type: "CASH_BACK",
      cash_back_percentage: 1,
      budget: { count: null, value: limits.ofCash },
    }),
    {
      ...coupons(
        "COUPON",
        Array.from({ length: COUPONS }, (_, n) => `C-${n}`),
      ),
      limit_per_day: 9,
    },
    supplier("AUTO", { auto_fulfillment_enabled: true, limit_per_hour: limits.perHour }),
    supplier("POINTS", { type: "LOYALTY_POINTS", face_value_type: "POINTS" }),
    supplier("CARD", { reward_supplier_type: "TANGO_V2", account_id: "A", utid: "U" }),
  ];
  const budget = { count: limits.ofCampaign, value: null };
  const renamed = "context.getEventBuilder().withEventName('revisited')";
  return programme(steps, {
    suppliers,
    audiences: [{ id: "gold", name: "gold" }],
    webhooks: [{ id: "W", name: "W", type: "REWARD", url: "https://hooks.example/w" }],
    campaigns: [{ ...campaign(steps, { budget }), incentive }],
    blocks: [{ id: "b", filter_type: "BLACK", list_type: "EMAIL_DOMAIN", value: "spam.example" }],
    prehandlers: [
      prehandler("trim", 1, "played", { type: "SET_DATA", data: { seen: "yes" } }),
      prehandler("often", 2, "visited", {
        type: "JAVASCRIPT_V1",
        javascript: `if (context.getCandidatePerson() != null && context.getCandidatePerson().getSteps().length > 4) ${renamed}`,
      }),
      prehandler("gift", 3, "scored", {
        type: "JAVASCRIPT_V1",
        javascript:
          "if (context.getCandidatePerson() != null && context.getProcessedRawEvent().getData().to != null && context.getCandidatePerson().getEmail() !== context.getProcessedRawEvent().getData().to) context.getEventBuilder().addData('email', context.getProcessedRawEvent().getData().to)",
      }),
    ],
  });
}

function prehandler(id: string, order: number, name: string, act: { type: string; [member: string]: unknown }) {
  const conditions = [{ type: "EVENT_NAME_MATCH", event_names: [name] }];
  return { id, name: id, enabled: true, order, conditions, actions: [act as never] };
}

/** Of events that people send, with how often. */
const names = [
  "registered",
  "visited",
  "visited",
  "clicked",
  "bought",
  "bought",
  "bought",
  "won",
  "won",
  "played",
  "played",
  "scored",
  "carded",
  "looked",
  "joined",
  "left",
  "regretted",
  "shared",
  "told",
  "purchased",
  "approved",
  "declined",
  "called",
] as const;

export class World {
  readonly simulation: Simulation;
  readonly #random: Random;
  readonly #hasTokens: boolean;
  #sent = 0;
  #message: { name: string; data: { [name: string]: string }; bearer: Bearer | null } | null = null;

  /** @param hasTokens some of what happens comes from devices, with consumers' tokens, and messages have ids by which they may be sent again */
  constructor(simulation: Simulation, random: Random, hasTokens: boolean) {
    this.simulation = simulation;
    this.#random = random;
    this.#hasTokens = hasTokens;
  }

  /** Something, by somebody. */
  happens(): void {
    const random = this.#random;
    if (this.#hasTokens && random(25) === 0) return this.#endsToken();
    if (this.#hasTokens && random(12) === 0) return this.#repeats();
    const roll = random(100);
    if (roll < 74) this.#sends();
    else if (roll < 80) this.#forwards();
    else if (roll < 84) this.#changes();
    else if (roll < 88) this.#moves();
    else if (roll < 92) this.#orders();
    else if (roll < 96) this.#attempts();
    else this.simulation.passes(random(3) === 0 ? random(7_200_000) : random(400_000));
  }

  #sends(): void {
    const random = this.#random;
    const n = random(PEOPLE);
    const name = names[random(names.length)] ?? "";
    const known = random(10);
    const person = known >= 8 ? this.#anybody() : undefined;
    // Now and then somebody else's device.
    const device = person?.partnerUserId ?? `device${random(4) === 0 ? random(PEOPLE) : n}`;
    const data: { [name: string]: string } = {
      ...(known < 4 || (known >= 8 && random(3) === 0) ? { email: mailOf(n) } : {}),
      ...((known >= 3 && known < 8) || (known === 9 && random(2) === 0) ? { partner_user_id: device } : {}),
      ...(person === undefined ? {} : { person_id: person.id }),
      order_id: `order-${random(3) === 0 ? random(this.#sent + 1) : this.#sent}`,
      value: String(1 + random(9) / 4),
    };
    this.#sent++;
    if (name === "registered" || random(3) === 0) data["advocate_code"] = `CODE${random(PEOPLE)}`;
    if (name === "told" || (name === "scored" && random(2) === 0)) data["to"] = mailOf(random(PEOPLE));
    if (random(40) === 0) data["email"] = SPAM;
    const bearer = this.#hasTokens && random(3) === 0 ? this.#bearer() : null;
    const proven = bearer !== null && data["email"] !== undefined && random(3) === 0 ? { proves: data["email"] } : {};
    this.#message = { name, data, bearer: bearer === null ? null : { ...bearer, ...proven } };
    this.#repeats();
  }

  /** The last message, whose sender heard nothing of it, or for the first time. */
  #repeats(): void {
    if (this.#message === null) return;
    const { name, data, bearer } = this.#message;
    try {
      this.simulation.send(name, data, bearer, this.#hasTokens ? `message-${this.#sent}` : null);
    } catch (error) {
      if (!(error instanceof EventRefused)) throw error;
    }
  }

  /** Of a device that anybody may have had, or of somebody who asked for one. */
  #bearer(): Bearer {
    const random = this.#random;
    const device = `phone${random(PEOPLE)}`;
    return { device, personId: random(3) === 0 ? (this.#anybody()?.id ?? null) : null };
  }

  /** Before its time; devices go on to have the others. */
  #endsToken(): void {
    const bearer = { ...this.#bearer(), device: `phone${this.#random(2)}` };
    const expiresMs = this.simulation.nowMs + 3_600_000;
    this.simulation.asks({ kind: "end_token", client: CLIENT, bearer, expiresMs });
  }

  #anybody(): Person | undefined {
    const persons: Person[] = entries(this.simulation, "person");
    return persons[this.#random(Math.max(1, persons.length))];
  }

  #forwards(): void {
    const [from, to] = [this.#anybody(), this.#anybody()];
    if (from === undefined || to === undefined) return;
    this.simulation.asks({ kind: "forward_person", client: CLIENT, personId: from.id, toPersonId: to.id });
  }

  #changes(): void {
    const random = this.#random;
    const person = this.#anybody();
    if (person === undefined) return;
    const changes: readonly PersonChange[] = [
      { kind: "block", block: random(3) === 0 ? "EVENTS" : random(2) === 0 ? "REWARDS" : "NONE", reason: "" },
      { kind: "block", block: "NONE", reason: "" },
      { kind: "create_datum", name: "city", value: `c${random(9)}`, scope: "PUBLIC" },
      { kind: "identify", email: mailOf(random(PEOPLE + 2)) },
      { kind: "spend_points", type: "POINTS", amount: 1 + random(30), partnerEventId: null, message: null },
      {
        kind: "create_shareable",
        codes: [`CODE${random(PEOPLE)}`, `OTHER${random(9)}`],
        label: "refer",
        key: null,
        content: { title: null, description: null, imageUrl: null, url: null, partnerContentId: null },
        data: {},
      },
    ];
    const change = changes[random(changes.length)];
    if (change === undefined) return;
    this.simulation.asks({ kind: "change_person", client: CLIENT, personId: person.id, change });
  }

  #moves(): void {
    const random = this.#random;
    const rewards: Reward[] = entries(this.simulation, "reward");
    const reward = rewards[random(Math.max(1, rewards.length))];
    const verb = random(2) === 0 ? "cancel" : rewardVerbs[random(rewardVerbs.length)];
    if (reward === undefined || verb === undefined) return;
    const order = { ...plainMove(null), success: random(4) > 0 };
    this.simulation.asks({ kind: "move_reward", client: CLIENT, rewardId: reward.id, verb, order });
  }

  #orders(): void {
    const random = this.#random;
    const audienceId = "gold";
    const person = this.#anybody();
    if (random(2) === 0 && person !== undefined) {
      const isMember = random(3) > 0;
      this.simulation.asks({ kind: "order_membership", client: CLIENT, personId: person.id, audienceId, isMember });
      return;
    }
    const type = (["ACTION", "ADD", "REMOVE", "REPLACE"] as const)[random(4)] ?? "ADD";
    const emails = Array.from({ length: random(PEOPLE) }, () => mailOf(random(PEOPLE + 1)));
    const members = type === "ACTION" ? [] : [...new Set(emails)].map((email) => ({ email, data: {} }));
    const event = type === "ACTION" ? { name: "called", data: {}, columns: [] } : null;
    this.simulation.asks({
      kind: "begin_audience_operation",
      client: CLIENT,
      audienceId,
      type,
      tags: [],
      members,
      event,
    });
  }

  /** At jobs that are ready. */
  #attempts(): void {
    const random = this.#random;
    const everyone = { prefix: "", after: null, limit: 1000, isReverse: false };
    this.simulation.partitions.forEach(({ state }, partition) => {
      const ready = state.list("job", everyone).flatMap(({ value }) => (value.place === null ? [] : [value]));
      const ended = ready.filter(({ status }) => status === "WAITING" && random(2) === 0);
      if (ended.length === 0) return;
      this.simulation.ends(
        partition,
        ended.map((job) => ({
          jobKey: jobKey(job),
          attempt: job.attempts,
          tookMs: 1,
          result: results[random(results.length)] ?? { kind: "unknown", reason: "" },
        })),
      );
    });
  }
}

const results: readonly AttemptResult[] = [
  { kind: "done", value: { partner_reward_id: "T-1", sent_to: "a@x.com" } },
  { kind: "answered", status: 200, body: "", retryAfterMs: null },
  { kind: "answered", status: 422, body: "no", retryAfterMs: null },
  { kind: "unknown", reason: "no answer" },
  { kind: "not_sent", reason: "away", isFinal: true },
];

function mailOf(n: number): string {
  return `p${n}@x.com`;
}
