// What the world of `everything_world.ts` has not: links that friends follow, points that are spent and taken back, rewards that end, zones that stick.

import type { Bearer } from "../../src/model/event.ts";
import type { Person } from "../../src/model/person.ts";
import type { ControllerDocument, ProgramDocument, SupplierDocument } from "../../src/model/campaign.ts";
import { plainMove, type Reward, rewardVerbs } from "../../src/model/reward.ts";
import { EventRefused } from "../../src/runtime/client.ts";
import { action, campaign, CLIENT, datum, earn, entry, on, onReward, priorSteps, supplier } from "../support/story.ts";
import { everything, type Limits, type Random, World } from "./everything_world.ts";
import { entries, type Simulation } from "./simulation.ts";

/** Fewer than there are: they meet more often. */
const PEOPLE = 4;
const HOUR_MS = 3_600_000;
/** Campaigns among which people are split where they ask for an offer. */
const OFFERING = ["7078000000000000002", "7078000000000000003"] as const;
export const OFFER = "offer";

const newest = "javascript@runtime:context.getPerson().getRewards()[context.getPerson().getRewards().length - 1]";
const ofNewest = { reward_id: `${newest}.getRewardId()` };

const steps = [
  on("share_clicked", { data: [datum("shareable_id")] }),
  on("promotion_clicked"),
  on("collected", { actions: [earn("STARS")] }),
  on("used", { actions: [action("REDEEM_REWARD", ofNewest)] }),
  on("overdue", { actions: [action("EXPIRE_REWARD", ofNewest)] }),
  on("undone", { actions: [action("REVOKE_REWARD", ofNewest)] }),
  onReward("comforted", ["EXPIRED", "REVOKED"], {
    triggers: [priorSteps("QUALIFYING", "comforted", { count_max: 2 })],
    actions: [earn("CREDIT")],
  }),
];

const suppliers: readonly SupplierDocument[] = [
  {
    ...supplier("STARS", { type: "LOYALTY_POINTS", face_value_type: "POINTS", negative_points_allowed: true }),
    auto_fulfillment_enabled: true,
    reward_expires_at: "javascript@runtime:'P1D'",
  },
];

export function wider(limits: Limits): ProgramDocument {
  const narrow = everything(limits);
  const [first, ...others] = narrow.campaigns;
  if (first === undefined) throw new Error("no campaign");
  const offering = OFFERING.map((campaign_id) => campaign([...offer(campaign_id)], { campaign_id }));
  return {
    ...narrow,
    suppliers: [...(narrow.suppliers ?? []), ...suppliers],
    campaigns: [{ ...first, steps: [...first.steps, ...steps] }, ...others, ...offering],
  };
}

function offer(campaignId: string): ProgramDocument["campaigns"][number]["steps"] {
  const actions = [action("DISPLAY", { body: campaignId })];
  const zone: ControllerDocument = { ...on(OFFER, { actions }), type: "FRONTEND_CONTROLLER" };
  return [entry(OFFER, OFFER, { priority: "1" }), zone];
}

export class WiderWorld {
  readonly #simulation: Simulation;
  readonly #random: Random;
  readonly #narrow: World;
  #sent = 0;

  constructor(simulation: Simulation, random: Random) {
    this.#simulation = simulation;
    this.#random = random;
    this.#narrow = new World(simulation, random, true);
  }

  happens(): void {
    const random = this.#random;
    const roll = random(100);
    if (roll < 34) this.#narrow.happens();
    else if (roll < 40) this.#sends(OFFER, random(2) === 0 ? {} : { email: mailOf(random(PEOPLE)) });
    else if (roll < 55) this.#follows();
    else if (roll < 78) this.#sends(names[random(names.length)] ?? "", {});
    else if (roll < 84) this.#spends();
    else if (roll < 87) this.#changes();
    else if (roll < 92) this.#moves();
    else if (roll < 97) this.#recommends();
    else if (roll < 98) this.#keepsFile();
    else this.#claims();
  }

  /** A link of somebody's, or of the brand's own; the code of one's own, or of nobody. */
  #follows(): void {
    const random = this.#random;
    const persons: Person[] = entries(this.#simulation, "person");
    const codes = persons.flatMap(({ shareables }) => shareables.map((own) => own.code));
    const code = anyOf(codes, random) ?? `CODE${random(PEOPLE)}`;
    if (random(6) === 0) this.#sends("promotion_clicked", { shareable_id: `PROMO${random(3)}` });
    else if (random(8) === 0) this.#sends("share_clicked", { advocate_email: mailOf(random(PEOPLE)) });
    else this.#sends("share_clicked", { shareable_id: code });
  }

  #sends(name: string, more: { readonly [name: string]: string }): void {
    const random = this.#random;
    const n = random(PEOPLE);
    const known = random(4);
    const data: { [name: string]: string } = {
      ...(known < 2 ? { email: mailOf(n) } : {}),
      ...(known === 1 || known === 2 ? { partner_user_id: `device${random(4) === 0 ? random(PEOPLE) : n}` } : {}),
      ...(random(3) === 0 ? { polling_id: `poll-${this.#sent}` } : {}),
      order_id: `wide-${this.#sent++}`,
      value: String(1 + random(9)),
      ...more,
    };
    const bearer: Bearer | null = known === 3 || random(4) === 0 ? { device: `phone${n}`, personId: null } : null;
    try {
      this.#simulation.send(name, data, bearer, null);
    } catch (error) {
      if (!(error instanceof EventRefused)) throw error;
    }
  }

  #spends(): void {
    const random = this.#random;
    const persons: Person[] = entries(this.#simulation, "person");
    const person = anyOf(
      persons.filter(({ points }) => (points ?? null) !== null),
      random,
    );
    if (person === undefined) return;
    const amount = 5 * (1 + random(8));
    const change = { kind: "spend_points", type: "POINTS", amount, partnerEventId: null, message: null } as const;
    this.#simulation.asks({ kind: "change_person", client: CLIENT, personId: person.id, change });
  }

  /** When a reward ends: some of them have by then. */
  #changes(): void {
    const random = this.#random;
    const reward = anyOf(entries(this.#simulation, "reward") as Reward[], random);
    if (reward === undefined) return;
    const expiresMs = random(4) === 0 ? null : this.#simulation.nowMs - HOUR_MS + random(3 * HOUR_MS);
    const container = random(4) === 0 ? "test" : null;
    this.#simulation.asks({ kind: "change_reward", client: CLIENT, rewardId: reward.id, container, expiresMs });
  }

  #moves(): void {
    const random = this.#random;
    const rewards: Reward[] = entries(this.#simulation, "reward");
    const isOfPoints = random(2) === 0;
    const reward = anyOf(
      rewards.filter(({ faceValueType }) => !isOfPoints || faceValueType === "POINTS"),
      random,
    );
    const verb = isOfPoints ? "revoke" : rewardVerbs[random(rewardVerbs.length)];
    if (reward === undefined || verb === undefined) return;
    const eventMs = random(4) === 0 ? this.#simulation.nowMs - random(48 * HOUR_MS) : null;
    const order = { ...plainMove(null), success: random(4) > 0, eventMs };
    this.#simulation.asks({ kind: "move_reward", client: CLIENT, rewardId: reward.id, verb, order });
  }

  /** Somebody gets a link of its own. */
  #recommends(): void {
    const random = this.#random;
    if (random(3) === 0) return this.#sends("registered", { advocate_code: `CODE${random(PEOPLE)}` });
    const persons: Person[] = entries(this.#simulation, "person");
    const person = anyOf(
      persons.filter(({ email }) => email !== null),
      random,
    );
    if (person === undefined) return;
    const codes = [`PROMO${random(3)}`, `CODE${random(PEOPLE)}`, `OTHER${random(9)}`].slice(random(3));
    const content = { title: null, description: null, imageUrl: null, url: null, partnerContentId: null };
    const change = { kind: "create_shareable", codes, label: "refer", key: null, content, data: {} } as const;
    this.#simulation.asks({ kind: "change_person", client: CLIENT, personId: person.id, change });
  }

  #keepsFile(): void {
    const person = anyOf(entries(this.#simulation, "person") as Person[], this.#random);
    if (person === undefined) return;
    const filename = `file-${this.#sent++}`;
    const asset = {
      name: filename,
      filename,
      mimeType: "text/plain",
      dataType: "PRIVATE",
      tags: [],
      bytes: 1,
    } as const;
    const content = { base64: "QQ==" };
    this.#simulation.asks({ kind: "add_asset", client: CLIENT, personId: person.id, asset, content });
  }

  /** The brand takes a code for a link of its own, if nobody has it. */
  #claims(): void {
    const random = this.#random;
    const value = random(2) === 0 ? `PROMO${random(3)}` : `OTHER${random(9)}`;
    this.#simulation.asks({ kind: "claim_code", client: CLIENT, value });
  }
}

/** Of events that people send, with how often. */
const names = [
  "collected",
  "collected",
  "collected",
  "scored",
  "used",
  "overdue",
  "undone",
  "undone",
  "regretted",
  "purchased",
  "purchased",
  "approved",
  "declined",
  "visited",
  "shared",
] as const;

function anyOf<T>(those: readonly T[], random: Random): T | undefined {
  return those[random(Math.max(1, those.length))];
}

function mailOf(n: number): string {
  return `p${n}@x.com`;
}
